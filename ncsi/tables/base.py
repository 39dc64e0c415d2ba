"""What a table and a column are, and the columns that many tables share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import Literal, Self

from ncsi.tables.adding_up import AddsUp
from ncsi.tables.rules import NEVER, Rule

Kind = Literal["text", "integer", "number", "flag", "date", "timestamp", "numbers", "binary"]
DUCKDB_TYPES: dict[Kind, str] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "flag": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "numbers": "DOUBLE[]",
    "binary": "BLOB",
}


class Layer(StrEnum):
    """How far along its way a table is, which its name begins with: `core_faults` is of layer core."""

    RAW = "raw"
    CORE = "core"
    OUT = "out"

    @classmethod
    def of(cls, name: str) -> Self | None:
        """The layer that a name says; None for what is not a table, such as a list of codes."""
        said = name.partition("_")[0]
        return next((one for one in cls if one == said), None)


DIGITS: Mapping[str, int] = {
    "0-100": 2, "points": 2, "%": 2, "0-1": 4, "standardised": 4, "correlation": 4, "points per point": 4,
    "times the mean": 4, "scale points": 3, "respondents": 1,
}  # fmt: skip
"""Digits after the point that figures of a unit are published with (docs/method.md §14)."""


Limits = tuple[float, float]
"""Least and greatest value that a figure can have."""
OF_UNITS: Mapping[str, Limits] = {
    "0-100": (0, 100), "0-1": (0, 1), "correlation": (-1, 1), "count": (0, inf), "respondents": (0, inf),
    "rows": (0, inf), "items": (0, inf), "brands": (0, inf), "sectors": (0, inf), "breaks": (0, inf),
    "families": (0, inf), "rank": (1, inf), "place": (1, inf),
}  # fmt: skip
OF_NAMES: Mapping[str, Limits] = {"se": (0, inf), "df": (0, inf), "deff": (1, inf)}
"""Of quantities that have one name everywhere; also where a name ends in theirs (`rolling_se`)."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: name, kind, what it holds, its unit where it has one, whether it may be null.

    `digits` after the point that a number is published with: by default its unit's; a number of a unit without any
    must say. ValueError otherwise. `limits` of what its figures can be: by default those of its unit or name, none
    where neither has any. `estimate`, of the lower end of an interval: the column whose interval it begins; by default
    the one that its name begins with. `skewed`: why that interval may exclude its estimate; empty: it may not.
    """

    name: str
    kind: Kind
    about: str
    unit: str = ""
    nullable: bool = False
    digits: int | None = None
    limits: Limits | None = None
    estimate: str = ""
    skewed: str = ""

    def __post_init__(self) -> None:
        if self.limits is None and self.kind in ("number", "integer"):
            object.__setattr__(
                self, "limits", OF_UNITS.get(self.unit) or OF_NAMES.get(self.name.rpartition("_")[2])
            )
        if self.kind == "number" and self.digits is None:
            if self.unit not in DIGITS:
                raise ValueError(
                    f"column {self.name}: a number of unit {self.unit!r} must declare its digits"
                )
            object.__setattr__(self, "digits", DIGITS[self.unit])


@dataclass(frozen=True, slots=True)
class Interval:
    """The columns of an interval; `estimate` is empty where the table holds its ends alone. `skewed` as of `Column`."""

    low: str
    estimate: str
    high: str
    skewed: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table: layer and grain are in the name; `key` is unique.

    `disclosure`: what of it may leave the house, as rules applied in order; `adds_up`: how its figures do, of which
    hidden ones could be derived. `may_be_empty`: a release is whole although
    the table has no rows. `kept_in` parquet: rows lie in files of the warehouse, and columns per item follow the
    declared ones. ValueError for a table without a disclosure rule, or whose name says no layer.
    """

    name: str
    about: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    disclosure: tuple[Rule, ...]
    may_be_empty: bool = False
    kept_in: Literal["duckdb", "parquet"] = "duckdb"
    adds_up: tuple[AddsUp, ...] = ()
    names: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """Column names in stored order."""
    intervals: tuple[Interval, ...] = field(init=False, repr=False, compare=False)
    """The intervals that its columns hold, by their lower ends."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(column.name for column in self.columns))
        object.__setattr__(self, "intervals", self._intervals())
        if Layer.of(self.name) is None:
            raise ValueError(f"table {self.name}: its name begins with none of {', '.join(Layer)}")
        if not self.disclosure:
            raise ValueError(f"table {self.name}: it declares no disclosure rule")
        declared: tuple[Rule | AddsUp, ...] = (*self.disclosure, *self.adds_up)
        for rule in declared:
            unknown = [one for one in rule.columns if one not in self.names]
            if unknown:
                raise ValueError(
                    f"table {self.name}: its disclosure rule names a column that it lacks: {unknown[0]}"
                )
        for one in self.intervals:
            if (
                one.high not in self.names
                or one.estimate not in ("", *self.names)
                or (one.low == "low" and not one.estimate)
            ):
                raise ValueError(
                    f"table {self.name}: column {one.low} must name the estimate whose interval it begins, and the "
                    f"table must have {one.high}"
                )

    @property
    def layer(self) -> Layer:
        """How far along its way it is."""
        return Layer(self.name.partition("_")[0])

    @property
    def public(self) -> bool:
        """Whether it travels in a release, as far as its rules let it."""
        return NEVER not in self.disclosure

    def _intervals(self) -> tuple[Interval, ...]:
        found = []
        for column in self.columns:
            stem, low, rest = column.name.rpartition("low")
            if not low or column.kind not in ("number", "integer") or {stem[-1:], rest[:1]} - {"", "_"}:
                continue
            named = stem.rstrip("_") if stem.rstrip("_") in self.names else ""
            found.append(Interval(column.name, column.estimate or named, f"{stem}high{rest}", column.skewed))
        return tuple(found)


def text(name: str, about: str, unit: str = "", nullable: bool = False) -> Column:
    """A text column."""
    return Column(name, "text", about, unit, nullable)


def integer(name: str, about: str, unit: str = "count", nullable: bool = False, estimate: str = "") -> Column:
    """An integer column; a count unless the unit says otherwise."""
    return Column(name, "integer", about, unit, nullable, estimate=estimate)


def number(
    name: str,
    about: str,
    unit: str = "",
    nullable: bool = False,
    digits: int | None = None,
    limits: Limits | None = None,
    skewed: str = "",
) -> Column:
    """A floating-point column."""
    return Column(name, "number", about, unit, nullable, digits, limits, skewed=skewed)


def difference(name: str, about: str, nullable: bool = False) -> Column:
    """A column of differences of two figures of 0-100."""
    return number(name, about, "points", nullable, limits=(-100, 100))


WAVE = text("wave", "wave id")
SECTOR = text("sector", "sector id")
BRAND = text("brand", "brand id")
CONSTRUCT = text("construct", "construct id of the instrument")
ITEM = text("item", "item id of the instrument")
FROM_TO = (text("from", "cause construct"), text("to", "effect construct"))
SIZE = (
    integer("n", "respondents with a score", "respondents"),
    number("n_eff", "effective sample size (Σw)²/Σw²", "respondents"),
    number("deff", "Kish design effect n/n_eff", digits=4),
)
LARGEST = number("largest_share", "largest share of its weight that one respondent carries", "0-1")
INDEX = number("index_0_100", "satisfaction-type index", "0-100", nullable=True)


BIASED = "percentiles of a coefficient, whose replicates need not lie around it"
"""Why the interval of a path, a weight, an effect, a ratio of correlations may exclude its estimate."""


def interval(estimate: str, digits: int = 2, digits_of_se: int = 3, skewed: str = "") -> tuple[Column, ...]:
    """Standard error and interval of the column `estimate`; digits of an index unless said otherwise."""
    unit = "as the estimate"
    about = "lower end of the interval at the wave's level"
    return (
        number("se", "bootstrap standard error", unit, True, digits_of_se),
        Column("low", "number", about, unit, True, digits, estimate=estimate, skewed=skewed),
        number("high", "upper end of the interval at the wave's level", unit, True, digits),
    )


INTERVAL = interval("index_0_100")
"""Of an index."""
FREEDOM = number("df", "degrees of freedom of the standard error; null: it is known", nullable=True, digits=1)
ESTIMATE = (number("estimate", "point estimate", "standardised"), *interval("estimate", 4, 4, BIASED))
RANK = (
    integer("rank", "position by index, 1 is highest", "rank"),
    integer("rank_low", "best rank in the simultaneous confidence set", "rank"),
    integer("rank_high", "worst rank in the simultaneous confidence set", "rank"),
    integer(
        "rank_low_marginal", "best rank in the set that holds for this unit alone", "rank", estimate="rank"
    ),
    integer("rank_high_marginal", "worst rank in the set that holds for this unit alone", "rank"),
    text("tier", "A, B, …: not significantly different from the tier's leader"),
    number("p_top_third", "bootstrap probability of a rank in the top third", "0-1"),
)
STATUS = text("status", "published, indicative or suppressed by effective sample size")
