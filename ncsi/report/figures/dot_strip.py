"""Figures with their intervals, a row each: names to the left, the figures to the right, one axis below."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ncsi.report import text
from ncsi.report.axis_rows import axis
from ncsi.report.chart_data import DotRow, Dots
from ncsi.report.figures.drawing import BLUE, GRID, INK, MUTED, RED, Drawing
from ncsi.report.figures.letters import OURS, Letters
from ncsi.report.figures.sketch import Sketch

_TOP, _BELOW = 26.0, 30.0
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20)


@dataclass(frozen=True, slots=True)
class Measures:
    """Of a strip, in its pixels: its width, the height of a row, where the axis begins and ends, the size of names."""

    width: float
    row: float
    left: float
    right: float
    letters: float


SHEET = Measures(680, 24, 236, 580, 14)
PHONE = Measures(492, 31, 212, 418, 15)
"""Half as large as on a phone's long picture, which is twice as sharp."""


def dot_strip(dots: Dots, measures: Measures = SHEET, letters: Letters = OURS) -> Drawing:
    """The drawing of at least one figure."""
    foot = _TOP + measures.row * len(dots.rows)
    made = Sketch(measures.width, foot + _BELOW, letters)
    ends = [end for one in dots.rows for end in (one.value, one.low, one.high)]
    scale = axis(ends if dots.reference is None else [*ends, dots.reference], _STEPS)

    def at(value: float) -> float:
        share = (value - scale.low) / (scale.high - scale.low)
        return measures.left + share * (measures.right - measures.left)

    digits = max(len(f"{tick:g}".partition(".")[2]) for tick in scale.ticks)
    for tick in scale.ticks:
        made.line((at(tick), _TOP), (at(tick), foot), GRID)
        shown = text.signed(tick, digits) if dots.signed else text.number(tick, digits)
        size = made.letters.within((shown,), 12.5, at(scale.ticks[1]) - at(scale.ticks[0]) - 4)
        made.text((at(tick), foot + 18), text.same(shown), size, MUTED, "middle")
    if dots.reference is not None:
        x = at(dots.reference)
        made.line((x, _TOP - 4), (x, foot), INK, 1.2, "" if dots.signed else "5 4")
        made.text((x, _TOP - 10), dots.reference_name, 12.5, INK, "middle", bold=True)
    for k, one in enumerate(dots.rows):
        y = _TOP + measures.row * (k + 0.5)
        _row(made, measures, dots, one, y, (at(one.value), at(one.low), at(one.high)))
    signed = dots.signed or any(one.tone for one in dots.rows)
    return made.drawing(dots.alt, dots.data(), signed=signed)


def _row(
    made: Sketch, measures: Measures, dots: Dots, one: DotRow, y: float, places: tuple[float, float, float]
) -> None:
    """A name, the interval with its dot, the figure; hollow and grey where a change is not significant."""
    colour = tone_colour(dots, one)
    value, low, high = places
    # Names that are longer than their place become smaller: no chart cuts or breaks one.
    room = measures.left - 14
    size = made.letters.shrunk(
        one.name.zh, made.letters.fitting(one.name.en, measures.letters, room, 0.53), room
    )
    made.text((0, y + 5), one.name, size, INK, bold=one.marked, both=one.name.zh)
    if not math.isnan(one.low):
        made.line((low, y), (high, y), colour, 2.5, round_=True)
    made.dot((value, y), 4.5, colour, filled=not dots.signed or one.tone != "")
    written = dots.written(one.value)
    size = made.letters.within((written,), measures.letters, measures.width - measures.right - 12)
    made.text((measures.width, y + 5), text.same(written), size, INK, "end", bold=True)


def tone_colour(dots: Dots, one: DotRow) -> str:
    """Red for significantly worse alone; grey for a change that is not significant."""
    return RED if one.tone == "down" else MUTED if dots.signed and not one.tone else BLUE
