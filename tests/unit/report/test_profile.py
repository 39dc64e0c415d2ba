"""A sector's profile: what is said of it follows from its tables, and nothing more."""

import sys

import numpy as np
import pandas as pd
import pytest
from markupsafe import escape
from scipy import stats

from ncsi.report import content, html
from ncsi.report.chart_data import ChartData
from ncsi.report.figures import Drawing
from ncsi.report.text import Pair
from ncsi.results.item_contrasts import items_against_others


def invented_items(own=70.0, se=0.5):
    rows = [
        ("a", "Q1", own, se), ("b", "Q1", 75.0, 0.6), ("c", "Q1", 77.0, 0.8),
        ("a", "Q2", 76.0, se), ("b", "Q2", 75.5, 0.6), ("c", "Q2", 76.5, 0.8), ("d", "Q1", 20.0, 0.1),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["sector", "item", "mean_0_100", "se"])


ALIKE = {"a": "ccsi", "b": "ccsi", "c": "ccsi", "d": "other"}
FREEDOM = {"a": 900.0, "b": 400.0, "c": 100.0, "d": 50.0}


def test_an_item_is_held_against_the_mean_of_the_others_asked_alike_by_welch():
    rows = invented_items().set_axis([0] * 7)  # rows of many sectors put together repeat their labels
    made = items_against_others(rows, "a", ALIKE, FREEDOM, 0.95).set_index("item")
    one = made.loc["Q1"]
    variances = np.array([0.5**2, 0.3**2, 0.4**2])
    freedom = variances[1:].sum() ** 2 / (variances[1:] ** 2 / [400, 100]).sum()
    total = variances.sum() ** 2 / (variances[0] ** 2 / 900 + variances[1:].sum() ** 2 / freedom)
    reach = stats.t.ppf(0.975, total) * np.sqrt(variances.sum())
    assert one["difference"] == pytest.approx(-6.0)
    assert (one["low"], one["high"]) == pytest.approx((-6 - reach, -6 + reach), abs=1e-9)
    assert one["p_holm"] == pytest.approx(2 * 2 * stats.t.sf(6 / np.sqrt(variances.sum()), total), rel=1e-6)
    assert list(made["verdict"]) == ["below", "level"]
    assert one["sectors"] == 2  # what another instrument asked is no comparison
    assert one["best_sector"] == "c"


def test_without_another_sector_asked_alike_nothing_stands_out():
    assert items_against_others(invented_items(), "d", ALIKE, FREEDOM, 0.95).empty
    assert items_against_others(invented_items().assign(se=np.nan), "a", ALIKE, FREEDOM, 0.95).empty


def test_strengths_and_weaknesses_are_three_at_most_and_significant(tables, spec):
    for sector in spec.wave.sectors:
        found = content.sector(tables, spec, sector.id).profile.standouts
        assert len(found.strengths) <= 3
        assert len(found.weaknesses) <= 3
        assert all(one.tone == "up" and one.x > one.others for one in found.strengths)
        assert all(one.tone == "down" and one.x < one.others for one in found.weaknesses)


def drivers_with(tables, quadrants):
    frame = tables["out_drivers_by_item"].reset_index(drop=True)
    own = frame.index[frame["sector"] == "dairy"]
    frame.loc[own, "quadrant"] = [*quadrants, *["low_priority"] * (len(own) - len(quadrants))]
    return {**tables, "out_drivers_by_item": frame}


def test_one_action_is_named_only_where_the_data_single_one_out(tables, spec):
    def action(*quadrants):
        return content.sector(drivers_with(tables, quadrants), spec, "dairy").profile.action

    assert action("improve_first").name.zh
    assert "模拟" in action("improve_first").gain.zh or not action("improve_first").gain.zh
    several = action("improve_first", "improve_first")
    assert not several.name.zh
    assert "2" in several.why.zh
    none = action("undecided")
    assert not none.name.zh
    assert "数据不足" in none.why.zh


def test_a_first_wave_has_a_profile_without_changes_or_trend(tables, spec):
    first = {name: tables[name].iloc[:0] for name in ("out_changes", "out_trend")}
    made = content.sector({**tables, **first}, spec, "dairy").profile
    assert made.moves.rows == ()
    assert made.trend is None
    assert made.title.zh.startswith("首次测量")


def test_pages_lead_to_the_sectors_before_and_after(tables, spec):
    ids = [one.id for one in spec.wave.sectors]
    first, last = (content.sector(tables, spec, one).neighbours for one in (ids[0], ids[-1]))
    assert first.before is None
    assert first.after.href == f"{ids[1]}.html"
    assert last.after is None
    assert [one.href for one in last.all] == [f"{one}.html" for one in ids]


def test_tables_are_in_the_order_of_what_they_show(tables, spec):
    page, nation = content.sector(tables, spec, "dairy"), content.national(tables, spec)
    for rows in (page.items, page.constructs, nation.latents, *(one.rows for one in nation.areas.strips)):
        scores = [one.x for one in rows if one.shown and not one.rate]
        assert scores == sorted(scores, reverse=True)
        assert [one.rate for one in rows if one.shown] == sorted(one.rate for one in rows if one.shown)


def test_a_note_explains_only_what_is_there(tables, spec):
    measures = tables["out_measures_by_brand"]
    plain = {**tables, "out_measures_by_brand": measures[measures["measure"] != "nps"]}

    def note(these):
        return next(
            one for one in content.sector(these, spec, "dairy").beside if one.id == "measures"
        ).note.en

    assert ("NPS" in note(tables)) == (measures["measure"] == "nps").any()
    assert "NPS" not in note(plain)


FIGURES = ["index_0_100", "se", "low", "high", "df"]


def too_small(tables, brands):
    """The tables where these brands of dairy are too small to be published."""
    index, ranks = tables["out_index_by_brand"], tables["out_rank_by_brand"]
    own = (index["sector"] == "dairy") & index["brand"].isin(brands)
    hidden = index.assign(status=index["status"].mask(own, "suppressed"))
    hidden[FIGURES] = hidden[FIGURES].mask(own)
    shown = ranks[~((ranks["sector"] == "dairy") & ranks["brand"].isin(brands))]
    return {**tables, "out_index_by_brand": hidden, "out_rank_by_brand": shown}


def test_a_sector_whose_brands_are_all_too_small_is_not_said_to_be_without_brands(tables, spec):
    index = tables["out_index_by_brand"]
    own = index["sector"] == "dairy"
    made = too_small(tables, index.loc[own, "brand"].unique())
    page = content.sector(made, spec, "dairy")
    assert not page.profile.peers.rows
    assert "no brand of this sector has a sample large enough" in page.no_brands.en.lower()
    assert "样本均不足" in page.no_brands.zh
    none = content.sector({**made, "out_index_by_brand": index[~own]}, spec, "dairy")
    assert "not sampled by brand" in none.no_brands.en


def test_many_brands_without_a_figure_are_named_and_have_no_rows(tables, spec, monkeypatch):
    """As of hundreds of brands with a dozen answers each: pages of empty rows would say no more."""
    index = tables["out_index_by_brand"]
    asked = index.loc[index["sector"] == "dairy", "brand"].unique()
    few = content.sector(too_small(tables, asked[-3:]), spec, "dairy")
    rows = len(few.brands)
    assert (few.brands_asked, rows, few.unlisted.zh) == (rows, len(asked), "")
    monkeypatch.setattr(sys.modules[content.SectorPage.__module__], "MOST_UNRANKED", 2)
    many = content.sector(too_small(tables, asked[-3:]), spec, "dairy")
    without = [one for one in few.brands if not one.shown]
    assert many.brands_asked == rows
    assert [one.name for one in many.brands] == [one.name for one in few.brands if one.shown]
    names = [one.name for one in without]
    assert len(names) >= 3
    assert all(one.zh in many.unlisted.zh and one.en in many.unlisted.en for one in names)
    assert many.unlisted.zh.startswith(f"另有{len(names)}个")
    all_hidden = content.sector(too_small(tables, asked), spec, "dairy")
    drawn = Drawing("<svg></svg>", (), Pair("图", "Chart"), ChartData((), ()), signed=False)
    drawings = dict.fromkeys(("importance", "paths", "trend", "narrow_importance", "narrow_paths"), drawn)
    for page in (many, all_hidden):
        made = html.page("sector.html.j2", page, drawings, "")
        assert escape(page.unlisted.en) in made
        assert f"排名（{rows}个）" in made
    assert "has a sample large enough" in html.page("sector.html.j2", all_hidden, drawings, "")
