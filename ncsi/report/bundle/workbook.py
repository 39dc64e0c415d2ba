"""One workbook with every table: styled, its heads frozen, outside text kept as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from ncsi.grid_sheet import Cell, Grid
from ncsi.report.bundle.cover import Cover
from ncsi.report.text import NOTHING, phrase
from ncsi.tables import TABLES

_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": False}
_WIDEST = 48
_LOOKED_AT = 200
_ABOUT = "about"


def write_workbook(frames: dict[str, pd.DataFrame], cover: Cover, path: Path) -> None:
    """A sheet for each frame after one that says what the release is and what each sheet holds."""
    released = pd.Timestamp(cover.release_date).to_pydatetime()
    with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
        mark = phrase("synthetic_short") if cover.synthetic else NOTHING
        title = f"{cover.title.en} {cover.id} {mark.zh} {mark.en}".strip()
        book.set_properties({"title": title, "created": released})
        styles = _styles(book)
        names = {name: name.removeprefix("out_")[:31] for name in frames}
        head = f"&L{cover.release_id}&C{mark.zh} {mark.en}&R&P / &N"
        _write_about(book, names, cover, styles)
        for name, frame in frames.items():
            _write_sheet(book.add_worksheet(names[name], Grid), frame, styles)
        for sheet in book.worksheets():
            _print_as(sheet, head)


def write_sheets(frames: Mapping[str, pd.DataFrame], title: str, path: Path) -> None:
    """A sheet for each frame and nothing else, in the same style."""
    with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
        book.set_properties({"title": title})
        styles = _styles(book)
        for name, frame in frames.items():
            _write_sheet(book.add_worksheet(name.removeprefix("out_")[:31], Grid), frame, styles)


def _styles(book: Any) -> dict[str, Any]:
    base = {"font_name": "Arial", "font_size": 10}
    return {
        "head": book.add_format({**base, "bold": True, "bg_color": "#0f5499", "font_color": "#ffffff"}),
        "title": book.add_format({**base, "bold": True, "font_size": 14}),
        "warning": book.add_format({**base, "bold": True, "font_color": "#a02c2c"}),
        "text": book.add_format({**base, "quote_prefix": True}),
        "figure": book.add_format({**base, "num_format": "0.00"}),
        "whole": book.add_format({**base, "num_format": "#,##0"}),
        "plain": book.add_format(base),
        "link": book.add_format({**base, "font_color": "#0f5499", "underline": 1}),
    }


def _write_about(book: Any, names: dict[str, str], cover: Cover, styles: dict[str, Any]) -> None:
    sheet = book.add_worksheet(_ABOUT)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 90)
    sheet.write_string(0, 0, f"{cover.title.zh} {cover.label.zh}", styles["title"])
    sheet.write_string(1, 0, f"{cover.title.en}, {cover.label.en}", styles["title"])
    sheet.write_string(2, 0, f"{cover.publisher.zh} {cover.publisher.en}", styles["text"])
    sheet.write_string(3, 0, f"{cover.release_id}, {cover.release_date.isoformat()}", styles["plain"])
    warnings = [words for pair in cover.warnings for words in pair]
    for row, words in enumerate(warnings, 4):
        sheet.write_string(row, 0, words, styles["warning"])
    for row, words in enumerate(cover.notes, 4 + len(warnings)):
        sheet.write_string(row, 0, words, styles["text"])
    for row, (name, shown) in enumerate(names.items(), 5 + len(warnings) + len(cover.notes)):
        sheet.write_url(row, 0, f"internal:'{shown}'!A1", styles["link"], shown)
        about = TABLES[name].about if name in TABLES else "Code list with labels in zh and en"
        sheet.write_string(row, 1, about, styles["plain"])


def _print_as(sheet: Any, head: str) -> None:
    """On A4 across, all columns on a page, with the release and its mark above each."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.75, bottom=0.5)
    sheet.set_header(head)
    if sheet.name != _ABOUT:
        sheet.repeat_rows(0)


def _write_sheet(sheet: Grid, frame: pd.DataFrame, styles: dict[str, Any]) -> None:
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, len(frame)), max(0, len(frame.columns) - 1))
    columns = []
    for column, title in enumerate(frame.columns):
        values = frame[title].tolist()
        head: Cell = sheet.shared(str(title)), styles["head"]
        columns.append([head, *_cells(sheet, frame[title].dtype, values, styles)])
        sheet.set_column(column, column, _width(str(title), values))
    sheet.fill(columns)


def _width(title: str, values: list[Any]) -> int:
    """Room for the title with its filter button and for the longest text; a Chinese character counts twice."""
    texts = [one for one in values[:_LOOKED_AT] if isinstance(one, str)]
    longest = max((sum(1 + (char > "\u2e80") for char in one) for one in texts), default=0)
    return min(_WIDEST, max(10, len(title) + 4, longest + 1))


def _cells(sheet: Grid, kind: Any, values: list[Any], styles: dict[str, Any]) -> Iterator[Cell | None]:
    """The values of a column, which mostly are of one kind: each on its own takes twice as long."""
    if kind == "float64":
        figure, write = styles["figure"], sheet.number
        return ((write(value), figure) if value == value else None for value in values)
    if kind == "str":
        return sheet.all_shared(values, styles["text"])
    return (_cell(sheet, value, styles) for value in values)


def _cell(sheet: Grid, value: Any, styles: dict[str, Any]) -> Cell | None:
    """A value as it is shown; none for what is missing."""
    if isinstance(value, str):
        return sheet.shared(value), styles["text"]
    if value is None or value is pd.NA or value != value:
        return None
    if isinstance(value, bool):
        return sheet.flag(value), styles["plain"]
    year = isinstance(value, int) and 1900 <= value <= 2200
    style = "figure" if isinstance(value, float) else "plain" if year else "whole"
    return sheet.number(value), styles[style]
