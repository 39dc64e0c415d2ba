"""What stands under each chart, and the page of each chart that others may frame."""

import base64
import csv
import http.client
import io
import re
import threading
from dataclasses import replace
from html import unescape

import html5lib
import pytest

from ncsi.disclosure import publishable
from ncsi.report import content, html
from ncsi.report.chart_data import ChartData
from ncsi.report.chart_tools import closed, data_of, embedded_at, opened
from ncsi.report.content.story import AreaTold
from ncsi.report.documents import _national_drawings
from ncsi.report.embeds import framed_pages
from ncsi.report.result_rows import with_plain_texts
from ncsi.report.site.serve import server
from ncsi.report.text import Pair, same

PAGES = ("index.html", "press.html", "sectors/dairy.html", "sectors/edible_oil.html", "sectors/schools.html")
CHART = re.compile(r'<figure id="chart-([\w-]+)"[^>]*>(.*?)</figure>', re.DOTALL)
CSV = re.compile(r'download="[\w-]+\.csv" href="data:text/csv;charset=utf-8;base64,([^"]+)"')


@pytest.fixture(scope="module")
def page(tables, spec):
    shown = publishable(tables, spec.wave.id, spec.target, spec.wave.level)
    return content.national(with_plain_texts(shown), spec)


def charts(release, name):
    return CHART.findall((release.folder / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", PAGES)
def test_whatever_is_drawn_has_its_tools(release, name):
    text = (release.folder / name).read_text(encoding="utf-8")
    without = CHART.sub("", text.partition("<script data-zh")[0])
    assert 'class="dots"' not in without
    assert 'role="img"' not in without
    for chart, inside in CHART.findall(text):
        assert re.findall(r'data-take="(\w+)"', inside) == ["svg", "png"], chart
        assert f'href="#chart-{chart}"' in inside
        assert CSV.search(inside), chart
        assert "&lt;iframe" in inside
        assert release.release_id in inside


def test_a_chart_of_each_kind_has_tools(release):
    assert {"trend", "ends", "changes", "drivers", "slope", "ranking"} <= dict(
        charts(release, "index.html")
    ).keys()
    wanted = {
        "places",
        "trend",
        "moves",
        "strengths",
        "weaknesses",
        "peers",
        "brands",
        "map",
        "paths",
        "latents",
        "items",
    }
    assert wanted <= dict(charts(release, "sectors/dairy.html")).keys()


@pytest.mark.parametrize("name", PAGES)
def test_data_of_charts_hold_published_figures_alone(release, name):
    """Every number of a chart's CSV stands in a table of the release, or in the page as it is written."""
    published = set()
    for path in (release.folder / "data").glob("*.csv"):
        published |= {number(cell) for row in csv.reader(path.open(encoding="utf-8")) for cell in row}
    page = (release.folder / name).read_text(encoding="utf-8").replace("−", "-")
    for chart, inside in CHART.findall(page):
        rows = list(csv.reader(io.StringIO(base64.b64decode(CSV.search(inside)[1]).decode("utf-8-sig"))))
        assert len(rows) > 1
        cells = {number(cell) for row in rows[1:] for cell in row} - {None}
        strange = {
            one for one in cells - published if not re.search(rf"(?<![\d.]){abs(one):g}(?!\d)", inside)
        }
        assert {one for one in strange if round(one, 1) != one} == set(), chart


def number(cell):
    try:
        return float(cell)
    except ValueError:
        return None


def test_code_of_a_frame_leads_to_a_page_of_the_release(release):
    for name in PAGES:
        for chart, inside in charts(release, name):
            code = unescape(unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", inside)[1]))
            source = re.search(r'<iframe src="([^"]+)"', code)[1]
            assert source == embedded_at(name, chart)
            assert (release.folder / source).is_file()


def test_with_an_address_of_the_site_code_and_citation_are_absolute(page):
    placed = replace(page, address="https://example.org/ncsi/2026Q1/")
    made = str(closed(placed, "index.html", "trend", Pair("走势", "Trend"), ChartData(("a",), ((1,),))))
    assert "https://example.org/ncsi/2026Q1/embed/index-trend.html" in made
    assert "https://example.org/ncsi/2026Q1/index.html#chart-trend" in made


def test_a_title_is_text_whatever_it_says(page):
    hostile = same('"><script>alert(1)</script>')
    for part in (opened("x", hostile), closed(page, "index.html", "x", hostile, ChartData((), ()))):
        assert "<script>" not in str(part)
    fragment = html5lib.parseFragment(
        str(closed(page, "index.html", "x", hostile, ChartData((), ()))), namespaceHTMLElements=False
    )
    (code,) = [one.text for one in fragment.iter("textarea")]
    assert "<script>" not in code


def test_a_figure_that_is_not_published_is_an_empty_cell(release, page):
    hidden = replace(page.ranking[0], x=None, x_low=float("nan"), x_high=None)
    assert data_of([hidden]).rows[0][2:5] == (None, None, None)


@pytest.fixture(params=["index-trend", "index-ranking", "sectors-dairy-brands", "sectors-dairy-paths"])
def framed(request, release):
    return (release.folder / "embed" / f"{request.param}.html").read_text(encoding="utf-8")


def test_a_page_to_embed_is_clean_small_marked_and_whole(framed, release):
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(framed)
    assert parser.errors == []
    assert len(framed.encode()) < 130_000
    assert not re.findall(
        r"url\((?!#)[^)]*\)|@import|<img|<link (?!rel=\"icon\" href=\"data:)|style=", framed
    )
    assert "default-src 'none'" in unescape(framed)
    title = re.search(r"<title>(.*?)</title>", framed)[1]
    assert "演示用合成数据" in title
    assert "Synthetic demonstration data" in title
    assert release.release_id in framed
    for language in ("zh-CN", "en"):
        assert f'lang="{language}"' in framed


@pytest.mark.parametrize(
    "name", ["index-ranking", "index-ends", "sectors-dairy-brands", "sectors-dairy-latents"]
)
def test_a_chart_that_is_framed_names_its_line(release, name):
    framed = (release.folder / "embed" / f"{name}.html").read_text(encoding="utf-8")
    assert ".framed .in-frame{display:block" in framed
    assert "虚线：行业指数" in framed if "sectors" in name else "虚线：全国指数" in framed


def test_a_split_that_is_framed_says_what_it_is_against(page):
    told = AreaTold(Pair("省份", "Province"), Pair("一句话。", "A sentence."), (), (1, 2, 1, 0))
    parted = replace(page, story=replace(page.story, areas=(told,)))
    made = html.page("national.html.j2", parted, _national_drawings(parted)[1], "", "index.html")
    pages = [words for path, words in framed_pages("index.html", made, parted) if "split-1" in path]
    assert len(pages) == 1
    assert "其余各地的均值" in pages[0]
    assert "the mean of the rest" in pages[0]


def test_links_of_a_page_to_embed_leave_its_frame_and_lead_somewhere(release):
    found = 0
    for path in (release.folder / "embed").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        links = re.findall(r'<a ([^>]*)href="([^"]+)"', text)
        assert links, path.name
        for before, href in links:
            assert 'target="_top"' in before
            assert (path.parent / href.partition("#")[0]).resolve().is_file(), f"{path.name}: {href}"
            found += 1
    assert found > 80


def test_pages_to_embed_carry_no_rule_that_they_do_not_use(framed):
    style = re.search(r"<style>(.*?)</style>", framed, re.DOTALL)[1]
    assert len(style) < 6_000
    held = {name for found in re.findall(r' class="([^"]*)"', framed) for name in found.split()}
    asked = set(re.findall(r"\.([A-Za-z][\w-]*)", re.sub(r":not\([^)]*\)|\{[^}]*\}", " ", style)))
    assert asked <= held
    assert ":root[data-theme=dark]" in style


def test_pages_to_embed_are_known_to_the_manifest(release):
    embeds = [one for one in release.files if one.startswith("embed/")]
    manifest = (release.folder / "manifest.json").read_text(encoding="utf-8")
    assert len(embeds) > 60
    assert all(f'"{one}"' in manifest for one in embeds)


def test_only_pages_of_charts_may_be_framed(release):
    running = server(release.folder.parent, 0)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    told = {}
    for path in ("2026Q1/embed/index-trend.html", "2026Q1/embed/index-trend.html?lang=en", "2026Q1/index.html",
                 "2026Q1/sectors/dairy.html", "2026Q1/embed/none.html/../../index.html"):  # fmt: skip
        asked = http.client.HTTPConnection("127.0.0.1", running.server_port)
        asked.request("GET", f"/{path}")
        answer = asked.getresponse()
        told[path] = (answer.getheader("X-Frame-Options"), answer.getheader("Content-Security-Policy"))
        asked.close()
    running.shutdown()
    running.server_close()
    open_, shut = (None, "frame-ancestors *"), ("DENY", "frame-ancestors 'none'")
    assert list(told.values()) == [open_, open_, shut, shut, shut]
