"""PDF as readers and their programs get it: standards, language, bookmarks, page labels, alternative texts, data."""

import io
import re
from dataclasses import replace
from itertools import cycle

import pypdf
import pytest

from ncsi.report import content, html
from ncsi.report.chart_data import ChartData
from ncsi.report.content.grids import cell
from ncsi.report.content.provinces import PROVINCES
from ncsi.report.content.story import AreaTold, Tile
from ncsi.report.figures import Drawing
from ncsi.report.pdf import pdf
from ncsi.report.text import Pair, phrase, same

NATIONAL = ("national.pdf", "national.zh.pdf", "national.en.pdf")
CM = 72 / 2.54
EMPTY = Drawing(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 9"/>', (), Pair("空", "Empty"), ChartData((), ())
)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def readers(release):
    names = (*NATIONAL, "sectors/dairy.pdf", "sectors/schools.pdf")
    return {name: pypdf.PdfReader(release.folder / name) for name in names}


def sector_page(page):
    """As a browser gets it."""
    drawings = dict.fromkeys(("importance", "paths", "trend", "narrow_importance", "narrow_paths"), EMPTY)
    return html.page("sector.html.j2", page, drawings, "")


def titles(outline):
    return [one for part in outline for one in (titles(part) if isinstance(part, list) else [part.title])]


def alternatives(node):
    """Alternative texts of all figures in the structure tree."""
    node = node.get_object()
    if isinstance(node, list):
        return [text for one in node for text in alternatives(one)]
    if not isinstance(node, dict):
        return []
    own = [str(node["/Alt"])] if node.get("/S") == "/Figure" else []
    return own + (alternatives(node["/K"]) if "/K" in node else [])


def test_every_pdf_claims_archive_and_accessibility(readers):
    for name, reader in readers.items():
        root = reader.trailer["/Root"]
        claims = root["/Metadata"].get_object().get_data().decode("utf-8")
        for claim in ("<pdfaid:part>3</", "<pdfaid:conformance>A</", "<pdfuaid:part>1</"):
            assert claim in claims, name
        assert root["/MarkInfo"]["/Marked"], name
        assert root["/ViewerPreferences"]["/DisplayDocTitle"], name


@pytest.mark.parametrize(
    ("name", "language"),
    [("national.zh.pdf", "zh-CN"), ("national.en.pdf", "en-GB"), ("national.pdf", "zh-CN")],
)
def test_a_pdf_says_its_language(readers, name, language):
    assert readers[name].trailer["/Root"]["/Lang"] == language


def test_pages_are_labelled_and_sections_bookmarked(readers):
    for name, reader in readers.items():
        assert reader.page_labels == [str(k) for k in range(1, len(reader.pages) + 1)], name
        assert len(titles(reader.outline)) >= 8, name
    assert "Sector ranking" in titles(readers["national.en.pdf"].outline)
    assert "行业排名" in titles(readers["national.zh.pdf"].outline)


def test_every_figure_has_its_text_in_the_language_of_the_edition(readers):
    found = {
        name: alternatives(reader.trailer["/Root"]["/StructTreeRoot"]["/K"])
        for name, reader in readers.items()
    }
    assert all(found.values())
    for name in ("national.pdf", "sectors/dairy.pdf"):
        for text in found[name]:
            assert CHINESE.search(text), name
            assert re.search(r"[a-z]{4}", text), name
    assert not any(CHINESE.search(text) for text in found["national.en.pdf"])
    assert all(CHINESE.search(text) for text in found["national.zh.pdf"])
    assert not any(re.search(r"[a-z]{4}", text) for text in found["national.zh.pdf"])
    assert len(found["sectors/dairy.pdf"]) >= 2


def test_only_our_fonts_are_used_and_all_are_embedded(readers):
    for name, reader in readers.items():
        fonts = {
            font.get_object()["/BaseFont"].split("+")[-1]: font.get_object()
            for page in reader.pages
            for font in page["/Resources"].get("/Font", {}).values()
        }
        assert fonts, name
        for face, font in fonts.items():
            assert face.startswith("NotoSansSC"), f"{name}: {face}"
            descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(descriptor), f"{name}: {face}"


def test_the_national_report_carries_its_data(readers, release):
    for name in NATIONAL:
        attached = readers[name].attachments
        assert "datapackage.json" in attached
        assert attached["datapackage.json"][0] == (release.folder / "datapackage.json").read_bytes()
        tables = [one for one in attached if one.endswith(".csv")]
        assert {"out_rank_by_sector.csv", "codes_sectors.csv"} <= set(tables)
        for one in tables:
            assert attached[one][0] == (release.folder / "data" / one).read_bytes()


def test_hostile_names_print_as_themselves(readers, invented):
    words = (
        "".join(page.extract_text() for page in readers["sectors/dairy.pdf"].pages)
        .replace("\n", "")
        .replace(" ", "")
    )
    for name in invented.HOSTILE:
        assert name.replace(" ", "") in words, name


@pytest.mark.parametrize("sector", ["dairy", "banks", "schools"])
def test_a_sector_report_opens_with_its_profile_on_one_page(release, sector):
    first, second = (
        page.extract_text() for page in pypdf.PdfReader(release.folder / f"sectors/{sector}.pdf").pages[:2]
    )
    assert "设计效应" in first
    assert "要点" in second  # what follows the profile


@pytest.mark.parametrize(("name", "contents"), [("national.zh.pdf", "目录"), ("national.en.pdf", "Contents")])
def test_the_cover_says_who_published_what_when_and_where_it_stands(readers, spec, name, contents):
    reader = readers[name]
    cover = re.sub(r"\s+", "", reader.pages[0].extract_text())
    language = "zh" if ".zh." in name else "en"
    publisher = getattr(spec.wave.publisher, language)
    for told in (publisher, getattr(spec.wave.label, language), spec.wave.release_date.isoformat(), contents):
        assert re.sub(r"\s+", "", str(told)) in cover, told
    sections = [one for one in reader.outline if not isinstance(one, list)]
    placed = [(one, reader.get_destination_page_number(one) + 1) for one in sections]
    assert sum(page > 1 for _, page in placed) >= 7
    for one, page in placed:
        assert page == 1 or re.search(re.escape(re.sub(r"\s+", "", one.title)) + rf"\.*{page}", cover), (
            one.title
        )


def filled(page):
    """How far down a page its texts reach, those in its charts too: a share of what lies between head and foot."""
    heights = []

    def see(words, matrix, within, _font, _size):
        if words.strip():
            heights.append(within[4] * matrix[1] + within[5] * matrix[3] + matrix[5])

    page.extract_text(visitor_text=see)
    top, foot = float(page.mediabox.height) - 2.2 * CM, 2 * CM
    return (top - min(one for one in heights if one > foot)) / (top - foot)


def test_pages_are_filled(readers):
    for name, reader in readers.items():
        *inner, last = (round(filled(page), 2) for page in reader.pages)
        assert min(inner) > 0.45, (name, inner)
        assert last > 0.17, (name, last)


@pytest.mark.parametrize("count", [3, 30])
def test_margins_stand_under_their_names_or_in_one_long_table(tables, spec, tmp_path, count):
    one = content.sector(tables, spec, "dairy")
    row = one.margins.rows[0]
    rows = tuple(
        (cell(same(f"margin{by}")), cell(same(f"category{by}x{k}")), *row[2:])
        for by in range(3)
        for k in range(count if by == 1 else 3)
    )
    page = replace(one, margins=replace(one.margins, rows=rows))
    drawn = dict.fromkeys(("trend", "importance", "paths"), EMPTY)
    words = "".join(
        found.extract_text()
        for found in pypdf.PdfReader(io.BytesIO(pdf("sector.typ", page, drawn, "zh", tmp_path))).pages
    )
    assert all(f"category{by}x{k}" in words for by in range(3) for k in range(3))
    assert f"category1x{count - 1}" in words
    assert words.count("margin1") == (1 if count == 3 else count)


def test_a_brand_of_few_is_marked_wherever_it_stands(tables, spec, tmp_path):
    """In the profile on the first page too, not only in the whole ranking; its intervals are dashed."""
    index = tables["out_index_by_brand"]
    first = index[(index["sector"] == "dairy") & (index["status"] == "published")].iloc[0]["brand"]
    few = index["status"].mask((index["sector"] == "dairy") & (index["brand"] == first), "indicative")
    page = content.sector({**tables, "out_index_by_brand": index.assign(status=few)}, spec, "dairy")
    (own,) = [one for one in page.profile.peers.rows if one.indicative]
    drawn = dict.fromkeys(("trend", "importance", "paths"), EMPTY)
    one, *others = pypdf.PdfReader(io.BytesIO(pdf("sector.typ", page, drawn, "zh", tmp_path))).pages
    assert f"{own.name.zh}参考" in re.sub(r"\s+", "", one.extract_text())
    assert f"{own.name.zh}参考" in re.sub(r"\s+", "", "".join(other.extract_text() for other in others))
    shown = sector_page(page)
    assert shown.count('class="reach few"') == 2 < shown.count('class="reach"')


@pytest.mark.parametrize("shown", ["both", "zh", "en"])
def test_provinces_stand_as_tiles_and_a_first_wave_tells_no_change(tables, spec, shown, tmp_path):
    one = content.national(tables, spec)
    states = zip(PROVINCES, cycle(["above", "level", "below", "none"]), strict=False)
    marks = {"above": "▲", "below": "▼"}
    tiles = tuple(
        Tile(
            place.code,
            place.name,
            same("74.5"),
            state,
            marks.get(state, ""),
            False,
            place.column,
            place.row,
            indicative=state != "none" and place.column == 4,
        )
        for place, state in states
    )
    told = AreaTold(
        Pair("省份", "Province"), Pair("各省一句话。", "Provinces in a sentence."), tiles, (9, 9, 8, 8)
    )
    first = replace(one, trend=None, story=replace(one.story, changes=None, areas=(told,)))
    reader = pypdf.PdfReader(io.BytesIO(pdf("national.typ", first, {}, shown, tmp_path / shown)))
    words = re.sub(r"\s+", "", "".join(page.extract_text() for page in reader.pages))
    for place in PROVINCES:
        assert re.sub(r"\s+", "", place.name.en if shown == "en" else place.name.zh) in words
    assert words.count("▲") >= 8
    note = phrase("tile_indicative")
    assert ("".join(note.en.split()) if shown == "en" else note.zh) in words


def test_what_is_taller_than_a_page_goes_on_over_the_next(tables, spec, tmp_path):
    one = content.national(tables, spec)
    long = " ".join(f"word{k}" for k in range(1_000))
    first, *others = one.latents
    named = replace(one, trend=None, latents=(replace(first, name=same(long)), *others))
    story = replace(named.story, changes=None)
    reader = pypdf.PdfReader(
        io.BytesIO(pdf("national.typ", replace(named, story=story), {}, "en", tmp_path / "long"))
    )
    pages = ["".join(page.extract_text().split()) for page in reader.pages]
    assert any("word0word1word2" in page for page in pages)
    assert any("word999" in page for page in pages)
    assert not any("word0word1word2" in page and "word999" in page for page in pages)


def test_after_all_but_small_documents_typst_is_made_to_forget(tables, spec, tmp_path, monkeypatch):
    """As often as one is larger than what is small; the bytes are the same."""
    forgotten, page = [], replace(content.national(tables, spec), trend=None)
    page = replace(page, story=replace(page.story, changes=None))
    monkeypatch.setattr("ncsi.report.pdf._forget", lambda: forgotten.append(True))
    made = pdf("national.typ", page, {}, "en", tmp_path)
    for small, times in ((len(made), 0), (len(made) - 1, 1)):
        forgotten.clear()
        monkeypatch.setattr("ncsi.report.pdf._SMALL", small)
        assert pdf("national.typ", page, {}, "en", tmp_path) == made
        assert len(forgotten) == times
