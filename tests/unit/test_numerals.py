"""Figures as readers expect them."""

from __future__ import annotations

import math

import pytest

from ncsi.numerals import level_told, number, p_value, per_cent


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (78.44, 1, "78.4"), (-1.25, 2, "−1.25"), (-0.04, 1, "0.0"), (None, 1, "—"), (math.nan, 1, "—"), (0, 0, "0"),
        (-1234.5, 1, "−1234.5"), (-math.inf, 1, "−inf"),
    ],
)  # fmt: skip
def test_numbers_have_a_true_minus_and_no_negative_zero(value, digits, expected):
    assert number(value, digits) == expected


def test_thousands_apart_and_nothing_for_none_where_asked():
    assert [number(one, 2, grouped=True, none="") for one in (-1234.5, -0.004, math.nan)] == [
        "−1,234.50",
        "0.00",
        "",
    ]


def test_what_is_small_is_not_written_as_none():
    assert [p_value(one) for one in (0.0004, 0.001, math.nan)] == ["<0.001", "0.001", "—"]
    assert [per_cent(one) for one in (0.003, 0.0, 0.95)] == ["<1%", "0%", "95%"]
    assert [level_told(one) for one in (0.9, 0.99, 0.995)] == ["90%", "99%", "99.5%"]
