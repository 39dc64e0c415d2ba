"""The deployments of `prefect.yaml`: on a server whose database is Postgres, by workers of a process pool."""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import yaml

from flows.settings import QUIET
from ncsi.engine import InOrder
from ncsi.ledger import Ledger
from ncsi.simulate import write_workspace
from ncsi.spec import open_workspace
from ncsi.spec.plan import load_plan
from ncsi.store import open as open_store
from ncsi.tables import TABLES, Layer

psutil = pytest.importorskip("psutil", reason="needs ncsi[dask], which brings it")

DEPLOYMENTS = Path(__file__).parents[2] / "docs" / "examples" / "prefect.yaml"
WAVE = "2026Q1"
GUARD_S = 600.0
"""A hang is a failure; nothing is timed."""


def until(holds: Callable[[], Any], problem: str, pause_s: float = 0.3) -> Any:
    end = time.monotonic() + GUARD_S
    while not (found := holds()):
        assert time.monotonic() < end, problem
        time.sleep(pause_s)
    return found


@contextmanager
def ended(begun: Any) -> Iterator[Any]:
    """A process that is killed where the block ends, with all that it started."""
    try:
        yield begun
    finally:
        kill(begun)


def kill(begun: Any) -> None:
    """As a machine that is lost: a run's process is in a session of its own, and would go on without its worker."""
    if not begun.ended():
        own = psutil.Process(begun.pid)
        for one in (own, *own.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                one.kill()
    begun.wait(60)


class Server:
    """Asked and told over HTTP, as Prefect's own clients do."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}/api"
        self.client = httpx.Client(timeout=60)  # one for each question takes seconds of processor time

    def is_up(self) -> bool:
        try:
            return self.client.get(f"{self.address}/health").is_success
        except httpx.TransportError:
            return False

    def make_pool(self, name: str) -> None:
        """A work pool of processes, as `prefect work-pool create` does; its first worker says what jobs are like."""
        made = self.client.post(f"{self.address}/work_pools/", json={"name": name, "type": "process"})
        made.raise_for_status()

    def begin(self, deployment: str) -> str:
        """One run, now."""
        known = self.client.get(f"{self.address}/deployments/name/{deployment}").raise_for_status()
        answer = self.client.post(
            f"{self.address}/deployments/{known.json()['id']}/create_flow_run",
            json={"state": {"type": "SCHEDULED"}, "name": deployment},
        )  # fmt: skip
        return str(answer.raise_for_status().json()["id"])

    def runs(self, name: str) -> dict[str, str]:
        """State by name, of the runs whose name begins so."""
        asked = {"flow_runs": {"name": {"like_": name}}}
        found = self.client.post(f"{self.address}/flow_runs/filter", json=asked).raise_for_status()
        return {one["name"]: one["state"]["type"] for one in found.json()}


@pytest.fixture
def due(tmp_path: Path) -> Path:
    """A workspace of one small sector, whose wave is to be published today."""
    root = tmp_path / "workspace"
    write_workspace(root, brands=2, respondents=110, sectors=("dairy",))
    path = root / "waves" / f"{WAVE}.yaml"
    wave = yaml.safe_load(path.read_text(encoding="utf-8").replace("replicates: 1000", "replicates: 100"))
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    wave["field"] = {"start": today - timedelta(days=30), "end": today - timedelta(days=5)}
    wave["release_date"] = today
    path.write_text(yaml.safe_dump(wave, allow_unicode=True), encoding="utf-8")
    return root


def deployments(workspace: Path, folder: Path) -> Path:
    """The file for this workspace, its runs due when we say."""
    text = DEPLOYMENTS.read_text(encoding="utf-8").replace("/srv/ncsi}", f"{workspace}}}")
    kept = yaml.safe_load(text.replace("/srv/ncsi,", f"{workspace},"))
    for one in kept["deployments"]:
        assert one.pop("schedules")
    path = folder / "prefect.yaml"
    path.write_text(yaml.safe_dump(kept), encoding="utf-8")
    return path


def figures(root: Path) -> dict[str, str]:
    store = open_store(root / "warehouse")
    with store.session():
        return {
            name: store.table(name, WAVE).to_csv(index=False)
            for name, table in TABLES.items()
            if table.layer is Layer.OUT and table.kept_in == "duckdb" and "wave" in table.names
        }


def test_a_wave_comes_out_of_a_pool_on_postgres_though_a_worker_is_killed(
    due: Path, tmp_path: Path, postgres: str, prefect: Any
) -> None:
    """The killed worker's run is found by another one's, begins again, and comes to what one process alone does."""
    alone = shutil.copytree(due, tmp_path / "alone")
    server, at_work = Server(), due / ".prefect" / "at-work"
    env = {**os.environ, **QUIET, "PREFECT_HOME": str(tmp_path), "OPENBLAS_NUM_THREADS": "1"}
    asking = env | {"PREFECT_API_URL": server.address, "PREFECT_WORKER_QUERY_SECONDS": "1"}
    worker = ("worker", "start", "--pool", "ncsi", "--limit", "1", "--name")
    on_postgres = env | {"PREFECT_SERVER_DATABASE_CONNECTION_URL": postgres}
    with ended(prefect.server(server.port, on_postgres)):
        until(server.is_up, "the server did not come up on Postgres")
        assert not (tmp_path / "prefect.db").exists(), "its database is Postgres"
        server.make_pool("ncsi")
        deploy = ("--no-prompt", "deploy", "--all", "--prefect-file", str(deployments(due, tmp_path)))
        done = prefect.run(*deploy, env=asking)
        assert done.returncode == 0, done.stderr[-2000:]
        first = f"publish/{WAVE}"
        server.begin(first)
        with ended(prefect.begin(*worker, "first", env=asking)) as lost:
            until(lambda: list(at_work.glob(f"wave-{WAVE}.lock")), "no worker began the wave")
            kill(lost)
        assert server.runs(first) == {first: "RUNNING"}, "the server knows no better"
        server.begin("attend/attend")
        with ended(prefect.begin(*worker, "second", env=asking)):
            again = f"{first} (again 1)"
            final = ("COMPLETED", "FAILED", "CRASHED")
            until(lambda: server.runs(first).get(again) in final, "not done again", pause_s=1.0)
        assert server.runs(first) == {first: "CRASHED", again: "COMPLETED"}
    assert (due / "releases" / WAVE / "index.html").is_file()
    assert not list(Ledger.of(open_workspace(due)).damages())
    plan = load_plan(open_workspace(alone), WAVE)
    InOrder().run_due(plan, datetime.now(ZoneInfo("Asia/Shanghai")), "estimate")
    assert figures(due) == figures(alone)
