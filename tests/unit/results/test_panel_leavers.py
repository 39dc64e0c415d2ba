"""How those who left a panel had answered, and when that would tell of the few who were released."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ncsi.results.panel_attrition import leavers_table
from ncsi.weighting.attrition import Members


def members(stayed, left, released=0):
    names = [f"p{k}" for k in range(stayed + left)]
    score = np.repeat([80.0, 60.0], [stayed, left]) + np.tile([-1.0, 1.0], stayed + left)[: stayed + left]
    rows = pd.DataFrame({"respondent": names, "weight": 1.0, "score": score})
    return Members(rows, frozenset(names[:stayed]), released)


@pytest.mark.parametrize(
    ("stayed", "left", "released", "told"),
    [(40, 30, 0, 1), (40, 29, 0, 0), (29, 40, 0, 0), (40, 40, 1, 0), (40, 40, 29, 0), (40, 40, 30, 1)],
)
def test_it_is_told_only_where_each_part_of_the_wave_before_is_nobody_or_thirty(stayed, left, released, told):
    assert len(leavers_table(members(stayed, left, released), "2026", 0.95)) == told


def test_the_difference_is_that_of_two_independent_means():
    (row,) = leavers_table(members(40, 30), "2026", 0.95).to_dict("records")
    # both parts alternate ±1 about their mean: s² = n/(n - 1)
    assert row["difference"] == pytest.approx(-20)
    assert row["se"] == pytest.approx(np.sqrt(1 / 39 + 1 / 29))
    assert row["low"] < -20 < row["high"]
