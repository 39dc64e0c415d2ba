"""Provinces on a publisher's map: their borders as its file gives them, filled by what was found of each."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

from ncsi.report.chart_data import ChartData
from ncsi.report.content.tiles import Tile
from ncsi.report.figures.drawing import BLUE, MUTED, PALE, PAPER, PINK, RED, Drawing
from ncsi.report.text import Pair
from ncsi.spec.territory.sheet import WIDTH, Dots, ProvinceMap

_EDGE = 16
_LINE, _STRONG = 1.6, 3.0
_MARK = 13.0
_ISLET, _DOT = 2, 4.5
"""Pixels up to which an island is also a dot, and the width of that: it would not be seen."""
_POINT = "h.01"
"""A line of hardly any length: one of none is dropped from a canvas by its standard, if not by every browser."""
_ROWS = 48
"""Lines across a province on which a place for its mark is looked for."""
_WIDEST = 16
"""Stretches of such a line that are looked at: a province of thousands of islands has as many on one."""


class _Fill(NamedTuple):
    ground: str
    border: str
    width: float


_FILLS = {
    "above": _Fill(BLUE, PAPER, _LINE),
    "level": _Fill(PALE, MUTED, _LINE),
    "none": _Fill(PAPER, MUTED, _LINE),
    "below": _Fill(PINK, RED, _STRONG),
}
"""By what a province is said to be; what is drawn later lies on top."""


def province_map(drawn: ProvinceMap, tiles: Sequence[Tile], alt: Pair, data: ChartData) -> Drawing:
    """The map without a letter on it: a legend and the number of its approval stand beside it as text."""
    states = {one.code: one.state for one in tiles}
    parts = [
        _area("".join(map(_way, rings)), _FILLS[state])
        for state in ("none", "level", "above", "below")
        for code, rings in drawn.provinces.items()
        if states[code] == state
    ]
    islets = [ring for rings in drawn.provinces.values() for ring in rings if _is_small(ring)]
    if islets:
        dots = "".join(f"M{x} {y}{_POINT}" for (x, y), *_ in islets)
        parts.append(_area(dots, _Fill("none", MUTED, _DOT)))
    if drawn.others:
        parts.append(_area("".join(map(_way, drawn.others)), _Fill("none", MUTED, _STRONG)))
    for one in tiles:
        if one.state in ("above", "below") or one.hidden:
            parts.append(_mark(one, *_inside(drawn.provinces[one.code])))
    size = f"{-_EDGE} {-_EDGE} {WIDTH + 2 * _EDGE} {drawn.height + 2 * _EDGE}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}">'
    return Drawing(f"{head}{''.join(parts)}</svg>", (), alt, data, signed=True)


def _area(way: str, fill: _Fill) -> str:
    return (
        f'<path d="{way}" fill="{fill.ground}" stroke="{fill.border}" stroke-width="{fill.width:g}" '
        'stroke-linecap="round" stroke-linejoin="round"/>'
    )


def _way(dots: Dots) -> str:
    """A line by its steps; an island smaller than a pixel is a dot as wide as the line."""
    (x, y), *rest = dots
    closed = len(dots) > 1 and dots[0] == dots[-1]
    steps = []
    for a, b in rest[:-1] if closed else rest:
        steps.append(f"l{a - x}{'' if b < y else ' '}{b - y}")
        x, y = a, b
    end = "z" if closed else "" if rest else _POINT
    return f"M{dots[0][0]} {dots[0][1]}{''.join(steps)}{end}"


def _is_small(ring: Dots) -> bool:
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    return max(max(xs) - min(xs), max(ys) - min(ys)) <= _ISLET


def _mark(one: Tile, x: float, y: float) -> str:
    """What tells the state without its colour: a triangle, or a ring where a figure is hidden."""
    if one.hidden:
        return (
            f'<circle cx="{x:g}" cy="{y:g}" r="{_MARK / 2:g}" fill="{PAPER}" stroke="{MUTED}" '
            f'stroke-width="{_LINE + 1:g}"/>'
        )
    up = one.state == "above"
    tip, foot = (y - _MARK, y + _MARK * 0.75) if up else (y + _MARK, y - _MARK * 0.75)
    return (
        f'<polygon points="{x:g},{tip:g} {x + _MARK:g},{foot:g} {x - _MARK:g},{foot:g}" fill="{BLUE if up else RED}" '
        f'stroke="{PAPER}" stroke-width="{_STRONG:g}"/>'
    )


def _inside(rings: Sequence[Dots]) -> tuple[float, float]:
    """A place within the largest part of a province, as far from its sides as a look along lines across it finds."""
    largest = max(rings, key=_extent)
    xs, ys = [x for x, _ in largest], [y for _, y in largest]
    best = (0.0, (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
    for k in range(_ROWS):
        y = min(ys) + (k + 0.5) / _ROWS * (max(ys) - min(ys))
        widest = sorted(_spans(rings, y, along=0), key=lambda one: one[0] - one[1])[:_WIDEST]
        for left, right in widest:
            if (right - left) / 2 < best[0]:
                break
            x = (left + right) / 2
            reach = [(low, high) for low, high in _spans(rings, x, along=1) if low <= y <= high]
            free = min((min(x - left, y - low, high - y) for low, high in reach), default=0.0)
            best = max(best, (round(free, 6), x, y))
    return round(best[1], 1), round(best[2], 1)


def _spans(rings: Sequence[Dots], at: float, along: int) -> list[tuple[float, float]]:
    """Where a line across (`along` 0) or down (1) at a place lies in the rings."""
    met = sorted(
        one[along] + (at - one[1 - along]) / (two[1 - along] - one[1 - along]) * (two[along] - one[along])
        for ring in rings
        for one, two in itertools.pairwise(ring)
        if (one[1 - along] > at) != (two[1 - along] > at)
    )
    return list(zip(met[::2], met[1::2], strict=False))


def _extent(ring: Dots) -> int:
    return abs(sum(a * d - c * b for (a, b), (c, d) in itertools.pairwise(ring)))
