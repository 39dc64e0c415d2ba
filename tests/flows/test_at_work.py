"""Locks of runs and waves: they last as long as the process that holds them, and no longer."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.states import Pending, Running

from flows.at_work import Presence, alone_on, begin_work, end_work, forget, presence
from flows.orphans import GRACE, is_abandoned
from ncsi.errors import StoreBusy, StoreError

RUN = UUID(int=7)
HOLD = """
import sys, time
from pathlib import Path
from uuid import UUID
from flows.at_work import alone_on, begin_work
begin_work(Path(sys.argv[1]), UUID(int=7))
with alone_on(Path(sys.argv[1]), "2026"):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_run_is_at_work_until_it_is_said_to_have_ended(tmp_path):
    assert presence(tmp_path, RUN) is Presence.UNKNOWN
    begin_work(tmp_path, RUN)
    assert presence(tmp_path, RUN) is Presence.AT_WORK
    assert presence(tmp_path, UUID(int=8)) is Presence.UNKNOWN
    end_work(RUN)
    assert presence(tmp_path, RUN) is Presence.UNKNOWN
    end_work(RUN)  # as a server's word comes again


def test_a_run_that_locks_while_it_is_looked_for_is_at_work(tmp_path, monkeypatch):
    """Its file is there a moment before the lock."""
    lock = tmp_path / ".prefect" / "at-work" / f"run-{RUN}.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    monkeypatch.setattr("flows.at_work.time.sleep", lambda pause: pause and begin_work(tmp_path, RUN))
    assert presence(tmp_path, RUN) is Presence.AT_WORK
    end_work(RUN)


@pytest.mark.parametrize(
    ("state", "found", "ago", "abandoned"),
    [
        (Running, Presence.AT_WORK, 9999, False),
        (Running, Presence.GONE, 0, True),
        (Running, Presence.UNKNOWN, 119, False),
        (Running, Presence.UNKNOWN, 120, True),
        (Pending, Presence.UNKNOWN, 599, False),
        (Pending, Presence.UNKNOWN, 600, True),
        (Running, Presence.UNKNOWN, -3600, True),  # the clock was set back
    ],
)
def test_a_lock_let_go_tells_at_once_and_no_lock_only_in_time(
    tmp_path, monkeypatch, state, found, ago, abandoned
):
    now = datetime(2026, 11, 29, 12, tzinfo=UTC)
    run = FlowRun(
        id=RUN,
        flow_id=UUID(int=1),
        state_type=state().type,
        state=state(timestamp=now - timedelta(seconds=ago)),
    )
    if found is Presence.AT_WORK:
        begin_work(tmp_path, RUN)
    elif found is Presence.GONE:
        lock = tmp_path / ".prefect" / "at-work" / f"run-{RUN}.lock"
        lock.parent.mkdir(parents=True)
        lock.touch()
    assert is_abandoned(tmp_path, run, now, GRACE) is abandoned
    end_work(RUN)


def test_a_killed_process_leaves_nothing_locked(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holding:
        assert holding.stdout is not None
        assert holding.stdout.readline() == "held\n"
        assert presence(tmp_path, RUN) is Presence.AT_WORK
        with (
            pytest.raises(StoreBusy, match="another run is at work on it"),
            alone_on(tmp_path, "2026", 0),
        ):
            pass
        with alone_on(tmp_path, "2027", 0):
            pass
        holding.kill()
    assert presence(tmp_path, RUN) is Presence.GONE
    forget(tmp_path, RUN)
    assert presence(tmp_path, RUN) is Presence.UNKNOWN
    with alone_on(tmp_path, "2026", 0):
        pass


def test_where_nothing_can_be_locked_the_folder_is_named(tmp_path):
    (tmp_path / ".prefect").write_text("no folder")
    with pytest.raises(StoreError, match=r"run-.*\.lock: cannot be locked"):
        begin_work(tmp_path, RUN)
