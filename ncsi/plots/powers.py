"""How likely a survey of a size is to detect a change between two waves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from ncsi.errors import InputError
from ncsi.numerals import level_told, number
from ncsi.plots import words
from ncsi.plots.sheet import Sheet
from ncsi.spec import Language
from ncsi.survey.size import Setting

_TICKS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000)


def power_curves(
    of: Setting, changes: Sequence[float] = (1, 2, 3, 5), ax: Axes | None = None, lang: Language = "en",
    dark: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw the power to detect each change (points) by the respondents of each wave; a dot where it reaches the power
    of the `Setting`, with the respondents that takes (`n_for_change`). Raises InputError without a positive change."""
    if not changes or min(changes) <= 0:
        raise InputError(
            "ncsi.plot: power", f"changes are {list(changes)}", "Give positive numbers of points"
        )
    needed = {one: of.n_for_change(one) for one in sorted(set(changes), reverse=True)}
    low, high = max(2, min(needed.values()) / 8), max(needed.values()) * 2.5
    n = np.geomspace(low, high, 120)
    sheet = Sheet.open(ax, lang, dark, (5.6, 3.6), grid="xy")
    ax, colours = sheet.ax, sheet.colours
    ax.set_xscale("log")
    ax.set(xlim=(low, high), ylim=(0, 112))
    ax.axhline(100 * of.power, color=colours.ink, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    for change, enough in needed.items():
        ax.plot(
            n,
            [100 * of.power_for_change(change, one) for one in n],
            color=colours.blue,
            linewidth=1.8,
            zorder=2,
        )
        ax.plot([enough], [100 * of.power], "o", color=colours.blue, markersize=5, zorder=4)
        sheet.text(enough, 100 * of.power, f"{enough:,}", off=(-5, 4), ha="right", va="bottom", weight="SemiBold",
                   size=7.5, zorder=5, bbox={"facecolor": colours.paper, "edgecolor": "none", "pad": 0.4})  # fmt: skip
        half = float(np.interp(45, [100 * of.power_for_change(change, one) for one in n], n))
        told = sheet.say(words.POINT if change == 1 else words.POINTS, points=f"{change:g}")
        sheet.text(half, 45, told, ha="center", va="center", size=7.5, colour=colours.blue, zorder=4,
                   bbox={"facecolor": colours.paper, "edgecolor": "none", "pad": 0.8})  # fmt: skip
    shown = [one for one in _TICKS if low <= one <= high]
    every = 2 if len(shown) > 7 else 1
    ax.set_xticks(shown[::every], [f"{one:,}" for one in shown[::every]])
    ax.set_xticks([], minor=True)
    ax.set_yticks([0, 20, 40, 60, 80, 100])
    sheet.labels(sheet.say(words.RESPONDENTS_AXIS), sheet.say(words.POWER_AXIS))
    told = sheet.say(words.POWER, sd=number(of.sd), deff=number(of.deff, 2), level=level_told(of.level))
    return sheet.done(title, told)
