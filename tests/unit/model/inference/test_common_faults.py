"""Faults common to a sector."""

from __future__ import annotations

import pandas as pd
import pytest

from ncsi.model.inference.common_faults import common_faults


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


def test_a_brand_at_the_national_mean_is_not_below_it():
    items = pd.DataFrame({"sector": ["s", "t"], "construct": "C", "item": "I", "mean_0_100": [70.0, 70.0]})
    brands = pd.DataFrame(
        {"sector": "s", "item": "I", "brand": list("abcd"), "mean_0_100": [70.0, 70.0, 69.0, 80.0]}
    )
    found = common_faults(brands, items, {"s": "q", "t": "q"}, {"s": 0.5, "t": 0.5}).set_index("sector")
    assert found.loc["s", ["brands", "share_below", "national_mean_0_100"]].tolist() == [4, 0.25, 70.0]
