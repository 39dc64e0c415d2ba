"""The pseudonym key: from the environment or a private file, never from a spec, never in a message."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ncsi.errors import SpecError

KEY_VARIABLE = "NCSI_PSEUDONYM_KEY"
MIN_KEY_BYTES = 16


def pseudonym_key(path: Path) -> bytes:
    """The key in the environment variable NCSI_PSEUDONYM_KEY, else in the file `path`.

    Raises SpecError when there is none, when it has under 16 bytes, or when every user may open it.
    """
    from_environment = os.environ.get(KEY_VARIABLE)
    key = (
        from_environment.encode()
        if from_environment
        else read_private_file(path, "pseudonym key", _cure(path))
    )
    if len(key) < MIN_KEY_BYTES:
        where = KEY_VARIABLE if from_environment else str(path)
        problem = f"the pseudonym key has {len(key)} bytes, fewer than {MIN_KEY_BYTES}"
        raise SpecError(where, problem, _cure(path))
    return key


def read_private_file(path: Path, what: str, cure: str) -> bytes:
    """What a file holds that is its owner's alone; `what` names it. Raises SpecError where it is missing or open."""
    if not path.is_file():
        raise SpecError(str(path), f"there is no {what}", cure)
    if os.name == "posix" and path.stat().st_mode & stat.S_IRWXO:
        raise SpecError(str(path), f"the {what} is open to every user", f"Run `chmod 600 {path}`")
    return path.read_bytes().strip()


def _cure(path: Path) -> str:
    write = f"(umask 077; python -c 'import secrets; print(secrets.token_hex(32))' > {path})"
    return f"Set {KEY_VARIABLE}, or write a key that only you can read: `{write}`"
