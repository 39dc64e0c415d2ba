"""What a table and a column are, and the columns that many tables share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "integer", "number", "flag", "date", "timestamp", "numbers"]
DUCKDB_TYPES: dict[Kind, str] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "flag": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "numbers": "DOUBLE[]",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: name, kind, what it holds, its unit where it has one, whether it may be null."""

    name: str
    kind: Kind
    about: str
    unit: str = ""
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table: layer and grain are in the name; `key` is unique; `public` tables travel in a release.

    `kept_in` parquet: rows lie in files of the warehouse, and columns per item follow the declared ones.
    """

    name: str
    about: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    public: bool = True
    kept_in: Literal["duckdb", "parquet"] = "duckdb"

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in stored order."""
        return tuple(column.name for column in self.columns)


def text(name: str, about: str, unit: str = "", nullable: bool = False) -> Column:
    """A text column."""
    return Column(name, "text", about, unit, nullable)


def integer(name: str, about: str, unit: str = "count", nullable: bool = False) -> Column:
    """An integer column; a count unless the unit says otherwise."""
    return Column(name, "integer", about, unit, nullable)


def number(name: str, about: str, unit: str = "", nullable: bool = False) -> Column:
    """A floating-point column."""
    return Column(name, "number", about, unit, nullable)


WAVE = text("wave", "wave id")
SECTOR = text("sector", "sector id")
BRAND = text("brand", "brand id")
CONSTRUCT = text("construct", "construct id of the instrument")
ITEM = text("item", "item id of the instrument")
SIZE = (
    integer("n", "respondents with a score", "respondents"),
    number("n_eff", "effective sample size (Σw)²/Σw²", "respondents"),
    number("deff", "Kish design effect n/n_eff"),
)
INDEX = number("index_0_100", "satisfaction-type index", "0-100", nullable=True)
INTERVAL = (
    number("se", "bootstrap standard error", "as the estimate", nullable=True),
    number("low", "lower end of the interval at the wave's level", "as the estimate", nullable=True),
    number("high", "upper end of the interval at the wave's level", "as the estimate", nullable=True),
)
ESTIMATE = (number("estimate", "point estimate", "standardised"), *INTERVAL)
RANK = (
    integer("rank", "position by index, 1 is highest", "rank"),
    integer("rank_low", "best rank in the simultaneous confidence set", "rank"),
    integer("rank_high", "worst rank in the simultaneous confidence set", "rank"),
    integer("rank_low_marginal", "best rank in the set that holds for this unit alone", "rank"),
    integer("rank_high_marginal", "worst rank in the set that holds for this unit alone", "rank"),
    text("tier", "A, B, …: not significantly different from the tier's leader"),
    number("p_top_third", "bootstrap probability of a rank in the top third", "0-1"),
)
STATUS = text("status", "published, indicative or suppressed by effective sample size")
