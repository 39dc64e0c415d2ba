"""Which brands are shown, and which are withheld so that a hidden one cannot be derived.

A sector's index is the share-weighted sum of its brands', and the shares are public: what is hidden of a sector
can be derived as one sum. So at least two brands are hidden, with 100 effective respondents together, and beside each
small one a tenth of its own size (docs/method.md §13, §15).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncsi.arrays import Array
from ncsi.disclosure.complement import with_complement
from ncsi.spec import RULE
from ncsi.tables import OUT_INDEX_BY_BRAND, BrandIndex

HIDDEN = ("suppressed", "withheld")
"""Statuses of brands that are not shown."""
BESIDE = 0.1
"""What is hidden beside a small brand, by its own size: less would leave its index known within a few points."""
_FIGURES = [
    name for rule in OUT_INDEX_BY_BRAND.disclosure if isinstance(rule, BrandIndex) for name in rule.figures
]


def with_withheld(index_by_brand: pd.DataFrame, target: str) -> pd.DataFrame:
    """The same rows, figures blank where `status` is suppressed or withheld: already, or newly.

    A brand's status is that of its `target` construct, for all its constructs; one of them with too few answers
    of its own is hidden besides. ValueError where a brand has two rows of that construct: it has one status.
    """
    if index_by_brand.empty:
        return index_by_brand
    marked = index_by_brand.reset_index(drop=True)
    brands = [*zip(marked["sector"].tolist(), marked["brand"].tolist(), strict=True)]
    stored, size = marked["status"].to_numpy(dtype=object), marked["n_eff"].to_numpy(dtype=float)
    own = np.flatnonzero((marked["construct"] == target).to_numpy(dtype=bool))
    of_brands = _withheld(stored[own], size[own], marked[["sector"]].iloc[own])
    by_brand = {brands[place]: status for place, status in zip(own.tolist(), of_brands, strict=True)}
    if len(by_brand) < len(own):
        raise ValueError(f"a brand has several rows of {target}")
    status = np.array([by_brand.get(one, "suppressed") for one in brands], dtype=object)
    open_ = ~np.isin(status, HIDDEN)
    few = open_ & ~(size >= RULE.indicative)  # so is a size that is not known
    status[open_ & (stored == "withheld")] = "withheld"
    status[few] = "suppressed"
    status = _withheld(status, size, marked[["sector", "construct"]])
    marked.loc[:, "status"] = status
    blank = [name for name in _FIGURES if name in marked]
    marked.loc[np.isin(status, HIDDEN), blank] = np.nan
    return marked.set_index(index_by_brand.index)


def _withheld(status: NDArray[np.object_], size: Array, blocks: pd.DataFrame) -> NDArray[np.object_]:
    """`status`, and `withheld` where a cell is hidden for the others' sake."""
    small, beside = np.isin(status, HIDDEN), np.where(status == "suppressed", BESIDE, 0.0)
    hidden = with_complement(small, size, blocks, RULE.indicative, beside).to_numpy()
    return np.where(hidden & ~small, "withheld", status)


def visible(index_by_brand: pd.DataFrame, target: str) -> pd.DataFrame:
    """Rows that may be shown."""
    marked = with_withheld(index_by_brand, target)
    return marked[~marked["status"].isin(HIDDEN)]


def shown_brands(index_by_brand: pd.DataFrame, target: str) -> list[str]:
    """The brands of one sector whose `target` index may be shown, in the order of `index_by_brand`, which has no
    sector column; none where it has no rows."""
    if index_by_brand.empty:
        return []
    rows = visible(index_by_brand.assign(sector=""), target)
    return [str(one) for one in rows.loc[rows["construct"] == target, "brand"]]
