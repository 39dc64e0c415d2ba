"""k-anonymity: every combination of quasi-identifiers that the data show must be that of several persons.

Source: Samarati and Sweeney, Protecting privacy when disclosing information: k-anonymity and its enforcement through
generalization and suppression (1998). Weights that others know by person: Defays and Anwar, Masking microdata using
micro-aggregation, Journal of Official Statistics 14 (1998), 449-461; Hansen and Mukherjee, A polynomial algorithm for
optimal univariate microaggregation, IEEE Transactions on Knowledge and Data Engineering 15 (2003), 1043-1044.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ncsi.spec.background import UNKNOWN
from ncsi.survey.design import Floats
from ncsi.survey.known_margins import Margin
from ncsi.survey.raking import raked

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
    weights: Floats,
    rows: pd.DataFrame,
    names: Sequence[str],
    person: str = "respondent",
    least: int = K,
    totals_of: str | None = None,
) -> Floats:
    """Weights (n,) of `rows` such that in each combination of the columns `names` each is that of `least` persons.

    Neighbours in order of weight share their mean, grouped such that squared changes are least. Combinations of fewer
    persons share one weight: it is for the caller to refuse them. Totals of combinations stay, and by raking those of
    the column `totals_of`, whose value a weight then tells beside its group; values of fewer persons have one total.
    """
    if len(rows) != len(weights):
        raise ValueError(f"{len(weights)} weights for {len(rows)} rows")
    given = np.asarray(weights, dtype=float)
    made = given.copy()
    who = rows[person].to_numpy()
    cells = _codes(rows, names)
    for own in pd.Series(cells).groupby(cells).indices.values():
        for members in _neighbours(given[own], who[own], least):
            shared = given[own[members]]
            if shared.min() < shared.max():
                made[own[members]] = shared.mean()
    if totals_of is None or np.array_equal(made, given):
        return made
    some = made > 0
    margins = [
        _margin("combination", cells[some], given[some]),
        _margin(totals_of, _joined(_codes(rows, [totals_of]), who, least)[some], given[some]),
    ]
    made[some] = raked(made[some], margins)
    return made


def _neighbours(weight: Floats, who: np.ndarray, least: int) -> list[np.ndarray]:
    """Positions of the rows in groups of neighbouring weights, each of `least` persons where there are so many, with
    the least sum of squares within groups (Hansen and Mukherjee 2003): the shortest path over ends of groups."""
    order = np.argsort(weight, kind="stable")
    sums = np.concatenate([[0.0], np.cumsum(weight[order] - weight.mean())])
    cost, begins = np.full(len(order) + 1, np.inf), np.zeros(len(order) + 1, dtype=np.intp)
    cost[0] = 0.0  # squares themselves are the same whatever the groups: what is gained is Σ n·mean²
    for end in range(1, len(order) + 1):
        late: set[object] = set()
        early: set[object] = set()
        for begin in range(end - 1, -1, -1):
            (early if len(late) >= least else late).add(who[order[begin]])
            if len(early) >= least:  # two groups are no worse than one
                break
            if len(late) >= least:
                told = cost[begin] - (sums[end] - sums[begin]) ** 2 / (end - begin)
                if told < cost[end]:
                    cost[end], begins[end] = told, begin
    found, end = [], len(order)
    while end > 0:
        found.append(order[begins[end] : end])
        end = int(begins[end])
    return found


def _joined(codes: np.ndarray, who: np.ndarray, least: int) -> np.ndarray:
    """The codes, those of fewer persons made one, with the smallest of the others where they are too few still."""
    persons = pd.Series(who).groupby(codes).nunique().sort_values(kind="stable")
    small = list(persons.index[persons < least])
    while small and len(small) < len(persons) and len(set(who[np.isin(codes, small)])) < least:
        small.append(persons.index[len(small)])
    return np.where(np.isin(codes, small), small[0], codes) if small else codes


def _margin(name: str, values: np.ndarray, weights: Floats) -> Margin:
    codes, found = pd.factorize(values, sort=True)
    totals = np.bincount(codes, weights).astype(float)
    return Margin(name, tuple(map(str, found)), totals, codes.astype(np.int64))


def _codes(rows: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    """The combination of each row as a number."""
    if not names:
        return np.zeros(len(rows), dtype=np.int64)
    return _cells(rows, names).groupby(list(names), sort=True).ngroup().to_numpy()


def _cells(rows: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The columns; a missing value is one of its own."""
    cells = rows[list(names)].astype(object)
    return cells.where(cells.notna(), UNKNOWN)
