"""Rank sets and tiers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ncsi
from ncsi.errors import ModelError
from ncsi.model import rank_sets_from_se
from ncsi.model.inference.rank_sets import rank_frame, rank_sets, tiers
from ncsi.model.inference.rank_tests import _largest, differences

SE_OF_250 = 14.4 / np.sqrt(250)


def test_clear_differences_give_a_set_of_one_rank_each():
    frame = rank_sets_from_se(["x", "y", "z"], np.array([70.0, 90.0, 80.0]), np.full(3, 0.5), 0.95, seed=1)
    assert frame["unit"].tolist() == ["y", "z", "x"]
    assert frame["rank_low"].tolist() == frame["rank_high"].tolist() == [1, 2, 3]
    assert frame["tier"].tolist() == ["A", "B", "C"]


def test_equal_units_cannot_be_ranked():
    frame = rank_sets_from_se(list("abcd"), np.full(4, 75.0), np.full(4, 1.0), 0.95, seed=1)
    assert frame["rank_low"].eq(1).all()
    assert frame["rank_high"].eq(4).all()
    assert frame["tier"].eq("A").all()


def test_the_seed_decides_and_nothing_else():
    estimates, se = np.array([70.0, 71.0, 72.5]), np.array([0.8, 0.6, 0.7])
    first, again = (rank_sets_from_se(list("abc"), estimates, se, 0.95, seed=5) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)


def test_tiers_are_measured_from_their_leader_and_run_past_z():
    above = np.triu(np.ones((28, 28), dtype=bool), 1)
    assert tiers(np.arange(1, 29), above)[24:] == ["Y", "Z", "AA", "AB"]
    neighbours_alike = np.triu(np.ones((4, 4), dtype=bool), 2)
    assert tiers(np.arange(1, 5), neighbours_alike) == ["A", "A", "B", "B"]


def test_simultaneous_sets_hold_all_true_ranks_at_once():
    """Ten brands 1 point apart, n = 250 each: the case that docs/method.md §8 names."""
    truth, rng, held = 75.0 - np.arange(10), np.random.default_rng(1), 0
    for _ in range(200):
        estimates = truth + SE_OF_250 * rng.standard_normal(10)
        draws = estimates + SE_OF_250 * rng.standard_normal((500, 10))
        frame, true_rank = rank_frame(estimates, draws, 0.95), np.arange(1, 11)
        held += ((frame["rank_low"] <= true_rank) & (frame["rank_high"] >= true_rank)).all()
    assert held / 200 >= 0.95


def test_marginal_sets_are_of_one_unit_alone():
    """x stands clear of all, y and z apart from x only: each unit's own set, counted from either side."""
    frame = rank_sets_from_se(
        ["z", "x", "y"], np.array([70.0, 90.0, 70.5]), np.array([0.5, 0.5, 0.5]), 0.95, seed=1
    ).set_index("unit")
    assert frame.loc[["x", "y", "z"], "rank_low_marginal"].tolist() == [1, 2, 2]
    assert frame.loc[["x", "y", "z"], "rank_high_marginal"].tolist() == [1, 3, 3]


def test_marginal_sets_lie_within_the_simultaneous_ones():
    rng = np.random.default_rng(8)
    frame = rank_sets_from_se(
        list("abcdefgh"), 70 + 1.5 * rng.standard_normal(8), np.full(8, 0.7), 0.95, seed=3
    )
    assert (frame["rank_low_marginal"] >= frame["rank_low"]).all()
    assert (frame["rank_high_marginal"] <= frame["rank_high"]).all()
    inside = frame["rank"].between(frame["rank_low_marginal"], frame["rank_high_marginal"])
    assert inside.all()
    assert (frame["rank_high_marginal"] - frame["rank_low_marginal"]).lt(7).any()


def test_a_unit_without_an_error_is_named():
    with pytest.raises(ModelError, match="ranks: b has no index or no standard error"):
        rank_sets_from_se(["a", "b"], np.array([70.0, 71.0]), np.array([1.0, np.nan]), 0.95, seed=1)


def test_a_pair_is_brought_to_the_normal_scale_by_welch():
    rng = np.random.default_rng(2)
    draws = rng.standard_normal((200_001, 2)) * [1.0, 2.0]
    found = differences(np.array([0.0, 5.0]), draws, np.array([5.0, 9.0]))
    df = (1 + 4) ** 2 / (1 / 5 + 16 / 9)
    assert found.z[0, 1] == pytest.approx(-stats.norm.ppf(stats.t.cdf(-5 / np.sqrt(5), df)), rel=0.01)


def test_the_chance_of_the_top_third_is_the_share_of_replicates_in_it():
    """Of three units one place is the top third: the first is there in three of four replicates, the last never."""
    draws = np.array([[9.0, 1, 0], [9, 1, 0], [9, 1, 0], [1, 9, 0]])
    made = rank_frame(np.array([7.0, 3, 0]), draws, 0.95)
    assert made["p_top_third"].tolist() == [0.75, 0.25, 0.0]


def test_of_fewer_than_three_units_one_place_is_the_top():
    draws = np.array([[2.0, 1.0], [2.0, 1.0], [1.0, 2.0], [2.0, 1.0]])
    assert rank_frame(np.array([2.0, 1.0]), draws, 0.95)["p_top_third"].tolist() == [0.75, 0.25]


def test_a_noisy_pair_does_not_widen_the_sets_of_the_others():
    """Each |t| is over its own error: a unit with 50 times the noise leaves the other two apart."""
    rng = np.random.default_rng(1)
    estimates = np.array([60.0, 50.0, 55.0])
    draws = estimates + rng.normal(size=(2000, 3)) * [1.0, 1.0, 50.0]
    made = rank_frame(estimates, draws, 0.95)
    assert made["rank_high"][0] == 2
    assert made["rank_low"][1] == 2
    assert made["rank_low"][2] == 1
    assert made["rank_high"][2] == 3


def test_units_whose_difference_never_varies_are_not_called_different():
    """Replicates that move alike to the last bits give no error to test with, whatever their level."""
    draws = 1000.0 + np.random.default_rng(2).normal(size=(200, 1)) + np.array([0.0, 1e-7])
    made = rank_frame(np.array([1000.0, 1000.0 + 1e-7]), draws, 0.95)
    assert made["rank_low"].tolist() == [1, 1]
    assert made["rank_high"].tolist() == [2, 2]


def test_a_group_without_an_error_is_left_out_with_a_warning(asked):
    _, _, boot = asked
    first, *others = boot.fit.sample.groups
    blank = boot.index_by.assign(se=boot.index_by["se"].mask(boot.index_by["brand"] == first))
    with pytest.warns(UserWarning, match=f"ranks leave out {first}: no index"):
        made = rank_sets(replace(boot, index_by=blank))
    assert set(made["brand"]) == set(others)


def test_groups_are_ranked_by_their_index_without_a_word_where_all_have_one(asked, recwarn):
    _, _, boot = asked
    made = rank_sets(boot)
    own = boot.index_by[boot.index_by["construct"] == "Satisfaction"].set_index("brand")["estimate"]
    assert made["brand"].tolist() == own.sort_values(ascending=False).index.tolist()
    assert made["rank"].tolist() == list(range(1, len(own) + 1))
    assert not recwarn.list


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"construct": "Joy"}, "construct 'Joy' is not in the fit"),
        ({"among": ("B01",)}, "1 brand to rank|0 brand to rank"),
    ],
)
def test_what_cannot_be_ranked_is_refused(asked, options, said):
    with pytest.raises(ModelError, match=said):
        rank_sets(asked[2], **options)


def test_the_largest_t_of_a_replicate_is_over_all_pairs():
    rng = np.random.default_rng(5)
    centred, se = rng.normal(size=(4, 30)), rng.uniform(0.5, 2, 6)
    i, j = np.triu_indices(4, 1)
    wanted = np.max([np.abs(centred[a] - centred[b]) / s for a, b, s in zip(i, j, se, strict=True)], axis=0)
    np.testing.assert_allclose(_largest(centred, i, j, se), wanted)


@pytest.mark.parametrize("df", [1.0, 1.5, 40.0])
def test_few_degrees_of_freedom_and_few_replicates_make_a_difference_unsure(df):
    """1/ν adds up: of the two variances (Welch), and of the R − 1 that tell the replicates' own."""
    rng = np.random.default_rng(2)
    draws = rng.standard_normal((9, 2)) * [1.0, 2.0]
    variance = draws.var(axis=0, ddof=1)
    found = differences(np.array([0.0, 5.0]), draws, np.full(2, df))
    share = (variance**2 / df).sum() / variance.sum() ** 2 + 1 / 8
    t = 5 / np.std(draws[:, 0] - draws[:, 1], ddof=1)
    assert found.z[0, 1] == pytest.approx(-stats.norm.ppf(stats.t.cdf(-t, 1 / share)))
    assert found.gap[0, 1] == -found.gap[1, 0] == -5


def test_ranks_do_not_depend_on_the_unit_of_the_index():
    rng = np.random.default_rng(4)
    estimates = np.array([0.70, 0.74, 0.73, 0.60])
    draws = estimates + rng.normal(size=(500, 4)) * 0.01
    small, large = rank_frame(estimates, draws, 0.9), rank_frame(100 * estimates, 100 * draws, 0.9)
    pd.testing.assert_frame_equal(small.drop(columns="index_0_100"), large.drop(columns="index_0_100"))
    assert large["rank_low_marginal"].tolist() == [3, 1, 1, 4]
    assert large["rank_high_marginal"].tolist() == [3, 2, 2, 4]


def test_ranks_want_groups_and_a_construct_of_the_fit(asked, survey, inst):
    with pytest.raises(ModelError, match="rank sets need groups"):
        rank_sets(ncsi.bootstrap(ncsi.fit_pls(survey.head(60), inst), replicates=5))
    with pytest.raises(ModelError, match="construct 'Joy' is not in the fit"):
        rank_sets(asked[2], construct="Joy")


def test_a_column_called_as_one_of_ranks_is_refused(asked):
    boot = asked[2]
    called = replace(boot, fit=replace(boot.fit, by="tier"))
    with pytest.raises(ModelError, match="the by-column 'tier' is called as a column of ranks"):
        rank_sets(called)


def test_the_first_third_of_seven_are_two_places():
    """Replicates in their own order: of seven units the two highest are there, and equal ones both."""
    draws = np.array(
        [[7.0, 6, 5, 4, 3, 2, 1], [1, 2, 3, 4, 5, 6, 7], [7, 5, 6, 4, 3, 2, 1], [7, 6, 6, 4, 3, 2, 1]]
    )
    made = rank_frame(np.arange(7.0)[::-1], draws, 0.95)
    assert made["p_top_third"].tolist() == [0.75, 0.5, 0.5, 0, 0, 0.25, 0.25]
    assert made["rank"].tolist() == [1, 2, 3, 4, 5, 6, 7]
    ties = rank_frame(np.array([70.0, 80, 70, 60]), draws[:, :4], 0.95)
    assert ties["rank"].tolist() == [2, 1, 2, 4]
