"""Labels beside marks: the free place nearest to each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from ncsi.report.figures.sketch import Anchor, Point

_RINGS = 5
Box = tuple[float, float, float, float]
"""Left, upper, right and lower end."""


@dataclass(frozen=True, slots=True)
class Label:
    """Room that a label has: `box` of its letters, `anchor` where its text begins, ends or has its middle; `far` where
    others stand nearer to its mark."""

    box: Box
    anchor: Anchor
    far: bool

    @property
    def baseline(self) -> Point:
        """Where its text is anchored."""
        x0, _, x1, y1 = self.box
        x = {"start": x0, "middle": (x0 + x1) / 2, "end": x1}[self.anchor]
        return x, y1 - 0.22 * (y1 - self.box[1])

    def near(self, mark: Point) -> Point:
        """The point of its edge that lies nearest to a mark."""
        x0, y0, x1, y1 = self.box
        return min(max(mark[0], x0), x1), min(max(mark[1], y0), y1)


def free_place(mark: Point, size: Point, labels: Sequence[Box], marks: Sequence[Box], within: Box) -> Label:
    """Room of that size beside a mark, inside `within`, which meets no other label and the fewest other marks; the
    nearest of these. Where a label would meet others everywhere, it meets the fewest."""
    wide, high = size
    x, y = round(mark[0], 2), round(mark[1], 2)

    def room(ring: int, above: bool, anchor: Anchor) -> Box:
        away = 4 + ring * (high + 2)
        left = {"start": x + 6, "middle": x - wide / 2, "end": x - 6 - wide}[anchor]
        upper = y - away - high if above else y + away
        return (left, upper, left + wide, upper + high)

    def cost(tried: tuple[int, bool, Anchor]) -> float:
        box = room(*tried)
        outside = box[0] < within[0] or box[2] > within[2] or box[1] < within[1] or box[3] > within[3]
        return (
            1000 * outside
            + 100 * met(box, labels)
            + 3 * met(box, marks)
            + 1.5 * tried[0]
            + 2 * (tried[2] == "middle")
        )

    anchors: tuple[Anchor, ...] = ("start", "end", "middle")
    ring, above, anchor = min(product(range(_RINGS), (True, False), anchors), key=cost)
    return Label(room(ring, above, anchor), anchor, ring > 0)


def around(start: Point, end: Point, names: Sequence[Box]) -> list[tuple[Point, Point]]:
    """A line along or down in the parts of it that meet none of the names."""
    k = 0 if start[1] == end[1] else 1
    at, parts = start[1 - k], [(start[k], end[k])]
    for one in names:
        if one[1 - k] - 2 <= at <= one[3 - k] + 2:
            cut = (one[k] - 2, one[k + 2] + 2)
            parts = [
                part
                for low, high in parts
                for part in ((low, min(high, cut[0])), (max(low, cut[1]), high))
                if part[0] < part[1]
            ]
    return [((low, at), (high, at)) if k == 0 else ((at, low), (at, high)) for low, high in parts]


def met(box: Box, others: Sequence[Box]) -> int:
    """How many of the others a box meets."""
    return sum(
        box[0] <= one[2] and one[0] <= box[2] and box[1] <= one[3] and one[1] <= box[3] for one in others
    )
