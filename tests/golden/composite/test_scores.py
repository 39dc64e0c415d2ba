"""Weights, normalisation and aggregation against COINr 1.1.14."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ncsi.composite import aggregated, fit_composite, global_weights, outranking, structure_of
from ncsi.composite.choices import mean_of
from ncsi.spec import tree_from

NODES = ["A", "B", "C", "IDX"]


def largest(ours: object, theirs: pd.DataFrame) -> float:
    difference = np.abs(np.asarray(ours, dtype=float) - theirs.to_numpy(dtype=float))
    assert (np.isnan(np.asarray(ours, dtype=float)) == theirs.isna().to_numpy()).all()
    return float(np.nanmax(difference))


def test_weights(tree, filled, table, within):
    weights = fit_composite(filled, tree, normalise="fixed").weights.set_index("code")
    golden = table("synthetic12x9/eff_weights").set_index("iCode")
    within("eff_weights", np.abs(weights["global"] - golden["EffWeight"]).max(), 1e-12)


def test_global_weights_give_the_same_tree(tree, filled, table, within):
    """Declared as shares of the whole index, the weights of COINr come back as the shares among siblings."""
    golden = table("synthetic12x9/eff_weights").set_index("iCode")["EffWeight"]
    meta = table("synthetic12x9/input_meta")
    leaves = meta["Type"] == "Indicator"
    whole = meta.assign(Weight=np.where(leaves, meta["iCode"].map(golden), np.nan))
    fits = [fit_composite(filled, one) for one in (tree, tree_from(whole, weights="global"))]
    within("eff_weights as declared", np.abs(fits[0].local - fits[1].local).max(), 1e-12)


@pytest.mark.parametrize(
    ("golden", "normalise", "to", "more"),
    [
        ("norm_minmax_0_100", "minmax", (0, 100), {}),
        ("norm_minmax_1_100", "minmax", (1, 100), {}),
        ("norm_minmax_60_100", "minmax", (60, 100), {}),
        ("norm_dist2max", "minmax", (0, 1), {}),
        ("norm_goalposts_60_100", "fixed", (60, 100), {}),
        ("norm_zscore_0_1", "z", (0, 1), {}),
        ("norm_zscore_100_10", "z", (100, 10), {}),
        ("norm_prank", "percentile_rank", None, {}),
        ("norm_rank", "rank", None, {}),
        ("norm_borda", "borda", None, {}),
        ("norm_dist2targ", "target", None, {"cap": False}),
        ("norm_dist2targ_cap", "target", None, {}),
        ("norm_dist2ref", "reference", None, {"reference": "U05"}),
        ("norm_fracmax", "fraction", None, {}),
    ],
)
def test_normalisation(tree, filled, table, within, golden, normalise, to, more):
    fit = fit_composite(filled, tree, normalise=normalise, to=to, **more)
    theirs = table(f"synthetic12x9/{golden}")
    within(golden, largest(fit.prepared.z, theirs[list(fit.structure.indicators)]), 1e-8)


@pytest.mark.parametrize(
    ("golden", "normalise"),
    [("norm_minmax_0_100_raw_with_NA", "minmax"), ("norm_prank_raw_with_NA", "percentile_rank")],
)
def test_normalisation_leaves_missing_cells_missing(tree, raw, table, within, golden, normalise):
    fit = fit_composite(raw, tree, normalise=normalise)
    theirs = table(f"synthetic12x9/{golden}")
    within(golden, largest(fit.prepared.z, theirs[list(fit.structure.indicators)]), 1e-8)


@pytest.mark.parametrize(
    ("golden", "to", "aggregate", "more"),
    [
        ("agg_amean_0_100", (0, 100), "arithmetic", {}),
        ("agg_amean_60_100", (60, 100), "arithmetic", {}),
        ("agg_amean_equalw_0_100", (0, 100), "arithmetic", {"weights": "equal"}),
        ("agg_gmean_1_100", (1, 100), "geometric", {}),
        ("agg_gmean_60_100", (60, 100), "geometric", {}),
        ("agg_hmean_1_100", (1, 100), "harmonic", {}),
        ("agg_hmean_60_100", (60, 100), "harmonic", {}),
        ("agg_p05_1_100", (1, 100), "power", {"power": 0.5}),
    ],
)
def test_aggregation(tree, filled, table, within, golden, to, aggregate, more):
    fit = fit_composite(filled, tree, normalise="minmax", to=to, aggregate=aggregate, **more)
    scores = fit.scores.pivot(index="unit", columns="node", values="score")
    within(golden, largest(scores[NODES], table(f"synthetic12x9/{golden}")[NODES]), 1e-8)


@pytest.mark.parametrize(
    ("golden", "needed"),
    [("agg_amean_missing_reweighted", (0.0, 0.0)), ("agg_amean_missing_thresh06", (0.6, 0.6))],
)
def test_aggregation_of_missing(tree, raw, table, within, golden, needed):
    structure = structure_of(tree)
    z = table("synthetic12x9/norm_minmax_0_100_raw_with_NA")[list(structure.indicators)].to_numpy()
    means = (mean_of("arithmetic", None),) * 2
    values = aggregated(z, structure.local, structure, means, list(raw.index), needed)
    within(golden, largest(values[:, -4:], table(f"synthetic12x9/{golden}")[NODES]), 1e-8)


def test_outranking_and_copeland(tree, filled, table, within):
    fit = fit_composite(filled, tree, normalise="minmax", aggregate="copeland")
    matrix = outranking(fit.prepared.z, global_weights(fit.structure, fit.local)[:9])
    theirs = table("synthetic12x9/outranking").to_numpy(copy=True)
    np.fill_diagonal(theirs, np.nan)  # COINr writes 0 for a unit against itself
    within("outranking", np.nanmax(np.abs(matrix - theirs)), 1e-12)
    assert (fit.values[:, -1] == table("synthetic12x9/copeland")["copeland"].to_numpy()).all()


def test_adding_a_unit_moves_ranks_under_minmax_and_none_under_fixed_benchmarks(tree, filled, facts, within):
    golden = facts("synthetic12x9/rank_reversal_minmax")
    more = pd.concat([filled, pd.DataFrame([golden["new_unit"]], index=["new"])])
    base, added = (fit_composite(data, tree, normalise="minmax") for data in (filled, more))
    within("rank_reversal_minmax", np.abs(base.values[:, -1] - golden["base_index"]).max(), 1e-9)
    within(
        "rank_reversal_minmax, one more",
        np.abs(added.values[:12, -1] - golden["index_after_adding"]).max(),
        1e-9,
    )
    old = added.ranks["rank"][:12]
    before_new = (old > added.ranks["rank"].iloc[12]).astype(int)
    assert list(old - before_new) == golden["rank_after_adding"]
    assert int((base.ranks["rank"] != old - before_new).sum()) == golden["units_that_changed_rank"]
    fixed = [fit_composite(data, tree, normalise="fixed").values[:12] for data in (filled, more)]
    assert (fixed[0] == fixed[1]).all()


def test_the_whole_chain_on_paper(facts):
    golden = facts("handworked")
    ours = {"x1": "P", "x2": "P", "x3": "Q"}
    meta = [
        {
            "code": code, "parent": ours[code], "direction": one["dir"], "lower": one["lower"],
            "upper": one["upper"], "weight": golden["tree"][ours[code]][code],
        }
        for code, one in golden["indicators"].items()
    ]  # fmt: skip
    top = golden["tree"]["weights_top"]
    meta += [{"code": code, "parent": "I", "weight": weight} for code, weight in top.items()]
    tree = tree_from(pd.DataFrame([*meta, {"code": "I"}]))
    data = pd.DataFrame({code: one["values"] for code, one in golden["indicators"].items()}, golden["units"])
    fit = fit_composite(data, tree, normalise="fixed", to=(60, 100))
    scores = fit.scores.pivot(index="node", columns="unit", values="score")[golden["units"]]
    for code, expected in golden["scores_60_100_clipped"].items():
        assert scores.loc[code].tolist() == pytest.approx(expected, abs=1e-8)
    assert scores.loc["P"].tolist() == pytest.approx(golden["P"], abs=1e-8)
    assert scores.loc["Q"].tolist() == pytest.approx(golden["Q"], abs=1e-8)
    assert scores.loc["I"].tolist() == pytest.approx(golden["index_arithmetic"], abs=1e-8)
    weights = fit.weights.set_index("code")["global"]
    assert {code: weights[code] for code in ours} == pytest.approx(golden["effective_weights"], abs=1e-12)
    assert fit.log.values.tolist() == [["normalise", "丙", "x3", 12.0, 10.0, "benchmark"]]
    geometric = fit_composite(data, tree, normalise="fixed", to=(60, 100), aggregate="geometric")
    assert geometric.values[:, -1] == pytest.approx(golden["index_geometric_both_levels"], abs=1e-8)


@pytest.mark.parametrize("year", [2024, 2025])
def test_the_shape_of_the_quality_competitiveness_index(table, within, year):
    tree = tree_from(table("qci_shape/tree"))
    fit = fit_composite(table(f"qci_shape/input_{year}"), tree, normalise="fixed", to=(60, 100))
    expected = table("qci_shape/expected_scores").query("year == @year").set_index(fit.ranks["unit"])
    scores = fit.scores.pivot(index="unit", columns="node", values="score")
    nodes = [code for code in expected.columns if code in fit.structure.codes]
    assert len(nodes) == 21
    within(f"qci_shape {year}", largest(scores[nodes], expected[nodes]), 1e-8)


def test_the_published_national_values_follow_from_equal_weights_of_the_two_parts(facts, within):
    golden = facts("qci_shape/published_national_check")
    meta = pd.DataFrame(
        {
            "code": ["QCI", "quality_level", "development_capacity"],
            "parent": [None, "QCI", "QCI"],
            "weight": [1, 0.5, 0.5],
            "lower": [None, 60, 60],
            "upper": [None, 100, 100],
        }
    )
    years = [golden["y2006"], golden["y2007"]]
    fit = fit_composite(pd.DataFrame(years), tree_from(meta), normalise="fixed", to=(60, 100))
    difference = np.abs(fit.values[:, -1] - [year["index_published"] for year in years]).max()
    within("published_national_check", difference, golden["tolerance"])
