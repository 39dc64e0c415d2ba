"""Counts of draws: the same whoever makes them, Poisson(1) in large strata, Rao-Wu in small ones."""

from __future__ import annotations

from math import e, factorial

import numpy as np
import pytest
from scipy.stats import chi2

from ncsi.model.moments.sample import Units
from ncsi.model.resampling import counters, streams
from ncsi.model.resampling.counters import LARGE, POISSON, UNITS, blocks_of, count, together
from ncsi.model.resampling.streams import drawn_factors, drawn_replicates, replicate_weights, row_counts
from ncsi.model.resampling.threads import mapping

SIZES = (3, 1, 700, 40, UNITS + 130, 2, LARGE, LARGE - 1)
STRATUM = np.repeat(np.arange(len(SIZES)), SIZES)
SEED = 2**63 + 5


@pytest.fixture(scope="module")
def whole():
    return np.concatenate(list(row_counts(STRATUM, 130, SEED)))


@pytest.mark.parametrize("replicates", [range(130), range(1), range(37, 101), range(129, 130)])
def test_a_block_alone_is_drawn_as_within_the_whole(whole, replicates):
    blocks = blocks_of(STRATUM)
    assert [one.size for one in blocks] == [3, 1, 700, 40, UNITS, 130, 2, LARGE, LARGE - 1]
    assert sum(one.size for one in blocks) == len(STRATUM)
    for one in reversed(blocks):
        own = np.full((len(replicates), len(STRATUM)), 255, dtype=np.uint8)
        count(SEED, replicates, own, (one,))
        expected = whole[replicates.start : replicates.stop, one.first : one.stop]
        assert (own[:, one.first : one.stop] == expected).all()
        assert (np.delete(own, np.s_[one.first : one.stop], axis=1) == 255).all()


@pytest.mark.parametrize("batches", [1, 2, 8])
@pytest.mark.parametrize("held", [1, 5_000, 4_000_000])
@pytest.mark.parametrize("threads", [1, 3])
def test_how_many_are_made_at_once_and_by_whom_changes_no_count(monkeypatch, whole, batches, held, threads):
    monkeypatch.setattr(streams, "BLOCKS_AT_A_TIME", batches)
    monkeypatch.setattr(counters, "PLACES_AT_A_TIME", held)
    monkeypatch.setattr(counters, "AT_A_TIME", held)
    with mapping(threads) as each:
        made = list(row_counts(STRATUM, 130, SEED, each))
    assert len(made) == -(-130 // (64 * batches))
    assert (np.concatenate(made) == whole).all()


def test_blocks_are_counted_together_as_many_as_may_be_held(monkeypatch):
    blocks = blocks_of(STRATUM)
    assert [len(one) for one in together(blocks, 64)] == [2, 1, 1, 1, 1, 1, 1, 1]
    monkeypatch.setattr(counters, "PLACES_AT_A_TIME", 3 * 64)
    assert [len(one) for one in together(blocks_of(np.repeat(np.arange(4), (1, 2, 3, 1))), 64)] == [2, 1, 1]


def test_the_words_are_those_of_the_stream_from_where_the_replicate_begins():
    """As `advance` finds it; nothing but Philox, so that no other way of drawing moves them."""
    for one, steps in ((blocks_of(STRATUM)[5], 9), (blocks_of(STRATUM)[3], 5)):
        stream = np.random.Philox(
            key=np.array([SEED, (one.stratum << 32) + one.number], dtype=np.uint64)
        ).advance(70 * steps)
        expected = stream.random_raw(2 * 4 * steps).reshape(2, -1)
        assert (one.words(SEED, range(70, 72)) == expected).all()


def test_strata_blocks_and_seeds_have_streams_of_their_own():
    two = np.repeat([0, 1], [2 * UNITS, UNITS])
    made = [next(row_counts(two, 64, seed)) for seed in (SEED, SEED + 1, -1)]
    parts = [one[:, at : at + UNITS].ravel() for one in made for at in (0, UNITS, 2 * UNITS)]
    r = np.corrcoef(parts) - np.eye(len(parts))
    assert np.abs(r).max() < 5 / (64 * UNITS) ** 0.5
    rows = np.corrcoef(made[0][:, :UNITS]) - np.eye(64)
    assert np.abs(rows).max() < 5 / UNITS**0.5


def test_the_table_is_poissons_with_mean_and_variance_one():
    k, share = np.arange(len(POISSON)), np.array(POISSON) / 2**16
    assert (share.sum(), k @ share, k**2 @ share) == (1.0, 1.0, 2.0)
    exact = np.array([1 / (e * factorial(one)) for one in k])
    assert np.abs(share - exact).max() < 1.3 / 2**16
    every = counters._poisson(np.arange(2**16, dtype=np.uint16))
    assert np.bincount(every).tolist() == list(POISSON)


def test_counts_of_a_large_stratum_have_the_tables_shares(whole):
    drawn = whole[:, STRATUM == 4]
    found, expected = np.bincount(drawn.ravel(), minlength=9), np.array(POISSON) / 2**16 * drawn.size
    assert ((found - expected) ** 2 / expected).sum() < chi2(8).ppf(0.9999)
    of_units = drawn.mean(axis=0)
    assert abs(of_units.var() * 130 - 1) < 5 * (2 / len(of_units)) ** 0.5


@pytest.mark.parametrize("size", [2, 3, 5, LARGE - 1])
def test_small_strata_draw_one_less_than_they_hold_each_unit_as_likely(size):
    """Every outcome of few draws by its multinomial chance; of many, every unit, and how two go together."""
    drawn = np.concatenate(list(row_counts(np.repeat([0, 1], size), 20_000, seed=3)))[:, size:]
    assert (drawn.sum(axis=1) == size - 1).all()
    if size <= 5:
        outcomes, found = np.unique(drawn, axis=0, return_counts=True)
        ways = np.array([factorial(size - 1) / np.prod([factorial(c) for c in one]) for one in outcomes])
        expected = 20_000 * ways / size ** (size - 1)
        assert expected.sum() == pytest.approx(20_000)  # none is missing
        assert ((found - expected) ** 2 / expected).sum() < chi2(len(found) - 1).ppf(0.9999)
    times = drawn.sum(axis=0)
    assert ((times - times.mean()) ** 2 / times.mean()).sum() < chi2(size - 1).ppf(0.9999)
    together_ = np.cov(drawn[:, :2].T)
    assert together_[0, 0] == pytest.approx((size - 1) ** 2 / size**2, rel=0.06)
    assert together_[0, 1] == pytest.approx(-(size - 1) / size**2, abs=5 / 20_000**0.5)


def test_a_unit_alone_in_its_stratum_always_stays(whole):
    assert (whole[:, STRATUM == 1] == 1).all()


def test_a_stratum_that_drew_none_is_not_divided_by():
    times = np.array([[0] * LARGE, [2] * LARGE], dtype=np.uint8)
    assert drawn_factors(times, np.zeros(LARGE, dtype=np.intp)).tolist() == [[1.0], [0.5]]


def test_factors_restore_every_stratum(whole):
    factors = drawn_factors(whole, STRATUM)
    sums = np.add.reduceat(whole * np.repeat(factors, SIZES, axis=1), np.cumsum((0, *SIZES[:-1])), axis=1)
    np.testing.assert_allclose(sums, np.broadcast_to(SIZES, sums.shape))
    many = np.repeat(np.arange(50), 2)
    drawn = next(row_counts(many, 64, SEED))
    assert (drawn_factors(drawn, many) == 2.0).all()


def linearised(y, w, stratum, unit):
    """Variance of a weighted mean by Taylor: Σ over strata of C/(C − 1) Σ(z_c − z̄)² of what units add to it, where
    each stratum of rows keeps its total."""
    z = np.zeros(len(y))
    for h in np.unique(stratum):
        mine = stratum == h
        z[mine] = w[mine] * (y[mine] - np.average(y[mine], weights=w[mine])) / w.sum()
    total = 0.0
    for h in np.unique(stratum):
        of_units = np.bincount(unit[stratum == h], z[stratum == h])
        of_units = of_units[np.bincount(unit[stratum == h]) > 0]
        total += len(of_units) * of_units.var(ddof=1)
    return total


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("per_unit", [1, 4])
def test_the_error_of_a_mean_is_the_linearised_one(weighted, per_unit):
    """Two strata that are drawn by Poisson, and one by Rao-Wu, of respondents or of clusters, of differing means. 5,000
    replicates tell a standard error to 1 %; a ratio's bias is far under half of one per cent of it."""
    rng = np.random.default_rng(5)
    units_of = (150, 60, 300)
    of_unit = np.repeat(np.arange(3), units_of)
    unit = np.repeat(np.arange(len(of_unit)), per_unit)
    stratum = of_unit[unit]
    y = 70 + 5 * stratum + rng.normal(0, 10, len(unit)) + rng.normal(0, 6, len(of_unit))[unit]
    w = rng.uniform(0.5, 1.5, len(unit)) if weighted else np.ones(len(unit))
    units = None if per_unit == 1 else Units(unit, of_unit)
    means = np.concatenate([W @ y / w.sum() for W in replicate_weights(w, stratum, 5000, 11, units)])
    se = linearised(y, w, stratum, unit) ** 0.5
    assert means.std(ddof=1) == pytest.approx(se, rel=4 / (2 * 5000) ** 0.5)
    bias = means.mean() - np.average(y, weights=w)
    assert abs(bias) < 4 * se / 5000**0.5
    assert abs(bias) < 0.005 * y.mean()


def test_a_random_number_of_draws_makes_up_for_the_sample_mean():
    """At the smallest large stratum: σ̂² E[1/N] is s²/n, where n draws would give (1 − 1/n) of it. 300,000 replicates
    tell a variance to a quarter of a per cent."""
    y = np.random.default_rng(6).normal(size=LARGE)
    means = [
        one.times @ y * one.factor[:, 0] / LARGE
        for one in drawn_replicates(np.ones(LARGE), np.zeros(LARGE, dtype=np.intp), 300_000, seed=8)
    ]
    found = np.concatenate(means).var() / (y.var(ddof=1) / LARGE)
    assert found == pytest.approx(1.0, abs=0.0075)
    assert found > 1 - 1 / LARGE + 0.001
