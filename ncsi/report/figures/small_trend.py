"""A trend for a phone and for a profile: every point with its value, the newest in large type and never cut."""

from __future__ import annotations

from collections.abc import Sequence

from ncsi.report import text
from ncsi.report.axis_rows import axis
from ncsi.report.chart_data import Trend, TrendPoint
from ncsi.report.figures.drawing import BLUE, GRID, INK, MUTED, PALE, ZONE, Drawing
from ncsi.report.figures.letters import OURS, Letters
from ncsi.report.figures.sketch import Anchor, Sketch
from ncsi.report.figures.trend import unbroken

_WIDTH, _HEIGHT = 340.0, 214.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 40.0, 286.0, 16.0, 178.0
_LABELLED, _NAMED = 9, 3


def small_trend(told: Trend, level: str, letters: Letters = OURS) -> Drawing:
    """Lines with their bands, values beside up to nine points; before a break the series is grey and not joined."""
    points = told.points
    ends = axis([end for one in points for end in (one.low, one.high)], (0.5, 1, 2, 5, 10, 20))
    made = Sketch(_WIDTH, _HEIGHT, letters)

    def at(k: int, value: float) -> tuple[float, float]:
        share = 0.5 if len(points) == 1 else k / (len(points) - 1)
        height = (value - ends.low) / (ends.high - ends.low)
        return _LEFT + 14 + share * (_RIGHT - _LEFT - 28), _BOTTOM - height * (_BOTTOM - _TOP)

    digits = 0 if all(tick == int(tick) for tick in ends.ticks) else 1
    for tick in ends.ticks:
        y = at(0, tick)[1]
        made.line((_LEFT, y), (_RIGHT, y), GRID)
        made.text((_LEFT - 6, y + 4.5), text.same(text.number(tick, digits)), 13.5, MUTED, "end")
    for start, stop in unbroken(points):
        colour, band = (BLUE, PALE) if stop == len(points) else (MUTED, ZONE)
        part = enumerate(points[start:stop], start)
        _stretch(
            made, [(at(k, one.low), at(k, one.index_0_100), at(k, one.high)) for k, one in part], colour, band
        )
        if start:
            x = (at(start, 0)[0] + at(start - 1, 0)[0]) / 2
            made.line((x, _TOP), (x, _BOTTOM), INK, 1, "3 3")
            broken = text.phrase("trend_broken")
            made.text((x, _TOP - 4), broken, 12, MUTED, "middle", both=broken.zh)
    _values(made, points, [at(k, one.index_0_100) for k, one in enumerate(points)])
    _names(made, points, [at(k, ends.low)[0] for k in range(len(points))])
    newest, place = points[-1], at(len(points) - 1, points[-1].index_0_100)
    value = text.same(text.number(newest.index_0_100))
    made.text((place[0] + 10, place[1] + 7), value, 20, BLUE, bold=True)
    interval = text.interval(newest.low, newest.high)
    return made.drawing(text.phrase("alt_trend", value=value, level=level, interval=interval), told.data)


def _stretch(
    made: Sketch, part: list[tuple[tuple[float, float], tuple[float, float], tuple[float, float]]], colour: str,
    band: str,
) -> None:  # fmt: skip
    """A line with its band; of a single point, its interval."""
    if len(part) == 1:
        made.line(part[0][0], part[0][2], colour, 2, round_=True)
    else:
        made.area([one[0] for one in part] + [one[2] for one in reversed(part)], band)
        made.path([one[1] for one in part], colour, 2)
    for _, at, _ in part:
        made.dot(at, 4, colour)


def _values(made: Sketch, points: Sequence[TrendPoint], places: list[tuple[float, float]]) -> None:
    """The value above each point, except the newest, which stands beside it."""
    if len(points) > _LABELLED:
        return
    figures = tuple(text.number(one.index_0_100) for one in points[:-1])
    size = made.letters.within(
        figures, 13.5, places[1][0] - places[0][0] if len(places) > 1 else _RIGHT - _LEFT
    )
    for figure, (x, y) in zip(figures, places, strict=False):
        made.text((x, y - 10), text.same(figure), size, INK, "middle")


def _names(made: Sketch, points: Sequence[TrendPoint], places: list[float]) -> None:
    """Waves below the axis, as many as stand apart, the first and the last among them."""
    last = len(points) - 1
    chosen = {round(k * last / max(1, min(_NAMED, len(points)) - 1)) for k in range(min(_NAMED, len(points)))}
    room = (_RIGHT - _LEFT) / max(1, len(chosen)) - 4
    size = made.letters.within(tuple(one for k in chosen for one in points[k].label), 13.5, room)
    for k in sorted(chosen):
        anchor: Anchor = "middle" if len(points) > 2 and 0 < k < last else "start" if k == 0 else "end"
        x = places[k] - 14 if anchor == "start" else places[k] + 14 if anchor == "end" else places[k]
        made.text((x, _BOTTOM + 22), points[k].label, size, MUTED, anchor, both=points[k].label.zh)
