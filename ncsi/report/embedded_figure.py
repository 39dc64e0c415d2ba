"""A drawing inside a page: themed, without a style attribute."""

from __future__ import annotations

import re
from dataclasses import replace

from markupsafe import Markup, escape

from ncsi.report.figures import Drawing, canvas
from ncsi.report.text import phrase
from ncsi.spec import LANGUAGES, Language

_VARIABLES = {
    colour: f"var(--{name})"
    for colour, name in (
        (canvas.INK, "ink"), (canvas.MUTED, "muted"), (canvas.GRID, "line"), (canvas.BLUE, "blue"),
        (canvas.PALE, "range"), (canvas.RED, "red"), (canvas.PINK, "pink"), (canvas.PAPER, "paper"),
    )
}  # fmt: skip
_TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en"}


def pictures(drawing: Drawing, name: str, narrow: Drawing | None = None) -> Markup:
    """The drawing in each language.

    `narrow`: what a phone shows instead; the drawing itself where it fits one.
    """
    sizes = {"fits": drawing} if narrow is drawing else {"": drawing} if narrow is None else {
        "broad": drawing, "narrow": narrow,
    }  # fmt: skip
    return Markup("").join(
        Markup('<div class="{}" role="group" aria-label="{}" lang="{}">{}</div>').format(
            f"figure {size}".rstrip(), phrase("chart").of(language), _TAGS[language],
            _picture(one, language, "-".join(filter(None, (name, size, language)))),
        )
        for size, one in sizes.items()
        for language in LANGUAGES
    )  # fmt: skip


def _picture(drawing: Drawing, language: Language, prefix: str) -> Markup:
    """The edits are made while the texts are tokens, so that no name can be taken for markup."""
    svg = _themed(_unstyled(_without_metadata(drawing.svg)))
    svg = replace(drawing, svg=svg).localised(language, prefix)
    alt = escape(drawing.alt.of(language))
    opened = svg.replace("<svg ", f'<svg role="img" stroke-linejoin="round" aria-label="{alt}" ', 1)
    return Markup(opened)  # noqa: S704 - our own; its texts were escaped


def _themed(svg: str) -> str:
    """The fixed palette as the page's variables, so that dark mode turns the charts too."""
    return re.sub(r"#[0-9a-f]{6}", lambda found: _VARIABLES.get(found[0], found[0]), svg)


def _unstyled(svg: str) -> str:
    """Style attributes as presentation attributes, which a strict content policy lets through."""
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, flags=re.DOTALL)
    return re.sub(r' style="([^"]*)"', lambda found: _attributes(found[1]), svg)


def _attributes(style: str) -> str:
    pairs = (one.split(":", 1) for one in style.split(";") if one.strip())
    return "".join(f' {name.strip()}="{value.strip()}"' for name, value in pairs)


def _without_metadata(svg: str) -> str:
    start, end = svg.find("<metadata>"), svg.find("</metadata>")
    return svg if start < 0 else svg[:start] + svg[end + len("</metadata>") :]
