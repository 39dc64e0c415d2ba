"""The clean process that workers are forked off: it has imported the heavy libraries once.

It imports them while the command that begins it imports its own: on two cores that is three seconds less to wait.
"""

from __future__ import annotations

import ctypes
import errno
import gc
import os
import signal
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.context import BaseContext
from threading import Event
from typing import Literal

Step = Literal["collect", "estimate", "publish"]
_PRELOADED: Mapping[Step, tuple[str, ...]] = {
    "collect": (
        "ncsi.cli.main",
        "ncsi.ingest.lean_great_expectations",
        "ncsi.stages.recorded",
        "ncsi.stages.validate",
        "ncsi.stages.field_board",
        "ncsi.stages.field_progress",
        "ncsi.stages.ready_to_collect",
    ),
    "estimate": ("ncsi.stages.recorded", "ncsi.stages.estimate", "ncsi.model.cbsem.lean_semopy"),
    "publish": ("ncsi.stages.publish", "fontTools.subset", "typst"),
}
"""By step, what its workers import."""
STEPS: tuple[Step, ...] = ("collect", "estimate", "publish")
_REFUSED = Event()
"""Whether the machine did not let it begin, as where no socket can be made in the folder for what is temporary."""


def context(steps: Collection[Step] = STEPS) -> BaseContext:
    """How worker processes start: off the clean process where the system can and let it begin, else each anew. `steps`:
    what they will do, where none was begun yet; what else they are asked to do they can, but import for it themselves.
    """
    if _REFUSED.is_set() or "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    made = get_context("forkserver")
    made.set_forkserver_preload(
        ["ncsi.uncollected", "ncsi.lean_scipy", *(one for step in steps for one in _PRELOADED[step])]
    )
    return made


def begin(steps: Collection[Step] = STEPS) -> bool:
    """Start the clean process, and do not wait for it; nothing where it runs. `steps` as `context`. False where the
    system has none, or refuses it: then workers start each anew."""
    _REFUSED.clear()
    if context(steps).get_start_method() != "forkserver":
        return False
    from multiprocessing import resource_tracker
    from multiprocessing.forkserver import ensure_running

    try:
        if not os.access(
            sys.executable, os.X_OK
        ):  # it would end at once, and be found missing by the first worker
            raise PermissionError(errno.EACCES, "may not be run again", sys.executable)
        resource_tracker.ensure_running()  # which the next would begin, and let go of what is held back
        with _holding_ctrl_c():
            ensure_running()
    except OSError:
        _REFUSED.set()
        return False
    return True


@contextmanager
def _holding_ctrl_c() -> Iterator[None]:
    """A process that is begun here hears no Ctrl-C until it ignores it (`ncsi.uncollected`): while Python comes up in
    it, that would end in a traceback. What came meanwhile reaches us at the end."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def give_back() -> None:
    """Give what was freed back to the system, where the C library and Arrow can: else they keep what the XML trees of
    office files took, 65 MB of a worker's 430, and of a large sector a third of what it took to estimate."""
    _trim()(0)
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        arrow.default_memory_pool().release_unused()


@cache
def _trim() -> Callable[[int], object]:
    if sys.platform.startswith("linux"):
        with suppress(AttributeError, OSError):  # glibc alone has it
            return ctypes.CDLL(None).malloc_trim
    return lambda _kept: 0


def collect_seldom() -> None:
    """Look for garbage after 20,000 new objects instead of 700, in a process that ends within minutes: a fifteenth of
    what pages take to make was that."""
    gc.set_threshold(20_000)


@contextmanager
def importing() -> Iterator[None]:
    """A block of imports in a process of our own: what they leave stays, so no collection looks through it, then or
    later. A sixth of the time that the heavy libraries take to import was that."""
    known, collected = len(sys.modules), gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if len(sys.modules) > known:
            gc.freeze()
        if collected:
            gc.enable()
