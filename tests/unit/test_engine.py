"""Engines: both cores, the outcomes' order, errors that come back whole, settings that are refused."""

from __future__ import annotations

import os
from functools import partial

import pytest

from ncsi.engine import InOrder, Processes, workers
from ncsi.errors import ReadError, SpecError


def _square(base: int, value: int) -> tuple[int, int]:
    return base + value**2, os.getpid()


def _refuse(value: int) -> int:
    raise ReadError(f"file_{value}.csv, row 3", "it ends in the middle of a row", "Export it again")


@pytest.fixture(scope="module")
def processes():
    with Processes() as engine:
        yield engine


@pytest.mark.parametrize("kind", ["in order", "processes"])
def test_outcomes_and_progress_keep_the_order(kind, processes, monkeypatch):
    engine = InOrder() if kind == "in order" else processes
    seen = []
    monkeypatch.setattr(engine, "progress", lambda *told: seen.append(told))
    outcomes = engine.run_step("square", partial(_square, 1), {str(k): k for k in range(5)})
    assert [value for value, _ in outcomes] == [1, 2, 5, 10, 17]
    assert ({pid for _, pid in outcomes} == {os.getpid()}) == (kind == "in order")
    assert seen == [("square", k, 5) for k in range(1, 6)]


def test_an_error_comes_back_with_its_parts_and_its_exit_code(processes):
    with pytest.raises(ReadError, match=r"row 3: it ends in the middle of a row\. Export it again") as caught:
        processes.run_step("read", _refuse, {"7": 7})
    assert caught.value.where == "file_7.csv, row 3"
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("given", ["0", "-1", "two", ""])
def test_a_senseless_number_of_workers_is_refused(monkeypatch, given):
    monkeypatch.setenv("NCSI_WORKERS", given)
    with pytest.raises(SpecError, match=r"NCSI_WORKERS.*Set it to a number from 1 up"):
        workers()


def test_the_number_of_workers_is_the_users(monkeypatch):
    monkeypatch.setenv("NCSI_WORKERS", "3")
    assert workers() == 3
