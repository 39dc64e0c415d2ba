"""The letters of every chart of a notebook, which hold Chinese, and how far its colours stand apart."""

from __future__ import annotations

from functools import cache
from typing import Literal

from matplotlib.font_manager import FontProperties

from ncsi.fonts import FONTS
from ncsi.spec.contrast import contrast as contrast

Weight = Literal["Regular", "SemiBold", "Bold"]
_CSS_WEIGHTS = {"Regular": "normal", "SemiBold": "semibold", "Bold": "bold"}


@cache
def font(weight: Weight, size: float) -> FontProperties:
    """Our own font by its file, so that no other of that name, and no box in place of a character, is drawn."""
    return FontProperties(
        fname=str(FONTS / f"NotoSansSC-tg-{weight}.ttf"), size=size, weight=_CSS_WEIGHTS[weight]
    )
