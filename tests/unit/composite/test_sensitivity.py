"""Sensitivity and uncertainty of a fit: what may vary, what is drawn, and three intervals under three names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.composite import Mean, Normalisation
from ncsi.composite.replicates import replicates_of
from ncsi.composite.weighting import budget_weights
from ncsi.errors import CompositeError, ModelError

UNITS = ["甲", "乙", "丙", "丁", "戊", "己"]


def tree_of(se_kind: str = "census", **kinds: str) -> object:
    rows: list[dict[str, object]] = [
        {"code": "I"},
        {"code": "P", "parent": "I"},
        {"code": "Q", "parent": "I"},
    ]
    for code, parent, direction in (("a", "P", 1), ("b", "P", -1), ("c", "Q", 1), ("d", "Q", 1)):
        rows.append(
            {
                "code": code, "parent": parent, "direction": direction, "lower": 0, "upper": 100,
                "weight": 2 if code == "a" else 1, "se_kind": kinds.get(code, se_kind),
            }
        )  # fmt: skip
    return ncsi.tree_from(pd.DataFrame(rows))


@pytest.fixture(scope="module")
def survey():
    return pd.read_csv(Path(__file__).parents[2] / "golden" / "golden.csv")


@pytest.fixture(scope="module")
def inst():
    return ncsi.load_instrument("ccsi")


@pytest.fixture
def data():
    return pd.DataFrame(
        {
            "a": [80.0, 72, 61, 58, 40, 33],
            "b": [20.0, 31, 35, 50, 55, 70],
            "c": [75.0, 80, 52, 60, 45, 35],
            "d": [66.0, 69, 70, 41, 48, 30],
            "region": list("xxxyyy"),
        },
        index=UNITS,
    )


@pytest.fixture
def fit(data):
    return ncsi.fit_composite(data, tree_of(), to=(1, 100))


# -- choices


def test_every_input_and_what_its_alternatives_are_called(fit):
    ours = fit.sensitivity(
        {
            "impute": ["none", "mean"],
            "treat": ["none", "winsorise"],
            "normalise": [
                "fixed",
                "minmax",
                ("z", (100, 10)),
                Normalisation("percentile_rank", (1.0, 100.0)),
            ],
            "weights": ["given", "equal", {"P": 3, "Q": 1}],
            "aggregate": [
                "arithmetic",
                ("power", 0.5),
                {2: "arithmetic", 3: "harmonic"},
                (Mean("harmonic"),) * 2,
            ],
            "benchmarks": [("2020", {}), ("2025", {"a": (10, 90)})],
        }
    )
    assert ours.estimator == "exact"
    assert ours.n == len(ours.runs) == 2 * 2 * 4 * 3 * 4 * 2
    names = ours.inputs.set_index("input")["alternatives"]
    assert names["normalise"] == ("fixed 1 100", "minmax 1 100", "z 100 10", "percentile_rank 1 100")
    assert names["weights"] == ("given", "equal", "P 3 Q 1")
    assert names["aggregate"] == ("arithmetic", "power 0.5", "arithmetic harmonic", "harmonic")
    assert names["benchmarks"] == ("2020", "2025")


def test_a_run_is_the_fit_made_that_way(fit, data):
    ours = fit.sensitivity(
        {
            "normalise": ["fixed", "minmax"],
            "weights": ["given", "equal"],
            "aggregate": ["arithmetic", "geometric"],
        }
    )
    assert (ours.outcomes.scores[0] == fit.values[:, -1]).all()
    assert ours.runs["rank_shift"][0] == 0
    other = ncsi.fit_composite(
        data, tree_of(), normalise="minmax", to=(1, 100), weights="equal", aggregate="geometric"
    )
    np.testing.assert_allclose(ours.outcomes.scores[-1], other.values[:, -1], rtol=1e-13)
    assert ours.runs.iloc[-1].to_list()[:3] == ["minmax 1 100", "equal", "geometric"]


def test_other_benchmarks_are_other_scores(fit, data):
    ours = fit.sensitivity({"benchmarks": [("now", {}), ("then", {"a": (10, 90), "c": (20, 80)})]})
    meta = tree_of().model_copy()
    nodes = [
        node.model_copy(update={"lower": low, "upper": high})
        if (found := {"a": (10.0, 90.0), "c": (20.0, 80.0)}.get(node.code))
        and (low := found[0], high := found[1])
        else node
        for node in meta.nodes
    ]
    other = ncsi.fit_composite(data, meta.model_copy(update={"nodes": tuple(nodes)}), to=(1, 100))
    np.testing.assert_allclose(ours.outcomes.scores[1], other.values[:, -1], rtol=1e-13)


def test_an_input_that_does_nothing_has_no_share(fit):
    """Nothing is missing, so no rule of imputation moves a score."""
    ours = fit.sensitivity({"impute": ["none", "mean", "median"], "normalise": ["fixed", ("z", (100, 10))]})
    nothing = ours.by_unit.loc[ours.by_unit["input"] == "impute", ["s1", "st"]]
    np.testing.assert_allclose(nothing, 0, atol=1e-20)
    scores = ours.by_unit[(ours.by_unit["input"] == "normalise") & (ours.by_unit["outcome"] == "score")]
    np.testing.assert_allclose(scores[["s1", "st"]], 1, atol=1e-12)


def test_weights_that_are_computed_are_alternatives(fit):
    ours = fit.sensitivity({"weights": ["given", "equal", "pca", "entropy", "balanced"]})
    assert (
        len(np.unique(ours.outcomes.scores.round(9), axis=0)) == 4
    )  # of two siblings, PCA weighs both alike
    scores = ours.by_unit[ours.by_unit["outcome"] == "score"]
    np.testing.assert_allclose(scores[["s1", "st"]], 1)


@pytest.mark.parametrize("scheme", ["entropy", "balanced"])
def test_no_index_is_made_by_weights_for_sensitivity(data, scheme):
    with pytest.raises(CompositeError, match=f"'{scheme}' weights serve sensitivity only"):
        ncsi.fit_composite(data, tree_of(), weights=scheme)


def test_pca_weights_make_an_index_and_say_which(data):
    ours = ncsi.fit_composite(data, tree_of(), weights="pca")
    local = ours.weights.set_index("code")["local"]
    assert local["a"] == pytest.approx(0.5)  # two siblings: loadings are equal
    assert ours.choices.weights == "pca"
    with pytest.raises(ModelError, match="correlate -"):
        ncsi.fit_composite(data.assign(b=-data["b"] + 100), tree_of(), weights="pca")


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({}, "there is nothing to vary"),
        ({"colour": ["red", "blue"]}, "there is no input 'colour'"),
        ({"weights": "given"}, "one alternative is no choice"),
        ({"weights": ["given"]}, "one alternative is no choice"),
        ({"weights": ["given", "given"]}, "'given' is listed twice"),
        ({"weights": ["given", "best"]}, "there is no scheme 'best'"),
        ({"weights": ["given", {"a": 1}]}, "weighted only in part"),
        ({"normalise": ["fixed", "magic"]}, "there is no 'magic'"),
        ({"aggregate": ["arithmetic", (Mean("harmonic"),)]}, "1 means for 2 levels"),
        ({"benchmarks": [("x", {}), ("y", {"P": (0, 1)})]}, "node P: there is no indicator"),
        ({"benchmarks": [("x", {}), ("y", {"a": (1, 0)})]}, "the lower 1 is not below the upper 0"),
        (
            {"normalise": ["fixed", "rank"], "weights": ["given", "entropy"]},
            "entropy needs scores on one range",
        ),
    ],
)
def test_choices_that_are_none(fit, choices, message):
    with pytest.raises(CompositeError, match=message):
        fit.sensitivity(choices)


def test_a_zero_under_a_geometric_mean_is_named(data):
    fit = ncsi.fit_composite(data, tree_of())
    with pytest.raises(CompositeError, match=r"unit 己, node .*geometric"):
        fit.sensitivity({"normalise": ["fixed", "minmax"], "aggregate": ["arithmetic", "geometric"]})


def test_units_with_too_little_data_take_no_part(data):
    short = data.astype({"a": float}).copy()
    short.loc["丙", ["a", "b", "c"]] = np.nan
    ours = ncsi.fit_composite(short, tree_of()).sensitivity({"weights": ["given", "equal"]})
    assert ours.outcomes.table["unit"].to_list() == [unit for unit in UNITS if unit != "丙"]
    with pytest.raises(CompositeError, match="1 have enough data"):
        ncsi.fit_composite(short.loc[["甲", "丙"]], tree_of()).sensitivity({"weights": ["given", "equal"]})


# -- draws


def test_weight_noise_and_experts_are_drawn(fit):
    points = pd.DataFrame([[70, 30], [50, 50], [40, 60]], columns=["P", "Q"])
    ours = fit.sensitivity(
        {"aggregate": ["arithmetic", "geometric"]}, weight_noise=0.25, experts=budget_weights(points)
    )
    assert ours.estimator == "monte_carlo"
    assert ours.outcomes.kind == "method"
    assert ours.indices["input"].to_list() == ["aggregate", "experts", "weight_noise"]
    assert len(ours.runs) == len(ours.outcomes.scores) == 2048
    again = fit.sensitivity(
        {"aggregate": ["arithmetic", "geometric"]}, weight_noise=0.25, experts=budget_weights(points)
    )
    assert ours.indices.equals(again.indices)
    assert not ours.indices.equals(
        fit.sensitivity(
            {"aggregate": ["arithmetic", "geometric"]}, 2, weight_noise=0.25, experts=budget_weights(points)
        ).indices
    )


def test_experts_are_drawn_whole(fit):
    """With experts alone, each run's scores are those by one expert's weights."""
    points = pd.DataFrame([[70, 30], [40, 60]], columns=["P", "Q"])
    ours = fit.sensitivity({}, experts=budget_weights(points))
    pillars = fit.values[:, [fit.structure.position("P"), fit.structure.position("Q")]]
    wanted = {tuple((pillars @ row / 100).round(9)) for row in points.to_numpy()}
    assert {tuple(row) for row in ours.outcomes.scores.round(9)} == wanted


def test_draws_that_are_none(fit):
    with pytest.raises(CompositeError, match=r"the width is 1\.5"):
        fit.sensitivity({}, weight_noise=1.5)
    with pytest.raises(CompositeError, match="a, c are not all the children of one node"):
        fit.sensitivity({}, experts=budget_weights(pd.DataFrame([[50, 50], [40, 60]], columns=["a", "c"])))
    with pytest.raises(CompositeError, match="there is no node 'x'"):
        fit.sensitivity({}, experts=budget_weights(pd.DataFrame([[50, 50], [40, 60]], columns=["a", "x"])))
    with pytest.raises(ModelError, match="n = 100: take a power of two"):
        fit.sensitivity({}, weight_noise=0.1, n=100)


def test_sampling_error_of_one_indicator_spreads_as_known(data):
    """Index = (2/3·a + …)/2 between 0 and 100: its error is a third of a's."""
    fit = ncsi.fit_composite(data.assign(se_a=1.5), tree_of(a="survey"))
    ours = fit.sensitivity({}, replicates=1024)
    assert ours.outcomes.kind == "combined"
    np.testing.assert_allclose(ours.outcomes.scores.std(axis=0), 1.5 / 3, rtol=0.1)
    np.testing.assert_allclose(ours.by_unit.loc[ours.by_unit["outcome"] == "score", "st"], 1, atol=0.06)


def test_joint_replicates_keep_their_correlation(data):
    """a counts +1/3 and b −1/6: errors that move together leave |1/3 − 1/6|, and opposed ones add up."""
    fit = ncsi.fit_composite(data.assign(se_a=1.0, se_b=1.0), tree_of(a="survey", b="survey"))
    rng = np.random.default_rng(1)
    error = pd.DataFrame(rng.standard_normal((2000, 6)), columns=UNITS)
    error = (error - error.mean()) / error.std(ddof=1)
    for sign, factor in ((1, 1 / 3 - 1 / 6), (-1, 1 / 3 + 1 / 6)):
        ours = fit.uncertainty({"a": data["a"] + error, "b": data["b"] + sign * error})
        assert ours.basis == "replicates"
        np.testing.assert_allclose(ours.ranks["se"], factor, rtol=1e-9)
    np.testing.assert_allclose(fit.uncertainty().ranks["se"], np.hypot(1 / 3, 1 / 6))


def test_filled_cells_move_by_the_residual_of_their_rule(data):
    short = data.copy()
    short.loc["丙", "a"] = np.nan
    fit = ncsi.fit_composite(short, tree_of(), impute="mean", least=0.5)
    ours = fit.sensitivity({}, imputation=True).outcomes
    spread = ours.scores.std(axis=0)
    assert spread[2] == pytest.approx(short["a"].std() / 3, rel=0.1)
    np.testing.assert_allclose(np.delete(spread, 2), 0, atol=1e-10)


def test_winsorised_cells_stay_where_they_were_drawn_in():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.normal(50, 5, (30, 4)), columns=list("abcd"), index=[f"U{k}" for k in range(30)])
    frame.loc["U0", "a"] = 99.0
    fit = ncsi.fit_composite(frame.assign(se_a=0.5), tree_of(a="survey"), treat="winsorise")
    assert fit.treatment.set_index("node")["outcome"]["a"] == "winsorised"
    ours = fit.sensitivity({}, replicates=512).outcomes.table.set_index("unit")
    assert ours.loc["U0", "score_q95"] - ours.loc["U0", "score_q05"] == pytest.approx(0, abs=1e-9)
    assert ours.loc["U5", "score_q95"] > ours.loc["U5", "score_q05"]


def test_error_where_the_rules_transform():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        rng.normal(50, 5, (200, 4)), columns=list("abcd"), index=[f"U{k}" for k in range(200)]
    )
    frame["a"] = np.exp(rng.normal(0, 1.6, 200))
    fit = ncsi.fit_composite(
        frame.assign(se_a=0.0001), tree_of(a="survey"), treat="winsorise_log", normalise="minmax"
    )
    assert fit.treatment.set_index("node")["outcome"]["a"] == "transformed"
    ours = fit.sensitivity({}, replicates=512).outcomes.table
    np.testing.assert_allclose(ours["score_median"], ours["score"], atol=1.0)
    assert (
        ours["score_q95"] > ours["score_q05"]
    ).sum() >= 198  # the ends of the curve are those of the range


@pytest.mark.parametrize(
    ("replicates", "message"),
    [
        (100, "there are 100 replicates"),
        ({"z": (600, 0.0)}, "replicates of z: there is no such indicator"),
        ({"a": (600, 0.0), "b": (700, 0.0)}, "there are 600 or 700 replicates"),
        ({"a": (600, 50.0)}, "replicates of a, unit 甲: they lie around 129"),
        ({"a": (600, np.nan)}, "replicates of a, unit 甲, replicate 1: is no finite number"),
    ],
)
def test_replicates_that_are_none(fit, data, replicates, message):
    if isinstance(replicates, dict):
        rng = np.random.default_rng(1)
        replicates = {
            code: pd.DataFrame(
                rng.normal(0, 1, (count, 6)) + data.get(code, data["a"]).to_numpy() + off, columns=UNITS
            )
            for code, (count, off) in replicates.items()
        }
    with pytest.raises(CompositeError, match=message):
        fit.uncertainty(replicates)


def test_replicates_without_a_unit(fit, data):
    frame = pd.DataFrame(np.tile(data["a"], (600, 1)), columns=UNITS)
    with pytest.raises(CompositeError, match="unit 丙: there is no column of it"):
        fit.uncertainty({"a": frame.drop(columns="丙")})
    with pytest.raises(CompositeError, match="a unit has two columns"):
        fit.uncertainty({"a": pd.concat([frame, frame[["甲"]]], axis=1)})


# -- three intervals


def test_three_intervals_under_three_names(data):
    fit = ncsi.fit_composite(data.assign(se_a=4.0), tree_of(a="survey"), to=(1, 100))
    ours = fit.uncertainty(
        choices={"normalise": ["fixed", "minmax"], "aggregate": ["arithmetic", "geometric"]}
    )
    assert ours.basis == "closed_form"
    assert ours.ranges.columns.to_list() == [
        "unit", "rank", "rank_low", "rank_high", "robust_low", "robust_high", "combined_low", "combined_high",
    ]  # fmt: skip
    assert (ours.sampling.kind, ours.method.kind, ours.combined.kind) == ("sampling", "method", "combined")
    assert (ours.ranges["rank_low"] <= ours.ranges["rank"]).all()
    assert (ours.ranges["rank"] <= ours.ranges["rank_high"]).all()
    assert (fit.ranks["rank_low"] == ours.ranges["rank_low"]).all()
    assert (fit.ranks["rank_high"] == ours.ranges["rank_high"]).all()
    np.testing.assert_allclose(ours.ranks["se"], 4 * 0.99 / 3)
    np.testing.assert_allclose(ours.ranks["high"] - ours.ranks["low"], 2 * 1.959964 * 4 * 0.99 / 3, rtol=1e-6)


def test_without_declared_errors_there_is_a_robustness_range_and_no_rank_set(data):
    fit = ncsi.fit_composite(data, tree_of("none_declared"))
    ours = fit.uncertainty(choices={"weights": ["given", "equal"]})
    assert ours.basis == "none"
    assert not ours.ranks["computable"].any()
    assert (ours.ranks["unknown"] == "a").all()
    assert ours.ranks[["se", "low", "high", "rank_low", "rank_high"]].isna().all(axis=None)
    assert ours.ranges["robust_low"].notna().all()
    assert "combined_low" not in ours.ranges
    assert ours.sampling is None
    assert ours.combined is None
    assert fit.ranks["rank_low"].isna().all()


def test_a_census_is_certain(data):
    fit = ncsi.fit_composite(data, tree_of())
    assert (fit.ranks["rank_low"] == fit.ranks["rank"]).all()
    assert (fit.ranks["rank_high"] == fit.ranks["rank"]).all()
    assert (fit.uncertainty().ranks["se"] == 0).all()


def test_an_unknown_error_does_not_count_where_its_weight_is_0(data):
    none = ncsi.fit_composite(data, tree_of(a="none_declared"), weights={"a": 0, "b": 1})
    assert none.uncertainty().ranks["computable"].all()


def test_one_unit_of_unknown_error(data):
    frame = data.assign(se_a=[1.0, 1, np.nan, 1, 1, 1])
    ours = ncsi.fit_composite(frame, tree_of(a="none_declared")).uncertainty().ranks.set_index("unit")
    assert ours.loc["丙", "unknown"] == "a"
    assert ours.loc["丙", ["se", "rank_low", "rank_high"]].isna().all()
    assert ours["computable"].sum() == 5
    by_data = ncsi.fit_composite(frame, tree_of(a="none_declared"), normalise="minmax").uncertainty().ranks
    assert not by_data["computable"].any()  # the unknown error moves the scores of all
    assert (by_data["unknown"] == "a").all()


def test_a_fit_stands_where_its_method_is_not_defined_for_an_error(data):
    """Values of 0 or less have no fraction: the fit has none, its draws do, and `uncertainty` says so."""
    frame = data.assign(a=[80.0, 72, 61, 58, 40, 0.5], se_a=2.0)
    fit = ncsi.fit_composite(frame, tree_of(a="survey"), normalise="fraction", to=(0, 100))
    assert fit.ranks["rank"].notna().all()
    assert fit.ranks[["rank_low", "rank_high"]].isna().all(axis=None)
    with pytest.raises(CompositeError, match="a fraction of the best needs positive values"):
        fit.uncertainty()


def test_a_census_is_certain_under_every_method(data):
    fit = ncsi.fit_composite(data, tree_of(), normalise="minmax", to=(1, 100), aggregate="geometric")
    ours = fit.uncertainty()
    assert ours.basis == "closed_form"
    assert (ours.ranks[["rank_low", "rank_high"]].to_numpy() == ours.ranks[["rank"]].to_numpy()).all()


def test_bounds_of_what_takes_long_are_left_to_uncertainty(data):
    fit = ncsi.fit_composite(data.assign(se_a=5.0), tree_of(a="survey"), aggregate="copeland")
    assert fit.ranks["rank_low"].isna().all()
    assert fit.uncertainty(512).ranks["rank_low"].notna().all()


def test_a_rule_without_a_residual_is_not_one_without_an_error(data):
    short = data.copy()
    short.loc["乙":, "a"] = np.nan
    fit = ncsi.fit_composite(short, tree_of(), impute="mean", least=0.5, least_in_group=0.3)
    assert fit.uncertainty().ranks["unknown"].to_list() == ["", "a", "a", "a", "a", "a"]
    with pytest.raises(CompositeError, match="imputation of a: its rule leaves no residual sd"):
        fit.sensitivity({}, imputation=True)


def test_near_a_benchmark_errors_are_clipped(data):
    frame = data.assign(a=[100.0, 99.5, 61, 58, 40, 33], se_a=2.0)
    ours = ncsi.fit_composite(frame, tree_of(a="survey")).uncertainty(4096)
    assert ours.basis == "replicates"
    se = ours.ranks.set_index("unit")["se"]
    assert se["丙"] == pytest.approx(2 / 3, rel=0.05)
    assert se["甲"] == pytest.approx(2 / 3 * np.sqrt(0.5 - 0.5 / np.pi), rel=0.05)  # half a normal


def test_closed_form_and_replicates_agree(data):
    frame = data.assign(se_a=1.5, se_b=0.7, se_d=2.0)
    frame.loc["丁", "c"] = np.nan
    fit = ncsi.fit_composite(frame, tree_of(a="survey", b="survey", d="survey"))
    closed = fit.uncertainty()
    error = np.random.default_rng(2).standard_normal((20_000, 3, 6))
    drawn = fit.uncertainty(
        {
            code: pd.DataFrame(frame[code].to_numpy() + sd * error[:, at], columns=UNITS)
            for at, (code, sd) in enumerate((("a", 1.5), ("b", 0.7), ("d", 2.0)))
        }
    )
    assert (closed.basis, drawn.basis) == ("closed_form", "replicates")
    np.testing.assert_allclose(drawn.ranks["se"], closed.ranks["se"], rtol=0.02)
    assert closed.ranks["se"][3] == pytest.approx(
        np.sqrt((1.5 / 3) ** 2 + (0.7 / 6) ** 2 + 1)
    )  # d alone in Q


def test_replicates_of_a_survey_become_those_of_an_indicator(survey, inst):
    boot = ncsi.bootstrap(ncsi.fit_pls(survey, inst, by="brand"), replicates=600, seed=1)
    frame = replicates_of(boot)
    index = boot.fit.index_by[boot.fit.index_by["construct"] == "Satisfaction"].set_index("brand")[
        "index_0_100"
    ]
    assert len(frame) == 600
    np.testing.assert_allclose(frame.mean(), index[frame.columns], atol=1.0)
    units = list(frame.columns)
    data = pd.DataFrame({"a": index, "b": 50.0, "c": 50.0, "d": 50.0}).loc[units]
    se = boot.index_by[boot.index_by["construct"] == "Satisfaction"].set_index("brand")["se"]
    ours = ncsi.fit_composite(data.assign(se_a=se), tree_of(a="survey")).uncertainty({"a": frame})
    np.testing.assert_allclose(ours.ranks["se"], se[units] / 3, rtol=0.1)
    with pytest.raises(CompositeError, match="there is no construct 'Joy'"):
        replicates_of(boot, "Joy")
    with pytest.raises(CompositeError, match="the survey has no groups"):
        replicates_of(ncsi.bootstrap(ncsi.fit_pls(survey, inst), replicates=100))


def test_order_of_units_and_columns_is_irrelevant(data):
    frame = data.assign(se_a=3.0)
    tree = tree_of(a="survey")
    choices = {"normalise": ["fixed", "minmax"], "weights": ["given", "equal"]}
    first = ncsi.fit_composite(frame, tree).sensitivity(choices)
    second = ncsi.fit_composite(frame.iloc[::-1, ::-1], tree).sensitivity(choices)
    pd.testing.assert_frame_equal(first.indices, second.indices)
    by_unit = (one.outcomes.table.set_index("unit").sort_index() for one in (first, second))
    pd.testing.assert_frame_equal(*by_unit)
