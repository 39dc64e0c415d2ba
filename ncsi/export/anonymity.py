"""k-anonymity: every combination of quasi-identifiers that the data show must be that of several persons.

Source: Samarati and Sweeney, Protecting privacy when disclosing information: k-anonymity and its enforcement through
generalization and suppression (1998). Weights that others know by person: Defays and Anwar, Masking microdata using
micro-aggregation, Journal of Official Statistics 14 (1998), 449-461.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ncsi.spec.background import UNKNOWN
from ncsi.survey.design import Floats

K = 5
"""Persons that each combination must have at least."""


def small_cells(
    rows: pd.DataFrame, names: Sequence[str], person: str = "respondent", least: int = K
) -> tuple[tuple[str, ...], ...]:
    """The combinations of the columns `names` that fewer than `least` persons have, in their order; () where none.

    A missing value is one of its own (`unknown`). Persons are counted, not rows: one may rate several brands. Without
    names, all persons are one cell: ((),) where they are too few.
    """
    if not names:
        return ((),) if rows[person].nunique() < least else ()
    cells = _cells(rows, names).assign(**{person: rows[person]})
    persons = cells.groupby(list(names), sort=True)[person].nunique()
    few = persons[persons < least].index
    return tuple(tuple(map(str, one if isinstance(one, tuple) else (one,))) for one in few)


def shared_weights(
    weights: Floats, rows: pd.DataFrame, names: Sequence[str], person: str = "respondent", least: int = K
) -> Floats:
    """Weights (n,) of `rows` such that in each combination of the columns `names` each is that of `least` persons.

    Neighbours in order of weight share their mean, as few as will do; their sum stays. Combinations of fewer persons
    share one weight: it is for the caller to refuse them.
    """
    if len(rows) != len(weights):
        raise ValueError(f"{len(weights)} weights for {len(rows)} rows")
    where = pd.DataFrame({"weight": np.asarray(weights, dtype=float), "person": rows[person].to_numpy()})
    made = where["weight"].to_numpy(copy=True)
    cells = (
        _cells(rows, names).astype(str).agg("\0".join, axis=1).to_numpy()
        if names
        else np.zeros(len(rows), dtype=int)
    )
    for cell in pd.unique(cells):
        own = np.flatnonzero(cells == cell)
        for members in _neighbours(where.iloc[own], least):
            made[own[members]] = where["weight"].to_numpy()[own[members]].mean()
    return made


def _neighbours(rows: pd.DataFrame, least: int) -> list[np.ndarray]:
    """Positions of the rows in groups of neighbouring weights, each of `least` persons where there are so many."""
    weight, who = rows["weight"].to_numpy(), rows["person"].to_numpy()
    order = np.argsort(weight, kind="stable")
    ends = np.flatnonzero(np.diff(weight[order])) + 1  # equal weights stay together
    found: list[np.ndarray] = []
    waiting = np.empty(0, dtype=np.intp)
    for equal in np.split(order, ends):
        waiting = np.concatenate([waiting, equal])
        if len(set(who[waiting])) >= least:
            found.append(waiting)
            waiting = waiting[:0]
    if len(waiting):
        found = [*found[:-1], np.concatenate([*found[-1:], waiting])]
    return found


def _cells(rows: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The columns; a missing value is one of its own."""
    cells = rows[list(names)].astype(object)
    return cells.where(cells.notna(), UNKNOWN)
