"""A brand's diagnosis: its own figures, tested, naming nobody else; none for a brand that may not be shown."""

import dataclasses
import json
import re
import stat

import numpy as np
import pypdf
import pytest

from ncsi.disclosure import disclosed_tables
from ncsi.errors import PublicationError, SpecError
from ncsi.report import content
from ncsi.report.diagnoses import write_diagnoses
from ncsi.report.pages import as_data
from ncsi.spec.plan import load_plan
from ncsi.stages.enterprise_diagnoses import diagnose_wave


@pytest.fixture(scope="module")
def shown(tables, spec):
    return disclosed_tables(tables, spec.target, spec.wave.level)


def sentences(page):
    return [words for one in page.findings for words in one]


def test_only_brands_that_may_be_shown_have_one(shown, spec):
    assert content.shown_brands(shown, spec, "dairy") == [f"B{k:02}" for k in range(8)]
    assert content.shown_brands(shown, spec, "casual_wear") == []
    assert content.shown_brands(shown, spec, "schools") == []


def test_no_other_brand_is_named(shown, spec):
    page = json.dumps(as_data(content.diagnosis(shown, spec, "beer", "B01")), ensure_ascii=False)
    others = [one.label.en for one in spec.wave.sector("beer").brands if one.id != "B01"]
    assert [name for name in others if name in page] == []
    assert "nan" not in page.lower()


def test_above_and_below_are_said_of_significant_differences_only(shown, spec):
    standings = shown["out_standing_by_brand"]
    noisy = {**shown, "out_standing_by_brand": standings.assign(verdict="level")}
    for tables, claimed in ((noisy, False), (shown, True)):
        pages = [content.diagnosis(tables, spec, "dairy", f"B{k:02}") for k in (0, 7)]
        first = [sentences(page)[1] for page in pages]
        assert all(bool(re.search("significantly (above|below) the sector", one)) == claimed for one in first)
        assert all(
            bool(row.star) <= claimed for page in pages for row in page.constructs.rows if not row.rate
        )


def test_strengths_short_boards_and_the_first_thing_to_do_follow_the_gaps(shown, spec):
    worst, best = (content.diagnosis(shown, spec, "dairy", one) for one in ("B07", "B00"))
    assert any("Short boards: 6 items significantly below" in one for one in sentences(worst))
    assert any("No item is significantly above" in one for one in sentences(worst))
    assert worst.first.rows[0][4].text.en.startswith("+")
    assert best.first.rows == ()
    assert not any("To improve first" in one for one in sentences(best))
    assert any("do not single out what to improve first" in one for one in sentences(best))


def test_without_gaps_nothing_is_said_of_items(shown, spec):
    page = content.diagnosis(
        {**shown, "out_gaps_by_brand": shown["out_gaps_by_brand"].head(0)}, spec, "dairy", "B07"
    )
    assert page.gaps.rows == page.first.rows == ()
    assert not any("item" in one.lower() for one in sentences(page))


def test_a_flat_change_is_called_flat(shown, spec):
    changes = shown["out_changes"].assign(verdict="no_significant_change")
    page = content.diagnosis({**shown, "out_changes": changes}, spec, "dairy", "B02")
    assert not [one for one in sentences(page) if re.search("rose|fell|(上升|下降)(?!.*不具统计显著性)", one)]
    assert page.change.tone == ""


def test_the_difference_knows_that_the_sector_holds_the_brand(shown, spec):
    rows = {one.id: one for one in content.diagnosis(shown, spec, "dairy", "B00").constructs.rows}
    index = shown["out_index_by_brand"].query("sector == 'dairy' and brand == 'B00'")
    own = index.set_index("construct")["index_0_100"]
    assert np.isclose(float(rows["Image"].x), own["Image"])
    assert rows["Complaint"].value.endswith("%")


def test_the_documents_are_private(tables, spec, tmp_path):
    folder = tmp_path / "private"
    one = dataclasses.replace(spec, editions=("both", "en"))
    made = write_diagnoses(tables, one, folder, "edible_oil", "B03")
    assert made.files == ("edible_oil/B03.en.pdf", "edible_oil/B03.pdf")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / made.files[0]).stat().st_mode) == 0o600
    words = "".join(page.extract_text() for page in pypdf.PdfReader(folder / made.files[0]).pages)
    assert "Not for publication" in words


@pytest.mark.parametrize("brand", ["B04", "B05"])
def test_a_brand_that_is_withheld_or_too_small_is_refused(tables, spec, tmp_path, brand):
    with pytest.raises(PublicationError, match="below the publication threshold"):
        write_diagnoses(tables, spec, tmp_path, "edible_oil", brand)


@pytest.mark.parametrize(
    ("sector", "brand", "said"),
    [("nowhere", None, "does not measure the sector 'nowhere'"), ("dairy", "B99", "has no brand 'B99'"),
     (None, "B01", "is given without its sector")],
)  # fmt: skip
def test_what_the_wave_does_not_measure_is_refused(workspace, sector, brand, said):
    plan = load_plan(workspace, "2026")
    sector = "only" if sector == "dairy" else sector
    with pytest.raises(SpecError, match=said):
        diagnose_wave(plan, sector, brand)
