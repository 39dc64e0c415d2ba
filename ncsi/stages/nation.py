"""Sector results → groups, nation, changes and sector ranks. Load, compute, save."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ncsi.errors import ModelError
from ncsi.model import aggregate_groups, aggregate_nation, changes, rank_sets_from_se
from ncsi.stages.frames import stamp
from ncsi.stages.plan import WavePlan
from ncsi.stages.hashing import seed_of
from ncsi.store import Store
from ncsi.tables import TABLES

Frames = dict[str, pd.DataFrame]
_NATION = "nation"
_UNITS = {
    _NATION: "out_index_national",
    "group": "out_index_by_group",
    "sector": "out_index_by_sector",
    "brand": "out_index_by_brand",
}


@dataclass(frozen=True, slots=True)
class NationOutcome:
    """The headline: index with interval, and the change against the previous wave where there is one."""

    wave: str
    sectors: int
    n: int
    index_0_100: float
    low: float
    high: float
    change: float | None = None
    verdict: str | None = None


def estimate_nation(plan: WavePlan) -> NationOutcome:
    """Aggregate the stored sector results of a wave and replace its national tables."""
    wave = plan.wave
    store = Store.open(plan.workspace.warehouse)
    current = {level: store.read(table, wave=wave.id) for level, table in _UNITS.items() if level in ("sector", "brand")}
    _require_sectors(plan, current["sector"])
    results = compute_nation(plan, current["sector"])
    current |= {_NATION: results["out_index_national"], "group": results["out_index_by_group"]}
    if wave.previous and wave.previous in store.waves():
        previous = {level: store.read(table, wave=wave.previous) for level, table in _UNITS.items()}
        versions = {w: store.read("out_sample_by_sector", wave=w) for w in (wave.id, wave.previous)}
        results["out_changes"] = compute_changes(plan, current, previous, _breaks(versions[wave.id], versions[wave.previous]))
    store.replace(wave.id, {name: stamp(name, frame, wave=wave.id) for name, frame in results.items()})
    return _headline(plan, results)
