"""Constructs in which an item counts backwards by chance: their figures leave the results, the evidence stays."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from ncsi.model.gates import Gate
from ncsi.model.inference.advice import with_quadrants
from ncsi.results.declared import empty
from ncsi.tables import (
    OUT_ASSESSMENT_BY_PATH,
    OUT_COMPONENTS,
    OUT_DRIVERS_BY_CONSTRUCT,
    OUT_DRIVERS_BY_ITEM,
    OUT_EFFECTS_BY_SECTOR,
    OUT_ENGINES,
    OUT_GAINS,
    OUT_HTMT_BY_SECTOR,
    OUT_INDEX_BY_BRAND,
    OUT_INDEX_BY_SECTOR,
    OUT_INDEX_BY_SUBGROUP,
    OUT_INDIRECT_BY_SECTOR,
    OUT_PANEL,
    OUT_PATHS_BY_SECTOR,
    OUT_STANDINGS,
    OUT_WHATIF,
    OUT_WITHHELD,
)

_FIGURES = {
    one.name
    for one in (
        OUT_INDEX_BY_SECTOR, OUT_INDEX_BY_BRAND, OUT_INDEX_BY_SUBGROUP, OUT_PATHS_BY_SECTOR, OUT_EFFECTS_BY_SECTOR,
        OUT_INDIRECT_BY_SECTOR, OUT_ENGINES, OUT_ASSESSMENT_BY_PATH, OUT_HTMT_BY_SECTOR, OUT_DRIVERS_BY_CONSTRUCT,
        OUT_DRIVERS_BY_ITEM, OUT_WHATIF, OUT_COMPONENTS, OUT_STANDINGS, OUT_GAINS, OUT_PANEL,
    )
}  # fmt: skip
"""Tables whose figures rest on the scores of a construct."""
_PARTED = (OUT_DRIVERS_BY_CONSTRUCT.name, OUT_DRIVERS_BY_ITEM.name)
"""Tables whose quadrants are those of the rows that are left, so that readers find the same cuts."""
_CONSTRUCTS = ("construct", "from", "to", "construct_a", "construct_b")


def without_withheld(results: Mapping[str, pd.DataFrame], gate: Gate) -> dict[str, pd.DataFrame]:
    """A sector's results without the figures of constructs that the gate withholds, and the table that says why."""
    names = set(gate.withheld)
    left = {
        name: without_constructs(frame, names) if name in _FIGURES else frame
        for name, frame in results.items()
    }
    if names:
        left |= {name: with_quadrants(left[name]) for name in _PARTED if name in left}
    return left | {OUT_WITHHELD.name: _reasons(gate)}


def without_constructs(frame: pd.DataFrame, names: Collection[str]) -> pd.DataFrame:
    """The rows that concern none of these constructs."""
    columns = [one for one in _CONSTRUCTS if one in frame]
    return frame[~frame[columns].isin(names).any(axis=1)] if names else frame


def _reasons(gate: Gate) -> pd.DataFrame:
    rows = [
        {
            "construct": one.construct, "item": one.item, "weight_std": one.weight,
            "weight_low": one.weight_interval[0], "weight_high": one.weight_interval[1], "loading": one.loading,
            "loading_low": one.loading_interval[0], "loading_high": one.loading_interval[1],
            "share_not_positive": one.share,
        }
        for reasons in gate.withheld.values() for one in reasons
    ]  # fmt: skip
    return pd.DataFrame(rows) if rows else empty(OUT_WITHHELD.name)
