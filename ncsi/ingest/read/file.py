"""Open a delivered file without trusting it, and give it to the reader of its format."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ncsi.errors import ReadError
from ncsi.ingest.read.columnar import read_parquet
from ncsi.ingest.read.sheets import read_workbook
from ncsi.ingest.read.table import TextTable
from ncsi.ingest.read.text import read_text

MAX_BYTES = 2 * 1024**3
_PARQUET, _ZIP, _OLE = b"PAR1", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NOT_TEXT = {
    ".xlsx": "an Excel workbook",
    ".xls": "an old Excel workbook",
    ".parquet": "a Parquet file",
    ".sav": "an SPSS file",
    ".dta": "a Stata file",
}


def read_file(path: Path | str) -> TextTable:
    """Read csv, tsv, xlsx, xls or parquet, by its content, as text.

    Raises ReadError naming the file, the row where there is one, and the cure: missing, not a regular file,
    empty, too large, damaged, wrong encoding, ragged rows, no header, no rows.
    """
    path = Path(path)
    content = _bytes(path)
    sha256 = hashlib.sha256(content).hexdigest()
    kind, encoding, values, numbers = _by_content(path, content)
    return TextTable(path.name, sha256, len(content), kind, encoding, values, numbers)


def _by_content(path: Path, content: bytes) -> tuple[str, str | None, pa.Table, npt.NDArray[np.int64]]:
    if content.startswith(_PARQUET):
        return ("parquet", None, *read_parquet(path.name, content))
    if content.startswith(_ZIP):
        return ("xlsx", None, *read_workbook(path.name, content, is_zip=True))
    if content.startswith(_OLE):
        return ("xls", None, *read_workbook(path.name, content, is_zip=False))
    claim = _NOT_TEXT.get(path.suffix.lower())
    if claim:
        raise ReadError(
            path.name,
            f"the name says {claim}, the content is none ncsi can read",
            "The file is damaged, or of another kind: export it again as csv or xlsx",
        )
    return read_text(path.name, content)


def _bytes(path: Path) -> bytes:
    """All bytes of a regular file. Links, pipes and devices are refused before they are followed or block."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError as error:
        raise ReadError(str(path), "there is no such file", "Check the name, or copy the file") from error
    except OSError as error:
        if path.is_symlink():
            raise ReadError(str(path), "is a link, not a file", "Copy the file itself") from error
        raise ReadError(
            str(path), f"cannot be opened ({error.strerror})", "Check that you may read it"
        ) from error
    try:
        _check_status(path, os.fstat(descriptor))
        with os.fdopen(descriptor, "rb", closefd=False) as handle:
            return handle.read()
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
