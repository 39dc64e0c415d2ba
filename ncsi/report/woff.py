"""Web fonts: one subset a weight of just the characters a release shows, shared by all its pages."""

from __future__ import annotations

import base64
import io
import logging

from fontTools import subset
from fontTools.ttLib import TTFont

from ncsi.errors import PublicationError
from ncsi.report.figures import FAMILY, FONTS
from ncsi.report.types import Apply

_WEIGHTS = {400: "Regular", 600: "SemiBold", 700: "Bold"}


def font_css(characters: set[str], apply: Apply = map, weights: tuple[int, ...] = (400, 600, 700)) -> str:
    """`@font-face` rules with the subsets as data URIs; `apply` maps the weights, half a second each."""
    subsets = apply(_woff2, [_WEIGHTS[one] for one in weights], [characters] * len(weights))
    return "\n".join(
        f"@font-face{{font-family:'{FAMILY}';font-weight:{weight};font-display:block;"
        f"src:url(data:font/woff2;base64,{data}) format('woff2')}}"
        for weight, data in zip(weights, subsets, strict=True)
    )


def _woff2(name: str, characters: set[str]) -> str:
    # Our fonts carry no date, so that they repeat; fontTools warns of it at each font.
    logging.getLogger("fontTools.ttLib.tables._h_e_a_d").setLevel(logging.ERROR)
    font = TTFont(FONTS / f"NotoSansSC-tg-{name}.ttf", recalcTimestamp=False)
    options = subset.Options(layout_features=["kern", "palt"], notdef_outline=True, hinting=False)
    options.flavor = "woff2"
    worker = subset.Subsetter(options)
    worker.populate(unicodes=[ord(one) for one in characters])
    worker.subset(font)
    buffer = io.BytesIO()
    subset.save_font(font, buffer, options)
    return base64.b64encode(buffer.getvalue()).decode()


def require_glyphs(texts: dict[str, str]) -> None:
    """Stop publication when a text (by where it stands) has a character that the fonts lack."""
    known = TTFont(FONTS / "NotoSansSC-tg-Regular.ttf", lazy=True).getBestCmap()
    for where, words in texts.items():
        for line in words.split("\n"):
            lacking = next((one for one in line if ord(one) not in known and one != "\t"), None)
            if lacking is not None:
                raise PublicationError(
                    f"{where}: '{line[:80]}' has the character {lacking} (U+{ord(lacking):04X}), which the report's "
                    "fonts lack. Write the name with another character, or add the glyph to ncsi/report/fonts."
                )
