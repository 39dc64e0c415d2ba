"""HTML: valid, self-contained, safe whatever a brand is called, marked when synthetic."""

import base64
import csv
import hashlib
import html
import io
import json
import re

import html5lib
import pytest

from ncsi.report.html import unbroken

PAGES = (
    "index.html",
    "press.html",
    "method.html",
    "explorer.html",
    "sectors/dairy.html",
    "sectors/edible_oil.html",
    "sectors/schools.html",
)


@pytest.fixture(params=PAGES)
def page(request, release):
    return (release.folder / request.param).read_text(encoding="utf-8")


def test_pages_are_clean_html(page):
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(page)
    assert parser.errors == []


@pytest.mark.parametrize(
    ("words", "together"),
    [
        ("指数为74.5（95%置信区间74.3–74.6）。较上期", ["74.3–74.6）。"]),
        ("95% interval 74.3–74.6), on 2026-03-06.", ["74.3–74.6)", "2026-03-06"]),
        ("现场 2026-02-02 – 03-06，排名区间为第26–27位。", ["2026-02-02", "03-06，", "26–27位。"]),
        ("a rise of 0.2 <b>", []),
    ],
)
def test_dates_and_intervals_stay_with_what_closes_them(words, together):
    made = unbroken(words)
    assert re.findall(r'<span class="nowrap">(.*?)</span>', made) == together
    assert html.unescape(re.sub(r"</?span[^>]*>", "", made)) == words


def test_nothing_is_fetched(page):
    assert not re.findall(r'(?:src|href|action)="(?!#|data:|[\w./-]+(?:#[^"]*)?")[^"]*"', page)
    assert not re.findall(r"url\((?!data:|#)[^)]*\)|@import", page)
    policy = html.unescape(page)
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "style=" not in page


@pytest.mark.parametrize(("block", "directive"), [("script", "script-src"), ("style", "style-src")])
def test_only_what_stands_in_a_page_may_run_or_style_it(page, block, directive):
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
    allowed = re.search(rf"{directive} ([^;]+);", policy)[1].split()
    blocks = re.findall(rf"<{block}[^>]*>(.*?)</{block}>", page, re.S)
    assert allowed == [
        f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in blocks
    ]


def test_every_chart_offers_its_data_and_an_address(page):
    charts = re.findall(r'<figure id="(chart-[\w-]+)"[^>]*>(.*?)</figure>', page, re.S)
    assert len(charts) == page.count("<figure")
    for anchor, chart in charts:
        assert f'href="#{anchor}"' in chart
        data = re.search(r'download="[\w-]+\.csv" href="data:text/csv;charset=utf-8;base64,([^"]+)"', chart)[
            1
        ]
        rows = list(csv.DictReader(io.StringIO(base64.b64decode(data).decode("utf-8-sig"))))
        assert rows


def test_the_data_are_described_for_search_engines(page):
    described = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)[1])
    assert described["@type"] == "Dataset"
    assert {"name", "description", "license", "identifier", "publisher"} <= described.keys()


def test_every_page_says_that_it_is_synthetic_in_both_languages(page):
    title = re.search(r"<title>(.*?)</title>", page)[1]
    assert "演示用合成数据" in title
    assert "Synthetic demonstration data" in title
    assert 'class="synthetic"' in page


def test_links_lead_to_files_of_the_release(release):
    for name in PAGES:
        path = release.folder / name
        for link in re.findall(r'<a href="([^"#]+)[#"]', path.read_text(encoding="utf-8")):
            if (name, link) != ("index.html", "../index.html"):  # the page over all releases: test_site.py
                assert (path.parent / link).resolve().is_file(), f"{name}: {link}"


def test_a_hostile_name_prints_as_itself(release, invented):
    page = (release.folder / "sectors/dairy.html").read_text(encoding="utf-8")
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    scripts = [element for element in tree.iter("script") if "alert" in (element.text or "")]
    assert scripts == []
    words = " ".join("".join(cell.itertext()) for cell in tree.iter("td"))
    assert all(name in words for name in invented.HOSTILE)


def test_the_ranking_sorts_by_keyboard_and_says_how_it_is_sorted(release):
    tree = html5lib.parse((release.folder / "index.html").read_text("utf-8"), namespaceHTMLElements=False)
    heads = [th for th in tree.iter("th") if th.get("aria-sort")]
    assert [th.get("aria-sort") for th in heads].count("ascending") == 1
    assert all(th.find("button") is not None for th in heads)


def test_a_sector_without_brands_says_so(release):
    page = (release.folder / "sectors/schools.html").read_text(encoding="utf-8")
    assert "only the sector index is published" in page


def test_figures_have_their_own_alternative_text_and_ids(release):
    page = (release.folder / "sectors/dairy.html").read_text(encoding="utf-8")
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    labels = re.findall(r'<svg role="img"[^>]* aria-label="([^"]+)"', page)
    assert len(labels) == 10  # trend; map and paths, of which a phone has its own; each in two languages
    assert sum("Path diagram:" in label or "map:" in label for label in labels) == 4


def test_a_real_release_carries_no_synthetic_mark(of_one_sector):
    assert "Synthetic" not in (of_one_sector.folder / "index.html").read_text(encoding="utf-8")
