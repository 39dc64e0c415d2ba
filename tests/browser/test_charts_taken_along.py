"""Charts taken along in a browser: SVG and PNG of each, by keyboard, without a request; pages to embed in a frame."""

import base64
import io
import re
import threading
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from ncsi.report.site.serve import server

pytestmark = pytest.mark.browser
HOOK = """window.taken = []; URL.createObjectURL = (one) => { window.taken.push(one); return "data:,"; };
HTMLAnchorElement.prototype.click = () => {};
document.querySelectorAll("details.part").forEach((one) => { one.open = true; }); 0"""
SOON = "new Promise((done) => { setTimeout(done, 100); })"
TAKE = """(async () => {
  const button = document.querySelector("#chart-%s [data-take=%s]");
  button.click();
  while (!window.taken.length) await new Promise((done) => { setTimeout(done, 20); });
  const bytes = new Uint8Array(await window.taken.pop().arrayBuffer());
  return btoa([...bytes].map((one) => String.fromCharCode(one)).join(""));
})()"""


def taken(tab, name, kind):
    return base64.b64decode(tab.value(TAKE % (name, kind)))


@pytest.mark.parametrize(
    ("page", "query", "names"),
    [
        ("index.html", "?lang=zh#theme=dark", ("trend", "ranking", "slope")),
        ("sectors/dairy.html", "?lang=en", ("moves", "map", "paths", "peers")),
    ],
)
def test_a_chart_is_taken_along_as_svg_and_png(tab, folder, page, query, names):
    tab.open(folder / page, query=query)
    tab.value(HOOK)
    for name in names:
        svg = taken(tab, name, "svg").decode()
        words = " ".join(ET.fromstring(svg).itertext())
        assert ("来源" if "zh" in query else "Source") in words
        assert ("演示用合成数据" if "zh" in query else "Synthetic demonstration data") in words
        assert ("Source" if "zh" in query else "来源") not in words
        assert not re.search(r"NaN|undefined|href|<script|url\(", svg)
        picture = Image.open(io.BytesIO(taken(tab, name, "png")))
        width, height = (int(one) for one in re.search(r'width="(\d+)" height="(\d+)"', svg).groups())
        assert picture.size == (2 * width, 2 * height)
        shades = picture.convert("L").histogram()
        assert shades[255] > 0.4 * sum(shades), "light, whatever the page is"
        assert sum(count > 20 for count in shades) > 10
    assert tab.said() == []
    assert [url for url in tab.asked_for() if not url.startswith(("file:", "data:"))] == []


@pytest.mark.parametrize("width", [360, 1440])
def test_what_is_offered_can_be_read_beside_every_chart(tab, folder, width):
    """The box that opens has room for code and citation, and none of a page's own parts lies over its way there."""
    tab.open(folder / "sectors" / "dairy.html", width=width, query="?lang=en")
    tab.value("document.querySelectorAll('details.part').forEach((one) => { one.open = true; })")
    widths = tab.value(
        "[...document.querySelectorAll('figure > .tools')].map((one) => { one.firstElementChild.open = true;"
        " const { left, right } = one.querySelector('.take').getBoundingClientRect();"
        " one.firstElementChild.open = false; return [left, right]; })"
    )
    assert len(widths) > 8
    assert all(right - left >= 250 and left >= 0 and right <= width for left, right in widths)


def test_hostile_names_are_text_in_a_picture(tab, folder):
    tab.open(folder / "sectors" / "dairy.html", query="?lang=zh")
    tab.value(HOOK)
    svg = taken(tab, "brands", "svg").decode()
    assert "&#60;script&#62;alert(1)" in svg
    assert "<script" not in svg


def test_tools_open_copy_and_close_by_keyboard(tab, folder):
    tab.open(folder / "index.html", query="?lang=en")
    tab.value("document.querySelector('#chart-trend .tools summary').focus(); 0")
    tab.press("Enter")
    tab.value(SOON)
    fold = "document.querySelector('#chart-trend .tools details')"
    assert tab.value(f"{fold}.open")
    assert "?lang=en" in tab.value("document.querySelector('#chart-trend textarea').value")
    tab.press("Tab")
    assert tab.value("document.activeElement.dataset.take") == "svg"
    tab.value("navigator.clipboard && (navigator.clipboard.writeText = async () => {}); 0")
    tab.value("document.querySelector('#chart-trend [data-copy]').click(); 0")
    tab.value(SOON)
    assert "Copied" in tab.value("document.querySelector('#chart-trend .copied').textContent")
    tab.press("Escape")
    assert not tab.value(f"{fold}.open")
    assert tab.value("document.activeElement.tagName") == "SUMMARY"


@pytest.mark.parametrize("name", ["index-trend", "index-ranking", "sectors-dairy-paths"])
def test_no_page_to_embed_violates_a_rule_of_axe_or_asks_for_anything(tab, folder, run_axe, name):
    page = folder / "embed" / f"{name}.html"
    for width in (360, 800):
        assert run_axe(tab, page, (("zh", "light"), ("en", "dark")), width=width) == []
        assert tab.value("document.documentElement.scrollWidth") <= width
    assert tab.said() == []
    assert [url for url in tab.asked_for() if not url.startswith(("file:", "data:"))] == []


def test_a_frame_shows_the_page_of_a_chart_and_no_other(tab, folder, tmp_path):
    running = server(folder.parent, 0)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    here, site = tmp_path / "article.html", f"http://127.0.0.1:{running.server_port}/{folder.name}"
    frames = "".join(
        f'<iframe src="{site}/{one}"></iframe>' for one in ("embed/index-trend.html", "index.html")
    )
    here.write_text(f"<!DOCTYPE html><title>x</title>{frames}", encoding="utf-8")
    try:
        tab.open(here)
        said = " ".join(tab.said())
    finally:
        running.shutdown()
        running.server_close()
    assert "frame" in said
    assert "embed" not in said
