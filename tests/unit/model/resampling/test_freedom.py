"""Degrees of freedom: closed forms, Monte Carlo, strata, clusters; intervals that are as wide as t."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import ncsi
from ncsi.model.moments.sample import Sample, Units
from ncsi.model.resampling.draws import Draws
from ncsi.model.resampling.freedom import Spread, mixed, of_weights, satterthwaite, spread_of
from ncsi.model.resampling.intervals import Percentile, Replicated, t_reach, two_sided


def sample(weights, stratum=None, units=None) -> Sample:
    n = len(weights)
    stratum = np.zeros(n, dtype=np.intp) if stratum is None else stratum
    nobody = np.zeros(n, dtype=np.intp)
    return Sample(
        np.zeros((n, 1)), np.asarray(weights, dtype=float), nobody, (), stratum, 0, np.arange(n), units
    )


def only(items) -> Draws:
    nothing = np.empty(0)
    return Draws(*(items if name == "items" else nothing for name in Draws.__dataclass_fields__))


def test_equal_weights_and_normal_answers_have_n_less_one():
    y = stats.norm.ppf((np.arange(4000) + 0.5) / 4000)[:, None]
    spread = spread_of(sample(np.ones(4000)), y, slice(None))
    assert spread.variance[0] == pytest.approx(y.var(ddof=1) / 4000)
    assert spread.df[0] == pytest.approx(4000, rel=0.01)
    assert of_weights(sample(np.ones(400))) == 399


def test_the_formula_by_hand():
    w, y = np.array([1.0, 2, 3, 10]), np.array([[1.0], [4], [2], [8]])
    u = w * (y[:, 0] - np.average(y[:, 0], weights=w)) / w.sum()
    u -= u.mean()
    expected = 2 * (u**2).sum() ** 2 / ((u**4).sum() - (u**2).sum() ** 2 / 4)
    spread = spread_of(sample(w), y, slice(None))
    assert spread.df[0] == pytest.approx(min(expected, 3))
    assert spread.variance[0] == pytest.approx((u**2).sum() * 4 / 3)


def test_two_respondents_leave_one():
    assert spread_of(sample(np.ones(2)), np.array([[0.0], [1.0]]), slice(None)).df == [1.0]


def test_it_is_how_well_the_variance_is_known():
    """Var(v̂) = 2v²/ν: heavy weights make the variance estimate as unsure as that of ν normal answers."""
    rng = np.random.default_rng(4)
    w = np.exp(0.9 * rng.standard_normal(150))
    made = [spread_of(sample(w), rng.standard_normal((150, 1)), slice(None)) for _ in range(3000)]
    variances = np.array([one.variance[0] for one in made])
    told = np.mean([one.df[0] for one in made])
    assert told == pytest.approx(2 * variances.mean() ** 2 / variances.var(), rel=0.25)
    assert told < 0.6 * (w.sum() ** 2 / (w**2).sum())
    assert 0.5 * told < of_weights(sample(w)) < told, "by weights alone it is the more cautious"


def test_clusters_and_strata_are_the_units():
    rng = np.random.default_rng(5)
    units = Units(np.repeat(np.arange(8), 30), np.repeat([0, 1], 4))
    y = rng.standard_normal((240, 1))
    spread = spread_of(sample(np.ones(240), units=units), y, slice(None))
    assert spread.df[0] <= 6
    means = (y[:, 0] - y.mean()).reshape(8, 30).sum(axis=1) / 240
    by_stratum = [4 / 3 * ((one - one.mean()) ** 2).sum() for one in (means[:4], means[4:])]
    assert spread.variance[0] == pytest.approx(sum(by_stratum))
    part = spread_of(sample(np.ones(240), units=units), y[:90], np.arange(90))
    assert part.df[0] <= 2, "three clusters are in it, all of one stratum"


def test_missing_answers_count_for_none():
    y = np.array([[1.0, np.nan], [2, 5], [4, 7], [9, 6]])
    both = spread_of(sample(np.ones(4)), y, slice(None))
    alone = spread_of(sample(np.ones(3)), y[1:, 1:], slice(None))
    assert both.variance[1] == pytest.approx(alone.variance[0])
    assert both.df[1] == pytest.approx(alone.df[0])


@pytest.mark.parametrize("rows", [slice(None), np.arange(3, 190, 2)], ids=["all", "some"])
@pytest.mark.parametrize("c", [1, 7])
def test_of_many_respondents_some_are_taken_at_a_time(blocks_of, rows, c):
    rng = np.random.default_rng(6)
    y = rng.standard_normal((200, c))
    y[rng.random(y.shape) < 0.1] = np.nan
    of = sample(rng.uniform(0.5, 2, 200), np.repeat([0, 1, 2], [99, 100, 1]))
    whole = spread_of(of, y[rows], rows)
    for width in (1, 16, 199, 200):
        blocks_of(width)
        in_parts = spread_of(of, y[rows], rows)
        np.testing.assert_allclose(in_parts.variance, whole.variance, rtol=1e-12)
        np.testing.assert_allclose(in_parts.df, whole.df, rtol=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
def test_strata_that_hardly_vary_far_from_one_another_keep_their_digits(blocks_of, weighted):
    """Almost all gave the same answer, another one in each stratum: powers about a common mean would hide the rest."""
    rng = np.random.default_rng(7)
    stratum = np.repeat([0, 1, 2], [990, 1010, 1000])
    y = np.array([100.0, 2.0, 41.0])[stratum, None] + (rng.random((3000, 1)) < 0.005)
    w = np.full(3000, 0.37) if weighted else np.ones(3000)
    whole = spread_of(sample(w, stratum), y, slice(None))
    blocks_of(1024)
    in_parts = spread_of(sample(w, stratum), y, slice(None))
    assert 5 < whole.df[0] < 100
    np.testing.assert_allclose(in_parts.df, whole.df, rtol=1e-10)
    np.testing.assert_allclose(in_parts.variance, whole.variance, rtol=1e-11)


def test_welch_satterthwaite_by_hand():
    a, b = Spread(np.array([4.0]), np.array([9.0])), Spread(np.array([1.0]), np.array([4.0]))
    difference = a.apart(b)
    assert difference.variance[0] == 5
    assert difference.df[0] == pytest.approx(25 / (16 / 9 + 1 / 4))
    halved = mixed([a, b], [0.5, 0.5])
    assert halved.variance[0] == pytest.approx(1.25)
    assert satterthwaite(np.array([4.0, 1.0]), np.array([9.0, np.nan])) == pytest.approx(25 / (16 / 9))
    assert np.isinf(satterthwaite(np.zeros(2), np.array([3.0, 3.0])))


def test_expanded_percentiles_of_normal_replicates_are_t_intervals():
    """Hesterberg (2015): the ends of normal replicates lie at ±t standard errors."""
    draws = stats.norm.ppf((np.arange(99_999) + 1) / 100_000)[None]
    for df in (5.0, 29.0, np.inf):
        found = Percentile(only(draws), 0.95).of(np.zeros(1), lambda d: d.items, df)
        assert found["high"][0] == pytest.approx(stats.t.ppf(0.975, df), abs=2e-3)
        assert found["low"][0] == pytest.approx(-found["high"][0], abs=1e-6)
    assert np.isnan(found["df"][0])


def test_ends_beyond_the_last_replicate_are_the_last_one_and_missing_draws_give_none():
    draws = np.array([[3.0, 1, 2], [1, np.nan, 2]])
    found = Percentile(only(draws), 0.95).of(np.array([2.0, 1.5]), lambda d: d.items, 2.0)
    assert (found["low"][0], found["high"][0]) == (1, 3)
    assert np.isnan([found["low"][1], found["high"][1]]).all()


def test_a_design_limits_the_degrees_of_freedom():
    intervals = Replicated(only(np.array([[1.0, -1.0]])), 0.5, np.ones(2), 12.0, 0.95)
    for own, counted in ((29.0, 12.0), (5.0, 5.0)):
        found = intervals.of(np.zeros(1), lambda d: d.items, own)
        assert found["high"][0] == pytest.approx(stats.t.ppf(0.975, counted) * found["se"][0])
        assert found["df"][0] == counted


def test_t_and_its_p_agree_with_scipy_and_end_in_the_normal():
    df = np.array([3.0, 30, np.inf, np.nan])
    np.testing.assert_allclose(t_reach(0.9, df)[:2], stats.t.ppf(0.95, df[:2]))
    np.testing.assert_allclose(t_reach(0.9, df)[2:], stats.norm.ppf(0.95))
    t = np.full(4, -2.1)
    np.testing.assert_allclose(two_sided(t, df)[:2], 2 * stats.t.sf(2.1, df[:2]))
    np.testing.assert_allclose(two_sided(t, df)[2:], 2 * stats.norm.sf(2.1))
    assert np.isnan(two_sided(np.array([np.nan]), 5.0)).all()


def test_a_small_brand_gets_a_wider_interval_than_its_percentiles(survey, inst):
    few = survey.groupby("brand").head(25)
    boot = ncsi.bootstrap(ncsi.fit_pls(few, inst, weights="weight", by="brand"), replicates=2000, seed=2)
    rows = boot.index_by[boot.index_by["construct"] == "Satisfaction"]
    assert (rows["df"] < 25).all()
    plain = np.quantile(boot.draws.index_by[inst.construct_ids.index("Satisfaction")], [0.025, 0.975], axis=1)
    assert ((rows["high"] - rows["low"]).to_numpy() > (plain[1] - plain[0])).all()
    assert boot.freedom_by("Satisfaction") == pytest.approx(rows["df"].to_numpy())


@pytest.mark.parametrize("rows", [90, 20_000])
@pytest.mark.parametrize("clusters", [False, True])
@pytest.mark.parametrize("apart", [0.0, 2.3])
def test_where_all_are_alike_rounding_decides_nothing(rows, clusters, apart):
    """Alike in the whole, or in each stratum, whose weights are equal then."""
    stratum = np.repeat(np.arange(3), [rows // 3, rows // 3, rows - 2 * (rows // 3)])
    w = np.array([0.1, 0.7, 1.3])[stratum] if apart else np.random.default_rng(2).uniform(0.3, 3, rows)
    y = np.full((rows, 2), [7.1, 100 / 9]) + apart * stratum[:, None]
    units = Units(np.arange(rows) // 2, stratum[::2]) if clusters else None
    spread = spread_of(sample(w, stratum, units), y, slice(None))
    most = rows - 3 if units is None else rows // 2 - 3
    assert (spread.variance.tolist(), spread.df.tolist()) == ([0.0, 0.0], [most, most])
