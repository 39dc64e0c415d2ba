"""A drawing inside a page: themed, without a style attribute."""

from __future__ import annotations

import re
from dataclasses import replace

from markupsafe import Markup, escape

from ncsi.palette import LIGHT
from ncsi.report.figures import Drawing
from ncsi.report.text import phrase
from ncsi.spec import LANGUAGES, Language

_VARIABLES = {
    colour: f"var(--{name})"
    for colour, name in (
        (LIGHT.ink, "ink"), (LIGHT.muted, "muted"), (LIGHT.grid, "line"), (LIGHT.blue, "blue"),
        (LIGHT.pale, "range"), (LIGHT.red, "red"), (LIGHT.pink, "pink"), (LIGHT.paper, "paper"),
        (LIGHT.zone, "rule"),
    )
}  # fmt: skip
_TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en"}


def pictures(drawing: Drawing, narrow: Drawing | None = None) -> Markup:
    """The drawing in each language.

    `narrow`: what a phone shows instead; the drawing itself where it fits one.
    """
    sizes = {"fits": drawing} if narrow is drawing else {"": drawing} if narrow is None else {
        "broad": drawing, "narrow": narrow,
    }  # fmt: skip
    if not drawing.texts:
        return _wordless(drawing)
    return Markup("").join(
        Markup('<div class="{}" role="group" aria-label="{}" lang="{}">{}</div>').format(
            f"figure {size}".rstrip(), phrase("chart").of(language), _TAGS[language],
            _picture(one, language),
        )
        for size, one in sizes.items()
        for language in LANGUAGES
    )  # fmt: skip


def _wordless(drawing: Drawing) -> Markup:
    """A drawing without a letter: one for both languages, beside what it shows in the language that is shown."""
    hidden = _themed(drawing.svg).replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
    return Markup(
        '<div class="figure fits"><p class="unseen"><span lang="zh-CN">{}</span> <span lang="en">{}</span></p>{}</div>'
    ).format(*drawing.alt, Markup(hidden))  # noqa: S704 - our own, without a text


def _picture(drawing: Drawing, language: Language) -> Markup:
    """The palette is turned while the texts are tokens, so that no name can be taken for markup."""
    svg = replace(drawing, svg=_themed(drawing.svg)).localised(language)
    alt = escape(drawing.alt.of(language))
    opened = svg.replace("<svg ", f'<svg role="img" stroke-linejoin="round" aria-label="{alt}" ', 1)
    return Markup(opened)  # noqa: S704 - our own; its texts were escaped


def _themed(svg: str) -> str:
    """The fixed palette as the page's variables, so that dark mode turns the charts too."""
    return re.sub(r"#[0-9a-f]{6}", lambda found: _VARIABLES.get(found[0], found[0]), svg)
