"""Ways of arrows between the boxes of a diagram, and where on them their coefficients stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ncsi.report.figures.labels import Box, met
from ncsi.report.figures.sketch import Point

_ASIDE = (0.0, 0.08, -0.08, 0.16, -0.16, 0.24, -0.24, 0.32)
"""How far along its arrow a coefficient moves where another stands."""


@dataclass(frozen=True, slots=True)
class Route:
    """The ends of an arrow, the control point of its quadratic curve, and where on it its coefficient would stand (0 to
    1)."""

    start: Point
    middle: Point
    end: Point
    share: float

    def at(self, share: float) -> Point:
        """The point of the curve at a share of its way."""
        rest = 1 - share
        x, y = (
            rest * rest * self.start[k] + 2 * share * rest * self.middle[k] + share * share * self.end[k]
            for k in (0, 1)
        )
        return x, y


def straight(source: Point, target: Point, size: Point, share: float) -> Route:
    """The straight way between two boxes of a size."""
    start, end = edge_of(source, target, size), edge_of(target, source, size)
    return Route(start, ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2), end, share)


def edge_of(box: Point, other: Point, size: Point) -> Point:
    """Where the line from a box's middle to another point leaves the box."""
    dx, dy = other[0] - box[0], other[1] - box[1]
    scale = min(
        (size[0] / 2) / abs(dx) if dx else float("inf"),
        (size[1] / 2) / abs(dy) if dy else float("inf"),
    )
    return box[0] + dx * scale, box[1] + dy * scale


def coefficients(
    routes: Sequence[Route], sizes: Sequence[Point], boxes: Sequence[Box], ends: tuple[float, float]
) -> list[Point]:
    """The middles of coefficients of those sizes on their arrows: at the share of each, or where another or a box
    stands there, the nearest place that is free. `ends`: left and right end of the sketch."""
    taken, places = list(boxes), []
    for route, size in zip(routes, sizes, strict=True):
        tried = [_within(route.at(route.share + aside), size[0] / 2, ends) for aside in _ASIDE]
        met_there = [met(room(middle, size), taken) for middle in tried]
        best = tried[met_there.index(min(met_there))]
        taken.append(room(best, size))
        places.append(best)
    return places


def _within(middle: Point, half: float, ends: tuple[float, float]) -> Point:
    return min(max(middle[0], ends[0] + half), ends[1] - half), middle[1]


def room(middle: Point, size: Point) -> Box:
    """The box of a size around a point."""
    (x, y), (wide, high) = middle, size
    return (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
