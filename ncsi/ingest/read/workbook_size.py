"""What a workbook may hold for the bytes that it has: its parser lays out every cell up to the furthest one, and writes
a text that many cells share once for each of them. A few bytes could ask for gigabytes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from ncsi.errors import ReadError
from ncsi.ingest.read.sheet_scan import (
    MAX_CELLS,
    PLACED,
    SheetScan,
    cells_in,
    column_number,
    places_in,
    refuse_far,
    whole_cells,
)

CELLS, CELLS_A_BYTE, FILLED_A_BYTE = 5_000_000, 8, 4
"""Cells of any workbook's sheet; more of them for each byte of the file, and of those that hold something. Answers take
one or two bytes, a table of which one cell in twenty is filled a tenth."""
TEXT, TEXT_A_BYTE = 128 * 1024**2, 32
"""Bytes of text in the cells of a sheet, in all and for each byte of the file."""
UNPACKED, UNPACKED_A_BYTE = 64 * 1024**2, 60
"""Bytes that it unpacks to: sheets of answers ten to forty for one."""

_STRINGS = "xl/sharedstrings.xml"
_SAVE_AGAIN = "Save it again in a spreadsheet program, or export it as csv"
_CURE = "Remove stray cells far from the table, or export it as csv"
_FILLED = re.compile(PLACED + rb"(?:[^<>/]|/(?!>))*>(?!(?:<v\s*/>|<v></v>)?</c>)")
_OF_STRINGS = re.compile(rb"""\bt\s*=\s*["']s["'](?!\s*/>|></c>)""")
_SHARED = re.compile(rb"""<c\s[^<>]*\bt="s"[^<>]*>(?:<f\b[^<>]*>[^<]*</f>)?\s*<v>([0-9]{1,9})</v>""")
_TAG, _NOTHING = re.compile(rb"<[^>]*>"), re.compile(rb"<si(?:\s[^<>]*)?/>")
_ODD = re.compile(rb"<!|<[^<>:\s/]+:si\b|</[^<>:\s]+:si\b|</si\s")
_LONGEST = 4 * 1024**2


def refuse_unpacking(name: str, parts: Sequence[zipfile.ZipInfo], packed: int) -> None:
    """Raise ReadError where the parts unpack to more than tables do; `packed`: bytes of the file."""
    size = sum(one.file_size for one in parts)
    if size > UNPACKED + UNPACKED_A_BYTE * packed:
        problem = f"its {packed:,} bytes unpack to {size:,}, as only a damaged or hostile file does"
        raise ReadError(name, problem, "Export it again as csv")


def refuse_stretched(name: str, archive: zipfile.ZipFile, part: str, scan: SheetScan, packed: int) -> None:
    """Raise ReadError for a sheet whose cells, or their texts, are more than so many bytes can say."""
    most, filled = CELLS + CELLS_A_BYTE * packed, CELLS + FILLED_A_BYTE * packed
    if scan.rows * scan.columns > min(most, MAX_CELLS) or scan.cells > filled:
        rows, columns = _filled_reach(name, archive, part, scan)
        refuse_far(name, rows, columns)
        if rows * columns > most or scan.cells > filled:
            reach = f"its cells reach row {rows:,} and column {columns:,}"
            raise ReadError(name, f"{reach}, far more than its {packed:,} bytes can fill", _CURE)
    text = _shared_text(name, archive, part, scan, TEXT + TEXT_A_BYTE * packed)
    if text > TEXT + TEXT_A_BYTE * packed:
        problem = f"its {packed:,} bytes hold texts that fill {text:,} in its cells"
        raise ReadError(name, problem, "Leave out columns of long texts, or export it as csv")


def _filled_reach(name: str, archive: zipfile.ZipFile, part: str, scan: SheetScan) -> tuple[int, int]:
    """How far the cells reach that hold something: whole columns that were formatted have cells that do not."""
    rows = columns = 0
    for text in whole_cells(name, archive, part):
        if cells_in(text) > len(places_in(text)[0]):
            return scan.rows, scan.columns  # cells that do not say where they are
        for letters, digits in set(_FILLED.findall(text)):
            rows, columns = max(rows, int(digits)), max(columns, column_number(letters))
    return rows, columns


def _shared_text(name: str, archive: zipfile.ZipFile, part: str, scan: SheetScan, most: int) -> int:
    """Bytes of text that the sheet's cells have of the workbook's strings, or a bound of them where that is less than
    `most`."""
    own = next((one for one in archive.infolist() if one.filename.lower() == _STRINGS), None)
    if own is None or scan.cells * own.file_size <= most:
        return 0
    lengths = np.fromiter(_lengths(name, archive, own), dtype=np.int64)
    if not len(lengths) or scan.cells * int(lengths.max()) <= most:
        return 0
    return sum(_text_of(lengths, text) for text in whole_cells(name, archive, part))


def _text_of(lengths: npt.NDArray[np.int64], text: bytes) -> int:
    """Bytes of text of some cells; of those that say their string in another way than programs do, the longest's."""
    found = np.array(_SHARED.findall(text), dtype="S9").astype(np.int64)
    known = lengths[found[found < len(lengths)]]
    return int(known.sum() + (len(_OF_STRINGS.findall(text)) - len(known)) * lengths.max())


def _lengths(name: str, archive: zipfile.ZipFile, strings: zipfile.ZipInfo) -> Iterator[int]:
    """Bytes of each of the workbook's strings, without what they look like. ReadError where they are not written as
    programs do, so that they would not be told apart."""
    rest = b""
    with archive.open(strings) as handle:
        while more := handle.read(1024**2):
            *whole, rest = _NOTHING.sub(b"<si></si>", rest + more).split(b"</si>")
            for one in whole:
                yield len(_TAG.sub(b"", one.rpartition(b"<si")[2])) + 1
            if _ODD.search(b"</si>".join([*whole, rest])) or len(rest) > _LONGEST:
                raise ReadError(name, "its texts are written in an unsupported form", _SAVE_AGAIN)
