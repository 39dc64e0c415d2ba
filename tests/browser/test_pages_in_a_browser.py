"""The pages as a browser shows them: silent, alone, within the window, usable without a mouse."""

import base64
import io

import pypdf
import pytest
from PIL import Image

pytestmark = pytest.mark.browser
PAGES = (
    "index.html",
    "press.html",
    "method.html",
    "explorer.html",
    "sectors/dairy.html",
    "sectors/residential_building.html",
    "sectors/schools.html",
)
UNFOLD = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
WIDEST = """(() => {
  const room = document.documentElement.clientWidth;
  const clipped = (e) => e.parentElement && (["auto", "hidden", "scroll"].includes(getComputedStyle(e.parentElement)
    .overflowX) || clipped(e.parentElement));
  return [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > room + 1
    && !clipped(e)).map((e) => e.tagName + "." + e.className).slice(0, 5);
})()"""


BROKEN = r"""(() => {
  const found = new Set(), texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const whole = /\d{4}-\d\d-\d\d|(?<![\d-])\d\d-\d\d(?![\d-])|\d[\d.,]*%?–\d[\d.,]*\d/g;
  for (let text; (text = texts.nextNode());) {
    for (const one of text.data.matchAll(whole)) {
      const range = document.createRange();
      range.setStart(text, one.index);
      range.setEnd(text, one.index + one[0].length);
      const lines = [...range.getClientRects()].filter((r) => r.width > 0).map((r) => Math.round(r.top / 4));
      if (new Set(lines).size > 1) found.add(one[0]);
    }
  }
  return [...found];
})()"""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_nothing_and_fetches_nothing(tab, folder, name):
    tab.open(folder / name)
    for wanted in ("zh", "en", "both"):
        tab.value(f"document.querySelector('[data-show={wanted}]').click()")
    assert tab.said() == []
    assert [url for url in tab.asked_for() if not url.startswith(("file:", "data:"))] == []


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_its_window(tab, folder, name):
    tab.open(folder / name)
    tab.value(UNFOLD)
    for shown in ("both", "zh", "en"):
        tab.value(f"document.querySelector('[data-show={shown}]').click()")
        for width in (360, 390, 768, 1920):
            tab.resize(width, 900)
            wide = tab.value("document.documentElement.scrollWidth")
            assert wide <= width, f"{shown} {width}: {tab.value(WIDEST)}"


BEGUN_BY_A_STOP = r"""(() => {
  const found = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const top = (text, at) => {
    const range = document.createRange();
    range.setStart(text, at);
    range.setEnd(text, at + 1);
    const shown = [...range.getClientRects()].filter((r) => r.width > 0);
    return shown.length ? Math.round(shown[0].top / 8) : null;
  };
  for (let text; (text = texts.nextNode());) {
    if (text.parentElement.closest('.take, script')) continue;  // a citation may be cut anywhere
    for (const one of text.data.matchAll(/(?<=\S)[。，；、）]/g)) {
      const [before, own] = [top(text, one.index - 1), top(text, one.index)];
      if (before !== null && own !== null && own > before) found.push(text.data.slice(0, 40));
    }
  }
  return found;
})()"""
COVERED = """(() => [...document.querySelectorAll('h3.with-tools')].flatMap((head) => {
  const tools = head.nextElementSibling.querySelector('.tools summary');
  const range = document.createRange();
  range.selectNodeContents(head);
  const own = tools ? tools.getBoundingClientRect() : null;
  const beside = (r) => r.right <= own.left || r.left >= own.right;
  const over = (r) => r.width > 0 && !beside(r) && r.bottom > own.top + 4 && r.top < own.bottom - 4;
  return own && [...range.getClientRects()].some(over) ? [head.textContent] : [];
}))()"""


@pytest.mark.parametrize("name", ["index.html", "sectors/dairy.html"])
def test_no_line_begins_with_a_full_stop_and_no_heading_lies_below_what_belongs_to_its_chart(
    tab, folder, name
):
    tab.open(folder / name)
    for shown in ("both", "zh"):
        tab.value(f"document.querySelector('[data-show={shown}]').click()")
        for width in (360, 390, 768, 900, 1000, 1101, 1150, 1200, 1240, 1300, 1440):
            tab.resize(width, 900)
            assert tab.value(BEGUN_BY_A_STOP) == [], (shown, width)
            assert tab.value(COVERED) == [], (shown, width)


@pytest.mark.parametrize("name", ["index.html", "press.html", "sectors/dairy.html"])
def test_no_line_ends_inside_a_date_or_an_interval(tab, folder, name):
    tab.open(folder / name)
    tab.value(UNFOLD)
    for shown in ("both", "zh", "en"):
        tab.value(f"document.querySelector('[data-show={shown}]').click()")
        for width in (360, 390, 480, 768, 900, 1000, 1100, 1200, 1240, 1300, 1440):
            tab.resize(width, 900)
            assert tab.value(BROKEN) == [], (shown, width)


def test_a_page_prints_light_without_its_switches_and_within_the_sheet(tab, folder):
    tab.open(folder / "sectors" / "dairy.html", width=794, query="?lang=zh#theme=dark")
    tab.send("Emulation.setEmulatedMedia", media="print")
    try:
        style = "getComputedStyle(document.body)"
        assert tab.value(f"[{style}.backgroundColor, {style}.color]") == [
            "rgb(255, 255, 255)",
            "rgb(22, 32, 44)",
        ]
        assert tab.value("getComputedStyle(document.querySelector('.switch')).display") == "none"
        assert tab.value("document.documentElement.scrollWidth") <= 794
        printed = base64.b64decode(tab.send("Page.printToPDF")["data"])
    finally:
        tab.send("Emulation.setEmulatedMedia", media="")
    words = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(printed)).pages)
    assert "乳制品" in words
    assert "English" not in words


@pytest.mark.parametrize("name", ["index.html", "sectors/dairy.html"])
def test_a_phone_shows_tables_without_scrolling_them(tab, folder, name):
    tab.open(folder / name, width=390, height=900)
    tab.value(UNFOLD)
    hidden = "[...document.querySelectorAll('.scroll')].filter((e) => e.scrollWidth > e.clientWidth + 1)"
    assert tab.value(f"{hidden}.map((e) => e.querySelector('table').getAttribute('aria-label'))") == []


@pytest.mark.parametrize("query", ["", "?lang=en#theme=dark"])
def test_pictures_are_not_blank(tab, folder, query):
    tab.open(folder / "index.html", query=query)
    picture = Image.open(io.BytesIO(tab.picture())).convert("L")
    shades = picture.histogram()
    assert sum(count > 50 for count in shades) > 20
    assert max(shades) < 0.95 * sum(shades)


def test_the_ranking_sorts_and_says_so_from_the_keyboard(tab, folder):
    tab.open(folder / "index.html")
    tab.value("document.querySelector('th button[data-key=value]').focus()")
    first = "document.querySelector('table.sortable tbody tr').dataset.rank"
    assert tab.value(first) == "1"
    tab.press("Enter")
    assert tab.value(first) == "5"
    assert tab.value("document.querySelector('th[aria-sort=ascending] button').dataset.key") == "value"
    tab.press("Enter")
    assert tab.value(first) == "1"


def test_the_switches_are_reached_with_the_tab_key(tab, folder):
    tab.open(folder / "index.html")
    seen = []
    for _ in range(4):
        tab.press("Tab")
        seen.append(tab.value("document.activeElement.dataset.show || document.activeElement.tagName"))
    assert seen == ["both", "zh", "en", "BUTTON"]


@pytest.mark.parametrize("shown", ["zh", "en"])
@pytest.mark.parametrize("of_site", [False, True])
def test_a_phone_shows_the_newest_value_of_a_trend(tab, folder, site, shown, of_site):
    tab.open(site if of_site else folder / "index.html", width=390, query=f"?lang={shown}")
    tag = "en" if shown == "en" else "zh-CN"
    box = f"document.querySelector('#chart-trend .figure:is(.narrow,.fits)[lang=\"{tag}\"]')"
    assert tab.value(f"{box}.scrollWidth <= {box}.clientWidth")
    newest = f"[...{box}.querySelectorAll('text')].at(-1).getBoundingClientRect()"
    assert tab.value(f"{newest}.right <= innerWidth && {newest}.left > innerWidth / 2")


@pytest.mark.parametrize(("shown", "gone"), [("zh", "en"), ("en", "zh-CN")])
def test_one_language_hides_the_other(tab, folder, shown, gone):
    tab.open(folder / "sectors" / "dairy.html", query=f"?lang={shown}")
    tab.value(UNFOLD)
    visible = f"[...document.querySelectorAll('main [lang=\"{gone}\"]')].filter((e) => e.offsetParent !== null).length"
    assert tab.value(visible) == 0
    assert tab.value("document.documentElement.lang") == ("en" if shown == "en" else "zh-CN")


def test_hostile_names_are_text(tab, folder, request):
    tab.open(folder / "sectors" / "dairy.html")
    tab.value(UNFOLD)
    assert "<script>alert(1)</script>" in tab.value("document.querySelector('table.sortable').innerText")
    assert tab.said() == []


@pytest.mark.parametrize(("name", "screens"), [("index.html", 6), ("sectors/dairy.html", 3)])
def test_a_folded_page_is_short(tab, folder, name, screens):
    for shown in ("zh", "en", "both"):
        tab.open(folder / name, width=1440, height=900, query=f"?lang={shown}")
        assert tab.value("document.documentElement.scrollHeight") <= screens * 900, shown


def test_the_profile_of_a_sector_is_one_screen(tab, folder):
    for shown in ("zh", "en"):
        tab.open(folder / "sectors" / "dairy.html", width=1440, height=900, query=f"?lang={shown}")
        assert tab.value("document.querySelector('.profile').getBoundingClientRect().bottom") <= 900, shown


@pytest.mark.parametrize("width", [360, 768, 1440, 1920])
def test_the_list_of_all_sectors_opens_inside_the_window(tab, folder, width):
    tab.open(folder / "sectors" / "dairy.html", width=width, height=900, query="?lang=en")
    tab.value("document.querySelector('.jump').open = true; 0")
    left, right = tab.value(
        "(({left, right}) => [left, right])(document.querySelector('.jump ul').getBoundingClientRect())"
    )
    assert left >= 0
    assert right <= width


def test_a_link_into_a_fold_opens_it(tab, folder):
    tab.open(folder / "sectors" / "dairy.html", query="?lang=zh#items")
    assert tab.value("document.getElementById('latents').open")
    assert tab.value("[...document.querySelectorAll('details.part')].filter((one) => one.open).length") == 1


def test_the_contents_follow_what_is_read(tab, folder):
    tab.open(folder / "index.html", width=1440, height=900)
    here = "document.querySelector('.contents [aria-current]').hash"
    assert tab.value(here) == "#story"
    tab.value("document.getElementById('ranking').scrollIntoView(); dispatchEvent(new Event('scroll')); 0")
    assert tab.value(here) == "#ranking"
    assert tab.value("document.querySelector('.contents').getBoundingClientRect().top") < 40
