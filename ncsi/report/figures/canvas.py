"""Charts: matplotlib → SVG with live text. Drawn once; texts are tokens that each language fills in.

The only door to matplotlib. Same input, same bytes: fixed hash salt, no date. Titles live in the documents.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, replace
from typing import Any
from xml.sax.saxutils import escape

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from ncsi.fonts import FAMILY
from ncsi.plots.theme import LIGHT, font
from ncsi.report.chart_data import ChartData
from ncsi.report.text import Pair, Shown
from ncsi.spec.contrast import mixed

INK, MUTED, GRID, BLUE, PALE, RED, PINK, PAPER = (
    LIGHT.ink, LIGHT.muted, LIGHT.grid, LIGHT.blue, LIGHT.pale, LIGHT.red, LIGHT.pink, LIGHT.paper,
)  # fmt: skip
_RC: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "ncsi",
    "text.parse_math": False,
    "axes.unicode_minus": True,
    "font.size": 8.0,
}


@dataclass(frozen=True, slots=True)
class Lettering:
    """A text of a drawing as each edition shows it."""

    zh: str
    en: str
    both: str

    def of(self, shown: Shown) -> str:
        """The text in an edition."""
        return self.zh if shown == "zh" else self.en if shown == "en" else self.both


@dataclass(frozen=True, slots=True)
class Drawing:
    """An SVG whose texts are tokens, the texts of its editions, what it shows in words, and its data. `signed`: whether
    blue says better in it."""

    svg: str
    texts: tuple[Lettering, ...]
    alt: Pair
    data: ChartData
    signed: bool = False

    def coloured(self, accent: str) -> Drawing:
        """In a publisher's colour (#rrggbb; empty: ours) and its tint; where blue says better it stays."""
        if not accent or self.signed:
            return self
        svg = self.svg.replace(BLUE, accent).replace(PALE, mixed("#ffffff", accent, 0.16))
        return replace(self, svg=svg)

    def localised(self, shown: Shown, prefix: str) -> str:
        """The SVG in one language or both, ids made unique by `prefix`, ready to stand in a page."""
        svg = re.sub(r'\bid="', f'id="{prefix}-', self.svg)
        svg = re.sub(r"url\(#", f"url(#{prefix}-", svg)
        svg = re.sub(r'href="#', f'href="#{prefix}-', svg)
        return re.sub(r"«(\d+)»", lambda found: escape(self.texts[int(found[1])].of(shown)), svg)


class Canvas:
    """A figure being drawn: adds texts as tokens."""

    def __init__(self, width_cm: float, height_cm: float) -> None:
        self.figure = Figure(figsize=(width_cm / 2.54, height_cm / 2.54))
        self.figure.patch.set_alpha(0)
        self._texts: list[Lettering] = []

    def axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """Axes without a frame, a thin grid."""
        axes: Axes = self.figure.add_axes((left, bottom, width, height))
        for spine in axes.spines.values():
            spine.set_visible(False)
        axes.patch.set_alpha(0)
        axes.tick_params(length=0, labelsize=7.5, labelcolor=MUTED)
        axes.grid(color=GRID, linewidth=0.5)
        axes.set_axisbelow(True)
        return axes

    def text(
        self, axes: Axes, x: float, y: float, words: Pair, *, both: str | None = None, bold: bool = False,
        **options: Any,
    ) -> None:  # fmt: skip
        """A text in data coordinates (or as `transform` says). `both`: its form where both languages are shown; without
        it they stand side by side."""
        side_by_side = words.zh if words.zh == words.en else f"{words.zh} {words.en}"
        self._texts.append(Lettering(words.zh, words.en, side_by_side if both is None else both))
        letters = font("SemiBold" if bold else "Regular", options.pop("size", 8.0))
        axes.text(x, y, f"«{len(self._texts) - 1}»", fontproperties=letters, **options)

    def drawing(self, alt: Pair, data: ChartData, *, signed: bool = False) -> Drawing:
        """Finish: the SVG with its texts; `data` is what it draws, to download; `signed`: as in `Drawing`."""
        for axes in self.figure.axes:
            for label in [*axes.get_xticklabels(), *axes.get_yticklabels()]:
                label.set_fontproperties(font("Regular", 7.5))
        buffer = io.StringIO()
        canvas: Any = FigureCanvasSVG(self.figure)
        canvas.print_svg(buffer, metadata={"Date": None, "Creator": None, "Format": None})
        svg = buffer.getvalue()
        svg = svg[svg.index("<svg") :]
        return Drawing(_plain_families(svg), tuple(self._texts), alt, data, signed)


def _plain_families(svg: str) -> str:
    """Name our family only: a family that a reader lacks would fall back without a word."""
    svg = re.sub(r"font-family: ?[^;\"]+", f"font-family: '{FAMILY}'", svg)
    return re.sub(r"font: ([^;\"]*?)(\d[\d.]*px) [^;\"]+", rf"font: \1\2 '{FAMILY}'", svg)


def settings() -> Any:
    """A context in which every chart is drawn."""
    return mpl.rc_context(_RC)
