"""What the goldens do not show: levels of their own mean, earlier years, treatment that fails, peers' bugs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.composite import copeland, fit_composite
from ncsi.composite.ranks import ascending, descending, significant
from ncsi.composite.treatment import moments34, treated, winsorised
from ncsi.errors import CompositeError
from ncsi.spec.tree import LevelMean, Method

META = pd.DataFrame(
    {
        "code": ["I", "A", "B", "a1", "a2", "b1"],
        "parent": [None, "I", "I", "A", "A", "B"],
        "weight": [1, 3, 1, 1, 1, 1],
        "lower": [np.nan] * 3 + [0, 0, 0],
        "upper": [np.nan] * 3 + [100, 100, 100],
    }
)
DATA = pd.DataFrame({"a1": [20.0, 50], "a2": [60.0, 70], "b1": [90.0, 10]}, index=["u", "v"])


def test_arithmetic_inside_and_geometric_on_top():
    fit = fit_composite(DATA, ncsi.tree_from(META), aggregate={2: "arithmetic", 3: "geometric"})
    assert fit.values[:, -1] == pytest.approx([40**0.75 * 90**0.25, 60**0.75 * 10**0.25])


def test_the_tree_says_how_and_the_caller_may_say_otherwise():
    means = (LevelMean(level=2, aggregate="power", power=2.0), LevelMean(level=3, aggregate="arithmetic"))
    tree = ncsi.tree_from(META, method=Method(normalise="minmax", to=(1.0, 5.0), aggregate=means))
    as_declared = fit_composite(DATA, tree)
    assert as_declared.values[:, -1] == pytest.approx([0.75 * 1 + 0.25 * 5, 0.75 * 5 + 0.25 * 1])
    assert as_declared.choices.normalise.to == (1.0, 5.0)
    assert fit_composite(DATA, tree, normalise="minmax").choices == as_declared.choices
    other = fit_composite(DATA, tree, normalise="fixed", aggregate="arithmetic")
    assert other.values[:, -1] == pytest.approx([0.75 * 40 + 0.25 * 90, 0.75 * 60 + 0.25 * 10])


def test_weights_by_code_and_what_they_count_in_the_index():
    fit = fit_composite(DATA, ncsi.tree_from(META), weights={"a1": 1, "a2": 3})
    weights = fit.weights.set_index("code")
    assert weights.loc[["a1", "a2", "b1"], "local"].tolist() == [0.25, 0.75, 1.0]
    assert weights.loc[["a1", "a2", "b1"], "global"].tolist() == pytest.approx([0.1875, 0.5625, 0.25])
    assert weights["global"].iloc[:3].sum() == pytest.approx(1.0, abs=1e-15)


def test_the_latest_earlier_value_is_carried_forward_with_the_error_of_doing_so():
    now = pd.DataFrame({"a1": [20.0, np.nan, 30, np.nan], "a2": 1.0, "b1": 1.0}, index=list("uvwx"))
    last = pd.DataFrame({"a1": [16.0, 44, 27, np.nan], "a2": 1.0, "b1": 1.0}, index=list("uvwx"))
    before = pd.DataFrame({"a1": [1.0, 2, 33], "a2": 1.0, "b1": 1.0}, index=list("uvx"))
    tree = ncsi.tree_from(META.assign(impute=[None, None, None, "carry_forward", None, None]))
    fit = fit_composite(now, tree, earlier={2: before, 1: last}, normalise="fixed")
    assert fit.prepared.imputed[:, 0].tolist() == [20, 44, 30, 33]
    assert fit.prepared.se[1, 0] == pytest.approx(np.sqrt((4**2 + 3**2) / 2))
    assert np.isnan(fit.prepared.se[3, 0])  # one pair two years apart tells no error
    assert fit.log["rule"].tolist() == ["carry_forward", "carry_forward"]
    with pytest.raises(CompositeError, match="0 years back is not earlier"):
        fit_composite(now, tree, earlier={0: last})


def test_imputed_cells_carry_the_spread_of_their_rule():
    data = pd.DataFrame(
        {"a1": [1.0, 2, 6, np.nan], "a2": [1.0, 2, 3, 4], "b1": [1.0, 2, 3, 4]}, index=list("uvwx")
    )
    tree = ncsi.tree_from(META)
    spread = {rule: fit_composite(data, tree, impute=rule).prepared.se[3, 0] for rule in ("mean", "median")}
    assert spread["mean"] == pytest.approx(np.std([1, 2, 6], ddof=1))
    assert spread["median"] == pytest.approx(np.sqrt((1 + 0 + 16) / 2))
    row = fit_composite(data, tree, impute="row_pillar").prepared
    assert row.imputed[3, 0] == pytest.approx(6.0)
    places = 1 + 5 * np.array([0, 1 / 3, 2 / 3])
    assert row.se[3, 0] == pytest.approx(np.sqrt(((np.array([1, 2, 6]) - places) ** 2).mean()))


def test_near_binary_data_are_not_treatable_and_stay():
    x = np.array([0.0] * 19 + [1.0])
    assert winsorised(x) == (None, {})
    result = treated(x[:, None], "winsorise_log")
    assert result.outcomes == ("not_treatable",)
    assert (result.x[:, 0] == x).all()
    assert result.changes == ()


def test_what_winsorising_cannot_mend_is_transformed_or_stays_and_says_so():
    x = np.array([*np.linspace(1, 2, 200), 50.0, 60, 70, 80, 90, 100, 120, 150])
    for how, outcome in (
        ("winsorise", "failing"),
        ("winsorise_log", "failing"),
        ("winsorise_box_cox", "transformed"),
    ):
        for direction in (1, -1):
            result = treated(direction * x[:, None], how)
            assert result.outcomes == (outcome,)
            assert (np.argsort(result.x[:, 0]) == np.argsort(direction * x)).all()
            assert bool(result.after.passes[0]) == (outcome == "transformed")


def test_a_transformed_indicator_has_no_benchmarks_left():
    x = np.array([*np.linspace(1, 2, 200), 50.0, 60, 70, 80, 90, 100, 120, 150])
    data = pd.DataFrame({"a1": x, "a2": np.arange(208.0), "b1": np.arange(208.0)})
    tree = ncsi.tree_from(META)
    fit_composite(data, tree, normalise="minmax", treat="winsorise_box_cox")
    with pytest.raises(
        CompositeError, match="node a1: `winsorise_box_cox` left the raw scale, on which `fixed` has its"
    ):
        fit_composite(data, tree, treat="winsorise_box_cox")


def test_values_tie_however_they_are_stored():
    stored = np.array([5.1, 5.1000000000000005, 5.2, np.nan, -5.1])
    assert ascending(stored[:, None])[:, 0] == pytest.approx([2, 2, 4, np.nan, 1], nan_ok=True)
    assert descending(stored) == pytest.approx([2, 2, 1, np.nan, 4], nan_ok=True)
    assert significant(np.array([0.0, 0.1 + 0.2, 1e300, 123456789.123456])) == pytest.approx(
        [0.0, 0.3, 1e300, 123456789.123], abs=0, rel=1e-15
    )
    with np.errstate(all="raise"):
        assert significant(np.array([1e-300, 5e-324, 1e-100])).tolist() == [0.0, 0.0, 1e-100]


def test_half_the_weight_is_a_tie_to_rounding():
    z = np.array([[2.0, 2, 2, 1, 1, 1, 1], [1.0, 1, 1, 2, 2, 2, 2]])
    assert copeland(z, np.array([0.35, 0.1, 0.05, 0.2, 0.1, 0.15, 0.05])).tolist() == [0, 0]


def test_outranking_renormalises_over_what_both_units_have():
    """COINr: o13 = 0 and o31 = 1 for units (1, 2), (2, 1), (NA, 3), though half of the weight was compared."""
    z = np.array([[1.0, 2], [2.0, 1], [np.nan, 3]])
    assert copeland(z, np.array([0.5, 0.5])).tolist() == [-1, -1, 2]
    back = copeland(z[::-1], np.array([0.5, 0.5]))
    assert back.tolist() == [2, -1, -1]
    apart = np.array([[1.0, np.nan], [np.nan, 2.0]])
    assert copeland(apart, np.array([0.5, 0.5])).tolist() == [0, 0]


@pytest.mark.parametrize(("aggregate", "power"), [("geometric", None), ("harmonic", None), ("power", 2.0)])
def test_every_mean_leaves_out_what_is_missing_alike(aggregate, power):
    """COINr's a_genmean gives NA where the others re-weight."""
    data = DATA.copy()
    data.loc["u", "a1"] = np.nan
    fit = fit_composite(data, ncsi.tree_from(META), aggregate=aggregate, power=power, least=0)
    assert fit.scores.set_index(["unit", "node"]).loc[("u", "A"), "score"] == pytest.approx(60)


def test_a_cost_is_best_where_it_is_least_in_fractions_and_targets():
    """COINr: 10, 20, 40 give 1, 2, 4 as fractions, and 0.333, 0.167, 0 as ways to a positive target."""
    meta = META.assign(direction=[1, 1, 1, -1, 1, 1], target=[None, None, None, 5, 200, 200])
    data = pd.DataFrame({"a1": [10.0, 20, 40], "a2": [1.0, 2, 3], "b1": [1.0, 2, 3]})
    tree = ncsi.tree_from(meta)
    assert fit_composite(data, tree, normalise="fraction").values[:, 0].tolist() == [1, 0.5, 0.25]
    assert fit_composite(data, tree, normalise="target").values[:, 0] == pytest.approx([30 / 35, 20 / 35, 0])


def test_units_may_learn_from_some():
    data = pd.DataFrame({"a1": [0.0, 10, 20], "a2": [0.0, 10, 20], "b1": [0.0, 10, 20]}, index=list("uvw"))
    fit = fit_composite(data, ncsi.tree_from(META), normalise="minmax", learn_from=["u", "v"])
    assert fit.values[:, -1].tolist() == [0, 100, 200]
    with pytest.raises(CompositeError, match="there is no unit 'x'"):
        fit_composite(data, ncsi.tree_from(META), normalise="minmax", learn_from=["x"])


def test_clipped_cells_are_counted_and_single_children_named():
    data = pd.DataFrame(
        {"a1": [-5.0, 50, 120], "a2": [np.nan, 200.0, 300], "b1": [0.0, 100, 50]}, index=list("uvw")
    )
    fit = fit_composite(data, ncsi.tree_from(META))
    assert fit.clipped.to_numpy().tolist() == [["a1", 1, 1, 2 / 3], ["a2", 0, 2, 1.0], ["b1", 0, 0, 0.0]]
    assert fit.log[["unit", "node", "from", "to", "rule"]].to_numpy().tolist() == [
        ["u", "a1", -5, 0, "benchmark"], ["v", "a2", 200, 100, "benchmark"],
        ["w", "a1", 120, 100, "benchmark"], ["w", "a2", 300, 100, "benchmark"],
    ]  # fmt: skip
    assert [str(one) for one in fit.warnings] == [
        "node B: its one child b1 counts for all of it, 25.0% of the index"
    ]


def test_outliers_that_stay_are_a_caution_where_treatment_was_asked_for():
    near_binary = np.array([0.0] * 19 + [1.0])
    data = pd.DataFrame({"a1": near_binary, "a2": np.arange(20.0), "b1": np.arange(20.0)})
    tree = ncsi.tree_from(META)
    asked = fit_composite(data, tree, normalise="minmax", treat="winsorise")
    assert [(one.code, one.about) for one in asked.warnings[1:]] == [("not_treatable", ("a1",))]
    assert "skewness 4.5" in str(asked.warnings[1])
    untreated = fit_composite(data, tree, normalise="minmax")
    assert len(untreated.warnings) == 1
    assert untreated.treatment["outcome"].tolist() == ["untreated", "passed", "passed"]


def test_five_cells_are_winsorised_and_no_sixth():
    """Evenly spread values and far ones in steps: each far value counts, ties all at once."""
    body = np.arange(60.0)
    for far, cells in ((5, 5), (6, None)):
        x = np.r_[body, 1000.0 * 3.0 ** np.arange(far)]
        drawn_in, sides = winsorised(x)
        assert len(sides) == 5
        assert set(sides) == set(range(len(x) - 5, len(x)))
        result = treated(x[:, None], "winsorise")
        assert result.outcomes == (("winsorised",) if cells else ("failing",))
        assert result.cells == (cells or 0,)
        assert drawn_in.max() == (body.max() if cells else x[60])
    tied = np.r_[body, [5000.0] * 2]
    assert winsorised(tied)[1] == {60: "winsorise_high", 61: "winsorise_high"}
    assert winsorised(-tied)[1] == {60: "winsorise_low", 61: "winsorise_low"}


def test_em_needs_more_complete_units_than_indicators_and_one():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(6, 2))
    x[:, 1] += x[:, 0]
    data = pd.DataFrame({"a1": x[:, 0], "a2": x[:, 1], "b1": 1.0}, index=list("uvwxyz"))
    tree = ncsi.tree_from(META)
    data.loc["z", "a2"] = data.loc["y", "a2"] = np.nan
    fit = fit_composite(data, tree, impute="em")  # 4 complete, 2 indicators
    complete = x[:4]
    slope = np.cov(complete.T, ddof=0)[0, 1] / complete[:, 0].var()
    expected = complete[:, 1].mean() + slope * (x[4:, 0] - complete[:, 0].mean())
    assert fit.prepared.imputed[4:, 1] == pytest.approx(
        expected
    )  # one variable missing: EM is the regression
    residual = complete[:, 1] - complete[:, 1].mean() - slope * (complete[:, 0] - complete[:, 0].mean())
    assert fit.prepared.se[4:, 1] == pytest.approx([residual.std()] * 2)
    data.loc["x", "a2"] = np.nan
    with pytest.raises(CompositeError, match=r"node a2: EM of 2 indicators \(a1, a2\) has 3 complete units"):
        fit_composite(data, tree, impute="em")


def test_exactly_enough_is_enough():
    codes = [f"x{k}" for k in range(20)]
    meta = pd.DataFrame({"code": ["I", *codes], "parent": [None, *["I"] * 20]})
    data = pd.DataFrame(1.0 + np.arange(40.0).reshape(2, 20), columns=codes)
    data.iloc[0, 13:] = np.nan  # 65 %
    data.iloc[1, 12:] = np.nan  # 60 %
    tree = ncsi.tree_from(meta.assign(lower=[None, *[0.0] * 20], upper=[None, *[40.0] * 20]))
    assert fit_composite(data, tree).units["status"].tolist() == ["enough", "insufficient_data"]
    assert fit_composite(data, tree, least=0.6).units["status"].tolist() == ["enough", "enough"]
    half = data.assign(x0=np.nan, x1=np.nan, x2=np.nan)  # 10 and 9 of 20
    assert fit_composite(half, tree, least=0).units["status"].tolist() == ["enough", "insufficient_data"]


def test_heavy_tails_alone_need_no_treatment():
    x = np.array([-100.0, *np.linspace(-1, 1, 30), 100.0])
    moments = moments34(x[:, None])
    assert moments.kurtosis[0] > 3.5
    assert moments.skewness[0] == pytest.approx(0, abs=1e-12)
    assert treated(x[:, None], "winsorise_log").outcomes == ("passed",)
