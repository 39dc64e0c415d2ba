"""Classes by colour: the key above a chart, and the text that can be read on each."""

from __future__ import annotations

from collections.abc import Sequence

from ncsi.plots.sheet import TICKS, Sheet, width_of
from ncsi.plots.theme import contrast


def key(sheet: Sheet, classes: Sequence[tuple[str, str]]) -> None:
    """Name and colour of each class as a chip, in a line above the Axes, begun left of it where it is long."""
    widths = [width_of(name, "Regular", TICKS) + 8 for name, _ in classes]
    off = min(0.0, sheet.extent[0] - sum(widths) - 2 * len(widths))
    for (name, colour), wide in zip(classes, widths, strict=True):
        sheet.text(
            0, 1, name, at="axes fraction", off=(off + wide / 2, 6), ha="center", va="bottom", size=TICKS,
            colour=readable(sheet, colour), bbox={"facecolor": colour, "edgecolor": "none", "pad": 2.2},
        )  # fmt: skip
        off += wide + 2


def readable(sheet: Sheet, ground: str) -> str:
    """The ink or the paper, whichever stands out more from the ground."""
    return max((sheet.colours.ink, sheet.colours.paper), key=lambda colour: contrast(colour, ground))
