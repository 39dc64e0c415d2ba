"""What the page of the explorer holds for its script: whom figures are of, and rows of cells that tables publish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ncsi.report.text import Pair

Cells = tuple[str | int | float | None, ...]
"""A row as the page holds it, in the order that its field says; None for what is not published."""


@dataclass(frozen=True, slots=True)
class ConstructOf:
    """A construct as an instrument calls it; `rate`: asked as yes or no, in per cent, lower is better."""

    id: str
    name: Pair
    rate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Whom figures are of: the nation, a sector, a brand.

    `figures`: a row for each construct of its list, empty where there is none: index, low, high, n, status (empty where
    published), verdict against the sector (of a brand); change against the wave before, its low, high, verdict. `rank`:
    of its target index: rank, low, high, tier; empty where it is not ranked.
    """

    id: str
    name: Pair
    figures: tuple[Cells, ...]
    rank: Cells = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorMeasured(Measured):
    """A sector: what its instrument calls the constructs that it has, its brands, and of pairs of them the
    `differences` of the target index: by the higher and the lower one, difference, low, high, verdict. `units`: what
    they are called."""

    units: Pair
    constructs: tuple[ConstructOf, ...]
    brands: tuple[Measured, ...]
    differences: Mapping[str, Mapping[str, Cells]]


@dataclass(frozen=True, slots=True)
class Named:
    """What may be chosen by its id, and what it is called."""

    id: str
    name: Pair


@dataclass(frozen=True, slots=True)
class Series:
    """The target index of the nation, a group or a sector over the waves.

    `points`: wave, index, low, high, basis, why the series breaks before it (empty where it does not), change on the
    quarter and its verdict, change on the year and its verdict. `change`: against the wave compared with: change, low,
    high, verdict; empty where there is none.
    """

    id: str
    level: str
    name: Pair
    points: tuple[Cells, ...]
    change: Cells


@dataclass(frozen=True, slots=True)
class Explored:
    """What the page's script reads. `constructs`: as most sectors call them; `words`: what it says, by key."""

    wave: str
    previous: str
    target: str
    level: str
    constructs: tuple[ConstructOf, ...]
    nation: Measured
    sectors: tuple[SectorMeasured, ...]
    waves: tuple[Named, ...]
    series: tuple[Series, ...]
    words: Mapping[str, Pair]
