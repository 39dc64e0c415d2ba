"""What every reader returns: a header and text cells, checked alike whatever the format."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ncsi.errors import ReadError
from ncsi.ingest.read.blocks import Block, Blocks, InMemory
from ncsi.ingest.read.text_columns import by_words, holds, says

MAX_COLUMNS, MAX_ROWS, MAX_TEXT = 5000, 20_000_000, 1024**2
TITLES, NOTE, WIDE = 30, 2, 5
"""Rows among which the header is looked for; cells that a title or a note has at most; those that a table has at
least which stands below one."""

_VALUE = re.compile(
    r"[+-]?[0-9]+(?:[.,][0-9]+)*(?:分|%)?|[0-9]{4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}.*", re.DOTALL
)
_LONG, _FEW, _LOOKED_AT, _REPEATED = 6, 3, 500, 0.8
MERGED, NOT_CALCULATED = "#MERGED!", "#NOT-CALCULATED!"
"""What stands, like #N/A, in a cell whose value is another cell's, or a formula that was never calculated."""

_BLANK = "\u200b\u200c\u200d\u2060\ufeff \t\r\n\u3000\xa0"


@dataclass(frozen=True, slots=True)
class Codebook:
    """What a file says of its columns: question texts, labels of codes, codes declared as missing."""

    texts: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """A reader's find, unchecked: the header's texts, the cells below it, the number of the first of their rows.

    `more`: the cells that come after those, block by block as they are read. `numbers`: the rows' numbers where the
    reader has left some out. `sheet`: that of a workbook; `passed_over`: what else it holds, in words; `header_row`:
    that of a text file.
    """

    header: list[str]
    cells: pa.Table
    first_row: int = 2
    codebook: Codebook = Codebook()
    numbers: npt.NDArray[np.int64] | None = None
    sheet: str | None = None
    passed_over: tuple[str, ...] = ()
    header_row: int = 1
    more: Iterator[pa.Table] = field(default_factory=lambda: iter(()))


@dataclass(frozen=True, slots=True, eq=False)
class TextTable:
    """A file as text: `blocks` hold one column a name by its distinct words (`cells.coded`, or `spelt` where each
    row's text is wanted), "" for an empty cell; never null.

    Numbers of rows are those a spreadsheet shows (the header is 1), so that a researcher finds the row. `sheet` and
    `header_row`: where the table stands in a workbook; `passed_over`: what else of the file was not read, in words.
    """

    name: str
    sha256: str
    size: int
    format: str
    encoding: str | None
    blocks: Blocks
    codebook: Codebook = Codebook()
    sheet: str | None = None
    header_row: int = 1
    passed_over: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Header names, trimmed."""
        return self.blocks.columns

    @property
    def rows(self) -> int:
        """Data rows, blank ones not counted."""
        return self.blocks.rows

    @property
    def values(self) -> pa.Table:
        """The cells of all rows at once; a large file's take as much memory as they are many."""
        return self.blocks.whole().values

    @property
    def row_numbers(self) -> npt.NDArray[np.int64]:
        """The number of each row."""
        return self.blocks.whole().numbers

    def words(self, column: str) -> list[str]:
        """The distinct texts of a column, in the order in which they occur first."""
        return self.blocks.words(column)

    def having(self, values: pa.Table, row_numbers: npt.NDArray[np.int64] | None = None) -> TextTable:
        """The table with other cells, of the same rows unless these are numbered."""
        numbers = self.row_numbers if row_numbers is None else row_numbers
        return replace(self, blocks=InMemory(Block(values, numbers)))


def checked(name: str, raw: Raw) -> Iterator[Block]:
    """Cells under a checked header, blank rows left out, with the row number of each row kept, block by block.

    Raises ReadError: no header, too many columns, a column without name, a name twice, no rows.
    """
    kept, first, rows = _under_header(name, raw), raw.first_row, 0
    for cells in chain([raw.cells], raw.more):
        block = _filled_rows(name, raw, kept, cells, first)
        first, rows = first + cells.num_rows, rows + block.values.num_rows
        refuse_rows(name, rows)
        if block.values.num_rows:
            yield block
    if not rows:
        raise ReadError(name, "there is a header but no row below it", "Export the responses, then try again")


def _under_header(name: str, raw: Raw) -> dict[int, str]:
    """Position → name of the columns of a checked header."""
    header, cells = raw.header, raw.cells
    place, cure = _place(name, raw)
    refuse_columns(name, len(header))
    refuse_rows(name, cells.num_rows)
    names = [text.strip(_BLANK) for text in header]
    filled = cells.select(_named(place, names, cells, cure)) if cells.num_columns else cells
    kept = [text for text in names if text]
    if not kept:
        raise ReadError(place, "there is no header", f"Put the column names in the first row{cure}")
    _refuse_data(place, kept, filled, cure)
    _refuse_twice(place, names, raw)
    return {position: text for position, text in enumerate(names) if text}


def _filled_rows(name: str, raw: Raw, kept: Mapping[int, str], cells: pa.Table, first: int) -> Block:
    """The rows of a block that hold something, with their numbers."""
    _named(
        _place(name, raw)[0], [kept.get(k, "") for k in range(len(raw.header))], cells, _place(name, raw)[1]
    )
    table = cells.select(list(kept)).rename_columns(list(kept.values()))
    _refuse_long(name, table)
    numbers = (
        raw.numbers if raw.numbers is not None else np.arange(first, first + table.num_rows, dtype=np.int64)
    )
    blank = blank_rows(table)
    if blank.any():
        table, numbers = table.filter(pa.array(~blank)), numbers[~blank]
    return Block(pa.table([by_words(one) for one in table.columns], names=table.column_names), numbers)


def _place(name: str, raw: Raw) -> tuple[str, str]:
    """Where the header stands; and what else cures a wrong one, where it may stand further down: in workbooks and
    files of text."""
    row = raw.header_row if raw.sheet is None else raw.first_row - 1
    movable = raw.sheet is not None or raw.numbers is not None
    cure = ", or say which row holds them with `header_row:` or --header-row" if movable else ""
    return f"{name}, row {row}", cure


def refuse_columns(name: str, columns: int) -> None:
    """Raise ReadError for more columns than a questionnaire has."""
    if columns > MAX_COLUMNS:
        problem = f"it has {columns} columns, more than {MAX_COLUMNS}"
        raise ReadError(name, problem, "Export only the questions of the instrument")


def refuse_rows(name: str, rows: int) -> None:
    """Raise ReadError for more rows than a file may have."""
    if rows > MAX_ROWS:
        raise ReadError(name, f"it has more than {MAX_ROWS:,} rows", "Split it into several files")


def _named(place: str, names: list[str], cells: pa.Table, cure: str) -> list[int]:
    """Positions of the columns with a name; one without may hold nothing."""
    for position, text in enumerate(names):
        if not text and not _is_blank(cells.column(position)).all():
            other = cure and f"{cure.replace('them', 'the column names')}"
            raise ReadError(
                place, f"column {position + 1} holds values but has no name", f"Name the column{other}"
            )
    return [position for position, text in enumerate(names) if text]


def _refuse_long(name: str, table: pa.Table) -> None:
    for column, cells in zip(table.column_names, table.columns, strict=True):
        if holds(cells, lambda texts: pc.greater(pc.binary_length(texts), MAX_TEXT)).any():
            raise ReadError(
                f"{name}, column '{column[:60]}'",
                f"a cell holds more than {MAX_TEXT // 1024} KiB of text",
                "Its quotes or line ends are damaged, or it is not a survey export: export it again",
            )


def _refuse_data(place: str, names: list[str], cells: pa.Table, cure: str) -> None:
    """A file without a header would have a respondent's row told as its columns: refused, and none of it shown."""
    if _numbers(names) or _stand_below(names, cells):
        raise ReadError(
            place,
            "the first row looks like a response, not like column names; none of it is shown here",
            f"Put the column names in the first row{cure}",
        )


def _numbers(names: list[str]) -> bool:
    """Whether most names are numbers or dates; those that count the columns are names."""
    values = [text for text in names if _VALUE.fullmatch(text)]
    counted = [int(text) for text in values if text.isascii() and text.isdigit() and len(text) < _LONG]
    counting = len(counted) == len(values) and all(b == a + 1 for a, b in pairwise(counted))
    return len(values) > len(names) / 2 and not (counting and len(values) > 1)


def _stand_below(names: list[str], cells: pa.Table) -> bool:
    """Whether most names stand again and again among the cells below them, repeated headers aside."""
    head = cells.slice(0, _LOOKED_AT)
    if len(names) < _FEW or not head.num_rows:
        return False
    same = np.array([says(column, text) for text, column in zip(names, head.columns, strict=True)])
    often = same[:, same.mean(axis=0) < _REPEATED].sum(axis=1) >= max(_FEW, head.num_rows // 20)
    return bool(often.mean() > 0.5)


def _refuse_twice(place: str, names: list[str], raw: Raw) -> None:
    """A name that is also an answer below it is not shown: the header may be a response."""
    twice = [text for text, count in Counter(text for text in names if text).items() if count > 1]
    if twice:
        positions = [k for k, text in enumerate(names) if text == twice[0]]
        below = any(
            holds(cells.column(k), lambda texts: pc.equal(texts, twice[0])).any()
            for cells in chain([raw.cells], raw.more)
            for k in positions
        )
        which = "a column name" if below else f"the column name '{twice[0][:60]}'"
        places = [str(k + 1) for k in positions]
        raise ReadError(
            place,
            f"{which} occurs {len(places)} times (columns {', '.join(places[:5])})",
            "Rename or remove all but one",
        )


def _is_blank(column: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    return says(column, "")


def blank_rows(table: pa.Table) -> npt.NDArray[np.bool_]:
    """Which rows hold nothing."""
    blank = np.ones(table.num_rows, dtype=bool)
    for column in table.columns:
        if not blank.any():
            break
        blank &= _is_blank(column)
    return blank
