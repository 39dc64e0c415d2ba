"""Sector results → groups, nation, changes and sector ranks. Load, compute, save."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ncsi.errors import ModelError
from ncsi.model import aggregate, changes, rank_sets_from_se
from ncsi.report.suppress import visible
from ncsi.stages import frames
from ncsi.stages.hashing import seed_of
from ncsi.stages.plan import WavePlan
from ncsi.store import Store

Frames = dict[str, pd.DataFrame]
_LEVELS = {
    "nation": "out_index_national",
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
    change: float | None
    verdict: str | None


def estimate_nation(plan: WavePlan) -> NationOutcome:
    """Aggregate the stored sector results of a wave and replace its national tables."""
    wave = plan.wave
    store = Store.open(plan.workspace.warehouse)
    sectors, brands = (store.read(_LEVELS[level], wave=wave.id) for level in ("sector", "brand"))
    _require_sectors(plan, sectors)
    sectors, brands = frames.by_sector(sectors), frames.by_sector(brands)
    results = compute_nation(plan, sectors[sectors["sector"].isin(plan.sector_ids)])
    results["out_changes"] = frames.empty("out_changes")
    if wave.previous in store.waves():
        previous = {level: store.read(table, wave=wave.previous) for level, table in _LEVELS.items()}
        # A brand hidden then must not come back as the figure a change is counted from.
        previous["brand"] = visible(previous["brand"], plan.target)
        current = {"sector": sectors, "brand": brands} | {
            level: results[_LEVELS[level]] for level in ("nation", "group")
        }
        broken = _broken_sectors(store, wave.id, str(wave.previous))
        results["out_changes"] = compute_changes(plan, current, previous, broken)
    store.replace(wave.id, {name: frames.stamp(name, frame, wave=wave.id) for name, frame in results.items()})
    return _headline(plan, results)


def compute_nation(plan: WavePlan, sectors: pd.DataFrame) -> Frames:
    """Group and national indices of every construct, and the sectors' ranks by the target."""
    wave = plan.wave
    shares = {sector.id: sector.share.value for sector in plan.sectors.sectors}
    groups = {sector.id: sector.group for sector in plan.sectors.sectors}
    units = sectors.assign(group=sectors["sector"].map(groups))
    target = sectors[sectors["construct"] == plan.target]
    ranks = rank_sets_from_se(
        target["sector"].to_list(),
        target["index_0_100"].to_numpy(dtype=float),
        target["se"].to_numpy(dtype=float),
        wave.level,
        seed_of(wave.seed, wave.id),
    )
    return {
        "out_index_by_group": aggregate(units, shares, ["group", "construct"], wave.level),
        "out_index_national": aggregate(units, shares, ["construct"], wave.level),
        "out_rank_by_sector": ranks.rename(columns={"unit": "sector"}),
    }


def compute_changes(plan: WavePlan, current: Frames, previous: Frames, broken: set[str]) -> pd.DataFrame:
    """Changes at every level; Holm within level and construct. Where the instrument changed: a trend break."""
    parts = []
    for level in _LEVELS:
        keys = {"nation": [], "brand": ["sector", "brand"]}.get(level, [level])
        for construct in current[level]["construct"].unique():
            now, before = (
                frame[level][frame[level]["construct"] == construct] for frame in (current, previous)
            )
            part = changes(now, before, [*keys, "construct"], plan.wave.level)
            unit = part[keys[-1]] if keys else "nation"
            sector = part["sector"] if level == "brand" else ""
            parts.append(part.assign(level=level, unit=unit, sector=sector))
    table = pd.concat(parts, ignore_index=True).assign(previous=plan.wave.previous)
    own_sector = table["unit"].where(table["level"] == "sector", table["sector"])
    return table.assign(verdict=table["verdict"].mask(own_sector.isin(broken), "trend_break"))


def _broken_sectors(store: Store, wave: str, previous: str) -> set[str]:
    """Sectors whose instrument or its version differs between the two waves."""
    columns = ["sector", "instrument", "instrument_version"]
    now, before = (store.read("out_sample_by_sector", wave=one)[columns] for one in (wave, previous))
    both = now.merge(before, on="sector", suffixes=("", "_0"))
    same = (both["instrument"] == both["instrument_0"]) & (
        both["instrument_version"] == both["instrument_version_0"]
    )
    return set(both.loc[~same, "sector"])


def _require_sectors(plan: WavePlan, sectors: pd.DataFrame) -> None:
    missing = sorted(set(plan.sector_ids) - set(sectors["sector"]))
    if missing:
        raise ModelError(
            f"wave {plan.wave.id}: sectors {', '.join(missing)} have no results. Estimate them first, or take "
            "them out of the wave file."
        )


def _headline(plan: WavePlan, results: Frames) -> NationOutcome:
    national = results["out_index_national"]
    row = national[national["construct"] == plan.target].to_dict("records")[0]
    table = results["out_changes"]
    change = table[(table["level"] == "nation") & (table["construct"] == plan.target)]
    return NationOutcome(
        wave=plan.wave.id,
        sectors=int(row["sectors"]),
        n=int(row["n"]),
        index_0_100=float(row["index_0_100"]),
        low=float(row["low"]),
        high=float(row["high"]),
        change=None if change.empty else float(change["change"].iloc[0]),
        verdict=None if change.empty else str(change["verdict"].iloc[0]),
    )
