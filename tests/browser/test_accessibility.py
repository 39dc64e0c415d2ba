"""axe-core finds nothing on any page, in light and dark, in each language."""

import pytest

pytestmark = pytest.mark.browser
PAGES = ("index.html", "sectors/dairy.html", "sectors/schools.html")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("query", ["?lang=both", "?lang=zh#theme=dark", "?lang=en"])
def test_no_page_violates_a_rule_of_axe(tab, folder, run_axe, name, query):
    assert run_axe(tab, folder / name, query) == []


def test_no_page_violates_a_rule_of_axe_on_a_phone(tab, folder, run_axe):
    assert run_axe(tab, folder / "index.html", "?lang=en#theme=dark", width=390) == []


def test_axe_would_see_a_fault(tab, folder, run_axe):
    spoil = "document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"data:,\">')"
    assert any(
        found.startswith("image-alt") for found in run_axe(tab, folder / "index.html", "", 1200, spoil)
    )
