"""Office files of a report: their own libraries read them back, they say what the tables hold, and no more."""

from __future__ import annotations

import base64
import io
import json
import re
import time
import zipfile
from dataclasses import fields, replace

import docx
import html5lib
import openpyxl
import pandas as pd
import pptx
import pytest
from PIL import Image
from pptx.enum.chart import XL_LABEL_POSITION
from pptx.enum.shapes import MSO_SHAPE_TYPE
from pypdf import PdfReader

from ncsi.cli.main import main
from ncsi.disclosure import publishable
from ncsi.errors import PublicationError
from ncsi.report import content, publish_release
from ncsi.report.axis_rows import AxisRow
from ncsi.report.chart_data import DotRow, Dots
from ncsi.report.chart_tools import data_of
from ncsi.report.content.grids import cell
from ncsi.report.content.profile import Action, Standout
from ncsi.report.figures import dot_strip
from ncsi.report.look import Look
from ncsi.report.pages import RevisionNote
from ncsi.report.result_rows import with_plain_texts
from ncsi.report.share import email, national_outline, office, sector_outline, write_office
from ncsi.report.share.native_chart import series_of, workbook
from ncsi.report.share.outline import are_figures, ranked_dots, ranking_grid, table
from ncsi.report.text import NOTHING, Pair, phrase, same
from ncsi.spec.contrast import mixed

OFFICE = ("docx", "pptx")
HOSTILE = "dairy"
"""The sector whose brands carry hostile names; the sector below hides two brands."""
HIDING = "edible_oil"


@pytest.fixture(scope="module")
def shown(tables, spec):
    return publishable(tables, spec.wave.id, spec.target, spec.wave.level)


@pytest.fixture(scope="module")
def outlines(shown, spec):
    read = with_plain_texts(shown)
    sectors = {one: sector_outline(content.sector(read, spec, one), read, spec) for one in (HOSTILE, HIDING)}
    return {"national": national_outline(content.national(read, spec), read, spec), **sectors}


@pytest.fixture(scope="module")
def written(outlines, tmp_path_factory):
    folder = tmp_path_factory.mktemp("office")
    for name, one in outlines.items():
        write_office(one, {}, OFFICE, folder, name)
    return folder


def graphics(deck):
    """Charts and tables of a presentation, with their frames."""
    return [one for slide in deck.slides for one in slide.shapes if one.has_chart or one.has_table]


def charts(folder, name, language):
    deck = pptx.Presentation(folder / f"{name}.{language}.pptx")
    return [one.chart for one in graphics(deck) if one.has_chart]


def sheet_of(chart):
    return openpyxl.load_workbook(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob))["Sheet1"]


def figures_in(folder):
    """Numbers of a chart's workbook but the lengths of its bars, which are differences of the others."""
    found = set()
    for path in sorted(folder.glob("*.pptx")):
        name, language, _ = path.name.split(".")
        for chart in charts(folder, name, language):
            rows = list(sheet_of(chart).iter_rows(min_row=2, values_only=True))
            found |= {cell for row in rows for cell in row[1:-2] if isinstance(cell, int | float)}
    return found


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", ["national", HOSTILE])
def test_a_presentation_opens_and_each_chart_and_table_is_described(written, outlines, name, language):
    deck = pptx.Presentation(written / f"{name}.{language}.pptx")
    assert [one.has_chart for one in graphics(deck)].count(True) >= 2
    for one in graphics(deck):
        assert one._element.nvGraphicFramePr.cNvPr.get("descr"), one.name
    page = outlines[name].page
    for slide in deck.slides:
        words = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
        assert slide.shapes.title.text_frame.text
        assert page.mark.of(language) in words
        assert any(page.release in one for one in words)
    assert deck.core_properties.title.endswith(page.mark.of(language))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", ["national", HOSTILE])
def test_a_document_opens_with_tables_pictures_and_marks(written, outlines, name, language):
    document, outline = docx.Document(written / f"{name}.{language}.docx"), outlines[name]
    assert [one.text for one in document.paragraphs if one.style.name == "Title"] == [
        outline.headline.of(language)
    ]
    assert document.tables
    assert len(document.inline_shapes) >= 2
    assert all(one._inline.docPr.get("descr") for one in document.inline_shapes)
    described = [one._tbl.tblPr.find(docx.oxml.ns.qn("w:tblDescription")) for one in document.tables]
    assert None not in described
    assert outline.page.mark.of(language) in document.sections[0].header.paragraphs[0].text
    assert outline.page.cite.of(language) == document.paragraphs[-1].text


def test_a_ranking_is_whole_in_its_table(written, shown):
    ranks = shown["out_rank_by_sector"].sort_values("rank")
    for language in ("zh", "en"):
        table = docx.Document(written / f"national.{language}.docx").tables[0]
        assert [row.cells[0].text for row in table.rows[1:]] == [str(one) for one in ranks["rank"]]


def test_a_brand_of_few_is_marked_in_tables_charts_and_their_data(tables, spec):
    index = tables["out_index_by_brand"]
    first = index[(index["sector"] == "dairy") & (index["status"] == "published")].iloc[0]["brand"]
    few = index["status"].mask((index["sector"] == "dairy") & (index["brand"] == first), "indicative")
    rows = content.sector({**tables, "out_index_by_brand": index.assign(status=few)}, spec, "dairy").brands
    (own,) = [one for one in rows if one.indicative]
    others = [one for one in rows if one.shown and not one.indicative]
    cells = {one[1].text: one[1].small for one in ranking_grid("brands", rows, own.name).rows}
    assert cells[own.name] == phrase("indicative")
    assert not any(cells[one.name].zh for one in others)
    names = {one.name.zh: one.name.en for one in ranked_dots(rows, own.name, None, own.name).rows}
    assert names[f"{own.name.zh}（参考）"] == f"{own.name.en} (indicative)"
    assert {one.name.zh for one in others} < names.keys()
    data = data_of(rows)
    assert [row[0] for row in data.rows if row[data.heads.index("status")]] == [own.name.zh]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_names_stand_to_the_left_and_have_more_room_than_ranks(written, language):
    made = docx.Document(written / f"{HIDING}.{language}.docx").tables[0]
    assert all(row.cells[1].paragraphs[0].alignment is None for row in made.rows)
    assert made.columns[1].width >= (1.2 if language == "en" else 1) * made.columns[0].width


@pytest.mark.parametrize(
    ("cells", "figures"),
    [
        (["81.2", "−0.4*", "—"], True),
        (["A", "B–C"], True),
        (["81.2", "78.0", "样本不足"], True),
        (["Qinghe", "Jiayu Homes"], False),
        (["青禾", "汀兰"], False),
    ],
)
def test_columns_of_figures_are_told_from_those_of_words(cells, figures):
    rows = [[cell("x"), cell(one)] for one in cells]
    assert are_figures(table("x", ("rank", "index"), rows), 1, "zh") == figures
    assert not are_figures(table("x", ("rank", "index"), rows), 0, "zh")


def test_the_same_inputs_give_the_same_bytes_in_another_time_zone(written, outlines, monkeypatch, tmp_path):
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    write_office(outlines[HIDING], {}, OFFICE, tmp_path, HIDING)
    monkeypatch.undo()
    time.tzset()
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (written / path.name).read_bytes(), path.name


def dates_in(content):
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for one in packed.infolist():
            yield one.date_time
            if one.filename.endswith(".xlsx"):
                yield from dates_in(packed.read(one))


def test_zips_and_the_workbooks_inside_carry_no_date_of_the_day(written):
    for path in written.iterdir():
        assert set(dates_in(path.read_bytes())) == {(1980, 1, 1, 0, 0, 0)}, path.name


def test_files_do_not_name_the_application_of_a_template(written):
    for path in written.iterdir():
        if path.suffix in (".docx", ".pptx"):
            with zipfile.ZipFile(path) as packed:
                assert [name for name in packed.namelist() if name.startswith("docProps/")] == [
                    "docProps/core.xml"
                ]


def test_a_chart_holds_published_figures_and_nothing_else(written, shown):
    published = {
        float(value)
        for frame in shown.values()
        for column in frame.select_dtypes("number")
        for value in frame[column].dropna()
    }
    inside = figures_in(written)
    assert len(inside) > 60
    assert {one for one in inside if float(one) not in published} == set()


def test_a_hidden_brand_is_in_no_chart_and_has_no_figure(written, shown, spec):
    index = shown["out_index_by_brand"]
    own = index[(index["sector"] == HIDING) & (index["construct"] == spec.target)]
    hidden = set(own.loc[own["index_0_100"].isna(), "brand"])
    declared = next(one for one in spec.wave.sectors if one.id == HIDING).brands
    names = {one.label.zh for one in declared if one.id in hidden}
    assert len(names) >= 2
    for chart in charts(written, HIDING, "zh"):
        assert not names & set(chart.plots[0].categories)
    ranking = docx.Document(written / f"{HIDING}.zh.docx").tables
    told = [[cell.text for cell in row.cells] for table in ranking for row in table.rows]
    assert sum(row[1] in names for row in told) == len(names)
    for row in told:
        if row[1] in names:
            assert not any(sign.isdigit() for cell in (row[0], *row[2:6]) for sign in cell), row


def test_hostile_names_are_text(written, spec):
    declared = next(one for one in spec.wave.sectors if one.id == HOSTILE).brands
    names = {one.label.zh for one in declared}
    seen = set()
    for chart in charts(written, HOSTILE, "zh"):
        cells = [row[0] for row in sheet_of(chart).iter_rows(min_row=2)]
        assert {one.data_type for one in cells} == {"s"}
        seen |= {one.value for one in cells}
    assert any(one.startswith("=") for one in seen & names)


CHANGES = Dots(
    Pair("变化", "change"),
    (
        DotRow(same("a"), -2.8, -4.0, -1.6, "down", True),
        DotRow(same("b"), 0.1, -0.6, 0.8),
        DotRow(same("c"), 3.0, 1.5, 4.5, "up", True),
    ),
    0.0,
    signed=True,
)  # fmt: skip


def test_only_significant_changes_are_filled_and_red_is_for_significantly_worse():
    made = {
        one.colour: (one.filled, [k for k, v in enumerate(one.values) if v is not None])
        for one in series_of(CHANGES)
    }
    assert made == {"#a02c2c": (True, [0]), "#5c6770": (False, [1]), "#0f5499": (True, [2])}
    drawn = dot_strip(CHANGES)
    assert drawn.svg.count('fill="#a02c2c"') == 1
    assert drawn.svg.count('fill="#fffffe" stroke="#5c6770"') == 1


def test_bars_of_a_chart_reach_as_far_as_its_interval(written):
    for row in openpyxl.load_workbook(io.BytesIO(workbook(CHANGES, "en", pd.Timestamp("2026-04-15").date())))[
        "Sheet1"
    ].iter_rows(min_row=2, values_only=True):
        value = next(one for one in row[1:4] if one is not None)
        assert (row[-2], row[-1]) == (round(value - row[-4], 6), round(row[-3] - value, 6))
    for chart in charts(written, "national", "en"):
        assert "errBars" in chart.plots[0].series[0]._element.xml


def test_a_release_holds_them_where_asked_for_and_its_manifest_knows_them(of_one_sector):
    made = of_one_sector
    office_files = [one for one in made.files if one.endswith((".docx", ".pptx"))]
    assert office_files == [
        "national.en.docx", "national.zh.docx", "sectors/dairy.en.docx", "sectors/dairy.zh.docx"
    ]  # fmt: skip
    manifest = json.loads((made.folder / "manifest.json").read_text(encoding="utf-8"))
    mails = {"press.en.email.html", "press.zh.email.html"}
    assert {*office_files, *mails} <= set(manifest["files"])
    # Readers find them: each is linked from its page, and no link leads to what is not there.
    linked = [
        (page.parent / href).relative_to(made.folder).as_posix()
        for page in (
            made.folder / "index.html",
            made.folder / "press.html",
            made.folder / "sectors" / "dairy.html",
        )
        for href in re.findall(
            r'href="([^"#:]+\.(?:docx|pptx|email\.html|png|brief\.\w+\.pdf))"', page.read_text("utf-8")
        )
    ]
    assert sorted(linked) == sorted([*office_files, *mails])


def test_a_release_has_none_unasked(release):
    assert not [one for one in release.files if one.endswith((".docx", ".pptx"))]


def test_without_its_library_a_format_is_refused_before_anything_is_written(
    tables, spec, monkeypatch, tmp_path
):
    monkeypatch.setattr(office, "find_spec", lambda _name: None)
    with pytest.raises(PublicationError, match=r"pptx needs python-pptx.*ncsi\[office\]"):
        publish_release(tables, replace(spec, formats=("pptx",)), tmp_path / "2026Q1")
    assert not list(tmp_path.iterdir())


def test_a_format_that_is_not_known_is_a_wrong_use(tmp_path, capsys):
    with pytest.raises(SystemExit) as left:
        main(["publish", "--wave", "2026Q1", "--workspace", str(tmp_path), "--formats", "odt"])
    assert left.value.code == 2
    assert "'odt': use docx, pptx, email, png, long, brief or all" in capsys.readouterr().err


@pytest.fixture(scope="module")
def note(shown, spec):
    return content.press(content.national(with_plain_texts(shown), spec), spec)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_e_mail_says_what_the_press_note_says_and_fetches_nothing(note, language):
    made = email(note, language, "https://example.org/ncsi/")
    document = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(made)
    words = " ".join(" ".join(document.itertext()).split())
    for one in (*note.paragraphs, note.banner, note.headline, note.measured, note.caution):
        assert " ".join(one.of(language).split()) in words
    assert note.value in words
    assert note.interval.of(language) in words
    found = list(document.iter())
    assert {one.tag for one in found} <= {
        "html", "head", "meta", "title", "body", "table", "tbody", "tr", "td", "h1", "b", "ul", "li", "a"
    }  # fmt: skip
    assert [one.get("href") for one in found if one.tag == "a"] == [
        f"https://example.org/ncsi/{note.wave}/index.html"
    ]
    assert not [one for one in found if one.get("src") or one.get("class") or "url(" in one.get("style", "")]
    assert len(made.encode()) < 100_000


def test_an_e_mail_without_the_address_of_the_site_has_no_link(note):
    assert "<a " not in email(note, "zh")


@pytest.mark.parametrize("single", [True, False])
def test_slides_have_one_of_a_priority_only_where_the_data_single_one_out(shown, spec, single):
    read = with_plain_texts(shown)
    page = content.sector(read, spec, HIDING)
    found = page.profile.standouts
    rows = [*found.strengths, *found.weaknesses] or [
        Standout(
            **{one.name: getattr(page.constructs[0], one.name) for one in fields(AxisRow)},
            score="70.0", others=72.0, best=80.0, best_of=same("B"),
        )
    ]  # fmt: skip
    action = Action(same("A") if single else NOTHING, same("Because."), same("More.") if single else NOTHING)
    standouts = replace(found, weaknesses=tuple(rows), note=same("Note."))
    made = sector_outline(
        replace(page, profile=replace(page.profile, standouts=standouts, action=action)), read, spec
    )
    told, last = (
        k
        for k, one in enumerate(made.parts)
        if one.note == same("Note.") or "Because." in str(one.paragraphs)
    )
    assert made.parts[last].slide is single
    assert made.parts[last].paragraphs[0] == (same("A") if single else same("Because."))  # as Word has it
    assert made.parts[told].chart_note.en == ("Note." if single else "Note. Because.")
    assert made.parts[told].grid.rows[-1][0].text == Pair("短板", "Weakness")


def test_hostile_words_are_text_in_an_e_mail(note):
    hostile = replace(note, headline=same("<script>alert(1)</script>"))
    assert "<script>" not in email(hostile, "en")
    assert "&lt;script&gt;alert(1)" in email(hostile, "en")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_revision_says_so_on_every_slide_and_page(outlines, tmp_path, language):
    note = RevisionNote(
        "2026-05-01",
        Pair("2026-05-01修订", "Revised on 2026-05-01"),
        Pair("权数有误。", "A weight was wrong."),
    )
    one = outlines["national"]
    revised = replace(one, page=replace(one.page, revisions=(note,)))
    write_office(revised, {}, OFFICE, tmp_path, "national")
    mark = {"zh": "2026-05-01修订", "en": "Revised 2026-05-01"}[language]
    deck = pptx.Presentation(tmp_path / f"national.{language}.pptx")
    for slide in deck.slides:
        words = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
        assert any(mark in told for told in words)
    assert any(note.note.of(language) in told for told in texts_of(deck.slides[0]))
    document = docx.Document(tmp_path / f"national.{language}.docx")
    section = document.sections[0]
    assert mark in section.header.paragraphs[0].text
    assert mark in section.footer.paragraphs[0].text
    assert any(note.note.of(language) in told.text for told in document.paragraphs)
    for core in (deck.core_properties, document.core_properties):
        assert core.revision == 2
        assert mark in core.title


def texts_of(slide):
    return [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]


def test_office_files_and_the_e_mail_take_the_colour_of_a_theme(outlines, note, tmp_path):
    look = Look(accent="#0a6b4a", accent_dark="#4f9a7f")
    one = outlines["national"]
    write_office(replace(one, page=replace(one.page, look=look)), {}, OFFICE, tmp_path, "national")
    for name, part in (
        ("docx", "word/document.xml"),
        ("pptx", "ppt/theme/theme1.xml"),
        ("pptx", "ppt/slides/slide1.xml"),
    ):
        with zipfile.ZipFile(tmp_path / f"national.en.{name}") as packed:
            assert b"0A6B4A" in packed.read(part)
    mail = email(replace(note, look=look), "en", "https://example.org")
    assert mail.count("#0a6b4a") == 3


DRAWN = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} 9"><rect width="9" height="9" fill="#c2187a"/></svg>'


@pytest.mark.parametrize(("across", "centimetres"), [(b"18", (2.2, 1.1)), (b"900", (6.0, 0.06))])
def test_the_logo_stands_in_files_to_take_along_as_large_as_there_is_room(
    outlines, tmp_path, across, centimetres
):
    logo = f"data:image/svg+xml;base64,{base64.b64encode(DRAWN.replace(b'{}', across)).decode()}"
    look = Look(accent="#0a6b4a", accent_dark="#4f9a7f", logo=logo, logo_alt=Pair("青禾", "Qinghe"))
    one = replace(outlines["national"], page=replace(outlines["national"].page, look=look))
    write_office(one, {}, (*OFFICE, "png", "long", "brief"), tmp_path, "national")
    shown = docx.Document(tmp_path / "national.en.docx").inline_shapes[0]
    assert (shown.width.cm, shown.height.cm) == pytest.approx(centimetres, abs=0.03)
    assert shown._inline.docPr.get("descr") == "Qinghe"
    deck = pptx.Presentation(tmp_path / "national.zh.pptx")
    pictures = [one for one in deck.slides[0].shapes if one.shape_type == MSO_SHAPE_TYPE.PICTURE]
    assert [(one.width.cm, one.height.cm) for one in pictures] == [pytest.approx(centimetres, abs=0.03)]
    assert pictures[0].left + pictures[0].width <= deck.slide_width
    assert pictures[0]._element.nvPicPr.cNvPr.get("descr") == "青禾"
    titles = {
        str(slide.shapes.title.text_frame.paragraphs[0].runs[0].font.color.rgb) for slide in deck.slides
    }
    assert titles == {mixed("#0a6b4a", "#000000", 0.35)[1:].upper()}
    for name in ("og.png", "long.zh.png"):
        with Image.open(tmp_path / f"national.{name}") as picture:
            assert (0xC2, 0x18, 0x7A) in {colour for _, colour in picture.convert("RGB").getcolors(1 << 24)}
    assert len(PdfReader(tmp_path / "national.brief.en.pdf").pages) == 1


def test_findings_of_the_first_slide_end_above_what_is_warned_of(outlines, tmp_path):
    one = outlines["national"]
    many = replace(
        one,
        findings=(Pair("满意度较上期无显著变化，差异不具统计显著性。" * 4, "No significant change. " * 12),)
        * 6,
    )
    write_office(many, {}, ("pptx",), tmp_path, "national")
    slide = pptx.Presentation(tmp_path / "national.en.pptx").slides[0]
    boxes = {one.text_frame.text[:9]: one for one in slide.shapes if one.has_text_frame}
    findings, warned = boxes["No signif"], boxes["Synthetic"]
    assert findings.top + findings.height <= warned.top


def test_a_marker_of_a_change_that_is_not_significant_is_seen_without_its_ring(written):
    """LibreOffice draws no ring: a fill of paper would leave no mark."""
    (changes,) = (one for one in charts(written, "national", "en") if len(one.plots[0].categories) == 5)
    fills = [str(one.marker.format.fill.fore_color.rgb) for one in changes.plots[0].series]
    assert fills == ["C6CACD"]


def test_the_first_figure_of_a_trend_stands_off_the_line_that_leads_on(written):
    (trend,) = (one for one in charts(written, "national", "en") if len(one.plots[0].categories) == 2)
    (series,) = trend.plots[0].series
    places = [point.data_label.position for point in series.points]
    assert places == [XL_LABEL_POSITION.LEFT, XL_LABEL_POSITION.RIGHT]


def test_a_small_drawing_is_not_blown_up_to_the_width_of_the_page(outlines, tmp_path):
    """Letters of all pictures are of one size; a picture keeps off the text's edge by nothing."""
    one = outlines[HOSTILE]
    (part,) = (part for part in one.parts if part.dots is not None and part.dots.joined)
    drawn = dot_strip(CHANGES)
    small = replace(drawn, svg=drawn.svg.replace('viewBox="0 0 680 ', 'viewBox="0 0 340 '))
    widths = []
    for drawing in (drawn, small):
        alone = replace(one, parts=(replace(part, picture="trend"),))
        write_office(alone, {"trend": drawing}, ("docx",), tmp_path, "one")
        (shape,) = docx.Document(tmp_path / "one.en.docx").inline_shapes
        assert {shape._inline.get(f"dist{side}") for side in "TBLR"} == {"0"}
        widths.append(shape.width.cm)
    assert widths == [pytest.approx(16.6, abs=0.01), pytest.approx(8.3, abs=0.01)]
