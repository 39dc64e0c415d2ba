"""The frame: what the code imports is declared in pyproject.toml, and not had by the grace of another package."""

from __future__ import annotations

import ast
import importlib.metadata
import sys
import tomllib
from collections.abc import Iterator
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


def statements(module: ast.Module) -> Iterator[ast.AST]:
    """Every statement, however deep; what expressions hold, nearly all of a tree, can import nothing."""
    waiting: list[ast.AST] = [module]
    while waiting:
        node = waiting.pop()
        yield node
        for held in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(node, held, ())


def imported(folder: Path) -> Iterator[tuple[str, str]]:
    """Top-level packages that the folder's modules import, and where."""
    own = {one.stem for one in folder.rglob("*.py")} | {
        one.parent.name for one in folder.rglob("__init__.py")
    }
    # tests load helpers by their path, docs/build.py the module beside it
    own = own if folder.name in ("tests", "docs") else set()
    for path in sorted(folder.rglob("*.py")):
        for node in statements(ast.parse(path.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [one.name for one in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [str(node.module)]
            for top in {name.partition(".")[0] for name in names}:
                if top not in sys.stdlib_module_names | OURS | TYPES_ONLY | own:
                    yield top, path.relative_to(ROOT).as_posix()


def declared(extras: tuple[str, ...]) -> set[str]:
    texts = [*PROJECT["dependencies"], *(one for extra in extras for one in EXTRAS[extra])]
    return {canonicalize_name(Requirement(text).name) for text in texts}


@pytest.mark.parametrize("room", ROOMS)
def test_every_import_is_of_a_declared_dependency(room: str) -> None:
    known, packages = declared(ROOMS[room]), importlib.metadata.packages_distributions()
    undeclared = {
        f"{where}: {top}"
        for top, where in imported(ROOT / room)
        if not known & {canonicalize_name(one) for one in packages.get(top, [top])}
    }
    assert undeclared == set()


def test_an_undeclared_import_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    (tmp_path / "ncsi").mkdir()
    (tmp_path / "ncsi" / "one.py").write_text(
        "import numpy\nfrom pluggy import hookspec\nfrom ncsi import x\n"
    )
    assert [one for one, _ in imported(tmp_path / "ncsi") if one not in declared(())] == ["pluggy"]
