"""A browser and a small release for it; skipped, with the reason, where no Chromium is."""

import importlib.util
import json
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest

from ncsi.report import publish_release
from ncsi.report.site import write_site

HERE = Path(__file__).parent


def load(path):
    name = path.parent.name if path.stem == "__init__" else path.stem
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
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
def site(tmp_path_factory, folder):
    """Three waves, the middle one with indices of its own, and the page over them."""
    releases = tmp_path_factory.mktemp("site")
    for k, wave in enumerate(("2024Q1", "2025Q1", "2026Q1")):
        copy = shutil.copytree(folder, releases / wave)
        manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
        manifest |= {"wave": wave, "label": {"zh": f"{wave[:4]} 年", "en": wave[:4]}}
        (copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        for table in ("out_index_by_sector", "out_index_national"):
            rows = pd.read_csv(copy / "data" / f"{table}.csv")
            shifted = {name: rows[name] + 0.9 * k for name in ("index_0_100", "low", "high")}
            rows.assign(**shifted).to_csv(copy / "data" / f"{table}.csv", index=False)
    return write_site(releases)


@pytest.fixture(scope="session")
def invented():
    """The helper that invents specs and result tables."""
    return load(HERE.parent / "unit" / "report" / "release_tables" / "__init__.py")


@pytest.fixture(scope="session")
def folder(common, once, tmp_path_factory, tab, invented):
    """Made by whichever process of pytest asks first; each gets a copy of its own."""
    place = common / "to-be-browsed" / "2026Q1"
    place.parent.mkdir(exist_ok=True)
    made = once("to-be-browsed", lambda: published(place, invented))
    return shutil.copytree(made, tmp_path_factory.mktemp("releases") / "2026Q1")


def published(out, invented):
    spec = invented.release_spec(("dairy", "edible_oil", "banks", "residential_building", "schools"))
    return publish_release(invented.result_tables(spec), spec, out).folder


_RUN = """axe.run(document, {resultTypes: ["violations"]}).then((found) => found.violations.map(
  (one) => one.id + ": " + one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)
  + " " + (node.any[0] || node.all[0] || node.none[0] || {message: ""}).message).join(" | ")))"""


@pytest.fixture(scope="session")
def run_axe():
    """What axe-core finds on a page; its script as its package ships it, the package itself is not imported."""
    found = find_spec("axe_playwright_python")
    if found is None or not found.submodule_search_locations:
        pytest.skip("axe-playwright-python, which ships axe.min.js, is not installed")
    script = (Path(found.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")

    def run(tab, page, modes=(("both", "light"),), width=1200, before="0"):
        """What is found in each mode, the page opened once."""
        tab.open(page, width=width)
        tab.value(f"{script}; {before}; 0")
        found = []
        for shown, theme in modes:
            tab.value(
                f"document.querySelector('[data-show={shown}]').click(); "
                f"document.documentElement.dataset.theme = '{theme}'"
            )
            found += [f"{shown} {theme}: {one}" for one in tab.value(_RUN)]
        return found

    return run
