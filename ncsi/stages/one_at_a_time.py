"""What is out of a wave is changed by one process at a time: nothing is withdrawn while a release of it is made, and no
release comes out over a withdrawal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from ncsi.errors import StoreBusy, StoreError
from ncsi.spec import Workspace


@contextmanager
def releasing(workspace: Workspace, wave: str) -> Iterator[None]:
    """The wave's releases for this process alone; the operating system takes that from one that is killed.

    Raises StoreBusy, at once, where another process publishes or withdraws the wave.
    """
    folder = workspace.root / "runs" / wave
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".releasing.lock")
        lock.acquire(timeout=0)
    except Timeout as error:
        raise StoreBusy(
            f"wave {wave}: another process is publishing or withdrawing it. Wait until it is done, look at "
            f"`ncsi wave show --wave {wave}`, then run again; nothing was changed."
        ) from error
    except OSError as error:
        raise StoreError(
            f"{folder}: cannot write: {error.strerror}. Make it writable, then run again."
        ) from error
    try:
        yield
    finally:
        lock.release()
