"""The frame: a built wheel holds everything that runs need, and works from any folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
USE = """
import sys
from pathlib import Path
home, checkout = (Path(folder).resolve() for folder in sys.argv[1:])
sys.path[:] = [str(home)] + [p for p in sys.path if Path(p).resolve() != checkout]
import ncsi, ncsi.spec, flows
from ncsi.report.text import phrases
from ncsi.report.woff import font_css
for package in (ncsi, flows):
    assert Path(package.__file__).resolve().is_relative_to(home), package.__file__
assert ncsi.spec.schemas_root().is_relative_to(home), ncsi.spec.schemas_root()
for name in ncsi.spec.presets():
    ncsi.load_instrument(name)
assert phrases() and 'woff2' in font_css({'青'})
print(len(ncsi.spec.presets()), len(ncsi.spec.load_sectors().sectors))
"""

EACH = """
from ncsi.cli.main import cli
for arguments in (
    ["init", "ws"], ["schema", "--kind", "wave"],
    ["check", "ws/data/skin_care.csv", "--instrument", "fmcg", "--map", "ws/maps/skin_care.yaml"],
    ["instrument", "export", "ccsi", "--out", "form.lss"],
):
    cli.main(arguments, standalone_mode=False)
"""
"""Commands that read what the wheel holds besides code, in one process."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from the checkout; pip builds from a copy of its own."""
    folder = tmp_path_factory.mktemp("wheel")
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT))
    (built,) = folder.glob("ncsi-*.whl")
    return built


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the wheel is installed, and nothing else."""
    home = tmp_path_factory.mktemp("installed") / "site"
    _pip("install", "--no-deps", "--no-compile", "--target", str(home), str(wheel))
    return home


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stderr


def _below(folder: str, under: str, *, suffixes: tuple[str, ...] | None = None) -> set[str]:
    """Files of a folder of the checkout, named as the wheel should hold them."""
    files = (
        path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts
    )
    return {
        f"{under}/{path.relative_to(ROOT / folder).as_posix()}"
        for path in files
        if suffixes is None or path.suffix in suffixes
    }


def test_the_wheel_holds_code_specs_phrases_templates_and_fonts(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    wanted = _below("ncsi", "ncsi") | _below("flows", "flows") | _below("data/schemas", "ncsi/schemas")
    assert wanted - held == set()
    assert "ncsi/py.typed" in held
    assert {name for name in held if name.endswith("/OFL.txt")} >= {"ncsi/fonts/OFL.txt"}
    assert {name for name in held if name.endswith(".ttf")}


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {"ncsi", "flows", f"{wheel.name.split('-py3')[0]}.dist-info"}


def _packed(python: str) -> str:
    """What a Python lacks of the packages that ncsi needs; empty where it has them."""
    code = "import click, duckdb, pandas, pyarrow, pydantic, python_calamine, rapidfuzz, yaml"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False, cwd="/")
    return done.stderr.strip().rpartition("\n")[2]


@pytest.mark.slow
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_the_command_of_an_installed_wheel_works_under_every_python(
    site: Path, version: str, tmp_path: Path
) -> None:
    """Outside the repository; those of NCSI_PYTHONS, else on PATH, that have the packages."""
    named = [one for one in os.environ.get("NCSI_PYTHONS", "").split(os.pathsep) if f"{version}" in one]
    ours = f"{sys.version_info.major}.{sys.version_info.minor}" == version
    python = sys.executable if ours else next(iter(named), shutil.which(f"python{version}"))
    if python is None:
        pytest.skip(f"no Python {version} is on PATH, nor named by NCSI_PYTHONS")
    if lacking := _packed(python):
        pytest.skip(f"{python} does not have the packages: {lacking}")
    environment = {**os.environ, "PYTHONPATH": str(site)}
    place = tmp_path / "我的 调查"
    place.mkdir()
    for command in (["-m", "ncsi", "--version"], ["-c", EACH]):
        done = subprocess.run(
            [python, *command], cwd=place, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (command, done.stderr)
    assert (place / "form.lss").is_file()


def test_an_installed_wheel_works_from_any_folder(site: Path, tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", USE, str(site), str(ROOT)],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    presets, sectors = map(int, done.stdout.split())
    assert presets >= 9
    assert sectors >= 24
