"""Whether a process lives: of this machine by its number, of others that share the folder by a lock that it holds.

Containers on one machine are machines of their own here: none sees the processes of another. Locks are POSIX's, which
a fork does not pass on and NFS 4 carries; the system lets go of them whatever ends the process.
"""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

if os.name == "posix":
    import fcntl

ALIVE = ".alive"
"""How the names of such locks end."""
_HELD: dict[tuple[str, int], int] = {}
"""Locks that this process holds, by file and number of process: what a fork inherits is not its own."""


def here() -> str:
    """What other machines know this one by."""
    return socket.gethostname()


def announce(folder: Path) -> None:
    """Hold a lock in `folder` from now until this process ends. Raises OSError where none can be had."""
    path = _lock_of(folder, here(), os.getpid())
    if os.name != "posix" or (str(path), os.getpid()) in _HELD:
        return
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX)
            if _is_still(path, descriptor):  # not swept between the two
                _HELD[str(path), os.getpid()] = descriptor
                return
        finally:
            if descriptor not in _HELD.values():
                os.close(descriptor)


def lives(pid: int) -> bool:
    """Whether a process of that number runs on this machine; where signals cannot ask, yes."""
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:  # a zombie answers signals until its parent has read its end
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return True


def lives_at(folder: Path, host: str, pid: int) -> bool:
    """The same of the process of any machine that has announced itself in `folder`; what is gone holds no lock."""
    if host == here():
        return lives(pid)
    return not _end(_lock_of(folder, host, pid))


def sweep(folder: Path) -> None:
    """Remove the locks of processes that are gone."""
    for path in folder.glob(f"*{ALIVE}"):
        host, _, pid = path.name.removesuffix(ALIVE).rpartition("-")
        if host != _in_a_name(here()):
            _end(path)
        elif pid.isdecimal() and not lives(int(pid)):
            path.unlink(missing_ok=True)


def _end(path: Path) -> bool:
    """Remove another machine's lock that nobody holds; whether there is none any more. Where there are no such locks,
    nothing is known to have ended."""
    if os.name != "posix":
        return False
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
    except (BlockingIOError, PermissionError):
        return False
    finally:
        os.close(descriptor)
    return True


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _lock_of(folder: Path, host: str, pid: int) -> Path:
    return folder / f"{_in_a_name(host)}-{pid}{ALIVE}"


def _in_a_name(host: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]", "_", host)[:120]
