"""Published rates and shares of measures derived again from their counts, row by row.

Arithmetic on the rows of CSV files, apart from the code that published them. Figures agree within half a unit of their
last published digit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ncsi.tables import (
    OUT_COMPLAINTS_BY_FIRM,
    OUT_COMPLAINTS_BY_MONTH,
    OUT_COMPLAINTS_HANDLING,
    OUT_VISITS_ITEM_BY_CHAIN,
    OUT_VISITS_SHOPPERS,
    TABLES,
    Table,
)

Row = Mapping[str, str]
_SLACK = 1 + 1e-6


@dataclass(frozen=True, slots=True)
class Quotient:
    """A figure of a table that is `times` one column over another."""

    table: Table
    figure: str
    over: str
    under: str
    times: float = 1.0


QUOTIENTS = (
    Quotient(OUT_COMPLAINTS_BY_FIRM, "per_million", "complaints", "items", 1e6),
    Quotient(OUT_COMPLAINTS_BY_MONTH, "per_million", "complaints", "items", 1e6),
    Quotient(OUT_COMPLAINTS_HANDLING, "share", "satisfied", "valid"),
    Quotient(OUT_VISITS_ITEM_BY_CHAIN, "rate", "passed", "asked"),
    Quotient(OUT_VISITS_SHOPPERS, "share_twice", "stores_twice", "stores"),
)
DERIVED_MEASURES = tuple(dict.fromkeys(one.table.name for one in QUOTIENTS))
"""Names of the tables that figures are derived again in."""


def measure_problems(name: str, rows: Sequence[Row]) -> Iterator[str]:
    """Every figure of table `name` that its counts do not give. Raises ValueError or KeyError where one is missing."""
    for one in (each for each in QUOTIENTS if each.table.name == name):
        digits = next(column.digits or 0 for column in TABLES[name].columns if column.name == one.figure)
        for row in rows:
            if not row[one.figure]:
                continue
            published = float(row[one.figure])
            derived = one.times * float(row[one.over]) / float(row[one.under])
            if abs(published - derived) > 0.5 * 10**-digits * _SLACK:
                which = ", ".join(row[key] for key in TABLES[name].key if key not in ("wave", "measure"))
                yield f"{name}: {one.figure} of {which} is {published:g}, and its counts give {derived:.6g}"
