"""Locks of runs and waves: they last as long as the process that holds them, and no longer."""

from __future__ import annotations

import subprocess
import sys
from uuid import UUID

import pytest

from flows.at_work import alone_on, at_work, is_at_work
from ncsi.errors import StoreBusy, StoreError

RUN = UUID(int=7)
HOLD = """
import sys, time
from pathlib import Path
from uuid import UUID
from flows.at_work import alone_on, at_work
with at_work(Path(sys.argv[1]), UUID(int=7)), alone_on(Path(sys.argv[1]), "2026"):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_run_is_at_work_until_its_block_ends(tmp_path):
    assert not is_at_work(tmp_path, RUN)
    with at_work(tmp_path, RUN):
        assert is_at_work(tmp_path, RUN)
        assert not is_at_work(tmp_path, UUID(int=8))
    assert not is_at_work(tmp_path, RUN)


def test_a_killed_process_leaves_nothing_locked(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holding:
        assert holding.stdout is not None
        assert holding.stdout.readline() == "held\n"
        assert is_at_work(tmp_path, RUN)
        with (
            pytest.raises(StoreBusy, match="another run has been at work on it"),
            alone_on(tmp_path, "2026", 0),
        ):
            pass
        with alone_on(tmp_path, "2027", 0):
            pass
        holding.kill()
    assert not is_at_work(tmp_path, RUN)
    with alone_on(tmp_path, "2026", 0):
        pass


def test_where_nothing_can_be_locked_the_folder_is_named(tmp_path):
    (tmp_path / ".prefect").write_text("no folder")
    with pytest.raises(StoreError, match=r"run-.*\.lock: cannot be locked"), at_work(tmp_path, RUN):
        pass
