"""A sheet given all at once is, byte for byte, the one that xlsxwriter writes cell by cell."""

from __future__ import annotations

import math
from datetime import datetime

import pytest
import xlsxwriter

from ncsi.grid_sheet import Grid

TEXTS = [
    "",
    "a",
    " b ",
    "a<b & c>",
    'he said "x"',
    "满意度",
    "tab\tand\nline",
    "\x01",
    "𠮷" * 20_000,
    "a" * 40_000,
]
ROWS = [
    ["head", "figure", "flag", "empty"],
    *([text, k / 3, k % 2 == 0, None] for k, text in enumerate(TEXTS)),
    *([None] * 4 for _ in range(20)),
    ["a", 12_345_678_901_234_567, None, None],
    [None, -0.0, True, None],
]


def saved(path, options, write):
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, **options}) as book:
        book.set_properties({"created": datetime(2026, 1, 1)})
        write(book, {bool: book.add_format({"bold": True}), float: book.add_format({"num_format": "0.0"})})
    return path.read_bytes()


def by_cell(book, styles):
    sheet = book.add_worksheet("data")
    for column in range(4):  # the order in which shared texts are numbered
        for row, cells in enumerate(ROWS):
            value = cells[column]
            if isinstance(value, bool):
                sheet.write_boolean(row, column, value, styles[bool])
            elif isinstance(value, str):
                sheet.write_string(row, column, value)
            elif value is not None:
                sheet.write_number(row, column, value, styles.get(type(value)))


def by_row(book, styles):
    sheet = book.add_worksheet("data")
    for row, cells in enumerate(ROWS):
        for column, value in enumerate(cells):
            if isinstance(value, str):
                sheet.write_string(row, column, value)


def all_at_once(book, styles):
    sheet = book.add_worksheet("data", Grid)

    def cell(value):
        if isinstance(value, bool):
            return sheet.flag(value), styles[bool]
        if isinstance(value, str):
            return sheet.shared(value), None
        return None if value is None else (sheet.number(value), styles.get(type(value)))

    sheet.fill([[cell(row[column]) for row in ROWS] for column in range(4)])


def all_in_place(book, _styles):
    sheet = book.add_worksheet("data", Grid)
    columns = [
        [(sheet.inline(row[k]), None) if isinstance(row[k], str) else None for row in ROWS] for k in range(4)
    ]
    sheet.fill(columns, spans=False)


def test_shared_texts_numbers_flags_and_styles(tmp_path):
    assert saved(tmp_path / "a.xlsx", {}, all_at_once) == saved(tmp_path / "b.xlsx", {}, by_cell)


def test_texts_in_their_cells_as_of_a_streamed_workbook(tmp_path):
    streamed = saved(tmp_path / "b.xlsx", {"constant_memory": True}, by_row)
    assert saved(tmp_path / "a.xlsx", {}, all_in_place) == streamed


def test_texts_of_a_column_that_come_again(tmp_path):
    texts = ["head", *TEXTS, None, *TEXTS, "head", math.nan]

    def at_once(book, styles):
        sheet = book.add_worksheet("data", Grid)
        sheet.fill([list(sheet.all_shared(texts, styles[bool]))])

    def one_by_one(book, styles):
        sheet = book.add_worksheet("data")
        for row, text in enumerate(texts):
            if isinstance(text, str):
                sheet.write_string(row, 0, text, styles[bool])

    assert saved(tmp_path / "a.xlsx", {}, at_once) == saved(tmp_path / "b.xlsx", {}, one_by_one)


def test_a_sheet_without_cells(tmp_path):
    def unfilled(book, _styles):
        book.add_worksheet("data", Grid).fill([])

    def plain(book, _styles):
        book.add_worksheet("data")

    assert saved(tmp_path / "a.xlsx", {}, unfilled) == saved(tmp_path / "b.xlsx", {}, plain)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_is_refused(value, tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book, pytest.raises(ValueError, match="cell"):
        book.add_worksheet("data", Grid).number(value)
