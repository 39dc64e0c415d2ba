"""A file that a publisher brings into the workspace: where it lies, and how large it may be, before it is read."""

from __future__ import annotations

from pathlib import Path

from ncsi.errors import SpecError

_MIB = 1024 * 1024


def brought_file(root: Path, name: str, where: str, largest: int, cure: str, why: str = "") -> Path:
    """The file `name` of the workspace in `root`. `where`: the place that names it, for messages; `largest`: bytes;
    `cure` and `why`: what to do about a larger one, and what it would do.

    Raises SpecError: it leads outside, is missing or too large.
    """
    path = root / name
    if Path(name).is_absolute() or not path.resolve().is_relative_to(root.resolve()):
        raise SpecError(
            where, f"'{name[:60]}' lies outside the workspace", "Copy the file into the workspace"
        )
    if not path.is_file():
        raise SpecError(where, f"there is no file '{name[:60]}'", "Check the name, or copy the file there")
    size = path.stat().st_size
    if size > largest:
        told = f"{size / _MIB:.1f} MiB" if size >= _MIB else f"{size // 1024} KiB"
        raise SpecError(where, f"'{name[:60]}' has {told}{why}", cure)
    return path
