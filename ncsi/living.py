"""Whether a process lives, on any machine that shares a folder: by a lock in it that the process holds.

A number and a host do not name a process: a container that is begun again keeps its host's name and counts from 1, and
two containers may have one name. So each process draws a token, which is in the name of its lock. Locks are POSIX's,
which a fork does not pass on and NFS 4 carries; the system lets go of them whatever ends the process.
"""

from __future__ import annotations

import os
import re
import secrets
import socket
from contextlib import suppress
from pathlib import Path

if os.name == "posix":
    import fcntl

ALIVE = ".alive"
"""How the names of such locks end."""
_HELD: dict[tuple[str, int], int] = {}
"""Locks that this process holds, by file and number of process: what a fork inherits is not its own."""
_TOKENS: dict[int, str] = {}


def token() -> str:
    """What tells this process from every other, a fork of it too."""
    return _TOKENS.setdefault(os.getpid(), secrets.token_hex(8))


def here() -> str:
    """What other machines know this one by."""
    return socket.gethostname()


def announce(folder: Path) -> None:
    """Hold a lock in `folder` from now until this process ends. Raises OSError where none can be had."""
    path = _lock_of(folder, here(), os.getpid(), token())
    if os.name != "posix" or _is_own(path):
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


def lives_at(folder: Path, host: str, pid: int, token: str = "") -> bool:
    """The same of the process of any machine that has announced itself in `folder`; what is gone holds no lock.

    Without a token, as earlier versions wrote, one of this machine is known by its number; so is one whose lock may not
    be asked, being another user's.
    """
    path = _lock_of(folder, host, pid, token)
    if _is_own(path):
        return True
    if host == here() and not (token and _may_be_asked(path)):
        return lives(pid)
    return not _end(path)


def sweep(folder: Path) -> None:
    """Remove the locks of processes that are gone."""
    for path in folder.resolve().glob(f"*{ALIVE}"):
        if not _is_own(path):
            _end(path)


def _is_own(path: Path) -> bool:
    """Whether this process holds it: to ask would be to let go of it."""
    return (str(path), os.getpid()) in _HELD


def _may_be_asked(path: Path) -> bool:
    return os.name == "posix" and (not path.exists() or os.access(path, os.R_OK | os.W_OK))


def _end(path: Path) -> bool:
    """Remove another process' lock that nobody holds; whether there is none any more. Where there are no such locks, or
    it may not be asked, nothing is known to have ended."""
    if os.name != "posix":
        return False
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    except PermissionError:
        return False
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with suppress(PermissionError):
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


def _lock_of(folder: Path, host: str, pid: int, token: str) -> Path:
    name = "-".join(_in_a_name(one) for one in (host, str(pid), token) if one)
    return folder.resolve() / f"{name}{ALIVE}"


def _in_a_name(host: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]", "_", host)[:120]
