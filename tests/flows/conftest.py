"""The waves of the small nation run anew elsewhere: by another engine, processor or Python."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
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
