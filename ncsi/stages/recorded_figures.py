"""The steps of composite indices and of measures of quality, each recorded in the ledger: with a wave, or by itself.
Stages are imported where they run."""

from __future__ import annotations

import platform
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ncsi.ledger import Ledger
from ncsi.spec import Label, Workspace
from ncsi.spec.plan import WavePlan
from ncsi.stages.killed_writes import clear_ended

if TYPE_CHECKING:
    from ncsi.report import Apply, Release
    from ncsi.stages.index_request import IndexRequest
    from ncsi.stages.indices import IndexOutcome
    from ncsi.stages.measuring import MeasureOutcome, MeasureRequest


def wave_indices(plan: WavePlan) -> tuple[IndexOutcome, ...]:
    """The composite indices of the wave, computed and stored with its results."""
    from ncsi.stages.indices import compute_wave_indices

    with Ledger.of(plan.workspace).run("composite", wave=plan.wave.id) as facts:
        outcomes = compute_wave_indices(plan)
        facts |= {"indices": [one.tree for one in outcomes], "units": sum(one.units for one in outcomes)}
    return outcomes


def compute_one_index(request: IndexRequest) -> IndexOutcome:
    """A file of figures → the tables of an index, stored."""
    from ncsi.stages.indices import compute_index

    ledger = Ledger.of(request.workspace)
    ledger.end_killed()
    with ledger.run("composite", tree=request.plan.tree.id, file=request.source) as facts:
        outcome = compute_index(request)
        facts |= {"release": outcome.release, "year": outcome.year, "units": outcome.units}
    return outcome


def publish_one_index(
    request: IndexRequest,
    outcome: IndexOutcome,
    day: date,
    correction: Label | None,
    out: Path | None,
    apply: Apply,
) -> Release:
    """Tables of an index → its release; `apply` maps the writing of documents."""
    from ncsi.stages.indices import publish_index

    clear_ended(request.workspace, out)
    with Ledger.of(request.workspace).run("publish", wave=outcome.release) as facts:
        release = publish_index(request, outcome, day, correction, out, apply)
        facts |= _published(request.workspace, release)
    return release


def wave_measures(plan: WavePlan) -> tuple[MeasureOutcome, ...]:
    """The measures of quality of the wave, computed and stored with its results."""
    from ncsi.stages.measuring import compute_wave_measures

    with Ledger.of(plan.workspace).run("measure", wave=plan.wave.id) as facts:
        outcomes = compute_wave_measures(plan)
        facts |= {"measures": [one.measure for one in outcomes], "units": sum(one.units for one in outcomes)}
    return outcomes


def compute_one_measure(request: MeasureRequest) -> MeasureOutcome:
    """A file of records → the tables of a measure, stored."""
    from ncsi.stages.measuring import compute_measure

    ledger = Ledger.of(request.workspace)
    ledger.end_killed()
    with ledger.run("measure", measure=request.plan.id, file=request.file.name) as facts:
        outcome = compute_measure(request)
        facts |= {"release": outcome.release, "period": outcome.period, "units": outcome.units}
    return outcome


def publish_one_measure(
    request: MeasureRequest,
    outcome: MeasureOutcome,
    day: date,
    correction: Label | None,
    out: Path | None,
    apply: Apply,
) -> Release:
    """Tables of a measure → its release; `apply` maps the writing of documents."""
    from ncsi.stages.measuring import publish_measure

    clear_ended(request.workspace, out)
    with Ledger.of(request.workspace).run("publish", wave=outcome.release) as facts:
        release = publish_measure(request, outcome, day, correction, out, apply)
        facts |= _published(request.workspace, release)
    return release


def _published(workspace: Workspace, release: Release) -> dict[str, object]:
    """What the ledger keeps of the release of an index or a measure run by itself."""
    from ncsi.report.bundle.manifest import sha256

    facts: dict[str, object] = {
        "release_id": release.release_id,
        "manifest_sha256": sha256((release.folder / "manifest.json").read_bytes()),
        "files": len(release.files),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "approvals_lacking": release.lacking,
    }
    if release.folder.is_relative_to(workspace.releases):  # an audit looks nowhere else
        facts["folder"] = release.folder.relative_to(workspace.releases).as_posix()
    return facts


def diagnose_units(request: IndexRequest, day: date, unit: str | None) -> tuple[Path, ...]:
    """Figures → notices that are for their units alone; the ledger gets their number."""
    from ncsi.stages.indices import diagnose_index

    ledger = Ledger.of(request.workspace)
    ledger.end_killed()
    clear_ended(request.workspace)
    with ledger.run("diagnose", tree=request.plan.tree.id, file=request.source) as facts:
        made = diagnose_index(request, day, unit)
        facts["diagnoses"] = len(made)
    return made
