"""The Prefect flow for real: an ephemeral server, one task a sector, the same numbers as without it."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing

import pandas as pd

import ncsi
from ncsi.ledger import Ledger

WAVE = "2025Q1"


def test_the_flow_succeeds_quietly(by_prefect):
    root, done = by_prefect
    assert done.returncode == 0, done.stderr[-2000:]
    facts, _ = json.JSONDecoder().raw_decode(done.stdout)
    assert facts["rows_read"] == facts["rows_accepted"] + facts["rows_rejected"]
    assert facts["synthetic"] is True
    assert (root / "releases" / WAVE / "national.pdf").exists()
    assert "Traceback" not in done.stderr
    assert "great_expectations" not in done.stderr


def test_prefect_and_plain_functions_give_the_same_figures(by_prefect, nation):
    root, _ = by_prefect
    theirs, ours = ncsi.open(root / "warehouse"), ncsi.open(nation.workspace.warehouse)
    for table in ("out_index_by_brand", "out_index_national", "out_paths_by_sector", "out_rank_by_sector"):
        a, b = (one.table(table, wave=WAVE) for one in (theirs, ours))
        keys = [c for c in ("sector", "brand", "construct", "from", "to") if c in a]
        a, b = (frame.sort_values(keys, ignore_index=True) for frame in (a, b))
        pd.testing.assert_frame_equal(a, b, rtol=1e-9, atol=1e-9)


def test_prefect_on_another_processor_gives_the_same_bytes(by_prefect, again):
    root, _ = by_prefect
    again.assert_same_release(root)


def test_every_step_is_in_the_ledger(by_prefect):
    root, _ = by_prefect
    events = [one for one in Ledger(root / "runs" / "ledger.jsonl").events() if one["wave"] == WAVE]
    complete = [event for event in events if event["event"] == "COMPLETE"]
    assert sorted(e["sector"] for e in complete if e["job"] == "estimate") == [
        "",
        "banks",
        "bottled_water",
        "dairy",
    ]
    assert sum(e["job"] == "collect" for e in complete) == 3
    assert sum(e["job"] == "publish" for e in complete) == 1
    assert len(events) == 2 * len(complete)


def test_prefect_keeps_to_its_private_home(by_prefect):
    root, _ = by_prefect
    assert (root / ".prefect").stat().st_mode & 0o777 == 0o700
    assert not list((root / ".prefect").rglob("storage/*"))


def test_runs_have_tags_and_tasks_none_for_which_a_server_would_be_asked_for_limits(by_prefect):
    root, _ = by_prefect
    with closing(sqlite3.connect(root / ".prefect" / "prefect.db")) as database:
        runs = [json.loads(one) for (one,) in database.execute("SELECT tags FROM flow_run")]
        tasks = [json.loads(one) for (one,) in database.execute("SELECT tags FROM task_run")]
    assert any(set(one) == {"ncsi", WAVE} for one in runs)
    assert tasks
    assert not any(tasks)


DYING = """
from pathlib import Path
import sys
from flows.settings import configure
from ncsi import clean_process
root = Path(sys.argv[1])
configure(root)
clean_process.begin(())  # its workers need no libraries
from flows.prefect_engine import PrefectEngine
from ncsi.errors import WorkerDied
from ncsi.spec import open_workspace
from ncsi.spec.plan import load_plan
items = {"a": "1 + 1", "b": "__import__('os').kill(__import__('os').getpid(), 9)", "c": "open('done', 'w')and 3"}
plan = load_plan(open_workspace(root), "2025Q1")
with PrefectEngine() as engine:
    try:
        engine.job("collect", plan, lambda: engine.run_step("collect", eval, items))
    except WorkerDied as error:
        print(error)
    print(engine.job("collect", plan, lambda: engine.run_step("collect", eval, {"d": "2 + 2"})))
"""


def test_a_task_whose_process_dies_is_named_and_the_others_are_done(by_prefect, again, tmp_path):
    root, _ = by_prefect
    done = subprocess.run(
        [sys.executable, "-c", DYING, str(root)],
        capture_output=True, text=True, timeout=1200, env=again.environment(""), cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith("collect b: the process that worked on it was killed")
    assert done.stdout.endswith("(4,)\n")
    assert "Traceback" not in done.stderr
