"""How the steps of a job run: its items mapped, progress told, what fails raised when all have been asked; and what
is done before and after a job, whichever it is."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from warnings import warn

from ncsi.errors import NcsiError, StepFailed, WorkerDied
from ncsi.ledger import Ledger
from ncsi.spec.plan import WavePlan
from ncsi.stages.broken_off import finish_publication

if TYPE_CHECKING:
    from ncsi.stages.index_request import IndexRequest
    from ncsi.stages.measuring import MeasureRequest

    Job = WavePlan | IndexRequest | MeasureRequest
    """What a job is done for."""

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
Progress = Callable[[str, int, int], None]
"""Called with step, done, total."""
Caution = Callable[[str], None]
"""Called with what did not work and stops nothing."""


class Steps(ABC):
    """Runs the steps of jobs. An engine says how: `map`, and where it likes `run_step` and `job`."""

    def __init__(self, progress: Progress | None = None, caution: Caution = warn) -> None:
        self.progress, self.caution = progress, caution
        self._within = 0

    @abstractmethod
    def map(self, work: Callable[..., Outcome], *items: Iterable[Any]) -> Iterator[Outcome]:
        """As the built-in `map`, outcomes in the items' order. Work and items are picklable."""

    def map_at_once(self, work: Callable[[Item], Outcome], items: Iterable[Item]) -> Iterator[Outcome]:
        """As `map`, for what comes first of all: an engine whose processes are not up yet does not wait for them."""
        return self.map(work, items)

    def run_step(
        self, step: str, work: Callable[[Item], Outcome], items: Mapping[str, Item]
    ) -> tuple[Outcome, ...]:
        """Do `work` on every named item and tell the progress; outcomes in the items' order.

        An item that fails leaves the others to go on; then its error is raised, or StepFailed naming several.
        """
        return settled(step, {name: partial(work, item) for name, item in items.items()}, self.tell)

    def run_beside(self, works: Mapping[str, Callable[[Item], object]], name: str, item: Item) -> None:
        """Several steps on one item, none of which waits for another: side by side where the engine can."""
        for step, work in works.items():
            self.run_step(step, work, {name: item})

    def job(self, name: str, plan: Job, work: Callable[[], Outcome]) -> Outcome:
        """Do `work` as one job of a wave: what a scheduler shows as a run of its own.

        Runs that a killed process left without an end in the ledger get it before, and where `work` fails. When the
        outermost job of a wave is over, whoever is to be told of it is.
        """
        ledger = Ledger.of(plan.workspace)
        ledger.end_killed()
        if (
            not self._within and isinstance(plan, WavePlan) and name != "publish"
        ):  # which does it again anyway
            finish_publication(plan)
        self._within += 1
        try:
            return work()
        except (WorkerDied, StepFailed):
            ledger.end_killed(patience_s=2.0)  # a process that was killed takes a moment to be gone
            raise
        finally:
            self._within -= 1
            if not isinstance(sys.exception(), KeyboardInterrupt):
                self._look(plan)

    def _look(self, plan: Job) -> None:
        """Send the notifications that are due of a wave, where the job is not within another."""
        if not self._within and isinstance(plan, WavePlan) and plan.workspace.settings.notifications.channels:
            from ncsi.stages.notify import look

            for line in look(plan.workspace, datetime.now(UTC), (plan.wave.id,)).cautions:
                self.caution(line)

    def tell(self, step: str, done: int, total: int) -> None:
        """Pass progress on to whoever listens."""
        if self.progress:
            self.progress(step, done, total)


def settled(
    step: str, waiting: Mapping[str, Callable[[], Outcome]], tell: Progress | None = None
) -> tuple[Outcome, ...]:
    """The outcome of every item of a step, in order; what failed is raised when all have been asked.

    Raises the error of the only item that failed, StepFailed naming all of several.
    """
    outcomes: list[Outcome] = []
    failed: dict[str, NcsiError] = {}
    for done, (name, outcome) in enumerate(waiting.items(), 1):
        try:
            outcomes.append(outcome())
        except MemoryError:
            failed[name] = WorkerDied(step, name)
        except NcsiError as error:
            failed[name] = error
        if tell:
            tell(step, done, len(waiting))
    if len(failed) > 1:
        raise StepFailed(step, len(waiting), failed)
    if failed:
        raise next(iter(failed.values()))
    return tuple(outcomes)
