"""What may be put first: one rule, from intervals, cuts and tested gaps."""

import numpy as np
import pandas as pd
import pytest

from ncsi.model.inference.advice import cuts, most_urgent, put_first, with_quadrants


def rows(*own):
    """(construct, item, importance, performance, half-width of both, actionable)."""
    names = ["construct", "item", "importance", "performance", "half", "actionable"]
    frame = pd.DataFrame(own, columns=names)
    ends = {
        f"{name}_{end}": frame[name] + sign * frame["half"] * scale
        for name, scale in (("importance", 0.01), ("performance", 1.0))
        for end, sign in (("low", -1), ("high", 1))
    }
    return frame.drop(columns="half").assign(**ends)


def test_a_block_of_many_items_counts_as_much_as_one_of_few():
    at = cuts(
        ["A", "A", "A", "A", "B", "C"], [0.1] * 4 + [0.3, 9.0], [70.0] * 4 + [80.0, 0.0], [True] * 5 + [False]
    )
    assert (at.importance, at.performance) == pytest.approx((0.35, 75.0))
    assert np.isnan(cuts(["A"], [0.1], [70.0], [False]).importance)


@pytest.mark.parametrize(
    ("half", "words"),
    [(1.0, ["improve_first", "keep_up", "low_priority", "possible_overkill"]), (6.0, ["undecided"] * 4)],
)
def test_the_quadrant_is_named_where_both_intervals_keep_clear_of_the_cuts(half, words):
    drivers = rows(
        ("A", "a", 0.4, 70.0, half, True), ("B", "b", 0.4, 80.0, half, True),
        ("C", "c", 0.3, 70.0, half, True), ("D", "d", 0.3, 80.0, half, True),
    )  # fmt: skip
    assert with_quadrants(drivers)["quadrant"].tolist() == words
    bare = drivers[["construct", "item", "importance", "performance", "actionable"]]
    assert "undecided" not in set(with_quadrants(bare)["quadrant"])


def test_what_cannot_be_acted_on_is_never_put_first_and_moves_no_cut():
    drivers = rows(
        ("Expectation", "e", 0.9, 10.0, 0.1, False),
        ("A", "a", 0.4, 70.0, 0.1, True),
        ("B", "b", 0.2, 80.0, 0.1, True),
    )
    found = with_quadrants(drivers)
    assert found["quadrant"].tolist() == ["not_actionable", "improve_first", "possible_overkill"]
    assert put_first(found) == {"a"}
    assert put_first(found, unit="construct") == {"A"}


def test_an_item_matters_where_its_construct_does_however_many_share_its_effect():
    items = rows(
        *(("Quality", f"q{k}", 0.58 / 8, 70.0 + 2 * (k > 4), 0.1, True) for k in range(8)),
        *(("Value", f"v{k}", 0.27 / 2, 78.0, 0.1, True) for k in range(2)),
    )
    found = with_quadrants(items)
    assert set(found.loc[found["construct"] == "Quality", "quadrant"]) == {"improve_first"}
    assert set(found.loc[found["construct"] == "Value", "quadrant"]) == {"possible_overkill"}
    ordered = most_urgent(found.iloc[::-1])
    assert ordered["construct"].tolist() == ["Quality"] * 8 + ["Value"] * 2
    assert ordered["performance"].is_monotonic_increasing


def test_an_interval_that_is_missing_decides_nothing():
    drivers = rows(("A", "a", 0.4, 70.0, np.nan, True), ("B", "b", 0.2, 80.0, np.nan, True))
    assert put_first(with_quadrants(drivers)) == frozenset()


def test_a_brand_is_told_first_only_what_is_significant_after_holm():
    drivers = with_quadrants(
        rows(
            ("A", "short", 0.4, 70.0, 1.0, True), ("A", "behind", 0.4, 80.0, 1.0, True),
            ("A", "level", 0.4, 60.0, 1.0, True), ("B", "weak", 0.01, 60.0, 2.0, True),
            ("Image", "image", 0.4, 60.0, 1.0, False),
        )
    )  # fmt: skip
    gaps = pd.DataFrame({
        "item": ["short", "behind", "level", "weak", "image"],
        "verdict": ["short_board", "level", "level", "short_board", "short_board"],
        "behind_best": [False, True, False, True, True],
    })  # fmt: skip
    assert put_first(drivers, gaps) == {"short", "behind"}
    assert put_first(drivers, gaps.assign(verdict="level", behind_best=False)) == frozenset()
