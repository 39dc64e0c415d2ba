"""Releases beside one of an earlier wave whose figures are not those that they print of it."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pandas as pd
import pytest

from ncsi.cli.say import published
from ncsi.errors import InputError
from ncsi.report.printed_otherwise import printed_otherwise
from ncsi.report.release_spec import Release
from ncsi.report.site import require_whole
from ncsi.report.site.api import documents
from ncsi.report.site.comparison import comparison
from ncsi.report.site.page import site_page
from ncsi.report.site.shelf import shelf
from ncsi.spec import open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.publish import _printed_otherwise

THEN, NOW = "2025Q1", "2026Q1"
WAVES = (THEN, NOW)


def revised(releases, sector, points):
    """The sector of the earlier wave as a revision of it would have it."""
    data = releases / THEN / "data"
    trend = pd.read_parquet(data / "out_trend.parquet")
    own = (trend["at"] == THEN) & (trend["unit"] == sector)
    trend.assign(index_0_100=trend["index_0_100"] + points * own).to_parquet(data / "out_trend.parquet")
    index = pd.read_csv(data / "out_index_by_sector.csv", dtype=str)
    mine = (index["sector"] == sector) & (index["construct"] == "Satisfaction")
    index.loc[mine, "index_0_100"] = f"{float(index.loc[mine, 'index_0_100'].iloc[0]) + points:.2f}"
    index.to_csv(data / "out_index_by_sector.csv", index=False)


@pytest.fixture
def releases(nation, tmp_path):
    for wave in WAVES:
        shutil.copytree(nation.release(wave), tmp_path / "releases" / wave)
    return tmp_path / "releases"


def test_releases_of_one_estimation_print_the_same_of_each_wave(releases):
    assert printed_otherwise(releases, WAVES) == ()
    (before, now) = shelf(releases)
    assert now.change.verdict != "revised"
    assert comparison([before, now]).pairs[NOW] == {}, "what a release prints is not tested a second time"


@pytest.mark.parametrize("points", [0.01, -3.0])
def test_a_later_release_that_counts_from_what_was_revised_is_named(releases, points):
    revised(releases, "banks", points)
    assert printed_otherwise(releases, WAVES) == ((NOW, THEN),)
    assert printed_otherwise(releases, (NOW,)) == ()
    (releases / THEN / "data" / "out_trend.parquet").unlink()
    assert printed_otherwise(releases, WAVES) == ()


def test_a_series_that_cannot_be_read_is_a_damaged_release(releases):
    path = releases / THEN / "data" / "out_trend.parquet"
    content = path.read_bytes()
    for left in (content[:200], b"PAR1", b""):
        path.write_bytes(left)
        with pytest.raises(InputError, match=rf"{THEN}: this release is damaged"):
            require_whole(releases, but="")


def test_the_site_tells_no_change_from_a_figure_that_was_revised(releases):
    """It would stand between two indices that it does not follow from."""
    revised(releases, "banks", -3.0)
    shelved = shelf(releases)
    page = site_page(shelved)
    assert page.change.text.en == "not compared with 2025 Q1, which has been revised since"
    assert "此后有修订" in page.change.text.zh
    assert (page.change.value, page.change.interval.en, page.change.tone) == ("‖", "", "")
    assert not any("significant" in one.en for one in page.findings)

    made = comparison(shelved)
    assert (made.waves[NOW].previous, made.waves[NOW].changes) == ("", {})
    assert set(made.pairs[NOW][THEN]) == set(shelved[-1].sectors), "its sectors are tested by what is out"
    told = documents(shelved, [], "")[f"{NOW}.json"]
    assert {one["change"]["verdict"] for one in told["sectors"]} == {"revised"}
    assert told["release"]["nation"]["change"] == {
        "previous": THEN, "change": None, "low": None, "high": None, "verdict": "revised",
    }  # fmt: skip


def test_publishing_either_wave_names_the_two(releases, nation, tmp_path):
    for name in ("ncsi.yaml", "waves", "margins", "maps", "instruments"):
        kept = nation.workspace.root / name
        (shutil.copytree if kept.is_dir() else shutil.copy)(kept, tmp_path / name)
    revised(releases, "dairy", 2.0)
    for wave in WAVES:
        plan = load_plan(open_workspace(tmp_path), wave)
        assert _printed_otherwise(plan) == ((NOW, THEN),)
    made = Release("NCSI-2025Q1-0", releases / THEN, (), pd.DataFrame(), synthetic=True)
    lines, facts = published(replace(made, otherwise=((NOW, THEN),)))
    assert f"The release of {NOW} prints other figures of {THEN} than are out" in lines[1]
    assert facts["otherwise"] == [[NOW, THEN]]
    assert published(made)[1]["otherwise"] == []
