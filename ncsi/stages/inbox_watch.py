"""Looking at an inbox: what lies there, what of it is complete, and who takes it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep

from filelock import FileLock, Timeout

from ncsi.errors import StoreBusy, StoreError

DONE = ".done"
"""Ending of an empty file beside another, which says that the other is complete."""
UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".filepart", "~")
INBOX = "inbox"
"""The folder of a workspace that files are dropped into."""
PAUSE_S = 30.0
"""Between two looks at an inbox: a file that is the same at both is complete."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a file was when it was looked at: its path in the inbox, size and time of change, whether `.done` lies
    beside it."""

    path: str
    size: int
    changed_ns: int
    done: bool


def looks(inbox: Path) -> dict[str, Look]:
    """What lies in the inbox, by path: hidden files and folders and what is still being written aside.

    Links, pipes and devices are listed too: they are quarantined, never opened. Raises StoreError for an inbox that
    cannot be read.
    """
    found: dict[str, Look] = {}
    try:
        for folder, folders, names in os.walk(inbox):
            folders[:] = sorted(one for one in folders if not one.startswith("."))
            links = [one for one in folders if Path(folder, one).is_symlink()]
            for name in sorted([*names, *links]):
                if name.startswith(".") or name.endswith((DONE, *UNFINISHED)):
                    continue
                path = Path(folder, name)
                status = path.lstat()
                key = path.relative_to(inbox).as_posix()
                done = path.with_name(name + DONE).is_file()
                found[key] = Look(key, status.st_size, status.st_mtime_ns, done)
    except OSError as error:
        raise StoreError(f"{inbox}: cannot be read: {error.strerror}. Make the folder readable.") from error
    return found


def complete(before: Mapping[str, Look], now: Mapping[str, Look]) -> tuple[str, ...]:
    """Paths of files that are as they were at the look before, or have `.done` beside them."""
    return tuple(path for path, one in now.items() if one.done or before.get(path) == one)


def rested(inbox: Path, pause_s: float = PAUSE_S) -> tuple[str, ...]:
    """Paths of files that are complete, by two looks so many seconds apart; by one where none needs the other."""
    before = looks(inbox)
    if all(one.done for one in before.values()):
        return tuple(before)
    sleep(pause_s)
    return complete(before, looks(inbox))


@contextmanager
def held(inbox: Path) -> Iterator[None]:
    """Alone with an inbox. Raises StoreBusy where another process takes its files."""
    try:
        with FileLock(inbox / ".lock", timeout=0):
            yield
    except Timeout:
        raise StoreBusy(f"{inbox}: another process takes its files. Stop one of the two.") from None
