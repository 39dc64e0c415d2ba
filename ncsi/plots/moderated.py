"""An effect that depends on another construct: simple slopes, and the slope over the moderator (floodlight)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ncsi.arrays import Array
from ncsi.model import Moderation
from ncsi.model.inference.moderation import SQUARED
from ncsi.numerals import level_told, number, per_cent
from ncsi.plots import words
from ncsi.plots.sheet import Sheet, width_of
from ncsi.plots.words import naming
from ncsi.spec import Instrument, Language

_REACH = 2.0
"""Standard deviations of the predictor to either side that lines are drawn over."""


def simple_slopes(
    of: Moderation, instrument: Instrument | None = None, ax: Axes | None = None, lang: Language = "en",
    dark: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw the outcome by the predictor where the moderator is at −1, 0 and 1 standard deviations, other causes at
    their mean; bands are the slope's interval. Where the predictor moderates itself, the one curve that it makes."""
    called = naming(instrument, lang)
    sheet = Sheet.open(ax, lang, dark, (5.4, 3.8), grid="xy")
    x = np.linspace(-_REACH, _REACH, 81)
    b = of.terms.set_index("term")["estimate"]
    named: list[tuple[float, str, str]] = []
    own, square = float(b[of.predictor]), float(b.get(f"{of.predictor}{SQUARED}", 0.0))
    if of.predictor == of.moderator:
        sheet.ax.plot(x, own * x + square * x**2, color=sheet.colours.blue, linewidth=2)
        note = words.SQUARE
    else:
        level, bowed = float(b[of.moderator]), float(b.get(f"{of.moderator}{SQUARED}", 0.0))
        columns = (of.slopes[name] for name in ("moderator", "estimate", "low", "high"))
        for at, *slope in zip(*columns, strict=True):
            base = level * at + bowed * at**2 + square * x**2
            named.append(_slope(sheet, x, base, slope, at, called(of.moderator)))
        note = words.SLOPES
    sheet.ax.set_xlim(-_REACH, _REACH)
    sheet.scale("x")
    sheet.scale("y")
    sheet.labels(*(sheet.say(words.SD_OF, name=called(one)) for one in (of.predictor, of.outcome)))
    told = sheet.say(
        note, outcome=called(of.outcome), predictor=called(of.predictor), level=level_told(of.level)
    )
    sheet.done(title, told)
    sheet.ends(named)
    return sheet.ax


def floodlight(
    of: Moderation, instrument: Instrument | None = None, ax: Axes | None = None, lang: Language = "en",
    dark: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw the predictor's slope with its interval over the moderator: grey where the interval holds 0, dashed lines at
    the Johnson-Neyman bounds."""
    called, frame = naming(instrument, lang), of.floodlight
    sheet = Sheet.open(ax, lang, dark, (5.4, 3.8), grid="xy")
    ax, colours = sheet.ax, sheet.colours
    x = frame["moderator"].to_numpy(dtype=float)
    low, high = float(frame["low"].min()), float(frame["high"].max())
    ax.set(xlim=(x[0], x[-1]), ylim=(min(low, 0) - 0.06 * (high - low), max(high, 0) + 0.1 * (high - low)))
    bounds = [one for one in of.johnson_neyman["bound"] if x[0] < one < x[-1]]
    stretches = _not_significant(frame, bounds)
    for start, stop in stretches:
        ax.axvspan(start, stop, color=colours.zone, linewidth=0, zorder=0)
    ax.fill_between(x, frame["low"], frame["high"], color=colours.pale, linewidth=0, zorder=1)
    ax.plot(x, frame["estimate"], color=colours.blue, linewidth=2, zorder=3)
    ax.axhline(0, color=colours.ink, linewidth=1, zorder=2)
    sheet.scale("x")
    sheet.scale("y")
    sheet.labels(
        sheet.say(words.SD_OF, name=called(of.moderator)),
        sheet.say(words.SLOPE_OF, name=called(of.predictor)),
    )
    told = sheet.say(
        words.FLOODLIGHT,
        predictor=called(of.predictor),
        outcome=called(of.outcome),
        level=level_told(of.level),
    )
    share = sheet.say(words.FLOODLIGHT_SHARE, share=per_cent(of.significant))
    sheet.done(title, sheet.note(told, sheet.say(words.FLOODLIGHT_GREY) if stretches else "", share))
    for bound in bounds:
        right = bound < sum(ax.get_xlim()) / 2
        ax.axvline(bound, color=colours.ink, linewidth=0.9, linestyle=(0, (4, 3)), zorder=2)
        sheet.text(bound, 1, f"JN {number(bound, 2)}", at=("data", "axes fraction"), off=(4 if right else -4, -3),
                   ha="left" if right else "right", va="top", weight="SemiBold")  # fmt: skip
    start, stop = max(stretches, key=lambda one: one[1] - one[0], default=(0.0, 0.0))
    if _wide(sheet, stop - start) > width_of(sheet.say(words.NOT_SIGNIFICANT), "Regular", 7.5) + 4:
        sheet.text((start + stop) / 2, 0, sheet.say(words.NOT_SIGNIFICANT), at=("data", "axes fraction"), off=(0, 4),
                   ha="center", va="bottom", size=7.5, colour=colours.muted)  # fmt: skip
    return ax


def _slope(
    sheet: Sheet, x: Array, base: Array, slope: Sequence[float], at: float, name: str
) -> tuple[float, str, str]:
    """A line with its band; gives where it ends, what it is called and its colour."""
    colours = sheet.colours
    colour = colours.blue if at > 0 else colours.muted if at < 0 else colours.ink
    estimate, low, high = slope
    sheet.ax.fill_between(x, base + low * x, base + high * x, color=colour, alpha=0.13, linewidth=0)
    sheet.ax.plot(x, base + estimate * x, color=colour, linewidth=2)
    away = sheet.say(words.SD_FROM_MEAN, sign="+" if at > 0 else "−", sds=f"{abs(at):g}")
    told = away if at else sheet.say(words.AT_MEAN)
    return float(base[-1] + estimate * x[-1]), f"{name} {told}" if at > 0 else told, colour


def _wide(sheet: Sheet, stretch: float) -> float:
    """Points that a stretch of the moderator takes."""
    width, _ = sheet.extent
    low, high = sheet.ax.get_xlim()
    return width * stretch / (high - low)


def _not_significant(frame: pd.DataFrame, bounds: list[float]) -> list[tuple[float, float]]:
    """Stretches of the moderator, between the bounds, over which the slope's interval holds 0."""
    x, low, high = (frame[name].to_numpy(dtype=float) for name in ("moderator", "low", "high"))
    edges = [float(x[0]), *bounds, float(x[-1])]
    middles = [(a + b) / 2 for a, b in pairwise(edges)]
    holds = [np.interp(one, x, low) <= 0 <= np.interp(one, x, high) for one in middles]
    return [(a, b) for (a, b), held in zip(pairwise(edges), holds, strict=True) if held]
