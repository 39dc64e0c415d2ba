"""Sector results → groups, nation, changes and sector ranks. Load, compute, save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from ncsi.disclosure import open_cells, visible
from ncsi.errors import ModelError
from ncsi.report import LeftOut
from ncsi.results.declared import by_sector, empty, stamp, within_limits
from ncsi.results.nation import (
    LEVELS,
    broken_sectors,
    compared,
    compute_areas,
    compute_common_faults,
    compute_nation,
)
from ncsi.results.standing_sectors import basis_table, carried_from, standing, stood
from ncsi.results.trend_series import SERIES, trend_table
from ncsi.spec import Label, SectorList, in_wave_order, scope_of
from ncsi.spec.brands_called import called_otherwise
from ncsi.spec.plan import WavePlan
from ncsi.stages.estimated_by import sectors_to_estimate_by
from ncsi.stages.left_out import without
from ncsi.stages.register import revision_out, withdrawn_waves
from ncsi.store import Store
from ncsi.tables import (
    CORE_FAULTS,
    OUT_BASIS_BY_SECTOR,
    OUT_CHANGES,
    OUT_CONTRIBUTIONS,
    OUT_FAULTS,
    OUT_GAPS,
    OUT_INDEX_BY_AREA,
    OUT_INDEX_BY_SECTOR,
    OUT_INDEX_BY_SUBGROUP,
    OUT_INDEX_NATIONAL,
    OUT_ITEMS_BY_SECTOR,
    OUT_PANEL,
    OUT_SAMPLE_BY_SECTOR,
    OUT_TREND,
)

Frames = dict[str, pd.DataFrame]
_OF_SCALES = ("mean_shifted", "scale_half_used", "item_backwards")
"""What the wave as a whole is warned of where a file counts otherwise than its questionnaire."""


@dataclass(frozen=True, slots=True)
class NationOutcome:
    """The headline: index with interval, and the change against the previous wave where there is one. `scope`: what the
    sectors make up together, as an English adjective; `panel`: the wave's panel, of whom `overlap` answered
    in the previous wave too, None where they could not be matched; `other_brands`: what counts as another brand than
    in the previous wave, as its id has another name; `doubtful`: sectors whose answers look like those of another
    scale; `not_out`: earlier waves in its series of which no release is out; `list_kept`: sectors of which the
    sector list says something else by now than the groups and shares that the wave, which is out, keeps; `kept`:
    nothing that it follows from changed, so that it was not made again."""

    wave: str
    scope: str
    sectors: int
    n: int
    index_0_100: float
    low: float
    high: float
    change: float | None
    verdict: str | None
    panel: str | None = None
    overlap: int | None = None
    other_brands: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    not_out: tuple[str, ...] = ()
    list_kept: tuple[str, ...] = ()
    kept: bool = False


def kept_nation(store: Store, plan: WavePlan) -> NationOutcome:
    """The headline of the stored national results, where they stand and no sector is left out."""
    with store.session():
        told = (OUT_INDEX_NATIONAL, OUT_CHANGES, OUT_TREND)
        tables = {one.name: store.table(one.name, plan.wave.id) for one in told}
    return replace(_headline(plan, tables), kept=True, doubtful=_doubtful(store, plan))


def estimate_nation(planned: WavePlan, left_out: Sequence[LeftOut] = ()) -> NationOutcome:
    """Aggregate the stored sector results of a wave and replace its national tables.

    `left_out`: sectors that it goes on without, which count as not measured. ModelError where what stands without
    them is less than the wave's `least_coverage`.
    """
    wave = planned.wave
    store = Store.open(planned.workspace.warehouse)
    with store.session():
        plan = without(replace(planned, sectors=_sector_list(store, planned)), left_out)
        withdrawn = withdrawn_waves(store, but=wave.id)
        waves = [one for one in store.waves() if one not in withdrawn]
        indices = {
            one: _in_order(plan, store.read(OUT_INDEX_BY_SECTOR.name, wave=one))
            for one in (wave.id, *carried_from(plan, waves))
        }
        _require_sectors(plan, indices[wave.id])
        stands = standing(plan, indices)
        results = compute_nation(plan, stands)
        _require_coverage(plan, results[OUT_INDEX_NATIONAL.name], left_out)
        samples = {
            one: _in_order(plan, store.read(OUT_SAMPLE_BY_SECTOR.name, wave=one))
            for one in set(stands["from_wave"])
        }
        results[OUT_BASIS_BY_SECTOR.name] = basis_table(plan, stands, samples)
        results[OUT_TREND.name] = trend_table(
            plan, {name: _in_order(plan, _but(withdrawn, store.read(name))) for name in SERIES}, results
        )
        cells = open_cells(_in_order(plan, store.read(OUT_INDEX_BY_SUBGROUP.name, wave=wave.id)), wave.level)
        results[OUT_INDEX_BY_AREA.name] = compute_areas(plan, cells)
        results[OUT_FAULTS.name] = compute_common_faults(
            plan,
            _in_order(plan, store.read(OUT_GAPS.name, wave=wave.id)),
            _in_order(plan, store.read(OUT_ITEMS_BY_SECTOR.name, wave=wave.id)),
        )
        results |= {name: empty(name, ("wave",)) for name in (OUT_CHANGES.name, OUT_CONTRIBUTIONS.name)}
        if wave.previous in waves:
            results |= _compared(plan, store, stands, results)
    results = within_limits(results)
    store.replace(wave.id, {name: stamp(name, frame, wave=wave.id) for name, frame in results.items()})
    told = replace(_headline(plan, results), doubtful=_doubtful(store, plan))
    return replace(told, list_kept=_differ(plan.sectors, planned.sectors))


def _sector_list(store: Store, plan: WavePlan) -> SectorList:
    basis = store.table(OUT_BASIS_BY_SECTOR.name, plan.wave.id)
    return sectors_to_estimate_by(plan, basis, revision_out(plan.workspace.releases / plan.wave.id))


def _differ(used: SectorList, now: SectorList) -> tuple[str, ...]:
    own, listed = ({one.id: one for one in each.sectors} for each in (used, now))
    return tuple(one for one in listed if own.get(one) != listed[one])


def _doubtful(store: Store, plan: WavePlan) -> tuple[str, ...]:
    """Sectors whose answers look like those of another scale, with how many of their items."""
    found = store.counts(CORE_FAULTS.name, ["sector", "rule"], plan.wave.id)
    told = found[found["rule"].isin(_OF_SCALES) & found["sector"].isin(plan.sector_ids)]
    return tuple(
        f"{sector} ({', '.join(f'{rule} {rows}' for rule, rows in zip(own['rule'], own['rows'], strict=True))})"
        for sector, own in told.groupby("sector", sort=False)
    )


def _in_order(plan: WavePlan, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows by sector in the order of the wave: sums of floating point follow the order of their parts, and a sector
    that is estimated again is stored after all others."""
    if "sector" not in frame.columns:
        return frame
    place = {sector: number for number, sector in enumerate(plan.sector_ids)}
    return frame.sort_values(
        "sector", key=lambda names: names.map(place).fillna(len(place)), kind="stable", ignore_index=True
    )


def _but(withdrawn: Sequence[str], frame: pd.DataFrame) -> pd.DataFrame:
    """Rows neither of those waves nor against them."""
    others = frame[~frame["wave"].isin(withdrawn)]
    return others[~others["previous"].isin(withdrawn)] if "previous" in others else others


def _compared(plan: WavePlan, store: Store, stands: pd.DataFrame, results: Frames) -> Frames:
    wave, previous = plan.wave.id, str(plan.wave.previous)
    now = {
        level: results[name] if name in results else by_sector(store.read(name, wave=wave))
        for level, name in LEVELS.items()
    }
    earlier = {level: _in_order(plan, store.read(name, wave=previous)) for level, name in LEVELS.items()}
    # A brand hidden then must not come back as the figure a change is counted from.
    earlier["brand"] = visible(earlier["brand"], plan.target)
    basis = store.read(OUT_BASIS_BY_SECTOR.name, wave=previous)
    sources = {str(one) for one in basis["from_wave"] if one}
    before = stood(basis, {one: store.read(OUT_INDEX_BY_SECTOR.name, wave=one) for one in sources})
    broken = broken_sectors(*(store.read(OUT_SAMPLE_BY_SECTOR.name, wave=one) for one in (wave, previous)))
    otherwise = broken_sectors(
        *(one[one["basis"] != "not_available"] for one in (results[OUT_BASIS_BY_SECTOR.name], basis))
    )
    panel = _in_order(plan, store.read(OUT_PANEL.name, wave=wave))
    return compared(plan, stands, before, now, earlier, panel, broken, otherwise, other_brands(plan))


def other_brands(plan: WavePlan) -> dict[tuple[str, str], tuple[Label, Label]]:
    """By sector and id, what is called otherwise than in the wave before; nothing where its file is gone."""
    previous = plan.wave.previous
    if previous is None or previous not in plan.workspace.wave_ids():
        return {}
    return called_otherwise(plan.wave, plan.workspace.wave_alone(previous))


def _require_sectors(plan: WavePlan, sectors: pd.DataFrame) -> None:
    missing = sorted(set(plan.sector_ids) - set(sectors["sector"]))
    if missing:
        raise ModelError(
            f"wave {plan.wave.id}: sectors {', '.join(missing)} have no results. Estimate them first, or take "
            "them out of the wave file."
        )


def _require_coverage(plan: WavePlan, national: pd.DataFrame, left_out: Sequence[LeftOut]) -> None:
    least = plan.wave.least_coverage
    if not left_out or least is None:
        return
    found = float(national.loc[national["construct"] == plan.target, "coverage"].iloc[0])
    if found < least:
        names = ", ".join(one.sector for one in left_out)
        raise ModelError(
            f"wave {plan.wave.id}: without {names}, left out as `ncsi estimate` says, {found:.1%} of the sector list "
            f"stands, and `least_coverage` asks for {least:.1%}. The other sectors are stored, an index of all is not."
        )


def _headline(plan: WavePlan, results: Frames) -> NationOutcome:
    national = results[OUT_INDEX_NATIONAL.name]
    row = national[national["construct"] == plan.target].to_dict("records")[0]
    table = results[OUT_CHANGES.name]
    change = table[(table["level"] == "nation") & (table["construct"] == plan.target)]
    return NationOutcome(
        wave=plan.wave.id,
        scope=scope_of(plan.wave, plan.sectors).en,
        sectors=int(row["sectors"]),
        n=int(row["n"]),
        index_0_100=float(row["index_0_100"]),
        low=float(row["low"]),
        high=float(row["high"]),
        change=None if change.empty else float(change["change"].iloc[0]),
        verdict=None if change.empty else str(change["verdict"].iloc[0]),
        panel=plan.wave.panel,
        overlap=None if change["overlap"].isna().all() else int(change["overlap"].iloc[0]),
        not_out=tuple(
            one for one in in_wave_order(set(results[OUT_TREND.name]["at"])) if _is_not_out(plan, one)
        ),
        other_brands=tuple(
            f"{sector} {brand} ({now.en}; then {then.en})"
            for (sector, brand), (now, then) in (other_brands(plan) if len(change) else {}).items()
        ),
    )


def _is_not_out(plan: WavePlan, wave: str) -> bool:
    return wave != plan.wave.id and revision_out(plan.workspace.releases / wave) is None
