"""Runs of other machines that share the workspace: none that goes on is said to be killed, each that is gone is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ncsi import living
from ncsi.ledger import Ledger

pytestmark = pytest.mark.skipif(os.name != "posix", reason="locks of POSIX")

ELSEWHERE = """
import socket, sys
from pathlib import Path
socket.gethostname = lambda: sys.argv[2]
from ncsi.ledger import Ledger
Ledger(Path(sys.argv[1])).record("START", "estimate", "there", sector="banks")
print("begun", flush=True)
sys.stdin.read()
"""


def elsewhere(ledger: Ledger, host: str) -> subprocess.Popen[str]:
    """A process that has begun a run, and thinks itself on another machine."""
    command = [sys.executable, "-c", ELSEWHERE, str(ledger.path), host]
    begun = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert begun.stdout is not None
    assert begun.stdout.readline() == "begun\n"
    return begun


def ends(ledger: Ledger) -> list[tuple[str, str]]:
    return [(one["event"], one["run"]) for one in ledger.events() if one["event"] != "START"]


def test_a_run_of_another_machine_is_killed_once_its_process_is_gone_and_not_before(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    there = elsewhere(ledger, "node-2.cluster")
    ledger.record("START", "collect", "here")
    ledger.end_killed(patience_s=60.0)  # waits for nobody on another machine
    assert ends(ledger) == []
    there.kill()
    there.communicate()
    for _ in range(2):
        ledger.end_killed()
    assert ends(ledger) == [("FAIL", "there")]
    assert ledger.events()[-1]["sector"] == "banks"
    left = [path.name for path in (tmp_path / ".at-work").iterdir()]
    assert left == [f"{living.here()}-{os.getpid()}{living.ALIVE}"]


def test_a_host_that_is_no_name_of_a_file_stays_in_the_folder(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "runs" / "ledger.jsonl")
    there = elsewhere(ledger, "../../up/and away")
    ledger.end_killed()
    assert ends(ledger) == []
    assert [one.name for one in tmp_path.iterdir()] == ["runs"]
    there.kill()
    there.communicate()
    ledger.end_killed()
    assert ends(ledger) == [("FAIL", "there")]


def test_a_fork_neither_has_nor_ends_the_lock_of_its_parent(tmp_path: Path) -> None:
    """Worker processes are forked off one that may have begun something."""
    code = (
        "import os, socket, sys; from pathlib import Path; from ncsi import living\n"
        "socket.gethostname = lambda: 'other'\n"
        "folder = Path(sys.argv[1]); living.announce(folder); parent = os.getpid()\n"
        "if os.fork() == 0:\n    sys.exit(0)\n"
        "os.wait(); print(parent, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    begun = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert begun.stdout is not None
    parent = int(begun.stdout.readline())
    assert living.lives_at(tmp_path, "other", parent)
    living.sweep(tmp_path)
    assert living.lives_at(tmp_path, "other", parent)
    begun.communicate()
    assert not living.lives_at(tmp_path, "other", parent)
    assert not list(tmp_path.iterdir())
