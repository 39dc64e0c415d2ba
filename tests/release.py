"""Wheel and sdist, built and checked: `make release`. Nothing is uploaded.

They hold what they should, the sdist builds the same wheel, and the wheel works in an environment of its own.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
VERSION: str = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
IN_SDIST = (
    "README.md", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "Makefile", "SECURITY.md",
    "constraints.txt", "pyproject.toml", "PKG-INFO", "ncsi/py.typed", "flows/__init__.py",
    "data/schemas/sectors.yaml",
    "docs/method.md", "notebooks/01_responses.py", "notebooks/01_responses.ipynb", "tests/conftest.py",
)  # fmt: skip
USE = "import ncsi, flows; print(ncsi.__version__, ncsi.load_instrument('ccsi').id, callable(ncsi.fit_pls))"


def main() -> None:
    """Build into dist/ and check; ends with the commands that publish, or with what is wrong."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    _require(f"## [{VERSION}] - " in changelog, f"CHANGELOG.md has no dated heading for {VERSION}: add one")
    tagged = _said("git", "tag", "--list", f"v{VERSION}", "--format=%(objectname)%(*objectname)")
    head = _said("git", "rev-parse", "HEAD")
    _require(
        not tagged or tagged.endswith(head), f"v{VERSION} is the tag of an earlier commit: raise the version"
    )
    wheel, sdist = build(ROOT, DIST)
    check_contents(wheel, sdist)
    with tempfile.TemporaryDirectory() as folder:
        check_that_sdist_builds(sdist, wheel, Path(folder))
        check_install(wheel, Path(folder))
    print(f"{wheel.name} and {sdist.name} in dist/ are sound")
    if not tagged:
        print(f'Tag it: git tag -a v{VERSION} -m "NCSI {VERSION}"')


def build(source: Path, into: Path) -> tuple[Path, Path]:
    """Wheel and sdist of a checkout or an unpacked sdist."""
    shutil.rmtree(into, ignore_errors=True)
    _said(sys.executable, "-m", "hatchling", "build", "--directory", str(into), where=source)
    (wheel,), (sdist,) = into.glob("*.whl"), into.glob("*.tar.gz")
    return wheel, sdist


def check_contents(wheel: Path, sdist: Path) -> None:
    """Names carry the version; both hold what a user needs and nothing that a machine left behind."""
    _require(wheel.name == f"ncsi-{VERSION}-py3-none-any.whl", f"{wheel.name} is not of {VERSION}")
    prefix = f"ncsi-{VERSION}/"
    with tarfile.open(sdist) as archive:
        held = {name.removeprefix(prefix) for name in archive.getnames()}
    missing = sorted(set(IN_SDIST) - held)
    _require(not missing, f"{sdist.name} lacks {', '.join(missing)}")
    rubble = re.compile(r"__pycache__|\.py[co]$|(^|/)\.(venv|git|ncsi-key)(/|$)|\.duckdb$")
    for name, names in ((sdist.name, held), (wheel.name, _names(wheel))):
        left = sorted(filter(rubble.search, names))
        _require(not left, f"{name} holds {', '.join(left[:5])}")


def check_that_sdist_builds(sdist: Path, wheel: Path, folder: Path) -> None:
    """The wheel of the unpacked sdist holds the same files as the checkout's."""
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    again, _ = build(folder / f"ncsi-{VERSION}", folder / "again")
    different = sorted(_names(again) ^ _names(wheel))
    _require(not different, f"the sdist builds another wheel; it differs in {', '.join(different[:5])}")


def check_install(wheel: Path, folder: Path) -> None:
    """The wheel alone, with pinned dependencies, in a fresh environment and from another folder."""
    venv.create(folder / "venv", with_pip=True)
    home = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    pins = str(ROOT / "constraints.txt")
    quiet = ("--quiet", "--disable-pip-version-check")
    _said(str(home / "python"), "-m", "pip", "install", *quiet, "-c", pins, str(wheel), where=folder)
    said = _said(str(home / "ncsi"), "--version", where=folder)
    _require(said.endswith(VERSION), f"the installed ncsi --version says {said!r}")
    said = _said(str(home / "python"), "-I", "-c", USE, where=folder)
    _require(said == f"{VERSION} ccsi True", f"the installed package says {said!r}")


def _names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def _said(*command: str, where: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)
    _require(done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def _require(holds: bool, problem: str) -> None:
    if not holds:
        raise SystemExit(problem)


if __name__ == "__main__":
    main()
