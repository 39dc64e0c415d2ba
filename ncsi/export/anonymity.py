"""k-anonymity: every combination of quasi-identifiers that the data show must be that of several persons.

Source: Samarati and Sweeney, Protecting privacy when disclosing information: k-anonymity and its enforcement through
generalization and suppression (1998).
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ncsi.spec.background import UNKNOWN

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
    cells = rows[[*names, person]].astype(object)
    cells[list(names)] = cells[list(names)].where(cells[list(names)].notna(), UNKNOWN)
    persons = cells.groupby(list(names), sort=True)[person].nunique()
    few = persons[persons < least].index
    return tuple(tuple(map(str, one if isinstance(one, tuple) else (one,))) for one in few)
