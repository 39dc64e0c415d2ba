"""`ncsi verify`: a release that is whole passes; whatever was changed in it is named, and so is who signed it."""

import csv
import json
import os
import shutil

import pytest

from ncsi.cli import main
from ncsi.errors import InputError
from ncsi.report.bundle.manifest import sha256
from ncsi.report.bundle.proof import sign_manifest
from ncsi.report.derived_figures import sector_problems
from ncsi.report.verify import verify_release
from ncsi.signing import WORTHLESS_FINGERPRINT, fingerprint, new_key, spaced

WAVE = "2026Q1"
NOT_SIGNED = "manifest.sig: does not sign this manifest.json: one of the two was changed"


@pytest.fixture
def copy(nation, tmp_path):
    return shutil.copytree(nation.release(WAVE), tmp_path / WAVE)


def rewrite(folder, change):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


def hashed_again(folder):
    """What a forger does who knows how a release is made."""

    def change(manifest):
        for name in manifest["files"]:
            manifest["files"][name] = sha256((folder / name).read_bytes())

    rewrite(folder, change)


def cell(folder, table, column, value, **where):
    """Write a value into the first row of a table that matches; returns what was there."""
    path = folder / "data" / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    row = next(one for one in rows if all(one[key] == wanted for key, wanted in where.items()))
    row[column], was = str(value), row[column]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return was


def test_a_release_as_published_holds_and_its_headline_is_derived_again(nation):
    found = verify_release(nation.release(WAVE), WORTHLESS_FINGERPRINT)
    assert found.problems == ()
    assert (found.signer, found.trust) == (WORTHLESS_FINGERPRINT, "worthless key")
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
        "sectors/dairy.pdf: missing, or no file",
    ]


def test_a_headline_that_does_not_follow_from_the_sectors_is_found(copy):
    rewrite(copy, lambda manifest: manifest["headline"].update(index_0_100=99.0))
    signature, problem = verify_release(copy).problems
    assert signature == NOT_SIGNED
    assert problem.startswith(
        "manifest.json: index_0_100 is 99.0, but the sectors' indices and shares come to "
    )


def test_data_changed_with_its_hash_still_differ_from_what_the_pdf_carries(copy):
    path = copy / "data" / "out_index_by_sector.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("2026Q1", "2026Q2"), encoding="utf-8")
    hashed_again(copy)
    assert verify_release(copy).problems == (
        NOT_SIGNED,
        "national.pdf: the attached out_index_by_sector.csv is not the file data/out_index_by_sector.csv",
    )


def test_a_manifest_may_not_point_outside(copy):
    rewrite(copy, lambda manifest: manifest["files"].update({"../../etc/hostname": "0" * 64}))
    assert verify_release(copy).problems == (
        NOT_SIGNED,
        "manifest.json: ../../etc/hostname lies outside the release",
    )


def test_a_damaged_pdf_is_named(copy):
    (copy / "national.pdf").write_bytes(b"%PDF-1.7 nothing")
    problems = verify_release(copy).problems
    assert any(problem.startswith("national.pdf: cannot be read") for problem in problems)


def a_page(folder):
    (folder / "press.en.md").write_text("All is well.", encoding="utf-8")
    return NOT_SIGNED


def a_key_of_ones_own(folder):
    sign_manifest(folder, new_key())
    return "not with the expected"


def no_signature(folder):
    (folder / "manifest.sig").unlink()
    return "manifest.sig: missing, so nothing says who published this"


def a_signature_of_another_release(folder):
    told = json.loads((folder / "manifest.sig").read_text(encoding="utf-8"))
    other = folder.parent / "other"
    other.mkdir()
    (other / "manifest.json").write_text("{}", encoding="utf-8")
    sign_manifest(other, new_key())
    told["signature"] = json.loads((other / "manifest.sig").read_text(encoding="utf-8"))["signature"]
    (folder / "manifest.sig").write_text(json.dumps(told), encoding="utf-8")
    return NOT_SIGNED


def an_infinite_figure(folder):
    cell(folder, "out_items_by_sector", "mean", "inf", sector="banks")
    return "data/out_items_by_sector.csv: line"


def no_number_for_the_headline(folder):
    rewrite(folder, lambda manifest: manifest["headline"].update(index_0_100=float("nan")))
    return "NaN is no number"


def a_sector_above_its_brands(folder):
    cell(folder, "out_index_by_sector", "index_0_100", 99.5, sector="dairy", construct="Satisfaction")
    return "out_index_by_sector, sector dairy: index_0_100 is 99.5"


def a_brand_lifted(folder):
    was = cell(
        folder,
        "out_index_by_brand",
        "index_0_100",
        0.5,
        sector="dairy",
        construct="Satisfaction",
        brand="B01",
    )
    assert float(was) > 1
    return "out_index_by_sector, sector dairy: index_0_100 is"


def two_ranks_exchanged(folder):
    last, first = (
        cell(folder, "out_rank_by_brand", "rank", new, sector="dairy", rank=old)
        for old, new in (("1", "9"), ("2", "1"))
    )
    cell(folder, "out_rank_by_brand", "rank", "2", sector="dairy", rank="9")
    assert (last, first) == ("1", "2")
    return "out_rank_by_brand, sector dairy: "


def sectors_ranked_anew(folder):
    cell(folder, "out_rank_by_sector", "rank", "3", rank="1")
    return "out_rank_by_sector: "


def a_link(folder):
    page = folder / "press.zh.md"
    page.rename(folder.parent / "elsewhere.md")
    page.symlink_to(folder.parent / "elsewhere.md")
    return "press.zh.md: a link; a release holds files only"


def a_pipe(folder):
    os.mkfifo(folder / "data" / "pipe.csv")
    return "data/pipe.csv: no regular file; a release holds files only"


def a_folder_linked(folder):
    (folder / "more").symlink_to("/etc")
    return "more: a link; a release holds files only"


FORGERIES = (
    a_page, a_key_of_ones_own, no_signature, a_signature_of_another_release, an_infinite_figure,
    no_number_for_the_headline, a_sector_above_its_brands, a_brand_lifted, two_ranks_exchanged, sectors_ranked_anew,
    a_link, a_pipe, a_folder_linked,
)  # fmt: skip


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda one: one.__name__)
def test_a_forger_who_hashes_again_is_told(copy, forge):
    said = forge(copy)
    if forge not in (no_signature, no_number_for_the_headline):
        hashed_again(copy) if forge is not a_key_of_ones_own else None
    try:
        problems = verify_release(copy, WORTHLESS_FINGERPRINT).problems
    except InputError as error:
        problems = (str(error),)
    assert any(said in problem for problem in problems), problems


@pytest.mark.parametrize("forge", FORGERIES[4:10], ids=lambda one: one.__name__)
def test_a_forger_with_the_key_is_told_by_the_figures(copy, nation, forge):
    from ncsi.signing import read_key

    said = forge(copy)
    if forge is not no_number_for_the_headline:
        hashed_again(copy)
    sign_manifest(copy, read_key(nation.workspace.signing_key))
    try:
        problems = verify_release(copy, WORTHLESS_FINGERPRINT).problems
    except InputError as error:
        problems = (str(error),)
    assert any(said in problem for problem in problems), problems


def test_the_command_says_whose_key_it_is(copy, capsys, tmp_path):
    def verified(*options):
        try:
            main(["verify", str(copy), "--workspace", str(tmp_path), *options])
        except SystemExit as stopped:
            return stopped.code, capsys.readouterr()
        return 0, capsys.readouterr()

    assert "the demonstration key" in verified()[1].out
    key = new_key()
    sign_manifest(copy, key)
    code, told = verified()
    assert (code, "is for you to compare" in told.out) == (0, True)
    code, told = verified("--key", spaced(fingerprint(key.public)))
    assert (code, "Signed with the expected key" in told.out) == (0, True)
    code, told = verified("--key", WORTHLESS_FINGERPRINT)
    assert (code, "not with the expected" in told.out) == (1, True)
    code, told = verified("--key", "abc")
    assert (code, "64 hexadecimal digits" in told.err) == (2, True)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "line 1 of it is no JSON"),
        ("[]", "what it holds has another form"),
        ("{}", "it has no release_id"),
        ('{"release_id": "x", "files": [], "headline": {}}', "it has no construct"),
        ('{"release_id": NaN}', "NaN is no number"),
        ("[" * 100_000, "what it holds has another form"),
    ],
)
def test_what_is_no_release_says_so(tmp_path, content, why):
    (tmp_path / "manifest.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=rf"is not the manifest of a release: {why}\..*publish it again"):
        verify_release(tmp_path)
    with pytest.raises(InputError, match="there is no manifest"):
        verify_release(tmp_path / "none")


@pytest.mark.parametrize(
    ("index", "said"),
    [
        ("60.0", []),
        ("80.0", ["out_index_by_sector, sector s: index_0_100 is 80.0, which leaves 110.00 for the brands not shown"]),
        ("24.9", ["out_index_by_sector, sector s: index_0_100 is 24.9, which leaves -0.20 for the brands not shown"]),
    ],
)  # fmt: skip
def test_what_a_sector_leaves_for_its_hidden_brands_must_be_an_index(index, said):
    brand = {"sector": "s", "construct": "Y", "n": "100"}
    tables = {
        "out_index_by_sector": [{"sector": "s", "construct": "Y", "index_0_100": index}],
        "out_index_by_brand": [
            {**brand, "brand": "a", "index_0_100": "50.0"},
            {**brand, "brand": "b", "index_0_100": "", "n": ""},
        ],
        "out_sample_by_sector": [
            {"sector": "s", "weight_min": "1.0", "weight_max": "1.0", "n": "200", "excluded": "3"}
        ],
        "out_weighting_by_margin": [],
        "out_rank_by_brand": [],
        "out_rank_by_sector": [],
    }
    assert list(sector_problems(tables, "Y")) == said
