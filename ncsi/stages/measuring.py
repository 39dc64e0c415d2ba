"""A file of records → the tables of a measure → its release. Load, compute, save."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from ncsi.errors import SpecError
from ncsi.ingest.records import Records, read_records
from ncsi.report import Apply, Release
from ncsi.report.measure_release import MeasureRelease, publish_measure_release
from ncsi.report.measures import MeasureReport, period_label
from ncsi.results.declared import stamp
from ncsi.results.measures import Asked
from ncsi.signing import read_key
from ncsi.spec import Label, Workspace, spec_sha256
from ncsi.spec.measures import MeasurePlan, RecordMap, load_measure, load_record_map
from ncsi.spec.plan import WavePlan
from ncsi.stages.measured_units import counted_units, known_units, remember_measured, with_what_is_out
from ncsi.stages.measures import kind_of
from ncsi.stages.own_release import OwnRelease
from ncsi.stages.record_withdrawal import refuse_withdrawn
from ncsi.stages.redeliver import delivered_path, refuse_same_names
from ncsi.stages.source_files import hashes_by_name
from ncsi.store import Store
from ncsi.tables import (
    CORE_PUBLISHED_BY_MEASURED_UNIT,
    MEASURE_TABLES,
    OUT_QUALITY_MEASURES,
    TABLES,
    TABLES_OF_KIND,
)

Frames = dict[str, pd.DataFrame]
_STORED = (*MEASURE_TABLES, CORE_PUBLISHED_BY_MEASURED_UNIT.name)


@dataclass(frozen=True, slots=True)
class MeasureRequest:
    """What is asked for: the measure, its file of records and how that names things, the period to publish (None: the
    latest), the level of intervals, the seed, whether the records are invented."""

    workspace: Workspace
    plan: MeasurePlan[Any]
    file: Path
    record_map: RecordMap | None = None
    period: str | None = None
    level: float = 0.95
    seed: int = 1
    synthetic: bool = False

    @property
    def name(self) -> str:
        """What runs and flows call it."""
        return self.plan.id


@dataclass(frozen=True, slots=True)
class MeasureOutcome:
    """What came of it: the release that its rows belong to, the measure, its kind, the period, units and records."""

    release: str
    measure: str
    kind: str
    period: str
    units: int
    records: int
    synthetic: bool


def requested_measure(
    workspace: Workspace,
    measure: str,
    file: Path,
    period: str | None = None,
    map_id: str | None = None,
    seed: int = 1,
    synthetic: bool = False,
) -> MeasureRequest:
    """A request, its specs loaded and checked. Raises SpecError."""
    plan = load_measure(measure, workspace.root)
    record_map = None
    if map_id is not None:
        record_map = load_record_map(workspace.root / "maps" / f"{map_id}.yaml", plan.id)
    return MeasureRequest(workspace, plan, file, record_map, period, seed=seed, synthetic=synthetic)


def read_measure(plan: MeasurePlan[Any], file: Path, record_map: RecordMap | None = None) -> Records:
    """Records of a measure, checked by its kind. Raises ReadError, FigureFaults naming row, column, value and cure."""
    kind = kind_of(plan)
    return read_records(file, kind.fields(plan.definition), record_map, kind.checks(plan.definition))


def compute_measure(request: MeasureRequest) -> MeasureOutcome:
    """Read the records, compute the measure, store its tables in place of those of the same release.

    Raises ReadError, FigureFaults, SpecError, CompositeError; nothing is stored then.
    """
    records, asked, tables = computed(request, None)
    _stored(
        Store.open(
            request.workspace.warehouse,
            create=True,
            bucket=request.workspace.bucket,
            catalogue=request.workspace.catalogue,
        ),
        asked.release,
        tables,
    )
    return _outcome(request, records, asked, tables)


def wave_measure_requests(plan: WavePlan) -> tuple[MeasureRequest, ...]:
    """What the wave file asks for under `measures:`. Raises SpecError where a spec is missing or wrong."""
    workspace, wave = plan.workspace, plan.wave
    found = [
        requested_measure(
            workspace, one.measure, workspace.root / one.data, one.period, one.map, wave.seed, wave.synthetic
        )
        for one in wave.measures
    ]
    refuse_same_names(workspace, [one.file for one in found])
    return tuple(replace(one, level=wave.level) for one in found)


def compute_wave_measures(plan: WavePlan) -> tuple[MeasureOutcome, ...]:
    """Compute every measure of the wave and store them all, in place of what the wave had; all of them or none."""
    made = [(request, *computed(request, plan.wave.id)) for request in wave_measure_requests(plan)]
    joined = {name: _together(name, [tables[name] for *_, tables in made]) for name in _STORED}
    _stored(Store.open(plan.workspace.warehouse), plan.wave.id, joined)
    return tuple(_outcome(request, records, asked, tables) for request, records, asked, tables in made)


def _stored(store: Store, release: str, tables: Frames) -> None:
    """Store the tables of a release in place of those it had; what is known of its revisions that are out stays."""
    name = CORE_PUBLISHED_BY_MEASURED_UNIT.name
    with store.alone():
        store.replace(release, {**tables, name: with_what_is_out(store, release, tables[name])})


def measures_of(store: Store, release: str) -> Frames:
    """Tables of the measures of a release, of the kinds that it has, and whom or what they and the releases that are
    out count; none where it has none."""
    with store.session():
        about = store.read(OUT_QUALITY_MEASURES.name, wave=release)
        if about.empty:
            return {}
        kinds = list(dict.fromkeys(about["kind"].astype(str)))
        names = [name for kind in kinds for name in TABLES_OF_KIND[kind]]
        counted = known_units(store, release, list(about["measure"].astype(str)))
        return {
            OUT_QUALITY_MEASURES.name: about, CORE_PUBLISHED_BY_MEASURED_UNIT.name: counted,
            **{name: store.read(name, wave=release) for name in names},
        }  # fmt: skip


def wave_measure_reports(plan: WavePlan) -> tuple[MeasureReport, ...]:
    """The measures of the wave, as its release is given them."""
    return tuple(MeasureReport(one.plan, kind_of(one.plan).pages) for one in wave_measure_requests(plan))


def wave_measure_sources(
    plan: WavePlan, tables: Mapping[str, pd.DataFrame]
) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    """Hashes of the specs that the wave's measures were made from, by name; name, path and hash of their files."""
    requests = {one.plan.id: one for one in wave_measure_requests(plan)} if tables else {}
    specs = {name: value for one in requests.values() for name, value in _specs(one).items()}
    about = tables.get(OUT_QUALITY_MEASURES.name, _no_rows(OUT_QUALITY_MEASURES.name))
    return specs, [_source(requests.get(row["measure"]), row) for row in about.to_dict("records")]


def publish_measure(
    request: MeasureRequest,
    outcome: MeasureOutcome,
    day: date,
    correction: Label | None = None,
    out: Path | None = None,
    apply: Apply = map,
) -> Release:
    """Stored tables → `releases/<measure>-<period>/`, signed; `out`: another folder of releases.

    Where the workspace asks for approvals, what lacks some stays in `releases/.draft/`. Raises PublicationError,
    SpecError without a signing key.
    """
    workspace = request.workspace
    key = read_key(workspace.signing_key)
    store = Store.open(workspace.warehouse)
    tables = measures_of(store, outcome.release)
    own = OwnRelease(workspace, outcome.release, day, correction, out)
    release = _release(request, outcome, tables, own, key.public)
    made = own.put_out(lambda draft: publish_measure_release(tables, release, own.place, key, draft, apply))
    if not made.lacking:
        remember_measured(store, outcome.release, own.revision)
    return made


def computed(request: MeasureRequest, release: str | None) -> tuple[Records, Asked, Frames]:
    """Records as read, what was asked, the tables; nothing is stored."""
    kind, plan = kind_of(request.plan), request.plan
    records = read_measure(plan, request.file, request.record_map)
    refuse_withdrawn(request.workspace, records.name, [records.sha256])
    period = request.period or next(iter(kind.periods(records)[::-1]), None)
    if period is None:
        raise SpecError(
            plan.id, f"{records.name} does not say its period", "Give it, such as 2026 or 2026-11"
        )
    asked = Asked(release or f"{plan.id}-{period}", period, request.level, request.seed)
    made = kind.tables(plan, records, asked) | {
        OUT_QUALITY_MEASURES.name: _about(request, records, asked),
        CORE_PUBLISHED_BY_MEASURED_UNIT.name: counted_units(
            request.workspace, plan.id, kind.counted(plan, records, asked)
        ),
    }
    own = {name: stamp(name, frame, wave=asked.release, measure=plan.id) for name, frame in made.items()}
    return records, asked, {name: own.get(name, _no_rows(name)) for name in _STORED}


def _about(request: MeasureRequest, records: Records, asked: Asked) -> pd.DataFrame:
    definition = request.plan.definition
    row = {
        "label_zh": definition.label.zh, "label_en": definition.label.en, "version": definition.version,
        "kind": definition.kind, "about_zh": definition.about.zh, "about_en": definition.about.en,
        "unit_zh": definition.units.zh, "unit_one": definition.units.one, "unit_many": definition.units.plural,
        "period": asked.period, "units": kind_of(request.plan).units(request.plan, records),
        "named_units": definition.named_units, "illustrative": definition.illustrative, "level": asked.level,
        "source_name": records.name, "source_sha256": records.sha256, "source_rows": records.count,
    }  # fmt: skip
    return pd.DataFrame([row])


def _no_rows(name: str) -> pd.DataFrame:
    return pd.DataFrame(columns=list(TABLES[name].names))


def _together(name: str, parts: list[pd.DataFrame]) -> pd.DataFrame:
    some = [one for one in parts if len(one)]
    return pd.concat(some, ignore_index=True) if some else _no_rows(name)


def _outcome(request: MeasureRequest, records: Records, asked: Asked, tables: Frames) -> MeasureOutcome:
    about = tables[OUT_QUALITY_MEASURES.name].iloc[0]
    return MeasureOutcome(
        asked.release, request.plan.id, request.plan.definition.kind, asked.period, int(about["units"]), records.count,
        records.synthetic or request.synthetic,
    )  # fmt: skip


def _specs(request: MeasureRequest) -> dict[str, str]:
    """Hashes of the specs of a measure, by name."""
    plan = request.plan
    specs = {f"measure {plan.id} {plan.definition.version}": spec_sha256(plan.definition)}
    specs |= {f"units {one.id}": spec_sha256(one) for one in plan.units.values()}
    if request.record_map is not None:
        specs[f"map {request.record_map.id}"] = spec_sha256(request.record_map)
    return specs


def _source(request: MeasureRequest | None, about: Mapping[Any, Any]) -> tuple[str, str, str]:
    """Name, path and SHA-256 of a measure's file; `request`: None where the wave file no longer has it."""
    name, digest = str(about["source_name"]), str(about["source_sha256"])
    path = name if request is None else delivered_path(request.workspace, request.file)
    return name, path, digest


def _release(
    request: MeasureRequest, outcome: MeasureOutcome, tables: Frames, own: OwnRelease, signer: bytes
) -> MeasureRelease:
    plan, period = request.plan, period_label(outcome.period)
    title, label = plan.definition.label, Label(zh=period.zh, en=period.en)
    sources = hashes_by_name([_source(request, tables[OUT_QUALITY_MEASURES.name].to_dict("records")[0])])
    made_from = own.provenance(_specs(request), sources, request.seed, 0, signer)
    report = MeasureReport(plan, kind_of(plan).pages)
    return MeasureRelease(report, own.cover(title, label, made_from, outcome.synthetic), made_from, own.note)
