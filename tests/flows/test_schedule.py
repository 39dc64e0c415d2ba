"""Scheduled waves: what is due on which day, and a schedule that fires for real on a standing server."""

from __future__ import annotations

import json
import os
import signal
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

from flows.empty_database import put_empty_database
from flows.settings import QUIET
from ncsi.cli import main
from ncsi.ledger import Ledger
from ncsi.simulate import write_workspace

CLI = [sys.executable, "-c", "from ncsi.cli import main; main()"]
SHANGHAI = ZoneInfo("Asia/Shanghai")
SERVE = """
import sys
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo
from flows.settings import configure
root, zone = Path(sys.argv[1]), ZoneInfo("Asia/Shanghai")
configure(root)
from flows.schedule import Timetable
from flows.serving import Pace, on_stderr, serve
from ncsi.spec import open_workspace
at = datetime.fromisoformat(sys.argv[2]).time()
timetable = Timetable(root, (open_workspace(root).wave("2026Q1"),), at, zone)
serve(timetable, on_stderr, Pace(server=0.5, orphans=1, grace=timedelta(seconds=4)))
"""
"""What `ncsi wave schedule` does, less patient."""


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


class Standing:
    """A Prefect server and a process that serves the timetable, both of which can be killed."""

    def __init__(self, home: Path, workspace: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.home, self.workspace = home, workspace
        self.due = datetime.now(SHANGHAI).replace(microsecond=0) - timedelta(minutes=1)
        self.address = f"http://127.0.0.1:{self.port}/api"
        home.mkdir()
        put_empty_database(home)
        self.running: list[subprocess.Popen[bytes]] = []

    def begin(self) -> None:
        quiet = os.environ | QUIET | {"PREFECT_HOME": str(self.home)}
        serving = os.environ | {"PREFECT_API_URL": self.address, "PREFECT_RUNNER_POLL_FREQUENCY": "1"}
        self._start(["-m", "prefect", "server", "start", "--port", str(self.port), "--no-ui"], quiet)
        self._start(["-c", SERVE, str(self.workspace), self.due.isoformat()], serving)

    def _start(self, command: list[str], env: dict[str, str]) -> None:
        self.running.append(
            subprocess.Popen(
                [sys.executable, *command],
                env=env,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )

    def kill(self) -> None:
        """Both, with all that they started."""
        for one in self.running:
            os.killpg(one.pid, signal.SIGKILL)
            one.wait(30)
        self.running.clear()

    def runs(self) -> dict[str, str]:
        """State by name, of the runs that are not still to come."""
        asked = {"flow_runs": {"state": {"type": {"not_any_": ["SCHEDULED"]}}}}
        try:
            found = httpx.post(f"{self.address}/flow_runs/filter", json=asked, timeout=10).json()
        except httpx.TransportError:  # it is coming up
            return {}
        return {one["name"]: one["state"]["type"] for one in found}


@pytest.fixture
def standing(tmp_path, in_field):
    both = Standing(tmp_path / "home", in_field)
    try:
        yield both
    finally:
        both.kill()


def until(true, seconds, problem):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, problem
        time.sleep(0.2)


def test_a_wave_comes_out_though_worker_and_server_are_killed(in_field, standing):
    """The run that was killed is not still running, keeps nobody waiting, and is done again."""
    ledger = Ledger(in_field / "runs" / "ledger.jsonl")
    standing.begin()
    until(lambda: "RUNNING" in standing.runs().values(), 120, "the schedule did not fire")
    standing.kill()
    standing.begin()
    until(lambda: jobs(ledger) >= {"collect", "validate", "board"}, 120, "the wave did not come out")
    first = f"2026Q1 {standing.due:%Y-%m-%d %H:%M} collect"
    until(lambda: "COMPLETED" in standing.runs().values(), 30, "the run did not end")
    assert standing.runs() == {first: "CRASHED", f"{first} (again 1)": "COMPLETED"}


def jobs(ledger: Ledger, event: str = "COMPLETE") -> set[str]:
    return {one["job"] for one in ledger.events() if one["event"] == event}


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
    steps = ["collect"] * 12 + ["estimate"] * 9 + ["publish"]
    times = [f"{start + timedelta(days=day)}T07:30:00+08:00" for day in range(22)]
    wanted = [{"time": time, "step": step} for time, step in zip(times, steps, strict=True)]
    assert json.loads(capsys.readouterr().out)["waves"] == {"2026Q1": wanted}


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
