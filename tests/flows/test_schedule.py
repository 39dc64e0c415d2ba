"""Scheduled waves: what is due on which day, and a schedule that fires for real on a standing server."""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import yaml
from prefect.client.schemas.objects import FlowRun

import ncsi
from flows import schedule
from flows.at_work import alone_on
from ncsi.cli import main
from ncsi.errors import SpecError
from ncsi.ledger import Ledger

CLI = "from ncsi.cli import main; main()"
ON_PREFECT = """
import sys
from pathlib import Path
from flows.settings import configure
configure(Path(sys.argv[-1]))
from prefect.context import refresh_global_settings_context
refresh_global_settings_context()
from ncsi.cli import main
main()
"""
POOL = Path(__file__).parents[2] / "docs" / "examples" / "prefect.yaml"
SHANGHAI = ZoneInfo("Asia/Shanghai")
REMOVE = """
import sys
from pathlib import Path
from flows.settings import configure
root = Path(sys.argv[1])
configure(root)
from prefect.context import refresh_global_settings_context
refresh_global_settings_context()
from prefect.client.orchestration import get_client
from flows.orphans import end_orphans
from flows.schedule import remove_others
with get_client(sync_client=True) as client:
    print(*remove_others(client, root, []))
    end_orphans(client, root)
"""
"""What a command does of waves that were deleted; and the next one, where a run of theirs had crashed."""


def test_a_wave_comes_out_though_worker_and_server_are_killed(in_field, standing):
    """The run that was killed is not still running, keeps nobody waiting, and is done again; also where two serve. An
    inbox that is there by then is taken too."""
    ledger = Ledger(in_field / "runs" / "ledger.jsonl")
    standing.begin()
    standing.until(standing.is_at_work, "the schedule did not fire")
    standing.kill()
    (in_field / "inbox").mkdir()
    for name in ("other.csv", "other.csv.done"):
        (in_field / "inbox" / name).touch()
    standing.begin(serving=2)
    standing.until(lambda: jobs(ledger) >= {"collect", "validate", "board"}, "the wave did not come out")
    first = f"2026Q1 {standing.due:%Y-%m-%d %H:%M} collect"
    standing.until(lambda: list(standing.runs().values()).count("COMPLETED") >= 2, "the runs did not end")
    begun = standing.asked("flow_runs", {})
    assert len({one["name"] for one in begun}) == len(
        begun
    )  # of two that serve, one made each, and one worked on it
    assert [rows_of(one) for one in collected(ledger)].count(0) == len(collected(ledger)) - 1
    runs = standing.runs()
    inbox = {name: runs.pop(name) for name in list(runs) if name.endswith(" inbox")}
    assert runs == {first: "CRASHED", f"{first} (again 1)": "COMPLETED"}
    assert set(inbox.values()) == {"COMPLETED"}
    assert list((in_field / "inbox" / ".quarantine").glob("*/other.csv"))
    standing.until(lambda: not list(standing.at_work.glob("run-*.lock")), "locks of runs that ended stayed")
    assert_all_is_visible(standing, in_field)
    gone = standing.warm.run(REMOVE, str(in_field), env=standing.asking)
    assert gone.returncode == 0, gone.stderr
    assert sorted(gone.stdout.split()) == sorted(["2026Q1"] * 4 + [in_field.name])


def assert_all_is_visible(standing, workspace):
    """What has a name says wave, date, file; counts are there, paths and answers are not."""
    to_come = standing.asked("flow_runs", {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}})
    assert {one["name"].split()[-1] for one in to_come} == {"collect", "estimate", "inbox"}
    assert all(
        set(one["tags"]) == ({"ncsi"} if one["name"].endswith("inbox") else {"ncsi", "2026Q1"})
        for one in to_come
    )
    tasks = {one["name"] for one in standing.asked("task_runs", {})}
    assert {"collect dairy.csv", "validate 2026Q1", "board 2026Q1"} <= tasks
    artifacts = {one["key"]: one["data"] for one in standing.asked("artifacts", {})}
    (counted,) = json.loads(artifacts["2026q1-counts"])
    assert (counted["file"], counted["read"]) == ("dairy.csv", counted["accepted"] + counted["rejected"])
    assert {one["rule"] for one in json.loads(artifacts["2026q1-faults"])}
    assert "board.html" in artifacts["2026q1-board"]
    standing.until(lambda: standing.asked("logs", {}), "no line came to the server")
    (line,) = [one["message"] for one in standing.asked("logs", {})]
    assert (
        line
        == f"dairy.csv: {counted['read']} read, {counted['accepted']} accepted, {counted['rejected']} rejected."
    )
    parameters = {json.dumps(one["parameters"]) for one in standing.asked("flow_runs", {})}
    assert len(parameters) == 2  # of a wave, of the inbox
    assert str(workspace) not in json.dumps([*tasks, line, counted])


def jobs(ledger: Ledger, event: str = "COMPLETE") -> set[str]:
    return {one["job"] for one in ledger.events() if one["event"] == event}


def test_without_a_standing_server_the_command_says_how_to_start_one(warm_prefect, in_field):
    env = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    command = ["wave", "schedule", "--wave", "2026Q1", "--workspace", str(in_field)]
    done = warm_prefect.run(ON_PREFECT, *command, timeout=120, env=env)
    assert done.returncode == 2
    assert "prefect server start" in done.stderr
    assert "PREFECT_API_URL" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_command_that_serves_says_that_it_was_stopped(in_field, standing, number):
    """SIGTERM ended it with exit code 0 and a warning of Python: what Prefect makes of it."""
    standing.begin_server()
    standing.until(standing.is_up, "the server did not come up")
    command = [
        "wave",
        "schedule",
        "--wave",
        "2026Q1",
        "--at",
        f"{standing.due:%H:%M}",
        "--workspace",
        str(in_field),
    ]
    env = standing.asking | {"PREFECT_RUNNER_POLL_FREQUENCY": "1"}
    serving = standing.warm.start(ON_PREFECT, *command, env=env, start_new_session=True)
    standing.until(standing.runs, "nothing was begun")
    serving.send_signal(number)
    _, told = serving.communicate(timeout=600)
    assert (serving.returncode, told.strip()) == (1, "Stopped.")


def test_a_dry_run_says_when_each_planned_wave_runs(in_field, capsys):
    main(["wave", "schedule", "--dry-run", "--json", "--at", "07:30", "--workspace", str(in_field)])
    start = datetime.now(SHANGHAI).date() - timedelta(days=1)
    steps = ["collect"] * 12 + ["estimate"] * 9 + ["publish"]
    times = [f"{start + timedelta(days=day)}T07:30:00+08:00" for day in range(22)]
    wanted = [{"time": time, "step": step} for time, step in zip(times, steps, strict=True)]
    assert json.loads(capsys.readouterr().out) == {"waves": {"2026Q1": wanted}, "faults": {}}


def test_a_wave_file_that_cannot_be_read_is_told_and_the_others_run(in_field, capsys):
    (in_field / "waves" / "2027Q1.yaml").write_text("spec: ncsi/wave/1\nid: 2027Q1\nsec", encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        main(["wave", "schedule", "--dry-run", "--workspace", str(in_field)])
    assert stopped.value.code == 2
    said = capsys.readouterr()
    assert said.out.startswith("2026Q1: daily at 06:00")
    assert said.err.startswith("Wave 2027Q1 cannot be read, and is left out until this runs anew:")


def test_a_server_that_is_away_is_named_and_nothing_is_begun(warm_prefect, in_field):
    command = ["ingest", "--wave", "2026Q1", "--workspace", str(in_field)]
    env = os.environ | {"PREFECT_API_URL": "http://127.0.0.1:9/api"}
    done = warm_prefect.run(ON_PREFECT, *command, timeout=120, env=env)
    assert done.returncode == 1
    assert done.stderr.startswith(
        "Error: the Prefect server at http://127.0.0.1:9/api does not answer (ConnectError)."
    )
    assert not (in_field / "warehouse").exists()


def test_once_does_what_is_due_and_ends_without_a_server(in_field, capsys):
    command = ["wave", "schedule", "--once", "--engine", "local", "--workspace", str(in_field)]
    (in_field / "waves" / "2027Q1.yaml").write_text("spec: ncsi/wave/1\nid: 2027Q1\nsec", encoding="utf-8")
    (in_field / "ncsi.yaml").write_text(json.dumps(TOLD | {"notifications": {"commands": [pager(in_field)]}}))
    for name in ("other.csv", "other.csv.done"):
        (in_field / "inbox").mkdir(exist_ok=True)
        (in_field / "inbox" / name).touch()
    with alone_on(in_field, "2026Q1"), pytest.raises(SystemExit) as stopped:
        main(command)
    assert stopped.value.code == 1
    said = capsys.readouterr()
    assert "another run is at work on it" in said.err
    assert "2027Q1.yaml: line 4" in said.err
    assert said.out.startswith("other.csv: to quarantine. ")
    with pytest.raises(SystemExit) as stopped:
        main([*command, "--json"])
    assert stopped.value.code == 2
    said = capsys.readouterr()
    assert json.loads(said.out) == {"done": {"2026Q1": ["collect"]}, "arrivals": []}
    assert "2027Q1.yaml: line 4" in said.err
    done = jobs(Ledger(in_field / "runs" / "ledger.jsonl"))
    assert done == {"collect", "register", "validate", "board", "inbox"}
    told = (in_field / "told.txt").read_text(encoding="utf-8")
    assert told.count("2027Q1：期次文件或其引用的内容无法读取") == 1


def collected(ledger):
    return [one for one in ledger.events() if (one["event"], one["job"]) == ("COMPLETE", "collect")]


def rows_of(event):
    """Rows that a collection stored."""
    return 0 if event.get("repeated") else event["rows_accepted"]


def test_two_that_do_at_once_what_is_due_do_nothing_twice(warm_prefect, in_field):
    """Two cron jobs at the same minute: each does it, or says that the other is at work."""
    (in_field / "inbox").mkdir()
    for name in ("other.csv", "other.csv.done"):
        (in_field / "inbox" / name).touch()
    command = ["wave", "schedule", "--once", "--engine", "local", "--workspace", str(in_field)]
    both = [warm_prefect.start(CLI, *command) for _ in range(2)]
    said = [(*one.communicate(timeout=300), one.wait()) for one in both]
    assert 0 in {code for *_, code in said}, said
    assert all(code == 0 or "another `ncsi wave schedule --once`" in err for _, err, code in said), said
    ledger = Ledger(in_field / "runs" / "ledger.jsonl")
    assert sorted(rows_of(one) for one in collected(ledger))[:-1] in ([], [0])
    events = [one["job"] for one in ledger.events() if one["event"] == "COMPLETE"]
    assert (events.count("register"), events.count("inbox")) == (1, 1)
    store = ncsi.open(in_field / "warehouse")
    assert len(store.sources("2026Q1")) == 1
    assert len(store.responses("2026Q1", "dairy")) == rows_of(max(collected(ledger), key=rows_of))
    assert len(list((in_field / "inbox" / ".quarantine").glob("*/other.csv"))) == 1


TOLD = {"spec": "ncsi/workspace/1"}


def pager(root: Path) -> dict[str, Any]:
    code = f"import sys; open({str(root / 'told.txt')!r}, 'ab').write(sys.stdin.buffer.read())"
    return {"id": "pager", "run": [sys.executable, "-c", code], "tells": ["failure"]}


def test_a_run_of_a_wave_that_was_deleted_says_that_there_is_none_and_begins_nothing(in_field, monkeypatch):
    """As it begins after the file was deleted, and before a command removed its deployment."""
    (in_field / "ncsi.yaml").write_text(json.dumps(TOLD | {"notifications": {"commands": [pager(in_field)]}}))
    (in_field / "waves" / "2026Q1.yaml").unlink()
    monkeypatch.setattr("flows.schedule.begin_own_run", lambda _workspace: None)  # which needs a server
    for flow in (schedule.collect, schedule.publish, schedule.board):
        with pytest.raises(SpecError, match="there is no wave '2026Q1'"):
            flow.fn(in_field, "2026Q1", "Asia/Shanghai")
    assert not (in_field / "warehouse").exists()
    assert (in_field / "told.txt").read_text(encoding="utf-8").count("期次文件或其引用的内容无法读取") == 1


def test_runs_that_were_due_while_all_workers_were_busy_are_passed_over():
    now = datetime(2026, 11, 30, 6, tzinfo=SHANGHAI)
    runs = [
        FlowRun(flow_id=uuid4(), name=str(k), expected_start_time=now + timedelta(minutes=5 * k))
        for k in range(-3, 3)
    ]
    deployment, cancelled = uuid4(), []

    class Asked:
        def read_flow_runs(self, *, flow_run_filter, limit, offset):
            assert flow_run_filter.deployment_id.any_ == [deployment]
            return runs[offset : offset + limit]

        def set_flow_run_state(self, run, state):
            cancelled.append((next(one.name for one in runs if one.id == run), state.name))

    schedule.pass_over(Asked(), deployment, now)
    assert cancelled == [(name, "Missed") for name in ("-3", "-2", "-1", "0")]


def test_the_file_for_a_work_pool_names_flows_and_parameters_that_there_are():
    """As `prefect deploy` would load it."""
    deployments = yaml.safe_load(POOL.read_text(encoding="utf-8"))["deployments"]
    offered = {one["entrypoint"].rpartition(".")[2] for one in deployments}
    assert offered == {"attend", "inbox", "collect", "board", "estimate", "publish"}
    for one in deployments:
        module, _, name = one["entrypoint"].rpartition(".")
        code = getattr(importlib.import_module(module), name).fn.__code__
        assert list(one["parameters"]) == list(code.co_varnames[: code.co_argcount])
        assert one["work_pool"]["name"]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [("--at", "6 o'clock", "is not a time of day"), ("--timezone", "Asia/Nowhere", "is not a time zone"),
     ("--wave", "2025Q1", "the release date is past")],
)  # fmt: skip
def test_bad_options_are_named(in_field, option, value, said, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["wave", "schedule", option, value, "--workspace", str(in_field)])
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err
