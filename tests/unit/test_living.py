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
    assert left == [f"{living.here()}-{os.getpid()}-{living.token()}{living.ALIVE}"]


IN_A_CONTAINER = """
import os, socket, sys
from pathlib import Path
socket.gethostname, os.getpid = lambda: "ncsi", lambda: int(sys.argv[2])
from ncsi.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]))
ledger.record("START", "estimate", sys.argv[3])
ledger.end_killed()
print("begun", flush=True)
sys.stdin.read()
"""


def in_a_container(ledger: Ledger, pid: int, run: str) -> subprocess.Popen[str]:
    """A process that has begun a run and looked for killed ones, of a container named ncsi, with that number."""
    command = [sys.executable, "-c", IN_A_CONTAINER, str(ledger.path), str(pid), run]
    begun = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert begun.stdout is not None
    assert begun.stdout.readline() == "begun\n"
    return begun


def test_a_container_that_is_begun_again_counts_from_1_and_knows_that_the_run_before_was_killed(
    tmp_path: Path,
) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    for number, run in enumerate(("first", "second")):
        container = in_a_container(ledger, 1, run)
        assert ends(ledger) == [("FAIL", "first")] * number
        container.kill()
        container.communicate()


def test_containers_of_one_name_neither_wait_for_nor_end_each_other(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    # one number each that lives here and one that is free: neither says anything of the process
    one, other, third = (
        in_a_container(ledger, pid, run) for pid, run in ((1, "one"), (1, "other"), (2**30, "third"))
    )
    assert ends(ledger) == []
    assert len(list((tmp_path / ".at-work").iterdir())) == 3
    third.kill()
    third.communicate()
    ledger.end_killed()
    assert ends(ledger) == [("FAIL", "third")]
    for container in (one, other):
        container.communicate("")


def test_events_without_a_token_are_judged_by_number(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert living.lives_at(tmp_path, living.here(), os.getpid())
    assert not living.lives_at(tmp_path, living.here(), gone.pid)
    assert not living.lives_at(tmp_path, "other", os.getpid())


def test_a_lock_of_another_user_that_may_not_be_opened_is_not_known_to_have_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    for host in ("other", living.here()):
        (tmp_path / f"{host}-1-abc{living.ALIVE}").touch()
    monkeypatch.setattr(os, "open", denied)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert living.lives_at(tmp_path, "other", 1, "abc")
    assert living.lives_at(tmp_path, living.here(), os.getpid(), "abc")
    living.sweep(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_is_named_in_two_ways_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    living.announce(Path("at-work"))
    living.announce(tmp_path / "at-work")
    living.sweep(tmp_path / "at-work")
    code = (
        "import sys; from pathlib import Path; from ncsi import living\n"
        "print(living.lives_at(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]))"
    )
    asked = [
        sys.executable,
        "-c",
        code,
        str(tmp_path / "at-work"),
        living.here(),
        str(os.getpid()),
        living.token(),
    ]
    root = Path(__file__).parents[2]
    said = subprocess.run(asked, cwd=root, capture_output=True, text=True, check=True)
    assert said.stdout == "True\n"


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
        "os.wait(); print(parent, living.token(), flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    begun = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert begun.stdout is not None
    parent, token = begun.stdout.readline().split()
    assert living.lives_at(tmp_path, "other", int(parent), token)
    living.sweep(tmp_path)
    assert living.lives_at(tmp_path, "other", int(parent), token)
    begun.communicate()
    assert not living.lives_at(tmp_path, "other", int(parent), token)
    assert not list(tmp_path.iterdir())
