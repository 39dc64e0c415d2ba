"""Borders on a sheet: projected by equal areas, rounded to its pixels, and nothing else."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ncsi.errors import SpecError
from ncsi.spec.building_blocks import Label
from ncsi.spec.territory.borders import Borders, Ring

WIDTH = 960
"""Pixels of a sheet from west to east: two for each of a screen's where a page shows it largest."""
MOST = 40_000
"""Points that a sheet may keep, some 80 kB of a compressed page."""
PARALLELS, MERIDIAN = (25.0, 47.0), 105.0
"""Of the projection, as usual for China."""

Dots = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class ProvinceMap:
    """A map that may be published: the number that it was approved by, where it is from, the SHA-256 of its file; of
    each province by code its rings, and other lines, in pixels of a sheet `WIDTH` × `height`, y downwards. Outer rings
    run clockwise on the sheet, holes the other way."""

    approval: str
    source: Label
    sha256: str
    height: int
    provinces: Mapping[str, tuple[Dots, ...]]
    others: tuple[Dots, ...]


def albers(
    longitude: float,
    latitude: float,
    parallels: tuple[float, float] = PARALLELS,
    meridian: float = MERIDIAN,
    origin: float = 0.0,
) -> tuple[float, float]:
    """Albers' equal-area conic projection of the unit sphere (Snyder 1987, Map projections, p. 100), in radii of it."""
    first, second = (math.sin(math.radians(one)) for one in parallels)
    n = (first + second) / 2
    c = 1 - first**2 + 2 * n * first

    def radius(degrees: float) -> float:
        return math.sqrt(c - 2 * n * math.sin(math.radians(degrees))) / n

    angle, away = n * math.radians(longitude - meridian), radius(latitude)
    return away * math.sin(angle), radius(origin) - away * math.cos(angle)


def on_sheet(borders: Borders, approval: str, source: Label, sha256: str, where: str) -> ProvinceMap:
    """The map. Raises SpecError where the file is so detailed that a page with it would be slow to come."""
    flat = {
        code: [[_flat(ring) for ring in rings] for rings in parts]
        for code, parts in borders.provinces.items()
    }
    lines = [_flat(ring) for ring in borders.others]
    every = [
        at
        for ring in (*(ring for parts in flat.values() for rings in parts for ring in rings), *lines)
        for at in ring
    ]
    west, east = min(x for x, _ in every), max(x for x, _ in every)
    south, north = min(y for _, y in every), max(y for _, y in every)
    scale = WIDTH / (east - west)

    def placed(ring: Sequence[tuple[float, float]]) -> Dots:
        return _straight([(_whole((x - west) * scale), _whole((north - y) * scale)) for x, y in ring])

    provinces = {
        code: tuple(
            _turned(placed(ring), outer=k == 0) for rings in parts for k, ring in enumerate(rings)
        )
        for code, parts in flat.items()
    }  # fmt: skip
    others = tuple(placed(ring) for ring in lines)
    kept = sum(len(ring) for rings in (*provinces.values(), others) for ring in rings)
    if kept > MOST:
        problem = f"the map keeps {kept:,} points at {WIDTH} pixels across, and a page holds {MOST:,}"
        cure = "It may not be simplified here: take a map of a smaller scale, which is approved as such"
        raise SpecError(where, problem, cure)
    return ProvinceMap(approval, source, sha256, _whole((north - south) * scale), provinces, others)


def _flat(ring: Ring) -> list[tuple[float, float]]:
    return [albers(*at) for at in ring]


def _whole(value: float) -> int:
    """The nearest pixel, the same whatever the last bits of the value are."""
    return round(round(value, 6))


def _straight(dots: Sequence[tuple[int, int]]) -> Dots:
    """Without points that repeat the one before, or that lie on the way straight on: the same line."""
    kept: list[tuple[int, int]] = []
    for x, y in dots:
        if kept and kept[-1] == (x, y):
            continue
        if len(kept) > 1:
            (a, b), (c, d) = kept[-2:]
            across = (c - a) * (y - d) == (d - b) * (x - c)
            onward = (c - a) * (x - c) + (d - b) * (y - d) > 0
            if across and onward:
                kept.pop()
        kept.append((x, y))
    return tuple(kept)


def _turned(dots: Dots, *, outer: bool) -> Dots:
    """A ring so that the outer one of a polygon and its holes run opposite ways: it is filled alike by every rule."""
    twice = sum(a * d - c * b for (a, b), (c, d) in itertools.pairwise(dots))
    return dots if (twice >= 0) == outer else dots[::-1]
