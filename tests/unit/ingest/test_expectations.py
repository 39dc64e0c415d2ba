"""Great Expectations decides: what the suite says is kept as JSON, and its traps are closed."""

from __future__ import annotations

import importlib
import json
import logging
import os
import socket
import subprocess
import sys

import pandas as pd
import pytest

from ncsi.errors import NcsiError
from ncsi.ingest import expect, lean_great_expectations
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


def test_a_value_is_judged_once_a_process_and_a_new_one_when_it_comes(make, monkeypatch):
    monkeypatch.setattr(expect, "_KNOWN", {})
    monkeypatch.setattr(expect, "_PASSED", set())
    findings(make)
    ran, run = [], expect._run
    monkeypatch.setattr(expect, "_run", lambda *asked: ran.append(list(asked[0])) or run(*asked))
    assert findings(make, weight_base=[0.5, 1.0, 2.0]) == []
    assert len(ran) == 1
    assert findings(make, weight_base=[0.75, 1.0, 1.5]) == findings(make) == []
    assert len(ran) == 1
    new = [("expect_column_values_to_be_in_set", "S1", [2])]
    for _ in range(2):
        assert findings(make, S1=["8", "1", "never seen"]) == new
    assert len(ran) == 2


def test_what_was_found_of_one_table_is_not_taken_for_another(make):
    assert findings(make) == []
    with pytest.raises(NcsiError, match="expect_table"):
        judge(frame(extra=1), suite_of(make.instrument()))
    twice = [("expect_compound_columns_to_be_unique", None, [0, 2])]
    assert findings(make, respondent=["x", "y", "x"]) == twice
    assert findings(make) == []


def test_weights_within_bounds_are_judged_by_the_outermost_and_others_one_by_one(make):
    within = [("expect_column_values_to_be_between", "weight_base", [0, 2])]
    assert findings(make, weight_base=[-1.0, 2.0, -1.0]) == within
    assert findings(make, weight_base=[0.25, 2.0, 1e9]) == []


def test_of_a_long_table_only_rows_that_decide_are_asked_about(make, monkeypatch):
    rows = 5_000
    good = {
        name: [f"r{k}" for k in range(rows)] if name == "respondent" else [values.iloc[0]] * rows
        for name, values in frame().items()
    }
    good["respondent"][4_000] = "r7"
    sizes, run = [], expect._run
    monkeypatch.setattr(expect, "_run", lambda *asked: sizes.append(len(asked[0])) or run(*asked))
    (found,) = judge(pd.DataFrame(good), suite_of(make.instrument()))
    assert (found.kind, found.positions.tolist()) == ("expect_compound_columns_to_be_unique", [7, 4_000])
    assert max(sizes) <= 3


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


LEAN = """
import sys, threading
import ncsi.engine, ncsi.stages.validate, ncsi.stages.field_board, ncsi.stages.field_progress
import ncsi.stages.ready_to_collect
print(threading.active_count())  # workers are forked off a process that has imported it
from ncsi.ingest.lean_great_expectations import gx
heavy = ("scipy.stats._stats_py", "altair.vegalite", "sqlalchemy", "botocore", "ncsi.model.pls.fit", "matplotlib")
print([name for name in heavy if name in sys.modules])

import great_expectations.expectations.core.expect_column_kl_divergence_to_be_less_than as one_of_theirs
print(one_of_theirs.stats.entropy([0.5, 0.5], [0.5, 0.5]) == 0, one_of_theirs.alt.Chart.__name__)

import sqlalchemy, scipy, altair
from scipy import stats
print(stats is sys.modules["scipy.stats"] is scipy.stats, altair.Chart is one_of_theirs.alt.Chart)
"""


def test_what_frames_are_never_judged_by_is_not_imported_until_it_is_used():
    done = subprocess.run([sys.executable, "-c", LEAN], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["1", "[]", "True Chart", "True True"]


@pytest.mark.parametrize("wrong", [ValueError("a template that is none"), MemoryError(), SystemError()])
def test_what_goes_wrong_in_getting_ready_is_left_to_whoever_does_the_work(monkeypatch, wrong):
    """Else the process that workers are forked off would end, and each that takes its place."""
    from ncsi.ingest import expect
    from ncsi.stages import ready_to_collect

    def fail():
        raise wrong

    monkeypatch.setattr(expect, "make_ready", fail)
    importlib.reload(ready_to_collect)


ONLY_JUDGES = """
import sys, types
sys.modules["ncsi.uncollected"] = types.ModuleType("the clean process")
import pandas
there = {one: getattr(pandas, one) for one in dir(pandas) if one.startswith("read_")}
from ncsi.ingest.expect import judge, make_ready
make_ready()
from great_expectations.datasource.fluent import PandasDatasource
print([one.__name__ for one in PandasDatasource.asset_types])
print(len(there) > 15 and there == {one: getattr(pandas, one) for one in dir(pandas) if one.startswith("read_")})
suite = {"name": "s", "expectations": [
    {"type": "expect_column_values_to_be_between", "kwargs": {"column": "a", "min_value": 1, "max_value": 9}},
    {"type": "expect_compound_columns_to_be_unique", "kwargs": {"column_list": ["a", "b"]}},
]}
print([one.positions.tolist() for one in judge(pandas.DataFrame({"a": [1, 10, 1], "b": [2, 2, 2]}), suite)])
"""


def test_a_process_that_only_judges_makes_no_models_of_files():
    done = subprocess.run([sys.executable, "-c", ONLY_JUDGES], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["['CSVAsset', 'GBQAsset', 'DataFrameAsset']", "True", "[[1], [0, 2]]"]
    assert done.stderr == ""


def test_whoever_asks_a_module_that_was_put_off_gets_the_module_itself(monkeypatch):
    """As another thread may, while Great Expectations is being imported."""
    monkeypatch.setattr(lean_great_expectations, "_ON_USE", ("wave", "xml.sax"))
    for name in ("wave", "xml.sax"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    with lean_great_expectations._lean():
        import wave
        from xml import sax

        assert not hasattr(wave, "__file__")
        assert wave.WAVE_FORMAT_PCM == 1
        assert sys.modules["wave"] is not wave
        put_off = sax
    from xml import sax

    assert sax is not put_off
    assert put_off.make_parser is sax.make_parser


def test_judging_needs_no_network_and_says_nothing(make, monkeypatch, capfd):
    def refuse(*_args, **_kwargs):
        raise OSError("no network here")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    findings(make, Q1=["8", "11", "1"])
    assert capfd.readouterr() == ("", "")
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"
