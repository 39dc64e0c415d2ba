"""The plane of a chart with scales: from data to pixels, its round ticks, its grid."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import count

from ncsi.report import text
from ncsi.report.figures.drawing import GRID, MUTED
from ncsi.report.figures.sketch import Point, Sketch

TICKS = 11.0
"""Size of the numbers of an axis, of a chart as wide as a sheet."""
_NOISE = 1e-9
Ends = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Ticks:
    """Values in order, and the decimals that tell them apart."""

    values: tuple[float, ...]
    digits: int


@dataclass(frozen=True, slots=True)
class Plane:
    """Where the plane lies in a sketch (pixels), and the data at its ends: `x` from the left, `y` from below."""

    left: float
    right: float
    top: float
    bottom: float
    x: Ends
    y: Ends

    def at(self, x: float, y: float) -> Point:
        """The pixel of a point of the data."""
        return self.across(x), self.up(y)

    def across(self, x: float) -> float:
        """How far to the right a value stands."""
        return self.left + (x - self.x[0]) / (self.x[1] - self.x[0]) * (self.right - self.left)

    def up(self, y: float) -> float:
        """At what height a value stands."""
        return self.bottom - (y - self.y[0]) / (self.y[1] - self.y[0]) * (self.bottom - self.top)

    def levels(self, made: Sketch, ticks: Ticks, *, percent: bool = False) -> None:
        """Lines across with their numbers at the left; `percent`: the ticks are per cent of what `y` is."""
        for tick in ticks.values:
            y = self.up(tick / 100 if percent else tick)
            made.line((self.left, y), (self.right, y), GRID, 0.7)
            shown = text.same(text.number(tick, ticks.digits) + ("%" if percent else ""))
            made.text((self.left - 6, y + 4), shown, TICKS, MUTED, "end")


def ticks(ends: Ends, most: int) -> Ticks:
    """Round values (1, 2 and 5 of a power of ten) within the ends, which differ: as many as can be, `most` or fewer."""
    low, high = ends
    steps = (
        (exponent, digit) for exponent in count(math.floor(math.log10(high - low)) - 1) for digit in (1, 2, 5)
    )
    for exponent, digit in steps:
        step = digit * 10.0**exponent
        # A tick that stands on an end is one, whatever the last bits of that end are.
        first, last = math.ceil(low / step - _NOISE), math.floor(high / step + _NOISE)
        if last - first < most:
            break
    digits = max(0, -exponent)
    return Ticks(tuple(round(k * step, digits) for k in range(first, last + 1)), digits)
