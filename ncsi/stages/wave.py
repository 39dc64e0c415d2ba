"""The main job as plain functions: collect, estimate, publish, each step recorded in the ledger.

`Each` is how a step runs over its files or sectors: in order or by a crew of processes here, as Prefect tasks
in `flows`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from threadpoolctl import threadpool_limits

from ncsi.ledger import Ledger
from ncsi.report import Apply, Release
from ncsi.spec.plan import WavePlan
from ncsi.stages.collect import FileOutcome, collect_into
from ncsi.stages.estimate import SectorOutcome, SectorResults, estimate_sector, require_all, store_results
from ncsi.stages.fault_limits import refuse_faulty
from ncsi.stages.nation import NationOutcome, estimate_nation
from ncsi.stages.publish import publish_wave
from ncsi.stages.sources import SourceFile
from ncsi.stages.validate import validate_wave
from ncsi.store import Store

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class Each(Protocol):
    """Apply `work` to every named item; outcomes come back in the items' order. Work and items are picklable."""

    def __call__(
        self, step: str, work: Callable[[Item], Outcome], items: Mapping[str, Item]
    ) -> tuple[Outcome, ...]:
        """Run one step."""
        ...


Progress = Callable[[str, int, int], None]
"""Called with step, done, total."""


@dataclass(frozen=True, slots=True)
class WaveOutcome:
    """What the three steps came to."""

    wave: str
    files: tuple[FileOutcome, ...]
    sectors: tuple[SectorOutcome, ...]
    nation: NationOutcome
    release: Release


def in_order(progress: Progress | None = None) -> Each:
    """One after the other in this process: the engine of notebooks and tests."""
    return partial(_each, map, progress)


def by_crew(pool: Executor, progress: Progress | None = None) -> Each:
    """Side by side in the processes of a pool, without a server."""
    return partial(_each, pool.map, progress)


def _each(
    apply: Apply,
    progress: Progress | None,
    step: str,
    work: Callable[[Item], Outcome],
    items: Mapping[str, Item],
) -> tuple[Outcome, ...]:
    outcomes = []
    for outcome in apply(work, items.values()):
        outcomes.append(outcome)
        if progress:
            progress(step, len(outcomes), len(items))
    return tuple(outcomes)


def collect(plan: WavePlan, sources: Sequence[SourceFile], each: Each) -> tuple[FileOutcome, ...]:
    """Export files → accepted responses and rejects, one file at a time; then the wave's validation page."""
    store = Store.open(plan.workspace.warehouse, create=True)
    outcomes = each(
        "collect", partial(_collect, store, plan), {str(source.path): source for source in sources}
    )
    each("validate", _validate, {plan.wave.id: plan})
    return outcomes


def _collect(store: Store, plan: WavePlan, source: SourceFile) -> FileOutcome:
    with ledger_of(plan).run("collect", wave=plan.wave.id, file=source.path.name) as facts:
        outcome = collect_into(store, plan, source)
        facts |= {
            "source_sha256": outcome.sha256,
            "rows_read": outcome.rows_read,
            "rows_accepted": outcome.rows_accepted,
            "rows_rejected": outcome.rows_rejected,
            "repeated": outcome.repeated,
        }
    return outcome


def _validate(plan: WavePlan) -> Path:
    with ledger_of(plan).run("validate", wave=plan.wave.id) as facts:
        page = validate_wave(plan)
        facts["page"] = page.name
    return page


def estimate(plan: WavePlan, each: Each) -> tuple[tuple[SectorOutcome, ...], NationOutcome]:
    """Responses → result tables: every sector, then the nation.

    Raises ConformError when the wave's faults exceed its declared share, EstimationFailed naming the sectors
    whose data do not carry the model; the others are stored.
    """
    store = Store.open(plan.workspace.warehouse)
    refuse_faulty(plan.wave, store)
    results = each(
        "estimate", partial(_estimate, store, plan), {sector: sector for sector in plan.sector_ids}
    )
    outcomes = tuple(one.outcome for one in results)
    with ledger_of(plan).run("estimate", wave=plan.wave.id, sector="") as facts:
        store_results(store, results)
        require_all(plan.wave.id, outcomes)
        nation = estimate_nation(plan)
        facts |= {"sectors": nation.sectors, "n": nation.n}
    return outcomes, nation


def _estimate(store: Store, plan: WavePlan, sector: str) -> SectorResults:
    # Moments are small: BLAS threads cost more than they bring, and more so where sectors run side by side.
    with (
        threadpool_limits(limits=1, user_api="blas"),
        ledger_of(plan).run("estimate", wave=plan.wave.id, sector=sector) as facts,
    ):
        results = estimate_sector(store, plan, sector)
        facts |= {"n": results.outcome.n, "estimated": results.tables is not None}
    return results


def publish(plan: WavePlan, apply: Apply = map, progress: Progress | None = None) -> Release:
    """Result tables → `releases/<wave>/`; `apply` maps the drawing of a document over sectors."""
    with ledger_of(plan).run("publish", wave=plan.wave.id) as facts:
        release = publish_wave(plan, apply, progress)
        facts |= {"release_id": release.release_id, "files": len(release.files)}
    return release


def run_wave(
    plan: WavePlan,
    sources: Sequence[SourceFile],
    each: Each,
    apply: Apply = map,
    progress: Progress | None = None,
) -> WaveOutcome:
    """The three steps in order."""
    files = collect(plan, sources, each)
    sectors, nation = estimate(plan, each)
    return WaveOutcome(plan.wave.id, files, sectors, nation, publish(plan, apply, progress))


def ledger_of(plan: WavePlan) -> Ledger:
    """The workspace's ledger."""
    return Ledger(plan.workspace.root / "runs" / "ledger.jsonl")
