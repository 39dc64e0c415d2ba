"""How the steps of a wave run: one after the other, by processes side by side, or by a scheduler (`flows`).

An engine is what the command line, flows, notebooks and tests hold; the steps themselves are the same in each.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.context import BaseContext
from types import TracebackType
from typing import Any, Self, TypeVar

from threadpoolctl import threadpool_limits

from ncsi.errors import SpecError
from ncsi.report import Release
from ncsi.report.diagnoses import Diagnoses
from ncsi.spec.plan import WavePlan
from ncsi.stages import recorded
from ncsi.stages.collect import FileOutcome
from ncsi.stages.due import Step, due_steps
from ncsi.stages.enterprise_diagnoses import diagnose_wave
from ncsi.stages.estimate import SectorOutcome
from ncsi.stages.fault_limits import refuse_faulty
from ncsi.stages.nation import NationOutcome
from ncsi.stages.source_files import SourceFile, sources_of
from ncsi.store import Store

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
Progress = Callable[[str, int, int], None]
"""Called with step, done, total."""

WORKERS = "NCSI_WORKERS"
_PRELOADED = ("ncsi.engine", "great_expectations", "semopy", "matplotlib.backends.backend_svg", "typst")


@dataclass(frozen=True, slots=True)
class WaveOutcome:
    """What the three jobs came to."""

    wave: str
    files: tuple[FileOutcome, ...]
    sectors: tuple[SectorOutcome, ...]
    nation: NationOutcome
    release: Release


class Engine(ABC):
    """Runs the jobs of a wave. An engine says how: `map`, and where it likes `run_step` and `job`."""

    def __init__(self, progress: Progress | None = None) -> None:
        self.progress = progress

    @abstractmethod
    def map(self, work: Callable[..., Outcome], *items: Iterable[Any]) -> Iterator[Outcome]:
        """As the built-in `map`, outcomes in the items' order. Work and items are picklable."""

    def run_step(
        self, step: str, work: Callable[[Item], Outcome], items: Mapping[str, Item]
    ) -> tuple[Outcome, ...]:
        """Do `work` on every named item and tell the progress; outcomes in the items' order."""
        outcomes = []
        for outcome in self.map(work, items.values()):
            outcomes.append(outcome)
            self.tell(step, len(outcomes), len(items))
        return tuple(outcomes)

    def job(self, name: str, plan: WavePlan, work: Callable[[], Outcome]) -> Outcome:  # noqa: ARG002
        """Do `work` as one job of a wave: what a scheduler shows as a run of its own."""
        return work()

    def tell(self, step: str, done: int, total: int) -> None:
        """Pass progress on to whoever listens."""
        if self.progress:
            self.progress(step, done, total)

    def collect(self, plan: WavePlan, sources: Sequence[SourceFile]) -> tuple[FileOutcome, ...]:
        """Export files → accepted responses and rejects; then the wave's validation page."""
        return self.job("collect", plan, partial(self._collect, plan, sources))

    def estimate(self, plan: WavePlan) -> tuple[tuple[SectorOutcome, ...], NationOutcome]:
        """Responses → result tables: every sector, then the nation.

        Raises ConformError when the wave's faults exceed its declared share, EstimationFailed naming the sectors
        whose data do not carry the model; the others are stored.
        """
        return self.job("estimate", plan, partial(self._estimate, plan))

    def publish(self, plan: WavePlan) -> Release:
        """Result tables → `releases/<wave>/`. Raises PublicationError."""
        return self.job("publish", plan, partial(recorded.publish, plan, self.map, self.progress))

    def run(self, plan: WavePlan, sources: Sequence[SourceFile]) -> WaveOutcome:
        """Collect, estimate, publish."""
        return self.job("wave", plan, partial(self._run, plan, sources))

    def run_due(self, plan: WavePlan, now: datetime) -> tuple[Step, ...]:
        """Do what is due at `now` (aware, in the zone of the wave's dates), and say what was done.

        While fieldwork lasts, files that have not come are no fault.
        """
        return self.job("due", plan, partial(self._run_due, plan, now))

    def diagnose(self, plan: WavePlan, sector: str | None = None, brand: str | None = None) -> Diagnoses:
        """Result tables → a PDF for each brand over the threshold, or for those asked for. As `diagnose_wave`."""
        return diagnose_wave(plan, sector, brand, self.map)

    def _collect(self, plan: WavePlan, sources: Sequence[SourceFile]) -> tuple[FileOutcome, ...]:
        store = Store.open(plan.workspace.warehouse, create=True)
        files = {str(source.path): source for source in sources}
        outcomes = self.run_step("collect", partial(recorded.collect, store, plan), files)
        self.run_step("validate", recorded.validate, {plan.wave.id: plan})
        return outcomes

    def _estimate(self, plan: WavePlan) -> tuple[tuple[SectorOutcome, ...], NationOutcome]:
        store = Store.open(plan.workspace.warehouse)
        refuse_faulty(plan.wave, store)
        sectors = {sector: sector for sector in plan.sector_ids}
        results = self.run_step("estimate", partial(recorded.estimate, store, plan), sectors)
        nation = recorded.aggregate(store, plan, results)
        return tuple(one.outcome for one in results), nation

    def _run(self, plan: WavePlan, sources: Sequence[SourceFile]) -> WaveOutcome:
        files = self.collect(plan, sources)
        sectors, nation = self.estimate(plan)
        return WaveOutcome(plan.wave.id, files, sectors, nation, self.publish(plan))

    def _run_due(self, plan: WavePlan, now: datetime) -> tuple[Step, ...]:
        due = due_steps(plan.wave, now)
        if "collect" in due:
            sources = sources_of(plan.workspace, plan.wave.id, partial="estimate" not in due)
            if not sources:
                return ()
            self.collect(plan, sources)
        if "estimate" in due:
            self.estimate(plan)
        if "publish" in due:
            self.publish(plan)
        return due


class InOrder(Engine):
    """One item after the other in this process: for notebooks and tests."""

    def map(self, work: Callable[..., Outcome], *items: Iterable[Any]) -> Iterator[Outcome]:
        """The built-in `map`."""
        return map(work, *items)


class Processes(Engine):
    """`workers()` processes side by side, from entering the block to its end: one interpreter alone cannot keep
    two cores busy.

    Where the system can, workers are forked off one clean process that has imported the heavy libraries once,
    so that a second engine costs nothing. An interrupted block drops what was not begun.
    """

    def __enter__(self) -> Self:
        os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
        self.pool = ProcessPoolExecutor(workers(), mp_context=_context(), initializer=_as_worker)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.pool.shutdown(cancel_futures=error is not None)

    def map(self, work: Callable[..., Outcome], *items: Iterable[Any]) -> Iterator[Outcome]:
        """The pool's `map`."""
        return self.pool.map(work, *items)


def workers() -> int:
    """Files or sectors worked on at a time: NCSI_WORKERS, else the machine's cores up to 4."""
    given = os.environ.get(WORKERS)
    if given is None:
        return min(os.cpu_count() or 1, 4)
    if not given.isdigit() or int(given) < 1:
        raise SpecError(
            f"environment variable {WORKERS}", f"it is {given[:20]!r}", "Set it to a number from 1 up"
        )
    return int(given)


def _context() -> BaseContext:
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(list(_PRELOADED))
    return context


def _as_worker() -> None:
    """Workers fill the cores: BLAS threads of their own would only fight over them, and whoever hands them work,
    or keeps the record of it, goes first."""
    if hasattr(os, "nice"):
        os.nice(5)
    threadpool_limits(limits=1, user_api="blas")
