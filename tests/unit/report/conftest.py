"""One small release, made once for all tests of the report."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from ncsi.report import Release, publish_release

SECTORS = ("dairy", "edible_oil", "beer", "casual_wear", "banks", "schools")


@pytest.fixture(scope="session")
def invented() -> ModuleType:
    """The helper that invents specs and result tables."""
    path = Path(__file__).with_name("release_tables") / "__init__.py"
    spec = importlib.util.spec_from_file_location("release_tables", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["release_tables"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def spec(invented):
    return invented.release_spec(SECTORS)


@pytest.fixture(scope="session")
def tables(invented, spec):
    return invented.result_tables(spec)


@pytest.fixture(scope="session")
def release(tables, spec, tmp_path_factory) -> Release:
    return publish_release(tables, spec, tmp_path_factory.mktemp("releases") / "2026Q1")
