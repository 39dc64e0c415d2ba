"""Sectors to the nation: shares, coverage, errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ncsi.errors import ModelError
from ncsi.model import aggregate
from ncsi.model.inference.aggregation import with_share_errors


def test_shares_are_renormalised_over_what_was_measured():
    sectors = pd.DataFrame(
        {
            "sector": ["x", "y"],
            "construct": "S",
            "n": [100, 300],
            "index_0_100": [80.0, 60.0],
            "se": [1.0, 2.0],
            "df": [9.0, 30.0],
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
            "df": np.nan,
        }
    )
    row = aggregate(sectors, {"x": 0.3, "y": 0.7}, ["construct"], 0.95).iloc[0]
    assert (row["index_0_100"], row["se"], row["sectors"], row["n"]) == (80, 1, 1, 100)
    assert row["coverage"] == pytest.approx(0.3)


def test_a_sector_without_a_share_is_named():
    sectors = pd.DataFrame(
        {"sector": ["x"], "construct": "S", "n": [9], "index_0_100": [80.0], "se": [1.0], "df": [9.0]}
    )
    with pytest.raises(ModelError, match="sector x: no share"):
        aggregate(sectors, {"y": 1.0}, ["construct"], 0.95)


def test_sectors_without_sampling_error_give_an_interval_of_no_width():
    sectors = pd.DataFrame(
        {
            "sector": ["x", "y"],
            "construct": "S",
            "n": 9,
            "index_0_100": [80.0, 60.0],
            "se": [0.0, 0.0],
            "df": np.nan,
        }
    )
    row = aggregate(sectors, {"x": 0.5, "y": 0.5}, ["construct"], 0.95).iloc[0]
    assert row[["index_0_100", "se", "low", "high"]].tolist() == [70, 0, 70, 70]


def test_unsure_shares_of_a_total_without_sampling_error_leave_its_ends_where_they_are():
    """No error to scale the interval by: the ends stay, and are not infinite."""
    totals = pd.DataFrame(
        {"construct": ["S"], "index_0_100": [70.0], "se": [0.0], "low": [69.0], "high": [71.0]}
    )
    parts = pd.DataFrame({"brand": ["a", "b"], "construct": "S", "index_0_100": [60.0, 80.0]})
    row = with_share_errors(totals, parts, {"a": 0.5, "b": 0.5}, {"a": 0.1, "b": 0.1}).iloc[0]
    assert row["se"] == pytest.approx(np.sqrt(2 * (0.1 * 10) ** 2))
    assert row[["low", "high"]].tolist() == [69, 71]


def test_an_unsure_share_adds_its_own_distance_and_a_sure_one_nothing():
    totals = pd.DataFrame(
        {"construct": ["S"], "index_0_100": [70.0], "se": [1.0], "low": [68.0], "high": [72.0]}
    )
    parts = pd.DataFrame({"brand": ["x", "y"], "construct": "S", "index_0_100": [80.0, 60.0]})
    made = with_share_errors(totals, parts, {"x": 0.5, "y": 0.5}, {"x": 0.1})
    assert made["se"][0] == pytest.approx(2**0.5)
    assert made["high"][0] - 70 == pytest.approx(2 * 2**0.5)
