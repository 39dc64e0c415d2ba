"""What every reader returns: a header and text cells, checked alike whatever the format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ncsi.errors import ReadError

MAX_COLUMNS = 5000
_BLANK = "\u200b\u200c\u200d\u2060\ufeff \t\r\n\u3000\xa0"


@dataclass(frozen=True, slots=True)
class Codebook:
    """What a file says of its columns: question texts, labels of codes, codes declared as missing."""

    texts: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """A reader's find, unchecked: the header's texts, the cells below it, the number of the first of their rows."""

    header: list[str]
    cells: pa.Table
    first_row: int = 2
    codebook: Codebook = Codebook()


@dataclass(frozen=True, slots=True, eq=False)
class TextTable:
    """A file as text: `values` holds one string column a name, "" for an empty cell; never null.

    `row_numbers` are those a spreadsheet shows (the header is 1), so that a researcher finds the row.
    """

    name: str
    sha256: str
    size: int
    format: str
    encoding: str | None
    values: pa.Table
    row_numbers: npt.NDArray[np.int64]
    codebook: Codebook = Codebook()

    @property
    def columns(self) -> tuple[str, ...]:
        """Header names, trimmed."""
        return tuple(self.values.column_names)

    @property
    def rows(self) -> int:
        """Data rows, blank ones not counted."""
        return int(self.values.num_rows)


def checked(name: str, raw: Raw) -> tuple[pa.Table, npt.NDArray[np.int64]]:
    """Cells under a checked header, blank rows left out, with the row number of each row kept.

    Raises ReadError: no header, too many columns, a column without name, a name twice, no rows.
    """
    header, cells = raw.header, raw.cells
    if len(header) > MAX_COLUMNS:
        raise ReadError(
            name,
            f"it has {len(header)} columns, more than {MAX_COLUMNS}",
            "Export only the questions of the instrument",
        )
    names = [text.strip(_BLANK) for text in header]
    filled = cells.select(_named(name, names, cells)) if cells.num_columns else cells
    kept = [text for text in names if text]
    if not kept:
        raise ReadError(f"{name}, row 1", "there is no header", "Put the column names into the first row")
    _refuse_twice(name, names)
    table = filled.rename_columns(kept)
    numbers = np.arange(raw.first_row, raw.first_row + table.num_rows, dtype=np.int64)
    blank = _blank_rows(table)
    if blank.any():
        table, numbers = table.filter(pa.array(~blank)), numbers[~blank]
    if table.num_rows == 0:
        raise ReadError(name, "there is a header but no row below it", "Export the responses, then try again")
    return table, numbers


def _named(name: str, names: list[str], cells: pa.Table) -> list[int]:
    """Positions of the columns with a name; one without may hold nothing."""
    for position, text in enumerate(names):
        if not text and not _is_blank(cells.column(position)).all():
            raise ReadError(
                f"{name}, row 1", f"column {position + 1} holds values but has no name", "Name the column"
            )
    return [position for position, text in enumerate(names) if text]


def _refuse_twice(name: str, names: list[str]) -> None:
    twice = [text for text, count in Counter(text for text in names if text).items() if count > 1]
    if twice:
        places = [str(k + 1) for k, text in enumerate(names) if text == twice[0]]
        raise ReadError(
            f"{name}, row 1",
            f"the column name '{twice[0][:60]}' stands {len(places)} times (columns {', '.join(places[:5])})",
            "Rename or remove all but one",
        )


def _is_blank(column: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    trimmed = pc.equal(pc.utf8_trim_whitespace(column), "")
    return np.asarray(trimmed.to_numpy(zero_copy_only=False), dtype=bool)


def _blank_rows(table: pa.Table) -> npt.NDArray[np.bool_]:
    blank = np.ones(table.num_rows, dtype=bool)
    for column in table.columns:
        if not blank.any():
            break
        blank &= _is_blank(column)
    return blank
