"""Necessary conditions: the scatter under its ceilings, and what each level of the target needs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ncsi.errors import InputError
from ncsi.model import Necessity, PlsFit
from ncsi.numerals import number, p_value
from ncsi.plots import words
from ncsi.plots.keys import readable
from ncsi.plots.rows import size_of
from ncsi.plots.sheet import Sheet, wrap
from ncsi.plots.words import naming
from ncsi.spec import Instrument, Language


def ceiling(
    of: Necessity,
    construct: str | None = None,
    at: float = 80.0,
    fit: PlsFit | None = None,
    instrument: Instrument | None = None,
    ax: Axes | None = None,
    lang: Language = "en",
    dark: bool = False,
    title: str | None = None,
) -> Axes:
    """Draw the target against `construct` (the first by default): ceilings, and what the target's level `at` (index
    points) needs by the step function.

    With `fit`, that the result was made of, every respondent is a dot; without it the peers alone. Raises InputError
    for a construct that was not examined.
    """
    examined = of.effects["construct"].tolist()
    name = examined[0] if construct is None else construct
    if name not in examined:
        raise InputError("ncsi.plot: ceiling", f"{name} was not examined", f"Choose of {', '.join(examined)}")
    called = naming(instrument if fit is None else fit.instrument, lang)
    sheet = Sheet.open(ax, lang, dark, (5.4, 4.2), grid="xy")
    ax, colours = sheet.ax, sheet.colours
    peers = of.peers[of.peers["construct"] == name].sort_values("x")
    ax.set(xlim=(0, 101), ylim=(0, 104))
    _respondents(sheet, peers, None if fit is None else fit.scores()[[name, of.target]].dropna())
    _ceilings(sheet, peers, of.lines[of.lines["construct"] == name].iloc[0])
    sheet.scale("x")
    sheet.scale("y")
    sheet.labels(*(sheet.say(words.OF_0_100, name=called(one)) for one in (name, of.target)))
    effect = of.effects[of.effects["construct"] == name].iloc[0]
    note = sheet.say(
        words.CEILING, d=number(effect["d_ce"], 2), p=p_value(effect["p_ce_holm"]),
        matched=p_value(effect["p_ce_matched_holm"]),
    )  # fmt: skip
    sheet.done(title, note)
    for k, (key, colour) in enumerate(((words.CE, colours.ink), (words.CR, colours.muted))):
        sheet.text(0, 1, sheet.say(key), at="axes fraction", off=(6, -6 - 11 * k), va="top", weight="SemiBold",
                   colour=colour, bbox={"facecolor": colours.paper, "edgecolor": "none", "pad": 0.6})  # fmt: skip
    reached = np.flatnonzero(peers["y"] >= at)
    if len(reached) and reached[0] > 0:
        _needed(sheet, float(peers["x"].iloc[reached[0]]), at, called(of.target))
    return ax


def bottleneck(
    of: Necessity,
    instrument: Instrument | None = None,
    ax: Axes | None = None,
    lang: Language = "en",
    dark: bool = False,
    title: str | None = None,
) -> Axes:
    """Draw the bottleneck table: for each level of the target (row) the level of every condition that it needs by the
    step function, in % of their ranges, the darker the more."""
    called = naming(instrument, lang)
    names = of.effects["construct"].tolist()
    levels = sorted(of.bottleneck["level"].unique(), reverse=True)
    sheet = Sheet.open(ax, lang, dark, size_of(len(levels), 5.4))
    ax, colours = sheet.ax, sheet.colours
    rows = [f"{one:g}%" for one in levels]
    sheet.names(rows)
    ax.set_xlim(-0.5, len(names) - 0.5)
    keys = zip(of.bottleneck["construct"], of.bottleneck["level"], strict=True)
    needs = dict(zip(keys, zip(of.bottleneck["ce"], of.bottleneck["ce_state"], strict=True), strict=True))
    shades = {"not_needed": colours.paper, "out_of_reach": colours.zone}
    for column, name in enumerate(names):
        for row, level in enumerate(levels):
            need, state = needs[name, level]
            deep = colours.blue if need >= 66 else colours.soft_blue if need >= 33 else colours.pale
            ground = shades.get(state, deep)
            ax.add_patch(Rectangle((column - 0.48, row - 0.46), 0.96, 0.92, facecolor=ground, linewidth=0))
            told = {"not_needed": "NN", "out_of_reach": "NA"}.get(state) or number(need, 0)
            colour = colours.muted if state != "needed" else readable(sheet, ground)
            sheet.text(column, row, told, ha="center", va="center", colour=colour, in_layout=False)
    width, _ = sheet.extent
    ax.xaxis.tick_top()
    ax.set_xticks(
        range(len(names)), [wrap(called(one), "Regular", 7.5, width / len(names), name=True) for one in names]
    )
    note = sheet.note(
        sheet.say(words.BOTTLENECK, target=called(of.target)), sheet.say(words.BOTTLENECK_STATES)
    )
    return sheet.done(title, note, rows)


def _respondents(sheet: Sheet, peers: pd.DataFrame, scores: pd.DataFrame | None) -> None:
    """A dot for every respondent, from `scores` (condition, target); without them one for every peer."""
    if scores is None:
        sheet.ax.plot(peers["x"], peers["y"], "o", color=sheet.colours.blue, markersize=4)
        return
    x, y = (scores[name] for name in scores)
    sheet.ax.plot(x, y, "o", color=sheet.colours.blue, markersize=2.6, alpha=0.28, markeredgewidth=0)


def _ceilings(sheet: Sheet, peers: pd.DataFrame, line: pd.Series) -> None:
    """The steps over the peers, which lie by `x`, and, where there is one, the line of that intercept and slope."""
    x, y = (peers[name].to_numpy(dtype=float) for name in ("x", "y"))
    sheet.ax.step([*x, 100], [*y, y[-1]], where="post", color=sheet.colours.ink, linewidth=1.8, zorder=3)
    if np.isfinite(line["slope"]):
        over = np.linspace(x[0], 100, 101)
        told = np.clip(line["intercept"] + line["slope"] * over, 0, y[-1])
        sheet.ax.plot(over, told, color=sheet.colours.muted, linewidth=1.4, linestyle=(0, (4, 3)), zorder=2)


def _needed(sheet: Sheet, x: float, at: float, target: str) -> None:
    """From the target's level across to the ceiling and down to what it needs."""
    colours = sheet.colours
    sheet.ax.plot([0, x, x], [at, at, 0], color=colours.ink, linewidth=1, linestyle=(0, (1, 2)), zorder=2)
    right = x < 55
    told = sheet.say(words.NEEDS, level=number(at, 0), target=target, x=number(x, 0))
    sheet.text(x, 0, told, at=("data", "axes fraction"),
               off=(4 if right else -4, 4), ha="left" if right else "right", va="bottom", zorder=4,
               bbox={"facecolor": colours.paper, "edgecolor": "none", "pad": 0.6})  # fmt: skip
