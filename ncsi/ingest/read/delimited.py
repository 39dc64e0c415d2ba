"""csv and tsv: strict utf-8, else strict gb18030; delimiter from the header; every cell stays text."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from itertools import islice

import pyarrow as pa
import pyarrow.csv as pc

from ncsi.errors import ReadError
from ncsi.ingest.read.encoding import decoded
from ncsi.ingest.read.table import Raw

_DELIMITERS = {",": "a comma", "\t": "a tab", ";": "a semicolon", "|": "a bar"}
_SHOWN, _CONFIRMING, _SNIFFED = 5, 50, 1_000_000


def read_text(name: str, content: bytes) -> tuple[str, str, Raw]:
    """Format, encoding, header and cells of a text file. Raises ReadError."""
    encoding, utf8 = decoded(name, content)
    delimiter = _delimiter(utf8)
    _refuse_open_quote(name, utf8, delimiter)
    table = _parsed(name, utf8, delimiter)
    header = [str(column[0].as_py()) for column in table.columns]
    return ("tsv" if delimiter == "\t" else "csv"), encoding, Raw(header, table.slice(1))


def _delimiter(utf8: bytes) -> str:
    """The delimiter that splits the header into the most columns and that the rows below confirm; else a comma.

    A question's text may hold commas in a file parted by semicolons: its rows do not then.
    """
    head = utf8[:_SNIFFED].decode("utf-8", errors="ignore")
    widths = {one: _widths(head, one) for one in _DELIMITERS}
    confirmed = [one for one, found in widths.items() if found[0] > 1 and len(set(found)) == 1]
    return max(confirmed or _DELIMITERS, key=lambda one: widths[one][0])


def _widths(head: str, delimiter: str) -> list[int]:
    """Cells of the first rows that hold any; the last is left out where the head may have cut it."""
    lines = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    found: list[int] = []
    with suppress(csv.Error):  # a cell beyond the parser's limit, legal or a quote never closed: judged later
        found.extend(len(row) for row in islice(lines, _CONFIRMING) if row)
    return (found[:-1] if len(found) > 1 and len(found) < _CONFIRMING else found) or [0]


def _parsed(name: str, utf8: bytes, delimiter: str) -> pa.Table:
    ragged: list[tuple[int, int, int]] = []

    def remember(row: pc.InvalidRow) -> str:
        ragged.append((row.number or 0, row.expected_columns, row.actual_columns))
        return "skip"

    try:
        table = pc.read_csv(
            pa.py_buffer(utf8),
            read_options=pc.ReadOptions(
                use_threads=False, autogenerate_column_names=True, block_size=_block(utf8)
            ),
            parse_options=pc.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=remember,
            ),
            convert_options=pc.ConvertOptions(
                default_column_type=pa.string(), null_values=[], strings_can_be_null=False
            ),
        )
    except pa.ArrowException as error:
        raise ReadError(
            name, f"it is not a table of text ({str(error).splitlines()[0][:120]})", "Export it again as csv"
        ) from error
    if ragged:
        raise ReadError(name, _ragged(ragged, delimiter), "Export it again; nothing was read")
    return table


def _block(utf8: bytes) -> int:
    """Parse in blocks that hold the longest line; a wide header alone may be larger than the default."""
    head = utf8.find(b"\n")
    return max(8 * 1024 * 1024, 4 * (head if head > 0 else len(utf8)))


def _ragged(ragged: list[tuple[int, int, int]], delimiter: str) -> str:
    expected = ragged[0][1]
    shown = [f"row {number} has {cells}" for number, _, cells in ragged[:_SHOWN]]
    more = f" and {len(ragged) - _SHOWN} more" if len(ragged) > _SHOWN else ""
    return (
        f"{len(ragged)} rows do not have the {expected} cells of the header ({', '.join(shown)}{more}; "
        f"cells parted by {_DELIMITERS[delimiter]})"
    )


def _refuse_open_quote(name: str, utf8: bytes, delimiter: str) -> None:
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
            f"{name}, row {row + 1}", "a quotation mark opens there and is never closed", "Export it again"
        ) from error
    finally:
        csv.field_size_limit(limit)
