"""The site over all waves: silent, within its window, searched and compared from the keyboard."""

import base64
import csv
import io
from urllib.parse import unquote

import pytest

pytestmark = pytest.mark.browser
SHOWN = "[...document.querySelectorAll('#explore tbody tr')].filter((row) => !row.hidden).map((row) => row.dataset.id)"


def choose(tab, name, value):
    tab.value(f"""(() => {{ const one = document.querySelector('[name={name}]'); one.value = '{value}';
      one.dispatchEvent(new Event('input', {{bubbles: true}})); }})()""")


def test_it_says_nothing_and_fetches_nothing(tab, site):
    tab.open(site)
    choose(tab, "q", "banks")
    choose(tab, "from", "2024Q1")
    tab.value("document.querySelector('[data-theme-switch]').click()")
    assert tab.said() == []
    assert [url for url in tab.asked_for() if not url.startswith(("file:", "data:"))] == []


def test_it_is_no_wider_than_its_window(tab, site):
    tab.open(site)
    for shown in ("both", "zh", "en"):
        tab.value(f"document.querySelector('[data-show={shown}]').click()")
        for width in (360, 768, 1920):
            tab.resize(width)
            assert tab.value("document.documentElement.scrollWidth") <= width, (shown, width)


def test_axe_finds_nothing(tab, site, run_axe):
    assert run_axe(tab, site, (("both", "light"), ("zh", "dark"))) == []
    assert run_axe(tab, site, (("en", "light"),), width=390) == []


def test_search_finds_sectors_groups_and_brands(tab, site):
    tab.open(site)
    choose(tab, "q", "BANKS")
    assert tab.value(SHOWN) == ["banks"]
    choose(tab, "q", "𠮷野家")
    assert tab.value(SHOWN) == ["dairy"]
    assert tab.value("document.querySelector('tr[data-id=dairy] [data-cell=hit]').textContent") == "𠮷野家 ①"
    choose(tab, "q", "<script>")
    assert tab.value(SHOWN) == ["dairy"]
    choose(tab, "q", "nothing is called this")
    assert tab.value("document.getElementById('none').offsetParent !== null")
    choose(tab, "q", "")
    choose(tab, "group", tab.value("document.querySelector('tr[data-id=dairy]').dataset.group"))
    assert 0 < len(tab.value(SHOWN)) < 5


def test_two_waves_are_compared_and_the_address_says_which(tab, site):
    tab.open(site)
    choose(tab, "from", "2024Q1")
    choose(tab, "to", "2025Q1")
    change = tab.value("document.querySelector('tr[data-id=banks] [data-cell=change]').textContent")
    assert change.startswith("+0.9")
    address = tab.value("location.hash")
    assert "from=2024Q1" in address
    assert "to=2025Q1" in address
    tab.open(site, query="?x=1" + address)
    assert tab.value("document.querySelector('[name=to]').value") == "2025Q1"
    assert tab.value("document.querySelector('tr[data-id=banks] [data-cell=change]').textContent") == change


def test_changes_that_a_release_publishes_are_shown_as_it_publishes_them(tab, site):
    tab.open(site)
    with (site.parent / "2026Q1" / "data" / "out_changes.csv").open(encoding="utf-8") as file:
        published = {
            r["unit"]: r
            for r in csv.DictReader(file)
            if r["level"] == "sector" and r["construct"] == "Satisfaction"
        }
    for sector, row in published.items():
        shown = tab.value(f"document.querySelector('tr[data-id={sector}] [data-cell=change]').textContent")
        if row["verdict"] != "trend_break":
            expected = f"{float(row['change']):+.1f}".replace("-", "−")
            assert shown.startswith("0.0" if expected in ("+0.0", "−0.0") else expected), sector
        assert ("*" in shown) == (row["verdict"] in ("rose", "fell")), sector


def test_the_comparison_can_be_downloaded(tab, site):
    tab.open(site)
    link = tab.value("document.getElementById('csv').href")
    rows = list(csv.DictReader(io.StringIO(unquote(link.split(",", 1)[1]).lstrip("\ufeff"))))
    assert {"banks", "dairy"} <= {row["sector"] for row in rows}
    assert all(float(row["low"]) <= float(row["index_to"]) <= float(row["high"]) for row in rows)
    chart = tab.value("document.querySelector('#chart-trend a[download]').href")
    assert base64.b64decode(chart.split(",", 1)[1]).decode("utf-8-sig").startswith("wave,label_zh")


def test_the_table_sorts_from_the_keyboard_after_a_comparison(tab, site):
    tab.open(site)
    choose(tab, "from", "2024Q1")
    tab.value("document.querySelector('#explore th button[data-key=value]').focus()")
    tab.press("Enter")
    values = tab.value(
        "[...document.querySelectorAll('#explore tbody tr')].map((row) => Number(row.dataset.value))"
    )
    assert values == sorted(values)
    choose(tab, "to", "2025Q1")
    values = tab.value(
        "[...document.querySelectorAll('#explore tbody tr')].map((row) => Number(row.dataset.value))"
    )
    assert values == sorted(values)


def test_a_search_by_pinyin_shows_the_score_and_leads_to_the_row(tab, site):
    tab.open(site, query="?lang=zh")
    choose(tab, "q", "yinhang")
    assert tab.value("[...document.querySelectorAll('#hits a')].map((one) => one.hash)") == ["#row-banks"]
    shown = tab.value("document.querySelector('tr[data-id=banks] [data-cell=value]').firstChild.textContent")
    assert tab.value("document.querySelector('#hits a').textContent") == f"银行 {shown}"
    tab.value("document.querySelector('[name=q]').focus()")
    tab.press("Enter")
    assert tab.value("document.activeElement.closest('tr').dataset.id") == "banks"
    choose(tab, "q", "")
    assert tab.value("document.getElementById('hits').hidden")


def test_the_language_reaches_into_the_choices(tab, site):
    tab.open(site, query="?lang=en")
    first = "document.querySelector('select[name=group] option').textContent"
    english = tab.value(first)
    tab.value("document.querySelector('[data-show=zh]').click()")
    assert tab.value(first) == "全部行业大类"
    assert english
    assert english not in tab.value(first)
