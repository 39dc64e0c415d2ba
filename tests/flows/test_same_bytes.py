"""The same inputs give the same release on any processor, with any number of workers, by either engine."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from threadpoolctl import threadpool_info

CORES = {
    "Haswell": ("Haswell",),
    "SkylakeX": ("SkylakeX",),
    "Zen": ("Zen", "Haswell"),
    "Prescott": ("Prescott", "Katmai"),
}
"""Kernels of OpenBLAS whose sums differ in their last bits, and how it calls them once they are chosen."""
RUNS = {
    "Prescott": ("local", "4"),
    "Haswell": ("prefect", "2"),
    "Zen": ("local", "1"),
    "SkylakeX": ("local", "2"),
}
EACH_WAVE = """
import sys
from ncsi.cli.main import cli
root, engine, *waves = sys.argv[1:]
for wave in waves:
    cli.main(["run", "--wave", wave, "--workspace", root, "--engine", engine], standalone_mode=False)
"""
"""One process for all waves: to start Prefect's server for each took longer than the waves."""
MADE = ("warehouse", "releases", "runs", "anchors", ".prefect")
"""What a run makes of a workspace; everything else is its input."""


def environment(core: str, workers: str = "2") -> dict[str, str]:
    return {**os.environ, "OPENBLAS_CORETYPE": core, "NCSI_WORKERS": workers, "TZ": "Pacific/Kiritimati"}


def kernels(core: str) -> set[str]:
    """The kernels that OpenBLAS really takes when told to take `core`, by its own names; none where it dies."""
    code = (
        "import numpy, threadpoolctl\n"
        "print(*(one.get('architecture') for one in threadpoolctl.threadpool_info()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(core), capture_output=True, text=True, check=False
    )
    return set(done.stdout.split()) if done.returncode == 0 else set()


def hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(one.relative_to(folder)): hashlib.sha256(one.read_bytes()).hexdigest() for one in files}


@pytest.mark.parametrize("core", CORES)
def test_a_release_has_the_same_bytes_whoever_computes_it(nation, core, tmp_path):
    taken = kernels(core)
    if taken.isdisjoint(CORES[core]):
        pytest.skip(f"this processor does not run OpenBLAS's kernels for {core}")
    own = {one.get("architecture") for one in threadpool_info()}
    if taken <= own or (core == "Zen" and "Haswell" in taken):
        pytest.skip(f"{core} takes the kernels that the release compared with, or another run here, takes")
    engine, workers = RUNS[core]
    shutil.copytree(nation.workspace.root, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*MADE))
    done = subprocess.run(
        [sys.executable, "-c", EACH_WAVE, str(tmp_path), engine, *nation.plan.waves],
        env=environment(core, workers), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for wave in nation.plan.waves:
        assert hashes(tmp_path / "releases" / wave) == hashes(nation.release(wave))
