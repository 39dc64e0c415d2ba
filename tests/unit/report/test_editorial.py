"""Revision notes where they concern, and bands named no more surely than their interval allows."""

import json
import re

import pypdf
import pytest
from python_calamine import CalamineWorkbook

from ncsi.errors import SpecError
from ncsi.report import publish_release, text
from ncsi.report.content.labels import band, band_note
from ncsi.spec import Label, load_bands, load_wave, schemas_root

NOTES = [
    {"date": "2026-05-02", "note": {"zh": "更正权重 <b>#x", "en": "Weights corrected <b>#x"}, "sectors": ["schools"]},
    {"date": "2026-05-09", "note": {"zh": "更正说明文字", "en": "Wording corrected"}},
]  # fmt: skip


@pytest.fixture(scope="module")
def revised(invented, tmp_path_factory):
    spec = invented.release_spec(("banks", "schools"), revisions=NOTES)
    return publish_release(invented.result_tables(spec), spec, tmp_path_factory.mktemp("r") / "2026Q1").folder


@pytest.mark.parametrize(
    ("page", "notes"),
    [("index.html", 2), ("press.html", 2), ("sectors/schools.html", 2), ("sectors/banks.html", 1)],
)
def test_a_revision_stands_in_the_reports_it_concerns(revised, page, notes):
    words = (revised / page).read_text(encoding="utf-8")
    section = words.partition('<section class="revised"')[2].partition("</section>")[0]
    assert section.count("<p><b>") == notes
    assert ("Weights corrected &lt;b&gt;#x" in section) == (notes == 2)
    assert "Revised on 9 May 2026 (all reports)" in section


def test_the_pdfs_the_press_note_and_the_data_say_it_too(revised):
    for name in ("national.pdf", "national.en.pdf", "sectors/schools.pdf"):
        first = pypdf.PdfReader(revised / name).pages[0].extract_text().replace("\n", " ")
        assert "Weights corrected <b>#x" in first, name
    assert "> Revised on 9 May 2026 (all reports): Wording" in (revised / "press.en.md").read_text(
        encoding="utf-8"
    )
    manifest = json.loads((revised / "manifest.json").read_text(encoding="utf-8"))
    assert [one["date"] for one in manifest["revisions"]] == ["2026-05-02", "2026-05-09"]
    about = (
        CalamineWorkbook.from_path(revised / "data" / "release.xlsx").get_sheet_by_name("about").to_python()
    )
    assert any("2026-05-09 更正说明文字" in str(cell) for row in about for cell in row)


def test_a_release_without_revisions_shows_no_box(release):
    assert 'class="revised"' not in (release.folder / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (72.0, 74.0, "Fairly satisfied (70–80)"),
        (79.8, 80.2, "Fairly satisfied to satisfied (the interval reaches across 80)"),
        (68.0, 81.0, "Neutral to satisfied (the interval reaches across 70 and 80)"),
        (99.0, 101.0, "Very satisfied (90–100)"),
        (float("nan"), float("nan"), ""),
    ],
)
def test_a_band_is_named_alone_only_when_the_whole_interval_lies_in_it(low, high, said):
    assert band(low, high, load_bands()).en == said


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [("Fair", "Good", "Fair to good"), ("B", "A", "B to A"), ("B-", "BB", "B- to BB")],
)
def test_a_band_that_is_a_grade_keeps_its_capital_within_a_sentence(first, last, said):
    bands = load_bands()
    low, high = (
        one.model_copy(update={"label": Label(zh=name, en=name), "low": float(at)})
        for one, name, at in zip(bands.bands, (first, last), (0, 60), strict=False)
    )
    graded = bands.model_copy(update={"bands": (low, high)})
    assert band(55.0, 65.0, graded).en.startswith(said)


def test_bands_are_data_with_version_and_source(revised):
    page = (revised / "index.html").read_text(encoding="utf-8")
    bands = load_bands()
    assert band_note(bands).zh in re.sub(r"<[^>]*>", "", page)
    assert f"version {bands.version}; source: {text.cited(bands.source).en}" in page
    rows = (revised / "data" / "codes_bands.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == "band,label_zh,label_en,low,high,version,source"
    assert rows[3].startswith("fairly_satisfied,比较满意,Fairly satisfied,70.0,80.0,1.0.0,")


@pytest.mark.parametrize(
    ("revision", "said"),
    [
        ("{date: 2020-01-01, note: {zh: x, en: x}}", "comes before"),
        ("{date: 2099-01-01, note: {zh: x, en: x}, sectors: [skin_car]}", "Did you mean 'skin_care'"),
        ("{date: 2099-01-01}", "note"),
    ],
)
def test_a_revision_follows_the_release_and_names_measured_sectors(tmp_path, revision, said):
    words = (schemas_root() / "example" / "waves" / "2026.yaml").read_text(encoding="utf-8")
    (tmp_path / "2026.yaml").write_text(f"{words}\nrevisions: [{revision}]\n", encoding="utf-8")
    with pytest.raises(SpecError, match=said):
        load_wave(tmp_path / "2026.yaml")
