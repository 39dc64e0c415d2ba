"""Scheduled waves: what is due on which day, and a schedule that fires for real on a standing server."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
import yaml

from ncsi.cli import main
from ncsi.ledger import Ledger
from ncsi.simulate import write_workspace

CLI = [sys.executable, "-c", "from ncsi.cli import main; main()"]
SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRE = """
import sys
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo
from flows.settings import configure
root, zone = Path(sys.argv[1]), ZoneInfo("Asia/Shanghai")
configure(root)
from flows.schedule import serve_waves
from ncsi.spec import open_workspace
soon = (datetime.now(zone) + timedelta(seconds=8)).time().replace(microsecond=0)
serve_waves(root, [open_workspace(root).wave("2026Q1")], soon, zone)
"""


@pytest.fixture
def in_field(tmp_path) -> Path:
    """A workspace of one small sector whose field period has begun and goes on."""
    write_workspace(tmp_path, brands=2, respondents=110, sectors=("dairy",))
    path = tmp_path / "waves" / "2026Q1.yaml"
    wave = yaml.safe_load(path.read_text(encoding="utf-8"))
    today = datetime.now(SHANGHAI).date()
    wave["field"] = {"start": today - timedelta(days=1), "end": today + timedelta(days=10)}
    wave["release_date"] = today + timedelta(days=20)
    path.write_text(yaml.safe_dump(wave, allow_unicode=True), encoding="utf-8")
    return tmp_path


@pytest.fixture
def server(tmp_path):
    """A standing Prefect server of its own; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = os.environ | {
        "PREFECT_HOME": str(tmp_path / "server"), "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "2",
    }  # fmt: skip
    command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(port), "--no-ui"]
    running = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}/api"
    try:
        until(lambda: answers(f"{address}/health"), 90, "the server did not come up")
        yield address
    finally:
        running.terminate()
        running.wait(30)


def answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=2).is_success
    except httpx.HTTPError:
        return False


def until(true, seconds, problem):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, problem
        time.sleep(0.5)


def test_a_schedule_fires_and_collects(in_field, server):
    env = os.environ | {"PREFECT_API_URL": server, "PREFECT_RUNNER_POLL_FREQUENCY": "2"}
    working = subprocess.Popen(
        [sys.executable, "-c", FIRE, str(in_field)],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    ledger = Ledger(in_field / "runs" / "ledger.jsonl")
    try:
        until(lambda: jobs(ledger) >= {"collect", "validate", "board"}, 120, "the schedule did not fire")
    finally:
        working.terminate()
        working.wait(30)
    assert jobs(ledger) == {"collect", "validate", "board"}


def jobs(ledger: Ledger) -> set[str]:
    if not ledger.path.exists():
        return set()
    return {event["job"] for event in ledger.events() if event["event"] == "COMPLETE"}


def test_without_a_standing_server_the_command_says_how_to_start_one(in_field):
    env = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    command = [*CLI, "wave", "schedule", "--wave", "2026Q1", "--workspace", str(in_field)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=env)
    assert done.returncode == 2
    assert "prefect server start" in done.stderr
    assert "PREFECT_API_URL" in done.stderr


def test_a_dry_run_says_when_each_planned_wave_runs(in_field, capsys):
    main(["wave", "schedule", "--dry-run", "--json", "--at", "07:30", "--workspace", str(in_field)])
    start = datetime.now(SHANGHAI).date() - timedelta(days=1)
    last = start + timedelta(days=21)
    rule = f"DTSTART:{start:%Y%m%d}T073000\nRRULE:FREQ=DAILY;UNTIL={last:%Y%m%d}T073000"
    assert json.loads(capsys.readouterr().out)["waves"] == {"2026Q1": [rule]}


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
