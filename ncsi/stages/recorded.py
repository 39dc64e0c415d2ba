"""The steps of a wave, each recorded in the ledger by whichever process runs it: a file, the wave's validation,
a sector, the nation, the release. Stages are imported where they run: a file that comes in needs no report's."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from threadpoolctl import threadpool_limits

from ncsi.errors import ConformError, NcsiError, ReadError, SpecError
from ncsi.ledger import Ledger, new_run
from ncsi.spec.plan import WavePlan
from ncsi.stages.collect import FileOutcome, collect_into
from ncsi.stages.few_texts import texts_of_few
from ncsi.stages.killed_writes import clear_ended
from ncsi.stages.known_files import Stored, known_files, remember
from ncsi.stages.one_at_a_time import releasing
from ncsi.stages.questionnaires import keep_asked, require_asked
from ncsi.stages.register import check_move, move, tell_what_came
from ncsi.stages.source_files import SourceFile
from ncsi.store import Store

if TYPE_CHECKING:
    from ncsi.model.resampling.parts import Part
    from ncsi.model.resampling.streams import Share
    from ncsi.report import Apply, LeftOut, Release
    from ncsi.report.diagnoses import Diagnoses
    from ncsi.report.release import Progress
    from ncsi.stages.draft import WaveDraft
    from ncsi.stages.estimate import Begin, SectorResults
    from ncsi.stages.nation import NationOutcome

    Compute = Callable[[Store, WavePlan, str, str], SectorResults]
    """Store, plan, sector and run of the ledger → what the sector came to, as `estimate_sector`."""


def collect(store: Store, plan: WavePlan, source: SourceFile) -> FileOutcome:
    """One export file → accepted responses and rejects. Raises what `collect_into` raises."""
    with Ledger.of(plan.workspace).run("collect", wave=plan.wave.id, file=source.path.name) as facts:
        outcome = collect_into(store, plan, source)
        facts |= {
            "source_sha256": outcome.sha256,
            "rows_read": outcome.rows_read,
            "rows_accepted": outcome.rows_accepted,
            "rows_rejected": outcome.rows_rejected,
            "repeated": outcome.repeated,
            "withdrawn": bool(outcome.withdrawn),
            "replaced": {one.earlier_sha256: one.reason for one in outcome.revisions},
        }
    return outcome


def known(stored: Stored, plan: WavePlan, sources: Mapping[str, SourceFile]) -> dict[str, FileOutcome]:
    """By name, outcomes of the sources that are in the store as they would be read now; the ledger names them."""
    found = known_files(stored, plan, sources)
    if found:
        with Ledger.of(plan.workspace).run("collect", wave=plan.wave.id, file="") as facts:
            facts |= {"repeated": {one.sha256: one.source_name for one in found.values()}}
    return found


def collect_or_say(store: Store, plan: WavePlan, source: SourceFile) -> FileOutcome | NcsiError:
    """As `collect`; what it would raise for the file is returned, so that the others of its delivery go on."""
    try:
        return collect(store, plan, source)
    except (ConformError, ReadError, SpecError) as error:
        return error


def validate(plan: WavePlan) -> Path:
    """The stored responses of the wave → its validation page."""
    from ncsi.stages.validate import validate_wave

    with Ledger.of(plan.workspace).run("validate", wave=plan.wave.id) as facts:
        page = validate_wave(plan)
        facts["page"] = page.name
    return page


def board(plan: WavePlan) -> Path:
    """How field work goes → the wave's board."""
    from ncsi.stages.field_board import write_board
    from ncsi.stages.field_progress import wave_progress

    with Ledger.of(plan.workspace).run("board", wave=plan.wave.id) as facts:
        found = wave_progress(plan)
        page = write_board(plan, found, plan.board)
        facts |= {"page": page.name, "accepted": found.accepted, "late": len(found.late)}
    return page


def computed(
    store: Store, plan: WavePlan, sector: str, run: str, *, threads: int = 1, begin: Begin | None = None
) -> SectorResults:
    """As `estimate_sector`. Moments are small: BLAS threads cost more than they bring, and more so where sectors run
    side by side. Those of a large sector's replicates take blocks of its rows instead."""
    from ncsi.stages.estimate import estimate_sector

    with threadpool_limits(limits=1, user_api="blas"):
        return estimate_sector(store, plan, sector, run, threads, begin)


def computed_part(store: Store, plan: WavePlan, sector: str, share: Share) -> Part | None:
    """As `part_of_replicates`."""
    from ncsi.stages.estimate import part_of_replicates

    with threadpool_limits(limits=1, user_api="blas"):
        return part_of_replicates(store, plan, sector, share)


def estimate(store: Store, plan: WavePlan, sector: str, compute: Compute = computed) -> SectorResults:
    """One sector's responses → its rows by respondent, stored at once where they are many, and its results, which
    `aggregate` stores with those of the others; `compute` says where."""
    from ncsi.stages.estimated_sectors import store_rows

    run = new_run()
    with Ledger.of(plan.workspace).run("estimate", run, wave=plan.wave.id, sector=sector) as facts:
        results = store_rows(store, compute(store, plan, sector, run))
        facts |= {
            "n": results.outcome.n,
            "estimated": results.tables is not None,
            "reason": results.outcome.reason,
        }
    return results


def aggregate(
    store: Store, plan: WavePlan, results: Sequence[SectorResults], *, anew: bool = False
) -> NationOutcome:
    """Results of the sectors → the store, and from there the nation, `anew` or where something changed.

    Sectors that the wave goes on without are left out. Raises EstimationFailed where a fault of ncsi stopped one, or
    none was estimated; the others are stored.
    """
    from ncsi.stages.estimated_by import remember_estimated_by
    from ncsi.stages.estimated_sectors import go_on_without, store_results
    from ncsi.stages.left_out import finish
    from ncsi.stages.nation import estimate_nation, kept_nation
    from ncsi.stages.nation_inputs import nation_sha256, nation_stands, remember_nation

    with Ledger.of(plan.workspace).run("estimate", wave=plan.wave.id, sector="") as facts:
        if not anew and all(one.outcome.kept for one in results) and nation_stands(store, plan):
            left_out: tuple[LeftOut, ...] = ()
            nation = kept_nation(store, plan)
        else:
            with store.alone(), texts_of_few():  # one connection for all, which opened the file five times
                store_results(store, plan.wave.id, results)
                left_out = go_on_without(plan.wave.id, tuple(one.outcome for one in results))
                nation = estimate_nation(plan, left_out)
                finish(store, plan.wave.id)
                made_from = nation_sha256(
                    store, plan
                )  # before another writes what the nation was not made from
            remember_nation(plan, made_from)
        remember_estimated_by(plan)
        kept = [one.outcome.sector for one in results if one.outcome.kept]
        facts |= {
            "sectors": nation.sectors,
            "n": nation.n,
            "kept": kept,
            "nation_kept": nation.kept,
            "left_out": [one.sector for one in left_out],
        }
    move(store, plan.workspace, plan.wave, "estimate")
    return nation


def draft(
    plan: WavePlan, apply: Apply, progress: Progress | None = None, *, files: bool = False
) -> WaveDraft:
    """As `draft_wave`; the ledger gets what leaves the store as `files`, and nothing of what is only looked at."""
    from ncsi.stages.draft import draft_wave, write_draft

    made = draft_wave(plan, apply, progress)
    if not files:
        return made
    with Ledger.of(plan.workspace).run("draft", wave=plan.wave.id) as facts:
        made = write_draft(plan, made)
        shown = [one.outcome for one in made.sectors if not one.outcome.problem]
        facts |= {
            "sectors": len(shown),
            "n": sum(one.n for one in shown),
            "left_out": [one.sector for one in made.left_out],
        }
    return made


def collected(
    store: Store, plan: WavePlan, sources: Mapping[str, SourceFile], outcomes: Sequence[FileOutcome]
) -> None:
    """Tell the register that files came, where any did, also before; remember how they were read, and what was
    asked."""
    with store.alone():
        keep_asked(store, plan.workspace, plan.wave.id)
        remember(store, plan, sources)
        if any(not one.repeated and not one.withdrawn for one in outcomes):
            move(store, plan.workspace, plan.wave, "collect")
        else:
            tell_what_came(store, plan.workspace, plan.wave)


def publish(plan: WavePlan, apply: Apply, progress: Progress | None, *, draft: bool = False) -> Release:
    """Result tables → `releases/<wave>/`, with `draft` → `releases/.draft/<wave>/`, marked; `apply` maps the writing of
    documents. What killed publications left is removed first. Raises IllegalMove where files came since the wave was
    estimated, StoreBusy as `releasing`."""
    with releasing(plan.workspace, plan.wave.id), texts_of_few():
        clear_ended(plan.workspace)
        return _published_wave(plan, apply, progress, draft)


def _published_wave(plan: WavePlan, apply: Apply, progress: Progress | None, draft: bool) -> Release:
    from ncsi.report.bundle.manifest import sha256
    from ncsi.stages.publish import publish_wave

    with Store.opened_alone(plan.workspace.warehouse) as store:
        require_asked(store, plan)
        tell_what_came(store, plan.workspace, plan.wave)
        check_move(store, plan.workspace, plan.wave, "publish")
    with Ledger.of(plan.workspace).run("publish", wave=plan.wave.id) as facts:
        release = publish_wave(plan, apply, progress, draft=draft)
        facts |= {
            "release_id": release.release_id,
            "manifest_sha256": sha256((release.folder / "manifest.json").read_bytes()),
            "files": len(release.files),
            "python": platform.python_version(),
            "platform": platform.platform(),
            "approvals_lacking": release.lacking,
            "draft": release.draft,
            "folder": release.folder.relative_to(plan.workspace.releases).as_posix(),
        }
    if not (release.lacking or release.embargoed or release.draft):
        move(store, plan.workspace, plan.wave, "publish", revision=len(plan.wave.revisions))
    return release


def diagnose(plan: WavePlan, sector: str | None, brand: str | None, apply: Apply) -> Diagnoses:
    """Result tables → diagnoses of enterprises; the ledger gets their number."""
    from ncsi.stages.enterprise_diagnoses import diagnose_wave

    ledger = Ledger.of(plan.workspace)
    ledger.end_killed()
    clear_ended(plan.workspace)
    with ledger.run("diagnose", wave=plan.wave.id) as facts:
        made = diagnose_wave(plan, sector, brand, apply)
        facts["diagnoses"] = len(made.files)
    return made
