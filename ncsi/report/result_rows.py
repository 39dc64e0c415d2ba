"""Rows of result tables as small frozen types: a column that a table lacks fails where it is read."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Tables = Mapping[str, pd.DataFrame]
"""Result tables by name, as declared in `ncsi.tables`."""

Against = Literal["above", "below", "level"]
"""Whether a figure lies significantly above or below another, or neither."""

Row = TypeVar("Row", bound="DataclassInstance")


def read(kind: type[Row], frame: pd.DataFrame) -> list[Row]:
    """The rows of a table as `kind`, in their order. Raises KeyError for a column that the table lacks.

    A field reads the column of its name, or the one that its metadata name.
    """
    names = list(frame.columns)
    try:
        at = [names.index(one.metadata.get("column", one.name)) for one in fields(kind)]
    except ValueError as error:
        raise KeyError(f"{kind.__name__}: {error}") from error
    return [kind(*(row[k] for k in at)) for row in _values(frame)]


def read_by(key: str, kind: type[Row], frame: pd.DataFrame) -> dict[Any, Row]:
    """The rows of a table by the values of its column `key`."""
    return dict(zip(frame[key], read(kind, frame), strict=True))


def of(frame: pd.DataFrame, **keys: Hashable) -> pd.DataFrame:
    """The rows that have these values in these columns."""
    at = np.arange(len(frame))
    for k, (column, value) in enumerate(keys.items()):
        held = frame[column].to_numpy()
        at = at[(held[at] if k else held) == value]
    return _rows_at(frame, at)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as dictionaries by column name, for a function that reads a table by itself."""
    names = list(map(str, frame.columns))
    return [dict(zip(names, row, strict=True)) for row in _values(frame)]


def _values(frame: pd.DataFrame) -> list[list[Any]]:
    """The rows as Python's values, taken out of the frame at once: a column at a time takes three times as long."""
    values: list[list[Any]] = frame.to_numpy(dtype=object).tolist()
    return values


class SectorTables(dict[str, pd.DataFrame]):
    """The tables cut to one sector, each when it is first asked for; those in `whole` stay as they are."""

    def __init__(self, tables: Tables, sector: str, whole: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._tables, self.sector, self._whole = tables, sector, whole

    def __missing__(self, name: str) -> pd.DataFrame:
        frame = self._tables[name]
        if "sector" in frame.columns and name not in self._whole:
            frame = of(frame, sector=self.sector)
        self[name] = frame
        return frame


def _rows_at(frame: pd.DataFrame, positions: npt.NDArray[np.intp]) -> pd.DataFrame:
    """The rows there; where they follow each other, as those of a sector do, without a copy."""
    if len(positions) and positions[-1] - positions[0] == len(positions) - 1:
        return frame.iloc[positions[0] : positions[-1] + 1]
    return frame.iloc[positions]


def with_plain_texts(tables: Tables) -> dict[str, pd.DataFrame]:
    """The tables with texts as Python's: cut and read a thousand times, they cost half of Arrow's."""
    return {
        name: frame.astype(
            {column: object for column in frame.columns if isinstance(frame[column].dtype, pd.StringDtype)}
        )
        for name, frame in tables.items()
    }


@dataclass(frozen=True, slots=True)
class Estimate:
    """An index of 0-100 with its interval, from `n` respondents."""

    n: int
    index_0_100: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class NationIndex(Estimate):
    """A row of out_index_national."""

    construct: str
    sectors: int
    index_equal_0_100: float
    coverage: float


@dataclass(frozen=True, slots=True)
class GroupIndex(Estimate):
    """A row of out_index_by_group."""

    group: str
    sectors: int


@dataclass(frozen=True, slots=True)
class AreaIndex(Estimate):
    """A row of out_index_by_area."""

    dimension: str
    area: str
    sectors: int


@dataclass(frozen=True, slots=True)
class SectorIndex(Estimate):
    """A row of out_index_by_sector."""

    construct: str
    se: float
    status: str


@dataclass(frozen=True, slots=True)
class BrandIndex(Estimate):
    """A row of out_index_by_brand."""

    brand: str
    construct: str
    n_eff: float
    deff: float
    se: float
    status: str


@dataclass(frozen=True, slots=True)
class SubgroupIndex(Estimate):
    """A row of out_index_by_subgroup."""

    dimension: str
    subgroup: str
    difference: float
    verdict: str


@dataclass(frozen=True, slots=True)
class Rank:
    """A rank with its simultaneous interval: rows of out_rank_by_sector and out_rank_by_brand."""

    rank: int
    rank_low: int
    rank_high: int
    tier: str


@dataclass(frozen=True, slots=True)
class Change:
    """A row of out_changes: an index against that of the wave compared with."""

    sector: str
    unit: str
    construct: str
    index_0_100: float
    previous_0_100: float
    change: float
    low: float
    high: float
    verdict: str
    overlap: float
    correlation: float


@dataclass(frozen=True, slots=True)
class TrendRow:
    """A row of out_trend: the index of a wave, its series, its changes on the quarter and on the year."""

    at: str
    index_0_100: float
    low: float
    high: float
    linked_0_100: float
    rolling_0_100: float
    broken: str = field(metadata={"column": "break"})
    change_quarter: float
    verdict_quarter: str
    change_year: float
    verdict_year: str


@dataclass(frozen=True, slots=True)
class Contribution:
    """A row of out_contributions_by_sector."""

    sector: str
    basis: str
    weight: float
    index_0_100: float
    previous_0_100: float
    contribution: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Driver:
    """What a construct does to the target, and its own index: a row of out_drivers_by_construct."""

    construct: str
    importance: float
    importance_low: float
    importance_high: float
    performance: float
    performance_low: float
    performance_high: float
    actionable: bool
    quadrant: str


@dataclass(frozen=True, slots=True)
class ItemDriver(Driver):
    """The same of an item: a row of out_drivers_by_item."""

    item: str


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A row of out_whatif_by_item: what a rise of an item would bring the target."""

    item: str
    mean_0_100: float
    step: float
    effect: float
    effect_low: float
    effect_high: float
    gain: float
    gain_low: float
    gain_high: float
    index_after_0_100: float


@dataclass(frozen=True, slots=True)
class PathEstimate:
    """A row of out_paths_by_sector."""

    source: str = field(metadata={"column": "from"})
    target: str = field(metadata={"column": "to"})
    estimate: float
    low: float
    high: float
    significant: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """A brand's construct against its sector's: a row of out_standing_by_brand."""

    construct: str
    difference: float
    verdict: Against


@dataclass(frozen=True, slots=True)
class Gain:
    """What closing an item's gap to the best would bring a brand: a row of out_gains_by_brand."""

    item: str
    gain: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Gap:
    """A brand's item against its sector's mean and best: a row of out_gaps_by_brand."""

    brand: str
    item: str
    mean_0_100: float
    gap_mean: float
    gap_mean_low: float
    gap_mean_high: float
    gap_best: float
    gap_best_low: float
    gap_best_high: float
    behind_best: bool
    verdict: str
