"""What a reader could derive of hidden figures of measures: bounds by linear programming over the ways in which tables
declare that their figures add up, as of the cells of a sector in `ncsi.disclosure.attack`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.disclosure import unit_rules
from ncsi.disclosure.attack import NEAR, Problem
from ncsi.disclosure.context import Context
from ncsi.disclosure.published_relations import Cell, Relation, Tables
from ncsi.disclosure.small_groups import DOMINATED, FEW, small_passengers
from ncsi.disclosure.small_projects import builder_status
from ncsi.errors import PublicationError
from ncsi.tables import TABLES, AddsUp, Column, FewUnits, Rule, SmallDomains, SmallProjects, Table, UnitCounts

NEAR_SHARE = 0.2
"""Part of itself within which no hidden rate, share or count may be bounded, on either side."""
_HALF = 0.5
_ALIKE = 1e-6

Small = Callable[[Any, pd.DataFrame, str, Context], pd.Series]


def _few_units(rule: FewUnits, frame: pd.DataFrame, _figure: str, context: Context) -> pd.Series:
    return unit_rules.small_groups_of_units(rule, frame, context)


def _unit_counts(rule: UnitCounts, frame: pd.DataFrame, figure: str, context: Context) -> pd.Series:
    return unit_rules.small_parts(rule, frame, figure, context)


def _small_domains(_rule: SmallDomains, frame: pd.DataFrame, _figure: str, _context: Context) -> pd.Series:
    return small_passengers(frame)


def _small_projects(_rule: SmallProjects, frame: pd.DataFrame, _figure: str, _context: Context) -> pd.Series:
    return builder_status(frame).isin((FEW, DOMINATED))


_SMALL: Mapping[type[Rule], Small] = {
    FewUnits: _few_units,
    UnitCounts: _unit_counts,
    SmallDomains: _small_domains,
    SmallProjects: _small_projects,
}
"""Rows that a rule hides for their own sake. What a rule that is not here hides is all taken for that."""


@dataclass(frozen=True, slots=True)
class FigureBound:
    """A hidden figure of a measure, `value`, and the least and greatest that the release leaves it; `own`: its own
    interval, None where it has none. `of_100`: whether it is a score, of which points count."""

    cell: Cell
    value: float
    low: float
    high: float
    own: tuple[float, float] | None
    of_100: bool

    @property
    def given_away(self) -> bool:
        """Whether a score is bounded within ±3 points; a rate or count within a fifth of itself or its own interval."""
        if self.of_100:
            return self.high - self.low < 2 * NEAR
        near = (self.value * (1 - NEAR_SHARE), self.value * (1 + NEAR_SHARE))
        zones = [near] if self.own is None else [near, self.own]
        return any(low <= self.low and self.high <= high for low, high in zones)

    def __str__(self) -> str:
        return " ".join(one for one in self.cell if one)


def measure_bounds(full: Tables, published: Tables, context: Context) -> tuple[FigureBound, ...]:
    """Bounds of every figure of measures that is hidden for its own sake and adds up to another.

    `full`: tables of measures as stored, `published` as they would leave. A reader is taken to know the rows that there
    are and their weights.
    """
    return tuple(
        bound
        for name in full
        for figure in dict.fromkeys(one.figure for one in TABLES[name].adds_up)
        for bound in _of_figure(TABLES[name], figure, full, published, context)
    )


def require_no_figure_given_away(full: Tables, published: Tables, context: Context, release: str) -> None:
    """The gate of publication. PublicationError naming each figure that the release would give away, not its value."""
    found = [str(one) for one in measure_bounds(full, published, context) if one.given_away]
    if found:
        raise PublicationError(
            f"{release}: what is published would bound a hidden figure of a measure too closely ({'; '.join(found)}). "
            "Nothing was published. Leave the part out of the records, or join it with another."
        )


def _of_figure(
    table: Table, figure: str, full: Tables, published: Tables, context: Context
) -> Iterator[FigureBound]:
    frame = full[table.name].reset_index(drop=True)
    open_ = _by_key(table, published[table.name], figure)
    keys = _keys(table, frame)
    given = frame[figure].astype(float)
    hidden = given.notna() & np.array([key not in open_ for key in keys], dtype=bool)
    if not hidden.any():
        return
    sensitive = hidden & _small(table, figure, frame, context)
    column = next(one for one in table.columns if one.name == figure)
    for one in (each for each in table.adds_up if each.figure == figure):
        for parts, whole in _sums(table, one, frame, full, published):
            if (sensitive & parts).any():
                system = _System.of(table, column, one, frame[parts & given.notna()], whole)
                yield from _bounded(system, open_, set(frame.index[sensitive]))


def _small(table: Table, figure: str, frame: pd.DataFrame, context: Context) -> pd.Series:
    """Rows hidden for their own sake, by the rules of the table that blank the figure."""
    found = pd.Series(False, index=frame.index)
    for rule in table.disclosure:
        blanked = (*getattr(rule, "figures", ()), *getattr(rule, "counts", ()))
        if figure in blanked:
            apply = _SMALL.get(type(rule))
            found |= (
                True
                if apply is None
                else apply(rule, frame, figure, context).reindex(frame.index, fill_value=False)
            )
    return found


def _sums(
    table: Table, one: AddsUp, frame: pd.DataFrame, full: Tables, published: Tables
) -> Iterator[tuple[pd.Series, pd.Series]]:
    """Rows of parts, and the row that has their whole; a whole that is not published tells nothing."""
    is_whole = pd.Series(False, index=frame.index) if one.of else frame[one.part] == one.whole
    holder, of = (full[one.of], TABLES[one.of]) if one.of else (frame[is_whole], table)
    known = _by_key(of, published[of.name], one.total if one.of else one.figure)
    for key, (_, row) in zip(_keys(of, holder), holder.iterrows(), strict=True):
        same = ~is_whole & np.logical_and.reduce([frame[name] == row[name] for name in one.within])
        if not same.any() or key not in known:
            continue
        for value in frame.loc[same, one.by].unique() if one.by else ():
            yield same & (frame[one.by] == value), row
        if not one.by:
            yield same, row


@dataclass(frozen=True, slots=True, eq=False)
class _System:
    """One sum: of its parts the row, cell, figure and share in the sum; the whole, as published. Figures are 0 to 100,
    `scale` times those of the table, and off by `half` a unit of their last digit. `own`: the parts' intervals, as in
    the table. `holds`: whether these parts make up the whole; one that counts some of them tells nothing of others."""

    column: Column
    rows: tuple[int, ...]
    cells: tuple[Cell, ...]
    values: Array
    shares: Array
    own: tuple[tuple[float, float] | None, ...]
    whole: float
    scale: float
    half: float
    holds: bool

    @classmethod
    def of(cls, table: Table, column: Column, one: AddsUp, parts: pd.DataFrame, row: pd.Series) -> _System:
        values = parts[column.name].to_numpy(dtype=float)
        weights = parts[one.weight].to_numpy(dtype=float) if one.how == "weighted" else np.ones(len(parts))
        shares = weights / (1.0 if one.how == "sum" else weights.sum())
        half = _HALF * 10.0 ** -(column.digits or 0)
        whole = float(str(row[one.total if one.of else one.figure]))
        if one.how == "weighted" and not one.of:  # another sum could come to the same by chance
            holds = abs(float(str(row[one.weight])) - weights.sum()) <= _ALIKE
        else:
            holds = abs(shares @ values - whole) <= half + _ALIKE
        top = whole if one.how == "sum" else 1.0 if column.unit == "0-1" else 100.0
        return cls(
            column, tuple(map(int, parts.index)), tuple(_keys(table, parts)), values, shares,
            _intervals(table, column, parts), round(whole, column.digits or 0), 100.0 / top if top else 1.0,
            half, bool(holds),
        )  # fmt: skip

    def relations(self, open_: Mapping[Cell, float]) -> list[Relation]:
        """The sum, and every part that is published."""
        slack = 0.0 if self.column.kind == "integer" else self.half * self.scale
        parts = dict(zip(self.cells, self.shares.tolist(), strict=True))
        known = [
            Relation({cell: 1.0}, open_[cell] * self.scale, slack) for cell in self.cells if cell in open_
        ]
        return [Relation(parts, self.whole * self.scale, max(slack, _ALIKE)), *known]


def _intervals(table: Table, column: Column, parts: pd.DataFrame) -> tuple[tuple[float, float] | None, ...]:
    named = next((one for one in table.intervals if one.estimate == column.name), None)
    if named is None:
        return (None,) * len(parts)
    ends = (parts[one].astype(float) for one in (named.low, named.high))
    return tuple(zip(*ends, strict=True))


def _bounded(
    system: _System, open_: Mapping[Cell, float], sensitive: Collection[int]
) -> Iterator[FigureBound]:
    if not system.holds:
        return
    problem = Problem.of(system.relations(open_))
    of_100 = system.column.unit == "0-100"
    for row, cell, value, own in zip(system.rows, system.cells, system.values, system.own, strict=True):
        if row in sensitive:
            low, high = (end / system.scale for end in problem.range(cell))
            yield FigureBound(cell, float(value), low, high, own, of_100)


def _keys(table: Table, frame: pd.DataFrame) -> list[Cell]:
    names = [name for name in table.key if name != "wave"]
    rows: Iterator[tuple[Hashable, ...]] = frame[names].itertuples(index=False, name=None)
    return [(table.name, *map(str, row)) for row in rows]


def _by_key(table: Table, frame: pd.DataFrame, figure: str) -> dict[Cell, float]:
    """Published figures by row."""
    shown = frame[frame[figure].notna()]
    return dict(zip(_keys(table, shown), shown[figure].astype(float), strict=True))
