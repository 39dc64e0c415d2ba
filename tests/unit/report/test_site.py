"""The site over all releases: what it lists, what it may be asked for, the same bytes each time."""

import http.client
import json
import re
import shutil
import threading
from contextlib import contextmanager

import html5lib
import pytest

from ncsi.report.pinyin import spelled
from ncsi.report.site import write_site
from ncsi.report.site.page import site_page
from ncsi.report.site.serve import server
from ncsi.report.site.shelf import shelf


@pytest.fixture(scope="module")
def releases(nation):
    return nation.workspace.releases


@contextmanager
def running(folder):
    with server(folder, 0) as one:
        thread = threading.Thread(target=one.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield one.server_port
        one.shutdown()


def status(port, path, host="127.0.0.1"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    connection.putrequest("GET", path, skip_host=True)
    connection.putheader("Host", f"{host}:{port}")
    connection.endheaders()
    answer = connection.getresponse()
    answer.read()
    return answer.status


def test_publishing_a_wave_lists_it_beside_the_others(releases, nation):
    page = (releases / "index.html").read_text(encoding="utf-8")
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(page)
    assert parser.errors == []
    for wave in nation.plan.waves:
        assert f'href="{wave}/index.html"' in page
        assert 'href="../index.html"' in (releases / wave / "index.html").read_text(encoding="utf-8")
    for link in re.findall(r'<a href="([^"#]+)"', page):
        assert (releases / link).is_file(), link


def test_the_trend_of_the_site_may_be_framed_and_no_other_page_of_it(releases):
    page = (releases / "index.html").read_text(encoding="utf-8")
    assert 'data-embed="embed/index-trend.html"' in page
    framed = (releases / "embed" / "index-trend.html").read_text(encoding="utf-8")
    assert 'href="../index.html#chart-trend"' in framed
    assert len(framed) < 16_000
    assert sorted(path.name for path in (releases / "embed").iterdir()) == ["index-trend.html"]


def test_the_same_releases_give_the_same_page_in_another_place_and_zone(releases, tmp_path, monkeypatch):
    copy = shutil.copytree(releases, tmp_path / "elsewhere")
    before = (releases / "index.html").read_bytes()
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    assert write_site(copy).read_bytes() == before


def test_the_site_says_what_the_releases_say(releases, nation):
    content = site_page(shelf(releases))
    before = shelf(releases)[0]
    assert before.about.label.zh in content.change.text.zh
    assert before.wave not in content.change.text.zh
    assert content.change.interval.en.strip().startswith("(")
    headline = nation.outcomes[nation.plan.waves[-1]].nation
    assert content.value == f"{headline.index_0_100:.1f}"
    assert [one.wave for one in content.releases] == sorted(nation.plan.waves, reverse=True)
    assert {row.id for row in content.rows} == {"dairy", "bottled_water", "banks"}
    verdicts = content.data.waves[nation.plan.waves[-1]].changes
    rose = sum(one[3] == "rose" for one in verdicts.values())
    said = " ".join(one.en for one in content.findings)
    assert (f"{rose} rose" in said) == (rose > 0 or any(one[3] == "fell" for one in verdicts.values()))


def test_a_brand_that_is_not_published_cannot_be_searched(releases):
    (last,) = shelf(releases)[-1:]
    hidden = set(last.codes) - last.brands.keys()
    assert "bottled_water" not in hidden
    names = [pair.zh for pair in last.brands["dairy"]]
    assert "<script>alert(1)</script>" in names
    assert '=HYPERLINK("x")' in names
    assert len(last.brands["bottled_water"]) < 5


def test_hidden_folders_are_not_listed(releases, tmp_path):
    shutil.copytree(releases / "2026Q1", tmp_path / ".embargo" / "2026Q1")
    shutil.copytree(releases / "2026Q1", tmp_path / ".2026Q1-half")
    assert write_site(tmp_path) is None
    assert not (tmp_path / "index.html").exists()


def test_files_to_take_along_are_linked_where_they_lie(releases, tmp_path):
    copy = shutil.copytree(releases, tmp_path / "releases")
    (copy / "2026Q1" / "national.zh.docx").write_bytes(b"x")
    page = write_site(copy).read_text(encoding="utf-8")
    assert page.count('href="2026Q1/national.zh.docx"') == 1
    assert "national.en.docx" not in page
    assert ".docx" not in (releases / "index.html").read_text(encoding="utf-8")


def test_names_cannot_end_the_data_of_the_page(releases):
    page = (releases / "index.html").read_text(encoding="utf-8")
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[1]
    assert set(json.loads(data)) == {"pairs", "waves"}
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", 200), ("/index.html", 200), ("/2026Q1/index.html", 200), ("/2026Q1/sectors/dairy.pdf", 200),
        ("/2026Q1/sectors/", 404), ("/../ncsi.yaml", 404), ("/%2e%2e/ncsi.yaml", 404), ("/..%2fncsi.yaml", 404),
        ("/2026Q1/../../ncsi.yaml", 404), ("/.embargo/2026Q1/index.html", 404), ("/%00", 404), ("/..\\ncsi.yaml", 404),
        ("/link/passwd", 404), ("//etc/passwd", 404),
    ],
)  # fmt: skip
def test_the_server_shows_the_releases_and_nothing_else(releases, path, expected):
    link = releases / "link"
    if not link.is_symlink():
        link.symlink_to("/etc")
    with running(releases) as port:
        assert status(port, path) == expected
    link.unlink()


def test_the_server_answers_to_its_own_name_only(releases):
    with running(releases) as port:
        assert status(port, "/", "localhost") == 200
        assert status(port, "/", "attacker.example") == 421


@pytest.mark.parametrize(
    ("name", "pinyin"),
    [
        ("银行", "yinhang yh"),
        ("重庆", "chongqing cq"),
        ("Bank", ""),
        ("<b>银行</b>", "<b>yinhang</b> <b>yh</b>"),
    ],
)
def test_chinese_names_are_found_as_they_are_typed(name, pinyin):
    assert spelled(name) == pinyin
