"""A file of figures → units, values with their standard errors, vetoes and evidence; or every fault of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ncsi.ingest.figures.faults import CellFault, FigureFaults
from ncsi.ingest.figures.heads import Heads, heads_of, lacking
from ncsi.ingest.figures.rows import Found, RowReader
from ncsi.ingest.read import TextTable, read_file
from ncsi.spec.index_definition import TableMap
from ncsi.spec.index_plan import IndexPlan

_SHARE_OF_ONE, _PERCENT_AT_LEAST = 1.0, 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """What a file holds.

    `units`: unit, year, label_zh, label_en, level, weight, population, and a column for each group; `values`: unit,
    year, rater (empty text where nobody rates), indicator, value, se (NaN: none); `vetoes`: unit, year, veto, value;
    `evidence`: unit, year, rater, indicator, level, accepted, kind (of
    evidence), evidence (which). `name`, `sha256`, `format` and `rows` of the
    file; `synthetic`: whether a column of it says that the figures are invented. Rows stand in the file's order.
    """

    units: pd.DataFrame
    values: pd.DataFrame
    vetoes: pd.DataFrame
    evidence: pd.DataFrame
    name: str
    sha256: str
    format: str
    rows: int
    synthetic: bool

    def until(self, year: int) -> Figures:
        """The same without later years."""
        units, values, vetoes, evidence = (
            frame[frame["year"] <= year].reset_index(drop=True)
            for frame in (self.units, self.values, self.vetoes, self.evidence)
        )
        return replace(self, units=units, values=values, vetoes=vetoes, evidence=evidence)


def read_figures(
    path: Path,
    plan: IndexPlan,
    year: int | None = None,
    table_map: TableMap | None = None,
    supplied: frozenset[str] = frozenset(),
) -> Figures:
    """Read figures of the index's units from csv, xlsx or any other file that exports come in.

    `year` is that of all rows where the file has no such column; `supplied`: indicators that come from elsewhere, whose
    columns the file may lack. Raises ReadError for a file that cannot be read,
    FigureFaults naming every faulty cell with row, column, value and cure: unknown columns, units and indicators, a
    unit of measurement that differs, text that is not a number, values outside the plausible range, a unit given twice,
    a survey figure without its standard error.
    """
    table = read_file(path, table_map.sheet if table_map else None)
    heads, faults = heads_of(table.columns, plan.tree, plan.definition, table_map)
    faults += lacking(heads, plan.tree, plan.definition, supplied)
    if year is None and "year" not in heads.of:
        faults.append(
            CellFault(
                1, "year", "", "the column of years is missing", "Add it as 'year' or '年份', or give --year"
            )
        )
    if faults:
        raise FigureFaults(table.name, faults)
    reader = RowReader(table, heads, plan, year, table_map)
    found = reader.read()
    found.faults += _shares_for_percent(found, plan, heads)
    if found.faults:
        raise FigureFaults(table.name, sorted(found.faults, key=lambda one: one.row))
    return _figures(found, plan, table)


def _shares_for_percent(found: Found, plan: IndexPlan, heads: Heads) -> Iterator[CellFault]:
    """A column of per cent that never exceeds 1 holds shares of one: a hundredth of what is meant."""
    highest: dict[str, float] = {}
    for *_, code, value, _se in found.values:
        if value is not None:
            highest[code] = max(highest.get(code, 0.0), abs(value))
    for node in plan.tree.leaves:
        of_percent = (
            node.unit is not None and node.unit.en == "%" and (node.lower or 0.0) >= _PERCENT_AT_LEAST
        )
        if (
            of_percent
            and node.code in highest
            and highest[node.code] <= _SHARE_OF_ONE
            and len(found.values) > len(plan.tree.leaves)
        ):
            column = heads.of.get(node.code, heads.of.get("value", node.code))
            yield CellFault(
                1,
                column,
                "",
                f"every value of '{node.code}' is at most 1: shares of one where per cent is meant",
                "Multiply by 100, or declare the factor 100 under `factors:` in a map",
            )


def _figures(found: Found, plan: IndexPlan, table: TextTable) -> Figures:
    groups = [one.id for one in plan.definition.groups]
    named = ["unit", "year", "label_zh", "label_en", "level", "weight", "population", *groups]
    units = pd.DataFrame(
        [{"unit": unit, "year": year, **entry} for (unit, year), entry in found.units.items()], columns=named
    )
    values = pd.DataFrame(found.values, columns=["unit", "year", "rater", "indicator", "value", "se"])
    return Figures(
        units=units.astype({"weight": float, "population": float}),
        values=values.astype({"value": float, "se": float}),
        vetoes=pd.DataFrame(
            [(*key, value) for key, value in found.vetoes.items()], columns=["unit", "year", "veto", "value"]
        ),
        evidence=pd.DataFrame(
            found.evidence,
            columns=["unit", "year", "rater", "indicator", "level", "accepted", "kind", "evidence"],
        ),
        name=table.name,
        sha256=table.sha256,
        format=table.format,
        rows=table.rows,
        synthetic=found.synthetic,
    )
