"""Files and folders that are there whole or not at all, whatever is killed or full in between.

What is new is made under a temporary name in the same folder, synced to the disk, and renamed; a kill leaves the old
one, and at most a `.tmp-…` beside it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import BinaryIO

TEMPORARY = ".tmp-"
_OLD = ".old"
_KNOWN = re.compile(rf"{re.escape(TEMPORARY)}(\d+)-([0-9a-f]{{12}})-[0-9a-f]{{8}}")
"""A temporary name that says by what process of which system it was given."""
_AWAY = re.compile(rf"{re.escape(TEMPORARY)}(.+?)(?:\.(\d+)-([0-9a-f]{{12}}))?{re.escape(_OLD)}")
"""The name of a folder that is being replaced: what it was called, and by what process of which system."""
_GIVEN = re.compile(rf"{re.escape(TEMPORARY)}(\d+-.+|.+{re.escape(_OLD)})")
"""A name that is given here, by this version or an earlier one. What others call `.tmp-…` is theirs."""
A_DAY_S = 86_400.0
"""Nothing is written for longer."""


@contextmanager
def temporary_name(folder: Path) -> Iterator[Path]:
    """A name in `folder` that nothing has; what the block leaves under it (file or folder) is removed."""
    words = (str(os.getpid()), *filter(None, (_system(),)), os.urandom(4).hex())
    path = folder / f"{TEMPORARY}{'-'.join(words)}"
    try:
        yield path
    finally:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        path.unlink(missing_ok=True)


def put(temporary: Path, path: Path) -> None:
    """Give a finished file its name, durably: the file synced, renamed over what is there, the folder synced."""
    _sync(temporary)
    temporary.replace(path)
    _sync(path.parent)


def write(path: Path, content: bytes | Callable[[BinaryIO], object], mode: int = 0o644) -> None:
    """The file `path` with `content`, given as bytes or by a function that writes them.

    Raises OSError naming `path`, which is then as it was.
    """
    try:
        with temporary_name(path.parent) as temporary:
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as handle:
                if callable(content):
                    content(handle)
                else:
                    handle.write(content)
            put(temporary, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


@contextmanager
def replacing_folder(path: Path, keep_at: Path | None = None) -> Iterator[Path]:
    """A fresh folder beside `path` that takes its place when the block succeeds, and vanishes when it does not.

    What it replaces is kept as `keep_at`, else removed. Between two renames there is neither: `recover` mends a
    kill at that moment. What a full disk or missing rights refuse names `path`, where it names no file of its own.
    """
    try:
        with _replacing(path, _old(path) if keep_at is None else keep_at) as folder:
            yield folder
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error
    if keep_at is None and _old(path).exists():
        shutil.rmtree(_old(path))


@contextmanager
def _replacing(path: Path, old: Path) -> Iterator[Path]:
    recover(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with temporary_name(path.parent) as folder:
        folder.mkdir(mode=0o700)
        yield folder
        folder.chmod(0o755)
        for one in (*folder.rglob("*"), folder):
            _sync(one)
        if path.exists():
            old.parent.mkdir(parents=True, exist_ok=True)
            path.replace(old)
        folder.replace(path)
        _sync(path.parent)


def recover(path: Path) -> None:
    """Put back the folder that a killed `replacing_folder` had already moved away; remove it where it is replaced."""
    for old in moved_away(path):
        if path.exists():
            shutil.rmtree(old)
        else:
            old.replace(path)


def moved_away(path: Path) -> tuple[Path, ...]:
    """Under which names the folder `path` lies beside where it was, until what replaces it is in its place."""
    beside = sorted(path.parent.glob(f"{TEMPORARY}*{_OLD}"))
    return tuple(one for one in beside if (away := _AWAY.fullmatch(one.name)) and away[1] == path.name)


def is_temporary(path: Path) -> bool:
    """Whether it is under way, or was left behind: nothing for readers, whatever is in it already."""
    return path.name.startswith(TEMPORARY)


def left_behind(folder: Path, lives: Callable[[int], bool]) -> tuple[Path, ...]:
    """What killed writes left in `folder`; `lives` says of a process number of this system whether it is at work still.
    What another system that shares the folder wrote to within a day counts as under way."""
    given = (one for one in sorted(folder.glob(f"{TEMPORARY}*")) if _GIVEN.fullmatch(one.name))
    return tuple(one for one in given if not _under_way(one, lives))


def _under_way(path: Path, lives: Callable[[int], bool]) -> bool:
    number, system = _writer(path.name)
    if system and system != _system():
        try:
            told = path.lstat()
        except FileNotFoundError:  # its writer has just ended
            return True
        since = (
            told.st_ctime if _AWAY.fullmatch(path.name) else told.st_mtime
        )  # what is replaced is old already
        return time.time() - since < A_DAY_S
    return number.isdecimal() and lives(int(number))


def _writer(name: str) -> tuple[str, str]:
    """The number of the process that gave a temporary name, and its system; empty where the name does not say."""
    told = _AWAY.fullmatch(name) or _KNOWN.fullmatch(name)
    if told is None:
        return name.removeprefix(TEMPORARY).partition("-")[0], ""
    number, system = told.groups()[-2:]
    return number or "", system or ""


def clear(folder: Path, lives: Callable[[int], bool]) -> tuple[Path, ...]:
    """Put back or remove what `left_behind` finds, and return it."""
    found = left_behind(folder, lives)
    for path in found:
        away = _AWAY.fullmatch(path.name)
        if away is not None:
            recover(path.with_name(away[1]))
        elif path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    return found


def clear_ended(folder: Path, lives: Callable[[int], bool]) -> tuple[Path, ...]:
    """Remove what processes left in `folder` that surely have ended, and return it: those of this system, of which
    `lives` knows. Another machine that shares the folder may be at work there, so what is of another system stays, and
    what does not say of which it is; `recover` is for a folder that was moved away."""
    found = []
    for path in sorted(folder.glob(f"{TEMPORARY}*")):
        known = _KNOWN.fullmatch(path.name)
        if known is None or known[2] != _system() or lives(int(known[1])):
            continue
        found.append(path)
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return tuple(found)


@cache
def _system() -> str:
    """Where numbers of processes are given, none twice at a time: a machine since it was started, or a container on it.
    Empty where that cannot be told."""
    try:
        started = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        numbers = Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return ""
    return hashlib.sha256(f"{started} {numbers} {socket.gethostname()}".encode()).hexdigest()[:12]


def _old(path: Path) -> Path:
    by = f".{os.getpid()}-{_system()}" if _system() else ""
    return path.with_name(f"{TEMPORARY}{path.name}{by}{_OLD}")


def _sync(path: Path) -> None:
    if os.name != "posix" and path.is_dir():  # elsewhere a folder cannot be opened
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
