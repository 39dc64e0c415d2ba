"""Great Expectations decides: what the suite says is kept as JSON, and its traps are closed."""

from __future__ import annotations

import json
import logging
import os
import socket

import pandas as pd
import pytest

from ncsi.errors import NcsiError
from ncsi.ingest import expect
from ncsi.ingest.conform.suites import suite_of, suite_text
from ncsi.ingest.expect import judge
from ncsi.spec import load_instrument, presets, schemas_root


def frame(**changes):
    good = {
        "sector": ["bank"] * 3,
        "brand": ["b1"] * 3,
        "respondent": ["x", "y", "z"],
        "weight_base": [1.0] * 3,
        **{item: ["8", "1", None] for item in ("Q1", "Q2", "S1", "S2")},
    }
    return pd.DataFrame(good | changes)


def findings(make, **changes):
    return [
        (one.kind, one.column, one.positions.tolist())
        for one in judge(frame(**changes), suite_of(make.instrument()))
    ]


def test_a_good_frame_has_no_findings(make):
    assert findings(make) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"Q1": ["8", "11", "text"]}, ("expect_column_values_to_be_in_set", "Q1", [1, 2])),
        ({"Q1": ["2.5", None, "8"]}, ("expect_column_values_to_be_in_set", "Q1", [0])),
        ({"respondent": ["x", None, "z"]}, ("expect_column_values_to_not_be_null", "respondent", [1])),
        ({"weight_base": [1.0, 0.0, 2.0]}, ("expect_column_values_to_be_between", "weight_base", [1])),
        ({"weight_base": [1.0, None, 2.0]}, ("expect_column_values_to_not_be_null", "weight_base", [1])),
        ({"respondent": ["x", "y", "x"]}, ("expect_compound_columns_to_be_unique", None, [0, 2])),
    ],
)
def test_findings_carry_the_positions_of_rows(make, changes, expected):
    assert findings(make, **changes) == [expected]


def test_verdicts_are_those_of_great_expectations_left_alone(make, monkeypatch):
    changes = {
        "Q1": ["8", "11", "text"],
        "Q2": [None] * 3,
        "respondent": ["x", "x", None],
        "brand": [None] * 3,
    }
    ours = findings(make, **changes)
    monkeypatch.setattr(expect, "_remembering", str)
    monkeypatch.setattr(expect, "_OF_EACH_VALUE", frozenset())
    assert findings(make, **changes) == ours
    assert len(ours) == 4


def test_an_expectation_of_a_share_of_the_rows_is_asked_of_the_rows():
    words = pd.DataFrame({"word": ["a"] * 8 + ["b", "c"]})
    asked = {
        "type": "expect_column_values_to_be_in_set",
        "kwargs": {"column": "word", "value_set": ["a"], "mostly": 0.8},
    }
    assert judge(words, {"name": "words", "expectations": [asked]}) == ()


@pytest.mark.parametrize("bad", [frame().iloc[:0], frame().drop(columns="S2"), frame(extra=1)])
def test_a_table_that_is_not_as_expected_is_an_error_not_a_pass(make, bad):
    with pytest.raises(NcsiError, match=r"expect_table|could not be evaluated"):
        judge(bad, suite_of(make.instrument()))


def test_the_shipped_suites_are_those_of_the_shipped_instruments():
    folder = schemas_root() / "expectations"
    assert {path.stem for path in folder.glob("*.json")} == {*presets(), "wave"}
    for name in presets():
        kept = (folder / f"{name}.json").read_text(encoding="utf-8")
        assert kept == suite_text(load_instrument(name)), (
            f"run python -m ncsi.ingest.conform.suites on {folder}"
        )
        assert json.loads(kept)["meta"]["instrument"] == name


def test_great_expectations_own_classes_and_loggers_are_left_as_they_are(make):
    from great_expectations.expectations.expectation import Expectation

    level, plain = logging.getLogger("great_expectations").level, Expectation.configuration
    findings(make, Q1=["8", "11", "1"])
    assert Expectation.configuration is plain
    assert logging.getLogger("great_expectations").level == level


def test_judging_needs_no_network_and_says_nothing(make, monkeypatch, capfd):
    def refuse(*_args, **_kwargs):
        raise OSError("no network here")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    findings(make, Q1=["8", "11", "1"])
    assert capfd.readouterr() == ("", "")
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"
