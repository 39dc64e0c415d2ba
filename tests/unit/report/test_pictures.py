"""What links show, long pictures and briefs: their sizes, the same bytes anywhere, published figures alone."""

import base64
import io
import itertools
import json
import re
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import html5lib
import numpy as np
import pypdf
import pytest
import segno
import typst
from PIL import Image

from ncsi import atomic
from ncsi.cli.main import main
from ncsi.disclosure import publishable
from ncsi.errors import PublicationError
from ncsi.report import content, pdf
from ncsi.report.chart_data import DotRow, Dots
from ncsi.report.content.provinces import PROVINCES
from ncsi.report.content.story import AreaTold
from ncsi.report.content.tiles import Tile
from ncsi.report.pages import RevisionNote
from ncsi.report.pdf import _fonts, _prepared
from ncsi.report.result_rows import with_plain_texts
from ncsi.report.share import national_outline, sector_outline, write_office
from ncsi.report.share.pictures import _blocks, _ends, _told, brief, card, long_picture
from ncsi.report.share.qr import QUIET, qr_code
from ncsi.report.text import Pair, phrase, same
from ncsi.spec.publication import FORMATS

HIDING = "edible_oil"
"""A sector that hides two brands."""
ASKED = ("png", "long", "brief")


@pytest.fixture(scope="module")
def shown(tables, spec):
    return publishable(tables, spec.wave.id, spec.target, spec.wave.level)


@pytest.fixture(scope="module")
def outlines(shown, spec):
    read = with_plain_texts(shown)
    return {
        "national": national_outline(content.national(read, spec), read, spec),
        HIDING: sector_outline(content.sector(read, spec, HIDING), read, spec),
    }


@pytest.fixture(scope="module")
def written(outlines, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    for name, one in outlines.items():
        write_office(one, {}, ASKED, folder, name)
    return folder


@pytest.mark.parametrize("name", ["national", HIDING])
def test_pictures_have_their_sizes_and_are_not_blank(written, name):
    card = Image.open(written / f"{name}.og.png")
    assert card.size == (1200, 630)
    for language in ("zh", "en"):
        long = Image.open(written / f"{name}.long.{language}.png")
        assert long.width == 1080
        assert long.height > 2000
        shades = long.convert("L").histogram()
        assert sum(count > 200 for count in shades) > 40
        assert max(shades) < 0.95 * sum(shades)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", ["national", HIDING])
def test_a_brief_is_one_page_marked_and_says_what_was_found(written, outlines, name, language):
    reader = pypdf.PdfReader(written / f"{name}.brief.{language}.pdf")
    (page,) = reader.pages
    words = squeezed(page.extract_text())
    one = outlines[name]
    for told in (one.headline, one.page.banner, *one.findings, one.source):
        assert squeezed(told.of(language)) in words
    assert one.value in words
    metadata = reader.xmp_metadata.stream.get_data().decode()
    assert re.search(r'pdfaid:part(?:="|>)3', metadata)
    assert "pdfuaid" in metadata


def squeezed(words):
    return re.sub(r"[\s\u200b\u00ad]+", "", words)


def test_a_brief_with_a_great_deal_to_say_becomes_smaller_and_stays_one_page(outlines, tmp_path):
    one = outlines["national"]
    long = replace(one, findings=one.findings * 4)
    assert len(pypdf.PdfReader(io.BytesIO(brief(long, "en", tmp_path))).pages) == 1


@pytest.mark.parametrize(
    ("language", "clauses"),
    [
        ("zh", ["满意度较2025年第一季度无显著变化；", "信息透明度是最明确的短板"]),
        (
            "en",
            [
                "No significant change in satisfaction on 2025 Q1;",
                "the clearest weakness is Expected reliability",
            ],
        ),
    ],
)
def test_a_long_headline_of_a_brief_ends_its_lines_between_clauses(outlines, language, clauses, tmp_path):
    told = replace(
        outlines["national"], headline=same(" ".join(clauses) if language == "en" else "".join(clauses))
    )
    lines = pypdf.PdfReader(io.BytesIO(brief(told, language, tmp_path))).pages[0].extract_text().splitlines()
    assert {squeezed(one) for one in clauses} <= {squeezed(one) for one in lines}


def test_what_a_document_is_made_of_lies_in_its_folder_alone_and_not_for_long(
    outlines, monkeypatch, tmp_path
):
    """A kill leaves it where the audit looks; elsewhere nothing can be made here."""
    made = []
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    monkeypatch.setattr(pdf, "_compiled", lambda source, *_: made.append(source) or b"")
    monkeypatch.setattr(pdf, "_drawn", lambda source, *_: made.append(source) or b"")
    assert brief(outlines[HIDING], "en", tmp_path) == card(outlines[HIDING], tmp_path) == b""
    assert [one.parent.parent for one in made] == [tmp_path, tmp_path]
    assert all(one.parent.name.startswith(atomic.TEMPORARY) for one in made)
    assert not any(tmp_path.iterdir())


SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="{}" height="10"/></svg>'


def test_charts_and_logos_of_office_files_are_drawn_without_a_file(monkeypatch, tmp_path):
    """A kill would leave figures that are not out where nobody looks."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    monkeypatch.setattr(Path, "write_bytes", None)
    monkeypatch.setattr(Path, "write_text", None)
    logo = f"data:image/svg+xml;base64,{base64.b64encode(SQUARE.format(20).encode()).decode()}"
    charts = [pdf.picture(SQUARE.format(wide), 2.54, 100) for wide in (20, 10)]
    logos = [pdf.logo_picture(logo, 1.27, most, 100) for most in (9.0, 1.27)]
    sizes = [Image.open(io.BytesIO(made)).size for made in (*charts, *logos)]
    assert sizes == [(100, 50), (100, 50), (100, 50), (50, 25)]
    black = [np.mean(np.asarray(Image.open(io.BytesIO(made)).convert("L")) == 0) for made in charts]
    assert black == pytest.approx([1.0, 0.5], abs=0.02)
    with pytest.raises(PublicationError, match=r"picture\.svg: "):
        pdf.picture("<svg", 2.54, 100)


def test_a_revision_says_so_in_a_brief(outlines, tmp_path):
    page = outlines["national"].page
    revised = replace(
        page, revisions=(RevisionNote("2026-05-01", same("Revised on 2026-05-01"), same("A weight.")),)
    )
    words = (
        pypdf.PdfReader(io.BytesIO(brief(replace(outlines["national"], page=revised), "en", tmp_path)))
        .pages[0]
        .extract_text()
    )
    assert "Revised on 2026-05-01" in words


def test_the_same_bytes_in_another_time_zone(written, outlines, monkeypatch, tmp_path):
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    write_office(outlines[HIDING], {}, ASKED, tmp_path, HIDING)
    monkeypatch.undo()
    time.tzset()
    made = sorted(tmp_path.iterdir())
    assert len(made) == 5
    for path in made:
        assert path.read_bytes() == (written / path.name).read_bytes(), path.name


ADDRESS = "https://csi.example.org/releases/2026Q1/"


@pytest.fixture(scope="module")
def coded(outlines, tmp_path_factory):
    """A long picture of a sector whose address is known."""
    one = outlines[HIDING]
    made = long_picture(
        replace(one, page=replace(one.page, address=ADDRESS)), "zh", tmp_path_factory.mktemp("coded")
    )
    return Image.open(io.BytesIO(made)).convert("L")


def drawn_code():
    """The code as it has to be drawn, quiet zone and all: each module dark or light all over."""
    matrix = segno.make_qr(f"{ADDRESS}sectors/{HIDING}.html?lang=zh", error="m", boost_error=False).matrix
    light = np.array([[255 * (1 - dark) for dark in row] for row in matrix], np.uint8)
    module = 300 // (len(matrix) + 2 * QUIET)
    return np.kron(np.pad(light, QUIET, constant_values=255), np.ones((module, module), np.uint8))


def test_a_long_picture_has_a_code_that_leads_to_its_page(coded):
    page, drawn = np.asarray(coded)[-600:], drawn_code()
    right = 1080 - 72 - drawn.shape[1]
    found = [
        y for y in range(page.shape[0] - drawn.shape[0] + 1)
        if (page[y : y + drawn.shape[0], right : right + drawn.shape[1]] == drawn).all()
    ]  # fmt: skip
    assert len(found) == 1


def test_a_decoder_reads_the_code(coded):
    cv2 = pytest.importorskip("cv2", reason="no decoder is installed")
    said, *_ = cv2.QRCodeDetector().detectAndDecode(np.asarray(coded)[-700:, 500:])
    assert said == f"{ADDRESS}sectors/{HIDING}.html?lang=zh"


def test_a_code_has_room_or_there_is_none():
    assert qr_code("") is None
    assert qr_code(ADDRESS).size <= 300
    assert qr_code(ADDRESS + "x" * 3000) is None
    assert qr_code(ADDRESS + "x" * 300) is None
    assert 'fill="#000000"' in qr_code(ADDRESS).drawing.coloured("#7a1fa2").svg


def test_without_an_address_a_long_picture_has_no_code(outlines, monkeypatch, tmp_path):
    monkeypatch.setattr(
        "ncsi.report.share.pictures.qr_code", lambda address: pytest.fail(address) if address else None
    )
    assert long_picture(outlines[HIDING], "zh", tmp_path)


def test_what_matters_most_has_a_block_of_its_own_in_the_long_picture_of_the_whole(
    outlines, written, tmp_path
):
    one = outlines["national"]
    assert len(one.page.story.drivers) > 1
    page = replace(one.page, story=replace(one.page.story, drivers=()))
    without = Image.open(io.BytesIO(long_picture(replace(one, page=page), "en", tmp_path)))
    with_it = Image.open(written / "national.long.en.png")
    assert with_it.height > without.height + 54 * len(one.page.story.drivers)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_provinces_stand_as_tiles_in_the_long_picture_of_the_whole(outlines, written, language, tmp_path):
    made, without = (
        of_tiles(outlines, language, tmp_path, few=False),
        Image.open(written / f"national.long.{language}.png"),
    )
    assert made.height > without.height + 8 * 100
    added = {colour for _, colour in made.convert("RGB").getcolors(1 << 24)}
    assert (0xF6, 0xE3, 0xE1) in added - {colour for _, colour in without.convert("RGB").getcolors(1 << 24)}
    assert (
        of_tiles(outlines, language, tmp_path, few=True).height > made.height
    )  # what dashes mean stands below


def of_tiles(outlines, language, folder, few):
    """The long picture of the whole with provinces as tiles, of which all but three are of `few`."""
    one = outlines["national"]
    tiles = tuple(
        Tile(
            place.code,
            place.name,
            same("不予发布" if k == 1 else "78.1"),
            state,
            mark,
            k == 1,
            place.column,
            place.row,
            indicative=few and k > 2,
        )
        for k, place in enumerate(PROVINCES)
        for state, mark in [{0: ("above", "▲"), 1: ("none", ""), 2: ("below", "▼")}.get(k, ("level", ""))]
    )
    told = AreaTold(
        Pair("省份", "Province"), Pair("各省一句话", "Provinces in a sentence"), tiles, (1, 31, 1, 1)
    )
    page = replace(one.page, story=replace(one.page.story, areas=(told,)))
    return Image.open(io.BytesIO(long_picture(replace(one, page=page), language, folder)))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_tiles_say_can_be_read_on_a_phone(outlines, language, tmp_path):
    one = outlines["national"]
    tiles = tuple(
        Tile(place.code, place.name, phrase(said), "none", "", True, place.column, place.row)
        for place, said in zip(
            PROVINCES, itertools.cycle(("tile_too_few", "tile_withheld", "tile_not_surveyed")), strict=False
        )
    )
    told = AreaTold(same("A"), same("A"), tiles, (0, 0, 0, 0))
    page = replace(one.page, story=replace(one.page.story, areas=(told,)))
    blocks, drawings = _blocks(replace(one, page=page))
    more = {"o": _told(one), "blocks": blocks[:0], "qr": 0}
    source = _prepared("long.typ", page, drawings, language, tmp_path, {}, more)
    made = typst.compile(
        str(source), root=str(tmp_path), font_paths=_fonts(), ignore_system_fonts=True, format="pdf"
    )
    sizes = {}

    def seen(words, _user, matrix, _font, size):
        if words.strip():
            sizes.setdefault(round(size * abs(matrix[3]), 1), []).append(words.strip())

    for sheet in pypdf.PdfReader(io.BytesIO(made)).pages:
        sheet.extract_text(visitor_text=seen)
    assert len(sizes) > 3
    assert {size: words for size, words in sizes.items() if size < 24} == {}


def test_charts_write_published_figures_and_no_hidden_brand(outlines, shown, spec):
    published = {
        f"{value:.{digits}f}"
        for digits in (1, 2)
        for frame in shown.values()
        for column in frame.select_dtypes("number")
        for value in frame[column].dropna()
    }
    for one in outlines.values():
        for name, drawing in _blocks(one)[1].items():
            figures = {words.en for words in drawing.texts if re.fullmatch(r"\d+\.\d+", words.en)}
            axis = {f"{k / 10:.1f}" for k in range(11)}
            assert figures - axis <= published or name == "trend", name
    index = shown["out_index_by_brand"]
    own = index[(index["sector"] == HIDING) & (index["construct"] == spec.target)]
    hidden = set(own.loc[own["index_0_100"].isna(), "brand"])
    names = {
        one.label.zh
        for one in next(s for s in spec.wave.sectors if s.id == HIDING).brands
        if one.id in hidden
    }
    assert len(names) >= 2
    drawn = {words.zh for drawing in _blocks(outlines[HIDING])[1].values() for words in drawing.texts}
    assert not names & drawn


def rows_of(count, tones=()):
    return tuple(DotRow(same(str(k)), k, k - 1, k + 1, "up" if k in tones else "") for k in range(count))


@pytest.mark.parametrize(
    ("dots", "kept"),
    [
        (Dots(same("x"), rows_of(9)), list(range(9))),
        (Dots(same("x"), rows_of(27)), [0, 1, 2, 24, 25, 26]),
        (Dots(same("x"), rows_of(27, {3, 20}), 0.0, signed=True), [3, 20]),
        (Dots(same("x"), rows_of(27, set(range(15))), 0.0, signed=True), [0, 1, 2, 24, 25, 26]),
        (Dots(same("x"), rows_of(27), 0.0, signed=True), [0, 1, 2, 24, 25, 26]),
    ],
)
def test_a_phone_is_shown_the_ends_of_long_charts(dots, kept):
    assert [int(one.value) for one in _ends(dots).rows] == kept


def test_a_release_holds_them_where_asked_for_and_its_pages_name_them(of_one_sector):
    made = of_one_sector
    pictures = [one for one in made.files if one.endswith(".png")]
    assert pictures == ["national.og.png", "sectors/dairy.og.png"]
    assert set(pictures) <= set(
        json.loads((made.folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    )
    for name, picture in (
        ("index.html", 0),
        ("press.html", 0),
        ("method.html", 0),
        ("sectors/dairy.html", 1),
    ):
        told = head_of(made.folder / name)
        assert told["og:image"] == f"https://example.org/ncsi/2026Q1/{pictures[picture]}"
        assert told["og:title"]
        assert told["og:description"] == told["description"]
        assert told.get("og:url", "").startswith("https://example.org/ncsi/2026Q1/") or name == "method.html"


def head_of(path):
    tree = html5lib.parse(path.read_text(encoding="utf-8"), namespaceHTMLElements=False)
    return {one.get("property") or one.get("name"): one.get("content") for one in tree.iter("meta")}


@pytest.mark.parametrize("name", ["index.html", "sectors/dairy.html", "press.html", "method.html"])
def test_without_an_address_of_the_site_a_page_has_title_and_icon_and_no_picture(release, name):
    told = head_of(release.folder / name)
    assert "演示用合成数据" in told["og:title"]
    assert told["og:description"]
    assert "og:image" not in told
    assert 'rel="icon" href="data:image/svg+xml' in (release.folder / name).read_text(encoding="utf-8")
    assert not [one for one in release.files if one.endswith(".png") or ".brief." in one]


def test_help_names_every_format(capsys):
    main(["publish", "--help"])
    told = capsys.readouterr().out
    assert [one for one in FORMATS if one not in told] == []
