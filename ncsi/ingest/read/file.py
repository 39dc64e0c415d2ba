"""Open a delivered file without trusting it, and give it to the reader of its format."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BufferedReader, BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

from ncsi.errors import ReadError
from ncsi.ingest.read.archive import is_workbook, members, unpacked
from ncsi.ingest.read.blocks import NOTHING, Block, InMemory, joined
from ncsi.ingest.read.delimited import read_text
from ncsi.ingest.read.documents import refuse_document
from ncsi.ingest.read.encoding import decoded
from ncsi.ingest.read.header import by_syntax, named, syntax_beside
from ncsi.ingest.read.table import Raw, TextTable, checked
from ncsi.ingest.read.worker import read_in_worker

MAX_BYTES = 2 * 1024**3
SMALL = 8 * 1024**2
"""Bytes of a text file that is read in place: no reading of so few takes much."""

_PARQUET, _ZIP, _OLE = b"PAR1", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD_STATA = tuple(bytes([release, order, 1]) for release in (113, 114, 115) for order in (1, 2))
_STATISTICAL = {"sav": (b"$FL2", b"$FL3"), "dta": (b"<stata_dta>", *_OLD_STATA)}
_NAMED_FOR_EXCEL = ".xls"
"""What platforms name an export as text too, so that Excel opens it."""
_UTF16, _LOOKED_AT = (b"\xff\xfe", b"\xfe\xff"), 4096
_CONTROL, _SEVERAL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]"), re.compile(rb"[,;\t|]")
_JSON = (".json", ".jsonl", ".ndjson")
_NOT_TEXT = {
    ".xlsx": "an Excel workbook",
    ".xls": "an old Excel workbook",
    ".parquet": "a Parquet file",
    ".sav": "an SPSS file",
    ".zsav": "an SPSS file",
    ".zip": "a zip archive",
    ".dta": "a Stata file",
    ".pdf": "a PDF document",
    ".docx": "a Word document",
    ".doc": "an old Word document",
}


def read_file(path: Path | str, sheet: str | None = None, header_row: int | None = None) -> TextTable:
    """Read csv, tsv, xlsx, xls, sav, dta, parquet, json or json lines by its content, as text.

    `sheet` names the sheet of a workbook that holds several, `header_row` the row of its column names where titles
    stand above that cannot be told from them. `archive.zip` is read when it holds one export;
    `archive.zip/member.csv` is that member. LimeSurvey's R syntax file beside its data names the columns. All but
    small files of text are read by a process of their own. Raises ReadError naming the file, the row where there is
    one, and the cure: missing, not a regular file, empty, too large, damaged, wrong encoding, ragged rows, no header,
    no rows, growing, more memory or time than its size explains.
    """
    path = Path(path)
    archive = _archive_of(path) or path
    size = archive.lstat().st_size if archive.is_file() and not archive.is_symlink() else 0
    if size <= SMALL and archive == path and not _is_binary(path):
        return read_here(path, sheet, header_row)
    return read_in_worker(path, size, sheet, header_row)


def read_here(path: Path, sheet: str | None = None, header_row: int | None = None) -> TextTable:
    """`read_file` in this process, whatever it takes, with all of it in memory."""
    kept = list[Block]()
    table = read_blocks(path, sheet, header_row, kept.append)
    blocks = InMemory(joined(kept))
    return replace(table, blocks=blocks)


def read_blocks(
    path: Path, sheet: str | None, header_row: int | None, take: Callable[[Block], None]
) -> TextTable:
    """What is told of the file beside its rows, which are handed over block by block: when this returns, they may be
    used. Raises ReadError as `read_file`."""
    with _unchanged(path), _content_of(path) as (name, size, content, sha256):
        kind, encoding, raw = _by_content(name, content, sheet, header_row)
        syntax = syntax_beside(path)
        if syntax is not None:
            raw = by_syntax(name, raw, _syntax_text(syntax))
        raw = named(raw)
        for block in checked(name, raw):
            take(block)
    row = raw.header_row if raw.sheet is None else raw.first_row - 1
    return TextTable(
        name, sha256, size, kind, encoding, NOTHING, raw.codebook, raw.sheet, row, raw.passed_over
    )


@contextmanager
def _unchanged(path: Path) -> Iterator[None]:
    """A block that reads the file. ReadError where it changed meanwhile, whatever else is then wrong with it."""
    stamp, wrong = _stamp(path), None
    try:
        yield
    except ReadError as error:
        wrong = error
    if stamp is not None and _stamp(path) != stamp:
        raise ReadError(
            _name_of(path),
            "it changed while it was read",
            "Wait until it is copied completely, then try again",
        ) from wrong
    if wrong is not None:
        raise wrong


def _name_of(path: Path) -> str:
    archive = _archive_of(path)
    return path.name if archive is None else f"{archive.name}/{path.relative_to(archive).as_posix()}"


@contextmanager
def _content_of(path: Path) -> Iterator[tuple[str, int, Any, str]]:
    """Name, size, content and SHA-256 of what is delivered: its bytes, of a Parquet file the open file."""
    if _archive_of(path) is None and _is_regular(path) and _head(path).startswith(_PARQUET):
        with opened(path) as handle:
            sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
            yield path.name, handle.tell(), handle, sha256
        return
    name, content = delivered(path)
    yield name, len(content), content, hashlib.sha256(content).hexdigest()


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What tells whether a file is still the same; None where there is none."""
    try:
        status = (_archive_of(path) or path).lstat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ino


def _is_binary(path: Path) -> bool:
    """Whether a file, or what it seems to be, is for a parser of others; False where it cannot be opened."""
    marks = (_PARQUET, _ZIP, _OLE, *(mark for known in _STATISTICAL.values() for mark in known))
    if path.suffix.lower() in _NOT_TEXT:
        return True
    return _is_regular(path) and _head(path).startswith(marks)


def _is_regular(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as handle:
            return handle.read(16)
    except OSError:
        return b""


def _archive_of(path: Path) -> Path | None:
    """The zip archive that a path leads into."""
    return next((one for one in path.parents if one.suffix.lower() == ".zip" and one.is_file()), None)


def exports_in(path: Path) -> tuple[Path, ...]:
    """The file itself, or each export of a zip archive as `archive.zip/member`."""
    if path.suffix.lower() != ".zip" or not path.is_file():
        return (path,)
    return tuple(path / member for member in members(path.name, bytes_of(path)))


def delivered(path: Path) -> tuple[str, bytes]:
    """Name and bytes of a file or of an archive's member."""
    archive = _archive_of(path)
    if archive is not None:
        member = path.relative_to(archive).as_posix()
        name, content = f"{archive.name}/{member}", unpacked(archive.name, bytes_of(archive), member)[1]
        refuse_document(name, content)
        return name, content
    content = bytes_of(path)
    refuse_document(path.name, content)
    if content.startswith(_ZIP) and not is_workbook(path.name, content):
        member, content = unpacked(path.name, content, None)
        return f"{path.name}/{member}", content
    return path.name, content


def _by_content(
    name: str, content: Any, sheet: str | None, header_row: int | None
) -> tuple[str, str | None, Raw]:
    """Format, encoding and find, by the reader of the format; only that one is imported. `content`: bytes, or an open
    Parquet file."""
    begins = content[:16] if isinstance(content, bytes) else _PARQUET
    if begins.startswith((_ZIP, _OLE)):
        from ncsi.ingest.read.workbook import read_workbook

        zipped = begins.startswith(_ZIP)
        return "xlsx" if zipped else "xls", None, read_workbook(name, content, zipped, sheet, header_row)
    if sheet is not None:
        problem = f"sheet is '{sheet[:60]}', and only a workbook has sheets"
        raise ReadError(name, problem, "Leave out --sheet, and sheet from the map, or name the workbook")
    suffix = PurePosixPath(name).suffix.lower()
    marked = begins.startswith((_PARQUET, *(mark for known in _STATISTICAL.values() for mark in known)))
    if header_row not in (None, 1) and (marked or suffix in _JSON):
        problem = f"header_row is {header_row}, and such a file has no rows above its names"
        raise ReadError(name, problem, "Leave header_row out of the map, and --header-row")
    if begins.startswith(_PARQUET):
        from ncsi.ingest.read.parquet import read_parquet

        return (
            "parquet",
            None,
            read_parquet(name, BytesIO(content) if isinstance(content, bytes) else content),
        )
    for kind, marks in _STATISTICAL.items():
        if begins.startswith(marks):
            from ncsi.ingest.read.statistical import read_statistical

            return (kind, *read_statistical(name, content, kind))
    claim = _NOT_TEXT.get(suffix)
    if claim and not (suffix == _NAMED_FOR_EXCEL and _is_text(content)):
        raise ReadError(
            name,
            f"the name says {claim}, but ncsi cannot read the content",
            "The file is damaged or of another type: export it again as csv or xlsx",
        )
    if suffix in _JSON:
        from ncsi.ingest.read.json_records import read_json

        return ("json", *read_json(name, content))
    return read_text(name, content, header_row)


def _is_text(content: bytes) -> bool:
    """Whether the first lines are of text that a table may begin with: several cells, and nothing that only programs
    read."""
    head = content[:_LOOKED_AT]
    if head.startswith(_UTF16):
        return True
    return not _CONTROL.search(head) and bool(_SEVERAL.search(head.split(b"\n", 1)[0]))


def bytes_of(path: Path) -> bytes:
    """All bytes of a regular file. Links, pipes and devices are refused before they are followed or block."""
    with opened(path) as handle:
        return handle.read()


@contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """A regular file, open. Links, pipes and devices are refused before they are followed or block."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError as error:
        raise ReadError(
            str(path), "there is no such file", "Check the name, or copy the file here"
        ) from error
    except OSError as error:
        if path.is_symlink():
            raise ReadError(str(path), "is a link, not a file", "Copy the file itself") from error
        raise ReadError(
            str(path), f"cannot be opened ({error.strerror})", "Check that you may read it"
        ) from error
    try:
        _check_status(path, os.fstat(descriptor))
        with os.fdopen(descriptor, "rb", closefd=False) as handle:
            yield handle
    finally:
        os.close(descriptor)


def _check_status(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        what = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe or device"
        raise ReadError(str(path), f"is {what}, not a file", "Name an export file")
    if status.st_size == 0:
        raise ReadError(str(path), "the file is empty (0 bytes)", "Export it again")
    if status.st_size > MAX_BYTES:
        size = f"{status.st_size / 1024**3:.1f} GiB"
        raise ReadError(str(path), f"the file has {size}, more than 2 GiB", "Split it into several files")


def _syntax_text(path: Path) -> str:
    return decoded(path.name, bytes_of(path))[1].decode("utf-8").replace("\r\n", "\n")
