"""Charts as SVG written at once: lines, dots and live text on a plane of pixels, the theme's colours alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal
from xml.sax.saxutils import quoteattr

from ncsi.fonts import FAMILY
from ncsi.report.chart_data import ChartData
from ncsi.report.figures.drawing import INK, PAPER, Drawing, Lettering
from ncsi.report.figures.letters import OURS, Letters
from ncsi.report.text import Pair

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]
Shape = Literal["dot", "square", "diamond"]


class Sketch:
    """A drawing of `width` × `height` pixels being made; y grows downwards."""

    def __init__(self, width: float, height: float, letters: Letters = OURS) -> None:
        self.width, self.height, self.letters = width, height, letters
        self._parts: list[str] = []
        self._texts: list[Lettering] = []

    def line(
        self, start: Point, end: Point, colour: str, width: float = 1, dash: str = "", round_: bool = False
    ) -> None:
        """A line; `dash`: as SVG's stroke-dasharray."""
        more = f' stroke-dasharray="{dash}"' if dash else ""
        more += ' stroke-linecap="round"' if round_ else ""
        (x1, y1), (x2, y2) = start, end
        self._parts.append(
            f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" stroke="{colour}" '
            f'stroke-width="{_n(width)}"{more}/>'
        )

    def path(self, points: Sequence[Point], colour: str, width: float, dash: str = "") -> None:
        """A line through the points."""
        more = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<polyline points="{_all(points)}" fill="none" stroke="{colour}" stroke-width="{_n(width)}"{more}/>'
        )

    def arrow(
        self, start: Point, middle: Point, end: Point, colour: str, width: float, dash: str = ""
    ) -> None:
        """An arrow bent through a quadratic curve whose control point is `middle`."""
        away = math.hypot(end[0] - middle[0], end[1] - middle[1]) or 1.0
        along = ((end[0] - middle[0]) / away, (end[1] - middle[1]) / away)
        long, half = 7 + width, 3 + width / 2
        foot = (end[0] - long * along[0], end[1] - long * along[1])
        more = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<path d="M{_all([start])} Q{_all([middle, foot])}" fill="none" stroke="{colour}" '
            f'stroke-width="{_n(width)}"{more}/>'
        )
        side = (-along[1] * half, along[0] * half)
        self.area(
            [end, (foot[0] + side[0], foot[1] + side[1]), (foot[0] - side[0], foot[1] - side[1])], colour
        )

    def area(self, points: Sequence[Point], fill: str) -> None:
        """A filled polygon."""
        self._parts.append(f'<polygon points="{_all(points)}" fill="{fill}"/>')

    def dot(self, at: Point, radius: float, colour: str, filled: bool = True) -> None:
        """A dot, hollow where not `filled`."""
        inside = colour if filled else PAPER
        self._parts.append(
            f'<circle cx="{_n(at[0])}" cy="{_n(at[1])}" r="{_n(radius)}" fill="{inside}" stroke="{colour}" '
            'stroke-width="1.5"/>'
        )

    def mark(self, at: Point, shape: Shape, radius: float, colour: str, filled: bool = True) -> None:
        """A dot, a square or a diamond around a point, hollow where not `filled`."""
        if shape == "dot":
            self.dot(at, radius, colour, filled)
            return
        x, y = at
        around = (
            [
                (x - radius, y - radius),
                (x + radius, y - radius),
                (x + radius, y + radius),
                (x - radius, y + radius),
            ]
            if shape == "square"
            else [(x, y - 1.4 * radius), (x + 1.4 * radius, y), (x, y + 1.4 * radius), (x - 1.4 * radius, y)]
        )
        self._parts.append(
            f'<polygon points="{_all(around)}" fill="{colour if filled else PAPER}" stroke="{colour}" '
            'stroke-width="1.5"/>'
        )

    def box(
        self,
        at: Point,
        size: Point,
        fill: str,
        stroke: str = "none",
        *,
        opacity: float = 1,
        rounded: float = 0,
    ) -> None:
        """A rectangle from its upper left corner, its corners `rounded`, as opaque as `opacity`."""
        more = f' stroke="{stroke}"' if stroke != "none" else ""
        more += f' opacity="{_n(opacity)}"' if opacity < 1 else ""
        more += f' rx="{_n(rounded)}"' if rounded else ""
        self._parts.append(
            f'<rect x="{_n(at[0])}" y="{_n(at[1])}" width="{_n(size[0])}" height="{_n(size[1])}" fill="{fill}"{more}/>'
        )

    def text(
        self, at: Point, words: Pair, size: float, colour: str = INK, anchor: Anchor = "start", *, bold: bool = False,
        both: str | None = None,
    ) -> None:  # fmt: skip
        """A text whose baseline begins, ends or has its middle at a point; `both`: its form in both languages. In a
        publisher's font it becomes smaller where it would leave the drawing."""
        side_by_side = words.zh if words.zh == words.en else f"{words.zh} {words.en}"
        forms = words.zh, words.en, side_by_side if both is None else both
        self._texts.append(Lettering(*forms))
        left, right = at[0], self.width - at[0]
        room = {"start": right, "end": left, "middle": 2 * min(left, right)}[anchor]
        size = self.letters.within(forms, size, room)
        weight = ' font-weight="600"' if bold else ""
        self._parts.append(
            f'<text x="{_n(at[0])}" y="{_n(at[1])}" font-family={quoteattr(FAMILY)} font-size="{_n(size)}"{weight} '
            f'fill="{colour}" text-anchor="{anchor}">«{len(self._texts) - 1}»</text>'
        )

    def drawing(self, alt: Pair, data: ChartData, *, signed: bool = False) -> Drawing:
        """The SVG with its texts; `data` is what it draws, for readers to download; `signed`: as of a drawing."""
        size = f"{_n(self.width)} {_n(self.height)}"
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}">'
        return Drawing(f"{head}{''.join(self._parts)}</svg>", tuple(self._texts), alt, data, signed)


def _n(value: float) -> str:
    """A coordinate with at most one decimal, the same whatever the last bits of the value are: a middle between two
    figures lies on the edge of rounding."""
    return f"{round(round(value, 6), 1) + 0.0:.1f}".removesuffix(".0")


def _all(points: Sequence[Point]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
