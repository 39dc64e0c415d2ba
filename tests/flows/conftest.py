"""The waves of the small nation run anew elsewhere: by another engine, processor or Python."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

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
        """The kernels that OpenBLAS really takes when told to take `core`, by its own names; none where it dies."""
        code = (
            "import numpy, threadpoolctl\n"
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
        self, folder: Path, engine: str, variables: Mapping[str, str], python: str = sys.executable
    ) -> subprocess.CompletedProcess[str]:
        """Every wave, from its exports to a release in `folder`."""
        ignored = shutil.ignore_patterns(*MADE)
        shutil.copytree(self.nation.workspace.root, folder, dirs_exist_ok=True, ignore=ignored)
        return subprocess.run(
            [python, "-c", EACH_WAVE, str(folder), engine, *self.nation.plan.waves],
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
    """The folder of a run by Prefect, on Haswell's kernels where this processor has them, and how it ended."""
    root = tmp_path_factory.mktemp("prefect")
    variables = again.environment("Haswell")
    if again.kernels("Haswell").isdisjoint(again.cores["Haswell"]):
        del variables["OPENBLAS_CORETYPE"]
    return root, again.run(root, "prefect", variables)


_PLACES = "/usr/lib/postgresql"
_QUICKER = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of an empty database, as Prefect takes it, of a Postgres that is heard on a socket of its own folder
    and nowhere else; skipped where none can be started."""
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    as_other = _as_other()
    with tempfile.TemporaryDirectory(prefix="ncsi-pg-") as name:
        folder = Path(name)
        if as_other:
            shutil.chown(folder, "nobody")
        data = folder / "data"
        made = [initdb, "-D", str(data), "-U", "ncsi", "--auth=trust", "-E", "UTF8", "--locale=C", "-N"]
        done = subprocess.run([*as_other, *made], capture_output=True, text=True, check=False, cwd="/")
        if done.returncode:
            pytest.skip(f"initdb made no database: {done.stderr.strip()[-300:]}")
        options = f"-k {folder} -c listen_addresses= {_QUICKER}"
        ctl = [*as_other, pg_ctl, "-D", str(data), "-w", "-t", "120", "-s"]
        subprocess.run([*ctl, "-l", str(folder / "log"), "-o", options, "start"], check=True, cwd="/")
        try:
            yield f"postgresql+asyncpg://ncsi@/postgres?host={folder}"
        finally:
            subprocess.run([*ctl, "-m", "immediate", "stop"], check=True, cwd="/")


def _program(name: str) -> str:
    """Its path: on PATH, or where Debian keeps the newest version."""
    newest = sorted(Path(_PLACES).glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    found = shutil.which(name) or (str(newest[-1]) if newest else None)
    if found is None:
        pytest.skip(f"there is no {name} of Postgres on this machine")
    return found


def _as_other() -> list[str]:
    """What goes before a command of Postgres, which root may not run."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("Postgres does not run as root, and there is no setpriv to run it as another user")
    return [setpriv, "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]
