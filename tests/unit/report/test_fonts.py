"""The web fonts of a release: just its characters, the same bytes each time, without a word."""

import base64
import io
import re

from fontTools.ttLib import TTFont

from ncsi.report.woff import font_css

WORDS = set("顾客满意度 77.5 −0.1")


def test_three_weights_hold_the_characters_and_little_else():
    css = font_css(WORDS)
    fonts = [
        TTFont(io.BytesIO(base64.b64decode(data))) for data in re.findall(r"base64,([A-Za-z0-9+/=]+)", css)
    ]
    assert len(fonts) == 3
    for font in fonts:
        assert {ord(one) for one in WORDS} <= set(font.getBestCmap())
        assert len(font.getGlyphOrder()) <= len(WORDS) + 3
    assert font_css(WORDS) == css


def test_subsetting_says_nothing(caplog):
    font_css(WORDS)
    assert caplog.messages == []
