"""A theme changes how pages look: never what says better or worse, and nothing where there is none."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import pytest

from ncsi.report import content, html
from ncsi.report.look import BETTER, PLAIN, Look, look_of, styles
from ncsi.report.text import Pair
from ncsi.spec import Label
from ncsi.spec.contrast import contrast
from ncsi.spec.logo import Logo
from ncsi.spec.theme import Colours, LogoFile, Theme, WorkspaceTheme

ACCENT = "#0a6b4a"
MARK = Label(zh="青禾", en="<Qinghe> & Co")
THEMED = WorkspaceTheme(
    Theme(
        spec="ncsi/theme/1",
        publisher=MARK,
        logo=LogoFile(file="logo.svg", alt=MARK),
        colours=Colours(accent=ACCENT),
    ),
    Logo("image/svg+xml", b"<svg/>"),
)


@pytest.fixture(scope="module")
def pages(tables, spec):
    """The press note in our own look, and in the theme's."""
    national = content.national(tables, spec)
    plain = content.press(national, spec)
    themed = content.press(national, replace(spec, look=look_of(THEMED)))
    return html.page("press.html.j2", plain, {}, ""), html.page("press.html.j2", themed, {}, "")


@pytest.fixture(scope="module", autouse=True)
def without_drawings():
    """The pages' charts are told of elsewhere."""
    kept = html._environment().globals["svg"]
    html._environment().globals["svg"] = lambda *_: ""
    yield
    html._environment().globals["svg"] = kept


def test_without_a_theme_pages_are_ours():
    assert look_of(None) is PLAIN
    assert styles(PLAIN) == styles(PLAIN, "slope") == ""


def test_a_themed_page_has_its_colours_and_its_logo(pages):
    plain, themed = pages
    assert f"--blue:{ACCENT};--band:{ACCENT}" in themed
    assert ACCENT not in plain
    assert 'class="logo"' not in plain
    shown = re.search(r'<img class="logo" src="data:image/svg\+xml;base64,[^"]+" alt="([^"]*)">', themed)
    assert shown[1] == "青禾 &lt;Qinghe&gt; &amp; Co"
    assert themed.count(' src="') == 1


def test_a_themed_page_may_be_styled_by_its_own_rules_only(pages):
    style = re.search(r"<style>(.*?)</style>", pages[1], re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in pages[1]


def test_what_says_better_keeps_its_colour():
    rules = styles(look_of(THEMED))
    assert f"--better:{BETTER}" in rules
    for chart in ("changes", "slope", "map", "paths"):
        assert f"#chart-{chart}" in rules
        assert ",.figure{--blue:var(--better)" in styles(look_of(THEMED), chart)
    assert ",.figure{" not in styles(look_of(THEMED), "trend")


@pytest.mark.parametrize("accent", [ACCENT, "#000000", "#8a1538", "#5b2a86", "#6a5200"])
def test_texts_on_every_ground_of_a_theme_can_be_read(accent):
    rules = styles(Look(accent, Colours(accent=accent).on_dark))
    light, dark = rules.split("@media")[:2]
    for part, ink in ((light, "#16202c"), (dark, "#e6eaee")):
        grounds = re.findall(r"--(?:range|h\d):(#[0-9a-f]{6})", part)
        assert len(grounds) in (6, 12)
        assert min(contrast(ink, ground) for ground in grounds) >= 4.5
        assert contrast("#ffffff", re.search(r"--band:(#[0-9a-f]{6})", part)[1]) >= 4.5


def test_an_alternative_text_belongs_to_the_texts_of_a_page():
    assert look_of(THEMED).logo_alt == Pair("青禾", "<Qinghe> & Co")
