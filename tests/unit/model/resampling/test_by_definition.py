"""Resampling against its definitions: intervals with ties, quantities of a replicate, persons in two waves."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ncsi
from ncsi.errors import ModelError, NotConverged
from ncsi.model import paired, replicated
from ncsi.model.inference.importance import drivers
from ncsi.model.moments.sample import Sample
from ncsi.model.pls.positions import layout_of
from ncsi.model.pls.scores import row_scores
from ncsi.model.resampling.draws import Draws, draws_of, score_sd
from ncsi.model.resampling.freedom import influences, of_weights, satterthwaite, spread_of
from ncsi.model.resampling.intervals import Bca, Percentile, t_reach
from ncsi.model.resampling.panel import _correlation, _weights
from ncsi.model.resampling.permutation import _labelled, _shuffles, observed, pooled_of
from ncsi.model.resampling.replicates import estimates_by
from ncsi.model.resampling.streams import left_out_weights
from ncsi.model.resampling.subsamples import construct_items, slopes_of
from ncsi.model.resampling.totals import Block, Totals


def sample(weights, stratum=None) -> Sample:
    n = len(weights)
    strata, nobody = np.zeros(n, dtype=np.intp) if stratum is None else stratum, np.zeros(n, dtype=np.intp)
    return Sample(
        np.zeros((n, 1)), np.asarray(weights, dtype=float), nobody, (), strata, 0, np.arange(n), None
    )


def only(items) -> Draws:
    """Draws of which an interval is asked for the items alone."""
    nothing = np.empty(0)
    return Draws(*(items if name == "items" else nothing for name in Draws.__dataclass_fields__))


@pytest.mark.parametrize("level", [0.0, 1.0, 1.5, -0.5])
def test_a_level_lies_between_0_and_1(asked, level):
    with pytest.raises(ModelError, match="must lie between 0 and 1"):
        ncsi.bootstrap(asked[0], level=level)


def test_two_replicates_are_the_fewest(survey, inst):
    made = ncsi.bootstrap(ncsi.fit_pls(survey.head(120), inst), replicates=2)
    for name in ("se", "low", "high"):
        assert made.index[name].notna().all()
    np.testing.assert_allclose(made.index["se"], made.draws.index.std(axis=1, ddof=1))


def test_the_interval_is_of_the_kind_asked_for_and_htmt_only_where_it_is(survey, inst):
    fit = ncsi.fit_pls(survey.head(120), inst)
    plain, bca = (ncsi.bootstrap(fit, replicates=40, interval=kind) for kind in ("percentile", "bca"))
    assert isinstance(plain.intervals, Percentile)
    assert isinstance(bca.intervals, Bca)
    assert bca.intervals.jackknife.index.shape == (len(inst.construct_ids), 120)
    assert plain.htmt is None
    rng = np.random.default_rng(1)
    given = pd.DataFrame(rng.exponential(size=(120, 10)))
    made = replicated(fit, given)
    assert made.htmt is None
    assert made.failed == plain.failed == 0
    assert (plain.seed, made.replicates, made.level) == (1, 10, 0.95)
    np.testing.assert_allclose(
        made.index["estimate"] - made.index["low"], made.index["high"] - made.index["estimate"]
    )
    assert (made.index["low"] < made.index["high"]).all()
    gaps = made.draws.index - fit.index["index_0_100"].to_numpy()[:, None]
    np.testing.assert_allclose(made.index["se"], np.sqrt((gaps**2).mean(axis=1)))
    asked_for = replicated(fit, given, rscales=np.full(10, 4.0), htmt=True)
    assert list(asked_for.htmt["estimate"]) == pytest.approx(list(fit.htmt["htmt"]))
    np.testing.assert_allclose(asked_for.index["se"], 2 * made.index["se"])


def test_a_caution_is_said_where_the_caller_stands(survey, inst):
    """Fitting 30 respondents, bootstrapping them, and replicate weights of them: each warns of this file."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        fit = ncsi.fit_pls(survey.head(30), inst)
        ncsi.bootstrap(fit, replicates=20)
        replicated(fit, pd.DataFrame(np.random.default_rng(1).exponential(size=(30, 10))))
    said = [one for one in heard if "effective respondents" in str(one.message)]
    assert len(said) == 3
    assert {one.filename for one in said} == {__file__}


def test_half_of_the_ties_lie_below_the_estimate():
    """Replicates on a grid, symmetric about an estimate that many of them equal: no bias, so BCa is the percentiles."""
    draws = np.repeat(np.arange(-10.0, 11), 40)[None]
    left_out = np.array([[-1.0, 0, 1]])
    found = Bca(only(draws), only(left_out), 0.9).of(np.zeros(1), lambda d: d.items, np.inf)
    assert (found["low"][0], found["high"][0]) == tuple(np.quantile(draws[0], [0.05, 0.95]))
    beyond = Bca(only(draws), only(left_out), 0.9).of(np.array([50.0]), lambda d: d.items, np.inf)
    z0 = stats.norm.ppf((840 - 0.5) / 840)
    ends = [np.quantile(draws[0], stats.norm.cdf(2 * z0 + z)) for z in (-stats.norm.ppf(0.95), 10)]
    assert beyond["low"][0] == pytest.approx(ends[0])
    assert beyond["high"][0] == 10
    below = Bca(only(draws), only(left_out), 0.9).of(np.array([-50.0]), lambda d: d.items, np.inf)
    assert (below["low"][0], below["high"][0]) == (-10, pytest.approx(-ends[0]))
    spread = Bca(only(draws), only(left_out), 0.9).se(np.zeros(1), lambda d: d.items)
    assert spread == pytest.approx(draws.std(axis=1, ddof=1))


def test_acceleration_is_a_sixth_of_the_skewness_of_what_is_left_out():
    """Efron (1987): a = Σd³ / 6(Σd²)^1.5, and ends at Φ(z₀ + (z₀ + z)/(1 − a(z₀ + z)))."""
    draws = np.sort(np.random.default_rng(2).normal(size=999))[None]
    left_out = np.array([[0.0, 0.1, 0.3, 1.4]])
    d = left_out[0].mean() - left_out[0]
    a = (d**3).sum() / (6 * (d**2).sum() ** 1.5)
    z0 = stats.norm.ppf((draws < 0.2).mean())
    found = Bca(only(draws), only(left_out), 0.95).of(np.array([0.2]), lambda d: d.items, 12.0)
    z = stats.t.ppf(0.975, 12)
    for end, sign in (("low", -1), ("high", 1)):
        share = stats.norm.cdf(z0 + (z0 + sign * z) / (1 - a * (z0 + sign * z)))
        assert found[end][0] == pytest.approx(np.quantile(draws[0], share))
    assert found["df"][0] == 12
    still = Bca(only(draws), only(np.zeros((1, 4))), 0.95).of(np.array([0.2]), lambda d: d.items, 12.0)
    shift = stats.norm.cdf(2 * z0 - z)
    assert still["low"][0] == pytest.approx(np.quantile(draws[0], shift)), "nothing left out moves it: a is 0"


def test_percentile_ends_are_order_statistics_of_type_6():
    draws = np.random.default_rng(3).normal(size=(2, 199))
    found = Percentile(only(draws), 0.9).of(np.zeros(2), lambda d: d.items, np.array([np.inf, 8.0]))
    for row, tail in enumerate((0.05, stats.norm.cdf(-stats.t.ppf(0.95, 8)))):
        wanted = np.quantile(draws[row], [tail, 1 - tail], method="weibull")
        assert (found["low"][row], found["high"][row]) == pytest.approx(tuple(wanted))
        assert found["se"][row] == pytest.approx(draws[row].std(ddof=1))
    assert t_reach(0.9, np.array([8.0, np.inf])) == pytest.approx(
        [stats.t.ppf(0.95, 8), stats.norm.ppf(0.95)]
    )


def test_what_counts_as_not_positive():
    nothing = np.empty(0)
    own = {
        "weights": np.array([[0.0, 1, 1, -1], [1, 1, 1, 1]]), "loadings": np.array([[1.0, 1, 0, -1], [1, 2, 3, 1e-9]])
    }  # fmt: skip
    draws = Draws(*(own.get(name, nothing) for name in Draws.__dataclass_fields__))
    assert draws.share_not_positive.tolist() == [0.75, 0.0]


def test_the_sample_as_its_own_replicate_gives_the_fit(survey, inst):
    """Every quantity, from the weights of the sample itself; importance as of the drivers."""
    fit = ncsi.fit_pls(survey, inst, weights="weight", by="brand")
    draws, good = draws_of(fit, [fit.sample.weights[None]], htmt=True)
    assert draws_of(fit, [fit.sample.weights[None]])[0].htmt.shape == (0, 1)
    assert good.tolist() == [True]
    own = drivers(fit)
    of_constructs = own[own["item"].isna()].set_index("construct")["importance"]
    impact = dict(zip(inst.construct_ids, draws.impact[:, 0], strict=True))
    assert {name: impact[name] for name in of_constructs.index} == pytest.approx(of_constructs.to_dict())
    np.testing.assert_allclose(draws.weights[:, 0], fit.weights["weight"], atol=1e-6)
    np.testing.assert_allclose(draws.loadings[:, 0], fit.weights["loading"], atol=1e-6)
    np.testing.assert_allclose(draws.htmt[:, 0], fit.htmt["htmt"])
    np.testing.assert_allclose(draws.index[:, 0], fit.index["index_0_100"], atol=1e-5)
    np.testing.assert_allclose(
        draws.items[:, 0], np.average(fit.sample.X, axis=0, weights=fit.sample.weights)
    )
    for g, name in enumerate(fit.sample.groups):
        rows = fit.index_by[fit.index_by["brand"] == name]
        np.testing.assert_allclose(draws.index_by[:, g, 0], rows["index_0_100"], atol=1e-5)
        who = fit.sample.group == g
        means = np.average(fit.sample.X[who], axis=0, weights=fit.sample.weights[who])
        np.testing.assert_allclose(draws.items_by[:, g, 0], means)
    for row in fit.total_effects.itertuples(index=False):
        at = [inst.construct_ids.index(one) for one in row[:2]]
        assert draws.effects[*at, 0] == pytest.approx(row.estimate, abs=1e-6)


def test_the_spread_of_a_score_is_its_standard_deviation(survey, inst):
    fit = ncsi.fit_pls(survey, inst)
    layout = layout_of(inst)
    found = score_sd(fit.weights[["weight_std"]].to_numpy(), fit.moments.sd[:, None], layout)[:, 0]
    np.testing.assert_allclose(found, row_scores(fit.sample.X, fit.outer, layout.blocks).std(axis=0))


def test_each_brand_alone_has_the_index_of_a_fit_to_its_rows(survey, inst):
    three = survey[survey["brand"].isin(["B1", "B2", "B3"])]
    boot = ncsi.bootstrap(ncsi.fit_pls(three, inst, weights="weight", by="brand"), replicates=20)
    assert boot.own.shape == (len(inst.construct_ids), 3)
    for g, name in enumerate(boot.fit.sample.groups):
        alone = ncsi.fit_pls(three[three["brand"] == name], inst, weights="weight")
        np.testing.assert_allclose(boot.own[:, g], alone.index["index_0_100"], atol=1e-4)
    assert ncsi.bootstrap(ncsi.fit_pls(three, inst), replicates=20).own.shape == (len(inst.construct_ids), 0)


def test_estimates_stand_as_the_replicates_do(asked, survey, inst):
    fit, _, boot = asked
    table = fit.index_by.pivot(index="construct", columns="brand", values="index_0_100")
    wanted = table.loc[list(inst.construct_ids), list(fit.sample.groups)]
    np.testing.assert_array_equal(estimates_by(fit), wanted)
    assert boot.draws.index_by.shape[:2] == wanted.shape
    alone = ncsi.fit_pls(survey.head(120), inst)
    assert estimates_by(alone)[:, 0].tolist() == alone.index["index_0_100"].tolist()


def test_slopes_are_the_derivatives_of_weighted_means_in_the_outer_weights(asked, inst):
    """By central differences, with missing answers, over some of the respondents."""
    fit, _, _ = asked
    composites = construct_items(fit)
    rows = np.flatnonzero(fit.sample.group == 1)
    scores = row_scores(fit.sample.X, fit.outer, composites)
    found = slopes_of(fit, composites, scores, rows)

    def means(outer):
        made = row_scores(fit.sample.X[rows], outer, composites)
        given, w = ~np.isnan(made), fit.sample.weights[rows]
        return (w @ np.nan_to_num(made)) / (w @ given)

    step = 1e-5
    for p in range(len(fit.outer)):
        moved = np.eye(len(fit.outer))[p] * step
        slope = (means(fit.outer + moved) - means(fit.outer - moved)) / (2 * step)
        np.testing.assert_allclose(found[:, p], slope, atol=1e-6)
    nobody = slopes_of(fit, composites, np.full_like(scores, np.nan), rows)
    assert (nobody == 0).all()


def test_a_question_that_nobody_answered_takes_part_in_nothing():
    u, given = influences(np.array([1.0, 3.0, 0.0]), np.array([[np.nan, 2.0], [np.nan, 6.0], [np.nan, 50.0]]))
    assert u[:, 0].tolist() == [0, 0, 0]
    np.testing.assert_allclose(u[:, 1], [0.25 * (2 - 5), 0.75 * (6 - 5), 0])
    assert given.tolist() == [[False, True], [False, True], [False, False]]


def test_a_stratum_of_one_has_no_degree_of_freedom():
    """Strata of 3, 1 and 2: (3 − 1) + (2 − 1), and the variance of the two that vary."""
    y = np.array([[1.0], [2], [6], [40], [3], [5]])
    stratum = np.array([0, 0, 0, 1, 2, 2])
    spread = spread_of(sample(np.ones(6), stratum), y, slice(None))
    u = (y[:, 0] - y.mean()) / 6
    parts = [u[stratum == s] for s in (0, 2)]
    squares = [((one - one.mean()) ** 2).sum() for one in parts]
    fourth = [((one - one.mean()) ** 4).sum() for one in parts]
    assert spread.variance[0] == pytest.approx(squares[0] * 3 / 2 + squares[1] * 2)
    wanted = 2 * sum(squares) ** 2 / (sum(fourth) - squares[0] ** 2 / 3 - squares[1] ** 2 / 2)
    assert spread.df[0] == pytest.approx(min(max(wanted, 1), 3))
    alike = spread_of(sample(np.ones(6), stratum), np.where(stratum == 1, 9.0, 2.0)[:, None], slice(None))
    assert (alike.variance[0], alike.df[0]) == (pytest.approx(0, abs=1e-20), 3), (
        "nothing varies: the most that the strata allow"
    )
    lone = spread_of(sample(np.ones(2), np.array([0, 1])), np.array([[1.0], [2.0]]), slice(None))
    assert (lone.variance[0], lone.df[0]) == (0, 1)


def test_satterthwaite_of_parts_known_exactly_is_infinite():
    assert np.isinf(satterthwaite(np.array([[1.0], [2.0]]), np.array([[np.inf], [np.nan]]))).all()


@pytest.mark.parametrize("scale", [0.001, 1.0, 30.0])
def test_shared_rows_keep_the_weight_of_their_stratum_at_any_size_of_weights(survey, inst, scale):
    fit = ncsi.fit_pls(survey.head(60).assign(w=scale), inst, weights="w", by="brand")
    at = np.arange(0, 60, 2)
    counts = np.random.default_rng(1).integers(0, 3, (5, len(at))).astype(float)
    (made,) = _weights(fit.sample, at, iter([counts]), np.arange(len(at)))
    strata = fit.sample.stratum[at]
    for s in np.unique(strata):
        kept = counts[:, strata == s].sum(axis=1) > 0
        np.testing.assert_allclose(made[kept][:, at[strata == s]].sum(axis=1), scale * (strata == s).sum())
    others = np.setdiff1d(np.arange(60), at)
    assert (made[:, others] == scale).all()


@pytest.fixture(scope="module")
def two_waves(survey, inst):
    """Two waves: 120 people, of whom the second half of the first are the first half of the next."""
    rng = np.random.default_rng(8)
    items = list(inst.item_ids)
    people = survey.assign(half=np.where(np.arange(len(survey)) % 3 == 0, "a", "b"))
    before = people.head(120).reset_index(drop=True)
    now = people.iloc[60:180].reset_index(drop=True)
    now[items] = np.clip(now[items] + rng.integers(-1, 2, (120, len(items))), 1, 10)
    return now, before


@pytest.mark.parametrize("by", [None, "half"])
def test_the_freedom_of_a_change_is_of_what_each_person_adds_to_it(two_waves, inst, by):
    """Within groups, the shared, the new and the gone are a stratum each; who is in both waves adds the difference."""
    now, before = (ncsi.fit_pls(one, inst, by=by) for one in two_waves)
    found = paired(now, before, two_waves[0]["respondent"], two_waves[1]["respondent"], 40, seed=2)
    assert len(found.index_by) == (0 if by is None else 2 * len(inst.construct_ids))
    assert (found.index["shared"] == 60).all()
    assert (found.index["overlap"] == 0.5).all()
    u, v = (
        pd.DataFrame(scores - scores.mean(axis=0)).set_index(frame["respondent"].iloc[fit.sample.rows]) / 120
        for fit, frame, scores in (
            (fit, frame, row_scores(fit.sample.X, fit.outer, layout_of(inst).blocks))
            for fit, frame in zip((now, before), two_waves, strict=True)
        )
    )
    adds = u.sub(v, fill_value=0.0)
    group = pd.concat(two_waves).drop_duplicates("respondent").set_index("respondent")["half"][adds.index]
    kind = adds.index.isin(u.index) * 2 + adds.index.isin(v.index)
    strata = [kind] if by is None else [kind, group.to_numpy()]
    centred = adds - adds.groupby(strata).transform("mean")
    squares, sizes = (centred**2).groupby(strata).sum(), adds.groupby(strata).size()
    unsure = (centred**4).sum() - squares.pow(2).div(sizes, axis=0).sum()
    wanted = np.minimum(2 * squares.sum() ** 2 / unsure, 180 - len(sizes))
    np.testing.assert_allclose(found.index["df_change"], wanted)


def test_waves_of_different_constructs_are_not_compared(two_waves, inst):
    fit = ncsi.fit_pls(two_waves[0], inst)
    fewer = replace(fit, instrument=inst.model_copy(update={"constructs": inst.constructs[:-1]}))
    with pytest.raises(ModelError, match="different constructs"):
        paired(fit, fewer, two_waves[0]["respondent"], two_waves[0]["respondent"], 40, seed=2)


def hardly_varying(survey, inst, others, w=1.0):
    """120 respondents of weights w, of whom so many answered IMA1 otherwise than with 9."""
    frame = survey.head(120).assign(IMA1=9, w=w)
    frame.loc[frame.index[:others], "IMA1"] = frame["IMA2"].head(others).clip(1, 8)
    return ncsi.fit_pls(frame, inst, weights="w")


def test_one_replicate_in_a_thousand_may_be_lost(survey, inst):
    """An item that 7 of 120 answered otherwise is constant in some e⁻⁷ of the replicates: they are left out."""
    fit = hardly_varying(survey, inst, 7)
    boot = ncsi.bootstrap(fit, replicates=2000, seed=9)
    assert (boot.failed, boot.replicates) == (2, 1998)
    assert np.isfinite(boot.draws.paths).all()
    assert np.isfinite(boot.paths["se"]).all()
    with pytest.raises(NotConverged, match="2 of 1999 replicates did not converge"):
        ncsi.bootstrap(fit, replicates=1999, seed=9)


def test_replicates_without_an_item_that_varies_are_refused(survey, inst):
    fit = hardly_varying(survey, inst, 1)
    with pytest.raises(
        NotConverged, match=r"replicates did not converge.*item IMA1 \(119 of 120 answers alike"
    ):
        ncsi.bootstrap(fit, replicates=64)
    weights = pd.DataFrame(np.ones((120, 3))).assign(without=np.r_[0.0, np.ones(119)])
    with pytest.raises(NotConverged, match="1 of 4 replicates did not converge"):
        replicated(fit, weights)


def test_beside_missing_answers_rounding_makes_no_item_vary(survey, inst):
    """Of a correction of the EM step it leaves more than of a sum of answers that are all alike."""
    partly = survey["IMA3"].where(survey.index % 11 != 0)
    fit = hardly_varying(survey.assign(IMA3=partly), inst, 7)
    weights = np.random.default_rng(3).poisson(1.0, (200, 120)).astype(float)
    weights[:100, :7] = 0.0
    weights[100:, 0] = 1.0
    assert draws_of(fit, [weights])[1].tolist() == [False] * 100 + [True] * 100


@pytest.mark.parametrize("partly", [False, True])
def test_what_a_permuted_group_leaves_of_the_whole_makes_no_item_vary(survey, inst, partly):
    """All who answered otherwise are in the first group, or in the second, whose moments are what the first leaves."""
    frame = survey.assign(IMA3=survey["IMA3"].where(survey.index % 11 != 0)) if partly else survey
    fit = hardly_varying(frame, inst, 5, w=np.random.default_rng(1).uniform(0.3, 3, 120))
    start = fit.weights["weight_std"].to_numpy()
    pooled = pooled_of(fit.sample, fit.moments, layout_of(inst), fit.scheme, start)
    labels = np.random.default_rng(2).random((120, 150)) < 0.5
    labels[:5, :50], labels[:5, 50:100], labels[:5, 100:] = True, False, np.arange(5)[:, None] % 2 > 0
    found = _labelled(pooled, labels.astype(float)).converged
    assert found.tolist() == [False] * 100 + [True] * 50


def test_who_has_too_few_answers_is_shared_by_no_wave(two_waves, inst):
    blank = two_waves[0].copy()
    blank.loc[[2, 70], ["SAT1", "SAT2"]] = np.nan
    fits = ncsi.fit_pls(blank, inst), ncsi.fit_pls(two_waves[1], inst)
    found = paired(*fits, blank["respondent"], two_waves[1]["respondent"], 40, seed=2).index
    assert (found["shared"] == 59).all()
    assert found["overlap"].to_numpy() == pytest.approx(59 / np.sqrt(118 * 120))


def test_one_person_shared_tells_no_correlation(two_waves, inst):
    fits = [ncsi.fit_pls(one, inst) for one in two_waves]
    alone = two_waves[1]["respondent"].where(two_waves[1].index == 60)
    found = paired(*fits, two_waves[0]["respondent"], alone, 40, seed=2).index
    assert (found["shared"] == 1).all()
    assert (found["correlation"] == 0).all()


def test_what_does_not_vary_correlates_with_nothing():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 3, 50))
    b[1] = 7.0
    found = _correlation(a, b)
    assert found == pytest.approx([np.corrcoef(a[0], b[0])[0, 1], 0, np.corrcoef(a[2], b[2])[0, 1]])


def test_every_batch_leaves_somebody_out():
    assert [len(W) for W in left_out_weights(np.ones(64), np.zeros(64, dtype=np.intp))] == [64]
    assert [len(W) for W in left_out_weights(np.ones(65), np.zeros(65, dtype=np.intp))] == [64, 1]


def test_weights_travel_with_the_labels(survey, inst):
    """Paths of two weighted groups are those of fits to either; differences are of weighted means and variances."""
    fit = ncsi.fit_pls(survey, inst, weights="weight")
    first = (survey["region"] == survey["region"].iloc[0]).to_numpy()[fit.sample.rows]
    layout = layout_of(inst)
    outer = fit.weights["weight_std"].to_numpy()
    found = observed(pooled_of(fit.sample, fit.moments, layout, fit.scheme, outer), first)
    Z = (fit.sample.X - fit.moments.mean) / fit.moments.sd
    own = np.add.reduceat(Z * outer, layout.starts, axis=1)
    means, logs = [], []
    for g, who in enumerate((first, ~first)):
        w = fit.sample.weights[who]
        means.append(np.average(own[who], axis=0, weights=w))
        logs.append(np.log(np.average((own[who] - means[-1]) ** 2, axis=0, weights=w)))
        alone = ncsi.fit_pls(survey.iloc[fit.sample.rows[who]], inst, weights="weight")
        for row in alone.paths.itertuples(index=False):
            at = [inst.construct_ids.index(one) for one in row[:2]]
            assert found.paths[g, *at, 0] == pytest.approx(row.estimate, abs=1e-6)
    np.testing.assert_allclose(found.mean[:, 0], means[0] - means[1])
    np.testing.assert_allclose(found.log_variance[:, 0], logs[0] - logs[1], rtol=1e-8)


@pytest.mark.parametrize("size", [1, 128, 129, 300])
def test_labellings_are_as_many_as_asked_and_keep_the_sizes_of_both_groups(size):
    first = np.arange(20) < 7
    made = list(_shuffles(first, size, seed=4))
    assert sum(labels.shape[1] for labels in made) == size
    assert all((labels.sum(axis=0) == 7).all() for labels in made)
    whole = np.concatenate(made, axis=1)
    np.testing.assert_array_equal(np.concatenate(list(_shuffles(first, 1, seed=4)), axis=1), whole[:, :1])
    assert len({tuple(column) for column in whole.T}) > 0.9 * size


def test_a_clip_keeps_half_a_replicate_on_either_side():
    """Beyond all replicates z₀ is that of R − ½ of R: with a jackknife that does not lean, ends at Φ(2z₀ ± z)."""
    draws = np.sort(np.random.default_rng(6).normal(size=400))
    intervals = Bca(only(draws[None]), only(np.array([[-1.0, 0, 1]])), 0.5)
    z0 = stats.norm.ppf(399.5 / 400)
    share = stats.norm.cdf(2 * z0 - stats.norm.ppf(0.75))
    found = intervals.of(np.array([9.0]), lambda d: d.items, np.inf)
    assert found["low"][0] == pytest.approx(np.quantile(draws, share), abs=1e-9)
    found = intervals.of(np.array([-9.0]), lambda d: d.items, np.inf)
    assert found["high"][0] == pytest.approx(np.quantile(draws, 1 - share), abs=1e-9)


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
def test_degrees_of_freedom_do_not_depend_on_the_unit(scale):
    v, df = np.array([4.0, 1.0]) * scale, np.array([9.0, 4.0])
    assert satterthwaite(v, df) == pytest.approx(25 / (16 / 9 + 1 / 4))
    y = scale * np.array([[1.0], [4], [2], [8]])
    one = spread_of(sample([1.0, 2, 3, 10]), y / scale, slice(None))
    other = spread_of(sample([1.0, 2, 3, 10]), y, slice(None))
    assert other.df[0] == pytest.approx(one.df[0])
    assert other.variance[0] == pytest.approx(one.variance[0] * scale**2)


def test_means_of_the_lightest_are_means(survey, inst):
    fit = ncsi.fit_pls(survey.head(60).assign(w=1e-4), inst, weights="w")
    totals = Totals.of(fit, [Block(slice(0, 30), fit.sample.X), Block(slice(30, 60), fit.sample.X)])
    np.testing.assert_allclose(totals.mean([0, 1]).estimate, fit.sample.X.mean(axis=0))
    nobody = Totals.of(fit, [Block(slice(0, 30), np.full((60, 1), np.nan))]).mean([0])
    assert np.isnan(nobody.estimate).all()
    assert nobody.spread.variance.tolist() == [0]


def test_strata_of_one_leave_a_single_degree_of_freedom():
    assert of_weights(sample(np.ones(3), np.arange(3))) == 1
    assert of_weights(sample(np.ones(4), np.array([0, 0, 1, 1]))) == 2


def test_no_replicate_stands_in_the_text_of_a_result(asked):
    for name in ("fit=", "own=", "spreads=", "draws=", "intervals=", "sample="):
        assert name not in repr(asked[2])


def test_persons_who_are_clusters_of_their_own_are_persons(two_waves, inst):
    alone, clustered = (
        paired(
            *(ncsi.fit_pls(one, inst, clusters=name) for one in two_waves),
            two_waves[0]["respondent"], two_waves[1]["respondent"], 40, seed=2,
        )
        for name in (None, "respondent")
    )  # fmt: skip
    own = ["construct", "shared", "overlap", "correlation"]
    pd.testing.assert_frame_equal(alone.index[own], clustered.index[own])
    assert (alone.index["correlation"] > 0.2).all()


def test_replicates_are_draws_as_they_are():
    """One row a draw; a bootstrap's need no normal distribution."""
    replicates = np.arange(6.0).reshape(2, 3)
    nothing = only(np.empty((1, 0)))
    for made in (Percentile(nothing, 0.9), Bca(nothing, nothing, 0.9)):
        np.testing.assert_array_equal(made.sampled(np.zeros(2), replicates), replicates.T)


@pytest.mark.parametrize("later", [True, False])
def test_a_replicate_that_either_wave_loses_counts_for_neither(two_waves, inst, later):
    """One person of those shared answered an item otherwise: the replicates without them have no weights."""
    waves = [one.copy() for one in two_waves]
    odd = waves[0]["respondent"].iloc[10]
    changed = waves[0 if later else 1]
    changed["IMA1"] = np.where(changed["respondent"] == odd, 4, 9)
    fits = [ncsi.fit_pls(one, inst) for one in waves]
    found = paired(*fits, waves[0]["respondent"], waves[1]["respondent"], 64, seed=2).index
    assert (found["correlation"] > 0.2).all()
