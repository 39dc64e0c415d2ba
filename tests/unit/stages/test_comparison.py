"""The tables of comparison of a small nation: filled, whole, and silent about what may not be shown."""

from __future__ import annotations

import numpy as np
import pytest

from ncsi.disclosure import open_cells
from ncsi.spec import RULE, load_instrument
from ncsi.spec.plan import load_plan
from ncsi.store import Store


@pytest.fixture(scope="module")
def read(nation):
    store = Store.open(nation.workspace.warehouse)
    return lambda name: store.read(name, wave=nation.plan.waves[-1])


def test_subgroups_average_to_the_sector(read):
    cells, sectors = read("out_index_by_subgroup"), read("out_index_by_sector")
    assert set(cells["dimension"]) == {"region", "city_tier", "age_group", "gender"}
    ends = cells.groupby(["sector", "construct"])["index_0_100"].agg(["min", "max"])
    index = sectors.set_index(["sector", "construct"])["index_0_100"]
    assert ((ends["min"] <= index[ends.index]) & (index[ends.index] <= ends["max"])).all()
    assert (cells["p_holm"] >= cells["p"]).all()
    assert set(cells["verdict"]) <= {"above", "below", "no_significant_difference", "too_few"}
    open_ = open_cells(cells, 0.95)
    assert open_.loc[open_["n_eff"] < RULE.subgroup, "index_0_100"].isna().all()


def test_a_sub_index_of_all_items_would_be_the_construct(read, nation):
    """Its brands' mean lies among the item means it is made of."""
    rows, items = read("out_subindex_by_brand"), read("out_items_by_sector")
    plan = load_plan(nation.workspace, nation.plan.waves[-1])
    for row in rows[rows["brand"] == ""].itertuples():
        declared = {one.id: one for one in plan.instruments[row.sector].subindices}[row.subindex]
        means = items.loc[(items["sector"] == row.sector) & items["item"].isin(declared.items), "mean_0_100"]
        assert means.min() - 0.5 <= row.index_0_100 <= means.max() + 0.5


def test_measures_are_shares_of_the_answers(read):
    rows, items = read("out_measures_by_brand"), read("out_items_by_sector")
    assert {"top_two_box", "complaint_rate"} == set(rows["measure"])
    assert rows["estimate"].between(0, 100).all()
    assert ((rows["low"] <= rows["estimate"]) & (rows["estimate"] <= rows["high"])).all()
    complaints = rows[(rows["measure"] == "complaint_rate") & (rows["brand"] == "")].set_index("sector")
    means = items[items["item"].isin(set(complaints["item"]))].set_index("sector")["mean_0_100"]
    np.testing.assert_allclose(complaints["estimate"], means[complaints.index], atol=0.5)


def test_small_brands_are_modelled_and_their_pairs_and_gaps_are_not_shown(read):
    index, modelled = read("out_index_by_brand"), read("out_modelled_by_brand")
    hidden = index[index["status"] == "suppressed"][["sector", "brand"]].drop_duplicates()
    assert len(hidden)
    assert set(modelled["brand"]) <= set(hidden["brand"])
    assert len(modelled)
    shown = read("out_differences_by_brand"), read("out_gaps_by_brand")
    for row in hidden.itertuples():
        for table in shown:
            assert row.brand not in set(table.loc[table["sector"] == row.sector, "brand"])
    pairs = shown[0].groupby("sector").size()
    brands = shown[1].groupby("sector")["brand"].nunique()
    assert (pairs == brands * (brands - 1) // 2).all()


def test_brands_carry_the_index_by_other_weights(read):
    rows = read("out_index_by_brand")
    large = rows[rows["n_eff"] >= RULE.published]
    for name in ("index_own_0_100", "index_equal_0_100", "index_pc1_0_100"):
        assert (large[name] - large["index_0_100"]).abs().max() < 5


def test_common_faults_compare_sectors_of_one_questionnaire(read):
    rows = read("out_common_faults_by_item")
    assert (rows["sectors"] > 1).all()
    assert (rows["common_fault"] <= (rows["share_below"] > 2 / 3)).all()


def test_what_if_is_the_total_effect_by_the_weight_of_the_item_times_the_step(read):
    rows, drivers = read("out_whatif_by_item"), read("out_drivers_by_construct")
    merged = rows.merge(drivers, on=["sector", "construct"]).merge(
        read("out_weights_by_item"), on=["sector", "construct", "item"]
    )
    assert len(merged) == len(rows) == len(read("out_drivers_by_item"))
    np.testing.assert_allclose(merged["effect"], merged["importance"] * merged["weight"])
    np.testing.assert_allclose(merged["gain"], merged["effect"] * merged["step"])


def test_an_item_has_its_share_of_the_importance_of_its_construct(read):
    of_items, of_constructs = read("out_drivers_by_item"), read("out_drivers_by_construct")
    together = of_items.groupby(["sector", "construct"])["importance"].agg(["sum", "nunique"])
    own = of_constructs.set_index(["sector", "construct"])["importance"]
    np.testing.assert_allclose(together["sum"], own[together.index])
    assert not of_items.loc[~of_items["actionable"], "quadrant"].isin(["improve_first", "undecided"]).any()


def test_what_if_has_intervals_and_stops_at_100(read):
    rows = read("out_whatif_by_item")
    assert (rows["step"] <= 5).all()
    assert ((rows["gain_low"] <= rows["gain"]) & (rows["gain"] <= rows["gain_high"])).all()


def test_presets_declare_measures_of_items_they_have():
    for name in ("ccsi", "acsi", "ecsi", "fmcg", "durable", "service", "construction", "materials", "public"):
        instrument = load_instrument(name)
        assert instrument.measures
        assert {one.item for one in instrument.measures} <= set(instrument.item_ids)
