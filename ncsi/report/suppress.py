"""Small cells: what may not be published, and what must be withheld so that it cannot be derived.

A sector's index is the share-weighted sum of its brands', and the shares are public. One hidden brand could
then be solved for; so where exactly one is too small, the next smallest is withheld too (METHOD §13). Ranks are
counted anew among the brands shown: a gap in them would say between which two indices a withheld brand lies.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

_BY_BRAND = ("out_gaps_by_brand", "out_subindex_by_brand", "out_measures_by_brand")
_PAIRS = ("out_differences_by_brand",)
_FIGURES = [
    "index_0_100", "se", "low", "high", "index_own_0_100", "index_equal_0_100", "index_pc1_0_100",
]  # fmt: skip


def with_withheld(index_by_brand: pd.DataFrame, target: str) -> pd.DataFrame:
    """The same rows, figures blank where `status` is suppressed or, newly, withheld.

    A brand's status is that of its `target` construct, for all its constructs.
    """
    if index_by_brand.empty:
        return index_by_brand
    own = index_by_brand[index_by_brand["construct"] == target].set_index(["sector", "brand"])
    status = own["status"].copy()
    for _, part in own.groupby(level="sector"):
        hidden = part["status"] == "suppressed"
        if hidden.sum() == 1 and len(part) > 1:
            smallest = part.index[~hidden][int(part.loc[~hidden, "n_eff"].argmin())]
            status = status.mask(status.index == smallest, "withheld")
    keys = pd.MultiIndex.from_frame(index_by_brand[["sector", "brand"]])
    marked = index_by_brand.assign(status=status.reindex(keys).fillna("suppressed").to_numpy())
    hidden_rows = marked["status"].isin(["suppressed", "withheld"])
    marked.loc[hidden_rows, _FIGURES] = np.nan
    return marked


def visible(index_by_brand: pd.DataFrame, target: str) -> pd.DataFrame:
    """Rows of the brands that may be shown."""
    marked = with_withheld(index_by_brand, target)
    return marked[~marked["status"].isin(["suppressed", "withheld"])]


def suppressed_tables(tables: dict[str, pd.DataFrame], target: str) -> dict[str, pd.DataFrame]:
    """All result tables with nothing left of what may not be published."""
    index = with_withheld(tables["out_index_by_brand"], target)
    shown = set(
        visible(tables["out_index_by_brand"], target)[["sector", "brand"]].itertuples(index=False, name=None)
    )
    changes = tables["out_changes"]
    keys = changes[["sector", "unit"]].itertuples(index=False, name=None)
    changed = [level != "brand" or key in shown for level, key in zip(changes["level"], keys, strict=True)]
    return {
        **tables,
        "out_index_by_brand": index,
        "out_rank_by_brand": _ranks_among(tables["out_rank_by_brand"], shown),
        "out_changes": changes[np.array(changed, dtype=bool)],
        **{name: _of_shown(tables[name], shown) for name in _BY_BRAND if name in tables},
        **{
            name: _of_shown(_of_shown(tables[name], shown), shown, "other")
            for name in _PAIRS
            if name in tables
        },
    }


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
