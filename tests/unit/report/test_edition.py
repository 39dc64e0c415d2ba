"""The edition for a web server: one file a font, nothing that is not public, the same pages otherwise."""

import base64
import gzip
import hashlib
import html
import http.client
import json
import re
import shutil
import threading

import pytest

from ncsi.cli import main
from ncsi.report.site.edition import MARK, unfit, write_edition
from ncsi.report.site.serve import server
from ncsi.simulate.workspace import write_workspace

PAGES = ("index.html", "method.html", "explorer.html", "sectors/dairy.html")


@pytest.fixture(scope="module")
def releases(release, tmp_path_factory):
    folder = tmp_path_factory.mktemp("public") / "releases"
    for name in (*PAGES, "national.zh.pdf", "data/out_rank_by_sector.csv"):
        for wave in ("2026Q1", ".draft/2026Q2"):
            path = folder / wave / name
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(release.folder / name, path)
    (folder / "2026Q1" / "linked.csv").symlink_to(release.folder / "manifest.json")
    return folder


@pytest.fixture(scope="module")
def edition(releases):
    return write_edition(releases, releases.parent / "edition")


def test_each_font_lies_there_once_and_pages_carry_none(releases, edition):
    fonts = {path.name for path in (edition / "assets").iterdir()}
    for name in PAGES:
        page = (edition / "2026Q1" / name).read_text(encoding="utf-8")
        assert "data:font" not in page
        linked = re.findall(r"url\(([^)]*\.woff2)\)", page)
        assert {one.rsplit("/", 1)[1] for one in linked} <= fonts
        assert all(((edition / "2026Q1" / name).parent / one).resolve().is_file() for one in linked)
    for font in (edition / "assets").iterdir():
        assert font.name == f"{hashlib.sha256(font.read_bytes()).hexdigest()[:20]}.woff2"


def test_the_policy_allows_the_new_style_and_fonts_of_its_own_server(edition):
    page = (edition / "2026Q1" / "sectors" / "dairy.html").read_text(encoding="utf-8")
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1])
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "font-src 'self'" in policy
    assert "default-src 'none'" in policy


def test_nothing_but_public_files_is_copied(releases, edition):
    names = {path.relative_to(edition).as_posix() for path in edition.rglob("*") if path.is_file()}
    assert not any(".draft" in one or "linked" in one for one in names)
    assert "2026Q1/national.zh.pdf" in names
    same = (edition / "2026Q1" / "national.zh.pdf").read_bytes()
    assert same == (releases / "2026Q1" / "national.zh.pdf").read_bytes()


def test_it_says_what_its_pages_were_made_from_and_is_the_same_anywhere(releases, edition, tmp_path):
    told = json.loads((edition / MARK).read_text(encoding="utf-8"))["pages"]["2026Q1/index.html"]
    for folder, key in ((releases, "from_sha256"), (edition, "sha256")):
        assert told[key] == hashlib.sha256((folder / "2026Q1" / "index.html").read_bytes()).hexdigest()
    again = write_edition(releases, tmp_path / "other")
    for path in edition.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (again / path.relative_to(edition)).read_bytes(), path


def test_it_replaces_an_edition_and_no_other_folder(releases, edition, tmp_path):
    copy = shutil.copytree(edition, tmp_path / "copy")
    (copy / "old.html").write_text("gone", encoding="utf-8")
    assert not (write_edition(releases, copy) / "old.html").exists()
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").write_text("mine", encoding="utf-8")
    for out, said in (
        (tmp_path / "home", "holds other files"),
        (releases / "2026Q1" / "web", "elsewhere"),
        (releases.parent, "elsewhere"),
        (tmp_path / "home" / "letter.txt", "no folder"),
    ):
        assert said in unfit(releases, out)
        with pytest.raises(ValueError, match=said):
            write_edition(releases, out)
    assert (tmp_path / "home" / "letter.txt").read_text(encoding="utf-8") == "mine"


def test_a_reader_who_takes_gzip_gets_the_page_compressed_and_fonts_to_keep(edition):
    running = server(edition, 0)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    try:

        def asked(path, encoding):
            line = http.client.HTTPConnection("127.0.0.1", running.server_port, timeout=60)
            line.request("GET", path, headers={"Accept-Encoding": encoding})
            answer = line.getresponse()
            return answer, answer.read()

        plain = (edition / "2026Q1" / "index.html").read_bytes()
        for path in ("/2026Q1/index.html", "/2026Q1/"):
            answer, body = asked(path, "gzip, br")
            assert answer.getheader("Content-Encoding") == "gzip"
            assert gzip.decompress(body) == plain
        answer, body = asked("/2026Q1/index.html", "identity")
        assert answer.getheader("Content-Encoding") is None
        assert body == plain
        font = next((edition / "assets").iterdir()).name
        assert "immutable" in asked(f"/assets/{font}", "")[0].getheader("Cache-Control")
        assert asked("/2026Q1/index.html", "gzip")[0].getheader("Cache-Control") == "no-store"
        assert asked("/2026Q1/../../secret.html", "gzip")[0].status == 404
    finally:
        running.shutdown()
        running.server_close()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--site", "{here}/web", "--draft"], "leave --draft or --site out"),
        (["--site", "{here}"], "choose a folder elsewhere"),
    ],
)
def test_a_folder_that_cannot_hold_it_is_refused_before_anything_is_published(
    tmp_path, capsys, arguments, said
):
    write_workspace(tmp_path, brands=2, respondents=40, sectors=("dairy",), waves=("2026Q1",))
    told = [one.format(here=tmp_path) for one in arguments]
    with pytest.raises(SystemExit) as stopped:
        main(["publish", "--wave", "2026Q1", "--workspace", str(tmp_path), *told])
    assert stopped.value.code == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_an_edition_and_the_embargoed_are_not_served_together(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["serve", "--site", str(tmp_path), "--embargoed"])
    assert stopped.value.code == 2
    assert "nothing under embargo" in capsys.readouterr().err
