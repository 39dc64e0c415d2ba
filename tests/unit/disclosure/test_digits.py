"""Published digits: ties fall alike whatever the last bits are, and nothing else changes."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from ncsi.disclosure.digits import in_published_digits, rounded, rounded_number
from ncsi.tables import OUT_PATHS_BY_SECTOR
from ncsi.tables.base import Column, Table, integer, number, text
from ncsi.tables.rules import OF_SECTORS


@pytest.mark.parametrize(
    ("value", "digits", "published"),
    [
        (75.125, 2, 75.12),
        (75.135, 2, 75.14),
        (75.125 + 1e-12, 2, 75.12),
        (75.125 - 1e-12, 2, 75.12),
        (75.12500001, 2, 75.12),
        (75.1250001, 2, 75.13),
        (2.675, 2, 2.68),
        (0.5, 0, 0.0),
        (1.5, 0, 2.0),
        (-75.125, 2, -75.12),
        (123456.789, 1, 123456.8),
        (1e-12, 4, 0.0),
        (99.995, 2, 100.0),
    ],
)
def test_numbers_are_rounded_half_to_even_as_nine_significant_decimals(value, digits, published):
    assert rounded_number(value, digits) == published


def test_there_is_no_negative_zero():
    assert math.copysign(1, rounded_number(-0.001, 2)) == 1


@pytest.mark.parametrize("value", [math.inf, -math.inf])
def test_what_is_not_finite_stays(value):
    assert rounded_number(value, 2) == value


def test_what_is_missing_stays_missing():
    assert rounded(pd.Series([1.006, None, 1.006]), 2).tolist()[::2] == [1.01, 1.01]
    assert rounded(pd.Series([1.006, None]), 2).isna().tolist() == [False, True]


@pytest.mark.parametrize("digits", [0, 2, 4])
def test_a_column_is_rounded_as_its_numbers_one_by_one(digits):
    stream = np.random.default_rng(digits)
    given = np.concatenate(
        [
            stream.normal(0, 100, 500),
            (stream.integers(-(10**5), 10**5, 500) + 0.5) / 10**digits,
            (stream.integers(-(10**5), 10**5, 500) + 0.5) / 10**digits * (1 + 1e-9),
            stream.normal(0, 1e9, 100),
            [math.inf, -math.inf, -0.0, -1e-9],
        ]
    )
    column = rounded(pd.Series(given), digits).to_numpy()
    one_by_one = np.array([rounded_number(float(one), digits) for one in given])
    assert column.tobytes() == one_by_one.tobytes()


def test_only_declared_numbers_change_and_rows_are_counted_anew():
    table = Table(
        "out_new",
        "a table",
        ("a",),
        (
            text("a", "a key"),
            integer("n", "a count"),
            Column("code", "integer", "a code", digits=0),
            number("x", "a figure", "points"),
            number("se", "its error", digits=3),
        ),
        (OF_SECTORS,),
    )
    frame = pd.DataFrame(
        {"a": ["u", "v"], "n": [3, 4], "code": [7, 8], "x": [1.2345, 2.0], "se": [0.12345, 1.0]}, index=[5, 9]
    )
    made = in_published_digits(frame, table)
    assert made.to_dict("list") == {
        "a": ["u", "v"],
        "n": [3, 4],
        "code": [7, 8],
        "x": [1.23, 2.0],
        "se": [0.123, 1.0],
    }
    assert made["code"].dtype == frame["code"].dtype
    assert made.index.tolist() == [0, 1]


def test_a_column_that_the_frame_lacks_is_left_out():
    frame = pd.DataFrame({"estimate": [0.123456]})
    assert in_published_digits(frame, OUT_PATHS_BY_SECTOR).to_dict("list") == {"estimate": [0.1235]}
