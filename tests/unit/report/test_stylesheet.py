"""A page to embed carries the rules that it uses, and no other."""

import re

import pytest

from ncsi.report import html
from ncsi.report.stylesheet import used

SHEET = (
    ":root{--ink:#000}\nhtml[data-lang=zh] [lang=en],.never{display:none}\n.a .b:not(.c):hover,#x>p{top:0}"
    "\n.d:has(.e) h1{top:1}\ntable.f:nth-child(2n) td{left:0}\n@media (min-width:1px){.a{top:2}.never{top:3}}"
    "\n@media print{.never{top:3}}\n@page{margin:1cm}\nbutton[aria-pressed=true]{color:red}\n*{margin:0}"
)


def test_rules_stay_whose_names_are_all_in_the_page():
    page = (
        '<html><body class="a"><div class="b  g" id="y"></div><button type="button"></button></body></html>'
    )
    assert used(SHEET, page).splitlines() == [
        ":root{--ink:#000}", "html[data-lang=zh] [lang=en]{display:none}", ".a .b:not(.c):hover{top:0}",
        "@media (min-width:1px){.a{top:2}}", "@page{margin:1cm}", "button[aria-pressed=true]{color:red}", "*{margin:0}",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("page", "rule"),
    [
        ('<p id="x"></p>', "#x>p{top:0}"),
        ('<h1 class="d"></h1><b class="e"></b>', ".d:has(.e) h1{top:1}"),
        ('<table class="f"><td></td></table>', "table.f:nth-child(2n) td{left:0}"),
        ('<i class="never"></i>', "@media print{.never{top:3}}"),
    ],
)
def test_every_part_of_a_selector_counts(page, rule):
    assert rule in used(SHEET, page).splitlines()
    assert rule not in used(SHEET, page.replace("class=", "data-class=").replace("id=", "data-id="))


def test_a_chart_is_no_wider_than_its_column():
    """Charts that have another drawing for phones and tables that need room share a class, and not its width."""
    assert re.findall(r"([^{}]*\.broad)\{[^}]*width", str(html._own("page.css"))) == [".scroll.broad"]


def test_our_own_sheet_is_kept_whole_for_a_page_that_has_everything():
    """Nothing of it is lost on the way: names, brackets and at-rules are all read."""
    sheet = str(html._own("page.css"))
    names = re.findall(r"[.#]?-?[A-Za-z_][\w-]*", sheet)
    tags = "".join(f"<{one}>" for one in names)
    held = "".join(f'<i class="{one[1:]}" id="{one[1:]}">' for one in names if one[0] in ".#")
    assert "".join(used(sheet, tags + held).split()) == "".join(sheet.split())
