"""What machines take from the site: the latest release again, the JSON interface, JSON-stat, feeds."""

from __future__ import annotations

import csv
import http.client
import json
import math
import re
import shutil
import threading
from xml.etree import ElementTree as ET

import pytest
from pydantic import ValidationError

from ncsi.report.site import write_site
from ncsi.report.site.api import _figures, _moved
from ncsi.report.site.feed import atom
from ncsi.report.site.jsonstat import FIGURES, jsonstat
from ncsi.report.site.serve import server
from ncsi.report.site.shelf import Figures, Moved, shelf
from ncsi.report.verify import verify_release
from ncsi.spec.settings import Settings

ATOM = "{http://www.w3.org/2005/Atom}"
URL = "https://example.org/ncsi/"


@pytest.fixture(scope="module")
def releases(nation, tmp_path_factory):
    """A copy of two waves and of what was written beside them."""
    folder = tmp_path_factory.mktemp("carried") / "releases"
    shutil.copytree(nation.workspace.releases, folder)
    write_site(folder)
    return folder


def told(folder, name):
    return json.loads((folder / "api" / "v1" / name).read_text(encoding="utf-8"))


def rows(folder, wave, name):
    with (folder / wave / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def files(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def carried(folder):
    return {
        name: content
        for name, content in files(folder).items()
        if name.startswith(("api/", "latest/", "feed", "rss"))
    }


def test_the_latest_release_lies_under_an_address_that_stays_and_verifies(releases):
    assert files(releases / "latest") == files(releases / "2026Q1")
    verified, own = verify_release(releases / "latest"), verify_release(releases / "2026Q1")
    assert verified == own
    assert verified.problems == ()
    assert [one.wave for one in shelf(releases)] == ["2025Q1", "2026Q1"]


def test_the_same_releases_give_the_same_bytes(releases, tmp_path):
    copy = shutil.copytree(releases, tmp_path / "copy")
    write_site(copy)
    assert carried(copy) == carried(releases)


def test_the_interface_says_what_the_release_says(releases, nation):
    wave = told(releases, "2026Q1.json")
    assert wave == told(releases, "latest.json")
    index = {
        row["sector"]: row
        for row in rows(releases, "2026Q1", "out_index_by_sector")
        if row["construct"] == "Satisfaction"
    }
    assert {one["sector"]: one["index_0_100"] for one in wave["sectors"]} == {
        key: float(row["index_0_100"]) for key, row in index.items()
    }
    brands = {
        (row["sector"], row["brand"]): row
        for row in rows(releases, "2026Q1", "out_index_by_brand")
        if row["construct"] == "Satisfaction"
    }
    seen = {(one["sector"], brand["brand"]): brand for one in wave["sectors"] for brand in one["brands"]}
    assert seen.keys() == brands.keys()
    hidden = [key for key, row in brands.items() if not row["index_0_100"]]
    assert hidden
    for key, row in brands.items():
        shown = float(row["index_0_100"]) if row["index_0_100"] else None
        assert (seen[key]["index_0_100"], seen[key]["status"]) == (shown, row["status"])
        if key in hidden:
            assert [seen[key][name] for name in ("se", "low", "high", "n")] == [None] * 4


def test_every_document_that_the_interface_names_is_there(releases):
    index = told(releases, "index.json")
    for name in index["documents"]:
        assert (releases / name.replace("{wave}", index["latest"])).is_file(), name
    for one in told(releases, "releases.json")["releases"]:
        assert all((releases / path).is_file() for path in one["links"].values())
    series = told(releases, "series.json")
    assert all(len(one["series"]) == len(series["waves"]) == 2 for one in series["sectors"])


def test_json_stat_holds_each_published_figure_in_its_place_and_no_other(releases):
    made = jsonstat(releases / "2026Q1")
    assert made == told(releases, "2026Q1.jsonstat.json")
    units, constructs = (made["dimension"][one]["category"]["index"] for one in ("unit", "construct"))
    assert made["size"] == [1, len(units), len(constructs), len(FIGURES)]
    assert all(
        len(made["dimension"][one]["category"]["label"]) == n
        for one, n in zip(made["id"], made["size"], strict=True)
    )
    expected, hidden = {}, 0
    for row in rows(releases, "2026Q1", "out_index_by_brand"):
        first = units.index(f"brand:{row['sector']}/{row['brand']}") * len(constructs) + constructs.index(
            row["construct"]
        )
        for k, name in enumerate(FIGURES):
            key = str(first * len(FIGURES) + k)
            if row["index_0_100"]:
                expected[key] = float(row[name])
            else:
                hidden += 1
                assert key not in made["value"]
                assert made["status"][key] == row["status"]
    assert hidden
    assert {key: made["value"][key] for key in expected} == expected
    assert all(
        math.isfinite(one) and int(key) < math.prod(made["size"]) for key, one in made["value"].items()
    )


def test_the_feed_lists_releases_newest_first(releases):
    feed = ET.fromstring((releases / "feed.xml").read_bytes())
    entries = feed.findall(f"{ATOM}entry")
    days = [one.find(f"{ATOM}updated").text for one in entries]
    assert days == sorted(days, reverse=True)
    assert feed.find(f"{ATOM}updated").text == days[0]
    assert len({one.find(f"{ATOM}id").text for one in entries}) == len(entries) == 2
    assert "2026" in entries[0].find(f"{ATOM}title").text
    for one in entries:
        assert (releases / one.find(f"{ATOM}link").get("href")).is_file()
    assert not (releases / "rss.xml").exists()


def test_with_the_address_of_the_site_links_are_absolute_and_there_is_rss(releases, tmp_path):
    copy = shutil.copytree(releases, tmp_path / "copy")
    page = write_site(copy, site_url=URL)
    links = [one.get("href") for one in ET.fromstring((copy / "feed.xml").read_bytes()).iter(f"{ATOM}link")]
    assert links
    assert all(one.startswith(URL) for one in links)
    channel = ET.fromstring((copy / "rss.xml").read_bytes()).find("channel")
    assert [one.find("link").text for one in channel.findall("item")] == [
        f"{URL}2026Q1/index.html", f"{URL}2025Q1/index.html"
    ]  # fmt: skip
    assert told(copy, "releases.json")["releases"][0]["links"]["page"] == f"{URL}2026Q1/index.html"
    assert 'href="rss.xml"' in page.read_text(encoding="utf-8")
    write_site(copy)
    assert not (copy / "rss.xml").exists()


def test_a_withdrawn_wave_leaves_the_latest_address_and_the_interface(releases, tmp_path):
    copy = shutil.copytree(releases, tmp_path / "copy")
    manifest = json.loads((copy / "2026Q1" / "manifest.json").read_text(encoding="utf-8"))
    shutil.rmtree(copy / "2026Q1")
    (copy / "2026Q1").mkdir()
    told_why = {"date": "2026-06-01", "zh": "有误", "en": "faulty", "releases": [manifest["release_id"]]}
    gone = {**manifest, "kind": "withdrawn", "withdrawn": told_why, "revision": 0, "files": {}}
    (copy / "2026Q1" / "manifest.json").write_text(json.dumps(gone), encoding="utf-8")
    write_site(copy)
    assert files(copy / "latest") == files(copy / "2025Q1")
    assert not (copy / "api" / "v1" / "2026Q1.json").exists()
    assert told(copy, "releases.json")["withdrawn"][0]["why"] == {"zh": "有误", "en": "faulty"}
    first = ET.fromstring((copy / "feed.xml").read_bytes()).find(f"{ATOM}entry")
    assert "withdrawn on 2026-06-01" in first.find(f"{ATOM}title").text


def test_nothing_is_carried_from_under_an_embargo_or_where_nothing_is_out(releases, tmp_path):
    copy = shutil.copytree(releases, tmp_path / "copy")
    manifest = json.loads((copy / "2026Q1" / "manifest.json").read_text(encoding="utf-8"))
    (copy / "2026Q1" / "manifest.json").unlink()  # a second name of what lies in latest/
    (copy / "2026Q1" / "manifest.json").write_text(
        json.dumps({**manifest, "embargoed": True}), encoding="utf-8"
    )
    page = write_site(copy)
    assert carried(copy) == {}
    assert 'id="downloads"' not in page.read_text(encoding="utf-8")
    shutil.copytree(releases / "api", copy / "api")
    for wave in ("2025Q1", "2026Q1"):
        shutil.rmtree(copy / wave)
    assert write_site(copy) is None
    assert carried(copy) == {}


def test_hostile_names_are_escaped_in_feeds(releases):
    from dataclasses import replace

    from ncsi.report.text import same

    one = shelf(releases)[-1]
    hostile = replace(one, about=replace(one.about, label=same("<script>&]]>")))
    titles = [
        entry.find(f"{ATOM}title").text
        for entry in ET.fromstring(atom([hostile], [], "")).iter(f"{ATOM}entry")
    ]
    assert titles[0].startswith("<script>&]]>")


def test_the_server_serves_the_interface(releases):
    with server(releases, 0) as one:
        threading.Thread(target=one.serve_forever, args=(0.02,), daemon=True).start()
        connection = http.client.HTTPConnection("127.0.0.1", one.server_port, timeout=60)
        connection.request("GET", "/api/v1/latest.json")
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("Content-Type")) == (200, "application/json")
        assert json.loads(answer.read())["release"]["wave"] == "2026Q1"
        one.shutdown()


@pytest.mark.parametrize(
    "url", ["ftp://a.org", "https://a.org/?q=1", "https://u:p@a.org", "example.org", "https://a.org/#x"]
)
def test_an_address_of_the_site_that_is_none_is_refused(url):
    with pytest.raises(ValidationError):
        Settings(spec="ncsi/workspace/1", site_url=url)


def withdraw(folder, wave):
    """Put the manifest of a withdrawal in the place of a release."""
    manifest = json.loads((folder / wave / "manifest.json").read_text(encoding="utf-8"))
    shutil.rmtree(folder / wave)
    (folder / wave).mkdir()
    why = {"date": "2026-06-01", "zh": "有误", "en": "faulty", "releases": [manifest["release_id"]]}
    gone = {**manifest, "kind": "withdrawn", "withdrawn": why, "revision": 0, "files": {}}
    (folder / wave / "manifest.json").write_text(json.dumps(gone), encoding="utf-8")


def test_feeds_stay_and_tell_of_the_withdrawal_of_all_that_was_out(releases, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(releases / "2026Q1", copy / "2026Q1")
    write_site(copy, site_url=URL)
    before = ET.fromstring((copy / "feed.xml").read_bytes())
    withdraw(copy, "2026Q1")
    assert write_site(copy, site_url=URL) is None
    left = sorted(path.name for path in copy.iterdir())
    assert left == ["2026Q1", "feed.xml", "index.html", "rss.xml"]
    feed = ET.fromstring((copy / "feed.xml").read_bytes())
    for name in ("id", "title", "author"):
        assert [*feed.find(f"{ATOM}{name}").itertext()] == [*before.find(f"{ATOM}{name}").itertext()]
    (entry,) = feed.findall(f"{ATOM}entry")
    assert "withdrawn on 2026-06-01" in entry.find(f"{ATOM}title").text
    assert "faulty" in entry.find(f"{ATOM}summary").text
    links = {one.get("rel"): one.get("href") for one in feed.findall(f"{ATOM}link")}
    assert links["alternate"] == f"{URL}2026Q1/index.html"
    channel = ET.fromstring((copy / "rss.xml").read_bytes()).find("channel")
    assert [one.find("link").text for one in channel.findall("item")] == [f"{URL}2026Q1/index.html"]


def test_ids_of_a_feed_stay_when_the_site_moves(releases):
    shelved = shelf(releases)
    feeds = [ET.fromstring(atom(shelved, [], url)) for url in ("", URL, "https://elsewhere.example/")]
    ids = [[one.text for one in feed.iter(f"{ATOM}id")] for feed in feeds]
    assert ids[0] == ids[1] == ids[2]
    assert len(set(ids[0])) == len(ids[0]) == 3


def test_a_kept_revision_leads_back_to_what_is_published(releases, tmp_path):
    copy = shutil.copytree(releases, tmp_path / "copy")
    kept = copy / "revisions" / "2026Q1"
    for folder in ("r0", "r1"):
        shutil.copytree(copy / "2026Q1", kept / folder)
    before = files(kept / "r0")
    write_site(copy)
    page = kept / "index.html"
    assert files(kept / "r0") == before
    back = re.findall(r'<a href="([^"]+)"', page.read_text(encoding="utf-8"))
    assert [(kept / one).resolve().relative_to(copy.resolve()).as_posix() for one in back] == [
        "revisions/2026Q1/r0/index.html", "revisions/2026Q1/r1/index.html", "2026Q1/index.html", "index.html"
    ]  # fmt: skip
    assert all((kept / one).is_file() for one in back)
    links = re.findall(r'<a href="(\.\./[^"#]+)"', (kept / "r0" / "index.html").read_text(encoding="utf-8"))
    assert "../index.html" in links
    assert all((kept / "r0" / one).is_file() for one in links)
    assert "演示用合成数据" in page.read_text(encoding="utf-8")
    assert verify_release(kept / "r0").problems == ()
    for folder in ("r0", "r1"):
        shutil.rmtree(kept / folder)
    write_site(copy)
    assert not page.exists()


def test_a_change_that_a_break_forbids_is_null_and_never_nan():
    nan = float("nan")
    document = _moved(Moved("2025Q4", nan, nan, nan, "trend_break"))
    assert document == {
        "previous": "2025Q4", "change": None, "low": None, "high": None, "verdict": "trend_break"
    }  # fmt: skip
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    figures = _figures(Figures(nan, nan, nan, nan, nan, 90))
    assert set(figures.values()) == {None}, "not even how many answered is told of what is not published"
