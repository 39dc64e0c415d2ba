"""Small cells: what may not be published, and what must be withheld so that it cannot be derived.

A sector's index is the share-weighted sum of its brands', and the shares are public. One hidden brand could
then be solved for; so where exactly one is too small, the next smallest is withheld too (METHOD §13).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

_FIGURES = ["index_0_100", "se", "low", "high"]


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
    ranks, changes = tables["out_rank_by_brand"], tables["out_changes"]
    rank_keys = ranks[["sector", "brand"]].itertuples(index=False, name=None)
    change_keys = changes[["sector", "unit"]].itertuples(index=False, name=None)
    ranked = [key in shown for key in rank_keys]
    changed = [
        level != "brand" or key in shown for level, key in zip(changes["level"], change_keys, strict=True)
    ]
    return {
        **tables,
        "out_index_by_brand": index,
        "out_rank_by_brand": ranks[np.array(ranked, dtype=bool)],
        "out_changes": changes[np.array(changed, dtype=bool)],
    }
