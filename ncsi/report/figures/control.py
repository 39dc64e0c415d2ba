"""A control chart over months: values, frozen limits, the base they come from, breaks, the season, signals."""

from __future__ import annotations

from collections.abc import Sequence

from ncsi.report import text
from ncsi.report.chart_data import Control, ControlPoint
from ncsi.report.figures.drawing import BLUE, INK, MUTED, PALE, RED, Drawing
from ncsi.report.figures.letters import OURS, Letters
from ncsi.report.figures.plane import Plane, ticks
from ncsi.report.figures.sketch import Point, Sketch
from ncsi.report.figures.trend import break_line, names_below

Points = Sequence[ControlPoint]
_WIDTH, _NARROW, _HEIGHT = 680.0, 340.0, 216.0
_LEFT, _TOP, _BOTTOM = 42.0, 6.0, 192.0
_NEWEST = 62.0
"""Room for the newest value on the right."""


def control(told: Control, letters: Letters = OURS, *, narrow: bool = False) -> Drawing:
    """Values as a line of dots, limits as steps, the base shaded; signals filled red, the season hollow.

    `narrow`: as a phone shows it.
    """
    points, last = told.points, told.points[-1]
    width = _NARROW if narrow else _WIDTH
    made, plane = Sketch(width, _HEIGHT, letters), _plane(told, width - _NEWEST)
    stretches = _stretches(points)
    for start, stop in stretches:
        _base(made, plane, points, start, stop)
    times = 100 if told.percent else 1
    plane.levels(made, ticks((times * plane.y[0], times * plane.y[1]), 7), percent=told.percent)
    for start, stop in stretches:
        _limits(made, plane, points, start, stop)
        made.path([plane.at(k, one.value) for k, one in enumerate(points[start:stop], start)], BLUE, 1.7)
        if start:
            break_line(made, plane, start)
    _dots(made, plane, points, 2.2 if narrow else 3.0)
    if told.line is not None:
        y = plane.up(told.line)
        made.line((plane.left, y), (plane.right, y), INK, 1.3, "5 4")
    names_below(made, plane, [one.label for one in points])
    shown = text.same(_written(last.value, told.percent))
    made.text((plane.right + 9, plane.up(last.value) + 5), shown, 15.5, BLUE, bold=True)
    return made.drawing(told.alt, told.data)


def _written(value: float, percent: bool) -> str:
    return f"{text.number(100 * value, 1)}%" if percent else text.number(value, 2)


def _plane(told: Control, right: float) -> Plane:
    ends = [one for p in told.points for one in (p.value, p.low, p.high) if one is not None]
    ends += [told.line] if told.line is not None else []
    low, high = min(ends), max(ends)
    room = 0.08 * (high - low) or 0.05 * (abs(high) or 1.0)
    y = (low - room, min(high + room, 1.004) if told.percent else high + room)
    return Plane(_LEFT, right, _TOP, _BOTTOM, (-0.6, len(told.points) - 0.4), y)


def _stretches(points: Points) -> list[tuple[int, int]]:
    starts = [0, *(k for k, one in enumerate(points) if k and one.broken)]
    return list(zip(starts, [*starts[1:], len(points)], strict=True))


def _own(points: Points, start: int, stop: int) -> list[tuple[int, ControlPoint]]:
    """The months of a stretch that have limits, with their places."""
    return [(k, one) for k, one in enumerate(points[start:stop], start) if one.centre is not None]


def _base(made: Sketch, plane: Plane, points: Points, start: int, stop: int) -> None:
    """The months that the limits of a stretch come from, on a pale ground."""
    base = [k for k, one in _own(points, start, stop) if one.base]
    if base:
        left, right = plane.across(base[0] - 0.5), plane.across(base[-1] + 0.5)
        made.box((left, plane.top), (right - left, plane.bottom - plane.top), PALE)


def _limits(made: Sketch, plane: Plane, points: Points, start: int, stop: int) -> None:
    """Limits and centre of a stretch as steps."""
    own = _own(points, start, stop)
    if not own:
        return
    for bounds in ([(k, one.low) for k, one in own], [(k, one.high) for k, one in own]):
        made.path(_steps(plane, [(k, value) for k, value in bounds if value is not None]), MUTED, 1.1)
    y = plane.up(own[0][1].centre or 0.0)
    left, right = plane.across(own[0][0] - 0.5), plane.across(own[-1][0] + 0.5)
    made.line((left, y), (right, y), MUTED, 1.1, "1.5 3")


def _steps(plane: Plane, values: Sequence[tuple[int, float]]) -> list[Point]:
    """A line that holds each value for its month."""
    return [plane.at(k + side, value) for k, value in values for side in (-0.5, 0.5)]


def _dots(made: Sketch, plane: Plane, points: Points, radius: float) -> None:
    for k, one in enumerate(points):
        at, filled = plane.at(k, one.value), not one.season
        if one.signal:
            made.mark(at, "square", radius + 1, RED, filled)
        else:
            made.dot(at, radius, BLUE, filled)
