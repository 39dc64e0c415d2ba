"""What a command says whose server is gone when its work has ended: the work's own end, whichever it was. Without a
server: whatever would ask one is replaced."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from types import SimpleNamespace

import httpx
import pytest

from flows import prefect_engine
from flows.prefect_engine import PrefectEngine
from ncsi.engine import Processes
from ncsi.errors import ServerAway, StoreError


@pytest.fixture
def ended(tmp_path, monkeypatch):
    """Does a job as within a run, whose server is gone afterwards; with the cautions that the command tells."""
    within = []

    class Run:
        def __init__(self, work, **_said):
            self.work = work

        def __call__(self, *given):
            within.append(True)
            with suppress(Exception):  # which the server is to be told
                self.work(*given)
            raise httpx.ConnectError("gone")

    monkeypatch.setattr(prefect_engine, "_Job", Run)
    monkeypatch.setattr(prefect_engine, "FlowRunContext", SimpleNamespace(get=lambda: within or None))
    monkeypatch.setattr(prefect_engine, "get_client", lambda **_asked: nullcontext())
    monkeypatch.setattr(prefect_engine, "end_orphans", lambda *_given: ())
    monkeypatch.setattr(prefect_engine, "begin_own_run", lambda _root: None)
    monkeypatch.setattr(Processes, "job", lambda _self, _name, _plan, work: work())
    plan, cautions = SimpleNamespace(workspace=SimpleNamespace(root=tmp_path), name="lpi"), []
    return lambda work: PrefectEngine(caution=cautions.append).job("composite", plan, work), cautions


def test_work_that_is_done_is_done_and_one_is_told_what_the_server_does_not_show(ended):
    job, cautions = ended
    assert job(lambda: 7) == 7
    assert ["All is done and stored" in one for one in cautions] == [True]


def test_work_that_failed_has_failed_and_nobody_is_told_that_it_is_done(ended):
    job, cautions = ended

    def fails():
        raise StoreError("the disk is full")

    with pytest.raises(StoreError, match="the disk is full"):
        job(fails)
    assert not cautions


def test_work_that_the_server_itself_stopped_is_to_be_run_again(ended):
    job, cautions = ended

    def asks():
        raise httpx.ConnectError("gone")

    with pytest.raises(ServerAway, match=r"while composite was at work \(ConnectError\).*run again"):
        job(asks)
    assert not cautions


def test_work_that_was_not_begun_is_to_be_run_again(ended, monkeypatch):
    job, cautions = ended

    def asks(*_given):
        raise httpx.ConnectError("gone")

    monkeypatch.setattr(prefect_engine, "end_orphans", asks)
    with pytest.raises(ServerAway, match=r"before composite was begun \(ConnectError\): run again"):
        job(lambda: 7)
    assert not cautions
