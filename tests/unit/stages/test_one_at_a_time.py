"""The list of releases is written by one process at a time."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from ncsi.errors import StoreBusy
from ncsi.spec import open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages import one_at_a_time, publish
from ncsi.stages.one_at_a_time import listing


@pytest.fixture
def root(published_example: Path, tmp_path: Path) -> Path:
    return shutil.copytree(published_example, tmp_path / "ws")


def test_who_comes_second_waits(root: Path) -> None:
    """Between two renames of `api` and `latest` there is neither: another process took that for what a kill left, put
    the old one back, and the first failed."""
    workspace, held, told = open_workspace(root), threading.Event(), list[str]()

    def first() -> None:
        with listing(workspace):
            held.set()
            time.sleep(0.3)
            told.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    held.wait()
    with listing(workspace):
        told.append("second")
    thread.join()
    assert told == ["first", "second"]


def test_a_list_that_is_held_for_minutes_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_at_a_time, "_WAIT_S", 0)
    workspace = open_workspace(root)
    with listing(workspace), pytest.raises(StoreBusy, match="run the same command again"), listing(workspace):
        pass


def test_a_publication_writes_the_list_alone(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_at_a_time, "_WAIT_S", 0)
    plan, write, alone = load_plan(open_workspace(root), "2026"), publish.write_site, list[bool]()

    def written(*given: Any) -> Path | None:
        try:
            with listing(plan.workspace):
                alone.append(False)
        except StoreBusy:
            alone.append(True)
        return write(*given)

    monkeypatch.setattr(publish, "write_site", written)
    publish.publish_wave(plan)
    assert alone == [True]
