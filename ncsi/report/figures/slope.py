"""Sectors between two waves: a slope each, and their changes in order with intervals; what moved is named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from ncsi.report import text
from ncsi.report.axis_rows import axis
from ncsi.report.chart_data import Span, Spans
from ncsi.report.figures.drawing import BLUE, GRID, INK, MUTED, RED, Drawing
from ncsi.report.figures.letters import OURS, Letters
from ncsi.report.figures.sketch import Anchor, Point, Sketch

_WIDTH, _WIDE, _HEIGHT = 340.0, 480.0, 430.0
_LEFT, _TOP, _BOTTOM = 46.0, 40.0, 412.0
_NAMES = 218.0
"""Room for the names on the right, of whatever width the chart is."""
_APART, _LINES_APART = 17.0, 32.0
_SIZE = 13.5
_PALE = "#8a95a0"
_COLOURS = {"up": BLUE, "down": RED}


def slope_chart(told: Spans, letters: Letters = OURS, *, narrow: bool = False) -> Drawing:
    """A line a sector from wave to wave; named are those that moved significantly, the nation, the first, the last.

    `narrow`: as a phone shows it.
    """
    rows = (*told.rows, *(() if told.whole is None else (told.whole,)))
    ends = axis([end for one in rows for end in (one.before, one.now)], (1, 2, 5, 10))
    width = _WIDTH if narrow else _WIDE
    made, last = Sketch(width, _HEIGHT, letters), width - _NAMES

    def y(value: float) -> float:
        return _BOTTOM - (value - ends.low) / (ends.high - ends.low) * (_BOTTOM - _TOP)

    for x, label in ((_LEFT, told.before), (last, told.now)):
        made.line((x, _TOP - 10), (x, _BOTTOM), GRID)
        made.text(
            (0 if x == _LEFT else x - 24 if narrow else x, 18),
            label,
            12.5,
            INK,
            "start" if narrow or x == _LEFT else "middle",
            bold=True,
            both=label.zh,
        )
    for one in sorted(rows, key=lambda row: (row is told.whole, row.tone != "")):
        _slope(made, one, ((_LEFT, y(one.before)), (last, y(one.now))), whole=one is told.whole)
    _named(made, told, y, last)
    words = [_in_words(one) for one in told.rows if one.tone]
    listed = text.joined(words) if words else text.phrase("alt_slope_none")
    return made.drawing(text.phrase("alt_slope", n=len(told.rows), text=listed), told.data, signed=True)


def _slope(made: Sketch, one: Span, ends: tuple[Point, Point], *, whole: bool) -> None:
    colour = INK if whole else _COLOURS.get(one.tone, _PALE)
    made.line(*ends, colour, 2.4 if one.tone or whole else 1, "5 3" if whole else "")
    for place in ends:
        made.dot(place, 4 if one.tone else 2.6, colour, filled=bool(one.tone) or whole)


def _named(made: Sketch, told: Spans, y: Callable[[float], float], x: float) -> None:
    """Labels on the right, and the earlier value of what moved on the left, moved apart where they would meet."""
    ranked = sorted(told.rows, key=lambda one: -one.now)
    chosen = [one for one in told.rows if one.tone]
    chosen += [one for one in (ranked[0], ranked[-1]) if one not in chosen]
    if told.whole is not None:
        chosen.append(told.whole)
    right = sorted(chosen, key=lambda one: y(one.now))
    heights = [_LINES_APART if one.tone or one is told.whole else _APART for one in right]
    for one, at in zip(right, apart([y(one.now) for one in right], heights, _BOTTOM), strict=True):
        colour = INK if one is told.whole else _COLOURS.get(one.tone, MUTED)
        value = text.number(one.now)
        if not one.tone and one is not told.whole:
            words = text.Pair(f"{one.name.zh} {value}", f"{one.name.en} {value}")
            made.text((x + 9, at + 4.5), words, _SIZE, colour, both=words.zh)
            continue
        # Two lines: the longest English names fit a phone only by themselves.
        size = made.letters.fitting(one.name.en, _SIZE, _NAMES - 12, 0.53)
        size = made.letters.shrunk(one.name.zh, size, _NAMES - 12)
        made.text((x + 9, at - 2), one.name, size, colour, bold=True, both=one.name.zh)
        words = _with_change(value, one.change)
        made.text((x + 9, at + 13), words, _SIZE, colour, both=words.zh)
    left = sorted((one for one in chosen if one.tone or one is told.whole), key=lambda one: y(one.before))
    for one, at in zip(
        left, apart([y(one.before) for one in left], [_APART] * len(left), _BOTTOM), strict=True
    ):
        colour = INK if one is told.whole else _COLOURS[one.tone]
        made.text((_LEFT - 10, at + 4.5), text.same(text.number(one.before)), _SIZE, colour, "end", bold=True)


def apart(places: Sequence[float], heights: Sequence[float], high: float) -> list[float]:
    """Middles of labels in order, moved down so that labels of those heights do not meet, and up again where they
    would pass `high`."""
    moved = list(places)
    least = [(one + other) / 2 for one, other in pairwise(heights)]
    for k in range(1, len(moved)):
        moved[k] = max(moved[k], moved[k - 1] + least[k - 1])
    if moved and moved[-1] > high:
        moved[-1] = high
        for k in range(len(moved) - 2, -1, -1):
            moved[k] = min(moved[k], moved[k + 1] - least[k])
    return moved


def _with_change(value: str, change: float) -> text.Pair:
    moved = text.signed(change)
    return text.Pair(f"{value}（{moved}）", f"{value} ({moved})")


def _in_words(one: Span) -> text.Pair:
    return text.each(lambda language: f"{one.name.of(language)} {text.signed(one.change)}")


def change_chart(told: Spans, letters: Letters = OURS) -> Drawing:
    """Every change in order with its interval, filled where significant; the outermost of those are named."""
    rows, width, line = told.rows, 340.0, 15.0
    falls = [one for one in rows if one.tone == "down"][:2]
    rises = [one for one in reversed(rows) if one.tone == "up"][:2]
    ends = axis([end for one in rows for end in (one.low, one.high, 0.0)], (1, 2, 5, 10))
    # Rises are named above the plot on the right, falls below it on the left: there no mark stands.
    top = 5 + line * max(1, len(rises))
    bottom = top + 116
    made = Sketch(width, bottom + 6 + line * max(1, len(falls)), letters)
    left, right = 34.0, width - 8

    def y(value: float) -> float:
        return bottom - (value - ends.low) / (ends.high - ends.low) * (bottom - top)

    for tick in ends.ticks:
        made.line((left, y(tick)), (right, y(tick)), INK if tick == 0 else GRID)
        made.text((left - 6, y(tick) + 4.5), text.same(text.signed(tick, 0)), _SIZE, MUTED, "end")
    step = (right - left) / len(rows)
    for k, one in enumerate(rows):
        x, colour = left + step * (k + 0.5), _COLOURS.get(one.tone, MUTED)
        made.line((x, y(one.low)), (x, y(one.high)), colour, 2, round_=True)
        made.dot((x, y(one.change)), 3.6, colour, filled=bool(one.tone))
    named: list[tuple[Span, Anchor, Point]] = [
        (one, "start", (left + 4, bottom + line * (row + 1))) for row, one in enumerate(falls)
    ]
    named += [(one, "end", (right, line * (row + 1) - 2)) for row, one in enumerate(rises)]
    for one, anchor, place in named:
        words = _in_words(one)
        made.text(place, words, _SIZE, _COLOURS[one.tone], anchor, bold=True, both=words.zh)
    moved = [_in_words(one) for one in rows if one.tone]
    listed = text.joined(moved) if moved else text.phrase("alt_slope_none")
    return made.drawing(text.phrase("alt_slope", n=len(rows), text=listed), told.data, signed=True)
