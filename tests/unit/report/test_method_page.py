"""The quality report: every heading is filled from tables, and what they lack is said to be lacking."""

from dataclasses import replace

import pytest

from ncsi.errors import SpecError
from ncsi.report import content
from ncsi.report.content.quality_report import contact_line
from ncsi.spec.settings import Contact
from ncsi.spec.workspace import open_workspace

HEADINGS = ["1", "2", "3", "7", "8", "10", "11", "12", "13.2", "13.3.1", "13.3.2", "13.3.3", "13.3.4", "13.3.5", "14",
            "15.1", "15.2", "16", "17"]  # fmt: skip


def told(page, number):
    return " ".join(one.en for chapter in page.chapters if chapter.number == number for one in chapter.told)


def test_every_heading_of_sims_says_something_in_both_languages(tables, spec):
    page = content.method_page(tables, spec)
    assert [one.number for one in page.chapters] == HEADINGS
    assert all(one.zh and one.en and "{" not in one.zh + one.en for c in page.chapters for one in c.told)


def test_figures_are_those_of_the_tables(tables, spec):
    page = content.method_page(tables, spec)
    sample, brands = tables["out_sample_by_sector"], tables["out_index_by_brand"]
    status = brands.loc[brands["construct"] == spec.target, "status"]
    assert f"{sample['n'].sum():,} valid responses" in told(page, "3")
    assert f"{(status == 'indicative').sum()} are marked indicative" in told(page, "7")
    own = tables["out_index_by_sector"].query("construct == @spec.target")
    half = (own["high"] - own["low"]) / 2
    assert f"{half.median():.2f} at the median" in told(page, "13.2")
    days = (spec.wave.release_date - spec.wave.field.end).days
    assert f"to the release: {days}." in told(page, "14")
    changes = tables["out_changes"].query("level == 'sector' and construct == @spec.target")
    broken = (changes["verdict"] == "trend_break").sum()
    assert "Sectors whose questionnaire changed: Banks." in told(page, "2")
    assert f"{len(changes) - broken} of {len(changes)} sectors can be compared" in told(page, "15.1")


def test_what_is_of_one_sector_is_no_range(tables, spec):
    one = {
        name: frame[frame["sector"] == "banks"] if "sector" in frame else frame
        for name, frame in tables.items()
    }
    own = replace(spec, instruments={"banks": spec.instruments["banks"]})
    page = content.method_page(one, own)
    assert "Sectors: 1;" in told(page, "3")
    n = len(spec.instruments["banks"].items)
    for number, said in (
        ("13.2", "Design effects: "),
        ("13.3.2", "satisfaction is "),
        ("16", f"answered {n} questions"),
    ):
        assert said in told(page, number)
        assert "–" not in told(page, number).partition(said)[2].partition(" ")[0]


@pytest.mark.parametrize(
    ("emptied", "number", "said"),
    [
        (("out_weighting_by_margin",), "13.3.1", "percentage points"),
        (("out_engines_by_sector",), "15.2", "agree on"),
        (("out_changes",), "15.1", "cannot, as their questionnaire"),
        (("out_response_quality_by_sector",), "13.3.2", "flagged"),
    ],
)
def test_what_a_table_does_not_hold_is_not_said(tables, spec, emptied, number, said):
    assert said in told(content.method_page(tables, spec), number)
    page = content.method_page({**tables, **{name: tables[name].iloc[:0] for name in emptied}}, spec)
    assert said not in told(page, number)
    assert told(page, number)


def test_errors_that_were_not_checked_are_not_told_of(tables, spec):
    name = "out_assessment_by_sector"
    whole = tables[name].assign(errors_checked=[108, 110, None], errors_apart=[2, 0, None])
    said = told(content.method_page({**tables, name: whole}, spec), "13.2")
    assert "Of 218 standard errors of paths, total effects, weights, loadings and indices" in said
    assert "Those of 1 of 3 sectors are not checked." in said
    unknown = whole.assign(errors_checked=None, errors_apart=None)
    assert "jackknife" not in told(content.method_page({**tables, name: unknown}, spec), "13.2")
    assert "not checked" not in told(content.method_page({**tables, name: whole.fillna(5)}, spec), "13.2")


def test_the_contact_is_that_of_the_workspace_or_said_to_be_missing(tables, spec):
    assert "no contact registered" in contact_line(spec).en
    office = Contact(name={"zh": "调查室", "en": "Survey office"}, email="survey@example.org")
    known = replace(spec, contact=office)
    assert "survey@example.org" in contact_line(known).zh
    note = content.press(content.national(tables, known), known)
    assert "Survey office" in content.markdown(note, "en")


@pytest.mark.parametrize(
    ("line", "said"),
    [("email: not an address", "e-mail"), ("telephone: call me", "telephone"), ("fax: '1'", "fax")],
)
def test_a_contact_that_is_none_is_refused(tmp_path, line, said):
    (tmp_path / "ncsi.yaml").write_text(
        f"spec: ncsi/workspace/1\ncontact:\n  name: {{zh: 室, en: Office}}\n  {line}\n", encoding="utf-8"
    )
    with pytest.raises(SpecError, match=said):
        open_workspace(tmp_path)


@pytest.mark.parametrize(
    ("name", "way"), [("index.html", ""), ("press.html", ""), ("sectors/dairy.html", "../")]
)
def test_charts_lead_to_the_method(release, name, way):
    written = (release.folder / name).read_text(encoding="utf-8")
    assert written.count(f'class="how" href="{way}method.html"') >= 2
