"""The main job as plain functions: collect, estimate, publish, each step recorded in the ledger.

`Each` is how a step runs over its files or sectors: in order here, as Prefect tasks in `flows`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from threadpoolctl import threadpool_limits

from ncsi.ledger import Ledger
from ncsi.report import Release
from ncsi.stages.collect import FileOutcome, SourceFile, collect_file
from ncsi.stages.estimate import SectorOutcome, estimate_sector, require_all
from ncsi.stages.nation import NationOutcome, estimate_nation
from ncsi.stages.plan import WavePlan
from ncsi.stages.publish import publish_wave

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class Each(Protocol):
    """Apply `work` to every named item; outcomes come back in the items' order."""

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
    """One after the other in this process: no server, the engine of notebooks and tests."""

    def each(step: str, work: Callable[[Item], Outcome], items: Mapping[str, Item]) -> tuple[Outcome, ...]:
        outcomes = []
        for done, item in enumerate(items.values(), 1):
            outcomes.append(work(item))
            if progress:
                progress(step, done, len(items))
        return tuple(outcomes)

    return each


def collect(plan: WavePlan, sources: Sequence[SourceFile], each: Each) -> tuple[FileOutcome, ...]:
    """Export files → accepted responses and rejects, one file at a time."""
    ledger = ledger_of(plan)

    def one(source: SourceFile) -> FileOutcome:
        with ledger.run("collect", wave=plan.wave.id, file=source.path.name) as facts:
            outcome = collect_file(plan, source)
            facts |= {
                "source_sha256": outcome.sha256,
                "rows_read": outcome.rows_read,
                "rows_accepted": outcome.rows_accepted,
                "rows_rejected": outcome.rows_rejected,
                "repeated": outcome.repeated,
            }
        return outcome

    return each("collect", one, {str(source.path): source for source in sources})


def estimate(plan: WavePlan, each: Each) -> tuple[tuple[SectorOutcome, ...], NationOutcome]:
    """Responses → result tables: every sector, then the nation.

    Raises EstimationFailed naming the sectors whose data do not carry the model; the others are stored.
    """
    ledger = ledger_of(plan)

    def one(sector: str) -> SectorOutcome:
        with ledger.run("estimate", wave=plan.wave.id, sector=sector) as facts:
            outcome = estimate_sector(plan, sector)
            facts |= {"n": outcome.n, "estimated": not outcome.problem}
        return outcome

    # Sectors run side by side; BLAS threads of their own would only fight over the same cores.
    with threadpool_limits(limits=1, user_api="blas"):
        outcomes = each("estimate", one, {sector: sector for sector in plan.sector_ids})
    require_all(plan.wave.id, outcomes)
    with ledger.run("estimate", wave=plan.wave.id, sector="") as facts:
        nation = estimate_nation(plan)
        facts |= {"sectors": nation.sectors, "n": nation.n}
    return outcomes, nation


def publish(plan: WavePlan, workers: int = 2, progress: Progress | None = None) -> Release:
    """Result tables → `releases/<wave>/`."""
    with ledger_of(plan).run("publish", wave=plan.wave.id) as facts:
        release = publish_wave(plan, workers, progress)
        facts |= {"release_id": release.release_id, "files": len(release.files)}
    return release


def run_wave(
    plan: WavePlan, sources: Sequence[SourceFile], each: Each, progress: Progress | None = None
) -> WaveOutcome:
    """The three steps in order."""
    files = collect(plan, sources, each)
    sectors, nation = estimate(plan, each)
    return WaveOutcome(plan.wave.id, files, sectors, nation, publish(plan, progress=progress))


def ledger_of(plan: WavePlan) -> Ledger:
    """The workspace's ledger."""
    return Ledger(plan.workspace.root / "runs" / "ledger.jsonl")
