"""Who is at work on what: locks of the operating system's, leases that end with their process, however it ends.

A server believes the last state that it was told: of a process that was killed, it waits for the next for ever. Its own
slots are no help: it keeps their leases in memory, and killed itself, forgets the lease and keeps the slot taken.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from uuid import UUID

from filelock import FileLock, Timeout

from ncsi.errors import StoreBusy, StoreError

PATIENCE_S = 6 * 3600.0
"""How long a scheduled run waits for another of its wave."""


class Presence(Enum):
    """Whether a process works on a run."""

    AT_WORK = "at work"
    GONE = "gone"
    """One began, and ended without a word."""
    UNKNOWN = "unknown"
    """None has begun, or it has said how it ended."""


_TO_LOCK_S = 1.0
"""A lock's file is there a moment before it is locked: what is found free is tried once more."""
_begun: dict[UUID, FileLock] = {}


def begin_work(workspace: Path, run: UUID) -> None:
    """This process works on the run until `end_work` or its own end. StoreError where nothing can be locked."""
    _begun[run] = _locked(_lock_of(workspace, run), -1.0)


def end_work(run: UUID) -> None:
    """The server knows how the run ended. To be called after it was told: before, the run would seem abandoned."""
    lock = _begun.pop(run, None)
    if lock is not None:
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


@contextmanager
def alone_on(workspace: Path, wave: str, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """No other block of this wave runs beside it. As `at_work`; StoreBusy where one does for `patience_s`."""
    try:
        with _held(_folder(workspace) / f"wave-{wave}.lock", patience_s):
            yield
    except Timeout as error:
        since = f", and has been for {patience_s / 3600:g} hours" if patience_s else ""
        raise StoreBusy(
            f"wave {wave}: another run is at work on it{since}. See whether it still does anything, and end its "
            "process if not; then this one can run again."
        ) from error


def presence(workspace: Path, run: UUID) -> Presence:
    """Whether a process works on the run, as its lock shows."""
    path = _lock_of(workspace, run)
    for pause in (0.0, _TO_LOCK_S):
        time.sleep(pause)
        if not path.exists():
            return Presence.UNKNOWN
        try:
            FileLock(path, timeout=0).acquire().lock.release()
        except Timeout:
            return Presence.AT_WORK
    return Presence.GONE


def forget(workspace: Path, run: UUID) -> None:
    """Remove what a process left that is gone."""
    _lock_of(workspace, run).unlink(missing_ok=True)


@contextmanager
def _held(path: Path, patience_s: float) -> Iterator[None]:
    lock = _locked(path, patience_s)
    try:
        yield
    finally:
        lock.release()


def _locked(path: Path, patience_s: float) -> FileLock:
    lock = FileLock(path, timeout=patience_s, thread_local=False)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be locked: {error.strerror}. Free disk space, or make the folder writable."
        ) from error
    return lock


def _lock_of(workspace: Path, run: UUID) -> Path:
    return _folder(workspace) / f"run-{run}.lock"


def _folder(workspace: Path) -> Path:
    return workspace.resolve() / ".prefect" / "at-work"
