"""A browser and a small release for it; skipped, with the reason, where no Chromium is."""

import importlib.util
import sys
from pathlib import Path

import pytest

from ncsi.report import publish_release

HERE = Path(__file__).parent


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def tab(tmp_path_factory):
    devtools = load(HERE / "devtools.py")
    if devtools.chromium() is None:
        pytest.skip("no Chromium was found on this machine")
    with devtools.browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="session")
def folder(tmp_path_factory, tab):
    invented = load(HERE.parent / "unit" / "report" / "release_tables.py")
    spec = invented.release_spec(("dairy", "edible_oil", "banks", "residential_building", "schools"))
    out = tmp_path_factory.mktemp("releases") / "2026Q1"
    return publish_release(invented.result_tables(spec), spec, out).folder
