"""Weights before and after an adjustment: how far they spread, and what that costs in effective respondents."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ncsi.arrays import Array
from ncsi.errors import InputError
from ncsi.numerals import number
from ncsi.plots import words
from ncsi.plots.sheet import Sheet
from ncsi.spec import Language
from ncsi.survey import effective_size

_BINS = 30
_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


def weight_change(
    of: pd.Series, before: pd.Series | None = None, ax: Axes | None = None, lang: Language = "en",
    dark: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw the distribution of weights by their mean (a line) over that of the weights `before`, on a log axis.

    Weights before are grey; where all are equal, or none are given, the dashed line alone stands for them. Both
    effective sample sizes are written. Raises InputError for weights that are missing or not positive, and for another
    number of them before."""
    after = _by_mean(of, "weights")
    first = np.ones(len(after)) if before is None else _by_mean(before, "weights before")
    if len(first) != len(after):
        raise InputError("ncsi.plot: weights", f"there are {len(after)} weights and {len(first)} before",
                         "Give those of the same respondents")  # fmt: skip
    sheet = Sheet.open(ax, lang, dark, (5.6, 3.4), grid="y")
    ax, colours = sheet.ax, sheet.colours
    low, high = min(after.min(), first.min(), 0.5) / 1.1, max(after.max(), first.max(), 2.0) * 1.1
    edges = np.geomspace(low, high, _BINS + 1)
    shares = [100 * np.histogram(one, edges)[0] / len(one) for one in (first, after)]
    ax.set_xscale("log")
    spread = np.ptp(first) > 0
    if spread:
        ax.stairs(shares[0], edges, fill=True, color=colours.zone, zorder=1)
    ax.stairs(shares[1], edges, color=colours.blue, linewidth=1.8, baseline=None, zorder=2)
    ax.axvline(1, color=colours.ink, linewidth=0.9, linestyle=(0, (4, 3)), zorder=3)
    ax.set(xlim=(low, high), ylim=(0, 1.3 * max(one.max() for one in (shares if spread else shares[1:]))))
    shown = [one for one in _TICKS if low <= one <= high]
    ax.set_xticks(shown, [f"{one:g}" for one in shown])
    ax.set_xticks([], minor=True)
    sheet.scale("y")
    sheet.labels(sheet.say(words.WEIGHT_AXIS), sheet.say(words.SHARE_OF_RESPONDENTS))
    sheet.done(title, sheet.say(words.WEIGHTS))
    largest = number(after.max(), 2)
    told = (
        (sheet.say(words.BEFORE, n_eff=f"{float(effective_size(first)):,.0f}"), colours.muted),
        (sheet.say(words.AFTER, n_eff=f"{float(effective_size(after)):,.0f}", largest=largest), colours.blue),
    )
    for k, (line, colour) in enumerate(told):
        sheet.text(0, 1, line, at="axes fraction", off=(6, -5 - 11.5 * k), va="top", weight="SemiBold", colour=colour,
                   zorder=4, bbox={"facecolor": colours.paper, "edgecolor": "none", "pad": 0.6})  # fmt: skip
    return ax


def _by_mean(weights: pd.Series, name: str) -> Array:
    values = pd.to_numeric(weights, errors="coerce").to_numpy(dtype=float)
    bad = ~(np.isfinite(values) & (values > 0))
    if bad.any() or not len(values):
        problem = (
            f"{int(bad.sum())} of {len(values)} are missing, 0 or negative"
            if len(values)
            else "there are none"
        )
        raise InputError(f"ncsi.plot: {name}", problem, "Give positive weights")
    return np.asarray(values / values.mean())
