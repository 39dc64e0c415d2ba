"""What is done by one process at a time: changing what is out of a wave, so that nothing is withdrawn while a release
of it is made and no release comes out over a withdrawal; the list of all releases; and what is due of a workspace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ncsi.errors import StoreBusy, StoreError
from ncsi.spec import Workspace

_WAIT_S = 600
"""A list of hundreds of releases takes less."""


@contextmanager
def releasing(workspace: Workspace, wave: str) -> Iterator[None]:
    """The wave's releases for this process alone; the operating system takes that from one that is killed.

    Raises StoreBusy, at once, where another process publishes or withdraws the wave.
    """
    busy = (
        f"wave {wave}: another process is publishing or withdrawing it. Wait until it is done, look at "
        f"`ncsi wave show --wave {wave}`, then run again; nothing was changed."
    )
    with _alone(workspace.root / "runs" / wave, ".releasing.lock", busy):
        yield


@contextmanager
def listing(workspace: Workspace) -> Iterator[None]:
    """The list of releases, with what machines take of the latest, for this process alone: of two that publish waves at
    once the second waits, so that neither takes the other's renames for what a kill left, and the list has both.

    Raises StoreBusy where another process is at it for minutes.
    """
    busy = (
        f"{workspace.releases}: another process has been writing the list of releases for {_WAIT_S // 60} minutes. "
        "What was published is out; run the same command again, so that the list has it."
    )
    with _alone(workspace.root / "runs", ".listing.lock", busy, _WAIT_S):
        yield


@contextmanager
def doing_due(workspace: Workspace) -> Iterator[None]:
    """What is due of the workspace's waves and its inbox for this process alone. Raises StoreBusy, at once, where
    another process does it: of two that take turns at inbox and waves neither would do all."""
    busy = (
        f"{workspace.root}: another `ncsi wave schedule --once` does what is due. Nothing was begun; it does that now, "
        "or the next one will."
    )
    with _alone(workspace.root / "runs", ".due.lock", busy):
        yield


@contextmanager
def _alone(folder: Path, name: str, busy: str, wait_s: float = 0) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / name)
        lock.acquire(timeout=wait_s)
    except Timeout as error:
        raise StoreBusy(busy) from error
    except OSError as error:
        raise StoreError(
            f"{folder}: cannot write: {error.strerror}. Make it writable, then run again."
        ) from error
    try:
        yield
    finally:
        lock.release()
