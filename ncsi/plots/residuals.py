"""Where the model does not reproduce the items' correlations: a heat map of the residuals."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ncsi.arrays import Array, Mask
from ncsi.model import Bootstrap, PlsFit
from ncsi.model.pls.assessment import assess, residual_correlations
from ncsi.numerals import number
from ncsi.plots import words
from ncsi.plots.keys import key, readable
from ncsi.plots.rows import HEIGHT
from ncsi.plots.sheet import Sheet, width_of
from ncsi.spec import Instrument, Label, Language

_NARROW = 330.0
"""Points of width below which rows are named by the items' ids."""
_READABLE = 4.5
EDGES = (0.05, 0.10)
"""Residuals within the first are unremarkable; beyond the second they are written out where there is room."""


def residual_map(
    of: PlsFit | Bootstrap, ax: Axes | None = None, lang: Language = "en", dark: bool = False,
    title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw observed less implied correlation of every two items of different constructs (`residual_correlations`), in
    classes by sign and size; blue: the items go together more than the paths say, red: less."""
    fit = of.fit if isinstance(of, Bootstrap) else of
    model = fit.instrument
    owner = [model.construct_of(one).id for one in model.item_ids]
    apart = np.tril(np.not_equal.outer(owner, owner))
    told = (
        words.RESIDUALS,
        words.RESIDUALS_SRMR.text(lang).format(srmr=number(assess(fit).srmr_estimated, 3)),
    )
    return heat_map(model, residual_correlations(fit).to_numpy(), apart, EDGES, told, ax, lang, dark, title)


def heat_map(
    model: Instrument, values: Array, cells: Mask, edges: tuple[float, float], told: tuple[Label, str],
    ax: Axes | None, lang: Language, dark: bool, title: str | None,
) -> Axes:  # fmt: skip
    """Draw `values` (p, p) of pairs of items where `cells` of the lower triangle says so, in five classes by sign and
    size with the `edges` between; rows and columns that hold no cell are left out."""
    first, last = int(np.argmax(cells.any(axis=1))), int(np.flatnonzero(cells.any(axis=0))[-1]) + 1
    sheet = Sheet.open(ax, lang, dark, (6.8, 1.2 + HEIGHT * (len(model.items) - first)))
    ax, colours = sheet.ax, sheet.colours
    wide = sheet.extent[0] > _NARROW
    names = [one.label.text(lang) if wide else one.id for one in model.items[first:]]
    sheet.names(names)
    ax.set_xlim(-0.5, last - 0.5)
    inner, outer = edges
    shades = [colours.red, colours.soft_red, colours.zone, colours.soft_blue, colours.blue]
    places = [(int(i), int(j)) for i, j in np.argwhere(cells & ~np.isnan(values))]
    for i, j in places:
        ground = shades[int(np.searchsorted([-outer, -inner, inner, outer], values[i, j]))]
        ax.add_patch(Rectangle((j - 0.46, i - first - 0.46), 0.92, 0.92, facecolor=ground, linewidth=0))
    edge = number(inner, 2)
    key(sheet, [
        (f"< {number(-outer, 2)}", shades[0]), (f"< {number(-inner, 2)}", shades[1]),
        (sheet.say(words.WITHIN, edge=edge), shades[2]), (f"> {edge}", shades[3]), (f"> {number(outer, 2)}", shades[4]),
    ])  # fmt: skip
    ax.set_xticks(range(last), model.item_ids[:last], rotation=90)
    sheet.done(title, sheet.note(sheet.say(told[0]), told[1]), names)
    width, _ = sheet.extent
    size = min(6.5, 0.9 * width / last / width_of("−.23", "Regular", 1.0))
    for i, j in places if size >= _READABLE else ():
        if abs(values[i, j]) > outer:
            ground = shades[0] if values[i, j] < 0 else shades[-1]
            figure = number(values[i, j], 2).replace("0.", ".") if outer < 1 else number(values[i, j], 1)
            sheet.text(
                j, i - first, figure, ha="center", va="center", size=size, colour=readable(sheet, ground),
                in_layout=False,
            )  # fmt: skip
    return ax
