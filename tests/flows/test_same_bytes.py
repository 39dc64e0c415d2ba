"""The same inputs give the same release on any processor, any Python, with any number of workers, by either engine."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from threadpoolctl import threadpool_info

import ncsi
from ncsi.stages.publish import PACKAGES

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


PYTHONS = ("3.11", "3.12", "3.13")
INTERPRETERS = "NCSI_PYTHONS"
"""Names an environment variable: interpreters of other Pythons, separated as in PATH, looked at before `python3.x`."""


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
    assert_same_release(nation, tmp_path, sys.executable, environment(core, workers), engine)


def assert_same_release(nation, folder, python, variables, engine):
    """Every wave of the small nation, run anew in `folder`, comes to the bytes of its release."""
    shutil.copytree(nation.workspace.root, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*MADE))
    done = subprocess.run(
        [python, "-c", EACH_WAVE, str(folder), engine, *nation.plan.waves],
        env=variables, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for wave in nation.plan.waves:
        assert hashes(folder / "releases" / wave) == hashes(nation.release(wave))


def interpreter(version: str) -> str | None:
    """An interpreter of that Python: of those that the environment names, else the one on PATH."""
    named = [one for one in os.environ.get(INTERPRETERS, "").split(os.pathsep) if one]
    for one in (*named, shutil.which(f"python{version}")):
        if one and answer(one, "import sys; print('%d.%d' % sys.version_info[:2])") == version:
            return one
    return None


def answer(python: str, code: str) -> str:
    """What it prints, or the last line of its complaint."""
    variables = {**os.environ, "PYTHONPATH": str(Path(ncsi.__file__).parents[1])}
    done = subprocess.run([python, "-c", code], env=variables, capture_output=True, text=True, check=False)
    return (done.stdout if done.returncode == 0 else done.stderr.strip().rpartition("\n")[2]).strip()


@pytest.mark.parametrize("version", PYTHONS)
def test_a_release_has_the_same_bytes_under_every_python(nation, version, tmp_path):
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        pytest.skip("the release compared with was made by this Python")
    python = interpreter(version)
    if python is None:
        pytest.skip(f"no Python {version} is on PATH, nor named by {INTERPRETERS}")
    names = ", ".join(map(repr, PACKAGES))
    code = f"from importlib.metadata import version; print(*(version(one) for one in [{names}]))"
    ours, theirs = answer(sys.executable, code), answer(python, code)
    if ours != theirs:
        pytest.skip(f"{python} does not have the packages that made the release compared with: {theirs}")
    variables = {**environment("", "2"), "PYTHONPATH": str(Path(ncsi.__file__).parents[1])}
    del variables["OPENBLAS_CORETYPE"]
    assert_same_release(nation, tmp_path, python, variables, "local")
