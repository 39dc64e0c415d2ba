"""A sector's further tables: drawn when they have rows, silent when not, never more than their figures."""

import json
import re

import pytest

from ncsi.disclosure import disclosed_tables, publishable
from ncsi.report import content
from ncsi.report.content.labels import area
from ncsi.report.content.over_time import SpanChange
from ncsi.report.pages import as_data
from ncsi.report.text import Pair, phrase
from ncsi.tables import TABLES

FURTHER = (
    "out_index_by_subgroup", "out_gaps_by_brand", "out_common_faults_by_item", "out_whatif_by_item",
    "out_weighting_by_sector", "out_weighting_by_margin", "out_weighting_largest", "out_engines_by_sector",
)  # fmt: skip


@pytest.fixture(scope="module")
def page(tables, spec):
    return content.sector(disclosed_tables(tables, spec.target, spec.wave.level), spec, "edible_oil")


def grids(page):
    return {one.id: one for one in (*page.improvements, page.engines, page.margins)}


def test_tables_without_rows_draw_nothing(tables, spec):
    empty = {name: tables[name].head(0) for name in FURTHER}
    page = content.sector({**tables, **empty}, spec, "dairy")
    assert {name for name, one in grids(page).items() if one.rows} <= {"priorities"}
    assert page.weighting == ()
    assert page.subgroups.strips == ()


def test_units_stand_in_the_order_of_their_ranks(page):
    ranked = [row.name for row in page.brands if row.shown]
    tables = [
        one
        for one in (*page.beside, *page.improvements)
        if one.id in ("subindices", "measures", "short_boards")
    ]
    assert len(tables) >= 2
    for one in tables:
        named = [row[0].text for row in one.rows if row[0].text in ranked]
        assert named == [name for name in ranked if name in named]
        assert len(named) > 1


def test_the_sample_of_the_model_and_that_of_the_weights_have_their_own_names(page):
    sample, weighting = ({line.label.zh for line in lines} for lines in (page.sample, page.weighting))
    assert phrase("n").zh in sample - weighting
    assert phrase("w_n").zh in weighting - sample


def test_only_a_significant_difference_is_starred(page):
    rows = {row.name.en: row for one in page.subgroups.strips for row in one.rows}
    assert rows["East"].change + rows["East"].star == "+2.0*"
    assert (rows["Central"].change, rows["Central"].star, rows["Central"].tone) == ("−0.5", "", "")
    assert rows["县级 <b>"].tone == "down"


def test_a_cell_too_small_and_the_one_that_would_give_it_away_show_no_figure(page):
    for small in page.subgroups.strips[0].rows[2:]:
        assert not small.shown
        assert "fewer than 30" in small.note.en
        assert (small.value, small.x) == ("—", None)


def test_suppressed_brands_have_no_short_boards(page, spec):
    named = {row[0].text.en for row in grids(page)["short-boards"].rows}
    hidden = {row.name.en for row in page.brands if not row.shown}
    assert hidden
    assert not named & hidden


def test_only_common_faults_are_called_so(page, tables):
    shown = len(grids(page)["faults"].rows)
    table = tables["out_common_faults_by_item"]
    own = table[table["sector"] == "edible_oil"]
    assert shown == own["common_fault"].sum() < len(own)


def test_gains_come_with_their_interval(page):
    first = grids(page)["what-if"].rows[0]
    assert re.fullmatch(r"\+\d\.\d\d", first[4].text.en)
    assert re.fullmatch(r"\d\.\d\d–\d\.\d\d", first[4].small.en)


def test_what_if_names_levers_alone_and_says_as_the_priorities_what_comes_first(page, tables, spec):
    instrument = spec.instruments["edible_oil"]
    levers = {one.label.en for one in instrument.items if one.id in instrument.actionable_items}
    rows = grids(page)["what-if"].rows
    assert rows
    assert {row[0].text.en for row in rows} <= levers
    first = {row[0].text.en for row in grids(page)["priorities"].rows}
    assert {row[0].text.en for row in rows if row[1].text.en == "Improve first"} <= first
    assert not any("declare" in one.note.en for one in page.improvements)


def test_engines_agree_in_words(page):
    assert {row[-1].text.en for row in page.engines.rows} == {"both find it"}


def test_what_the_covariance_model_cannot_tell_apart_is_named(page):
    (said,) = (one.value for one in page.quality if one.label.en == "not separable")
    assert said == Pair("感知质量 ← 预期质量", "Perceived quality ← Expectation")


def test_no_id_of_a_construct_stands_where_a_label_belongs(page, spec):
    ids = "|".join(spec.instruments["edible_oil"].construct_ids)
    labels = {c.label.en for c in spec.instruments["edible_oil"].constructs}
    cells = [cell.text.zh for one in grids(page).values() for row in one.rows for cell in row]
    assert not [words for words in cells if re.fullmatch(ids, words) and words not in labels]
    assert "nan" not in json.dumps(as_data(page), allow_nan=False).lower().replace("finance", "")


def test_the_waves_are_told_latest_first(page):
    assert [row.name.en for row in page.waves.rows] == ["2026 Q1", "2025 Q1"]
    assert [row.year for row in page.waves.rows] == [
        SpanChange("+0.9*", "up"),
        SpanChange("—", ""),
    ]


def test_a_break_between_the_waves_is_marked(tables, spec):
    rows = content.sector(tables, spec, "banks").waves.rows
    assert rows[0].name.en == "2026 Q1 (series breaks here)"
    assert rows[0].year.value == "‖"


def test_shares_and_sub_indices_name_the_sector_and_the_brands_shown(page, spec):
    beside = {one.id: one for one in page.beside}
    named = [row[0].text.en for row in beside["measures"].rows]
    shown = [row.name.en for row in page.brands if row.shown]
    assert named[0] == "The sector"
    assert sorted(named[1:]) == sorted(shown)
    assert [cell.text.en for cell in beside["measures"].rows[0][1:]] == ["41.0%", "−12.0"]
    declared = [one.label.en for one in spec.instruments["edible_oil"].subindices]
    assert [head.en for head in beside["subindices"].heads[1:]] == declared


def test_modelled_values_of_hidden_brands_are_on_no_page(page, tables, spec):
    assert "modelled" not in {one.id for one in page.beside}
    assert "out_modelled_by_brand" not in publishable(tables, spec.wave.id, spec.target, spec.wave.level)


def test_margins_name_brands_and_areas(tables, spec):
    margin = tables["out_weighting_by_margin"].assign(margin="brand × region", category="B00 × east")
    page = content.sector({**tables, "out_weighting_by_margin": margin}, spec, "edible_oil")
    assert page.margins.rows[0][1].text == Pair("甲牌 × 东部", "Brand A × East")
    assert page.margins.rows[0][0].text.en == "Brand × Region"


@pytest.mark.parametrize(
    ("variable", "value", "zh", "en"),
    [("age_group", "18_29", "18–29岁", "Aged 18–29"), ("region", "other", "其他", "Other"),
     ("region", "unknown", "未知", "Unknown"),
     ("city_tier × gender", "tier_1 × female", "一线城市 × 女性", "First-tier cities × Women")],
)  # fmt: skip
def test_values_are_called_as_the_wave_declares(spec, variable, value, zh, en):
    assert area(variable, value, spec.wave) == Pair(zh, en)


def test_yes_no_questions_have_no_place_among_scores(tables, spec):
    gaps = tables["out_gaps_by_brand"].assign(item="COMP", verdict="short_board")
    page = content.sector({**tables, "out_gaps_by_brand": gaps}, spec, "edible_oil")
    assert grids(page)["short-boards"].rows == ()
    asked = {row.id: row for row in page.items}
    assert asked["COMP"].value.endswith("%")
    assert page.item_axis.high <= 100


def test_every_declared_table_that_a_sector_draws_is_public():
    assert all(TABLES[name].public for name in FURTHER)
