"""A publisher's fonts set what they have; ours sets the rest, and no label of a chart is cut for them."""

from __future__ import annotations

import base64
import io
import re
import shutil
import time
import zipfile
from dataclasses import replace

import docx
import pytest
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from ncsi.cli.say import published
from ncsi.errors import PublicationError
from ncsi.fonts import FAMILY
from ncsi.report import Release, content, html, pdf
from ncsi.report.chart_data import ChartData, DotRow, Dots, Span, Spans, Trend, TrendPoint
from ncsi.report.figures import change_chart, dot_strip, slope_chart, small_trend, trend
from ncsi.report.figures.letters import OURS, letters_of
from ncsi.report.look import look_of, styles
from ncsi.report.pages import as_data, words
from ncsi.report.share import national_outline, write_office
from ncsi.report.text import Pair, same
from ncsi.report.typeface import FOLDER
from ncsi.report.woff import characters_of, font_css, require_glyphs
from ncsi.spec.theme import load_theme

THEME = """spec: ncsi/theme/1
fonts:
  latin: {regular: l.ttf, bold: lb.ttf}
  chinese: {regular: c.ttf, bold: cb.ttf}
"""
MARKS = "，。：；、（）《》“”—…%"
PERSONAL = {0: "© Qinghe", 5: "made in /Users/li/fonts", 13: "C:\\Users\\li\\licence.txt", 9: "Li Wei"}


@pytest.fixture(scope="module")
def root(made_font, tmp_path_factory):
    """A workspace with a theme: letters are wider than ours by half."""
    root = tmp_path_factory.mktemp("ws")
    for name, script, bold in (
        ("l", "latin", False), ("lb", "latin", True), ("c", "chinese", False), ("cb", "chinese", True),
    ):  # fmt: skip
        wide = {"l": 0.84, "lb": 0.9}.get(name, 0.5)
        made = made_font(script, bold, wide=wide, more=MARKS if script == "chinese" else "", names=PERSONAL)
        (root / f"{name}.ttf").write_bytes(made)
    (root / "theme.yaml").write_text(THEME, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def look(root):
    return look_of(load_theme(root), root)


def faces(css):
    """Fonts of styles by their family and weight."""
    found = re.findall(r"font-family:'([^']+)';font-weight:(\d+);[^}]*?base64,([^)]+)\)", css)
    return {
        (family, int(weight)): TTFont(io.BytesIO(base64.b64decode(data))) for family, weight, data in found
    }


def test_without_fonts_of_its_own_a_theme_is_set_in_ours(root, tmp_path):
    (tmp_path / "theme.yaml").write_text(
        'spec: ncsi/theme/1\ncolours: {accent: "#0a6b4a"}\n', encoding="utf-8"
    )
    plain = look_of(load_theme(tmp_path), tmp_path)
    assert plain.typeface is None
    assert letters_of(plain) is OURS
    assert "font-family" not in styles(plain)
    assert not (tmp_path / FOLDER).exists()


def test_a_page_carries_of_each_font_what_it_shows(look):
    shown = {*"Index 81.4 快递与家具，“𠮷”▲"}
    css = font_css(shown, typeface=look.typeface)
    found = faces(css)
    assert {*found} == {
        ("Publisher Latin", 400), ("Publisher Latin", 700), ("Publisher Chinese", 400), ("Publisher Chinese", 700),
        *((FAMILY, weight) for weight in (400, 600, 700)),
    }  # fmt: skip
    assert {*map(chr, found["Publisher Latin", 700].getBestCmap())} == {*"Index 81.4"}
    assert {*map(chr, found["Publisher Chinese", 400].getBestCmap())} == {*"快递与家具，“”"}
    assert {*map(chr, found[FAMILY, 400].getBestCmap())} == {*"𠮷▲"}
    assert font_css(shown, typeface=look.typeface) == css
    assert "Publisher" not in font_css(shown)


@pytest.fixture(scope="module")
def marked(made_font, root, tmp_path_factory):
    """The same with quotation marks in the Latin font too."""
    own = tmp_path_factory.mktemp("marked")
    for name, bold in (("l", False), ("lb", True)):
        (own / f"{name}.ttf").write_bytes(
            made_font("latin", bold, more="“”’…" if bold else "“”’", names={6: "Marks"})
        )
    for name in ("c.ttf", "cb.ttf", "theme.yaml"):
        (own / name).write_bytes((root / name).read_bytes())
    return look_of(load_theme(own), own)


def test_marks_of_english_texts_are_of_the_latin_font_where_it_has_them_in_both_weights(marked, look):
    assert marked.typeface.marks() == {*"“”’"}
    assert look.typeface.marks() == frozenset()
    shown = {*"Index 81.4，快“”…"}
    found = faces(font_css(shown, typeface=marked.typeface))
    assert {*map(chr, found["Publisher English", 700].getBestCmap())} == {*"“”"}
    assert {*map(chr, found["Publisher Latin", 700].getBestCmap())} == {*"Index 81.4"}
    assert {*map(chr, found["Publisher Chinese", 400].getBestCmap())} == {*"，快“”…"}
    stack = "'Publisher English','Publisher Latin','Publisher Chinese','Noto Sans SC'"
    assert f"[lang=en]{{font-family:{stack},sans-serif}}" in styles(marked)
    assert "Publisher English" not in styles(look) + font_css(shown, typeface=look.typeface)
    assert [*marked.typeface.runs("“a”", english=True)] == [("Publisher Latin", "“a”")]
    assert next(iter(marked.typeface.runs("“a”"))) == ("Publisher Chinese", "“")


@pytest.mark.parametrize(
    ("shown", "fonts"), [("zh", {"QingheSans"}), ("en", {"Marks"}), ("both", {"QingheSans", "Marks"})]
)
def test_pdfs_set_english_marks_as_pages_do(marked, tables, spec, shown, fonts, tmp_path):
    note = content.national(tables, replace(spec, look=marked))
    one = replace(note, title=Pair("“中”", "“z”"), trend=None, story=replace(note.story, changes=None))
    made = PdfReader(io.BytesIO(pdf.pdf("national.typ", one, {}, shown, tmp_path)))
    setting = set()

    def seen(words, _user, _matrix, font, _size):
        if {*words} & {*"“”"}:
            setting.add(str(font["/BaseFont"]).partition("+")[2].partition("-")[0])

    for page in made.pages:
        page.extract_text(visitor_text=seen)
    assert setting == fonts


def test_what_a_font_tells_of_people_and_paths_is_not_published(look):
    for font in faces(font_css({*"指数 Index"}, typeface=look.typeface)).values():
        told = {one.nameID: one.toUnicode() for one in font["name"].names}
        if told[1] != FAMILY and told[1].startswith("Publisher"):
            assert {*told} == {0, 1, 2, 4, 6}
            assert told[0] == "© Qinghe"
        assert not any("li" in one.lower().split("/") or "\\" in one for one in told.values())


def test_a_text_is_parted_by_the_font_that_has_each_letter(look):
    told = list(look.typeface.runs("较2025年 Q1“升”𠮷▲"))
    assert told == [
        ("Publisher Chinese", "较"), ("Publisher Latin", "2025"), ("Publisher Chinese", "年 "),
        ("Publisher Latin", "Q1"), ("Publisher Chinese", "“升”"), (FAMILY, "𠮷▲"),
    ]  # fmt: skip
    assert look.typeface.lacking("ab国𠮷é▲") == "é𠮷"


def test_what_the_fonts_lack_is_told_and_what_none_has_is_refused(look, tmp_path):
    require_glyphs({"page": "国𠮷é"}, look.typeface)
    with pytest.raises(PublicationError, match=r"page: .*U\+1F600"):
        require_glyphs({"page": "国😀"}, look.typeface)
    told = Release("R", tmp_path, (), None, False, in_our_font="é𠮷")
    assert "The fonts of theme.yaml lack 2 characters, shown in Noto Sans SC: é 𠮷." in published(told)[0][0]


def test_a_page_is_styled_by_its_fonts_and_says_nothing_of_where_they_lie(look, tables, spec, root):
    note = content.press(content.national(tables, spec), replace(spec, look=look))
    kept, html._environment().globals["svg"] = html._environment().globals["svg"], lambda *_: ""
    made = html.page("press.html.j2", note, dict.fromkeys(("trend", "changes")), "")
    html._environment().globals["svg"] = kept
    stack = "'Publisher Latin','Publisher Chinese','Noto Sans SC'"
    assert f"body,.watermark text,:root #chart text{{font-family:{stack},sans-serif}}" in made
    assert str(root) not in made
    assert "typeface" not in as_data(note)["look"]
    assert look.typeface.files[0].sha256 not in words(note)


@pytest.fixture(scope="module")
def written(look, tables, spec, tmp_path_factory):
    """A report to take along, and one that is printed, twice: in another time zone, its fonts made ready anew."""
    themed = replace(spec, look=look)
    page = content.national(tables, themed)
    outline = national_outline(page, tables, themed)
    folders = []
    for zone in ("Asia/Shanghai", "America/Los_Angeles"):
        folder = tmp_path_factory.mktemp("made")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TZ", zone)
            time.tzset()
            shutil.rmtree(look.typeface.folder, ignore_errors=True)
            pdf._found.cache_clear()
            write_office(outline, {}, ("docx", "pptx", "png", "brief"), folder, "national")
            css = font_css(characters_of({"page": words(page)}), typeface=look.typeface)
            (folder / "fonts.css").write_text(css, encoding="utf-8")
        folders.append(folder)
    time.tzset()
    return folders


def test_the_same_fonts_give_the_same_bytes_wherever_the_clock_stands(written):
    one, two = ({path.name: path.read_bytes() for path in sorted(folder.iterdir())} for folder in written)
    assert len(one) == 8
    assert one == two


def test_a_pdf_is_set_in_the_fonts_and_stays_one_for_the_archive(written):
    read = PdfReader(io.BytesIO((written[0] / "national.brief.zh.pdf").read_bytes()))
    names = {
        str(font.get_object()["/BaseFont"]).partition("+")[2]
        for page in read.pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert {"QingheSans-Regular", "QingheSans-Bold"} <= {one.partition("-Identity")[0] for one in names}
    about = read.trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    assert "pdfaid:part>3<" in about
    assert "pdfuaid:part>1<" in about


def test_office_files_name_the_fonts_and_carry_none(written):
    style = docx.Document(written[0] / "national.zh.docx").styles["Normal"]
    fonts = style.element.rPr.rFonts
    assert (style.font.name, fonts.get(docx.oxml.ns.qn("w:eastAsia"))) == ("Qinghe Sans", "Qinghe Sans")
    with zipfile.ZipFile(written[0] / "national.zh.pptx") as deck:
        assert not [one for one in deck.namelist() if "font" in one.lower() and "fontTable" not in one]
        theme = deck.read("ppt/theme/theme1.xml").decode()
    assert theme.count('<a:latin typeface="Qinghe Sans"') == 2


def test_a_font_that_changed_after_it_was_checked_is_not_used(root, tmp_path):
    place = shutil.copytree(root, tmp_path / "ws", ignore=shutil.ignore_patterns(FOLDER))
    checked = look_of(load_theme(place), place)
    (place / "l.ttf").write_bytes((place / "lb.ttf").read_bytes())
    with pytest.raises(PublicationError, match=r"l\.ttf has changed"):
        checked.typeface.characters()


NAMES = (
    Pair("房地产与物业管理服务", "Property management and residential services"), Pair("快递", "Express delivery"),
    Pair("食用油", "Edible oil"),
)  # fmt: skip
NO_DATA = ChartData((), ())


def charts(letters):
    points = tuple(
        TrendPoint(Pair(f"{k}年第一季度", f"{k} Q1"), 70 + k % 3, 69 + k % 3, 71 + k % 3)
        for k in range(2018, 2026)
    )
    told = Trend(points, NO_DATA)
    rows = tuple(DotRow(one, 71.4 - k, 70.2 - k, 72.8 - k, marked=True) for k, one in enumerate(NAMES))
    spans = Spans(
        tuple(Span(one, 70 + 4 * k, 72 - 3 * k, -9.1 + 6 * k, -9.9 + 6 * k, -8.3 + 6 * k, tone)
              for k, (one, tone) in enumerate(zip(NAMES, ("down", "", "up"), strict=True))),
        Span(Pair("全国", "Nation"), 71, 71.5, 0.5, -0.2, 1.1, ""),
        Pair("2025年第一季度", "2025 Q1"), Pair("2026年第一季度", "2026 Q1"), NO_DATA,
    )  # fmt: skip
    return {
        "dots": dot_strip(Dots(same("分"), rows, 71.0, Pair("全国71.0", "Nation 71.0")), letters=letters),
        "trend": trend(told, "95", letters),
        "small": small_trend(told, "95", letters),
        "slope": slope_chart(spans, letters),
        "changes": change_chart(spans, letters),
    }


TEXT = re.compile(r'<text x="([\d.-]+)" y="([\d.-]+)".*?font-size="([\d.]+)".*?text-anchor="(\w+)">«(\d+)»')


def boxes(drawing, shown, letters):
    for x, y, size, anchor, k in TEXT.findall(drawing.svg):
        words = drawing.texts[int(k)].of(shown)
        wide = letters.width_of(words, float(size))
        left = float(x) - {"start": 0, "middle": wide / 2, "end": wide}[anchor]
        if words:
            yield words, (left, float(y) - 0.72 * float(size), left + wide, float(y))


def collisions(drawing, letters, shown):
    told = list(boxes(drawing, shown, letters))
    return {
        frozenset((one, other))
        for k, (one, a) in enumerate(told)
        for other, b in told[k + 1 :]
        if a[0] < b[2] - 1 and b[0] < a[2] - 1 and a[1] < b[3] - 1 and b[1] < a[3] - 1
    }


@pytest.mark.parametrize("shown", ["zh", "en"])
@pytest.mark.parametrize("name", ["dots", "trend", "small", "slope", "changes"])
def test_labels_of_charts_are_measured_in_the_font_that_they_are_set_in(look, name, shown):
    letters = letters_of(look)
    assert letters.width_of("Index", 10) == pytest.approx(45)
    assert OURS.width_of("Index", 10) == pytest.approx(28)
    drawing, ours = charts(letters)[name], charts(OURS)[name]
    wide = float(re.search(r'viewBox="0 0 (\d+)', drawing.svg)[1])
    for words_, (left, _, right, _) in boxes(drawing, shown, letters):
        assert left >= -0.6, words_
        assert right <= wide + 0.6, words_
    assert not collisions(drawing, letters, shown) - collisions(ours, OURS, shown)
    assert ours.svg != drawing.svg


def test_a_drawing_names_the_font_of_each_stretch_for_programs_without_styles(look):
    svg = charts(letters_of(look))["slope"].localised("zh", look.typeface)
    assert (
        '<tspan font-family="Publisher Latin">2025</tspan><tspan font-family="Publisher Chinese">年第一季度'
        in svg
    )
    assert "tspan" not in charts(OURS)["slope"].localised("zh")
