"""xlsx and xls as text: one visible sheet, values as a spreadsheet would show them unformatted."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from typing import Any

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ncsi.errors import ReadError
from ncsi.ingest.read.archive import opened
from ncsi.ingest.read.sheet_scan import MAX_MARKED, SheetScan, scanned, sheet_parts
from ncsi.ingest.read.table import MERGED, NOTE, TITLES, WIDE, Raw
from ncsi.ingest.read.workbook_size import refuse_stretched, refuse_unpacking

_CHUNK = 2_000
_SHOWN, _HEADER_ROWS = 5, 3

_ERROR_RECORD = re.compile(
    rb"\x05\x02\x08\x00(..)(..)..[\x00\x07\x0f\x17\x1d\x24\x2a]\x01"
    rb"|\x06\x00..(..)(..)..\x02.[\x00\x07\x0f\x17\x1d\x24\x2a]...\xff\xff",
    re.DOTALL,
)
"""BOOLERR, or FORMULA with an error for a result (MS-XLS 2.4.24, 2.4.127), with their row and column."""

_DAMAGED = "Open it in a spreadsheet program and save it again, or export it as csv"
_ELEMENT = re.compile(rb"<[A-Za-z]")


def read_workbook(
    name: str, content: bytes, is_zip: bool, wanted: str | None = None, header_row: int | None = None
) -> Raw:
    """Header and cells of the named sheet, else of the only visible one that holds a table.

    Beside it there may be sheets of one or two columns, and above its header rows of one or two cells: notes and
    titles. `header_row`: the header's row as a spreadsheet counts.

    Raises ReadError: damaged, a bomb, a document type inside, cells out of all bounds, several sheets and none named,
    a hidden one named. Error cells, formulas that were never calculated and cells merged into another keep a mark.
    """
    scans = _scanned(name, content) if is_zip else {}
    if not is_zip:
        _refuse_error_cells(name, content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        chosen = _chosen(name, book, scans, wanted)
        sheet = book.get_sheet_by_name(chosen)
        start, left = sheet.start or (0, 0)
        rows = islice(sheet.iter_rows(), start, None)  # blank ones above the table
        first = list(islice(rows, TITLES))
        if not first:
            raise ReadError(name, f"sheet '{chosen[:31]}' is empty", "Export it again")
        above = _above(name, first, start, header_row)
        top = start + above
        marks = _marks(name, sheet, scans.get(chosen, SheetScan()), top)
        header = _marked(first[above], marks.get(top, {}), left)
        body = enumerate(chain(first[above + 1 :], rows), top + 1)
        cells = _columns(
            (_marked(row, marks[k], left) if k in marks else row for k, row in body), len(header)
        )
    except (CalamineError, OSError, ValueError, IndexError, OverflowError) as error:
        raise ReadError(name, f"the workbook cannot be read ({str(error)[:120]})", _DAMAGED) from error
    passed = tuple(_passed_over(book, scans, chosen, start, top))
    return Raw([_text(value) for value in header], cells, first_row=top + 2, sheet=chosen, passed_over=passed)


def _passed_over(
    book: CalamineWorkbook, scans: Mapping[str, SheetScan], chosen: str, start: int, top: int
) -> Iterator[str]:
    """What stands in the workbook beside the table: rows above its header, other sheets."""
    if top > start:
        rows = f"row {top} of sheet '{chosen[:31]}' stands" if top == start + 1 else ""
        yield (rows or f"rows {start + 1} to {top} of sheet '{chosen[:31]}' stand") + " above the header"
    for one in book.sheets_metadata:
        if one.name == chosen or one.typ != SheetTypeEnum.WorkSheet:
            continue
        if one.visible != SheetVisibleEnum.Visible:
            yield f"sheet '{one.name[:31]}' is hidden"
        elif _is_filled(book, scans, one.name):
            yield f"sheet '{one.name[:31]}' is another one"


def _above(name: str, first: list[list[Any]], start: int, header_row: int | None) -> int:
    """How many of the first rows stand above the header: those before the row that is named, else titles and notes of
    at most two cells above a table that is wider. A header of two names would be refused there."""
    if header_row is not None:
        above = header_row - 1 - start
        if not 0 <= above < len(first):
            last = start + len(first)
            problem = f"header_row is {header_row}, and its first rows are {start + 1} to {last}"
            raise ReadError(
                name, problem, "Give the row that holds the column names, as a spreadsheet counts"
            )
        return above
    filled = [sum(value not in ("", None) for value in row) for row in first]
    if max(filled) < WIDE:
        return 0
    above = next(k for k, cells in enumerate(filled) if cells > NOTE)
    return above if filled[above] * 2 >= max(filled) else 0


def _scanned(name: str, content: bytes) -> dict[str, SheetScan]:
    """Each sheet by its name; parts that unpack to more than they declare, or declare a document type, refuse it."""
    with opened(name, content) as archive:
        for member in archive.infolist():
            if member.filename.endswith((".xml", ".rels")):
                _refuse_document_type(name, archive, member)
        refuse_unpacking(name, archive.infolist(), len(content))
        scans = {}
        for sheet, part in sheet_parts(name, archive).items():
            scans[sheet] = scanned(name, archive, part)
            refuse_stretched(name, archive, part, scans[sheet], len(content))
        return scans


def _chosen(name: str, book: CalamineWorkbook, scans: Mapping[str, SheetScan], wanted: str | None) -> str:
    shown = [
        one.name
        for one in book.sheets_metadata
        if one.visible == SheetVisibleEnum.Visible and one.typ == SheetTypeEnum.WorkSheet
    ]
    if wanted is not None and wanted not in shown:
        what = "is hidden" if wanted in book.sheet_names else "is not in the workbook"
        listed = ", ".join(f"'{one[:31]}'" for one in shown[:_SHOWN])
        raise ReadError(name, f"sheet '{wanted[:31]}' {what}", f"Name one of: {listed}")
    filled = [one for one in shown if _is_filled(book, scans, one)]
    if wanted is not None:
        return wanted
    if not filled:
        hidden = " (hidden sheets are not read)" if len(book.sheet_names) > len(shown) else ""
        raise ReadError(name, f"no visible sheet contains data{hidden}", "Export it again")
    if len(filled) > 1:
        tables = [one for one in filled if _width(book, scans, one) > NOTE]
        if len(tables) == 1:
            return str(tables[0])
        listed = ", ".join(f"'{one[:31]}'" for one in filled[:_SHOWN])
        raise ReadError(
            name,
            f"{len(filled)} sheets hold data ({listed})",
            "Name one in the column map (`sheet:`) or with --sheet, or leave only one in the workbook",
        )
    return str(filled[0])


def _is_filled(book: CalamineWorkbook, scans: Mapping[str, SheetScan], sheet: str) -> bool:
    return scans[sheet].rows > 0 if sheet in scans else book.get_sheet_by_name(sheet).height > 0


def _width(book: CalamineWorkbook, scans: Mapping[str, SheetScan], sheet: str) -> int:
    return scans[sheet].columns if sheet in scans else int(book.get_sheet_by_name(sheet).width)


def _marks(name: str, sheet: CalamineSheet, scan: SheetScan, top: int) -> dict[int, dict[int, str]]:
    """Row → column → the mark of a cell that holds no value of its own. ReadError where these are too many.

    Merged cells of the header, which may have up to three rows, are how exports set out their questions.
    """
    covered = 0
    marks = {row: dict(cells) for row, cells in scan.spoiled.items()}
    (_, left), (bottom, right) = sheet.start or (0, 0), sheet.end or (0, 0)
    for (first, start), (last, end) in sheet.merged_cell_ranges or ():
        begin = max(first, top + _HEADER_ROWS if first <= top else top)
        covered += max(min(last, bottom) + 1 - begin, 0) * max(min(end, right) + 1 - max(start, left), 0)
        if covered > MAX_MARKED:
            problem = f"its merged ranges cover more than {MAX_MARKED:,} cells"
            raise ReadError(name, problem, "Unmerge them, or export it as csv")
        for row in range(begin, min(last, bottom) + 1):
            for column in range(max(start, left), min(end, right) + 1):
                if (row, column) != (first, start):
                    marks.setdefault(row, {})[column] = MERGED
    return marks


def _marked(row: list[Any], marks: Mapping[int, str], left: int) -> list[Any]:
    for column, mark in marks.items():
        if 0 <= column - left < len(row):
            row[column - left] = mark
    return row


def _refuse_error_cells(name: str, content: bytes) -> None:
    """The old format's parser reads its error cells as blank ones, so a file that holds any is refused."""
    found = _ERROR_RECORD.search(content)
    if found:
        row, column = (
            int.from_bytes(one or two, "little") + 1 for one, two in (found.group(1, 3), found.group(2, 4))
        )
        raise ReadError(
            f"{name}, row {row}, column {column}",
            "there is an error cell (such as #N/A), which the old format reads as blank",
            "Correct it, or save the workbook as xlsx",
        )


def _columns(rows: Iterable[list[Any]], width: int) -> pa.Table:
    """Text columns by their words, made chunk by chunk so that Python objects never stand for the whole sheet."""
    names = [str(k) for k in range(width)]
    schema = pa.schema([(one, pa.dictionary(pa.int32(), pa.string())) for one in names])
    tables, chunk = [], []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            tables.append(_chunk(chunk, schema))
            chunk = []
    tables.append(_chunk(chunk, schema))
    return pa.concat_tables(tables)


def _chunk(rows: list[list[Any]], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ([] for _ in schema)
    texts = (pa.array([_text(one) for one in column], pa.string()) for column in columns)
    return pa.table([one.dictionary_encode() for one in texts], schema=schema)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g}"
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value)


def _refuse_document_type(name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """A document type stands before the first element, so only what comes before it is unpacked."""
    head = b""
    with archive.open(member) as handle:
        while not _ELEMENT.search(head) and len(head) < 1024**2:
            more = handle.read(4096)
            if not more:
                break
            head += more
    if b"<!DOCTYPE" in head.upper() or b"<!ENTITY" in head.upper():
        raise ReadError(
            f"{name}, {member.filename[:60]}", "its XML declares a document type", "Export it again as csv"
        )
