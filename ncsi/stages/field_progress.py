"""How far a wave has come: answers against quotas, their pace, agencies, files, results, release."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from ncsi.errors import SpecError, StoreError
from ncsi.ingest.conform.clock import FIELD_CLOCK
from ncsi.spec.plan import WavePlan
from ncsi.stages.field_answers import FieldFiles, agency_tallies, field_files, latest_day, sector_answers
from ncsi.stages.learnt_sizes import learnt
from ncsi.stages.panel_members import followed_members
from ncsi.stages.withdrawal import withdrawals
from ncsi.store.warehouse import Warehouse, reading
from ncsi.survey.size import Setting
from ncsi.tables import CORE_FAULTS, OUT_PANEL_ATTRITION, OUT_SAMPLE_BY_SECTOR
from ncsi.waves.agencies import AgencyProgress, side_by_side
from ncsi.waves.delivered_files import DeliveredFile
from ncsi.waves.panels import PanelProgress, panel_progress
from ncsi.waves.progress import SectorProgress, field_days, sector_progress


@dataclass(frozen=True, slots=True)
class WithdrawnFile:
    """A delivery that was taken out of the wave: when, by whom and why."""

    source_path: str
    source_sha256: str
    withdrawn_on: date
    by: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class WaveProgress:
    """A wave at `now` (clock of fieldwork): the days of fieldwork that answers are known of, its sectors, its agencies
    side by side, files that count, files withdrawn, its release's page where there is one."""

    wave: str
    now: datetime
    days: tuple[date, ...]
    sectors: tuple[SectorProgress, ...]
    agencies: tuple[AgencyProgress, ...] = ()
    files: tuple[DeliveredFile, ...] = ()
    withdrawn: tuple[WithdrawnFile, ...] = ()
    release: Path | None = None

    @property
    def accepted(self) -> int:
        """Accepted answers of all sectors."""
        return sum(one.accepted for one in self.sectors)

    @property
    def late(self) -> tuple[AgencyProgress, ...]:
        """Agencies that owe a file."""
        return tuple(one for one in self.agencies if one.late is not None)


def wave_progress(plan: WavePlan, now: datetime | None = None) -> WaveProgress:
    """How far the wave has come. `now`: on any clock, by default this machine's."""
    now = (now or datetime.now(FIELD_CLOCK)).astimezone(FIELD_CLOCK)
    if not plan.workspace.warehouse.exists():
        return _progress(plan, None, now)
    with reading(plan.workspace.warehouse) as store:
        return _progress(plan, store, now)


def _progress(plan: WavePlan, store: Warehouse | None, now: datetime) -> WaveProgress:
    wave, today = plan.wave, now.date()
    files = field_files(store, wave)
    with_quality = bool(wave.deliveries) or any(one.agency for one in wave.sources)
    answers = {one: sector_answers(store, plan, one, files, with_quality) for one in plan.sector_ids}
    days = field_days(wave.field, today, latest_day(list(answers.values()), today))
    quotas = plan.workspace.quotas(wave)
    spread, estimated = (_spread(plan), _estimated(store, wave.id)) if store else ({}, set())
    sectors = tuple(
        sector_progress(
            entry.id, answers[entry.id], [one for one in quotas if one.sector == entry.id],
            [one.id for one in entry.brands], days, wave.field, files.rejects.get(entry.id, 0),
            entry.id in estimated, spread.get(entry.id), _panel(store, plan, entry.id),
        )
        for entry in wave.sectors
    )  # fmt: skip
    tallies = agency_tallies(plan, files, answers) if with_quality else ()
    owed = {one.agency: one for one in wave.deliveries}
    page = plan.workspace.releases / wave.id / "index.html"
    return WaveProgress(
        wave.id, now, days, sectors, side_by_side(tallies, owed, wave.field, today),
        tuple(_files(store, wave.id, files)) if store else (), tuple(_withdrawn(store, wave.id)) if store else (),
        page if page.exists() else None,
    )  # fmt: skip


def _estimated(store: Warehouse, wave: str) -> set[str]:
    return set(store.table(OUT_SAMPLE_BY_SECTOR.name, wave)["sector"].astype(str))


def _panel(store: Warehouse | None, plan: WavePlan, sector: str) -> PanelProgress | None:
    """How its panel goes; None too where an earlier wave's file cannot be read, which `ncsi wave list` tells."""
    if store is None or plan.wave.panel is None:
        return None
    try:
        followed = followed_members(store, plan, sector)
    except SpecError:
        return None
    if followed is None:
        return None
    told = store.table(OUT_PANEL_ATTRITION.name, str(plan.wave.previous), sector)
    whole = told.loc[told["cohort"] == "", "retention"].dropna()
    return panel_progress(followed, plan.wave.rotation, float(whole.iloc[0]) if len(whole) else None)


def _spread(plan: WavePlan) -> dict[str, Setting]:
    """By sector, how answers of a brand spread, by this wave's results or those of the wave before."""
    try:
        _, found = learnt(plan.workspace, plan.wave.id)
    except StoreError:
        return {}
    return {one.sector: Setting(one.sd, one.deff, plan.wave.level) for one in found if one.sd > 0}


def _files(store: Warehouse, wave: str, files: FieldFiles) -> Iterator[DeliveredFile]:
    faults = store.table(CORE_FAULTS.name, wave)
    for card in files.cards.sort_values(["came", "source_path"]).to_dict("records"):
        rules = faults.loc[faults["source_sha256"] == card["source_sha256"], "rule"].value_counts()
        own = {str(rule): int(n) for rule, n in rules.sort_index().items()}
        yield DeliveredFile(
            str(card["source_path"]), str(card["agency"]), card["came"], int(card["rows_read"]),
            int(card["rows_accepted"]), int(card["rows_rejected"]), own,
        )  # fmt: skip


def _withdrawn(store: Warehouse, wave_id: str) -> Iterator[WithdrawnFile]:
    for card in withdrawals(store, wave_id).to_dict("records"):
        yield WithdrawnFile(
            str(card["source_path"]), str(card["source_sha256"]), card["withdrawn_at"].date(),
            str(card["withdrawn_by"]), str(card["withdrawn_reason"]),
        )  # fmt: skip
