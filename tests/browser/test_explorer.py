"""The explorer in a browser: what is picked is drawn, told and addressed; nothing is compared that was not tested."""

import csv
import io
import itertools
import json
import re
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest

from ncsi.report import content, text
from ncsi.report.html import page
from ncsi.report.result_rows import with_plain_texts

pytestmark = pytest.mark.browser
MODES = (("both", "light"), ("zh", "dark"), ("en", "light"))
ROWS = "[...document.querySelectorAll('#figures tbody tr')].map((row) => row.innerText.replace(/\\s+/g, ' ').trim())"
COUNT = itertools.count()
TITLE = "document.getElementById('what').innerText.trim()"


def visit(tab, explorer, address="", lang="en", width=1200):
    """The page anew: another query, since an address that differs in its fragment alone loads nothing."""
    tab.open(explorer, width=width, query=f"?lang={lang}&x={next(COUNT)}{address}")


def choose(tab, name, value):
    tab.value(
        f"(() => {{ const one = document.querySelector('select[name={name}]'); one.value = {json.dumps(value)};"
        " one.dispatchEvent(new Event('input', { bubbles: true })); })()"
    )


def click(tab, selector):
    tab.value(f"document.querySelector({json.dumps(selector)}).click()")


def test_figures_are_rounded_as_in_the_report(tab, explorer):
    visit(tab, explorer)
    values = [k / 200 for k in range(-2500, 2500)]
    for digits in (1, 2):
        assert tab.value(f"{json.dumps(values)}.map((one) => rounded(one, {digits}))") == [
            f"{one:.{digits}f}" for one in values
        ]


def settled(tab):
    """The events of a changed address have come."""
    tab.value("new Promise((done) => setTimeout(done, 60))")


@pytest.fixture(scope="module")
def explorer(folder):
    return folder / "explorer.html"


@pytest.fixture(scope="module")
def broken(folder, invented, tmp_path_factory):
    """The page of four waves with a break before the third, and of three pairs of brands that were tested."""
    spec = invented.release_spec(("dairy", "banks"))
    waves = ("2023Q1", "2024Q1", "2025Q1", "2026Q1")
    history = pd.DataFrame(
        {
            "wave": waves, "label_zh": waves, "label_en": waves, "index_0_100": [77.0, 77.5, 76.0, 78.0],
            "low": 75.0, "high": 79.0,
        }
    )  # fmt: skip
    rows = [
        {
            "wave": "2026Q1", "level": "nation", "unit": "nation", "at": at, "basis": "measured", "index_0_100": index,
            "low": index - 0.4, "high": index + 0.4, "verdict_quarter": "", "change_year": 0.5, "change_quarter": None,
            "verdict_year": "trend_break" if at == "2025Q1" else "rose" if k else "",
            "break": "instrument" if at == "2025Q1" else "", "segment": int(k > 1),
        }
        for k, (at, index) in enumerate(zip(waves, history["index_0_100"], strict=True))
    ]  # fmt: skip
    pairs = [("B00", "B01", "above"), ("B02", "B00", "above"), ("B00", "B03", "no_significant_difference")]
    differences = [
        {
            "sector": "banks",
            "brand": a,
            "other": b,
            "difference": 1.0,
            "low": 0.2,
            "high": 1.8,
            "verdict": verdict,
        }
        for a, b, verdict in pairs
    ]
    changed = {"out_trend": pd.DataFrame(rows), "out_differences_by_brand": pd.DataFrame(differences)}
    tables = invented.result_tables(spec) | changed
    spec = type(spec)(spec.wave, spec.sectors, spec.instruments, spec.provenance, history)
    out = tmp_path_factory.mktemp("broken") / "explorer.html"
    made = content.explorer(with_plain_texts(tables), spec)
    out.write_text(page("explorer.html.j2", made, {}, ""), encoding="utf-8")
    return out


def test_brands_are_compared_by_the_published_verdicts(tab, broken):
    visit(tab, broken, "#view=brands&sector=banks&with=B00")
    link = tab.value("document.getElementById('csv').href")
    shown = {
        one["id"]: one for one in csv.DictReader(io.StringIO(unquote(link.split(",", 1)[1]).lstrip("\ufeff")))
    }
    assert {brand: one["verdict"] for brand, one in shown.items()} == {
        "B00": "reference", "B01": "below", "B02": "above", "B03": "level", "B04": "not_comparable",
        "B05": "not_comparable",
    }  # fmt: skip
    assert all(float(one["low"]) <= float(one["index_0_100"]) <= float(one["high"]) for one in shown.values())
    marks = {row.split(" ")[1]: row for row in tab.value(ROWS)}
    for brand, told in {
        "B": "significantly lower than",
        "C": "significantly higher than",
        "E": "not published",
    }.items():
        assert told in marks[brand]
    choose(tab, "construct", "Image")
    assert all("no test between" in row for row in tab.value(ROWS) if "what the others" not in row)
    assert tab.said() == []


def test_brands_that_are_not_published_say_why_and_show_no_figure(tab, explorer):
    visit(tab, explorer, "#view=brands&sector=edible_oil")
    rows = [row for row in tab.value(ROWS) if "not published" in row]
    assert any("sample too small" in row for row in rows)
    assert any("withheld" in row for row in rows)
    assert all("— —" in row for row in rows)
    assert "not published" in tab.value("document.querySelector('#chart').textContent")
    tab.value("document.querySelector('[data-show=zh]').click()")
    assert any("不予发布" in row for row in tab.value(ROWS))


def test_sectors_are_compared_by_rank_intervals_of_this_wave_only(tab, explorer):
    visit(tab, explorer, "#with=dairy")
    rows = tab.value(ROWS)
    assert any("what the others are compared with" in row for row in rows)
    assert all(
        any(word in row for word in ("rank intervals", "no significant difference", "what the others"))
        for row in rows
    )
    choose(tab, "construct", "Value")
    told = "across sectors only the ranking of the satisfaction index"
    assert all(any(word in row for word in (told, "what the others", "not asked")) for row in tab.value(ROWS))


def test_over_a_break_no_line_is_drawn_and_the_reason_is_told(tab, broken):
    visit(tab, broken, "#view=waves")
    paths = tab.value(
        "[...document.querySelectorAll('#chart .path')].map((one) => one.getAttribute('points').split(' ').length)"
    )
    assert paths == [2, 2]
    assert tab.value("document.querySelector('#chart .old .path') !== null")
    third = tab.value(ROWS)[2]
    assert "break before 2025Q1: the questionnaire changed" in third
    assert "no change is published" in third
    assert "rose" in tab.value(ROWS)[3]
    # A wave that is left out takes no break with it.
    visit(tab, broken, "#view=waves&at=2024Q1.2026Q1")
    assert tab.value("document.querySelectorAll('#chart .path').length") == 2
    assert "the questionnaire changed" in tab.value(ROWS)[1]
    assert tab.said() == []


def test_the_address_holds_the_state_and_back_leads_back(tab, explorer):
    visit(tab, explorer)
    click(tab, "[name=view][value=brands]")
    choose(tab, "sector", "banks")
    choose(tab, "construct", "Value")
    click(tab, "[data-rows=rows] input")
    settled(tab)
    held, title, rows = tab.value("location.hash"), tab.value(TITLE), tab.value(ROWS)
    for part in ("view=brands", "sector=banks", "construct=Value", "rows=", "lang=en"):
        assert part in held
    tab.value("history.back()")
    settled(tab)
    assert len(tab.value(ROWS)) == len(rows) + 1
    assert tab.value("document.querySelector('[data-rows=rows] input').checked")
    tab.value("history.back()")
    settled(tab)
    assert "construct=" not in tab.value("location.hash")
    visit(tab, explorer, held)
    assert tab.value(TITLE) == title
    assert tab.value(ROWS) == rows
    assert tab.value("document.getElementById('link').getAttribute('href')") == held


@pytest.mark.parametrize(
    "address",
    [
        "#%E0%A4%A",
        "#view=__proto__&sector=constructor&construct=toString&rows=..&with=hasOwnProperty",
        "#view=<img src=x onerror=alert(1)>&sector=%3Cscript%3Ealert(1)%3C/script%3E",
        "#rows=%22%3E%3Csvg/onload=alert(1)%3E&at=javascript:alert(1)&lang=%3Cb%3E",
        "#" + "a" * 20000,
        "#&&&===",
        "#view=brands&view=waves&wave=2999Q9&show=everything&unit=B99",
    ],
)
def test_whatever_an_address_says_is_left_out_where_there_is_none(tab, explorer, address):
    visit(tab, explorer, address)
    assert tab.value(ROWS)
    assert tab.value("document.querySelectorAll('main img, main script, [onerror], [onload]').length") == 0
    assert tab.said() == []
    tab.value(f"location.hash = {json.dumps(address)}")
    settled(tab)
    assert tab.value(ROWS)
    assert tab.said() == []


def test_hostile_names_are_read_as_names(tab, explorer):
    visit(tab, explorer, "#view=brands&sector=dairy")
    names = tab.value("[...document.querySelectorAll('#figures tbody th')].map((one) => one.textContent)")
    assert "<script>alert(1)</script>" in names
    link = tab.value("document.getElementById('csv').href")
    assert "'=HYPERLINK" in unquote(link)
    assert tab.said() == []


def test_nothing_chosen_is_told(tab, explorer):
    visit(tab, explorer)
    click(tab, "[data-some=rows][data-none]")
    settled(tab)
    assert "Nothing is chosen" in tab.value("document.getElementById('chart').innerText")
    assert "rows=-" in tab.value("location.hash")
    click(tab, "[data-some=rows]")
    settled(tab)
    assert len(tab.value(ROWS)) == 5


def test_the_language_reaches_chart_choices_title_and_address(tab, explorer):
    visit(tab, explorer, "#view=waves")
    english = tab.value("document.querySelector('#chart svg').getAttribute('aria-label')")
    click(tab, "[data-show=zh]")
    settled(tab)
    assert "lang=zh" in tab.value("location.hash")
    chinese = tab.value("document.querySelector('#chart svg').getAttribute('aria-label')")
    assert english != chinese
    assert chinese.startswith("图：")
    click(tab, "[name=view][value=sectors]")
    assert tab.value("document.querySelector('select[name=with] option').textContent") == "不作比较"
    assert "Choose" not in tab.value("document.querySelector('main').innerText")


def test_a_keyboard_is_enough(tab, explorer):
    visit(tab, explorer)
    tab.value("document.querySelector('[data-some=rows][data-none]').focus()")
    tab.press("Enter")
    settled(tab)
    assert "rows=-" in tab.value("location.hash")
    reached = []
    tab.value("document.querySelector('[name=view]').focus()")
    for _ in range(8):
        reached.append(tab.value("document.activeElement.name || document.activeElement.dataset.some"))
        tab.press("Tab")
    assert reached[:6] == ["view", "construct", "show", "wave", "with", "rows"]


@pytest.mark.parametrize("width", [360, 1920])
@pytest.mark.parametrize("view", ["sectors", "brands", "constructs", "waves"])
def test_no_view_is_wider_than_its_window(tab, explorer, view, width):
    visit(tab, explorer, f"#view={view}&sector=edible_oil", width=width)
    for shown in ("both", "en"):
        click(tab, f"[data-show={shown}]")
        assert tab.value("document.documentElement.scrollWidth") <= width
    sizes = "[...document.querySelectorAll('#chart text')].map((one) => parseFloat(getComputedStyle(one).fontSize))"
    assert min(tab.value(sizes)) >= 12.5


@pytest.mark.parametrize(
    "view", ["sectors&with=dairy", "brands&sector=edible_oil", "constructs&sector=dairy&unit=B01", "waves"]
)
def test_no_view_violates_a_rule_of_axe(tab, explorer, run_axe, view):
    before = f"location.hash = 'view={view}'"
    assert run_axe(tab, explorer, MODES, before=before) == []


def test_no_view_violates_a_rule_of_axe_on_a_phone(tab, explorer, run_axe):
    assert run_axe(tab, explorer, (("zh", "dark"),), width=360, before="location.hash = 'view=brands'") == []


@pytest.fixture(scope="module")
def framed(folder):
    return folder / "embed" / "explorer-chart.html"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("#view=brands&sector=edible_oil&lang=zh", "食用油"), ("#view=waves&lang=en", "2026 Q1"),
        ("", "sectors"), ("#view=%3Cscript%3E&sector=__proto__&rows=-", "sectors"),
    ],
)  # fmt: skip
def test_a_frame_draws_what_its_address_says(tab, framed, address, words):
    visit(tab, framed, address, lang="zh" if "zh" in address else "en", width=420)
    assert tab.said() == []
    assert words in tab.value("document.querySelector('main').innerText")
    assert tab.value("document.documentElement.scrollWidth") <= 420
    back = tab.value("document.getElementById('back').getAttribute('href')")
    assert back.startswith("../explorer.html#view=")
    assert tab.value("document.querySelector('#chart svg') !== null") or "rows=-" in address


def test_a_frame_breaks_no_rule_of_axe(tab, framed, run_axe):
    before = "location.hash = 'view=sectors&with=dairy'"
    assert run_axe(tab, framed, (("zh", "light"), ("en", "dark")), width=420, before=before) == []


def test_intervals_are_written_as_on_all_other_pages(tab, explorer):
    visit(tab, explorer, "#view=sectors&show=change")
    for low, high in ((0.2, 1.4), (-0.3, 0.4), (-1.0, -0.2), (0.0, 0.5), (0.04, 0.06)):
        for change, written in ((True, text.signed_interval(low, high)), (False, text.interval(low, high))):
            told = tab.value(f"explored.between({low}, {high}, {json.dumps(change)})")
            assert (told["zh"], told["en"]) == (written.zh, written.en)
    rows = tab.value(ROWS)
    assert rows
    assert [row for row in rows if "—" not in row and not re.search(r"[+−0][\d.]* to [+−0]", row)] == []


def test_what_is_shown_is_what_is_taken_along(tab, explorer):
    visit(tab, explorer, "#view=brands&sector=edible_oil")
    code = tab.value("document.querySelector('#chart-chart textarea').value")
    assert 'src="embed/explorer-chart.html#view=brands&amp;sector=edible_oil' in code
    tab.value("document.querySelector('#chart-chart details').open = true")
    settled(tab)
    code = tab.value("document.querySelector('#chart-chart textarea').value")
    assert "explorer-chart.html?lang=en#view=brands" in code
    figure = "document.getElementById('chart-chart')"
    title = tab.value(f"{figure}.dataset.titleEn")
    assert f'title="{tab.value(f"{figure}.dataset.titleZh")} {title}"' in code
    cited = tab.value("document.querySelector('#chart-chart .cited').textContent")
    assert f"chart “{title}”." in cited
    assert tab.value("document.querySelector('#chart-chart .cited > b').innerText.trim()") == "Citation"
    assert "Edible oil" in tab.value("document.getElementById('chart-chart').dataset.titleEn")
    assert tab.value("document.querySelectorAll('#chart-chart [data-take]:not([hidden])').length") == 2
    assert "view=brands" in tab.value(
        "document.querySelector('#chart-chart .forms a:not([download])').getAttribute('href')"
    )
    where = "document.querySelector('#chart-chart .cited').lastElementChild"
    tab.value(
        f"{where}.textContent = ' https://example.org/explorer.html#chart-chart'"
    )  # of a site with an address
    choose(tab, "sector", "banks")
    other = tab.value(f"{figure}.dataset.titleEn")
    assert title != other
    cited = tab.value("document.querySelector('#chart-chart .cited').textContent")
    assert (f"chart “{other}”." in cited, title in cited) == (True, False)
    assert " https://example.org/explorer.html#view=brands&sector=banks" in cited


def test_the_explorer_is_lean(explorer):
    assert Path(explorer).stat().st_size < 1_200_000
