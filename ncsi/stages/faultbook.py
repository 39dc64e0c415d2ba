"""The researcher's workbook of one file's faults: a sheet per rule, the cell at fault highlighted.

By default a cell tells what kind of value was found, never the value, so that the workbook may be passed on.
With values it is as confidential as the export itself; identities are left out even then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from ncsi.errors import ReadError
from ncsi.ingest.conform.fault_rules import severity
from ncsi.ingest.personal_data import personal_kind
from ncsi.report.plain_files import neutral
from ncsi.report.text import phrase
from ncsi.stages.export_check import CheckOutcome

MAX_ROWS = 50_000
"""Rows listed per rule; a file with more of one kind has one cause, not fifty thousand."""

_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_PRIVATE = ("respondent", "interviewer", "device")
_SHEET = re.compile(r"[^A-Za-z0-9_ ]")


def write_faultbook(outcome: CheckOutcome, path: Path, with_values: bool = False) -> None:
    """Write the workbook of a checked file. Raises ReadError when the place cannot be written."""
    values = _Values(outcome) if with_values else None
    try:
        with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
            formats = _formats(book)
            _summary(book, formats, outcome)
            for rule, own in outcome.faults.groupby("rule", sort=True):
                _rule_sheet(book, formats, str(rule), own, values)
    except (OSError, xlsxwriter.exceptions.XlsxWriterException) as error:
        raise ReadError(
            str(path), f"cannot be written ({error})", "Name a file in a folder that you may write to"
        ) from error


class _Values:
    """Cells of the checked file by row number and column, without those that say who somebody is."""

    def __init__(self, outcome: CheckOutcome) -> None:
        table, layout = outcome.table, outcome.layout
        private = {*layout.identity, *(layout.columns.get(one) for one in _PRIVATE)}
        self._position = {int(row): k for k, row in enumerate(table.row_numbers)}
        self._cells = {name: table.values.column(name) for name in table.columns if name not in private}

    def at(self, row: int, column: str, found: str) -> str:
        """The cell's text; the class of what was found where the text is private or looks like it."""
        if column not in self._cells:
            return found
        text = str(self._cells[column][self._position[row]].as_py())
        return found if personal_kind(text) else text


def _formats(book: Any) -> dict[str, Any]:
    return {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "fault": book.add_format({"bg_color": "#F6E3E1", "font_color": "#A02C2C", "bold": True}),
        "plain": book.add_format({"text_wrap": True, "valign": "top"}),
    }


def _summary(book: Any, formats: Mapping[str, Any], outcome: CheckOutcome) -> None:
    sheet = book.add_worksheet("summary")
    about: list[tuple[str, str | int]] = [
        ("file", outcome.source_name), ("instrument", outcome.instrument), ("dialect", outcome.dialect),
        ("rows read", outcome.rows_read), ("accepted", outcome.rows_accepted), ("rejected", len(outcome.rejects)),
    ]  # fmt: skip
    for k, (name, value) in enumerate(about):
        _write(sheet, k, 0, name, formats["head"])
        _write(sheet, k, 1, value, formats["plain"])
    start = len(about) + 1
    for k, name in enumerate(("rule", "规则", "Rule", "severity", "faults", "first row")):
        _write(sheet, start, k, name, formats["head"])
    for k, (rule, own) in enumerate(outcome.faults.groupby("rule", sort=True), start + 1):
        for j, cell in enumerate(_rule_line(str(rule), own)):
            _write(sheet, k, j, cell, formats["plain"])
    sheet.set_column(0, 2, 24)


def _rule_line(rule: str, faults: pd.DataFrame) -> list[str | int]:
    name = phrase(f"rule_{rule}")
    return [rule, name.zh, name.en, severity(rule), len(faults), int(faults["source_row"].min())]


def _rule_sheet(
    book: Any, formats: Mapping[str, Any], rule: str, faults: pd.DataFrame, values: _Values | None
) -> None:
    """One line a row of the file: its number, the columns that this rule found at fault, the messages."""
    sheet = book.add_worksheet(_SHEET.sub("_", rule)[:31])
    columns = list(dict.fromkeys(faults["column"].dropna()))
    head = ["row", *columns, "说明与处理", "what is wrong, and the cure"]
    for k, name in enumerate(head):
        _write(sheet, 0, k, name, formats["head"])
    rows = list(faults.groupby("source_row", sort=True))
    for line, (row, own) in enumerate(rows[:MAX_ROWS], 1):
        without = bool(own["column"].isna().any())
        _write(sheet, line, 0, int(str(row)), formats["fault" if without else "plain"])
        for one in own.dropna(subset=["column"]).to_dict("records"):
            found = "" if pd.isna(one["value_class"]) else str(one["value_class"])
            shown = values.at(int(str(row)), str(one["column"]), found) if values else found
            _write(sheet, line, 1 + columns.index(one["column"]), shown, formats["fault"])
        _write(sheet, line, len(columns) + 1, own["message_zh"].iloc[0], formats["plain"])
        _write(sheet, line, len(columns) + 2, own["message_en"].iloc[0], formats["plain"])
    if len(rows) > MAX_ROWS:
        _write(sheet, MAX_ROWS + 1, 0, f"and {len(rows) - MAX_ROWS} more rows", formats["plain"])
    sheet.freeze_panes(1, 1)
    sheet.set_column(1, max(len(columns), 1), 18)
    sheet.set_column(len(columns) + 1, len(columns) + 2, 60)


def _write(sheet: Any, row: int, column: int, value: str | int, look: Any) -> None:
    """Numbers as numbers, text as text: nothing in a workbook of ours is a formula."""
    if isinstance(value, int):
        sheet.write_number(row, column, value, look)
    else:
        sheet.write_string(row, column, neutral(value)[:32_000], look)
