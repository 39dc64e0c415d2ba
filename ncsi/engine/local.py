"""The engines of this machine: one item after the other, or processes side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from functools import partial
from threading import Lock
from types import TracebackType
from typing import Any, Self
from warnings import warn

from ncsi.engine.jobs import Engine
from ncsi.engine.steps import Caution, Item, Outcome, Progress, settled
from ncsi.worker_pool import WorkerPool, workers


class InOrder(Engine):
    """One item after the other in this process: for notebooks and tests."""

    def map(self, work: Callable[..., Outcome], *items: Iterable[Any]) -> Iterator[Outcome]:
        """The built-in `map`."""
        return map(work, *items)


class Processes(Engine):
    """`workers()` processes side by side, from entering the block to its end: one interpreter alone cannot keep
    two cores busy. An interrupted block drops what was not begun.

    `few`: what there is to do takes seconds; it is done in this process, since to start others takes longer.
    """

    def __init__(
        self, progress: Progress | None = None, caution: Caution = warn, *, few: bool = False
    ) -> None:
        super().__init__(progress, caution)
        self._few, self._alone = few, Lock()
        self._pool: WorkerPool | None = None

    def __enter__(self) -> Self:
        self._pool = None if self._few else WorkerPool()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.close(error)

    def map(self, work: Callable[..., Outcome], *items: Iterable[Any]) -> Iterator[Outcome]:
        """The pool's `map`. Raises WorkerDied where a process does not live through its work."""
        return map(work, *items) if self._pool is None else self._pool.map(work, *items)

    def map_at_once(self, work: Callable[[Item], Outcome], items: Iterable[Item]) -> Iterator[Outcome]:
        """As `map`, and this process does what it can while the others come up."""
        return map(work, items) if self._pool is None else self._pool.map_at_once(work, items)

    def run_step(
        self, step: str, work: Callable[[Item], Outcome], items: Mapping[str, Item]
    ) -> tuple[Outcome, ...]:
        """As every engine's; a thread waits for each process, so that what kills one can be told by its item."""
        threads = ThreadPoolExecutor(workers() + 1)
        try:
            futures = {
                name: threads.submit(self.in_a_process, step, name, work, item)
                for name, item in items.items()
            }
            return settled(step, {name: one.result for name, one in futures.items()}, self.tell)
        finally:
            threads.shutdown(wait=False, cancel_futures=True)

    def run_beside(self, works: Mapping[str, Callable[[Item], object]], name: str, item: Item) -> None:
        """As every engine's; a thread waits for each step. Where one fails, the others come to their end first."""
        if self._pool is None:
            super().run_beside(works, name, item)
            return
        threads = ThreadPoolExecutor(len(works))
        try:
            asked = [
                threads.submit(copy_context().run, partial(self.run_step, step, work, {name: item}))
                for step, work in works.items()
            ]
            wait(asked)
            for one in asked:
                one.result()
        finally:
            threads.shutdown(wait=False, cancel_futures=True)

    def in_a_process(self, step: str, name: str, work: Callable[[Item], Outcome], item: Item) -> Outcome:
        """Work on one item in a process of the pool, or in this one. As `WorkerPool.work`."""
        if self._pool is not None:
            return self._pool.work(step, name, work, item)
        with self._alone:
            return work(item)
