"""The server of Prefect alone is killed while a run is at work: it comes back, or stays away."""

from __future__ import annotations

import ncsi
from flows.at_work import alone_on
from ncsi.ledger import Ledger

WAVE = "2026Q1"
DONE = {"collect", "register", "validate", "board"}
HELD = """
import sys, time
from pathlib import Path
from flows.settings import configure
configure(Path(sys.argv[-1]))
from prefect.context import refresh_global_settings_context
refresh_global_settings_context()
from flows import prefect_engine
begin = prefect_engine.begin_own_run
def begin_and_wait(workspace):
    begin(workspace)
    while not (workspace / "go").exists():
        time.sleep(0.05)
prefect_engine.begin_own_run = begin_and_wait
from ncsi.cli import main
main()
"""
"""The command, whose run waits for a file before it does anything."""


def completed(ledger):
    return [one for one in ledger.events() if one["event"] == "COMPLETE"]


def assert_collected_once(root, ledger):
    """The rows of the wave's one file, by one collection of them; what began has its end."""
    collected = [one for one in completed(ledger) if one["job"] == "collect"]
    (rows,) = [one["rows_accepted"] for one in collected if not one.get("repeated")]
    store = ncsi.open(root / "warehouse")
    assert len(store.sources(WAVE)) == 1
    assert len(store.responses(WAVE, "dairy")) == rows > 0
    begun, ended = (
        sorted((one["job"], one["process"]) for one in ledger.events() if (one["event"] == "START") is start)
        for start in (True, False)
    )
    assert begun == ended


def test_a_wave_comes_out_once_though_its_server_is_away_until_the_work_is_done(in_field, standing):
    """The work goes on meanwhile; with the server, on the same port and home, its run comes to its end, or crashed and
    was done again, which finds nothing left to do."""
    ledger = Ledger(in_field / "runs" / "ledger.jsonl")
    with alone_on(in_field, WAVE):
        standing.begin()
        standing.until(standing.is_at_work, "the schedule did not fire")
        standing.kill_server()
    standing.until(lambda: {one["job"] for one in completed(ledger)} >= DONE, "the work did not go on")
    standing.begin_server()
    standing.until(lambda: "COMPLETED" in standing.runs().values(), "no run came to its end")
    runs = standing.runs()
    first = f"{WAVE} {standing.due:%Y-%m-%d %H:%M} collect"
    assert runs in ({first: "COMPLETED"}, {first: "CRASHED", f"{first} (again 1)": "COMPLETED"})
    standing.until(lambda: not list(standing.at_work.glob("run-*.lock")), "locks of runs that ended stayed")
    assert_collected_once(in_field, ledger)


def test_a_command_whose_server_stays_away_is_done_all_the_same_and_says_so(in_field, standing):
    ledger = Ledger(in_field / "runs" / "ledger.jsonl")
    standing.begin_server()
    standing.until(standing.is_up, "the server did not come up")
    command = ["ingest", "--wave", WAVE, "--workspace", str(in_field)]
    begun = standing.warm.start(HELD, *command, env=standing.asking | {"PREFECT_CLIENT_MAX_RETRIES": "0"})
    standing.until(lambda: standing.is_at_work() or begun.ended(), "the command began no run")
    standing.kill_server()
    (in_field / "go").touch()
    told, said = begun.communicate(timeout=600)
    assert begun.wait() == 0, said
    assert told.startswith(f"Wave {WAVE}: 1 file, ")
    assert said.splitlines()[-1:] == [
        "Prefect's server stopped answering while collect was at work (ConnectError): it does not show what came of "
        "it. All is done and stored as ever, and need not be run again."
    ]
    assert "Traceback" not in said
    assert {one["job"] for one in completed(ledger)} == DONE
    assert_collected_once(in_field, ledger)
