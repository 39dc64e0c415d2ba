"""Sobol' indices, outcomes of runs and rank sets on cases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ncsi.composite.outcomes import outcomes_of
from ncsi.composite.sampling_error import index_se, normal_draws, pairwise_rank_sets, rank_sets_of
from ncsi.composite.sobol import (
    combinations,
    design,
    exact_indices,
    levels_of,
    sobol_indices,
    sobol_indices_of_many,
)
from ncsi.errors import ModelError

NAMES = ["甲", "乙", "丙", "丁"]


def test_exact_indices_of_a_product_by_hand():
    """y = x1·x2, x ∈ {−1, 1}: all interaction. y = x1 + 2·x2: variances 1 and 4. A third input that does nothing."""
    x1, x2 = np.array([-1.0, 1])[:, None, None], np.array([-1.0, 1])[None, :, None]
    nothing = np.zeros((1, 1, 3))
    y = np.stack([x1 * x2 + nothing, x1 + 2 * x2 + nothing, np.full((2, 2, 3), 7.1)], axis=-1)
    first, total = exact_indices(y, 3)
    np.testing.assert_allclose(first, [[0, 0.2, 0], [0, 0.8, 0], [0, 0, 0]], atol=1e-15)
    np.testing.assert_allclose(total, [[1, 0.2, 0], [1, 0.8, 0], [0, 0, 0]], atol=1e-15)


@settings(max_examples=50, deadline=None)
@given(arrays(float, (2, 3, 2), elements=st.floats(-1e3, 1e3, width=32)))
def test_shares_of_variance_are_shares(y):
    first, total = exact_indices(y, 3)
    assert (first >= -1e-9).all()
    assert (first <= total + 1e-9).all()
    assert (total <= 1 + 1e-9).all()
    assert first.sum() <= 1 + 1e-9


def test_combinations_and_levels():
    assert combinations([2, 3]).tolist() == [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]
    u = np.array([[0.30], [0.49], [0.5], [0.9999999999999999]])
    assert levels_of(u, [2]).ravel().tolist() == [0, 0, 1, 1]


def test_a_design_repeats_and_turns_one_input_at_a_time():
    points = design(3, 1024, seed=0)
    np.testing.assert_array_equal(points, design(3, 1024, seed=0))
    assert (points != design(3, 1024, seed=1)).any()
    rows = points.reshape(1024, 5, 3)
    for i in range(3):
        same = np.delete(np.arange(3), i)
        np.testing.assert_array_equal(rows[:, 1 + i][:, same], rows[:, 0][:, same])
        np.testing.assert_array_equal(rows[:, 1 + i, i], rows[:, 4, i])


@pytest.mark.parametrize("n", [512, 1500])
def test_a_design_that_is_too_small_or_unbalanced(n):
    with pytest.raises(ModelError, match=f"n = {n}: take a power of two from 1024"):
        design(2, n, seed=1)


def test_a_dummy_input_has_no_share_and_a_constant_none_at_all():
    points = design(2, 1024, seed=3)
    ours = sobol_indices(points[:, 0], ["works", "dummy"], seed=0)
    assert ours.table["st"][1] == 0
    assert ours.table["s1"][1] == pytest.approx(0, abs=1e-15)
    assert ours.variance == pytest.approx(1 / 12, rel=0.01)
    assert ours.n == 1024
    still = sobol_indices(np.full(4096, 3.3), ["a", "b"], seed=0).table
    assert (still[["s1", "st"]] == 0).all(axis=None)
    for one in sobol_indices_of_many(np.full((4096, 2), 3.3), 2):
        assert (one == 0).all()


def test_the_same_seed_gives_the_same_intervals_seed_0_too():
    y = design(2, 1024, seed=0) @ np.array([1.0, 2.0])
    first, second = (sobol_indices(y, ["a", "b"], seed=0).table for _ in range(2))
    assert first.equals(second)
    assert (first["s1_reach"] > 0).all()


def test_too_few_runs_are_seen_where_s1_passes_st():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=100), rng.normal(size=100)
    y = np.stack([a, a + 1e-3 * rng.normal(size=100) + 0.5 * b, b], axis=1).ravel()
    assert sobol_indices(y, ["x"], seed=1).table["flag"].to_list() == ["n_too_small"]


def test_sobol_indices_refuse():
    with pytest.raises(ModelError, match="7 runs fit no design of 2 inputs"):
        sobol_indices(np.ones(7), ["a", "b"], seed=1)
    with pytest.raises(ModelError, match="no result"):
        sobol_indices(np.array([1.0, np.nan, 1, 2]), ["a", "b"], seed=1)


def test_outcomes_by_hand():
    nominal = np.array([90.0, 80, 70, 60])
    runs = np.array([[90.0, 80, 70, 60], [80, 90, 70, 60], [90, 80, 80, 60], [90, 80, 60, 70]])
    ours = outcomes_of(NAMES, runs, nominal, "method")
    assert ours.ranks.tolist() == [[1, 2, 3, 4], [2, 1, 3, 4], [1, 2, 2, 4], [1, 2, 4, 3]]
    assert ours.shift.tolist() == [0, 0.5, 0.25, 0.5]
    assert ours.table["p_top"].to_list() == [1, 1, 0.75, 0.25]
    assert ours.table["rank_mean"].to_list() == [1.25, 1.75, 3, 3.75]
    assert ours.frequency().loc["丙"].to_list() == [0, 0.25, 0.5, 0.25]
    assert ours.pairwise().loc["甲", "乙"] == 0.75
    assert ours.pairwise().loc["乙", "丙"] == 0.75
    assert ours.pairwise().loc["丙", "乙"] == 0


@settings(max_examples=30, deadline=None)
@given(arrays(float, (9, 5), elements=st.floats(0, 100, width=16)))
def test_frequencies_sum_to_one_and_pairs_to_one_but_for_ties(scores):
    ours = outcomes_of(list("abcde"), scores, scores[0], "method")
    np.testing.assert_allclose(ours.frequency().sum(axis=1), 1)
    both = ours.pairwise().to_numpy() + ours.pairwise().to_numpy().T
    ties = (scores[:, :, None] == scores[:, None, :]).mean(axis=0)
    np.testing.assert_allclose(both, 1 - ties, atol=1e-12)
    assert ours.shift[0] == 0


def test_outcomes_refuse_a_unit_without_an_index():
    with pytest.raises(ModelError, match="unit '乙' has no index"):
        outcomes_of(NAMES, np.array([[1.0, np.nan, 1, 1]]), np.ones(4), "method")
    with pytest.raises(ModelError, match="no run"):
        outcomes_of(NAMES, np.empty((0, 4)), np.ones(4), "method")


def test_correlated_errors_add_up_and_unknown_ones_stay_unknown():
    gradient, se = np.array([0.6, 0.4, 0.0]), np.array([[1.0, 2, np.nan], [1, np.nan, 0]])
    ours = index_se(gradient, se)
    assert ours[0] == pytest.approx(np.hypot(0.6, 0.8))
    assert np.isnan(ours[1])
    together = index_se(gradient[:2], se[:1, :2], np.ones((2, 2)))
    assert together[0] == pytest.approx(0.6 + 0.8)
    with pytest.raises(ModelError, match="negative"):
        index_se(gradient, -np.ones((1, 3)))


def test_without_error_ranks_are_certain_unless_tied():
    estimates, se = np.array([3.0, 0.1 + 0.2, 0.3, 0.1]), np.zeros(4)
    ours = rank_sets_of(NAMES, estimates, normal_draws(estimates, se, seed=1))
    assert ours[["rank_low", "rank_high"]].to_numpy().tolist() == [[1, 1], [2, 3], [2, 3], [4, 4]]
    assert ours["rank"].to_list() == [1, 2, 2, 4]
    low, high = pairwise_rank_sets(estimates, se)
    assert low.tolist() == [1, 2, 2, 4]
    assert high.tolist() == [1, 3, 3, 4]


@pytest.mark.parametrize("many", [4, 301])
def test_units_of_unknown_error_leave_room_in_the_sets_of_the_others(many):
    """The last of all, surely below another, had a set that ended at the number of units whose error is known."""
    estimates = np.r_[np.linspace(90.0, 80.0, 4), np.linspace(60.0, 20.0, many)]
    se = np.r_[np.full(4, np.nan), np.full(many, 1e-4)]
    names = [f"u{k}" for k in range(len(se))]
    found = rank_sets_of(names, estimates, normal_draws(estimates, se, seed=2, count=400)).iloc[4:]
    assert (found["rank"] == np.arange(5, many + 5)).all()
    assert (found["rank_low"] == found["rank"] - 4).all()
    assert (found["rank_high"] == found["rank"]).all()
    low, high = pairwise_rank_sets(np.r_[estimates, np.nan], np.r_[se, 1.0])
    assert (low[4:-1] == found["rank_low"]).all()
    assert (high[4:-1] == found["rank_high"]).all()


def test_an_unknown_error_gives_a_rank_and_no_set():
    estimates, se = np.array([30.0, 20, 10, 9.9]), np.array([1, np.nan, 0, 1.0])
    ours = rank_sets_of(NAMES, estimates, normal_draws(estimates, se, seed=1))
    assert ours["rank"].to_list() == [1, 2, 3, 4]
    assert ours["computable"].to_list() == [True, False, True, True]
    assert ours.loc[1, ["se", "rank_low", "rank_high"]].isna().all()
    assert ours.loc[[0, 2, 3], ["rank_low", "rank_high"]].to_numpy().tolist() == [[1, 2], [2, 4], [2, 4]]
    none = rank_sets_of(NAMES, estimates, normal_draws(estimates, np.full(4, np.nan), seed=1))
    assert not none["computable"].any()


@settings(max_examples=20, deadline=None)
@given(arrays(float, 6, elements=st.floats(60, 100, width=16)), st.floats(0.01, 5))
def test_a_rank_set_holds_its_rank_and_simultaneous_sets_the_marginal(estimates, se):
    ours = rank_sets_of(list("abcdef"), estimates, normal_draws(estimates, np.full(6, se), seed=2, count=500))
    assert (ours["rank_low"] <= ours["rank"]).all()
    assert (ours["rank"] <= ours["rank_high"]).all()
    assert (ours["rank_low"] <= ours["rank_low_marginal"]).all()
    assert (ours["rank_high_marginal"] <= ours["rank_high"]).all()


def test_many_units_are_tested_by_a_bound_that_is_no_narrower():
    rng = np.random.default_rng(1)
    estimates, se = rng.normal(70, 10, 320), rng.uniform(0, 2, 320)
    se[:2], estimates[:2] = 0, (80, 0.1 + 79.9)
    draws = normal_draws(estimates, se, seed=1, count=2000)
    names = [f"U{k}" for k in range(320)]
    bounded = rank_sets_of(names, estimates, draws)
    low, high = pairwise_rank_sets(estimates, draws.std(axis=0, ddof=1))
    assert np.abs(bounded["rank_low"] - low).max() <= 5  # chance correlations of the draws
    assert np.abs(bounded["rank_high"] - high).max() <= 5
    assert bounded["rank_low"][0] == bounded["rank_low"][1]
    stepped = rank_sets_of(names[:300], estimates[:300], draws[:, :300])
    known = bounded[:300]
    width = known["rank_high"] - known["rank_low"]
    assert (width >= stepped["rank_high"] - stepped["rank_low"]).mean() > 0.95
    assert (known["rank_low"] <= known["rank_low_marginal"]).all()
    assert (known["rank_high_marginal"] <= known["rank_high"]).all()
