"""A worksheet whose cells are given all at once: the bytes that xlsxwriter writes of them, in a quarter of the time.

xlsxwriter keeps an object for each cell and looks twice at what it is; here a cell is what stands in the file after its
place and style. Only what is written of rows is ours; sheet, styles, shared texts and package are xlsxwriter's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import isfinite
from typing import Any

from xlsxwriter.utility import _preserve_whitespace, xl_col_to_name
from xlsxwriter.worksheet import Worksheet

Cell = tuple[str, Any]
"""What `number`, `flag`, `shared` or `inline` makes of a value, and its format (none: None)."""
_BLOCK = 16
"""Rows that share one statement of the columns they reach over."""


class Grid(Worksheet):  # type: ignore[misc] # xlsxwriter is not typed
    """`workbook.add_worksheet(name, Grid)`, then `fill`; cells cannot be written one by one besides."""

    def fill(self, columns: Sequence[Sequence[Cell | None]], spans: bool = True) -> None:
        """The sheet's cells by column, from the first row on, None for none; each column has a cell in the first row.

        `spans`: whether rows say how far they reach, as those of workbooks that are not streamed.
        """
        self._columns, self._with_spans = columns, spans
        if columns:
            last = max(k for cells in columns for k, cell in enumerate(cells) if cell is not None)
            self.dim_rowmin, self.dim_rowmax, self.dim_colmin, self.dim_colmax = 0, last, 0, len(columns) - 1

    def number(self, value: float) -> str:
        """A finite number. Raises ValueError for another: a workbook has none."""
        if not isfinite(value):
            raise ValueError(f"{value} cannot stand in a cell")
        return f"><v>{value:.16G}</v></c>"

    def flag(self, value: bool) -> str:
        """True or false."""
        return f' t="b"><v>{int(value)}</v></c>'

    def shared(self, text: str) -> str:
        """A text that the workbook keeps once, cut to what a cell may hold; numbered in the order of first calls."""
        return f' t="s"><v>{self.str_table._get_shared_string_index(_cut(text, self.xls_strmax))}</v></c>'

    def all_shared(self, texts: Iterable[Any], style: Any) -> Iterator[Cell | None]:
        """A cell of each text, as `shared`; none for what is no text. Of texts that come again it is made once."""
        made: dict[Any, Cell | None] = {}
        for text in texts:
            if text in made:
                self.str_table.count += made[text] is not None
            else:
                made[text] = (self.shared(text), style) if isinstance(text, str) else None
            yield made[text]

    def inline(self, text: str) -> str:
        """A text that stands in its cell."""
        plain = self._escape_control_characters(_cut(text, self.xls_strmax))
        keep = ' xml:space="preserve"' if _preserve_whitespace(plain) else ""
        return f' t="inlineStr"><is><t{keep}>{self._escape_data(plain)}</t></is></c>'

    def _write_rows(self) -> None:
        letters = [xl_col_to_name(k) for k in range(len(self._columns))]
        rows = list(zip(*self._columns, strict=True))
        styles = _Styles({None: ""})
        reach = ""
        for k, row in enumerate(rows):
            if k % _BLOCK == 0 and self._with_spans:
                reach = _reach(rows[k : k + _BLOCK])
            number = k + 1
            cells = [
                f'<c r="{letter}{number}"{styles[cell[1]]}{cell[0]}'
                for letter, cell in zip(letters, row, strict=True)
                if cell is not None
            ]
            if cells:
                self.fh.write(f'<row r="{number}"{reach}>{"".join(cells)}</row>')


class _Styles(dict[Any, str]):
    """What says the format of a cell, by format; numbered in the order of first use."""

    def __missing__(self, style: Any) -> str:
        said = self[style] = f' s="{style._get_xf_index()}"'
        return said


def _reach(rows: Sequence[Sequence[Cell | None]]) -> str:
    """The first and last column of some rows that hold a cell."""
    held = [k for k, column in enumerate(zip(*rows, strict=True)) if any(column)]
    return f' spans="{held[0] + 1}:{held[-1] + 1}"' if held else ""


def _cut(text: str, most: int) -> str:
    """A text of at most so many UTF-16 units."""
    if len(text) <= most // 2:
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    return text if len(units) <= 2 * most else units[: 2 * most].decode("utf-16-le", "ignore")
