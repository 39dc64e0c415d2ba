"""Published figures of measures that cannot be, do not add up as their tables declare, or are ranked otherwise.

Arithmetic on the rows of CSV files, apart from the code that published them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import pandas as pd

from ncsi.tables import OUT_TEST_PRODUCTS, OUT_VISITS_BY_CHAIN, TABLES, AddsUp, Table
from ncsi.tables.possible import impossible

Row = Mapping[str, str]
Tables = Mapping[str, Sequence[Row]]
_HALF, _ALIKE = 0.5, 1e-6
_RANKED = ((OUT_VISITS_BY_CHAIN, "score"), (OUT_TEST_PRODUCTS, "score"))
"""Tables in which a lower rank has a higher figure."""


def sum_problems(tables: Tables) -> Iterator[str]:
    """Every way in which rows of tables of measures, by name, contradict each other. Raises ValueError or KeyError
    where one is missing."""
    for name, rows in tables.items():
        table = TABLES[name]
        said = impossible(table, _frame(table, rows))
        if said is not None:
            yield f"{name}: {said}"
        for one in table.adds_up:
            yield from _off(table, one, rows, tables)
    for table, figure in _RANKED:
        yield from _misplaced(table, figure, tables.get(table.name, ()))


def _frame(table: Table, rows: Sequence[Row]) -> pd.DataFrame:
    """Rows with numbers where the table has them."""
    frame = pd.DataFrame(list(rows), columns=list(table.names))
    numbers = [one.name for one in table.columns if one.kind in ("number", "integer")]
    return frame.assign(**{name: pd.to_numeric(frame[name]) for name in numbers})


def _off(table: Table, one: AddsUp, rows: Sequence[Row], tables: Tables) -> Iterator[str]:
    """Wholes that are not what their parts come to, where all of these are published."""
    column = next(each for each in table.columns if each.name == one.figure)
    half = _HALF * 10.0 ** -(column.digits or 0) if column.kind == "number" else 0.0
    holders = tables.get(one.of, ()) if one.of else [row for row in rows if row[one.part] == one.whole]
    for whole in holders:
        said = whole[one.total if one.of else one.figure]
        parts = [
            row
            for row in rows
            if (one.of or row[one.part] != one.whole) and all(row[name] == whole[name] for name in one.within)
        ]
        derived = _derived(one, parts, whole)
        if said and derived is not None and abs(float(said) - derived) > 2 * half + _ALIKE:
            which = ", ".join(whole[name] for name in one.within if name != "measure") or one.figure
            yield f"{table.name}: {which} is {float(said):g} in all, and its parts give {derived:.6g}"


def _derived(one: AddsUp, parts: Sequence[Row], whole: Row) -> float | None:
    """What parts come to; None where some are not published, or others than these are in the whole."""
    if one.how != "weighted":
        if not parts or not all(row[one.figure] for row in parts):
            return None
        total = math.fsum(float(row[one.figure]) for row in parts)
        return total if one.how == "sum" else total / len(parts)
    shown = [(float(row[one.weight]), float(row[one.figure])) for row in parts if row[one.figure]]
    weight = math.fsum(w for w, _ in shown)
    if one.of or not whole[one.weight] or abs(weight - float(whole[one.weight])) > _ALIKE or not weight:
        return None
    return math.fsum(w * value for w, value in shown) / weight


def _misplaced(table: Table, figure: str, rows: Sequence[Row]) -> Iterator[str]:
    ranked: dict[str, list[tuple[float, int, str]]] = {}
    key = next(name for name in table.key if name not in ("wave", "measure"))
    for row in rows:
        if row["rank"] and row[figure]:
            ranked.setdefault(row["measure"], []).append((float(row[figure]), int(row["rank"]), row[key]))
    for own in ranked.values():
        for (score, rank, name), (next_score, _, _) in pairwise(
            sorted(own, key=lambda one: (one[1], -one[0]))
        ):
            if score < next_score:
                yield f"{table.name}: {name} has rank {rank}, and units below it have higher figures"
