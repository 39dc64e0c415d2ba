"""Sector results → groups, nation, changes and sector ranks. Load, compute, save."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ncsi.disclosure.small_cells import visible
from ncsi.errors import ModelError
from ncsi.model import aggregate, changes, rank_sets_from_se
from ncsi.model.inference.common_faults import common_faults
from ncsi.model.inference.contributions import contributions, covariance
from ncsi.results import sector_rows
from ncsi.spec.hashing import seed_of
from ncsi.spec.plan import WavePlan
from ncsi.stages.basis import basis_table, standing, stood
from ncsi.stages.series import trend_table
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
    with store.session():
        sectors, brands = (
            sector_rows.by_sector(store.read(_LEVELS[level], wave=wave.id)) for level in ("sector", "brand")
        )
        _require_sectors(plan, sectors)
        stands = standing(plan, store)
        results = compute_nation(plan, stands)
        results["out_basis_by_sector"] = basis_table(plan, store, stands)
        results["out_trend"] = trend_table(plan, store, results)
        results["out_index_by_area"] = compute_areas(plan, store.read("out_index_by_subgroup", wave=wave.id))
        results["out_common_faults_by_item"] = _common_faults(plan, store)
        results |= {
            name: sector_rows.empty(name, ("wave",))
            for name in ("out_changes", "out_contributions_by_sector")
        }
        if wave.previous in store.waves():
            current = {"sector": sectors, "brand": brands}
            results |= _compared(plan, store, stands, results, current)
    store.replace(
        wave.id, {name: sector_rows.stamp(name, frame, wave=wave.id) for name, frame in results.items()}
    )
    return _headline(plan, results)


def _compared(plan: WavePlan, store: Store, stands: pd.DataFrame, results: Frames, current: Frames) -> Frames:
    """Changes against the previous wave, and what each sector adds to the national one."""
    previous = {level: store.read(table, wave=plan.wave.previous) for level, table in _LEVELS.items()}
    # A brand hidden then must not come back as the figure a change is counted from.
    previous["brand"] = visible(previous["brand"], plan.target)
    before = stood(store, str(plan.wave.previous))
    for level, keys in (("nation", ["construct"]), ("group", ["group", "construct"])):
        shared = covariance(stands, before, keys).reset_index()
        current[level] = results[_LEVELS[level]].merge(shared, on=keys, how="left")
    broken = _broken_sectors(store, plan.wave.id, str(plan.wave.previous))
    parts = contributions(stands, before).assign(previous=plan.wave.previous)
    return {
        "out_changes": compute_changes(plan, current, previous, broken),
        "out_contributions_by_sector": parts,
    }


def compute_nation(plan: WavePlan, stands: pd.DataFrame) -> Frames:
    """Group and national indices of every construct, and the ranks by the target of the sectors measured.

    `stands` as of `basis.standing`.
    """
    wave = plan.wave
    target = stands[(stands["construct"] == plan.target) & (stands["basis"] == "measured")]
    ranks = rank_sets_from_se(
        target["sector"].to_list(),
        target["index_0_100"].to_numpy(dtype=float),
        target["se"].to_numpy(dtype=float),
        wave.level,
        seed_of(wave.seed, wave.id),
    )
    of_groups = {
        group.id: sum(one.share.value for one in plan.sectors.sectors if one.group == group.id)
        for group in plan.sectors.groups
    }
    groups = _summed(plan, stands, ["group", "construct"])
    within = groups["group"].map(of_groups)
    return {
        "out_index_by_group": groups.assign(
            coverage=groups["coverage"] / within, coverage_carried=groups["coverage_carried"] / within
        ),
        "out_index_national": _summed(plan, stands, ["construct"]),
        "out_rank_by_sector": ranks.rename(columns={"unit": "sector"}),
    }


def compute_areas(plan: WavePlan, cells: pd.DataFrame) -> pd.DataFrame:
    """National index within each region, city tier or other background, over the cells that may be shown."""
    shown = cells.dropna(subset=["index_0_100", "se"]).rename(columns={"subgroup": "area"})
    if shown.empty:
        return sector_rows.empty("out_index_by_area", ("wave",))
    return aggregate(
        shown, _shares(plan)[0], ["dimension", "area", "construct"], plan.wave.level, _shares(plan)[1]
    )


def _summed(plan: WavePlan, stands: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The index of the sectors that stand within `keys`, and how much of it is carried forward."""
    shares, share_se = _shares(plan)
    carried = stands[stands["basis"] == "carried_forward"].groupby(keys)["share"]
    counted = pd.DataFrame({"sectors_carried": carried.size(), "coverage_carried": carried.sum()})
    merged = aggregate(stands, shares, keys, plan.wave.level, share_se).merge(
        counted.reset_index(), on=keys, how="left"
    )
    return merged.fillna({"sectors_carried": 0, "coverage_carried": 0.0}).astype({"sectors_carried": "int64"})


def _shares(plan: WavePlan) -> tuple[dict[str, float], dict[str, float]]:
    """Shares by sector, and their standard errors where given."""
    declared = {sector.id: sector.share for sector in plan.sectors.sectors}
    return (
        {sector: share.value for sector, share in declared.items()},
        {sector: share.se for sector, share in declared.items() if share.se is not None},
    )


def _common_faults(plan: WavePlan, store: Store) -> pd.DataFrame:
    brands, items = (
        store.read(name, wave=plan.wave.id) for name in ("out_gaps_by_brand", "out_items_by_sector")
    )
    measured = items[items["sector"].isin(plan.sector_ids)]
    asked = {sector: instrument.id for sector, instrument in plan.instruments.items()}
    return sector_rows.by_sector(common_faults(brands, measured, asked, _shares(plan)[0]))


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
