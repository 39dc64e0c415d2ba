"""axe-core finds nothing on any page, in light and dark, in each language."""

from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
PAGES = ("index.html", "sectors/dairy.html", "sectors/schools.html")
RUN = """axe.run(document, {resultTypes: ["violations"]}).then((found) => found.violations.map(
  (one) => one.id + ": " + one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)
  + " " + (node.any[0] || node.all[0] || node.none[0] || {message: ""}).message).join(" | ")))"""


@pytest.fixture(scope="session")
def axe():
    """The script as its package ships it; the package itself is not imported."""
    found = find_spec("axe_playwright_python")
    if found is None or not found.submodule_search_locations:
        pytest.skip("axe-playwright-python, which ships axe.min.js, is not installed")
    return (Path(found.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")


def violations(tab, axe, page, query, width=1200):
    tab.open(page, width=width, query=query)
    tab.value(axe + "; 0")
    return tab.value(RUN)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("query", ["?lang=both", "?lang=zh#theme=dark", "?lang=en"])
def test_no_page_violates_a_rule_of_axe(tab, folder, axe, name, query):
    assert violations(tab, axe, folder / name, query) == []


def test_no_page_violates_a_rule_of_axe_on_a_phone(tab, folder, axe):
    assert violations(tab, axe, folder / "index.html", "?lang=en#theme=dark", width=390) == []


def test_axe_would_see_a_fault(tab, folder, axe):
    tab.open(folder / "index.html")
    tab.value(axe + "; 0")
    tab.value("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"data:,\">')")
    assert any(found.startswith("image-alt") for found in tab.value(RUN))
