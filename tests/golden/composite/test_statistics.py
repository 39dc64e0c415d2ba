"""Weights, checks, sensitivity, sampling error and agreement as COINr, psych, mgcv, SALib, pymcdm and irr give them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.composite.agreement import krippendorff_alpha, percent_agreement, weighted_kappa
from ncsi.composite.components import components_of, varimax
from ncsi.composite.diagnostics import coherence
from ncsi.composite.importance import importance
from ncsi.composite.outcomes import outcomes_of
from ncsi.composite.sampling_error import index_se, normal_draws, pairwise_rank_sets, rank_sets_of
from ncsi.composite.self_assessment import bias_of
from ncsi.composite.sobol import (
    design,
    exact_indices,
    levels_of,
    sobol_indices,
    sobol_indices_of_many,
)
from ncsi.composite.weighting import (
    balanced_weights,
    entropy_weights,
    first_component_weights,
    pca_weights,
)
from ncsi.errors import ModelError

HERE = Path(__file__).parent
GROUPS = {"A": ["a1", "a2", "a3"], "B": ["b1", "b2", "b3"], "C": ["c1", "c2", "c3"]}
INPUTS = ["impute", "treat", "norm", "weights", "agg"]
COUNTS = [3, 2, 3, 2, 2]


def table(name: str, folder: str = "synthetic12x9") -> pd.DataFrame:
    return pd.read_csv(HERE / folder / f"{name}.csv")


def by_unit(name: str) -> pd.DataFrame:
    return table(name).set_index("uCode")


def read(name: str, folder: str = "synthetic12x9") -> Any:
    return json.loads((HERE / folder / f"{name}.json").read_text(encoding="utf-8"))


def worst(ours: Any, theirs: Any) -> float:
    """The largest difference; `pytest -s` prints it."""
    difference = float(np.abs(np.asarray(ours, dtype=float) - np.asarray(theirs, dtype=float)).max())
    print(f"{os.environ['PYTEST_CURRENT_TEST'].split('::')[-1]}: largest difference {difference:.1e}")
    return difference


@pytest.fixture(scope="module")
def parents() -> dict[str, str]:
    meta = table("input_meta").dropna(subset=["Parent"])
    return dict(zip(meta["iCode"], meta["Parent"], strict=True))


@pytest.fixture(scope="module")
def nodes() -> pd.DataFrame:
    return by_unit("norm_minmax_0_100").join(by_unit("agg_amean_0_100"))


@pytest.fixture(scope="module")
def factorial() -> Any:
    scores = table("factorial72_scores")
    units = [name for name in scores if name.startswith("U")]
    values = scores[units].to_numpy()
    return scores, units, values, outcomes_of(units, values, values[0], "method")


def crossed(y: np.ndarray) -> np.ndarray:
    """The 72 runs as an array by input; in the file the first input changes fastest."""
    return np.moveaxis(y.reshape(*COUNTS[::-1], *y.shape[1:]), range(5), range(4, -1, -1))


# -- weights


@pytest.mark.parametrize("scaling", ["minmax_1_100", "goalposts_60_100"])
def test_entropy_weights_of_pymcdm(scaling):
    wanted = read("entropy_weights", "weights_and_sobol")
    scale = (1, 100) if scaling == "minmax_1_100" else (60, 100)
    ours = entropy_weights(by_unit(f"norm_{scaling}")[wanted["codes"]], scale).table
    assert worst(ours["weight"], wanted[scaling]["entropy"]) <= 1e-10
    assert worst(ours["entropy"], wanted[scaling]["E"]) <= 1e-10
    jackknife = wanted["instability"][scaling]
    assert worst(ours["jackknife_low"], jackknife["jackknife_min"]) <= 5e-5  # printed with four digits
    assert worst(ours["jackknife_high"], jackknife["jackknife_max"]) <= 5e-5


def test_entropy_weights_refuse_raw_scales():
    with pytest.raises(ModelError, match="no score from 1 to 100"):
        entropy_weights(by_unit("imputed_mean")[GROUPS["A"] + GROUPS["B"]], (1, 100))


def test_first_components_of_coinr():
    scores = by_unit("norm_minmax_0_100")
    for wanted in read("pca_by_group"):
        found = components_of(scores[wanted["codes"]])
        assert worst(found.eigenvalues, wanted["eigenvalues"]) <= 1e-6
        assert worst(found.vectors[:, 0], wanted["pc1_loading_sign_fixed"]) <= 1e-6
        ours = first_component_weights(scores[wanted["codes"]])
        assert worst(ours, wanted["weights_pc1_abs_normalised"]) <= 1e-6


def test_pca_weights_after_the_oecd_as_psych_rotates():
    wanted = read("pca_oecd_weights")
    ours = pca_weights(by_unit("norm_minmax_0_100")[list(wanted["weights"])])
    assert ours.kept == wanted["k"]
    assert worst(ours.components.eigenvalues, wanted["eigenvalues"]) <= 1e-6
    assert worst(ours.table["weight"], list(wanted["weights"].values())) <= 1e-6
    rotated = varimax(ours.components.loadings(2))
    assert worst(np.abs(rotated), [[row["RC1"], row["RC2"]] for row in wanted["loadings_abs"]]) <= 1e-6
    assert worst((rotated**2).sum(axis=0), wanted["rotated_ss"]) <= 1e-6


def test_balanced_weights_stay_above_zero_where_coinr_goes_below(nodes):
    wanted = read("opt_weights")
    assert min(wanted["coinr_opt_weights"]) < 0
    ours = balanced_weights(nodes[["A", "B", "C"]])
    assert (ours.table["weight"] >= 0).all()
    assert ours.table["weight"].sum() == pytest.approx(1, abs=1e-12)
    assert worst(ours.table["correlation"], wanted["corr_at_independent"]) <= 1e-3
    assert ours.residual <= wanted["objective_independent"] * (1 + 1e-6)
    assert not ours.reached


# -- checks


def test_correlations_along_the_tree(nodes, parents):
    ours = coherence(nodes, parents).lineage.set_index(["code", "ancestor"])
    wanted = table("corr_lineage").set_index(["code", "ancestor"])
    assert set(ours.index) == set(wanted.index)
    for measure in ("pearson", "spearman", "kendall"):
        assert worst(ours[measure][wanted.index], wanted[measure]) <= 1e-8, measure


def test_alpha_of_psych(nodes, parents):
    ours = coherence(nodes, parents).reliability.set_index("group")
    wanted = table("cronbach").set_index("group")
    assert worst(ours["alpha"][wanted.index], wanted["psych_raw"]) <= 1e-8
    assert worst(ours["alpha_std"][wanted.index], wanted["psych_std"]) <= 1e-8


def test_importance_as_r_and_mgcv_give_it(nodes):
    wanted = table("importance").set_index("iCode")
    ours = importance(nodes[wanted.index], nodes["IDX"], wanted["eff_weight"]).table.set_index("code")
    for mine, theirs, tolerance in (
        ("s_linear", "S_linear", 1e-7),
        ("s_quadratic", "S_poly2", 1e-7),
        ("s_uncorrelated_linear", "S_uncorrelated_linear", 1e-7),
        ("s_spline", "S_gam", 0.03),
    ):
        assert worst(ours[mine], wanted[theirs]) <= tolerance, mine


def test_a_fit_hands_its_scores_to_the_checks(tree, filled):
    fit = ncsi.fit_composite(filled, tree, normalise="minmax", to=(0, 100))
    ours = fit.coherence().lineage.set_index(["code", "ancestor"])
    wanted = table("corr_lineage").set_index(["code", "ancestor"])
    assert worst(ours["pearson"][wanted.index], wanted["pearson"]) <= 1e-8
    moved = fit.importance().table.set_index("code")
    wanted = table("importance").set_index("iCode")
    assert worst(moved["s_quadratic"][wanted.index], wanted["S_poly2"]) <= 1e-7
    assert worst(moved["weight"][wanted.index], wanted["eff_weight"]) <= 1e-12


# -- sensitivity


def test_outcomes_of_the_factorial(factorial):
    """R breaks one tie by the last bit: U10 and U11 both score 9.55 in runs 14 and 17, and share rank 11 here."""
    scores, units, values, ours = factorial
    wanted = table("factorial72_ranks")[units].to_numpy()
    tied = np.argwhere(ours.ranks != wanted)
    assert tied.tolist() == [[13, 10], [16, 10]]
    assert all(values[run, unit] == values[run, unit - 1] == 9.55 for run, unit in tied)
    others = ~np.isin(np.arange(72), tied[:, 0])
    assert worst(ours.shift[others], scores["mean_abs_rank_shift"][others]) <= 1e-9
    frequency, counted = table("factorial72_rank_frequency"), [name for name in units if name != "U11"]
    rows = frequency["uCode"].isin(counted).to_numpy()
    assert worst(ours.frequency().to_numpy()[rows], frequency.loc[rows].iloc[:, 8:]) <= 1e-9
    for mine, theirs in (
        ("rank", "nominal"), ("rank_mean", "mean"), ("rank_median", "median"), ("rank_q05", "q05"),
        ("rank_q95", "q95"), ("rank_min", "min"), ("rank_max", "max"),
    ):  # fmt: skip
        assert worst(ours.table[mine][rows], frequency[theirs][rows]) <= 1e-9, mine


@pytest.mark.parametrize("outcome", ["mean_abs_rank_shift", "score_U05", "rank_U08"])
def test_exact_indices_of_the_factorial(factorial, outcome):
    scores, units, values, ours = factorial
    y = {
        "mean_abs_rank_shift": scores["mean_abs_rank_shift"].to_numpy(),
        "score_U05": values[:, units.index("U05")],
        "rank_U08": ours.ranks[:, units.index("U08")].astype(float),
    }[outcome]
    wanted = pd.DataFrame(read("factorial72_sobol_exact")[f"sobol_{outcome}"]).set_index("variable")
    first, total = exact_indices(crossed(y), 5)
    assert worst(first, wanted.loc[INPUTS, "S1"]) <= 1e-9
    assert worst(total, wanted.loc[INPUTS, "ST"]) <= 1e-9


def test_a_fit_finds_the_same_indices_of_a_score_and_of_a_rank(tree, raw):
    """The way by `c.sensitivity`. The mean rank shift is that of the file where R breaks no tie: U11's c1 under
    group means is U07's, and U10 and U11 tie."""
    fit = ncsi.fit_composite(
        raw, tree, normalise="minmax", to=(1, 100), impute="mean", group="Region", least_in_group=0
    )
    ours = fit.sensitivity(
        {
            "impute": ["mean", "group_mean", "row_pillar"],
            "treat": ["none", "winsorise"],
            "normalise": ["minmax", ("z", (100, 10)), ("percentile_rank", (1, 100))],
            "weights": ["given", "equal"],
            "aggregate": ["arithmetic", "geometric"],
        }
    )
    assert ours.estimator == "exact"
    for unit, outcome in (("U05", "score"), ("U08", "rank")):
        wanted = pd.DataFrame(read("factorial72_sobol_exact")[f"sobol_{outcome}_{unit}"]).set_index(
            "variable"
        )
        rows = ours.by_unit[(ours.by_unit["unit"] == unit) & (ours.by_unit["outcome"] == outcome)]
        assert worst(rows["s1"], wanted.loc[INPUTS, "S1"]) <= 1e-9
        assert worst(rows["st"], wanted.loc[INPUTS, "ST"]) <= 1e-9
    shift = table("factorial72_scores")["mean_abs_rank_shift"].to_numpy()
    here = ours.runs["rank_shift"].to_numpy().reshape(COUNTS).transpose().ravel()
    differing = table("factorial72_scores")[np.abs(here - shift) > 1e-9]
    assert differing["run"].to_list() == [14, 17, 32, 35]
    assert set(zip(differing["impute"], differing["norm"], strict=True)) == {("group_mean", "prank_1_100")}


def test_the_estimators_on_a_fixed_design():
    runs = table("sobol_fixed_design")
    blocks = {name: part.reset_index(drop=True) for name, part in runs.groupby("block")}
    order = ["A", *(f"AB_{name}" for name in INPUTS), "B"]
    for name in order:
        levels = levels_of(blocks[name][INPUTS].to_numpy(), COUNTS)
        run = 1 + levels @ np.array([1, 3, 6, 18, 36])
        assert (run == blocks[name]["choice_run"]).all()
    y = np.stack([blocks[name]["y"] for name in order], axis=1).ravel()
    wanted = read("sobol", "weights_and_sobol")["fixed_design_synthetic12x9"]
    jansen = pd.DataFrame(read("sobol_fixed_design_expected")["other_estimators"]).set_index("variable")
    ours = sobol_indices(y, INPUTS, seed=1).table
    assert worst(ours["s1"], wanted["S1"]) <= 1e-10
    assert worst(ours["st"], wanted["ST"]) <= 1e-10
    assert worst(ours["st"], jansen.loc[INPUTS, "ST_jansen"]) <= 1e-10
    assert worst(ours["s1_reach"], wanted["S1_conf95"]) <= 0.03  # bootstrap of another seed
    many = sobol_indices_of_many(np.column_stack([y, 3 - 2 * y, np.ones_like(y)]), 5)
    for found, column in zip(many, ("s1", "st"), strict=True):
        assert worst(found[:, 0], ours[column]) <= 1e-12
        assert worst(found[:, 1], ours[column]) <= 1e-12
        assert (found[:, 2] == 0).all()


def ishigami(u: np.ndarray) -> np.ndarray:
    x = np.pi * (2 * u - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def sobol_g(u: np.ndarray) -> np.ndarray:
    a = np.array([0, 1, 4.5, 9, 99, 99, 99, 99])
    return ((np.abs(4 * u - 2) + a) / (1 + a)).prod(axis=1)


def additive(u: np.ndarray) -> np.ndarray:
    return u @ np.array([0.4, 0.3, 0.2, 0.1])


@pytest.mark.parametrize(
    ("name", "function"),
    [("ishigami", ishigami), ("sobol_G", sobol_g), ("additive_index", additive)],
)
def test_monte_carlo_finds_what_is_known_in_closed_form(name, function):
    wanted = read("sobol", "weights_and_sobol")[f"{name}_analytic"]
    d = len(wanted["S1"])
    ours = sobol_indices(function(design(d, 4096, seed=42)), [f"x{i}" for i in range(d)], seed=42).table
    assert worst(ours["s1"], wanted["S1"]) <= 0.02
    assert worst(ours["st"], wanted["ST"]) <= 0.02


def test_sampling_error_as_one_input_of_many_replicates():
    wanted = read("grouped_sampling_input_analytic", "weights_and_sobol")
    replicates = np.random.default_rng(7).standard_normal(512)
    error = (replicates - replicates.mean()) / replicates.std()
    method, sample = levels_of(design(2, 4096, seed=1), [2, 512]).T
    ours = sobol_indices(
        80 + np.array([-1.5, 1.5])[method] + 2 * error[sample], ["method", "sampling"], 1
    ).table
    for column, key in (("s1", "S1"), ("st", "ST")):
        assert worst(ours[column], [wanted[key]["method"], wanted[key]["sampling"]]) <= 0.03
    product = wanted["multiplicative_variant"]
    ours = sobol_indices(np.array([1, 3])[method] * (10 + 2 * error[sample]), ["method", "sampling"], 1).table
    assert worst(ours["s1"], [product["S1_method"], product["S1_sampling"]]) <= 0.03
    assert worst(ours["st"], [product["ST_method"], product["ST_sampling"]]) <= 0.03


# -- sampling error


def test_standard_error_of_an_index_by_hand():
    hand = json.loads((HERE / "handworked.json").read_text(encoding="utf-8"))["se_example"]
    se = np.zeros((3, 3))
    se[:, 0] = hand["se_x1"]
    assert worst(index_se(np.array([hand["dI_dx1"], 0, 0]), se), hand["se_index"]) <= 1e-12


def test_standard_error_and_rank_sets_of_the_survey_index():
    """g = .15·40/30 = .2; the imputed c1 of U11 carries the residual sd 2.43 of its rule."""
    wanted, data = table("survey_error_index"), table("input_data")
    se = index_se(np.array([0.15 * 40 / 30]), data[["se_c1"]].fillna(2.43).to_numpy())
    assert worst(se, wanted["se_index"]) <= 1e-6
    index = wanted["index"].to_numpy()
    assert worst(index - 1.959963984540054 * se, wanted["lo95"]) <= 1e-6
    for adjust, name in (("none", "unadj"), ("bonferroni", "bonf66")):
        low, high = pairwise_rank_sets(index, se, adjust=adjust)
        assert (low == wanted[f"rankset_{name}_L"]).all()
        assert (high == wanted[f"rankset_{name}_U"]).all()


def test_a_fit_carries_the_survey_error_into_its_ranks(filled):
    """c1 is surveyed, all else counted; the sets by max-|t| lie within Bonferroni's."""
    meta, wanted = table("input_meta"), table("survey_error_index")
    kinds = np.where(meta["iCode"] == "c1", "survey", "census")
    tree = ncsi.tree_from(meta.assign(se_kind=np.where(meta["Level"] == 1, kinds, None)), id="synthetic12x9")
    errors = by_unit("input_data")["se_c1"].fillna(2.43)
    fit = ncsi.fit_composite(filled.assign(se_c1=errors), tree, to=(60, 100))
    ours = fit.uncertainty()
    assert ours.basis == "closed_form"
    for mine, theirs in (("score", "index"), ("se", "se_index"), ("low", "lo95"), ("high", "hi95")):
        assert worst(ours.ranks[mine], wanted[theirs]) <= 1e-6, mine
    assert (fit.ranks["rank"] == wanted["rank"]).all()
    assert (fit.ranks["rank_low"] >= wanted["rankset_bonf66_L"]).all()
    assert (fit.ranks["rank_high"] <= wanted["rankset_bonf66_U"]).all()
    assert (fit.ranks["rank_low"] == ours.ranks["rank_low"]).all()


def test_stepping_down_over_replicates_is_no_wider_than_bonferroni():
    wanted = table("survey_error_index")
    index, se = wanted["index"].to_numpy(), wanted["se_index"].to_numpy()
    ours = rank_sets_of(wanted["uCode"].to_list(), index, normal_draws(index, se, seed=1))
    assert (ours["rank"] == wanted["rank"]).all()
    assert (ours["rank_low"] >= wanted["rankset_bonf66_L"]).all()
    assert (ours["rank_high"] <= wanted["rankset_bonf66_U"]).all()
    assert (ours["rank_low_marginal"] >= ours["rank_low"]).all()


# -- agreement


def test_agreement_of_an_auditor_with_the_firm():
    ratings, wanted = table("maturity_ratings", "quality_tools"), read("maturity_expected", "quality_tools")
    own, audit = ratings["self"].to_numpy(float), ratings["audit1"].to_numpy(float)
    for kind in ("unweighted", "linear", "quadratic"):
        assert weighted_kappa(audit, own, kind) == pytest.approx(wanted[f"kappa_{kind}"], abs=1e-8)
    assert percent_agreement(audit, own) == wanted["agree_pct"]
    bias = bias_of(own, audit)
    assert bias.mean == pytest.approx(wanted["mean_bias_self_minus_audit"], abs=1e-8)
    assert bias.t == pytest.approx(wanted["bias_t"], abs=1e-8)
    assert bias.p_wilcoxon == pytest.approx(wanted["wilcox_p"], abs=1e-8)
    three = ratings[["self", "audit1", "audit2"]].to_numpy(float).T
    for metric, alpha in wanted["krippendorff"].items():
        assert krippendorff_alpha(three, metric) == pytest.approx(alpha, abs=1e-8)
    alpha = wanted["krippendorff_audit_only"]["ordinal"]
    assert krippendorff_alpha(three[1:], "ordinal") == pytest.approx(alpha, abs=1e-8)


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval", "ratio"])
def test_krippendorffs_published_table(metric):
    wanted = read("krippendorff_published", "quality_tools")
    ours = krippendorff_alpha(np.array(wanted["data"], dtype=float), metric)
    assert ours == pytest.approx(wanted[metric], abs=1e-8)
    published = dict(zip(("nominal", "ordinal", "interval", "ratio"), wanted["published"], strict=True))
    assert ours == pytest.approx(published[metric], abs=5e-4)
