"""The explorer holds what the tables publish, at their digits, and not a figure more."""

import importlib.util
import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from ncsi.disclosure import HIDDEN, publishable
from ncsi.report import content
from ncsi.report.html import page
from ncsi.report.result_rows import with_plain_texts

OF_INDEX = ("index_0_100", "low", "high", "n")
OF_CHANGE = ("change", "low", "high")


@pytest.fixture(scope="module")
def attack():
    path = Path(__file__).with_name("attack.py")
    spec = importlib.util.spec_from_file_location("attack", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["attack"] = module
    spec.loader.exec_module(module)
    return module


def held(folder):
    """What the page of a release holds."""
    text = (folder / "explorer.html").read_text(encoding="utf-8")
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)[1])


def indices(data):
    """Every index of the page: level, sector, unit, construct and its row."""
    usual = [one["id"] for one in data["constructs"]]
    yield from (("nation", "", "nation", *one) for one in zip(usual, data["nation"]["figures"], strict=True))
    for sector in data["sectors"]:
        own = [one["id"] for one in sector["constructs"]]
        for construct, row in zip(own, sector["figures"], strict=True):
            yield "sector", sector["id"], sector["id"], construct, row
        for brand in sector["brands"]:
            for construct, row in zip(own, brand["figures"], strict=True):
                yield "brand", sector["id"], brand["id"], construct, row


def cells(row, names):
    return [None if row[name] in ("", None) or pd.isna(row[name]) else float(row[name]) for name in names]


def same_figures(data, tables):
    """Every figure of the page stands in a table, and what a table leaves blank is blank in the page."""
    index = {
        "nation": tables["out_index_national"].set_index("construct"),
        "sector": tables["out_index_by_sector"].set_index(["sector", "construct"]),
        "brand": tables["out_index_by_brand"].set_index(["sector", "brand", "construct"]),
    }
    changes = tables["out_changes"].set_index(["level", "sector", "unit", "construct"])
    standing = tables["out_standing_by_brand"].set_index(["sector", "brand", "construct"])["verdict"]
    counted = 0
    for level, sector, unit, construct, row in indices(data):
        key = {"nation": construct, "sector": (sector, construct), "brand": (sector, unit, construct)}[level]
        if not row:
            assert key not in index[level].index
            continue
        published = index[level].loc[key]
        assert row[:4] == cells(published, OF_INDEX), key
        assert (row[4] or "published") == published.get("status", "published")
        told = {"": None, "level": "level"}.get(row[5], row[5])
        assert told == (standing.get((sector, unit, construct)) if level == "brand" else None)
        place = (level, sector if level == "brand" else "", unit, construct)
        if row[6:]:
            change = changes.loc[place]
            verdict = {"same": "no_significant_change", "break": "trend_break"}.get(row[9], row[9])
            assert verdict == change["verdict"]
            assert row[6:9] == ([None] * 3 if row[9] == "break" else cells(change, OF_CHANGE)), place
        else:
            assert place not in changes.index
        counted += 1
    return counted


def test_an_invented_release_holds_the_figures_of_its_tables(attack, release):
    assert same_figures(held(release.folder), attack.published(release.folder)) > 100


def test_a_release_of_a_whole_run_holds_the_figures_of_its_tables(attack, nation):
    for wave in nation.outcomes:
        folder = nation.release(wave)
        assert same_figures(held(folder), attack.published(folder)) > 30


def test_the_attack_learns_nothing_from_the_page(attack, release):
    """The tables as far as the page holds them, attacked as those of the release are."""
    data, tables = held(release.folder), attack.published(release.folder)
    shown = {
        (sector, unit, construct): row
        for level, sector, unit, construct, row in indices(data)
        if level == "brand"
    }
    index = tables["out_index_by_brand"]
    keys = zip(index["sector"], index["brand"], index["construct"], strict=True)
    of_page = ["" if shown[key][0] is None else shown[key][0] for key in keys]
    assert attack.given_away({**tables, "out_index_by_brand": index.assign(index_0_100=of_page)}) == []
    assert any(row[4] in HIDDEN for row in shown.values())


def test_what_is_hidden_has_its_reason_and_no_figure_rank_or_pair(release):
    data = held(release.folder)
    hidden = [
        (sector, brand)
        for sector in data["sectors"]
        for brand in sector["brands"]
        if all(row[4] in HIDDEN for row in brand["figures"])
    ]
    assert hidden
    for sector, brand in hidden:
        assert all(row[:3] == [None] * 3 and row[5:] == [""] for row in brand["figures"])
        assert brand["rank"] == []
        pairs = sector["differences"]
        assert brand["id"] not in pairs
        assert all(brand["id"] not in others for others in pairs.values())


def test_pairs_ranks_and_waves_are_those_of_the_tables(attack, release):
    data, tables = held(release.folder), attack.published(release.folder)
    pairs = tables["out_differences_by_brand"].set_index(["sector", "brand", "other"])
    told = [
        (one["id"], brand, other, row)
        for one in data["sectors"]
        for brand, others in one["differences"].items()
        for other, row in others.items()
    ]
    assert len(told) == len(pairs)
    for sector, brand, other, row in told:
        assert row[:3] == cells(pairs.loc[(sector, brand, other)], ("difference", "low", "high"))
    ranks = tables["out_rank_by_sector"].set_index("sector")
    assert {one["id"]: one["rank"] for one in data["sectors"]} == {
        key: [*(int(row[name]) for name in ("rank", "rank_low", "rank_high")), row["tier"]]
        for key, row in ranks.iterrows()
    }
    points = tables["out_trend"].set_index(["level", "unit", "at"])
    for series in data["series"]:
        for point in series["points"]:
            published = points.loc[(series["level"], series["id"], point[0])]
            assert point[1:4] == cells(published, ("index_0_100", "low", "high"))
            assert point[5] == published["break"]


def test_no_name_ends_the_script(release, invented):
    text = (release.folder / "explorer.html").read_text(encoding="utf-8")
    assert "<script>alert" not in text
    names = [one["name"]["zh"] for one in held(release.folder)["sectors"][0]["brands"]]
    assert set(invented.HOSTILE) <= set(names)


def test_the_page_says_what_to_do_without_scripts_and_is_linked(release):
    text = (release.folder / "explorer.html").read_text(encoding="utf-8")
    told = re.search(r"<noscript>(.*?)</noscript>", text, re.S)[1]
    assert "index.html" in told
    assert "data/release.xlsx" in told
    assert 'href="explorer.html"' in (release.folder / "index.html").read_text(encoding="utf-8")
    sector = (release.folder / "sectors/dairy.html").read_text(encoding="utf-8")
    assert 'href="../explorer.html#view=brands&amp;sector=dairy"' in sector


def test_a_first_wave_of_one_sector_has_neither_ranking_nor_changes_nor_waves(invented):
    spec = invented.release_spec(("schools",), previous=None)
    spec = replace(spec, history=spec.history.tail(1))
    tables = invented.result_tables(spec)
    tables |= {name: tables[name].iloc[:0] for name in ("out_changes", "out_trend")}
    shown = with_plain_texts(publishable(tables, spec.wave.id, spec.target, spec.wave.level))
    made = content.explorer(shown, spec)
    assert made.views == ("constructs",)
    assert [one.id for one in made.shows] == ["index"]
    assert made.data.sectors[0].rank == ()
    assert "explorer_" not in page("explorer.html.j2", made, {}, "")


def test_the_site_links_the_explorers_that_there_are(release, tmp_path):
    import shutil

    from ncsi.report.site import write_site

    shutil.copytree(release.folder, tmp_path / "2026Q1")
    assert 'href="2026Q1/explorer.html"' in write_site(tmp_path).read_text(encoding="utf-8")
    (tmp_path / "2026Q1" / "explorer.html").unlink()
    assert "explorer.html" not in write_site(tmp_path).read_text(encoding="utf-8")
