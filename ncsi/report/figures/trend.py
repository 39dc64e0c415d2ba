"""The national index over waves with its confidence band, its breaks and its four-quarter mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ncsi.report import text
from ncsi.report.chart_data import Trend, TrendPoint
from ncsi.report.figures.drawing import BLUE, INK, MUTED, PALE, Drawing
from ncsi.report.figures.letters import OURS, Letters
from ncsi.report.figures.plane import TICKS, Plane, ticks
from ncsi.report.figures.sketch import Sketch

Points = Sequence[TrendPoint]
SMALL = 10.0
"""Size of what is said of a line or of a break."""
_LABELS, _APART = 9, 58.0
_WIDTH, _HEIGHT = 680.0, 184.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 36.0, 588.0, 8.0, 160.0


def trend(told: Trend, level: str, letters: Letters = OURS) -> Drawing:
    """A line over the points with its band; `level` of the intervals in per cent."""
    history, last = told.points, told.points[-1]
    made, plane = Sketch(_WIDTH, _HEIGHT, letters), _plane(told.points)
    round_ones = ticks(plane.y, 7)
    plane.levels(made, replace(round_ones, digits=max(1, round_ones.digits)))
    for start, stop in unbroken(history):
        _line(made, plane, history, start, stop)
        if start:
            break_line(made, plane, start)
    _rolling(made, plane, history)
    names_below(made, plane, [one.label for one in history])
    _values(made, plane, history)
    shown = text.same(text.number(last.index_0_100))
    made.text((_RIGHT + 12, plane.up(last.index_0_100) + 6), shown, 18, BLUE, bold=True)
    ends = text.interval(last.low, last.high)
    return made.drawing(text.phrase("alt_trend", value=shown, level=level, interval=ends), told.data)


def unbroken(history: Points) -> list[tuple[int, int]]:
    """First and one past last position of every stretch without a break."""
    starts = [0, *(k for k, one in enumerate(history) if k and one.broken)]
    return list(zip(starts, [*starts[1:], len(history)], strict=True))


def break_line(made: Sketch, plane: Plane, start: int) -> None:
    """A line before the point where a series begins anew, and that it does."""
    x = plane.across(start - 0.5)
    made.line((x, plane.top + 13), (x, plane.bottom), MUTED, 1.1, "2 2")
    made.text((x, plane.top + 9), text.phrase("trend_broken"), SMALL, MUTED, "middle")


def names_below(made: Sketch, plane: Plane, names: Sequence[text.Pair]) -> None:
    """The points' names below the axis, as many as stand apart, the last among them."""
    step = -(-len(names) // min(_LABELS, int((plane.right - plane.left) // _APART)))
    apart = abs(plane.across(step) - plane.across(0)) - 4
    forms = tuple(one for name in names for one in (name.zh, name.en, f"{name.zh} {name.en}"))
    size = made.letters.within(forms if len(names) > step else (), TICKS, apart)
    for k, name in enumerate(names):
        if (len(names) - 1 - k) % step == 0:
            made.text((plane.across(k), plane.bottom + 15), name, size, MUTED, "middle")


def _plane(history: Points) -> Plane:
    low, high = min(one.low for one in history), max(one.high for one in history)
    room = max(0.5, 0.35 * (high - low))
    end = len(history) - 1
    x = (-0.25, end + 0.06 * max(1, end))
    return Plane(_LEFT, _RIGHT, _TOP, _BOTTOM, x, (low - room, high + room))


def _line(made: Sketch, plane: Plane, history: Points, start: int, stop: int) -> None:
    """A stretch with its band; of a single point, its interval."""
    part = list(enumerate(history[start:stop], start))
    if len(part) == 1:
        k, only = part[0]
        made.line(plane.at(k, only.low), plane.at(k, only.high), BLUE, 1.7)
    else:
        below = [plane.at(k, one.low) for k, one in part]
        made.area([*below, *(plane.at(k, one.high) for k, one in reversed(part))], PALE)
        made.path([plane.at(k, one.index_0_100) for k, one in part], BLUE, 2.5)
    for k, one in part:
        made.dot(plane.at(k, one.index_0_100), 2.8, BLUE)


def _values(made: Sketch, plane: Plane, history: Points) -> None:
    """The value above each of up to nine points, except the newest, which stands beside it."""
    if len(history) <= _LABELS:
        for k, one in enumerate(history[:-1]):
            x, y = plane.at(k, one.index_0_100)
            made.text((x, y - 8), text.same(text.number(one.index_0_100)), TICKS, INK, "middle")


def _rolling(made: Sketch, plane: Plane, history: Points) -> None:
    """The four-quarter mean as a thin dashed line, named at its end beside the band."""
    told = [(k, one.rolling_0_100) for k, one in enumerate(history) if one.rolling_0_100 is not None]
    if len(told) < 2:
        return
    made.path([plane.at(k, value) for k, value in told], INK, 1.3, "7 3")
    place, value = told[-1]
    above, words = value > history[place].index_0_100, text.phrase("trend_rolling")
    wide, end = made.letters.width_of(f"{words.zh} {words.en}", SMALL), plane.across(place)
    under = [k for k in range(len(history)) if end - wide <= plane.across(k) <= end]
    heights = [plane.up(history[k].high if above else history[k].low) for k in under]
    heights += [plane.up(rolling) for k, rolling in told if k in under]
    y = max(min(heights) - 4, plane.top + 9) if above else min(max(heights) + 11, plane.bottom - 3)
    made.text((end, y), words, SMALL, MUTED, "end")
