"""A drawing: SVG with live text, drawn once; texts are tokens that each language fills in.

Titles live in the documents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape, quoteattr

from ncsi.fonts import FAMILY
from ncsi.palette import LIGHT
from ncsi.report.chart_data import ChartData
from ncsi.report.text import Pair, Shown
from ncsi.report.typeface import Typeface
from ncsi.spec.contrast import mixed

INK, MUTED, GRID, BLUE, PALE, RED, PINK, PAPER, ZONE = (
    LIGHT.ink, LIGHT.muted, LIGHT.grid, LIGHT.blue, LIGHT.pale, LIGHT.red, LIGHT.pink, LIGHT.paper, LIGHT.zone,
)  # fmt: skip


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
    """An SVG whose texts are tokens, the texts of its editions, what it shows in words, and its data.

    It has no id, so that it can stand in a page more than once. `signed`: whether blue says better in it.
    """

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

    def localised(self, shown: Shown, typeface: Typeface | None = None) -> str:
        """The SVG in one language or both, ready to stand in a page; where a program sets it that knows no styles, in
        the publisher's `typeface`, each stretch in the font that has it."""

        def lettering(words: str) -> str:
            if typeface is None:
                return escape(words)
            return "".join(
                escape(part)
                if family == FAMILY
                else f"<tspan font-family={quoteattr(family)}>{escape(part)}</tspan>"
                for family, part in typeface.runs(words, english=shown == "en")
            )

        return re.sub(r"«(\d+)»", lambda found: lettering(self.texts[int(found[1])].of(shown)), self.svg)
