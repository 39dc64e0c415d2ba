"""Brands in pairs, a brand's items against the sector and its best."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ncsi.model.inference import contrasts
from ncsi.model.inference.importance import gains_of_brands, item_effects


def test_pairs_of_brands_come_once_the_higher_first(asked, inst):
    fit, _, boot = asked
    pairs = contrasts.brand_differences(boot, inst.target, list(fit.sample.groups))
    assert len(pairs) == 15
    assert (pairs["difference"] >= 0).all()
    assert (pairs["p_holm"] >= pairs["p"]).all()
    assert set(pairs["verdict"]) <= {"above", "no_significant_difference"}


def test_gaps_are_to_the_sectors_mean_and_to_the_best(asked, inst):
    fit, _, boot = asked
    gaps = contrasts.item_gaps(boot, list(fit.sample.groups))
    means = gaps.pivot(index="brand", columns="item", values="mean_0_100")
    overall = boot.items.set_index("item")["estimate"]
    got = gaps.pivot(index="brand", columns="item", values="gap_mean")
    np.testing.assert_allclose(got, means - overall[means.columns], atol=1e-9)
    top = gaps.groupby("item")["gap_best"].max()
    assert (top == 0).all()
    assert (gaps["gap_best"] <= 0).all()
    assert not gaps.loc[gaps["brand"] == gaps["best"], "behind_best"].any()


def test_what_is_not_compared_has_no_row_and_changes_no_other_item(asked):
    fit, _, boot = asked
    groups = list(fit.sample.groups)
    compared = np.ones((len(groups), len(fit.instrument.item_ids)), dtype=bool)
    every = contrasts.item_gaps(boot, groups, compared)
    pd.testing.assert_frame_equal(every, contrasts.item_gaps(boot, groups))
    best = every.loc[every["item"] == fit.instrument.item_ids[0], "best"].iloc[0]
    compared[groups.index(best), 0] = compared[0, 1] = False
    found = contrasts.item_gaps(boot, groups, compared)
    assert (len(found), found[["mean_0_100", "gap_mean_low", "gap_best"]].isna().any(axis=None)) == (
        compared.sum(),
        False,
    )
    first = found[found["item"] == fit.instrument.item_ids[0]]
    assert best not in {*first["best"], *first["brand"]}
    assert first["gap_best"].max() == 0
    keys, figures = ["brand", "item"], ["mean_0_100", "gap_mean", "gap_best", "gap_best_low"]
    others = every[~every["item"].isin(fit.instrument.item_ids[:2])].set_index(keys)[figures]
    pd.testing.assert_frame_equal(found.set_index(keys).loc[others.index, figures], others)
    gains = gains_of_brands(boot, groups, compared)
    assert not gains.isna().any(axis=None)
    assert len(gains) < len(gains_of_brands(boot, groups))


def test_a_brand_against_its_sector_knows_that_the_sector_holds_it(asked):
    """Linearised: Var(b − s) = (1 − 2a) Var b + Var s, a the brand's part of the weight; df by Welch-Satterthwaite."""
    fit, _, boot = asked
    found = contrasts.against_all(boot).set_index(["group", "construct"])
    own = boot.index_by.set_index(["brand", "construct"])
    whole = boot.index.set_index("construct")
    weight = np.array(
        [fit.sample.weights[fit.sample.group == g].sum() for g in range(len(fit.sample.groups))]
    )
    part = dict(zip(fit.sample.groups, weight / weight.sum(), strict=True))
    for (brand, construct), row in found.iterrows():
        b, s = own.loc[brand, construct], whole.loc[construct]
        assert row["difference"] == pytest.approx(b["estimate"] - s["estimate"])
        assert row["se"] ** 2 == pytest.approx((1 - 2 * part[brand]) * b["se"] ** 2 + s["se"] ** 2, rel=0.2)
        assert row["p"] == pytest.approx(2 * stats.t.sf(abs(row["difference"] / row["se"]), row["df"]))
        assert row["high"] - row["difference"] == pytest.approx(stats.t.ppf(0.975, row["df"]) * row["se"])


def test_shares_that_are_not_exact_add_to_the_error(asked):
    _, _, boot = asked
    sure, unsure = (contrasts.against_all(boot, added) for added in (0.0, np.full(len(boot.index), 4.0)))
    np.testing.assert_allclose(unsure["se"] ** 2, sure["se"] ** 2 + 4)
    np.testing.assert_allclose(unsure["df"], (sure["se"] ** 2 + 4) ** 2 / (sure["se"] ** 4 / sure["df"]))
    assert (unsure["p"] > sure["p"]).all()


def test_the_gain_of_a_closed_gap_is_the_effect_times_the_gap_in_every_replicate(asked):
    fit, _, boot = asked
    groups = list(fit.sample.groups)
    found = gains_of_brands(boot, groups).set_index(["group", "item"])
    gaps = contrasts.item_gaps(boot, groups).set_index(["brand", "item"])
    effects = item_effects(boot).set_index("item")
    both = found.join(gaps["gap_best"].rename_axis(["group", "item"])).join(effects["effect"], on="item")
    np.testing.assert_allclose(both["gain"], -both["gap_best"] * both["effect"], atol=1e-12)
    assert (both.loc[both["gap_best"] == 0, ["gain", "low", "high"]] == 0).all(axis=None)
    item, best = effects.index[0], gaps["best"].xs(effects.index[0], level="item").iloc[0]
    k, p = (
        fit.instrument.construct_ids.index(effects["construct"].iloc[0]),
        list(fit.instrument.item_ids).index(item),
    )
    lagging = next(name for name in groups if name != best)
    g, h = groups.index(lagging), groups.index(best)
    draws = boot.draws
    each = draws.impact[k] * draws.weights[p] * (draws.items_by[p, h] - draws.items_by[p, g])
    assert found.loc[(lagging, item), "se"] == pytest.approx(each.std(ddof=1))
    assert found.loc[(lagging, item), "low"] < np.median(each) < found.loc[(lagging, item), "high"]


def test_a_verdict_is_the_sign_of_what_is_significant():
    frame = pd.DataFrame({"difference": [2.0, -2.0, 2.0, 0.0], "p_holm": [0.01, 0.01, 0.06, 0.01]})
    made = contrasts.verdicts(frame, 0.95, "above", "below", "neither")
    assert made.tolist() == ["above", "below", "neither", "neither"]


def test_the_effect_of_an_item_has_the_interval_of_importance_times_weight(asked):
    fit, _, boot = asked
    found = item_effects(boot)
    ids, items = list(fit.instrument.construct_ids), list(fit.instrument.item_ids)
    for row in found.itertuples():
        k, p = ids.index(row.construct), items.index(row.item)
        wanted = boot.intervals.of(
            np.array([row.effect]),
            lambda d, k=k, p=p: d.impact[[k]] * d.weights[[p]],
            boot.spreads.others,
        )
        assert (row.low, row.high) == (pytest.approx(wanted["low"][0]), pytest.approx(wanted["high"][0]))


def test_item_means_of_a_brand_are_those_of_its_respondents(asked):
    """Weighted, over those who answered; the best is the brand with the highest, every gap the distance from it."""
    fit, _, boot = asked
    groups = list(fit.sample.groups)
    gaps = contrasts.item_gaps(boot, groups)
    X, w = fit.sample.X, fit.sample.weights
    means = np.array(
        [
            [np.average(X[own & seen, k], weights=w[own & seen]) for k, seen in enumerate(~np.isnan(X).T)]
            for own in (fit.sample.group == g for g in range(len(groups)))
        ]
    )
    assert gaps["brand"].tolist() == [one for one in groups for _ in range(X.shape[1])]
    assert gaps["item"].tolist() == list(fit.instrument.item_ids) * len(groups)
    np.testing.assert_allclose(gaps["mean_0_100"].to_numpy().reshape(means.shape), means)
    np.testing.assert_allclose(gaps["gap_best"].to_numpy().reshape(means.shape), means - means.max(axis=0))
    best = [groups[k] for k in means.argmax(axis=0)]
    assert gaps["best"].tolist() == best * len(groups)
    for column, low, high in (
        ("gap_mean", "gap_mean_low", "gap_mean_high"),
        ("gap_best", "gap_best_low", "gap_best_high"),
    ):
        assert (gaps[low] <= gaps[column]).all()
        assert (gaps[column] <= gaps[high]).all()
    named = gaps[gaps["p_holm"] < 0.05]
    assert (named["verdict"] == np.where(named["gap_mean"] > 0, "strength", "short_board")).all()
    assert (gaps.loc[gaps["p_holm"] >= 0.05, "verdict"] == "level").all()
