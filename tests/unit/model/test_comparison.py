"""Rank sets, changes between waves and aggregation, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ncsi.errors import ModelError
from ncsi.model import aggregate, changes, holm, rank_sets_from_se
from ncsi.model.inference.rank_sets import rank_frame, tiers

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


def test_holm_by_hand():
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])


def test_change_by_hand():
    now = pd.DataFrame({"unit": ["a", "b", "new"], "index_0_100": [75.0, 70.0, 60.0], "se": [0.6, 0.6, 1.0]})
    before = pd.DataFrame({"unit": ["b", "a"], "index_0_100": [73.0, 74.5], "se": [0.8, 0.8]})
    frame = changes(now, before, ["unit"], 0.95).set_index("unit")
    assert frame.index.tolist() == ["a", "b"]
    assert frame.loc["b", "change"] == pytest.approx(-3)
    assert frame.loc["b", "se"] == pytest.approx(1)
    assert frame.loc["b", "p"] == pytest.approx(0.0026998, abs=1e-7)
    assert frame.loc["b", "p_holm"] == pytest.approx(0.0053996, abs=1e-7)
    assert frame["verdict"].tolist() == ["no_significant_change", "fell"]


def test_shares_are_renormalised_over_what_was_measured():
    sectors = pd.DataFrame(
        {
            "sector": ["x", "y"],
            "construct": "S",
            "n": [100, 300],
            "index_0_100": [80.0, 60.0],
            "se": [1.0, 2.0],
        }
    )
    row = aggregate(sectors, {"x": 0.3, "y": 0.1, "unmeasured": 0.6}, ["construct"], 0.95).iloc[0]
    assert row["index_0_100"] == pytest.approx(75)
    assert row["se"] == pytest.approx(np.sqrt(0.75**2 * 1 + 0.25**2 * 4))
    assert row["index_equal_0_100"] == pytest.approx(70)
    assert row["coverage"] == pytest.approx(0.4)
    assert row["n"] == 400


def test_a_sector_without_an_index_lowers_the_coverage_not_the_nation():
    sectors = pd.DataFrame(
        {
            "sector": ["x", "y"],
            "construct": "S",
            "n": [100, 2],
            "index_0_100": [80.0, np.nan],
            "se": [1.0, np.nan],
        }
    )
    row = aggregate(sectors, {"x": 0.3, "y": 0.7}, ["construct"], 0.95).iloc[0]
    assert (row["index_0_100"], row["se"], row["sectors"], row["n"]) == (80, 1, 1, 100)
    assert row["coverage"] == pytest.approx(0.3)


def test_a_sector_without_a_share_is_named():
    sectors = pd.DataFrame({"sector": ["x"], "construct": "S", "n": [9], "index_0_100": [80.0], "se": [1.0]})
    with pytest.raises(ModelError, match="sector x: no share"):
        aggregate(sectors, {"y": 1.0}, ["construct"], 0.95)
