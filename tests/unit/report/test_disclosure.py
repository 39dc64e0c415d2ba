"""A reader with all published tables and linear algebra learns nothing that is hidden."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncsi.disclosure import disclosed_tables
from ncsi.disclosure.complement import with_complement
from ncsi.disclosure.rules import hidden_cells
from ncsi.spec import RULE
from ncsi.tables import OUT_MEASURES, Cells


@pytest.fixture(scope="module")
def attack():
    path = Path(__file__).with_name("attack.py")
    spec = importlib.util.spec_from_file_location("attack", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["attack"] = module
    spec.loader.exec_module(module)
    return module


def of_sector(tables, sector):
    """The release as far as one sector goes."""
    index = tables["out_index_by_sector"]
    return {**tables, "out_index_by_sector": index[index["sector"] == sector]}


def test_a_release_of_a_whole_run_gives_nothing_away(attack, nation):
    for wave in nation.outcomes:
        tables = attack.published(nation.release(wave))
        assert any(True for _ in attack.hidden(attack.Attack(tables, "bottled_water"))), "nothing is hidden"
        assert attack.given_away(tables) == []


def test_an_invented_release_gives_nothing_away(attack, release):
    tables = attack.published(release.folder)
    assert (tables["out_index_by_brand"]["status"] == "withheld").any()
    assert attack.given_away(tables) == []


def test_the_attack_finds_what_a_lone_hidden_brand_would_give_away(attack, release):
    """The same release, were the withheld brand shown: every construct of the suppressed one follows."""
    tables = of_sector(attack.published(release.folder), "edible_oil")
    index = tables["out_index_by_brand"]
    lone = (index["sector"] == "edible_oil") & (index["status"] == "withheld")
    tables["out_index_by_brand"] = index.assign(index_0_100=index["index_0_100"].mask(lone, 70.0))
    constructs = index.loc[index["sector"] == "edible_oil", "construct"].unique()
    assert set(attack.given_away(tables)) == {f"edible_oil: brand B05 {one}" for one in constructs}


def test_the_attack_finds_a_cell_by_its_difference_from_the_others(attack, nation):
    tables = of_sector(attack.published(nation.release("2026Q1")), "banks")
    cells = tables["out_index_by_subgroup"]
    one = (cells["sector"] == "banks") & (cells["construct"] == "Satisfaction")
    first = cells[one].iloc[0]["subgroup"]
    blank = one & (cells["subgroup"] == first)
    tables["out_index_by_subgroup"] = cells.assign(
        index_0_100=cells["index_0_100"].astype(object).mask(blank, "")
    )
    assert attack.given_away(tables) == [f"banks: cell region {first} Satisfaction"]


def test_the_attack_finds_cells_that_an_area_of_the_nation_would_still_hold(attack, nation):
    """Two cells hidden in a sector, and the area's mean published with them in it."""
    tables = attack.published(nation.release("2026Q1"))
    cells = tables["out_index_by_subgroup"]
    own = (
        (cells["sector"] == "banks")
        & (cells["construct"] == "Satisfaction")
        & (cells["dimension"] == "region")
    )
    hidden = own & cells["subgroup"].isin(["east", "central"])
    blank = {name: cells[name].astype(object).mask(hidden, "") for name in ("index_0_100", "difference")}
    assert set(attack.given_away({**tables, "out_index_by_subgroup": cells.assign(**blank)})) == {
        "banks: cell region central Satisfaction",
        "banks: cell region east Satisfaction",
    }


def test_the_mean_of_a_few_flagged_people_is_not_published(attack, tables, spec):
    quality = tables["out_response_quality_by_sector"].assign(flagged=12, excluded=3)
    shown = disclosed_tables(
        {**tables, "out_response_quality_by_sector": quality}, spec.target, spec.wave.level
    )
    assert (
        shown["out_response_quality_by_sector"][["index_valid_0_100", "index_all_0_100"]]
        .isna()
        .all(axis=None)
    )
    many = quality.assign(flagged=30, excluded=0)
    shown = disclosed_tables({**tables, "out_response_quality_by_sector": many}, spec.target, spec.wave.level)
    assert shown["out_response_quality_by_sector"]["index_all_0_100"].notna().all()


def test_a_measure_of_few_people_takes_the_next_one_with_it():
    frame = pd.DataFrame(
        {
            "sector": "a",
            "measure": "handled",
            "item": "q",
            "brand": ["", "x", "y", "z"],
            "n_eff": [140.0, 12, 40, 88],
        }
    ).assign(estimate=50.0, se=1.0, low=48.0, high=52.0, largest_share=0.05)
    rule = next(one for one in OUT_MEASURES.disclosure if isinstance(one, Cells))
    hidden = hidden_cells(rule, frame, {("a", brand) for brand in "xyz"})
    assert hidden.tolist() == [False, True, True, False]


def test_a_construct_with_too_few_answers_is_hidden_though_its_brand_is_shown(tables, spec):
    index = tables["out_index_by_brand"]
    few = (index["sector"] == "dairy") & (index["brand"] == "B03") & (index["construct"] == "Complaint")
    changed = index.assign(n_eff=index["n_eff"].mask(few, 40.0))
    shown = disclosed_tables({**tables, "out_index_by_brand": changed}, spec.target, spec.wave.level)[
        "out_index_by_brand"
    ]
    dairy = shown[(shown["sector"] == "dairy") & shown["index_0_100"].isna()]
    assert set(dairy["construct"]) == {"Complaint"}
    assert sorted(dairy["status"]) == ["suppressed", "withheld"]
    assert (shown[shown["sector"] == "banks"]["status"] == "published").all()


@given(
    st.lists(st.floats(0.5, 400), min_size=1, max_size=8), st.sampled_from([RULE.subgroup, RULE.indicative])
)
def test_what_is_hidden_of_a_total_is_at_least_two_cells_and_large_enough(sizes, least):
    small = np.array(sizes) < least
    hidden = with_complement(small, sizes, pd.DataFrame({"block": ["t"] * len(sizes)}), least).to_numpy()
    assert (hidden >= small).all()
    if not small.any():
        assert not hidden.any()
    elif not hidden.all():
        assert hidden.sum() >= 2
        assert np.array(sizes)[hidden].sum() >= least
