"""The web fonts of a release: just its characters, the same bytes each time, without a word."""

import base64
import io
import re
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from ncsi.fonts import FONTS
from ncsi.report import html
from ncsi.report.fonts import WEB
from ncsi.report.woff import font_css

WORDS = set("顾客满意度 77.5 −0.1")
RARE = set("龘喆𠮷")


def fonts_in(css):
    return [TTFont(io.BytesIO(base64.b64decode(one))) for one in re.findall(r"base64,([A-Za-z0-9+/=]+)", css)]


def test_our_own_words_need_no_second_font():
    css = font_css(WORDS)
    fonts = fonts_in(css)
    assert len(fonts) == 3
    for font in fonts:
        assert {ord(one) for one in WORDS} <= set(font.getBestCmap())
    assert "unicode-range" not in css


def test_names_come_in_a_second_font_of_their_characters_alone():
    css = font_css(WORDS | RARE)
    more = fonts_in(css)[3:]
    assert len(more) == 3
    for font in more:
        assert set(font.getBestCmap()) == {ord(one) for one in RARE}
    assert "unicode-range:U+5586,U+9F98,U+20BB7" in css
    assert font_css(RARE | WORDS) == css


def test_the_ready_fonts_hold_what_their_list_says():
    listed = {ord(one) for one in (WEB / "characters.txt").read_text(encoding="utf-8").rstrip("\n")}
    have = TTFont(FONTS / "NotoSansSC-tg-Regular.ttf", lazy=True).getBestCmap()
    for font in fonts_in(font_css(set())):
        assert set(font.getBestCmap()) == listed & set(have)


def test_subsetting_says_nothing(caplog):
    font_css(RARE)
    assert caplog.messages == []


def test_the_ready_fonts_can_trim_the_space_of_chinese_marks():
    kept = ("kern", "palt", "halt", "vhal")
    for font in fonts_in(font_css(set())):
        features = {one.FeatureTag: one.Feature for one in font["GPOS"].table.FeatureList.FeatureRecord}
        assert set(kept) <= set(features)
        lookups = [font["GPOS"].table.LookupList.Lookup[k] for k in features["halt"].LookupListIndex]
        tables = [getattr(one, "ExtSubTable", one) for lookup in lookups for one in lookup.SubTable]
        trimmed = {glyph for table in tables for glyph in table.Coverage.glyphs}
        assert {font.getBestCmap()[ord(mark)] for mark in "（），。；：、“”《》"} - trimmed == set()


def test_pages_ask_for_trimmed_marks_and_gaps():
    css = (Path(html.__file__).parent / "templates" / "page.css").read_text(encoding="utf-8")
    body = re.search(r"^body\{([^}]*)\}", css, re.MULTILINE)[1]
    assert "text-spacing-trim:trim-start" in body
    assert "text-autospace:normal" in body


@pytest.mark.parametrize(
    "path", [*sorted(WEB.glob("*.woff2")), *sorted(FONTS.glob("*.ttf"))], ids=lambda one: one.name
)
def test_quotation_marks_have_a_width_of_their_own_for_english_texts(path):
    """A Chinese font's are as wide as its characters, and `palt`, which English texts ask for, takes the room away."""
    font = TTFont(path, lazy=True)
    table, glyphs = font["GPOS"].table, [font.getBestCmap()[ord(one)] for one in "“”"]
    lookups = {
        k
        for one in table.FeatureList.FeatureRecord
        if one.FeatureTag == "palt"
        for k in one.Feature.LookupListIndex
    }
    parts = [getattr(one, "ExtSubTable", one) for k in lookups for one in table.LookupList.Lookup[k].SubTable]
    for name in glyphs:
        given = [
            one.Value if one.Format == 1 else one.Value[one.Coverage.glyphs.index(name)]
            for one in parts
            if name in one.Coverage.glyphs
        ]
        assert sum(getattr(one, "XAdvance", 0) for one in given) <= -400


def test_english_texts_ask_for_it():
    assert '[lang=en]{font-feature-settings:"palt"}' in str(html._own("page.css"))
