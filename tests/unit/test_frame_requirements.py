"""The frame: what the code imports is declared in pyproject.toml, and not had by the grace of another package."""

from __future__ import annotations

import ast
import functools
import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
ROOMS = {
    "ncsi": ("sdmx", "office", "dask", "s3"), "flows": (), "tests": ("test", "sdmx"), "notebooks": (),
    "docs": ("test", "docs"),
}  # fmt: skip
"""What may be imported in a folder beside the dependencies of everyone: extras."""
OURS = {"ncsi", "flows"}
TYPES_ONLY = {"_typeshed"}
"""Known to type checkers only."""
NAMED = re.compile(r"\bfrom\s+(\w[\w.]*)\s+import\b|\bimport\s+([^\n#;]+)")
"""Whatever may be an import, also where it is not code."""


def statements(module: ast.Module) -> Iterator[ast.AST]:
    """Every statement, however deep; what expressions hold, nearly all of a tree, can import nothing."""
    waiting: list[ast.AST] = [module]
    while waiting:
        node = waiting.pop()
        yield node
        for held in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(node, held, ())


def imported(folder: Path, known: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Top-level packages other than those `known` that the folder's modules import, and where."""
    own = {one.stem for one in folder.rglob("*.py")} | {
        one.parent.name for one in folder.rglob("__init__.py")
    }
    # tests load helpers by their path, docs/build.py the module beside it
    own = own if folder.name in ("tests", "docs") else set()
    passed = sys.stdlib_module_names | OURS | TYPES_ONLY | own | set(known)
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if _named(text) <= passed:  # to parse every file takes ten times as long
            continue
        for node in ast.walk(ast.parse(text)):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [one.name for one in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [str(node.module)]
            for top in {name.partition(".")[0] for name in names} - passed:
                yield top, path.relative_to(ROOT).as_posix()


def _named(text: str) -> set[str]:
    """Packages that a file imports, and some that it only writes of."""
    return {
        name.strip().partition(".")[0].partition(" ")[0]
        for one, several in NAMED.findall(text.replace("\\\n", " "))
        for name in ([one] if one else several.split(","))
    }


def declared(extras: tuple[str, ...]) -> set[str]:
    texts = [*PROJECT["dependencies"], *(one for extra in extras for one in EXTRAS[extra])]
    return {canonicalize_name(Requirement(text).name) for text in texts}


@functools.cache
def providers() -> dict[str, set[str]]:
    """The installed packages that each top-level module is of."""
    of = importlib.metadata.packages_distributions()
    return {top: {canonicalize_name(one) for one in packages} for top, packages in of.items()}


@pytest.mark.parametrize("room", ROOMS)
def test_every_import_is_of_a_declared_dependency(room: str) -> None:
    extras = declared(ROOMS[room])
    known = [top for top, packages in providers().items() if extras & packages]
    assert {f"{where}: {top}" for top, where in imported(ROOT / room, known)} == set()


def test_an_undeclared_import_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    (tmp_path / "ncsi").mkdir()
    (tmp_path / "ncsi" / "one.py").write_text(
        "import numpy\nfrom pluggy import hookspec\nfrom ncsi import x\n"
    )
    assert [one for one, _ in imported(tmp_path / "ncsi") if one not in declared(())] == ["pluggy"]
