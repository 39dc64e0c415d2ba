"""axe-core finds nothing on any page, in light and dark, in each language, on a desk and on a phone."""

import pytest

pytestmark = pytest.mark.browser
UNFOLD = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
LONG = (("both", "light"), ("zh", "light"), ("en", "dark"))
SHORT = (("zh", "dark"), ("en", "light"))


@pytest.mark.parametrize(
    ("name", "modes"),
    [
        ("index.html", LONG),
        ("sectors/dairy.html", LONG),
        ("sectors/schools.html", SHORT),
        ("press.html", SHORT),
        ("method.html", SHORT),
    ],
)
def test_no_page_violates_a_rule_of_axe(tab, folder, run_axe, name, modes):
    assert run_axe(tab, folder / name, modes, before=UNFOLD) == []


def test_no_page_violates_a_rule_of_axe_on_a_phone(tab, folder, run_axe):
    assert run_axe(tab, folder / "index.html", (("en", "dark"),), width=390, before=UNFOLD) == []


def test_axe_would_see_a_fault(tab, folder, run_axe):
    spoil = "document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"data:,\">')"
    found = run_axe(tab, folder / "press.html", before=spoil)
    assert any(one.startswith("both light: image-alt") for one in found)
