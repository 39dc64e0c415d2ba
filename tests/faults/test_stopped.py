"""A run that is stopped, or whose ledger cannot be written: no traceback, an end for every beginning."""

from __future__ import annotations

import json
import os
import signal
import time

import pytest

from ncsi.cli import main
from ncsi.errors import StoreError
from ncsi.ledger import Ledger


@pytest.mark.parametrize(
    ("command", "signals"), [("estimate", "SIGTERM to the command"), ("run", "SIGINT to its group")]
)
def test_a_stopped_run_ends_in_the_ledger_and_in_one_word(warm, tmp_path, command, signals):
    """`estimate` begins the process that its workers are forked off before anything else."""
    main(["init", str(tmp_path / "ws")])
    options = ("--wave", "2026", "--engine", "local", "--workspace", str(tmp_path / "ws"))
    if command == "estimate":
        main(["ingest", *options])
    ledger = Ledger(tmp_path / "ws" / "runs" / "ledger.jsonl")
    running = warm.start(
        "from ncsi.cli import main; main()",
        *(command, *options),
        start_new_session=True,
    )
    end = time.monotonic() + 600
    while not (ledger.path.exists() and '"estimate"' in ledger.path.read_text(encoding="utf-8")):
        assert time.monotonic() < end
        time.sleep(0.05)
    if signals.startswith("SIGTERM"):
        running.send_signal(signal.SIGTERM)
    else:
        os.killpg(running.pid, signal.SIGINT)
    _, told = running.communicate(timeout=600)
    assert (running.returncode, told.strip()) == (1, "Stopped.")
    events = ledger.events()
    runs = {one["run"] for one in events if one["event"] == "START"}
    assert {one["run"] for one in events if one["event"] != "START"} == runs
    assert [one["error"] for one in events if one["event"] == "FAIL"] == ["KeyboardInterrupt"]


@pytest.mark.parametrize("in_the_way", ["runs", "runs/ledger.jsonl", "runs/ledger.jsonl.lock"])
def test_a_ledger_that_cannot_be_written_is_named(nation, tmp_path, capsys, in_the_way):
    for name in ("ncsi.yaml", ".ncsi-key", "waves", "margins", "warehouse"):
        (tmp_path / name).symlink_to(nation.workspace.root / name)
    place = tmp_path / in_the_way
    if in_the_way == "runs":
        place.write_text("", encoding="utf-8")
    else:
        place.mkdir(parents=True)
    with pytest.raises(SystemExit) as stopped:
        main(["estimate", "--wave", "2025Q1", "--workspace", str(tmp_path), "--engine", "local"])
    assert stopped.value.code == 1
    told = capsys.readouterr().err
    assert "ledger.jsonl: cannot write: " in told
    assert "make the file writable, then run again" in told


@pytest.mark.parametrize("line", [b"\xff\xfe\n", b"3\n", b"{}\n"])
def test_a_ledger_that_is_none_is_refused(tmp_path, line):
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(line)
    for used in (
        Ledger(path).events,
        Ledger(path).end_killed,
        lambda: Ledger(path).record("START", "x", "1"),
    ):
        with pytest.raises(StoreError, match="no event of a ledger"):
            used()


def test_a_killed_run_gets_its_end_once_and_a_living_one_none(warm, tmp_path):
    ledger = Ledger(tmp_path / "ledger.jsonl", tmp_path / "anchors")
    code = f"from ncsi.ledger import *; Ledger(Path({str(ledger.path)!r})).record('START', 'collect', 'r1', file='a')"
    warm.run(code).check_returncode()
    ledger.record("START", "estimate", "r2")
    for _ in range(2):
        ledger.end_killed()
    last = ledger.events()[-1]
    assert len(ledger.events()) == 3
    assert [one["number"] for one in ledger.events()] == [1, 2, 3]
    assert not list(ledger.damages())
    assert (last["event"], last["run"], last["error"], last["file"]) == ("FAIL", "r1", "Killed", "a")
    assert json.loads(ledger.path.read_text(encoding="utf-8").splitlines()[-1]) == last


DROPPED = """
import signal, time, weakref
from ncsi.cli import main as front
class Imported:
    pass
held = Imported()
watched = weakref.ref(held, lambda _: signal.raise_signal(getattr(signal, {name!r})))
def command(**_):
    global held
    del held  # what is raised in the callback of a reference is dropped, as in those that imports make
    time.sleep(20)
front.__globals__["cli"].main = command
front()
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_an_interruption_that_python_drops_comes_again(warm, name):
    done = warm.run(DROPPED.format(name=name))
    assert (done.returncode, done.stderr.strip()) == (1, "Stopped.")
