"""Figures with their intervals, a row each: names to the left, the figures to the right, one axis below."""

from __future__ import annotations

import math

from ncsi.report import text
from ncsi.report.chart_data import DotRow, Dots
from ncsi.report.content.axis_rows import axis
from ncsi.report.figures.canvas import BLUE, GRID, INK, MUTED, RED, Drawing
from ncsi.report.figures.sketch import Sketch

_WIDTH, _ROW, _TOP, _BELOW = 680.0, 24.0, 26.0, 30.0
_LEFT, _RIGHT = 236.0, 580.0
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20)


def dot_strip(dots: Dots) -> Drawing:
    """The drawing of at least one figure."""
    foot = _TOP + _ROW * len(dots.rows)
    made = Sketch(_WIDTH, foot + _BELOW)
    ends = [end for one in dots.rows for end in (one.value, one.low, one.high)]
    scale = axis(ends if dots.reference is None else [*ends, dots.reference], _STEPS)

    def at(value: float) -> float:
        return _LEFT + (value - scale.low) / (scale.high - scale.low) * (_RIGHT - _LEFT)

    digits = max(len(f"{tick:g}".partition(".")[2]) for tick in scale.ticks)
    for tick in scale.ticks:
        made.line((at(tick), _TOP), (at(tick), foot), GRID)
        shown = text.signed(tick, digits) if dots.signed else text.number(tick, digits)
        made.text((at(tick), foot + 18), text.same(shown), 12.5, MUTED, "middle")
    if dots.reference is not None:
        x = at(dots.reference)
        made.line((x, _TOP - 4), (x, foot), INK, 1.2, "" if dots.signed else "5 4")
        made.text((x, _TOP - 10), dots.reference_name, 12.5, INK, "middle", bold=True)
    for k, one in enumerate(dots.rows):
        _row(made, dots, one, _TOP + _ROW * (k + 0.5), (at(one.value), at(one.low), at(one.high)))
    return made.drawing(dots.alt, dots.data())


def _row(made: Sketch, dots: Dots, one: DotRow, y: float, places: tuple[float, float, float]) -> None:
    """A name, the interval with its dot, the figure; hollow and grey where a change is not significant."""
    colour = tone_colour(dots, one)
    value, low, high = places
    made.text((0, y + 5), one.name, 14, INK, bold=one.marked, both=one.name.zh)
    if not math.isnan(one.low):
        made.line((low, y), (high, y), colour, 2.5, round_=True)
    made.dot((value, y), 4.5, colour, filled=not dots.signed or one.tone != "")
    made.text((_WIDTH, y + 5), text.same(dots.written(one.value)), 14, INK, "end", bold=True)


def tone_colour(dots: Dots, one: DotRow) -> str:
    """Red for significantly worse alone; grey for a change that is not significant."""
    return RED if one.tone == "down" else MUTED if dots.signed and not one.tone else BLUE
