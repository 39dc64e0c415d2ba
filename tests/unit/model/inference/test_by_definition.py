"""Inference against its definitions: likelihoods searched, normal integrals, small cases worked out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

import ncsi
from ncsi.errors import ModelError
from ncsi.model import aggregate, changes, q2_predict
from ncsi.model.inference import contrasts
from ncsi.model.inference.advice import put_first, with_quadrants
from ncsi.model.inference.alternative_weights import index_variants
from ncsi.model.inference.changes import holm
from ncsi.model.inference.contributions import contributions, jointly
from ncsi.model.inference.importance import gains_of_brands, item_effects
from ncsi.model.inference.small_areas import fay_herriot
from ncsi.model.pls.positions import layout_of
from ncsi.model.resampling.freedom import Spread
from ncsi.model.resampling.totals import Quantity


def test_the_variance_between_units_maximises_the_restricted_likelihood():
    """Unequal errors: by a search over the likelihood of all contrasts, log|V| + log|1'V⁻¹1| + r'V⁻¹r."""
    y = np.array([58.0, 66.0, 71.0, 74.0, 83.0, 69.0])
    d = np.array([1.0, 9.0, 4.0, 2.0, 16.0, 0.5])

    def restricted(A):
        v = A + d
        mean = (y / v).sum() / (1 / v).sum()
        return np.log(v).sum() + np.log((1 / v).sum()) + ((y - mean) ** 2 / v).sum()

    best = optimize.minimize_scalar(restricted, bounds=(0.01, 500), method="bounded", options={"xatol": 1e-9})
    found = fay_herriot(y, np.sqrt(d))
    assert found.variance == pytest.approx(best.x, rel=1e-5)
    v = found.variance + d
    assert found.mean == pytest.approx((y / v).sum() / (1 / v).sum())
    np.testing.assert_allclose(found.own, found.variance / v)
    np.testing.assert_allclose(found.high(0.9) - found.estimate, stats.t.ppf(0.95, 5) * found.se)
    np.testing.assert_allclose(found.estimate - found.low(0.9), stats.t.ppf(0.95, 5) * found.se)


def test_an_interval_of_an_aggregate_lies_about_it_by_t():
    sectors = pd.DataFrame(
        {
            "sector": ["x", "y"],
            "construct": "S",
            "n": 50,
            "index_0_100": [80.0, 60.0],
            "se": [1.0, 2.0],
            "df": [9.0, 30.0],
        }
    )
    row = aggregate(sectors, {"x": 0.75, "y": 0.25}, ["construct"], 0.9).iloc[0]
    parts = np.array([0.75**2, 0.25**2 * 4])
    df = parts.sum() ** 2 / (parts**2 / [9, 30]).sum()
    reach = stats.t.ppf(0.95, df) * np.sqrt(parts.sum())
    assert (row["low"], row["high"], row["df"]) == pytest.approx((75 - reach, 75 + reach, df))
    unsure = aggregate(sectors, {"x": 0.75, "y": 0.25}, ["construct"], 0.9, {"x": 0.1, "y": 0.05}).iloc[0]
    added = (0.1 * 5) ** 2 + (0.05 * 15) ** 2
    assert unsure["se"] ** 2 == pytest.approx(parts.sum() + added)


def waves(se, se_0):
    base = {"sector": ["a"], "construct": ["S"], "df": [40.0]}
    return pd.DataFrame({**base, "se": [se], "from_wave": ["2"]}), pd.DataFrame(
        {**base, "se": [se_0], "from_wave": ["1"]}
    )


def test_the_covariance_of_a_panel_is_its_correlation_times_both_errors():
    now, before = waves(0.5, 2.0)
    panel = pd.DataFrame(
        {
            "wave": ["2"],
            "previous": ["1"],
            "sector": ["a"],
            "construct": ["S"],
            "shared": [30],
            "correlation": [0.6],
            "df_change": [29.0],
        }
    )
    row = jointly(now, before, panel).iloc[0]
    assert (row["covariance"], row["df_change"], row["shared"]) == (pytest.approx(0.6), 29.0, 30.0)
    apart = jointly(now, before, panel.iloc[:0]).iloc[0]
    assert apart["covariance"] == 0
    assert apart["df_change"] == pytest.approx((0.25 + 4) ** 2 / (0.25**2 / 40 + 4**2 / 40))
    assert np.isnan(apart["shared"])
    same = jointly(now, now, panel).iloc[0]
    assert (same["covariance"], same["df_change"]) == (0.25, 40.0)


@pytest.mark.parametrize(
    ("change", "word"),
    [(9.0, "rose"), (-9.0, "fell"), (0.1, "no_significant_change"), (-0.1, "no_significant_change")],
)
def test_a_change_is_named_by_its_sign_where_it_is_significant(change, word):
    now = pd.DataFrame({"unit": ["a"], "index_0_100": [70.0 + change], "se": [1.0], "df": [np.nan]})
    before = now.assign(index_0_100=70.0)
    row = changes(now, before, ["unit"], 0.95).iloc[0]
    assert row["verdict"] == word
    assert (row["low"], row["high"]) == pytest.approx(
        (change - 1.959964 * 2**0.5, change + 1.959964 * 2**0.5), abs=1e-5
    )


def test_a_difference_without_an_error_has_no_test_and_none_has_p_1(asked):
    _, _, boot = asked
    gap = np.array([0.0, 2.0, -3.0])
    still = Quantity(
        gap, lambda d: np.repeat(gap[:, None], d.index.shape[-1], axis=1), Spread(np.ones(3), np.full(3, 9.0))
    )
    found = contrasts.t_tests(boot, still)
    assert found["p"].tolist()[0] == 1.0
    assert found["p"].isna().tolist() == [False, True, True]
    assert (found["df"] == 9).all()
    known = contrasts.t_tests(boot, still, np.full(3, 4.0))
    assert (known["se"] == 2).all()
    assert known["df"].isna().all()
    np.testing.assert_allclose(known["p"], 2 * stats.norm.sf(np.abs(gap) / 2))


def drivers(importance_low, performance):
    return pd.DataFrame(
        {
            "construct": ["A", "B", "C"],
            "item": ["a", "b", "c"],
            "actionable": [True, True, False],
            "importance": [0.4, 0.2, 0.9],
            "importance_low": importance_low,
            "importance_high": [0.5, 0.3, 1.0],
            "performance": performance,
            "performance_low": performance,
            "performance_high": performance,
        }
    )


@pytest.mark.parametrize(
    ("verdict", "behind", "importance_low", "first"),
    [
        (["short_board", "level", "short_board"], [False, False, False], [0.3, 0.1, 0.8], {"a"}),
        (["level", "level", "level"], [False, True, True], [0.3, 0.1, 0.8], {"b"}),
        (["short_board", "short_board", "level"], [True, True, True], [0.3, -0.1, 0.8], {"a"}),
        (["level", "level", "level"], [False, False, False], [0.3, 0.1, 0.8], set()),
        (["short_board", "level", "level"], [False, False, False], [0.0, 0.1, 0.8], set()),
    ],
)
def test_a_brand_is_advised_what_acts_and_where_it_is_behind(verdict, behind, importance_low, first):
    """Actionable, with an importance above zero by its whole interval, and below the mean or behind the best."""
    gaps = pd.DataFrame({"item": ["a", "b", "c"], "verdict": verdict, "behind_best": behind})
    told = with_quadrants(drivers(importance_low, [70.0, 80.0, 60.0]))
    assert put_first(told, gaps) == first


def test_effects_of_items_are_of_constructs_that_act_on_the_target(asked, inst):
    """The target does not act on itself, nor does what follows from it."""
    _, _, boot = asked
    effects = item_effects(boot)
    acting = {p.source for p in inst.paths if p.target == inst.target}
    reaching = set(acting)
    while True:
        more = {p.source for p in inst.paths if p.target in reaching} - reaching
        if not more:
            break
        reaching |= more
    assert set(effects["construct"]) == reaching
    assert inst.target not in reaching
    assert ((effects["low"] <= effects["effect"]) & (effects["effect"] <= effects["high"])).all()


def test_two_folds_predict_one_does_not(survey, inst):
    fit = ncsi.fit_pls(survey.head(120), inst)
    assert len(q2_predict(fit, folds=2)) > 0
    with pytest.raises(ModelError, match="do not make 1 folds"):
        q2_predict(fit, folds=1)


def test_two_groups_can_be_ranked_one_cannot(asked):
    fit, _, boot = asked
    two = tuple(fit.sample.groups[:2])
    found = ncsi.rank_sets(boot, among=two)
    assert found["brand"].tolist() == sorted(
        two, key=lambda one: -dict(zip(found["brand"], found["index_0_100"], strict=True))[one]
    )
    assert found.index.tolist() == [0, 1]
    with pytest.raises(ModelError, match="1 brand to rank"):
        ncsi.rank_sets(boot, among=two[:1])


def test_paths_of_two_groups_are_those_of_their_fits(survey, inst):
    two = survey.assign(half=np.where(np.arange(len(survey)) % 2 == 0, "even", "odd"))
    found = ncsi.micom(two, inst, group="half", permutations=20, seed=3)
    for column, name in (("estimate_a", "even"), ("estimate_b", "odd")):
        own = ncsi.fit_pls(two[two["half"] == name], inst).paths
        np.testing.assert_allclose(found.paths[column], own["estimate"], atol=1e-6)
    np.testing.assert_allclose(
        found.paths["difference"], found.paths["estimate_a"] - found.paths["estimate_b"]
    )
    assert list(found.groups["group"]) == ["even", "odd"]
    assert found.groups.index.tolist() == [0, 1]


def test_a_small_error_is_an_error(asked):
    """A standard error well below 1 tests as one above it does."""
    _, _, boot = asked
    noise = np.random.default_rng(1).normal(scale=0.01, size=(2, len(boot.draws.index[0])))
    gap = np.array([0.03, 0.0])
    found = contrasts.t_tests(
        boot, Quantity(gap, lambda _: gap[:, None] + noise, Spread(np.ones(2), np.array([np.inf, 12.0])))
    )
    se = noise.std(axis=1, ddof=1)
    np.testing.assert_allclose(found["se"], se)
    np.testing.assert_allclose(found["p"], [2 * stats.norm.sf(0.03 / se[0]), 1.0])
    now = pd.DataFrame({"unit": ["a"], "index_0_100": [70.03], "se": [0.01], "df": [np.nan]})
    assert changes(now, now.assign(index_0_100=70.0), ["unit"], 0.95)["p"].item() == pytest.approx(
        2 * stats.norm.sf(0.03 / (0.01 * 2**0.5))
    )


def test_ranks_come_in_their_order_and_who_is_left_out_is_said_where_it_was_asked(survey, inst):
    alone = survey.assign(brand=survey["brand"].where(survey.index > 0, "alone"))
    boot = ncsi.bootstrap(ncsi.fit_pls(alone, inst, by="brand"), replicates=40)
    with pytest.warns(UserWarning, match="ranks leave out alone") as heard:
        found = ncsi.rank_sets(boot)
    assert [one.filename for one in heard] == [__file__]
    assert found["rank"].is_monotonic_increasing
    assert found.index.tolist() == list(range(6))
    assert found["brand"].tolist() != sorted(found["brand"])
    wanted = boot.index_by[boot.index_by["construct"] == inst.target].set_index("brand")["estimate"]
    np.testing.assert_allclose(found["index_0_100"], wanted[found["brand"]])


def test_three_groups_make_three_pairs_numbered_through(survey, inst):
    three = survey.assign(third=np.array(["a", "b", "c"])[np.arange(len(survey)) % 3])
    found = ncsi.micom(three, inst, group="third", permutations=20, seed=3)
    for name, each in (
        ("configural", 1),
        ("composition", 6),
        ("equality", 6),
        ("verdict", 6),
        ("paths", len(inst.paths)),
    ):
        table = getattr(found, name)
        assert table.index.tolist() == list(range(3 * each)), name
        assert table.groupby(["group_a", "group_b"]).size().to_dict() == {
            ("a", "b"): each, ("a", "c"): each, ("b", "c"): each
        }  # fmt: skip
    assert found.groups["group"].tolist() == ["a", "b", "c"]
    assert found.groups.index.tolist() == [0, 1, 2]
    assert (found.permutations, found.failed, found.alpha, found.seed) == (60, 0, 0.05, 3)
    for pair, own in found.paths.groupby(["group_a", "group_b"]):
        np.testing.assert_allclose(own["p_holm"], holm(own["p"]), err_msg=str(pair))
    assert found.paths["p"].max() > 0.3, "groups at random differ in no path"
    whole = found.paths["p"] * 21
    np.testing.assert_allclose(whole, whole.round())


def test_holm_by_hand():
    """Holm (1979): 4 × .01, 3 × .02, 2 × .03 (held at the one before), 1 × .5; a missing p counts for none."""
    assert holm([0.5, 0.01, np.nan, 0.03, 0.02]) == pytest.approx(
        [0.5, 0.04, np.nan, 0.06, 0.06], nan_ok=True
    )
    assert holm([0.6, 0.7]).tolist() == [1.0, 1.0]
    assert np.isnan(holm([np.nan])).all()


@pytest.mark.parametrize(("change", "word"), [(0.5, "rose"), (-0.5, "fell"), (1.5, "rose")])
def test_a_small_change_that_is_sure_is_one(change, word):
    now = pd.DataFrame({"unit": ["a"], "index_0_100": [70.0 + change], "se": [0.05], "df": [np.nan]})
    assert changes(now, now.assign(index_0_100=70.0), ["unit"], 0.95)["verdict"].tolist() == [word]


def test_what_lies_on_a_cut_is_above_it():
    """All items perform alike: none is weak, and what matters less may be overkill."""
    told = with_quadrants(
        pd.DataFrame(
            {
                "construct": ["A", "B", "C"], "actionable": [True, True, True],
                "importance": [0.5, 0.25, 0.375], "performance": [70.0, 70.0, 70.0],
            }
        )
    )  # fmt: skip
    assert told["quadrant"].tolist() == ["keep_up", "possible_overkill", "keep_up"]


def test_the_importance_of_items_adds_up_to_their_constructs(survey, inst):
    """An item of four carries a quarter; performances are the index and the items' weighted means."""
    fit = ncsi.fit_pls(survey, inst, weights="weight")
    made = ncsi.drivers(fit, ncsi.bootstrap(fit, replicates=40))
    blocks, items = made[made["item"].isna()].set_index("construct"), made[made["item"].notna()]
    for name in ("importance", "importance_low", "importance_high"):
        totals = items.groupby("construct")[name].sum()
        np.testing.assert_allclose(totals[blocks.index], blocks[name])
    index = fit.index.set_index("construct")["index_0_100"]
    assert blocks["performance"].to_dict() == pytest.approx(index[blocks.index].to_dict())
    means = np.average(100 * (survey[items["item"]] - 1) / 9, axis=0, weights=survey["weight"])
    np.testing.assert_allclose(items["performance"], means)
    for one, own in items.groupby("construct"):
        assert own["importance"].nunique() == 1, one
    assert set(blocks.index[blocks["actionable"].astype(bool)]) == set(inst.actionable_constructs) & set(
        blocks.index
    )
    assert set(items.loc[items["actionable"].astype(bool), "item"]) <= set(inst.actionable_items)
    assert blocks["actionable"].any()


def test_pairs_of_brands_differ_by_their_indices(asked, inst):
    """Each pair once, by the replicates of the two."""
    fit, _, boot = asked
    found = contrasts.brand_differences(boot, inst.target, list(fit.sample.groups))
    own = boot.index_by[boot.index_by["construct"] == inst.target].set_index("brand")["estimate"]
    gap = own[found["group"]].to_numpy() - own[found["other"]].to_numpy()
    np.testing.assert_allclose(found["difference"], gap)
    k, groups = inst.construct_ids.index(inst.target), list(fit.sample.groups)
    for row in found.itertuples():
        a, b = (boot.draws.index_by[k, groups.index(one)] for one in (row.group, row.other))
        assert row.se == pytest.approx((a - b).std(ddof=1))
    np.testing.assert_allclose(found["p_holm"], holm(found["p"]))


def test_brands_by_other_weights_are_means_of_their_respondents(asked, inst):
    """Equal weights, and the first component of all respondents' correlations, re-normalised over what is answered."""
    fit, _, boot = asked
    found = index_variants(boot).set_index(["brand", "construct"])
    sd = np.sqrt(np.diag(fit.moments.cov))
    R = fit.moments.cov / np.outer(sd, sd)
    for k, name in enumerate(inst.construct_ids):
        block = layout_of(inst).blocks[k]
        first = np.abs(np.linalg.eigh(R[block, block])[1][:, -1]) / sd[block]
        for brand in fit.sample.groups:
            who = (fit.sample.group == list(fit.sample.groups).index(brand)) & ~np.isnan(
                fit.sample.X[:, block]
            ).all(axis=1)
            X, w = fit.sample.X[who][:, block], fit.sample.weights[who]
            for column, outer in (("index_equal_0_100", np.ones(len(first))), ("index_pc1_0_100", first)):
                scores = (np.nan_to_num(X) * outer).sum(axis=1) / (~np.isnan(X) * outer).sum(axis=1)
                assert found.loc[(brand, name), column] == pytest.approx(np.average(scores, weights=w))


def test_aggregates_stand_in_the_order_of_their_sectors_and_shares_need_not_sum_to_one():
    sectors = pd.DataFrame(
        {
            "sector": ["x", "y", "x", "y"], "construct": ["T", "T", "S", "S"], "n": 50,
            "index_0_100": [80.0, 60.0, 70.0, 50.0], "se": 1.0, "df": 9.0,
        }
    )  # fmt: skip
    found = aggregate(sectors, {"x": 0.3, "y": 0.1}, ["construct"], 0.9, {"x": 0.02, "y": 0.01})
    assert found["construct"].tolist() == ["T", "S"]
    added = (0.02 / 0.4 * 5) ** 2 + (0.01 / 0.4 * 15) ** 2
    np.testing.assert_allclose(found["se"] ** 2, 0.75**2 + 0.25**2 + added)
    assert (found["sectors"] == 2).all()
    assert found["coverage"].tolist() == [0.4, 0.4]


def test_a_result_carried_forward_has_no_error_of_its_change():
    """Its contribution is of weights alone, which are taken as known: no interval, no degrees of freedom."""
    base = {
        "sector": ["a", "b"], "construct": "S", "share": [0.5, 0.5], "se": [1.0, 2.0], "df": [40.0, 20.0],
        "index_0_100": [70.0, 80.0],
    }  # fmt: skip
    now = pd.DataFrame({**base, "from_wave": ["1", "2"]})
    before = pd.DataFrame({**base, "share": [0.25, 0.75], "from_wave": "1"})
    panel = pd.DataFrame(
        columns=["wave", "previous", "sector", "construct", "shared", "correlation", "df_change"]
    )
    found = contributions(jointly(now, before, panel), before, 0.95).set_index("sector")
    assert found["basis"].to_dict() == {"a": "carried_forward", "b": "measured"}
    assert found.loc["a", ["se", "low", "high"]].tolist() == [0, *[found.loc["a", "contribution"]] * 2]
    assert found["df"].isna().to_dict() == {"a": True, "b": False}
    b = found.loc["b"]
    assert b["se"] == pytest.approx(0.625 * np.sqrt(4 + 4))
    assert b["df"] == pytest.approx((4 + 4) ** 2 / (16 / 20 + 16 / 20))
    assert b["high"] - b["contribution"] == pytest.approx(stats.t.ppf(0.975, b["df"]) * b["se"])


def test_sectors_are_ranked_in_their_order():
    found = ncsi.model.rank_sets_from_se(["z", "x", "y"], np.array([70.0, 90, 80]), np.ones(3), 0.95, seed=1)
    assert found["unit"].tolist() == ["x", "y", "z"]
    assert found.index.tolist() == [0, 1, 2]


def test_gains_are_numbered_through(asked):
    fit, _, boot = asked
    found = gains_of_brands(boot, list(fit.sample.groups))
    assert found.index.tolist() == list(range(len(found)))
    assert found.groupby("group", sort=False).size().index.tolist() == list(fit.sample.groups)
