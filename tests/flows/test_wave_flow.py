"""The Prefect flow for real: an ephemeral server, one task a sector, the same numbers as without it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pandas as pd

import ncsi
from ncsi.ledger import Ledger

WAVE = "2025Q1"


def every(said):
    """The JSON objects that were printed, one after another."""
    found, rest = [], said.strip()
    while rest:
        one, end = json.JSONDecoder().raw_decode(rest)
        found.append(one)
        rest = rest[end:].strip()
    return found


def test_the_flow_succeeds_quietly(by_prefect):
    root, done = by_prefect
    assert done.returncode == 0, done.stderr[-2000:]
    facts, *_ = every(done.stdout)
    assert facts["rows_read"] == facts["rows_accepted"] + facts["rows_rejected"]
    assert facts["synthetic"] is True
    assert (root / "releases" / WAVE / "national.pdf").exists()
    assert "Traceback" not in done.stderr
    assert "great_expectations" not in done.stderr


def test_a_wave_that_is_done_is_not_done_again(by_prefect):
    _, done = by_prefect
    _, first, second, _ = every(done.stdout)
    skipped = ["collect", "estimate", "publish"]
    assert (second.pop("skipped"), second.pop("as_of")[:2], first.pop("skipped")) == (skipped, "20", [])
    assert first.pop("forced") == []
    assert second == first


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
    root, done = by_prefect
    assert (root / ".prefect").stat().st_mode & 0o777 == 0o700
    *_, (stored, *_) = every(done.stdout)
    assert stored == []


def test_runs_have_tags_and_tasks_none_for_which_a_server_would_be_asked_for_limits(by_prefect):
    root, _ = by_prefect
    with closing(sqlite3.connect(root / ".prefect" / "prefect.db")) as database:
        runs = [json.loads(one) for (one,) in database.execute("SELECT tags FROM flow_run")]
        tasks = [json.loads(one) for (one,) in database.execute("SELECT tags FROM task_run")]
    assert any(set(one) == {"ncsi", WAVE} for one in runs)
    assert tasks
    assert not any(tasks)


def test_a_task_whose_process_dies_is_named_and_the_others_are_done(by_prefect):
    root, done = by_prefect
    *_, (_, died, after) = every(done.stdout)
    assert died.startswith("collect b: the process that worked on it was killed")
    assert after == [4]
    assert (root / "done").exists()
