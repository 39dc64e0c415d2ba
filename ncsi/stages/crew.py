"""Worker processes for the items of a step: one interpreter alone cannot keep two cores busy."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.context import BaseContext

from threadpoolctl import threadpool_limits

from ncsi.errors import SpecError

VARIABLE = "NCSI_WORKERS"
_HEAVY = ("ncsi.stages.wave", "great_expectations", "semopy", "matplotlib.backends.backend_svg", "typst")


def workers() -> int:
    """Files or sectors worked on at a time: NCSI_WORKERS, else the machine's cores up to 4."""
    given = os.environ.get(VARIABLE)
    if given is None:
        return min(os.cpu_count() or 1, 4)
    if not given.isdigit() or int(given) < 1:
        raise SpecError(
            f"environment variable {VARIABLE}", f"it is {given[:20]!r}", "Set it to a number from 1 up"
        )
    return int(given)


@contextmanager
def crew() -> Iterator[Executor]:
    """A pool of `workers()` processes that ends with the block; work and items must be picklable.

    Where the system can, workers are forked off one clean process that has imported the heavy libraries once,
    so that a second crew costs nothing. An interrupted block drops what was not begun.
    """
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    pool = ProcessPoolExecutor(workers(), mp_context=_context(), initializer=_as_worker)
    try:
        yield pool
    except BaseException:
        pool.shutdown(cancel_futures=True)
        raise
    pool.shutdown()


def _context() -> BaseContext:
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(list(_HEAVY))
    return context


def _as_worker() -> None:
    """Workers fill the cores: BLAS threads of their own would only fight over them, and whoever hands them work,
    or keeps the record of it, goes first."""
    if hasattr(os, "nice"):
        os.nice(5)
    threadpool_limits(limits=1, user_api="blas")
