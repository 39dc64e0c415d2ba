"""A sector's further tables: drawn when they have rows, silent when not, never more than their figures."""

import json
import re

import pytest

from ncsi.report import content
from ncsi.report.suppress import suppressed_tables
from ncsi.tables import TABLES

FURTHER = (
    "out_index_by_subgroup", "out_gaps_by_brand", "out_common_faults_by_item", "out_whatif_by_item",
    "out_weighting_by_sector", "out_weighting_by_margin", "out_weighting_largest", "out_engines_by_sector",
)  # fmt: skip


@pytest.fixture(scope="module")
def page(tables, spec):
    return content.sector(suppressed_tables(tables, spec.target), spec, "edible_oil")


def grids(page):
    return {one["id"]: one for one in (*page["improvements"], page["engines"], page["margins"])}


def test_tables_without_rows_draw_nothing(tables, spec):
    empty = {name: tables[name].head(0) for name in FURTHER}
    page = content.sector({**tables, **empty}, spec, "dairy")
    assert [name for name, one in grids(page).items() if one["rows"]] == ["priorities"]
    assert page["weighting"] == []
    assert page["subgroups"]["strips"] == []


def test_only_a_significant_difference_is_starred(page):
    rows = {row["name"]["en"]: row for one in page["subgroups"]["strips"] for row in one["rows"]}
    assert rows["East"]["change"] + rows["East"]["star"] == "+2.0*"
    assert (rows["West"]["star"], rows["West"]["tone"]) == ("", "")
    assert rows["县级 <b>"]["tone"] == "down"


def test_a_cell_too_small_says_so_and_shows_no_figure(page):
    small = page["subgroups"]["strips"][0]["rows"][3]
    assert not small["shown"]
    assert "fewer than 30" in small["note"]["en"]
    assert (small["value"], small["x"]) == ("—", None)


def test_suppressed_brands_have_no_short_boards(page, spec):
    named = {row[0]["text"]["en"] for row in grids(page)["short-boards"]["rows"]}
    hidden = {row["name"]["en"] for row in page["brands"] if not row["shown"]}
    assert hidden
    assert not named & hidden


def test_only_common_faults_are_called_so(page, tables):
    shown = len(grids(page)["faults"]["rows"])
    table = tables["out_common_faults_by_item"]
    own = table[table["sector"] == "edible_oil"]
    assert shown == own["common_fault"].sum() < len(own)


def test_gains_come_with_their_interval(page):
    first = grids(page)["what-if"]["rows"][0]
    assert first[3]["text"]["en"] == "+1.20"
    assert first[3]["small"] == "1.00–1.40"


def test_engines_agree_in_words(page):
    assert {row[-1]["text"]["en"] for row in grids(page)["engines"]["rows"]} == {"both find it"}


def test_no_id_of_a_construct_stands_where_a_label_belongs(page, spec):
    ids = "|".join(spec.instruments["edible_oil"].construct_ids)
    labels = {c.label.en for c in spec.instruments["edible_oil"].constructs}
    cells = [cell["text"]["zh"] for one in grids(page).values() for row in one["rows"] for cell in row]
    assert not [words for words in cells if re.fullmatch(ids, words) and words not in labels]
    assert "nan" not in json.dumps(page, allow_nan=False).lower().replace("finance", "")


def test_the_waves_are_told_latest_first(page):
    assert [row["name"]["en"] for row in page["waves"]["rows"]] == ["2026 Q1", "2025 Q1"]
    assert [row["year"] for row in page["waves"]["rows"]] == [
        {"value": "+0.9*", "tone": "up"},
        {"value": "—", "tone": ""},
    ]


def test_a_break_between_the_waves_is_marked(tables, spec):
    rows = content.sector(tables, spec, "banks")["waves"]["rows"]
    assert rows[0]["name"]["en"] == "2026 Q1 (series breaks here)"
    assert rows[0]["year"]["value"] == "‖"


def test_every_declared_table_that_a_sector_draws_is_public():
    assert all(TABLES[name].public for name in FURTHER)
