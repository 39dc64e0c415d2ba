"""How replicates of each path are distributed, one density below another."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from ncsi.arrays import Array
from ncsi.model import Bootstrap
from ncsi.numerals import level_told
from ncsi.plots import words
from ncsi.plots.rows import size_of
from ncsi.plots.sheet import Sheet
from ncsi.plots.words import naming
from ncsi.spec import Language

_POINTS = 160


def densities(
    of: Bootstrap, ax: Axes | None = None, lang: Language = "en", dark: bool = False, title: str | None = None
) -> Axes:
    """Draw the density of every path over the replicates, its interval as a bar and its estimate as a dot on the line.

    Gaussian kernels, Silverman's width; all densities to one height. Of replicate weights, which are no draws, normal
    draws with their covariance.
    """
    ids, frame = of.fit.instrument.construct_ids, of.paths
    arcs = np.array([(ids.index(a), ids.index(b)) for a, b in zip(frame["from"], frame["to"], strict=True)]).T
    estimates = frame["estimate"].to_numpy(dtype=float)
    draws = of.intervals.sampled(estimates, of.draws.paths[*arcs]).T
    called = naming(of.fit.instrument, lang)
    names = [f"{called(a)} → {called(b)}" for a, b in zip(frame["from"], frame["to"], strict=True)]
    sheet = Sheet.open(ax, lang, dark, size_of(len(names), 6.4, 2), grid="x")
    colours = sheet.colours
    sheet.names(names)
    sheet.ax.set_ylim(len(names) - 0.5, -1.0)
    for row, (one, estimate, low, high) in enumerate(
        zip(draws, estimates, frame["low"], frame["high"], strict=True)
    ):
        at, height = density(one)
        sheet.ax.fill_between(at, row, row - 0.86 * height / height.max(), color=colours.soft_blue, alpha=0.6,
                              linewidth=0, zorder=2)  # fmt: skip
        sheet.ax.plot(
            [low, high], [row, row], color=colours.blue, linewidth=2.4, solid_capstyle="butt", zorder=3
        )
        sheet.ax.plot([estimate], [row], "o", color=colours.blue, markersize=4.5, zorder=4)
    sheet.ax.axvline(0, color=colours.ink, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    sheet.scale("x")
    note = sheet.note(
        sheet.say(words.DENSITIES, replicates=f"{of.replicates:,}"),
        sheet.say(words.DENSITIES_BARS, level=level_told(of.level)),
    )
    return sheet.done(title, note, names)


def density(draws: Array) -> tuple[Array, Array]:
    """Points and the Gaussian kernel density there (Silverman 1986, 3.31)."""
    quartiles = np.subtract(*np.quantile(draws, [0.75, 0.25])) / 1.34
    spread = min(float(draws.std(ddof=1)), float(quartiles) or np.inf)
    width = max(0.9 * spread * len(draws) ** -0.2, 1e-9)
    at = np.linspace(draws.min() - 3 * width, draws.max() + 3 * width, _POINTS)
    kernels = np.exp(-0.5 * ((at[:, None] - draws) / width) ** 2)
    return at, np.asarray(kernels.mean(axis=1) / (width * np.sqrt(2 * np.pi)))
