"""The whole chain on a small nation: conservation of rows, the truth, the ledger, the second run."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.engine import InOrder
from ncsi.errors import StoreError
from ncsi.ledger import Ledger
from ncsi.spec.plan import load_plan
from ncsi.stages.source_files import sources_of


def test_accepted_and_rejected_are_what_was_read(nation):
    for wave, outcome in nation.outcomes.items():
        sown = nation.plan.sown[nation.plan.sown["wave"] == wave]
        for file in outcome.files:
            assert file.rows_read == file.rows_accepted + file.rows_rejected
            assert file.rows_rejected == sown.loc[sown["file"] == file.source_name, "count"].sum()


def test_each_row_knows_its_file(nation):
    store = ncsi.open(nation.workspace.warehouse)
    files = set(store.table("raw_files", wave="2026Q1")["source_sha256"])
    assert set(store.responses("2026Q1", "dairy")["source_sha256"]) <= files


def test_the_truth_lies_in_most_intervals(nation):
    """Equal-weight truth against published intervals: three standard errors hold nearly all brands."""
    store = ncsi.open(nation.workspace.warehouse)
    hits = []
    for wave in nation.outcomes:
        truth = pd.read_csv(nation.workspace.root / "truth" / f"{wave}.csv").rename(
            columns={"index_0_100": "truth"}
        )
        index = store.table("out_index_by_brand", wave=wave)
        both = index.merge(truth, on=["sector", "brand", "construct"])
        hits.append(np.abs(both["index_0_100"] - both["truth"]) < 3 * both["se"] + 0.3)
    assert np.concatenate(hits).mean() > 0.97


def test_a_second_ingest_changes_nothing(nation):
    plan = load_plan(nation.workspace, "2026Q1")
    before = ncsi.open(nation.workspace.warehouse).table("raw_files")
    again = InOrder().collect(plan, sources_of(nation.workspace, "2026Q1"))
    assert all(outcome.repeated for outcome in again)
    pd.testing.assert_frame_equal(before, ncsi.open(nation.workspace.warehouse).table("raw_files"))


def test_changes_are_told_for_every_level(nation):
    changes = ncsi.open(nation.workspace.warehouse).table("out_changes", wave="2026Q1")
    assert set(changes["level"]) == {"nation", "group", "sector", "brand"}
    assert (changes["p_holm"] >= changes["p"]).all()
    assert ncsi.open(nation.workspace.warehouse).table("out_changes", wave="2025Q1").empty


def test_no_null_in_what_may_not_be(nation):
    store = ncsi.open(nation.workspace.warehouse)
    index = store.table("out_index_by_sector")
    assert index[["index_0_100", "se", "low", "high"]].notna().all(axis=None)
    assert ((index["low"] <= index["index_0_100"]) & (index["index_0_100"] <= index["high"])).all()


def test_the_ledger_is_a_chain(nation):
    ledger = Ledger(nation.workspace.root / "runs" / "ledger.jsonl")
    assert len(ledger.events()) > 10


def test_an_edited_ledger_is_noticed(tmp_path):
    ledger = Ledger(tmp_path / "ledger.jsonl")
    with ledger.run("estimate", wave="2026", sector="a") as facts:
        facts["n"] = 3
    text = ledger.path.read_text(encoding="utf-8")
    ledger.path.write_text(text.replace('"n": 3', '"n": 4'), encoding="utf-8")
    with pytest.raises(StoreError, match="line 2: the chain of hashes is broken"):
        ledger.events()


def test_a_failed_step_is_recorded(tmp_path):
    ledger = Ledger(tmp_path / "ledger.jsonl")
    with pytest.raises(ValueError, match="broken"), ledger.run("estimate", wave="2026"):
        raise ValueError("broken")
    assert [event["event"] for event in ledger.events()] == ["START", "FAIL"]


def test_response_quality_adds_up_in_every_sector(nation):
    warehouse = ncsi.open(nation.workspace.warehouse)
    for wave in nation.plan.waves:
        quality = warehouse.table("out_response_quality_by_sector", wave).set_index("sector")
        sample = warehouse.table("out_sample_by_sector", wave).set_index("sector").loc[quality.index]
        index = warehouse.table("out_index_by_sector", wave).query("construct == 'Satisfaction'")
        published = index.set_index("sector")["index_0_100"].loc[quality.index]
        assert (quality[["valid", "flagged", "excluded"]].sum(axis=1) == quality["responses"]).all()
        assert (quality["responses"] == sample["rows_accepted"]).all()
        assert (quality["excluded"] == sample["excluded_quality"]).all()
        left_out = sample["excluded"] + sample["excluded_quality"]
        assert (sample["n"] + left_out == sample["rows_accepted"]).all()
        np.testing.assert_allclose(quality["index_0_100"], published, atol=1e-9)
        assert (quality["index_valid_0_100"] - published).abs().max() < 3
        stored = warehouse.table("core_quality_by_respondent", wave)
        counts = stored.groupby(["sector", "status"]).size().unstack(fill_value=0).reindex(quality.index)
        assert (counts["valid"] == quality["valid"]).all()
        rules = warehouse.table("out_response_quality_by_rule", wave)
        assert (rules["flagged"] <= rules["checked"]).all()
        assert {"speeding", "longest_run", "straight_line", "outlier"} <= set(rules["rule"])


def test_how_well_the_model_holds_is_stored_for_every_sector(nation):
    store = ncsi.open(nation.workspace.warehouse)
    wave = load_plan(nation.workspace, "2026Q1")
    whole = store.table("out_assessment_by_sector", wave="2026Q1")
    assert set(whole["sector"]) == {one.id for one in wave.wave.sectors}
    assert whole["gof"].between(0.2, 0.9).all()
    assert whole["srmr_estimated"].ge(whole["srmr_saturated"] - 1e-9).all()
    paths = store.table("out_assessment_by_path", wave="2026Q1")
    assert len(paths) == sum(len(one.paths) for one in wave.instruments.values())
    assert paths["vif"].ge(1 - 1e-9).all()
    items = store.table("out_assessment_by_item", wave="2026Q1")
    assert items.loc[items["construct"] == "Satisfaction", "q2"].gt(0).all()
    indirect = store.table("out_indirect_by_sector", wave="2026Q1")
    assert (indirect["low"] < indirect["high"]).all()
    loadings = store.table("out_cross_loadings_by_item", wave="2026Q1")
    best = loadings.loc[loadings.groupby(["sector", "item"])["loading"].idxmax()]
    own = items.merge(best, on=["sector", "item"])
    assert (own["construct_x"] == own["construct_y"]).mean() > 0.95


def test_standard_errors_are_checked_in_every_sector(nation):
    """By what respondents add: beside the published errors of indices, and told in the outcome; of no release."""
    store = ncsi.open(nation.workspace.warehouse)
    checked = store.table("core_errors_by_quantity", wave="2026Q1")
    index = store.table("out_index_by_sector", wave="2026Q1")
    own = checked[checked["quantity"] == "index"].rename(columns={"first": "construct", "se": "checked"})
    both = index.merge(own, on=["sector", "construct"])
    assert len(both) == len(index)
    np.testing.assert_array_equal(both["checked"], both["se"])
    assert (both["se_jackknife"] / both["se"]).between(0.7, 1.4).all()
    assert set(checked["quantity"]) == {"path", "total_effect", "weight", "loading", "index", "index_by"}
    assert abs(checked["apart"].median()) < 0.05
    assert (
        checked["differs"]
        == ((checked["apart"].abs() > 0.1) & (checked["apart"].abs() > 4 * checked["noise"]))
    ).all()
    assert not list((nation.workspace.root / "releases").rglob("core_errors*"))
    shown = store.table("out_rank_by_brand", wave="2026Q1").groupby("sector")["brand"].agg(set)
    told = [
        row["quantity"] != "index_by" or row["first"] in shown[row["sector"]]
        for row in checked.to_dict("records")
    ]
    counts = checked[told].groupby("sector")["differs"].agg(["size", "sum"])
    whole = store.table("out_assessment_by_sector", wave="2026Q1").set_index("sector").loc[counts.index]
    assert whole["errors_checked"].tolist() == counts["size"].tolist()
    assert whole["errors_apart"].tolist() == counts["sum"].tolist()
    page = (nation.release("2026Q1") / "method.html").read_text(encoding="utf-8")
    n, k = f"{counts['size'].sum():,}", f"{counts['sum'].sum():,}"
    assert f"{n}个标准误中，{k}个不一致" in page
    assert f"Of {n} standard errors of paths, total effects, weights, loadings and indices, " in page
    assert f"than four times what the number of replicates explains: {k}." in page
    sector = (nation.release("2026Q1") / "sectors" / "banks.html").read_text(encoding="utf-8")
    assert f"{whole.loc['banks', 'errors_apart']} / {whole.loc['banks', 'errors_checked']}" in sector
