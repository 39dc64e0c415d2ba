"""Joint replicates of survey figures: a row for each replicate and unit, a column for each indicator of the survey.

They keep together the errors of indicators that come from one questionnaire, which standard errors alone cannot tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ncsi.ingest.figures.faults import CellFault, FigureFaults
from ncsi.ingest.figures.heads import heads_of
from ncsi.ingest.figures.numbers import number_in
from ncsi.ingest.figures.units import UnitNames
from ncsi.ingest.read import read_file
from ncsi.spec.index_definition import TableMap
from ncsi.spec.index_plan import IndexPlan


@dataclass(frozen=True, slots=True, eq=False)
class Replicates:
    """By code of the indicator: a row for each replicate, a column for each unit. `name`, `sha256` of the file."""

    by_code: Mapping[str, pd.DataFrame]
    name: str
    sha256: str


def read_replicates(path: Path, plan: IndexPlan, table_map: TableMap | None = None) -> Replicates:
    """Read a file with the columns of the units, `replicate` (重复号), and indicators.

    Raises ReadError for a file that cannot be read, FigureFaults naming row, column, value and cure: unknown columns
    and units, a replicate of a unit given twice, or some left out (a figure that is missing has none), text that
    is no number.
    """
    table = read_file(path, table_map.sheet if table_map else None)
    heads, faults = heads_of(table.columns, plan.tree, plan.definition, table_map)
    codes = [node.code for node in plan.tree.leaves if node.code in heads.of]
    for name in (
        plan.definition.dimensions[0].id,
        "replicate",
        *([] if codes else [plan.tree.leaves[0].code]),
    ):
        if name not in heads.of:
            faults.append(CellFault(1, name, "", "the column is missing", "Add it"))
    if faults:
        raise FigureFaults(table.name, faults)
    units, dimensions = UnitNames(plan, table_map.units if table_map else {}), plan.definition.dimensions
    columns = {name: table.values.column(head).to_pylist() for name, head in heads.of.items()}
    rows: dict[tuple[str, str], list[float]] = {}
    for at, row in enumerate(table.row_numbers.tolist()):
        cells = {name: texts[at] for name, texts in columns.items()}
        try:
            unit = units.find(tuple(cells.get(one.id, "") for one in dimensions)).id
            figures = [_figure(code, cells[code]) for code in codes]
        except ValueError as error:
            column, problem, cure = error.args
            faults.append(
                CellFault(int(row), heads.of.get(column, column), cells.get(column, ""), problem, cure)
            )
            continue
        if rows.setdefault((cells["replicate"].strip(), unit), figures) is not figures:
            faults.append(
                CellFault(
                    int(row),
                    heads.of["replicate"],
                    cells["replicate"],
                    "this unit has it already",
                    "Keep one",
                )
            )
    if faults:
        raise FigureFaults(table.name, faults)
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=codes)
    frame.index = pd.MultiIndex.from_tuples(frame.index, names=["replicate", "unit"])
    by_code = {code: frame[code].unstack("unit") for code in codes}
    faults = [
        CellFault(1, heads.of[code], "", f"{unit} lacks some of its replicates", "Give all of them, or none")
        for code, one in by_code.items()
        for unit in one.columns[one.isna().any() & one.notna().any()]
    ]
    if faults:
        raise FigureFaults(table.name, faults)
    return Replicates(by_code, table.name, table.sha256)


def _figure(code: str, text: str) -> float:
    try:
        value = number_in(text, percent=True)
    except ValueError as error:
        raise ValueError(code, str(error), "Write a number") from error
    return float("nan") if value is None else value
