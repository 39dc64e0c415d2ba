"""Engines: both cores, the outcomes' order, errors that come back whole, settings that are refused."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from threading import Event

import pytest

from ncsi.engine import InOrder, Processes
from ncsi.errors import ReadError, SpecError, StepFailed, WorkerDied
from ncsi.ledger import Ledger
from ncsi.spec import Workspace
from ncsi.spec.plan import load_plan
from ncsi.worker_pool import workers


def _square(base: int, value: int) -> tuple[int, int]:
    return base + value**2, os.getpid()


def _refuse(value: int) -> int:
    raise ReadError(f"file_{value}.csv, row 3", "it ends in the middle of a row", "Export it again")


def _die_of_three(folder: Path, value: int) -> None:
    if value == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    (folder / str(value)).touch()


def _refuse_even(folder: Path, value: int) -> None:
    if value == 3:
        raise MemoryError
    if value % 2 == 0:
        _refuse(value)
    (folder / str(value)).touch()


def _killed_while_running(workspace: Workspace, value: int) -> None:
    with Ledger.of(workspace).run("collect", wave="2026", file="a.csv"):
        _die_of_three(workspace.root, 3 * value)


def _refuse_now(_folder: Path) -> None:
    _refuse(1)


def _refuse_later(folder: Path) -> None:
    time.sleep(0.3)
    (folder / "ended").touch()
    _refuse(2)


def _printed_to(_item: int) -> bool:
    return os.path.sameopenfile(1, 2)


UP = Event()


def _up_after_two(here, value):
    if value == 2 and os.getpid() == here:
        UP.set()
    return value**2, os.getpid()


ORPHANS = """
import sys, time
from ncsi.engine import Processes
code = f"open('{sys.argv[1]}/' + str(__import__('os').getpid()), 'w').close() or __import__('time').sleep(600)"
with Processes() as engine:
    engine.run_step("sleep", eval, {"a": code, "b": code})
"""


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


def test_what_comes_first_of_all_is_begun_by_this_process_while_others_come_up(processes, monkeypatch):
    pool = processes._pool._pool
    begin = pool.submit

    def late(*asked):
        assert UP.wait(60)
        return begin(*asked)

    monkeypatch.setattr(pool, "submit", late)
    outcomes = list(processes.map_at_once(partial(_up_after_two, os.getpid()), range(6)))
    assert [value for value, _ in outcomes] == [0, 1, 4, 9, 16, 25]
    assert {pid for _, pid in outcomes[:3]} == {os.getpid()}
    assert list(InOrder().map_at_once(partial(_square, 1), [1, 2])) == [(2, os.getpid()), (5, os.getpid())]


def test_work_of_seconds_is_done_by_this_process_and_no_other_is_begun(monkeypatch):
    monkeypatch.setattr("ncsi.clean_process.begin", lambda *_: pytest.fail("a process was begun"))
    with Processes(few=True) as engine:
        outcomes = engine.run_step("square", partial(_square, 1), {"a": 2, "b": 3})
        assert outcomes == ((5, os.getpid()), (10, os.getpid()))
        assert list(engine.map(_square, [1], [2])) == [(5, os.getpid())]
        with pytest.raises(ReadError, match="file_2"):
            engine.run_step("refuse", _refuse, {"b": 2})


def test_an_error_comes_back_with_its_parts_and_its_exit_code(processes):
    with pytest.raises(ReadError, match=r"row 3: it ends in the middle of a row\. Export it again") as caught:
        processes.run_step("read", _refuse, {"7": 7})
    assert caught.value.where == "file_7.csv, row 3"
    assert caught.value.exit_code == 2


def test_a_step_beside_one_that_fails_comes_to_its_end_before_that_is_told(processes, tmp_path):
    with pytest.raises(ReadError, match="file_1"):
        processes.run_beside({"now": _refuse_now, "later": _refuse_later}, "2026", tmp_path)
    assert (tmp_path / "ended").exists()


def test_workers_leave_stdout_to_the_command(processes):
    """Whoever reads what a command prints does not wait for the process that workers are forked off."""
    assert processes.run_step("ask", _printed_to, {"a": 1}) == (True,)


def test_an_item_that_kills_its_process_is_named_and_the_others_are_done(processes, tmp_path):
    items = {str(k): k for k in range(6)}
    with pytest.raises(WorkerDied, match=r"collect 3: the process that worked on it was killed"):
        processes.run_step("collect", partial(_die_of_three, tmp_path), items)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "1", "2", "4", "5"]
    assert processes.run_step("collect", partial(_square, 0), {"a": 2})[0][0] == 4


def test_a_document_that_kills_its_process_ends_without_a_traceback(tmp_path):
    with Processes() as engine, pytest.raises(WorkerDied, match="write the documents"):
        list(engine.map(partial(_die_of_three, tmp_path), [3]))


@pytest.mark.parametrize("kind", ["in order", "processes"])
def test_several_faults_are_told_together_and_memory_is_one(kind, processes, tmp_path):
    engine = InOrder() if kind == "in order" else processes
    with pytest.raises(StepFailed) as failed:
        engine.run_step("read", partial(_refuse_even, tmp_path), {str(k): k for k in range(5)})
    assert str(failed.value).splitlines()[0] == "read: 4 of 5 failed; the others are done."
    assert "file_2.csv, row 3: it ends in the middle of a row. Export it again" in str(failed.value)
    assert "read 3: the process that worked on it was killed or ran out of memory" in str(failed.value)
    assert failed.value.exit_code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["1"]


def test_a_run_that_was_killed_gets_its_end_in_the_ledger(processes, workspace):
    plan = load_plan(workspace, "2026")
    step = partial(processes.run_step, "collect", partial(_killed_while_running, workspace), {"a.csv": 1})
    with pytest.raises(WorkerDied):
        processes.job("collect", plan, step)
    events = Ledger.of(workspace).events()
    assert [(one["event"], one.get("error"), one["file"]) for one in events] == [
        ("START", None, "a.csv"), ("START", None, "a.csv"), ("FAIL", "Killed", "a.csv"), ("FAIL", "Killed", "a.csv"),
    ]  # fmt: skip
    assert {one["run"] for one in events[:2]} == {one["run"] for one in events[2:]}


def test_workers_end_with_a_parent_that_is_killed(tmp_path):
    parent = subprocess.Popen([sys.executable, "-c", ORPHANS, str(tmp_path)])
    until(lambda: len(list(tmp_path.iterdir())) == 2)
    workers = [int(path.name) for path in tmp_path.iterdir()]
    parent.kill()
    parent.wait()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


def until(true):
    end = time.monotonic() + 600
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.parametrize("given", ["0", "-1", "two", "", "²", "２", "1.5", "99999999999999", "513"])
def test_a_senseless_number_of_workers_is_refused(monkeypatch, given):
    monkeypatch.setenv("NCSI_WORKERS", given)
    with pytest.raises(SpecError, match=r"NCSI_WORKERS.*Set it to a whole number from 1 to 512"):
        workers()


def test_the_number_of_workers_is_the_users(monkeypatch):
    monkeypatch.setenv("NCSI_WORKERS", "3")
    assert workers() == 3


@pytest.mark.parametrize(("sectors", "threads"), [(1, 4), (3, 2), (4, 1), (40, 1), (0, 4)])
def test_cores_that_no_sector_has_go_to_those_there_are(monkeypatch, sectors, threads):
    monkeypatch.setenv("NCSI_WORKERS", "4")
    assert InOrder().threads_each(sectors) == threads
