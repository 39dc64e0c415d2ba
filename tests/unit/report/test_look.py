"""A theme changes how pages look: never what says better or worse, and nothing where there is none."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from dataclasses import replace

import pytest
from pypdf import PdfReader

from ncsi.report import content, html, pdf
from ncsi.report.chart_data import ChartData, DotRow, Dots
from ncsi.report.content.sections import shown_of_nation, shown_of_sector
from ncsi.report.figures import Drawing, dot_strip
from ncsi.report.look import BETTER, LEVEL, LEVEL_DARK, PLAIN, Look, look_of, styles
from ncsi.report.share.native_chart import series_of
from ncsi.report.text import Pair
from ncsi.spec import Label
from ncsi.spec.contrast import apart, contrast
from ncsi.spec.logo import Logo
from ncsi.spec.theme import Colours, LogoFile, Sections, Theme, WorkspaceTheme

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
    ours = html._own("page.css")
    for level in (LEVEL, LEVEL_DARK):
        assert f"--level:{level}" in rules
        assert f"--range:{level}" in ours
    (signed,) = re.findall(r"\n([^\n]*\.provinces,[^\n]*)\{([^}]*)\}", rules)
    assert "--range:var(--level)" in signed[1]  # a province without a difference is in no publisher's colour
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


def drawn(signed):
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path fill="#0f5499"/><path fill="#dbe8f5"/></svg>'
    return Drawing(svg, (), Pair("图", "Chart"), ChartData((), ()), signed)


def test_a_chart_takes_the_accent_unless_blue_says_better():
    assert drawn(signed=False).coloured("") == drawn(signed=False)
    assert drawn(signed=True).coloured(ACCENT) == drawn(signed=True)
    assert re.findall("#[0-9a-f]{6}", drawn(signed=False).coloured(ACCENT).svg) == [ACCENT, "#d8e7e2"]
    rows = (DotRow(Pair("甲", "A"), 1.0, 0.5, 1.5), DotRow(Pair("乙", "B"), -1.0, -1.5, -0.5, tone="down"))
    changes, ranks = Dots(Pair("值", "Value"), rows, signed=True), Dots(Pair("值", "Value"), rows[:1])
    assert (dot_strip(changes).signed, dot_strip(ranks).signed) == (True, False)
    assert ACCENT in {one.colour for one in series_of(ranks, ACCENT)}
    assert ACCENT not in {one.colour for one in series_of(changes, ACCENT)}


@pytest.mark.parametrize(("cover", "media"), [(True, "image/svg+xml"), (False, "image/png")])
def test_a_themed_document_has_publisher_marks_and_logo_with_a_cover_and_without(
    tables, spec, tmp_path, cover, media
):
    shown = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'
    dotted = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYGAAAAAEAAH2FzhVAAAAAElFTkSuQmCC"
    )
    logo = f"data:{media};base64,{base64.b64encode(shown if media.endswith('xml') else dotted).decode()}"
    look = replace(look_of(THEMED), logo=logo, cover=cover)
    page = content.sector(tables, replace(spec, look=look), "edible_oil")
    drawings = dict.fromkeys(("importance", "paths", "trend"), drawn(signed=False))
    made = pdf.pdf("sector.typ", page, drawings, "both", tmp_path)
    assert made == pdf.pdf("sector.typ", page, drawings, "both", tmp_path)
    first = PdfReader(io.BytesIO(made)).pages[0]
    told = first.extract_text()
    for words in (page.publisher.en, page.mark.zh, page.date, page.name.en):
        assert words in told
    set_from = pdf._prepared("sector.typ", page, drawings, "both", tmp_path, {}, {}).parent
    assert ("<rect" in (set_from / "logo.svg").read_text()) if cover else first.images


PARTS = {"waves": "waves", "sub_indices": "beside", "improvements": "improve", "subgroups": "subgroups"}
OF_NATION = {"areas": ("areas", "areas-figures"), "contributions": ("contributions",)}
ALWAYS = ("brands", "drivers", "latents", "sample", "checks", "response", "questionnaire", "downloads")


def parts_of(page, template):
    drawings = dict.fromkeys(("importance", "paths", "trend", "changes", "slope"), None)
    drawings |= dict.fromkeys(("narrow_importance", "narrow_paths"), None)
    made = html.page(template, page, drawings, "")
    return set(re.findall(r' id="([\w-]+)"', made)), made


@pytest.mark.parametrize("left_out", [(), *((one,) for one in PARTS), tuple(PARTS)], ids=str)
def test_a_sector_report_leaves_out_what_its_theme_says_and_nothing_else(tables, spec, left_out):
    page = content.sector(tables, spec, "edible_oil")
    whole, made = parts_of(page, "sector.html.j2")
    assert {*PARTS.values(), *ALWAYS} <= whole
    told, shown = parts_of(shown_of_sector(page, left_out), "sector.html.j2")
    gone = {PARTS[one] for one in left_out}
    assert {*PARTS.values(), *ALWAYS} & told == {*PARTS.values(), *ALWAYS} - gone
    assert (shown == made) == (not left_out)


@pytest.mark.parametrize("left_out", [(), *((one,) for one in OF_NATION), tuple(OF_NATION)], ids=str)
def test_a_national_report_leaves_out_what_its_theme_says_and_nothing_else(tables, spec, left_out):
    page = content.national(tables, spec)
    whole, made = parts_of(page, "national.html.j2")
    parts = {id_ for ids in OF_NATION.values() for id_ in ids}
    always = {"story", "ranking", "movers", "method", "appendix", "glossary", "downloads"}
    assert parts | always <= whole
    told, shown = parts_of(shown_of_nation(page, left_out), "national.html.j2")
    gone = {id_ for one in left_out for id_ in OF_NATION[one]}
    assert told & (parts | always) == (parts | always) - gone
    assert set(re.findall(r'href="#([\w-]+)"', shown)) <= told
    assert (shown == made) == (not left_out)


def test_sections_that_can_be_left_out_are_a_closed_list():
    assert {*Sections.model_fields} == {*PARTS, *OF_NATION}
    theme = Theme(spec="ncsi/theme/1", sections=Sections(areas=False, waves=False))
    assert look_of(WorkspaceTheme(theme)).left_out == ("areas", "waves")


@pytest.mark.parametrize("accent", ["#a02c2c", "#8a1538", "#c8102e", "#b3261e"])
def test_marks_in_a_red_would_read_as_worse_and_stay_ours(accent):
    look = look_of(WorkspaceTheme(Theme(spec="ncsi/theme/1", colours=Colours(accent=accent))))
    assert (look.accent, look.marks, look.charts) == (accent, False, "")
    rules = styles(look)
    assert f"--band:{accent}" in rules
    assert "--range:" not in rules
    assert ".figure,.badge,#chart{--blue:var(--better)}" in rules


@pytest.mark.parametrize("accent", [ACCENT, "#000000", "#5b2a86", "#8a4b00", "#0f5499"])
def test_marks_in_other_colours_are_the_publisher_s(accent):
    look = look_of(WorkspaceTheme(Theme(spec="ncsi/theme/1", colours=Colours(accent=accent))))
    assert (look.marks, look.charts) == (True, accent)
    assert "{--blue:var(--better)}" not in styles(look)


def test_colours_are_as_far_apart_as_cielab_says():
    assert apart("#ffffff", "#000000") == pytest.approx(100, abs=0.1)
    assert apart("#ff0000", "#00ff00") == pytest.approx(170.6, abs=0.3)
    assert apart(ACCENT, ACCENT) == 0


@pytest.mark.parametrize("accent_dark", ["#ffffff", "#7db4ea"])
def test_figures_can_be_read_on_every_tint(accent_dark):
    colours = Colours(accent=ACCENT, accent_dark=accent_dark)
    told = styles(look_of(WorkspaceTheme(Theme(spec="ncsi/theme/1", colours=colours))))
    shades = {
        k: [text.partition(":")[2][:7] for text in re.findall(rf"--h{k}:#\w{{6}}", told)] for k in range(1, 6)
    }
    light, dark = shades[5][0], shades[5][1]
    assert contrast(light, "#16202c") >= 4.5
    assert contrast(dark, "#e6eaee") >= 4.5
