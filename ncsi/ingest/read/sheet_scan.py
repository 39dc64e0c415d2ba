"""An xlsx before its parser sees it: which sheets show data, how far their cells reach, which hold no value."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

from ncsi.errors import ReadError
from ncsi.ingest.read.table import MAX_COLUMNS, NOT_CALCULATED

MAX_CELLS = 60_000_000
MAX_ROW = 1_048_576
MAX_MARKED = 500_000
"""Cells that hold no value of their own, and ranges of merged ones."""

_CHUNK, _LONGEST = 1024**2, 4 * 1024**2
_UNSUPPORTED = "its sheet is written in an unsupported form"
_CURE = "Save it again in a spreadsheet program, or export it as csv"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_ROW = re.compile(rb'<row(?:\s[^<>]*?)?\sr="([0-9]+)"[^<>]*(?<!/)>(?!</row>)')
PLACED = rb'<c(?:\s[^<>]*?)?\sr="([A-Za-z]+)([0-9]+)"'
"""A cell that says where it is: its column, and its row."""
_COLUMNS, _ROWS = re.compile(rb'<c r="([A-Z]+)[0-9]+"'), re.compile(rb'<c r="[A-Z]+([0-9]+)"')

_CELL = rb"<c\b([^>]*)>"
_ERROR = re.compile(
    _CELL.replace(rb"([^>]*)", rb'([^>]*\bt="e"[^>]*)') + rb"(?:(?!</c>).)*?<v>([^<]*)</v>", re.DOTALL
)
_FORMULA = re.compile(_CELL + rb"\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(<v\s*/>|<v>\s*</v>)?\s*</c>")
_QUOTED = re.compile(rb"<(?:c|row)\b[^>]*?(?:\s=|=[\s'])")
_UNPLACED = re.compile(rb"<c\s[^<]*?\sr=|<(?:c|row)\s[^<>]*>[^<>]*>")
"""A cell that says where it is in another way, or an angle bracket within what a cell or row says of itself."""
_BROKEN = re.compile(rb"<(?:c|row)[\n\r\t]")
_PREFIXED = re.compile(rb"<[^<>:\s/]+:(?:c[\s/>]|row\s)")
_PLACE = re.compile(rb'\br="([A-Z]+)([0-9]+)"')


@dataclass(slots=True)
class SheetScan:
    """How far a sheet's cells reach (1-based, 0 for none), how many there are, and the text of those without a value of
    their own.

    `marked`: cells of `spoiled`, which is row → column → what stands there, from 0.
    """

    rows: int = 0
    columns: int = 0
    cells: int = 0
    marked: int = 0
    spoiled: dict[int, dict[int, str]] = field(default_factory=dict)


def sheet_parts(name: str, archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → its part of the archive. Raises ReadError where the workbook does not say."""
    try:
        relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - no DTD, checked
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
    except (KeyError, ElementTree.ParseError) as error:
        raise ReadError(name, "the workbook does not say where its sheets are", _CURE) from error
    targets = {one.get("Id"): one.get("Target", "") for one in relations}
    found = {}
    for sheet in book.iter():
        if sheet.tag.rpartition("}")[2] == "sheet":
            target = targets.get(sheet.get(_RELATION) or sheet.get(_STRICT), "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if part in archive.namelist():
                found[sheet.get("name", "")] = part
    return found


def scanned(name: str, archive: zipfile.ZipFile, part: str) -> SheetScan:
    """What a sheet holds. Raises ReadError for one that reaches further than a table of answers can."""
    scan, run, merged, begun = SheetScan(), 0, 0, 0
    for text in whole_cells(name, archive, part):
        cells, (letters, digits) = cells_in(text), places_in(text)
        scan.cells, merged = scan.cells + cells, merged + text.count(b"<mergeCell ")
        begun = max([begun, *map(_row, _ROW.findall(text))])
        if cells > len(letters) or b"'" in text:
            _refuse_odd(name, text, cells, len(letters))
        if cells > len(letters):
            run = _count_unplaced(scan, text, run)
        scan.columns = max([scan.columns, *map(column_number, set(letters))])
        scan.rows = max([scan.rows, *map(_row, set(digits))])
        if scan.cells:
            scan.rows = max(scan.rows, begun)
        if scan.columns > MAX_COLUMNS or scan.rows > MAX_ROW:
            refuse_far(name, scan.rows, scan.columns)
        for attributes, value in _ERROR.findall(text) if b't="e"' in text else ():
            _spoil(scan, attributes, value.decode("utf-8", "replace"))
        for attributes, value in _FORMULA.findall(text) if b"<f" in text else ():
            if not (value and b't="str"' in attributes):
                _spoil(scan, attributes, NOT_CALCULATED)
        _refuse_many(
            name, scan.marked, "cells without a value of their own (errors, formulas never calculated)"
        )
        _refuse_many(name, merged, "ranges of merged cells")
    return scan


def whole_cells(name: str, archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The sheet in pieces that end between cells; never more of it than one piece and the longest cell."""
    rest, first = b"", True
    with archive.open(part) as handle:
        while more := handle.read(_CHUNK):
            if first and b":sheetData" in more:
                raise ReadError(name, _UNSUPPORTED, _CURE)
            text, first = rest + more, False
            end = max(text.rfind(b"<c "), text.rfind(b"<row"), 0)
            yield _as_written(name, text[:end])
            rest = text[end:]
            if len(rest) > _LONGEST:
                raise ReadError(name, f"a cell of it is longer than {_LONGEST // 1024**2} MiB", _CURE)
    if b"sheet" not in rest[-40:]:
        raise ReadError(name, "the workbook cannot be read (one of its sheets is truncated)", _CURE)
    yield _as_written(name, rest)


def _as_written(name: str, text: bytes) -> bytes:
    """The same, refused where its cells and rows are not written as programs do, so that they would not be seen."""
    prefixed = (b":c" in text or b":row" in text) and _PREFIXED.search(text)
    if prefixed or _BROKEN.search(text):
        raise ReadError(name, _UNSUPPORTED, _CURE)
    return text


def cells_in(text: bytes) -> int:
    """How many cells begin there."""
    return text.count(b"<c ") + text.count(b"<c>") + text.count(b"<c/>")


def places_in(text: bytes) -> tuple[list[bytes], list[bytes]]:
    """Columns and rows of the cells that say where they are, as they begin in nearly all files or in another way."""
    letters, digits = _COLUMNS.findall(text), _ROWS.findall(text)
    if len(letters) < cells_in(text):
        found = re.findall(PLACED, text)
        letters, digits = [one for one, _ in found], [one for _, one in found]
    return letters, digits


def refuse_far(name: str, rows: int, columns: int) -> None:
    """Raise ReadError for cells that reach further than any table does."""
    if columns > MAX_COLUMNS or rows > MAX_ROW or rows * columns > MAX_CELLS:
        raise ReadError(
            name,
            f"its cells reach row {rows:,} and column {columns:,}, beyond any table of answers",
            f"Remove stray cells far from the table, or export it as csv (at most {MAX_COLUMNS} columns and "
            f"{MAX_CELLS:,} cells)",
        )


def _refuse_odd(name: str, text: bytes, cells: int, placed: int) -> None:
    """Places and kinds of cells are looked for as `r="A1"`, which is how programs write them, of all cells or none."""
    if _QUOTED.search(text) or (cells > placed and (placed or _UNPLACED.search(text))):
        raise ReadError(name, _UNSUPPORTED, _CURE)


def _count_unplaced(scan: SheetScan, text: bytes, run: int) -> int:
    """Cells that do not say where they are stand one after another: they reach as far as there are rows, and cells in
    one. `run`: cells of a row that began in an earlier piece; returned is that of the last one."""
    first, *rows = text.split(b"<row")
    for begins, part in ((False, first), *((True, one) for one in rows)):
        run = (0 if begins else run) + cells_in(part)
        scan.columns = max(scan.columns, run)
    scan.rows = max(scan.rows + len(rows), 1)
    return run


def _refuse_many(name: str, count: int, of: str) -> None:
    if count > MAX_MARKED:
        raise ReadError(name, f"it has more than {MAX_MARKED:,} {of}", "Export it as csv")


def _spoil(scan: SheetScan, attributes: bytes, text: str) -> None:
    place = _PLACE.search(attributes)
    if place:
        scan.marked += 1
        scan.spoiled.setdefault(int(place[2]) - 1, {})[column_number(place[1]) - 1] = text


def _row(digits: bytes) -> int:
    return int(digits) if len(digits) <= len(str(MAX_ROW)) else MAX_ROW + 1


def column_number(letters: bytes) -> int:
    """`A` is 1, `AA` 27; letters that no spreadsheet has are beyond every bound."""
    if len(letters) > 3:
        return MAX_COLUMNS + 1
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
