"""The same inputs give the same release on any processor, any Python, with any number of workers, by either engine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from threadpoolctl import threadpool_info

import ncsi
from ncsi.stages.publish import PACKAGES

WORKERS = {"Prescott": "4", "Zen": "1", "SkylakeX": "2"}
PYTHONS = ("3.11", "3.12", "3.13")
INTERPRETERS = "NCSI_PYTHONS"
"""Names an environment variable: interpreters of other Pythons, separated as in PATH, looked at before `python3.x`."""


@pytest.mark.parametrize("core", WORKERS)
def test_a_release_has_the_same_bytes_whoever_computes_it(again, core, tmp_path):
    """Haswell's kernels are those of the run by Prefect."""
    taken = again.kernels(core)
    if taken.isdisjoint(again.cores[core]):
        pytest.skip(f"this processor does not run OpenBLAS's kernels for {core}")
    own = {one.get("architecture") for one in threadpool_info()}
    if taken <= own or (core == "Zen" and "Haswell" in taken):
        pytest.skip(f"{core} takes the kernels that the release compared with, or another run here, takes")
    done = again.run(tmp_path, "local", again.environment(core, WORKERS[core]))
    assert done.returncode == 0, done.stderr
    again.assert_same_release(tmp_path)


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
def test_a_release_has_the_same_bytes_under_every_python(again, version, tmp_path):
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
    variables = {**again.environment("", "2"), "PYTHONPATH": str(Path(ncsi.__file__).parents[1])}
    del variables["OPENBLAS_CORETYPE"]
    done = again.run(tmp_path, "local", variables, python)
    assert done.returncode == 0, done.stderr
    again.assert_same_release(tmp_path)
