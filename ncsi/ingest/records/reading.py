"""A file of records → a frame of checked values, with the row of each; or every fault of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from ncsi.ingest.figures.faults import CellFault, FigureFaults
from ncsi.ingest.figures.heads import DROPPED, folded, same_unit, split_unit
from ncsi.ingest.figures.numbers import yes_in
from ncsi.ingest.read import TextTable, read_file
from ncsi.ingest.records.fields import Field, fault_at
from ncsi.spec.building_blocks import Label
from ncsi.spec.measures import RecordMap
from ncsi.spec.problems import did_you_mean

SYNTHETIC = Field("synthetic", "yes_no", Label(zh="模拟数据", en="Synthetic data"), required=False)
"""A column that any file may have: whether its figures are invented."""
Checks = Callable[[pd.DataFrame, Sequence[int]], list[CellFault]]
"""Faults across rows, by the frame and the row in the file of each record; columns are named by their field."""


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """What a file holds.

    `frame`: a column for each field, by its id, whether or not the file has it (then empty as `Field.empty`); `rows`:
    the row in the file of each record; `heads`: field → head, of those that the file has. `name`, `sha256`, `format`
    of the file, `count` of its records; `synthetic`: whether a column of it says that the figures are invented.
    """

    frame: pd.DataFrame
    rows: tuple[int, ...]
    heads: Mapping[str, str]
    name: str
    sha256: str
    format: str
    count: int
    synthetic: bool

    def kept(self, which: Sequence[bool] | pd.Series) -> Records:
        """The records that are chosen."""
        chosen = [bool(one) for one in which]
        rows = tuple(row for row, keep in zip(self.rows, chosen, strict=True) if keep)
        return replace(self, frame=self.frame[chosen].reset_index(drop=True), rows=rows, count=len(rows))


def read_records(
    path: Path, fields: Sequence[Field], record_map: RecordMap | None = None, checks: Checks | None = None
) -> Records:
    """Read records from csv, xlsx or any other file that exports come in.

    Raises ReadError for a file that cannot be read, FigureFaults naming every faulty cell with row, column, value (of
    fields that are told) and cure: unknown, missing or doubled columns, another unit, cells that are not what their
    field is; then what `checks` finds across rows.
    """
    table = read_file(path, record_map.sheet if record_map else None)
    heads, faults = _heads_of(table, (*fields, SYNTHETIC), record_map)
    if faults:
        raise FigureFaults(table.name, faults)
    frame, faults = _cells(table, heads, fields, record_map)
    rows = tuple(int(row) for row in table.row_numbers.tolist())
    synthetic, more = _synthetic(table, heads, rows)
    faults += more
    if not faults and checks is not None:
        faults = [replace(one, column=heads.get(one.column, one.column)) for one in checks(frame, rows)]
    if faults:
        raise FigureFaults(table.name, sorted(faults, key=lambda one: one.row))
    return Records(frame, rows, heads, table.name, table.sha256, table.format, len(rows), synthetic)


def _heads_of(
    table: TextTable, fields: Sequence[Field], record_map: RecordMap | None
) -> tuple[dict[str, str], list[CellFault]]:
    """Field → head in the file, and the faults of the heads."""
    known = {folded(word): one for one in fields for word in one.heads}
    mapped = {head: name for name, head in record_map.columns.items()} if record_map else {}
    ignored = {folded(head) for head in record_map.ignore} if record_map else set()
    by_id = {one.id: one for one in fields}
    of: dict[str, str] = {}
    faults: list[CellFault] = []
    for head in table.columns:
        if head not in mapped and (folded(head) in ignored or folded(head) in DROPPED):
            continue
        name, unit = split_unit(head, {word: one.id for word, one in known.items()})
        field = by_id.get(mapped[head]) if head in mapped else by_id.get(name or "")
        if field is None:
            faults.append(_unknown(head, fields))
        elif field.id in of:
            problem = f"it means the same as column '{of[field.id]}'"
            faults.append(CellFault(1, head, "", problem, "Keep one of them"))
        else:
            of[field.id] = head
            faults += () if head in mapped else _unit_fault(head, unit, field)
    for head, name in mapped.items():
        if head not in table.columns:
            problem = f"the map names this column for '{name}', and it is not there"
            faults.append(CellFault(1, head, "", problem, "Correct the map"))
    return of, [*faults, *_lacking(of, fields)]


def _unknown(head: str, fields: Sequence[Field]) -> CellFault:
    names = [one.id if head.isascii() else one.label.zh for one in fields]
    cure = f"{did_you_mean(head, names, 'columns are')} Or name it under `ignore:` in a map"
    return CellFault(1, head, "", "this column means nothing to the measure", cure)


def _unit_fault(head: str, unit: str, field: Field) -> Iterator[CellFault]:
    if (
        unit
        and field.unit is not None
        and not any(same_unit(unit, one) for one in (field.unit.zh, field.unit.en))
    ):
        problem = f"its unit is '{unit}', and figures are in '{field.unit.zh}' ({field.unit.en})"
        yield CellFault(1, head, "", problem, "Convert the column and correct its head")
    if field.unit_in_head and field.unit is not None and not unit:
        cure = f"Write it in brackets: {field.label.zh}（{field.unit.zh}）"
        yield CellFault(1, head, "", "it does not say its unit", cure)


def _lacking(of: Mapping[str, str], fields: Sequence[Field]) -> Iterator[CellFault]:
    for one in fields:
        if one.required and one.id not in of:
            words = ", ".join(dict.fromkeys(one.heads))
            problem = f"the column of '{one.label.zh}' ({one.label.en}) is missing"
            yield CellFault(1, one.id, "", problem, f"Call it one of: {words}")


def _cells(
    table: TextTable, heads: Mapping[str, str], fields: Sequence[Field], record_map: RecordMap | None
) -> tuple[pd.DataFrame, list[CellFault]]:
    faults: list[CellFault] = []
    columns: dict[str, list[Any]] = {}
    numbers = table.row_numbers.tolist()
    for field in fields:
        if field.id not in heads:
            columns[field.id] = [field.empty] * len(numbers)
            continue
        words = (
            {folded(word): ours for word, ours in record_map.values.get(field.id, {}).items()}
            if record_map
            else {}
        )
        values: list[Any] = []
        for row, text in zip(numbers, table.values.column(heads[field.id]).to_pylist(), strict=True):
            try:
                values.append(field.read(words.get(folded(text), text) if words else text))
            except ValueError as error:
                problem, cure = error.args
                faults.append(replace(fault_at(int(row), field, text, problem, cure), column=heads[field.id]))
                values.append(field.empty)
        columns[field.id] = values
    kinds = {one.id: float if one.kind in ("number", "count") else object for one in fields}
    return pd.DataFrame(
        {name: pd.Series(cells, dtype=kinds[name]) for name, cells in columns.items()}
    ), faults


def _synthetic(
    table: TextTable, heads: Mapping[str, str], rows: Sequence[int]
) -> tuple[bool, list[CellFault]]:
    if SYNTHETIC.id not in heads:
        return False, []
    said, faults = False, []
    for row, text in zip(rows, table.values.column(heads[SYNTHETIC.id]).to_pylist(), strict=True):
        try:
            said |= yes_in(text)
        except ValueError as error:
            faults.append(CellFault(row, heads[SYNTHETIC.id], text, str(error), "Write 是 or 否"))
    return said, faults
