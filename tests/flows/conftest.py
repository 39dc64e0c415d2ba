"""The waves of the small nation run anew elsewhere: by another engine, processor or Python; servers that are killed."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import yaml

from flows.empty_database import put_empty_database
from flows.settings import QUIET
from ncsi.simulate import write_workspace

MADE = ("warehouse", "releases", "runs", "anchors", ".prefect")
"""What a run makes of a workspace; everything else is its input."""


EACH_WAVE = """
import sys
from ncsi.cli.main import cli
root, engine, *waves = sys.argv[1:]
for wave in waves:
    cli.main(["run", "--wave", wave, "--workspace", root, "--engine", engine, "--json"], standalone_mode=False)
"""
"""One process for all waves: to start Prefect's server for each took longer than the waves."""
DYING = """
import json
from pathlib import Path
from flows.prefect_engine import PrefectEngine
from ncsi.errors import WorkerDied
from ncsi.spec import open_workspace
from ncsi.spec.plan import load_plan
stored = sorted(map(str, Path(root, ".prefect").rglob("storage/*")))
done = str(Path(root) / "done")
items = {"a": "1 + 1", "b": "__import__('os').kill(__import__('os').getpid(), 9)", "c": f"open({done!r}, 'w') and 3"}
plan = load_plan(open_workspace(Path(root)), waves[-1])
with PrefectEngine() as engine:
    try:
        engine.job("collect", plan, lambda: engine.run_step("collect", eval, items))
    except WorkerDied as error:
        died = str(error)
    after = engine.job("collect", plan, lambda: engine.run_step("collect", eval, {"d": "2 + 2"}))
print(json.dumps([stored, died, after]))
"""
"""What Prefect keeps of waves that were done; tasks on the server of the same process, one of which kills its own; and
one more after that."""
OFFLINE = {
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "NO_PROXY": "127.0.0.1,localhost",
}
"""Whatever asks for anything beyond this machine is refused at once."""


class Again:
    """Runs every wave of the small nation in another folder."""

    cores: Mapping[str, tuple[str, ...]] = {
        "Haswell": ("Haswell",),
        "SkylakeX": ("SkylakeX",),
        "Zen": ("Zen", "Haswell"),
        "Prescott": ("Prescott", "Katmai"),
    }
    """Kernels of OpenBLAS whose sums differ in their last bits, and how it calls them once they are chosen."""

    def __init__(self, nation: Any) -> None:
        self.nation = nation

    def environment(self, core: str, workers: str = "2") -> dict[str, str]:
        variables = {"OPENBLAS_CORETYPE": core, "NCSI_WORKERS": workers, "TZ": "Pacific/Kiritimati"}
        return {**os.environ, **OFFLINE, **variables}

    def kernels(self, core: str) -> set[str]:
        """The kernels that OpenBLAS really takes when told to take `core`, by its own names; none where it dies of an
        instruction that this processor does not have, which it does not look for."""
        code = (
            "import numpy, threadpoolctl\n"
            "a = numpy.ones((64, 64))\n"
            "numpy.linalg.solve(a @ a + numpy.eye(64), a)\n"
            "print(*(one.get('architecture') for one in threadpoolctl.threadpool_info()))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=self.environment(core),
            capture_output=True,
            text=True,
            check=False,
        )
        return set(done.stdout.split()) if done.returncode == 0 else set()

    def run(
        self, folder: Path, engine: str, variables: Mapping[str, str], python: str = sys.executable,
        again: Sequence[str] = (), then: str = "",
    ) -> subprocess.CompletedProcess[str]:  # fmt: skip
        """Every wave, from its exports to a release in `folder`; waves `again`; `then` more code."""
        ignored = shutil.ignore_patterns(*MADE)
        shutil.copytree(self.nation.workspace.root, folder, dirs_exist_ok=True, ignore=ignored)
        return subprocess.run(
            [python, "-c", EACH_WAVE + then, str(folder), engine, *self.nation.plan.waves, *again],
            env=variables, capture_output=True, text=True, check=False, timeout=1200,
        )  # fmt: skip

    def assert_same_release(self, folder: Path) -> None:
        """Every wave came to the bytes of the nation's release."""
        for wave in self.nation.plan.waves:
            assert _hashes(folder / "releases" / wave) == _hashes(self.nation.release(wave))


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(one.relative_to(folder)): hashlib.sha256(one.read_bytes()).hexdigest() for one in files}


@pytest.fixture(scope="session")
def again(nation: Any) -> Again:
    return Again(nation)


@pytest.fixture(scope="session")
def by_prefect(again: Again, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """The folder of a run by Prefect, on Haswell's kernels where this processor has them, its last wave twice; how it
    ended."""
    root = tmp_path_factory.mktemp("prefect")
    variables = again.environment("Haswell")
    if again.kernels("Haswell").isdisjoint(again.cores["Haswell"]):
        del variables["OPENBLAS_CORETYPE"]
    return root, again.run(root, "prefect", variables, again=again.nation.plan.waves[-1:], then=DYING)


@pytest.fixture(scope="session")
def postgres(postgres_server: Path) -> str:
    """The address of an empty database, as Prefect takes it."""
    return f"postgresql+asyncpg://ncsi@/postgres?host={postgres_server}"


PREFECT = ("prefect.server.api.server", "uvicorn", "flows.serving", "flows.prefect_engine")
ANEW = """
from prefect.context import refresh_global_settings_context
refresh_global_settings_context()
"""
"""What a fork of `warm_prefect` does once its variables are set: Prefect had read those of its first process."""


@pytest.fixture(scope="session")
def warm_prefect(
    warm: Any, warmed: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """As `warm`, and Prefect is imported too, its client and its server: that takes four seconds for each of them."""
    home = str(tmp_path_factory.mktemp("warm-prefect"))
    with warmed("warm-prefect", warm, PREFECT, {**QUIET, "PREFECT_HOME": home}) as python:
        yield python


SHANGHAI = ZoneInfo("Asia/Shanghai")
SERVER = (
    ANEW
    + """
import sys
import uvicorn
from prefect.server.api.server import create_app
uvicorn.run(create_app(final=True), host="127.0.0.1", port=int(sys.argv[1]), log_level="critical")
"""
)
"""What `prefect server start --no-ui` does."""
COMMAND = (
    ANEW
    + """
import os
os.chdir(os.environ["PREFECT_HOME"])
from prefect.cli import app
app()
"""
)
"""What `prefect` does, in its home."""
SERVE = """
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo
from flows.settings import configure
root, zone = Path(sys.argv[1]), ZoneInfo("Asia/Shanghai")
configure(root)
from prefect.context import refresh_global_settings_context
refresh_global_settings_context()
from flows.schedule import Timetable
from flows.serving import Pace, on_stderr, serve
from ncsi.spec import open_workspace
at = datetime.fromisoformat(sys.argv[2]).time()
timetable = Timetable(root, (open_workspace(root).wave("2026Q1"),), at, zone)
serve(timetable, on_stderr, Pace(server=0.5, orphans=1))
"""
"""What `ncsi wave schedule` does, less patient."""


@pytest.fixture
def in_field(tmp_path: Path) -> Path:
    """A workspace of one small sector whose field period has begun and goes on."""
    write_workspace(tmp_path, brands=2, respondents=110, sectors=("dairy",))
    path = tmp_path / "waves" / "2026Q1.yaml"
    wave = yaml.safe_load(path.read_text(encoding="utf-8"))
    today = datetime.now(SHANGHAI).date()
    wave["field"] = {"start": today - timedelta(days=1), "end": today + timedelta(days=10)}
    wave["release_date"] = today + timedelta(days=20)
    path.write_text(yaml.safe_dump(wave, allow_unicode=True), encoding="utf-8")
    return tmp_path


def a_server(warm: Any, port: int, env: Mapping[str, str]) -> Any:
    env = {**env, "PREFECT_UI_ENABLED": "0"}
    return warm.start(SERVER, str(port), env=env, start_new_session=True, quiet=True)


class Prefect:
    """A server of Prefect and its commands, each a process of its own in a session of its own."""

    def __init__(self, warm: Any) -> None:
        self._warm = warm

    def server(self, port: int, env: Mapping[str, str]) -> Any:
        """Begins one."""
        return a_server(self._warm, port, env)

    def begin(self, *command: str, env: Mapping[str, str]) -> Any:
        """A command that is not waited for; `env` names a home."""
        return self._warm.start(COMMAND, *command, env=env, start_new_session=True, quiet=True)

    def run(self, *command: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """A command to its end."""
        done: subprocess.CompletedProcess[str] = self._warm.run(COMMAND, *command, env=env)
        return done


@pytest.fixture(scope="session")
def prefect(warm_prefect: Any) -> Prefect:
    return Prefect(warm_prefect)


class Standing:
    """A Prefect server and processes that serve the timetable, all of which can be killed.

    It is asked by one client, which keeps no connection to a server that is killed: to make a client for each of some
    hundred questions takes seconds of processor time.
    """

    def __init__(self, home: Path, workspace: Path, warm: Any) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.home, self.workspace, self.warm = home, workspace, warm
        self.at_work = workspace / ".prefect" / "at-work"
        self.due = datetime.now(SHANGHAI).replace(microsecond=0) - timedelta(minutes=1)
        self.address = f"http://127.0.0.1:{self.port}/api"
        self.asking = os.environ | {"PREFECT_API_URL": self.address}
        home.mkdir()
        put_empty_database(home)
        self.client = httpx.Client(timeout=10, limits=httpx.Limits(max_keepalive_connections=0))
        self.server: Any = None
        self.serving: list[Any] = []

    def begin(self, serving: int = 1) -> None:
        """The server, and so many that serve."""
        self.begin_server()
        told = (SERVE, str(self.workspace), self.due.isoformat())
        env = self.asking | {"PREFECT_RUNNER_POLL_FREQUENCY": "1"}
        for _ in range(serving):
            self.serving.append(self.warm.start(*told, env=env, start_new_session=True, quiet=True))

    def begin_server(self) -> None:
        """On the port and with the home of the one before, if any."""
        self.server = a_server(self.warm, self.port, os.environ | QUIET | {"PREFECT_HOME": str(self.home)})

    def kill(self) -> None:
        """All of them, with all that they started."""
        self.kill_server()
        for one in self.serving:
            _kill(one)
        self.serving.clear()

    def kill_server(self) -> None:
        """The server alone."""
        if self.server is not None:
            _kill(self.server)
        self.server = None

    def is_up(self) -> bool:
        """Whether the server answers."""
        try:
            return self.client.get(f"{self.address}/health").is_success
        except httpx.TransportError:
            return False

    def is_at_work(self) -> bool:
        """Whether a process works on a run that the server knows of."""
        return "RUNNING" in self.runs().values() and any(self.at_work.glob("run-*.lock"))

    def runs(self) -> dict[str, str]:
        """State by name, of the runs that are not still to come."""
        try:
            found = self.asked("flow_runs", {"flow_runs": {"state": {"type": {"not_any_": ["SCHEDULED"]}}}})
        except httpx.TransportError:  # it is coming up
            return {}
        return {one["name"]: one["state"]["type"] for one in found}

    def asked(self, what: str, about: dict[str, Any]) -> list[dict[str, Any]]:
        """What the server knows of its flow runs, task runs, artifacts or logs."""
        answer: list[dict[str, Any]] = self.client.post(f"{self.address}/{what}/filter", json=about).json()
        return answer

    @staticmethod
    def until(holds: Callable[[], object], problem: str) -> None:
        """Wait; ten minutes pass only where it hangs."""
        end = time.monotonic() + 600
        while not holds():
            assert time.monotonic() < end, problem
            time.sleep(0.2)


def _kill(one: Any) -> None:
    os.killpg(one.pid, signal.SIGKILL)
    one.wait(30)


@pytest.fixture
def standing(tmp_path: Path, in_field: Path, warm_prefect: Any) -> Iterator[Standing]:
    both = Standing(tmp_path / "home", in_field, warm_prefect)
    try:
        yield both
    finally:
        both.kill()
        both.client.close()
