"""Worker processes side by side: a pool that outlives a worker that dies, and workers that end with their parent."""

from __future__ import annotations

import gc
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from itertools import chain
from multiprocessing import active_children, parent_process
from threading import Event, Lock, Thread
from types import FrameType
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

from ncsi import clean_process
from ncsi.errors import SpecError, WorkerDied

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

WORKERS = "NCSI_WORKERS"
_MOST_WORKERS = 512
_AT_WORK = Event()
"""In a worker: whether it works on an item."""


class WorkerPool:
    """`workers()` processes, forked where the system can off one clean process that has imported the heavy libraries
    once, so that a second pool costs nothing."""

    def __init__(self) -> None:
        clean_process.begin()
        self._pool, self._one_at_a_time = _processes(workers()), Lock()

    def map(self, work: Callable[..., Outcome], *items: Iterable[Any]) -> Iterator[Outcome]:
        """As the built-in `map`. Raises WorkerDied where a process does not live through its work."""
        return _living(self._pool.map(partial(_interruptible, work), *items))

    def map_at_once(self, work: Callable[[Item], Outcome], items: Iterable[Item]) -> Iterator[Outcome]:
        """As `map`, and this process does what it can while the others come up."""
        beside = ThreadPoolExecutor(1)
        begun = beside.submit(self._pool.submit, _nothing)  # waits until the clean process can fork
        beside.shutdown(wait=False)
        waiting, done = deque(items), list[Outcome]()
        with threadpool_limits(limits=1, user_api="blas"):
            while waiting and not begun.done():
                done.append(work(waiting.popleft()))
        return chain(done, self.map(work, waiting))

    def work(self, step: str, name: str, work: Callable[[Item], Outcome], item: Item) -> Outcome:
        """Work on one item in a process of the pool.

        A process that dies takes the pool with it, and the item beside it may be to blame: each that was under way
        is tried once more, alone. Raises WorkerDied for the one that does not live through that either.
        """
        pool = self._pool
        try:
            return pool.submit(_interruptible, work, item).result()
        except BrokenProcessPool:
            with self._one_at_a_time:
                if self._pool is pool:
                    self._pool = _processes(workers())
                    pool.shutdown()
        except MemoryError:  # of the item alone: the pool goes on
            pass
        with self._one_at_a_time, _processes(1) as alone:
            try:
                return alone.submit(_interruptible, work, item).result()
            except (BrokenProcessPool, MemoryError) as error:
                raise WorkerDied(step, name) from error

    def close(self, error: BaseException | None = None) -> None:
        """End the workers, after `error` without what was not begun; an interruption reaches them too."""
        if isinstance(error, KeyboardInterrupt):
            _interrupt_children()
        self._pool.shutdown(cancel_futures=error is not None)


def workers() -> int:
    """Files or sectors worked on at a time: NCSI_WORKERS, else the machine's cores up to 4."""
    given = os.environ.get(WORKERS)
    if given is None:
        return min(os.cpu_count() or 1, 4)
    if not (given.isascii() and given.isdecimal() and 1 <= int(given[:9]) <= _MOST_WORKERS):
        raise SpecError(
            f"environment variable {WORKERS}",
            f"it is {given[:20]!r}",
            f"Set it to a whole number from 1 to {_MOST_WORKERS}",
        )
    return int(given)


def _processes(number: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(number, mp_context=clean_process.context(), initializer=_as_worker)


def _living(outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
    try:
        yield from outcomes
    except (BrokenProcessPool, MemoryError) as error:
        raise WorkerDied("write", "the documents") from error


def _as_worker() -> None:
    """Workers fill the cores: BLAS threads of their own would only fight over them, and whoever hands them work,
    or keeps the record of it, goes first."""
    if hasattr(os, "nice"):
        os.nice(5)
    threadpool_limits(limits=1, user_api="blas")
    gc.freeze()  # what was imported before the fork is there to stay: no collection need look through it
    gc.enable()  # the clean process has it off
    clean_process.collect_seldom()
    signal.signal(signal.SIGINT, _interrupted)
    Thread(target=_end_with_parent, daemon=True).start()


def _nothing() -> None:
    """What a process is given to do so that it begins."""


def _interruptible(work: Callable[..., Outcome], *items: Any) -> Outcome:
    _AT_WORK.set()
    try:
        return work(*items)
    finally:
        _AT_WORK.clear()


def _interrupted(_number: int, _frame: FrameType | None) -> None:
    """Ctrl-C reaches every process of a terminal: work ends with its record in the ledger, idle workers wait for
    their parent's word, and none prints a traceback."""
    if _AT_WORK.is_set():
        _AT_WORK.clear()
        raise KeyboardInterrupt


def _interrupt_children() -> None:
    """A signal to this process alone (SIGTERM) has not reached its workers."""
    for child in active_children():
        if child.pid is not None and os.name == "posix":
            os.kill(child.pid, signal.SIGINT)


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work forever, and keep the forkserver waiting too."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
