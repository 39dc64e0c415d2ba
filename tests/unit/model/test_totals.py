"""Means beside the model from the one bootstrap: against the model's own indices, closed forms, and small cases."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ncsi
from ncsi.errors import ModelError
from ncsi.model.inference import contrasts
from ncsi.model.inference.alternative_weights import index_variants
from ncsi.model.inference.common_faults import common_faults
from ncsi.model.inference.shares import percent_of, wilson
from ncsi.model.inference.small_areas import fay_herriot
from ncsi.model.pls.scores import row_scores
from ncsi.model.resampling.streams import replicate_weights
from ncsi.model.resampling.subsamples import construct_items, score_block
from ncsi.model.resampling.totals import Block, Totals
from ncsi.spec import Item, Measure


@pytest.fixture(scope="module")
def asked(survey_missing, inst):
    """A fit with missing answers, its brands' construct scores and items as totals, and the bootstrap of both."""
    fit = ncsi.fit_pls(survey_missing, inst, weights="weight", by="brand")
    composites = construct_items(fit)
    scores = row_scores(fit.sample.X, fit.outer, composites)
    rows = [np.flatnonzero(fit.sample.group == g) for g in range(len(fit.sample.groups))]
    blocks = [score_block(fit, composites, scores, one) for one in rows]
    totals = Totals.of(fit, [*blocks, *(Block(one, fit.sample.X[one]) for one in rows)])
    return fit, totals, ncsi.bootstrap(fit, replicates=300, seed=4, totals=totals)


def test_scores_summed_beside_the_model_are_its_indices_in_every_replicate(asked, inst):
    """To first order in the outer weights: what is left is far below a standard error."""
    fit, totals, boot = asked
    for g, name in enumerate(fit.sample.groups):
        own = totals.mean([g])
        rows = boot.index_by[boot.index_by["brand"] == name]
        np.testing.assert_allclose(own.estimate, rows["estimate"], rtol=1e-12)
        off = own.pick(boot.draws) - boot.draws.index_by[:, g]
        assert (off.std(axis=1) < 0.04 * rows["se"].to_numpy()).all()
        assert own.pick(boot.draws).std(axis=1, ddof=1) == pytest.approx(rows["se"], rel=5e-3)


def test_blocks_together_are_the_sector(asked):
    fit, totals, boot = asked
    whole = totals.mean(range(len(fit.sample.groups)))
    np.testing.assert_allclose(whole.estimate, boot.index["estimate"], rtol=1e-12)
    assert whole.pick(boot.draws).std(axis=1, ddof=1) == pytest.approx(boot.index["se"], rel=5e-3)


def test_the_bootstrap_is_the_same_with_and_without_totals(asked):
    fit, _, boot = asked
    alone = ncsi.bootstrap(fit, replicates=300, seed=4)
    pd.testing.assert_frame_equal(alone.index_by, boot.index_by)


def test_the_error_of_a_difference_of_brands_is_that_of_independent_means(asked):
    """Within strata drawn apart, Var(a − b) = Var a + Var b but for the shared outer weights."""
    fit, totals, boot = asked
    gap = contrasts.tested(boot, totals.mean([0]).minus(totals.mean([1])))
    rows = [boot.index_by[boot.index_by["brand"] == name]["se"].to_numpy() for name in fit.sample.groups[:2]]
    assert gap["se"].to_numpy() == pytest.approx(np.hypot(*rows), rel=0.12)
    half = stats.norm.ppf(0.975) * gap["se"]
    np.testing.assert_allclose(gap["high"] - gap["difference"], half)
    np.testing.assert_allclose(gap["p"], 2 * stats.norm.sf(np.abs(gap["difference"] / gap["se"])))


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


def test_a_brands_own_weights_are_those_of_a_fit_to_its_rows(survey, inst):
    fit = ncsi.fit_pls(survey, inst, weights="weight", by="brand")
    own = index_variants(ncsi.bootstrap(fit, replicates=50)).set_index(["brand", "construct"])
    name = fit.sample.groups[0]
    alone = ncsi.fit_pls(survey[survey["brand"] == name], inst, weights="weight")
    expected = alone.index.set_index("construct")["index_0_100"]
    assert own.loc[name, "index_own_0_100"].to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-4)
    equal = survey[survey["brand"] == name]
    items = [item.id for item in inst.construct("Satisfaction").items]
    mean = np.average(100 * (equal[items].mean(axis=1) - 1) / 9, weights=equal["weight"])
    assert own.loc[(name, "Satisfaction"), "index_equal_0_100"] == pytest.approx(mean)


def item(low: int, high: int) -> Item:
    words = {"zh": "题", "en": "q"}
    return Item.model_validate(
        {"id": "Q", "label": words, "question": words, "scale": {"min": low, "max": high}}
    )


@pytest.mark.parametrize(
    ("measure", "scale", "answers", "points"),
    [
        ({"measure": "nps"}, (0, 10), [0, 6, 7, 8, 9, 10, np.nan], [-100, -100, 0, 0, 100, 100, np.nan]),
        ({"measure": "top_two_box"}, (1, 10), [1, 8, 9, 10], [0, 0, 100, 100]),
        ({"measure": "top_two_box"}, (1, 5), [3, 4, 5], [0, 100, 100]),
        ({"measure": "complaint_rate"}, (0, 1), [0, 1, np.nan], [0, 100, np.nan]),
        ({"measure": "complaints_handled", "answers": (7, 8, 9, 10)}, (1, 10), [6, 7, 10], [0, 100, 100]),
    ],
)
def test_what_each_answer_adds(measure, scale, answers, points):
    declared = Measure.model_validate({"item": "Q", **measure})
    np.testing.assert_array_equal(percent_of(answers, declared, item(*scale)), points)


def test_nps_and_its_error_are_the_textbooks(survey, inst):
    """100(p − d), SE = 100 √((p + d − (p − d)²)/n)."""
    fit = ncsi.fit_pls(survey, inst)
    answers = survey[inst.item_ids[0]].to_numpy()[fit.sample.rows]
    points = percent_of(answers, Measure(measure="nps", item="Q"), item(0, 10))
    totals = Totals.of(fit, [Block(slice(None), points[:, None])])
    boot = ncsi.bootstrap(fit, replicates=2000, totals=totals)
    score = totals.mean([0])
    p, d, n = (answers >= 9).mean(), (answers <= 6).mean(), len(answers)
    assert score.estimate[0] == pytest.approx(100 * (p - d))
    assert boot.intervals.se(score.estimate, score.pick)[0] == pytest.approx(
        100 * ((p + d - (p - d) ** 2) / n) ** 0.5, rel=0.05
    )


def test_wilsons_interval_is_the_textbooks():
    """Agresti & Coull (1998): 0 of 10 gives 0 to .2775; 5 of 10 gives .2366 to .7634."""
    low, high = wilson(
        np.array([0.0, 50.0]), np.array([0.0, 100 * (0.25 / 10) ** 0.5]), np.full(2, 10.0), 0.95
    )
    np.testing.assert_allclose(low, [0, 23.66], atol=0.01)
    np.testing.assert_allclose(high, [27.75, 76.34], atol=0.01)


def test_shrinkage_with_equal_errors_is_the_closed_form():
    """Balanced: REML is A = s² − SE², the predictor James-Stein's with its shrinkage SE²/s²."""
    y, se = np.array([60.0, 66, 70, 75, 79]), np.full(5, 3.0)
    shrunk = fay_herriot(y, se)
    assert shrunk.variance == pytest.approx(y.var(ddof=1) - 9)
    np.testing.assert_allclose(shrunk.estimate, y.mean() + (1 - 9 / y.var(ddof=1)) * (y - y.mean()))
    assert (shrunk.se > np.sqrt(shrunk.own) * 3).all()


def test_shrinkage_holds_what_it_promises():
    """Modelled intervals hold the true means of small units, and err less than their own estimates."""
    rng = np.random.default_rng(2)
    held, own_error, error = [], [], []
    for _ in range(400):
        se = np.array([1.0] * 8 + [2.5, 3.0])
        truth = 70 + 2 * rng.standard_normal(10)
        y = truth + se * rng.standard_normal(10)
        s = fay_herriot(y, se)
        held.extend((s.low(0.95) <= truth)[8:] & (truth <= s.high(0.95))[8:])
        own_error.extend((y - truth)[8:] ** 2)
        error.extend((s.estimate - truth)[8:] ** 2)
    assert 0.925 < np.mean(held) < 0.985
    assert np.mean(error) < 0.55 * np.mean(own_error)


def test_units_that_do_not_differ_are_one():
    shrunk = fay_herriot([70.0, 70.1, 69.9, 70.0], [3.0, 3.0, 3.0, 3.0])
    assert shrunk.variance == 0
    np.testing.assert_allclose(shrunk.estimate, 70)


@pytest.mark.parametrize(
    ("y", "se", "said"),
    [([70.0, 71], [1.0, 1], "three or more"), ([70.0, 71, 72], [1.0, 0, 1], "not positive")],
)
def test_what_cannot_be_shrunk_is_refused(y, se, said):
    with pytest.raises(ModelError, match=said):
        fay_herriot(y, se)


def test_a_common_fault_is_below_the_nation_for_over_two_thirds_of_brands():
    brands = pd.DataFrame(
        {
            "sector": ["a"] * 3 + ["b"] * 3 + ["c"] * 3, "brand": list("xyz") * 3, "item": "Q1",
            "mean_0_100": [60.0, 61, 90, 60, 61, 62, 80, 81, 82],
        }
    )  # fmt: skip
    items = pd.DataFrame(
        {"sector": ["a", "b", "c"], "construct": "Quality", "item": "Q1", "mean_0_100": [70.0, 61, 81]}
    )
    found = common_faults(
        brands, items, {"a": "ccsi", "b": "ccsi", "c": "fmcg"}, {"a": 0.5, "b": 0.25, "c": 0.25}
    )
    assert found["sector"].tolist() == ["a", "b"], "another questionnaire's Q1 is another question"
    assert found["national_mean_0_100"].to_numpy() == pytest.approx((70 * 0.5 + 61 * 0.25) / 0.75)
    assert found["share_below"].to_numpy() == pytest.approx([2 / 3, 1])
    assert found["common_fault"].tolist() == [False, True]


def test_replicate_weights_carry_the_totals_too(survey, inst):
    """Rao-Wu weights made of the bootstrap's own streams: same errors of a brand's score as of its index."""
    fit = ncsi.fit_pls(survey, inst, by="brand")
    composites = construct_items(fit)
    rows = np.flatnonzero(fit.sample.group == 0)
    totals = Totals.of(
        fit, [score_block(fit, composites, row_scores(fit.sample.X, fit.outer, composites), rows)]
    )
    drawn = np.vstack(list(replicate_weights(fit.sample.weights, fit.sample.stratum, 100, seed=1)))
    columns = np.empty((len(survey), 100))
    columns[fit.sample.rows] = drawn.T
    boot = ncsi.replicated(fit, pd.DataFrame(columns), df=100.0, totals=totals)
    own, index = totals.mean([0]), boot.index_by[boot.index_by["brand"] == fit.sample.groups[0]]
    assert boot.intervals.se(own.estimate, own.pick) == pytest.approx(index["se"].to_numpy(), rel=5e-3)
    assert np.isfinite(boot.own).all()


def test_bca_leaves_rows_out_of_the_totals_too(survey, inst):
    fit = ncsi.fit_pls(survey.head(240), inst)
    totals = Totals.of(fit, [Block(slice(0, 120), fit.sample.X[:120])])
    boot = ncsi.bootstrap(fit, replicates=200, interval="bca", totals=totals)
    half = totals.mean([0])
    found = boot.intervals.of(half.estimate, half.pick)
    assert ((found["low"] < half.estimate) & (half.estimate < found["high"])).all()
