"""Zip archives without trust: sizes checked before anything is unpacked, one export per member."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath

from ncsi.errors import ReadError

MAX_UNPACKED = 2 * 1024**3
MAX_RATIO = 200
MAX_MEMBERS = 2000
WORKBOOK = "xl/workbook.xml"
_SMALL = 10 * 1024**2
_EXPORTS = (
    ".csv",
    ".tsv",
    ".txt",
    ".xlsx",
    ".xls",
    ".sav",
    ".zsav",
    ".dta",
    ".parquet",
    ".json",
    ".jsonl",
    ".ndjson",
)
_SHOWN = 5


@contextmanager
def opened(name: str, content: bytes) -> Iterator[zipfile.ZipFile]:
    """The archive, its sizes checked. Raises ReadError: damaged, cut off, encrypted, or a bomb."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if any(
                one.header_offset < 0 for one in archive.infolist()
            ):  # it would be sought before the start
                raise zipfile.BadZipFile
            _check_sizes(name, archive.infolist(), len(content))
            yield archive
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        what = "workbook" if name.lower().endswith(".xlsx") else "archive"
        raise ReadError(
            name,
            f"the {what} is damaged, truncated or password-protected",
            "Save or export it again without a password",
        ) from error


def is_workbook(name: str, content: bytes) -> bool:
    """Whether the archive is an Excel workbook."""
    with opened(name, content) as archive:
        return WORKBOOK in archive.namelist()


def members(name: str, content: bytes) -> tuple[str, ...]:
    """Names of the exports inside, sorted; folders, system files and questionnaires are not exports."""
    with opened(name, content) as archive:
        return tuple(sorted(one.filename for one in archive.infolist() if _is_export(one)))


def unpacked(name: str, content: bytes, member: str | None) -> tuple[str, bytes]:
    """Name and bytes of a member; None is the only export there is. Raises ReadError naming what is inside."""
    there = members(name, content)
    if member is None and len(there) != 1:
        shown = ", ".join(one[:60] for one in there[:_SHOWN]) or "none"
        raise ReadError(
            name,
            f"the archive holds {len(there)} exports ({shown})",
            f"Name one as {name}/MEMBER, or unpack the archive" if there else "Pack the export into it",
        )
    wanted = there[0] if member is None else member
    if wanted not in there:
        raise ReadError(
            f"{name}/{wanted[:80]}", "the archive holds no such export", "Check the member's name"
        )
    with opened(name, content) as archive:
        return wanted, archive.read(wanted)


def _is_export(member: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(member.filename)
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return not member.is_dir() and not hidden and path.suffix.lower() in _EXPORTS


def _check_sizes(name: str, inside: list[zipfile.ZipInfo], packed: int) -> None:
    size = sum(one.file_size for one in inside)
    if size > MAX_UNPACKED or (size > _SMALL and size > MAX_RATIO * packed) or len(inside) > MAX_MEMBERS:
        raise ReadError(
            name,
            f"its {packed:,} bytes unpack to {size:,} in {len(inside):,} parts, as only a damaged or hostile file does",
            "Export it again as csv",
        )
