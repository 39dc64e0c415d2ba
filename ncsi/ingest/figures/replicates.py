"""Joint replicates of survey figures: a row for each replicate and unit, a column for each indicator of the survey.

They keep together the errors of indicators that come from one questionnaire, which standard errors alone cannot tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ncsi.ingest.figures.faults import CellFault, FigureFaults
from ncsi.ingest.figures.heads import Heads, heads_of
from ncsi.ingest.figures.numbers import number_in, year_in
from ncsi.ingest.figures.units import UnitNames
from ncsi.ingest.read import TextTable, read_file
from ncsi.spec.index_definition import TableMap
from ncsi.spec.index_plan import IndexPlan


@dataclass(frozen=True, slots=True, eq=False)
class Replicates:
    """By year (None: the file does not say) and code of the indicator: a row for each replicate, a column for each
    unit. `name`, `sha256` of the file."""

    by_year: Mapping[int | None, Mapping[str, pd.DataFrame]]
    name: str
    sha256: str


def read_replicates(path: Path, plan: IndexPlan, table_map: TableMap | None = None) -> Replicates:
    """Read a file with the columns of the units, `replicate` (重复号), indicators, and years where it has several.

    Raises ReadError for a file that cannot be read, FigureFaults naming row, column, value and cure: unknown columns
    and units, a replicate of a unit given twice, or some left out (a figure that is missing has none), text that
    is no number.
    """
    table = read_file(path, table_map.sheet if table_map else None)
    heads, faults = heads_of(table.columns, plan.tree, plan.definition, table_map)
    codes = [node.code for node in plan.tree.leaves if node.code in heads.of]
    needed = [plan.definition.dimensions[0].id, "replicate", *(codes[:1] or [plan.tree.leaves[0].code])]
    faults += [
        CellFault(1, name, "", "the column is missing", "Add it") for name in needed if name not in heads.of
    ]
    if faults:
        raise FigureFaults(table.name, faults)
    rows = _rows(table, heads, codes, UnitNames(plan, table_map.units if table_map else {}), plan)
    by_year: dict[int | None, dict[str, pd.DataFrame]] = {
        (int(str(year)) if "year" in heads.of else None): {
            code: part[code].droplevel("year").unstack("unit") for code in codes
        }
        for year, part in rows.groupby(level="year", sort=True)
    }
    faults = [
        CellFault(1, heads.of[code], "", f"{unit} lacks some of its replicates", "Give all of them, or none")
        for by_code in by_year.values()
        for code, one in by_code.items()
        for unit in one.columns[one.isna().any() & one.notna().any()]
    ]
    if faults:
        raise FigureFaults(table.name, faults)
    return Replicates(by_year, table.name, table.sha256)


def _rows(
    table: TextTable, heads: Heads, codes: Sequence[str], units: UnitNames, plan: IndexPlan
) -> pd.DataFrame:
    """The figures of each year (0 where the file has none), replicate and unit, a column for each code. Raises
    FigureFaults."""
    columns = {name: table.values.column(head).to_pylist() for name, head in heads.of.items()}
    rows: dict[tuple[int, str, str], list[float]] = {}
    faults = []
    for at, row in enumerate(table.row_numbers.tolist()):
        cells = {name: texts[at] for name, texts in columns.items()}
        try:
            unit = units.find(tuple(cells.get(one.id, "") for one in plan.definition.dimensions)).id
            figures = [_figure(code, cells[code]) for code in codes]
            key = _year(cells), cells["replicate"].strip(), unit
            if rows.setdefault(key, figures) is not figures:
                raise ValueError("replicate", "this unit has it already", "Keep one")
        except ValueError as error:
            column, problem, cure = error.args
            head = heads.of.get(column, column)
            faults.append(CellFault(int(row), head, cells.get(column, ""), problem, cure))
    if faults:
        raise FigureFaults(table.name, faults)
    index = pd.MultiIndex.from_tuples(rows, names=["year", "replicate", "unit"])
    return pd.DataFrame(list(rows.values()), index=index, columns=list(codes))


def _year(cells: Mapping[str, str]) -> int:
    if "year" not in cells:
        return 0
    try:
        return year_in(cells["year"])
    except ValueError as error:
        raise ValueError("year", str(error), "Write it as 2024") from error


def _figure(code: str, text: str) -> float:
    try:
        value = number_in(text, percent=True)
    except ValueError as error:
        raise ValueError(code, str(error), "Write a number") from error
    return float("nan") if value is None else value
