"""Small cells: what may not be published, and what must be withheld so that it cannot be derived.

A sector's index is the share-weighted sum of its brands', and the shares are public: what is hidden of a sector can
be solved for as one sum. So at least two brands are hidden, with 100 effective respondents together (METHOD §13);
the same holds of every table whose cells add up to one that is shown. Ranks are counted anew among the brands
shown: a gap in them would say between which two indices a withheld brand lies.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ncsi.disclosure.complement import with_complement
from ncsi.results.comparisons import judged_cells
from ncsi.spec import RULE

_BY_BRAND = ("out_gaps_by_brand", "out_subindex_by_brand", "out_measures_by_brand")
_PAIRS = ("out_differences_by_brand",)
_OF_CELLS = [
    "index_0_100", "se", "low", "high", "difference", "difference_low", "difference_high", "p", "p_holm",
]  # fmt: skip
_ADDING_UP = {
    "out_subindex_by_brand": ["sector", "subindex"], "out_measures_by_brand": ["sector", "measure", "item"],
}  # fmt: skip
"""Tables whose rows by brand add up to a row of the sector, by the columns that name it."""
_HIDDEN = ["suppressed", "withheld"]
_FIGURES = [
    "index_0_100", "se", "low", "high", "index_own_0_100", "index_equal_0_100", "index_pc1_0_100",
]  # fmt: skip


def with_withheld(index_by_brand: pd.DataFrame, target: str) -> pd.DataFrame:
    """The same rows, figures blank where `status` is suppressed or, newly, withheld.

    A brand's status is that of its `target` construct, for all its constructs; one of them with too few answers
    of its own is hidden besides.
    """
    if index_by_brand.empty:
        return index_by_brand
    marked = index_by_brand.reset_index(drop=True)
    own = marked[marked["construct"] == target]
    brands = _withheld(own["status"] == "suppressed", own, ["sector"], own["status"])
    brands = brands.set_axis(pd.MultiIndex.from_frame(own[["sector", "brand"]]))
    keys = pd.MultiIndex.from_frame(marked[["sector", "brand"]])
    status = brands.reindex(keys).fillna("suppressed").set_axis(marked.index)
    few = ~status.isin(_HIDDEN) & (marked["n_eff"] < RULE.indicative)
    status = status.mask(few, "suppressed")
    marked["status"] = _withheld(status.isin(_HIDDEN), marked, ["sector", "construct"], status)
    blank = [name for name in _FIGURES if name in marked]
    marked.loc[marked["status"].isin(_HIDDEN), blank] = np.nan
    return marked.set_index(index_by_brand.index)


def _withheld(small: pd.Series, rows: pd.DataFrame, block: list[str], status: pd.Series) -> pd.Series:
    """`status`, and `withheld` where a cell is hidden for the others' sake."""
    hidden = with_complement(small, rows["n_eff"], rows[block], RULE.indicative)
    return status.mask(hidden & ~small, "withheld")


def visible(index_by_brand: pd.DataFrame, target: str) -> pd.DataFrame:
    """Rows that may be shown."""
    marked = with_withheld(index_by_brand, target)
    return marked[~marked["status"].isin(_HIDDEN)]


def shown_brands(index_by_brand: pd.DataFrame, target: str) -> list[str]:
    """The brands of one sector whose `target` index may be shown, in the order of `index_by_brand`, which has no
    sector column; none where it has no rows."""
    if index_by_brand.empty:
        return []
    rows = visible(index_by_brand.assign(sector=""), target)
    return [str(one) for one in rows.loc[rows["construct"] == target, "brand"]]


def suppressed_tables(tables: dict[str, pd.DataFrame], target: str, level: float) -> dict[str, pd.DataFrame]:
    """All result tables with nothing left of what may not be published."""
    index = with_withheld(tables["out_index_by_brand"], target)
    open_ = index[(index["construct"] == target) & ~index["status"].isin(_HIDDEN)]
    shown = set(open_[["sector", "brand"]].itertuples(index=False, name=None))
    summed = {
        name: without_small_cells(tables[name], block, shown)
        for name, block in _ADDING_UP.items()
        if name in tables
    }
    by_brand = {name: _of_shown((tables | summed)[name], shown) for name in _BY_BRAND if name in tables}
    by_brand |= {
        name: _of_shown(_of_shown(tables[name], shown), shown, "other") for name in _PAIRS if name in tables
    }
    return {
        **tables,
        **by_brand,
        "out_index_by_brand": index,
        "out_rank_by_brand": _ranks_among(tables["out_rank_by_brand"], shown),
        "out_changes": _changes_of_shown(tables["out_changes"], index),
        "out_index_by_subgroup": open_cells(tables["out_index_by_subgroup"], level),
        "out_response_quality_by_sector": _quality(tables["out_response_quality_by_sector"]),
    }


def _changes_of_shown(changes: pd.DataFrame, index: pd.DataFrame) -> pd.DataFrame:
    """Changes of nation, groups and sectors, and of the figures of brands that are shown."""
    columns = ["sector", "brand", "construct"]
    open_ = set(index.loc[~index["status"].isin(_HIDDEN), columns].itertuples(index=False, name=None))
    keys = changes[["sector", "unit", "construct"]].itertuples(index=False, name=None)
    kept = [level != "brand" or key in open_ for level, key in zip(changes["level"], keys, strict=True)]
    return changes[np.array(kept, dtype=bool)]


def without_small_cells(frame: pd.DataFrame, block: list[str], shown: set[tuple[str, str]]) -> pd.DataFrame:
    """A table by brand whose own cells of fewer than 30 are blank, with those that would give them away.

    The rows of a block add up to its row with an empty brand; those of brands not `shown` are hidden already.
    """
    whole = (frame["brand"] == "").to_numpy(dtype=bool)
    keys = frame[["sector", "brand"]].itertuples(index=False, name=None)
    few = (frame["n_eff"] < RULE.subgroup).to_numpy(dtype=bool)
    small = few | (~whole & np.array([key not in shown for key in keys], dtype=bool))
    hidden = pd.Series(small, index=frame.index)
    parts = frame[~whole]
    hidden[~whole] = with_complement(small[~whole], parts["n_eff"], parts[block], RULE.subgroup)
    blank = [name for name in ("estimate", "index_0_100", "se", "low", "high") if name in frame]
    return frame.assign(**{name: frame[name].mask(hidden) for name in blank})


def open_cells(cells: pd.DataFrame, level: float) -> pd.DataFrame:
    """Cells of subgroups: blank below 30 effective respondents, with those that the sector's index would give them
    away by; Holm and verdicts (at `level`) counted anew among the cells shown."""
    few = (cells["n_eff"] < RULE.subgroup) | cells[_OF_CELLS[:-1]].isna().any(axis=1)
    blocks = cells[["sector", "dimension", "construct"]]
    hidden = with_complement(few, cells["n_eff"], blocks, RULE.subgroup)
    return judged_cells(cells.assign(**{name: cells[name].mask(hidden) for name in _OF_CELLS}), level)


def _quality(frame: pd.DataFrame) -> pd.DataFrame:
    """Indices without the flagged and with the excluded: blank where that shows the mean of fewer than 30 people."""
    least = RULE.subgroup
    flagged, valid, excluded = (frame[name].astype(float) for name in ("flagged", "valid", "excluded"))
    of_flagged = ((flagged > 0) & (flagged < least)) | (valid < least)
    of_excluded = (excluded > 0) & (excluded < least)
    return frame.assign(
        index_valid_0_100=frame["index_valid_0_100"].mask(of_flagged),
        index_all_0_100=frame["index_all_0_100"].mask(of_excluded),
    )


def _of_shown(frame: pd.DataFrame, shown: set[tuple[str, str]], column: str = "brand") -> pd.DataFrame:
    """Rows of the sector as a whole and of the brands shown."""
    keys = frame[["sector", column]].itertuples(index=False, name=None)
    return frame[np.array([not key[1] or key in shown for key in keys], dtype=bool)]


def _ranks_among(ranks: pd.DataFrame, shown: set[tuple[str, str]]) -> pd.DataFrame:
    """Ranks of the brands shown, counted without the others; none where fewer than two are left.

    A rank among all lies in [low, high]; without `h` of them it lies in [low − h, high], cut to the places left.
    """
    keys = ranks[["sector", "brand"]].itertuples(index=False, name=None)
    kept = ranks[np.array([key in shown for key in keys], dtype=bool)]
    if len(kept) == len(ranks):
        return ranks
    left = kept.groupby("sector")["rank"].transform("size")
    hidden = kept["sector"].map(ranks["sector"].value_counts()) - left
    rank = kept.groupby("sector")["rank"].rank(method="min").astype("int64")
    ends: dict[str, pd.Series] = {"rank": rank}
    for kind in ("", "_marginal"):
        low, high = kept[f"rank_low{kind}"] - hidden, kept[f"rank_high{kind}"]
        ends[f"rank_low{kind}"] = low.clip(lower=1).clip(upper=rank)
        ends[f"rank_high{kind}"] = high.clip(upper=left).clip(lower=rank)
    return kept.assign(**ends)[left > 1]
