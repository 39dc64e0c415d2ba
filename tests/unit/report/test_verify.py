"""`ncsi verify`: a release that is whole passes; whatever was changed in it is named."""

import json
import shutil

import pytest

from ncsi.errors import InputError
from ncsi.report.verify import verify_release

WAVE = "2026Q1"


@pytest.fixture
def copy(nation, tmp_path):
    return shutil.copytree(nation.release(WAVE), tmp_path / WAVE)


def rewrite(folder, change):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


def test_a_release_as_published_holds_and_its_headline_is_derived_again(nation):
    found = verify_release(nation.release(WAVE))
    assert found.problems == ()
    headline = nation.outcomes[WAVE].nation
    # Sectors are published in two digits, so the nation derived from them is near, not equal.
    assert found.index_0_100 == pytest.approx(headline.index_0_100, abs=0.006)
    assert (found.low, found.high) == pytest.approx((headline.low, headline.high), abs=0.008)
    assert found.files > 20


def test_changed_missing_and_added_files_are_named(copy):
    page = copy / "index.html"
    page.write_text(page.read_text(encoding="utf-8") + " ", encoding="utf-8")
    (copy / "sectors" / "dairy.pdf").unlink()
    (copy / "data" / "more.csv").write_text("x", encoding="utf-8")
    assert sorted(verify_release(copy).problems) == [
        "data/more.csv: not a file of this release",
        "index.html: changed since publication (its SHA-256 is not that of the manifest)",
        "sectors/dairy.pdf: missing",
    ]


def test_a_headline_that_does_not_follow_from_the_sectors_is_found(copy):
    rewrite(copy, lambda manifest: manifest["headline"].update(index_0_100=99.0))
    (problem,) = verify_release(copy).problems
    assert problem.startswith(
        "manifest.json: index_0_100 is 99.0, but the sectors' indices and shares come to "
    )


def test_data_changed_with_its_hash_still_differ_from_what_the_pdf_carries(copy):
    from ncsi.report.bundle.manifest import sha256

    path = copy / "data" / "out_index_by_sector.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("2026Q1", "2026Q2"), encoding="utf-8")
    rewrite(
        copy, lambda one: one["files"].update({"data/out_index_by_sector.csv": sha256(path.read_bytes())})
    )
    (problem,) = verify_release(copy).problems
    assert (
        problem
        == "national.pdf: the attached out_index_by_sector.csv is not the file data/out_index_by_sector.csv"
    )


def test_a_manifest_may_not_point_outside(copy):
    rewrite(copy, lambda manifest: manifest["files"].update({"../../etc/hostname": "0" * 64}))
    assert verify_release(copy).problems == ("manifest.json: ../../etc/hostname lies outside the release",)


def test_a_damaged_pdf_is_named(copy):
    (copy / "national.pdf").write_bytes(b"%PDF-1.7 nothing")
    problems = verify_release(copy).problems
    assert any(problem.startswith("national.pdf: cannot be read") for problem in problems)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"release_id": "x", "files": [], "headline": {}}'])
def test_what_is_no_release_says_so(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"is no manifest of a release.*publish it again"):
        verify_release(tmp_path)
    with pytest.raises(InputError, match="there is no manifest"):
        verify_release(tmp_path / "none")
