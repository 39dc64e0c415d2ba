"""The frame: pins and bounds agree, and no tracked file says where packages come from or weighs too much."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LARGEST = 4 * 1024 * 1024
REGISTRY = re.compile(
    rb"(index-url|registry) *= *\"?https?:|https?://[^ \"]*/(simple|packages)/|\"resolved\": *\"https?:"
    rb"|source = \{ registry|" + b"py" + b"pi[.]org|files[.]python" + b"hosted|--find-" + b"links"
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINS = {
    canonicalize_name(name): version
    for name, version in (
        line.split("==")
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    )
}
EXTRAS = PROJECT["optional-dependencies"]
WANTED = [
    Requirement(text)
    for text in [*PROJECT["dependencies"], *(one for extra in EXTRAS.values() for one in extra)]
]


@pytest.mark.parametrize("wanted", WANTED, ids=lambda one: one.name)
def test_a_dependency_is_pinned_within_its_bounds(wanted: Requirement) -> None:
    assert wanted.specifier.contains(PINS[canonicalize_name(wanted.name)])


def test_whatever_the_dependencies_pull_in_is_pinned_too() -> None:
    """A package that nothing pins would install another version tomorrow."""
    waiting, seen = [(canonicalize_name(one.name), frozenset(one.extras)) for one in WANTED], set()
    unpinned = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        unpinned |= {name} - set(PINS)
        for text in _requires(name):
            below = Requirement(text)
            chosen = [{"extra": extra} for extra in extras] or [{"extra": ""}]
            if below.marker is None or any(below.marker.evaluate(one) for one in chosen):
                waiting.append((canonicalize_name(below.name), frozenset(below.extras)))
    assert unpinned - {"pip", "setuptools"} == set()


def _requires(name: str) -> list[str]:
    """What an installed package asks for; `lab` and `sdmx` need not be installed."""
    try:
        return importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        return []


def test_the_package_says_one_version() -> None:
    import ncsi

    assert ncsi.__version__ == PROJECT["version"] == importlib.metadata.version("ncsi")


def test_the_version_is_semantic_dated_in_the_changelog_and_cited() -> None:
    version = PROJECT["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    dated = dict(re.findall(r"^## \[(.+)\] - (\d{4}-\d\d-\d\d)$", changelog, re.MULTILINE))
    assert version in dated
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert (cited["version"], cited["date-released"]) == (version, dated[version])
    assert cited["license"] == PROJECT["license"]


def _tracked() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: nothing says which files are tracked")
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    paths = [ROOT / name for name in done.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def test_no_tracked_file_names_a_package_registry() -> None:
    assert [str(path) for path in _tracked() if REGISTRY.search(path.read_bytes())] == []


def test_no_tracked_file_is_large_but_fonts() -> None:
    large = [path for path in _tracked() if path.stat().st_size > LARGEST]
    assert [str(path) for path in large if path.suffix != ".ttf"] == []
