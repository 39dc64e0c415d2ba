"""Complementary suppression at its edges: exactly at the threshold, one cell too few, nothing to hide."""

from __future__ import annotations

import pandas as pd
import pytest

from ncsi.disclosure.complement import with_complement


@pytest.mark.parametrize(
    ("sizes", "least", "hidden"),
    [
        ([50, 300, 400], 100, [True, True, False]),
        ([50, 50, 400], 100, [True, True, False]),  # the two hidden reach the threshold exactly
        ([50, 49.5, 400, 500], 100, [True, True, True, False]),  # half a respondent short of it
        ([99, 100, 100], 100, [True, True, False]),
        ([100, 100, 100], 100, [False, False, False]),
        ([20, 30], 100, [True, True]),
        ([20], 100, [True]),
        ([10, 20, 30], 100, [True, True, True]),
        ([10, 200, 150], 100, [True, False, True]),  # the smallest of the others is taken first
    ],
)
def test_what_is_hidden_of_one_total(sizes, least, hidden):
    small = [one < least for one in sizes]
    block = pd.Series("t", index=range(len(sizes)), name="block")
    assert with_complement(small, sizes, block, least).tolist() == hidden


def test_each_total_is_its_own_and_the_index_stays():
    blocks = pd.DataFrame({"block": ["a", "b", "a", "b"]}, index=[7, 5, 3, 1])
    made = with_complement([True, False, False, False], [10, 20, 200, 30], blocks, 100)
    assert made.to_dict() == {7: True, 5: False, 3: True, 1: False}


def test_a_cell_hidden_for_another_reason_counts_towards_the_threshold():
    made = with_complement([True, True, False], [400, 10, 500], pd.DataFrame({"b": ["t"] * 3}), 100)
    assert made.tolist() == [True, True, False]


def test_a_size_that_is_missing_adds_nothing():
    made = with_complement([True, True, False], [float("nan"), 60, 500], pd.DataFrame({"b": ["t"] * 3}), 100)
    assert made.tolist() == [True, True, True]


def test_a_large_cell_hidden_alone_takes_another_with_it():
    made = with_complement([True, False, False], [400, 600, 500], pd.DataFrame({"b": ["t"] * 3}), 100)
    assert made.tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("sizes", "hidden"),
    [
        ([97, 5, 300, 200], [True, True, False, True]),  # 5 would leave the 97 known within 5 points
        ([90, 10, 300], [True, True, False]),
        ([97, 200, 150], [True, False, True]),
        ([95, 4, 4], [True, True, True]),  # all that there are
        ([60, 50, 4, 200], [True, True, True, False]),
    ],
)
def test_what_is_hidden_beside_a_small_cell_is_a_share_of_it(sizes, hidden):
    block = pd.Series("t", index=range(len(sizes)), name="block")
    assert with_complement([one < 100 for one in sizes], sizes, block, 100, 0.1).tolist() == hidden


def test_cells_that_no_column_adds_up_are_refused_not_left_open():
    with pytest.raises(ValueError, match="no column names the total"):
        with_complement([True, False, False], [10, 200, 300], pd.DataFrame(index=range(3)), 100)
