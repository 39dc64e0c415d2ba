"""csv and tsv: strict utf-8, else strict gb18030; delimiter from the header; every cell stays text."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from dataclasses import replace
from itertools import islice

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pc

from ncsi.errors import ReadError
from ncsi.ingest.read.encoding import decoded
from ncsi.ingest.read.table import NOTE, TITLES, WIDE, Raw, blank_rows, refuse_columns, refuse_rows

_DELIMITERS = {",": "a comma", "\t": "a tab", ";": "a semicolon", "|": "a bar"}
_SHOWN, _CONFIRMING, _SNIFFED, _GIVEN_UP = 5, 50, 1_000_000, 100_000
_BLOCK, _LONG = 1024**2, 256 * 1024


def read_text(name: str, content: bytes, header_row: int | None = None) -> tuple[str, str, Raw]:
    """Format, encoding, header and cells of a text file. Raises ReadError.

    `header_row` names the row of the column names; without, titles and notes above a wider table are passed over.
    """
    encoding, utf8 = decoded(name, content)
    above, lines = _above(name, utf8, header_row)
    utf8 = utf8 if not lines else utf8[_end_of(utf8, lines) :]
    delimiter, columns = _delimiter(utf8)
    refuse_columns(name, columns)
    _refuse_open_quote(name, utf8, delimiter, above)
    header, cells, numbers = _parsed(name, utf8, delimiter, columns, above)
    raw = Raw(header, cells, above + 2, numbers=numbers + above, header_row=above + 1)
    return ("tsv" if delimiter == "\t" else "csv"), encoding, replace(raw, passed_over=_passed_over(above))


def _above(name: str, utf8: bytes, header_row: int | None) -> tuple[int, int]:
    """Rows, and lines of text, above the header: those before the row that is named, else titles and notes of at most
    two cells above a table that is wider."""
    head = utf8[:_SNIFFED].decode("utf-8", errors="ignore")
    if header_row is not None:
        rows, lines = _rows(head, ",", header_row - 1)
        if len(rows) < header_row - 1 or len(utf8) <= _end_of(utf8, lines[-1] if lines else 0):
            problem = f"header_row is {header_row}, and it has {len(rows):,} rows"
            raise ReadError(name, problem, "Give the row that holds the column names")
        return header_row - 1, lines[-1] if lines else 0
    found = [_titles(*_rows(head, one, TITLES)) for one in _DELIMITERS]
    return min(found, key=lambda one: -one[2])[:2]


def _rows(head: str, delimiter: str, most: int) -> tuple[list[list[str]], list[int]]:
    """The first rows, and how many lines of text each of them ends after."""
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    rows: list[list[str]] = []
    lines: list[int] = []
    with suppress(csv.Error):
        for row in islice(reader, most):
            rows.append(row)
            lines.append(reader.line_num)
    return rows, lines


def _titles(rows: list[list[str]], lines: list[int]) -> tuple[int, int, int]:
    """Rows and lines above the header, by one delimiter, and how wide the table below is; none where nothing says so:
    every row of the table has as many cells as its header."""
    filled = [sum(cell.strip() != "" for cell in row) for row in rows]
    widest = max(filled, default=0)
    above = next((k for k, cells in enumerate(filled) if cells > NOTE), 0)
    below = {len(row) for row in rows[above : -1 or None] if row}
    if widest < WIDE or not above or filled[above] * 2 < widest or len(below) != 1:
        return 0, 0, widest
    return above, lines[above - 1], widest


def _end_of(utf8: bytes, lines: int) -> int:
    """Where so many lines end; `\\r` alone ends one too, as the parser has it."""
    end = 0
    for _ in range(lines):
        ends = [at for at in (utf8.find(b"\n", end), utf8.find(b"\r", end)) if at >= 0]
        if not ends:
            return len(utf8)
        end = min(ends) + (2 if utf8[min(ends) : min(ends) + 2] == b"\r\n" else 1)
    return end


def _passed_over(above: int) -> tuple[str, ...]:
    if not above:
        return ()
    return ("row 1 stands above the header" if above == 1 else f"rows 1 to {above} stand above the header",)


def _delimiter(utf8: bytes) -> tuple[str, int]:
    """The delimiter that splits the header into the most columns and that the rows below confirm; else a comma.

    And how many columns that makes.

    A question's text may hold commas in a file separated by semicolons: its rows do not then.
    """
    head = utf8[:_SNIFFED].decode("utf-8", errors="ignore")
    widths = {one: _widths(head, one) for one in _DELIMITERS}
    confirmed = [one for one, found in widths.items() if found[0] > 1 and len(set(found)) == 1]
    best = max(confirmed or _DELIMITERS, key=lambda one: widths[one][0])
    return best, widths[best][0]


def _widths(head: str, delimiter: str) -> list[int]:
    """Cells of the first rows that hold any; the last is left out where the head may have cut it."""
    lines = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    found: list[int] = []
    with suppress(csv.Error):  # a cell beyond the parser's limit, legal or a quote never closed: judged later
        found.extend(len(row) for row in islice(lines, _CONFIRMING) if row)
    return (found[:-1] if len(found) > 1 and len(found) < _CONFIRMING else found) or [0]


class _Ragged:
    """Rows that do not have the cells of the header: how many, and the first of them."""

    def __init__(self, above: int) -> None:
        self.above, self.count, self.expected = above, 0, 0
        self.shown: list[str] = []

    def __call__(self, row: pc.InvalidRow) -> str:
        self.count, self.expected = self.count + 1, row.expected_columns
        if self.count <= _SHOWN:
            self.shown.append(f"row {(row.number or 0) + self.above} has {row.actual_columns}")
        return "skip" if self.count < _GIVEN_UP else "error"

    def problem(self, delimiter: str) -> str:
        many = f"{self.count} rows do" if self.count < _GIVEN_UP else f"{self.count} rows or more do"
        many = "1 row does" if self.count == 1 else many
        more = f" and {self.count - _SHOWN} more" if self.count > _SHOWN else ""
        return (
            f"{many} not have the {self.expected} cells of the header ({', '.join(self.shown)}{more}; "
            f"cells separated by {_DELIMITERS[delimiter]})"
        )


def _parsed(
    name: str, utf8: bytes, delimiter: str, columns: int, above: int
) -> tuple[list[str], pa.Table, npt.NDArray[np.int64]]:
    """Header, cells and their row numbers, by blocks and distinct words: neither millions of blank rows are held at
    once, nor the text of each cell."""
    ragged, by_word = _Ragged(above), pa.dictionary(pa.int32(), pa.string())
    try:
        reader = pc.open_csv(
            pa.py_buffer(utf8),
            read_options=pc.ReadOptions(
                use_threads=False, autogenerate_column_names=True, block_size=_block(utf8)
            ),
            parse_options=pc.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=ragged,
            ),
            convert_options=pc.ConvertOptions(
                column_types={f"f{k}": by_word for k in range(columns)},
                default_column_type=pa.string(),
                null_values=[],
                strings_can_be_null=False,
            ),
        )
        found = _filled(name, reader)
    except pa.ArrowException as error:
        if not ragged.count:
            raise _unparsed(name, utf8, delimiter, error, above) from error
    if ragged.count:
        raise ReadError(name, ragged.problem(delimiter), "Export it again; nothing was read")
    return found


def _filled(name: str, reader: pc.CSVStreamingReader) -> tuple[list[str], pa.Table, npt.NDArray[np.int64]]:
    header: list[str] | None = None
    kept, numbers, row, rows = [], [np.zeros(0, dtype=np.int64)], 1, 0
    for batch in reader:
        table = pa.Table.from_batches([batch])
        if header is None and table.num_rows:
            header = [str(column[0].as_py()) for column in table.columns]
            table, row = table.slice(1), 2
        filled = ~blank_rows(table)
        numbers.append(row + np.flatnonzero(filled))
        kept.append(table.filter(pa.array(filled)))
        row, rows = row + table.num_rows, rows + kept[-1].num_rows
        refuse_rows(name, rows)
    return header or [], pa.concat_tables(kept), np.concatenate(numbers)


def _unparsed(name: str, utf8: bytes, delimiter: str, error: pa.ArrowException, above: int) -> ReadError:
    """What stands in the way, with its row: a cell longer than a block, where quotes or line ends were lost."""
    limit = csv.field_size_limit(_LONG)
    rows = csv.reader(io.StringIO(utf8.decode("utf-8"), newline=""), delimiter=delimiter)
    row = 1
    try:
        for _ in rows:
            row += 1
    except csv.Error:
        problem = f"a cell there is longer than {_LONG // 1024} KiB"
        return ReadError(
            f"{name}, row {above + row}", problem, "Its quotes or line ends are damaged: export it again"
        )
    finally:
        csv.field_size_limit(limit)
    problem = f"it is not a table of text ({str(error).splitlines()[0][:120]})"
    return ReadError(name, problem, "Export it again as csv")


def _block(utf8: bytes) -> int:
    """Parse in blocks that hold the longest line; a wide header alone may be larger than the default."""
    head = utf8.find(b"\n")
    return max(_BLOCK, 4 * (head if head > 0 else len(utf8)))


def _refuse_open_quote(name: str, utf8: bytes, delimiter: str, above: int) -> None:
    """A quote that is never closed swallows the rest of the file into one cell: refuse it.

    An odd number of quotes is legal inside unquoted cells, so the strict parser of Python has the last word.
    """
    if utf8.count(b'"') % 2 == 0:
        return
    limit = csv.field_size_limit(len(utf8) + 1)
    reader = csv.reader(io.StringIO(utf8.decode("utf-8"), newline=""), delimiter=delimiter, strict=True)
    row = 0
    try:
        for row, _ in enumerate(reader, 1):  # noqa: B007
            pass
    except csv.Error as error:
        raise ReadError(
            f"{name}, row {above + row + 1}",
            "a quotation mark opens here and is never closed",
            "Export it again",
        ) from error
    finally:
        csv.field_size_limit(limit)
