"""A theme says who publishes, with which logo and colours; what cannot be read, or does more than draw, is refused."""

from __future__ import annotations

import json
import struct
import zlib

import pytest

from ncsi.errors import SpecError
from ncsi.spec.contrast import contrast, mixed, readable
from ncsi.spec.theme import DARK_GROUNDS, LIGHT_GROUNDS, load_theme, theme_if_whole

ALT = {"zh": "标志", "en": "Logo"}
DRAWN = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" fill="#0a7d55"/>{}</svg>'


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width=2, height=2, pixels=None, kind=2):
    head = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    rows = (b"\0" + b"\x20" * 3 * width) * height if pixels is None else pixels
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


@pytest.fixture
def theme(tmp_path):
    """Writes a theme into a workspace, with files beside it, and loads it."""
    root = tmp_path / "ws"
    root.mkdir()

    def written(files=None, **keys):
        for name, content in (files or {}).items():
            (root / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        (root / "theme.yaml").write_text(
            json.dumps({"spec": "ncsi/theme/1", **keys}, ensure_ascii=False), encoding="utf-8"
        )
        return load_theme(root)

    return written


def logo(file):
    return {"file": file, "alt": ALT}


def test_a_workspace_without_a_theme_has_none(tmp_path):
    assert load_theme(tmp_path) is None


def test_a_theme_is_read_and_leaves_its_hashes(theme):
    files = {"logo.svg": DRAWN.format(""), "logo.png": png()}
    told = theme(files, publisher=ALT, logo=logo("logo.svg"), colours={"accent": "#0A6B4A"})
    assert told.theme.colours.accent == "#0a6b4a"
    assert told.logo.media == "image/svg+xml"
    assert sorted(told.sha256) == ["theme", "theme logo"]
    other = theme(logo=logo("logo.png"))
    assert other.logo.media == "image/png"
    assert {*told.sha256.values()}.isdisjoint(other.sha256.values())
    assert list(theme(publisher=ALT).sha256) == ["theme"]


def test_the_dark_shade_follows_from_the_accent_and_can_be_read(theme):
    colours = theme(colours={"accent": "#0a6b4a"}).theme.colours
    assert min(contrast(colours.on_dark, ground) for ground in DARK_GROUNDS) >= 4.5
    assert theme(colours={"accent": "#0a6b4a", "accent_dark": "#66cc99"}).theme.colours.on_dark == "#66cc99"


@pytest.mark.parametrize("k", range(0, 256, 15))
def test_the_nearest_shade_can_be_read_and_a_readable_one_stays(k):
    for colour in (f"#{k:02x}8040", f"#40{k:02x}80", f"#{255 - k:02x}{k:02x}{k:02x}"):
        for grounds, towards in ((LIGHT_GROUNDS, "#000000"), (DARK_GROUNDS, "#ffffff")):
            shade = readable(colour, grounds, towards)
            assert min(contrast(shade, ground) for ground in grounds) >= 4.5
            assert readable(shade, grounds, towards) == shade
    assert mixed("#000000", "#ffffff", 0.5) == "#808080"


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"colours": {"accent": "green"}}, ("theme.yaml: colours.accent", "'green'", "#rrggbb")),
        ({"colours": {"accent": "#0f0"}}, ("colours.accent", "#rrggbb")),
        ({"colours": {"accent": "#6fc0a0"}}, ("colours.accent", "#6fc0a0", "to 1 on #edf2f7", "4.5", "nearest")),
        ({"colours": {"accent": "#0a6b4a", "accent_dark": "#0a6b4a"}}, ("colours.accent_dark", "on #1b222c")),
        ({"colours": {"accent": "#0a6b4a", "better": "#00ff00"}}, ("unknown key 'better'",)),
        ({"sections": {"method": False}}, ("theme.yaml: sections.method", "unknown key 'method'")),
        ({"sections": {"subgroup": False}}, ("unknown key 'subgroup'", "Did you mean 'subgroups'?")),
        ({"sections": {"areas": "off"}}, ("sections.areas", "true or false")),
        ({"cover": "big"}, ("theme.yaml: cover", "true or false")),
        ({"font": "Comic"}, ("unknown key 'font'",)),
        ({"publisher": {"zh": "某机构"}}, ("publisher.en", "missing")),
        ({"logo": {"file": "logo.svg"}}, ("logo.alt", "missing")),
        ({"logo": logo("none.svg")}, ("logo.file", "no file 'none.svg'")),
        ({"logo": logo("../logo.svg")}, ("logo.file", "outside the workspace")),
        ({"logo": logo("/etc/passwd")}, ("logo.file", "outside the workspace")),
    ],
)  # fmt: skip
def test_a_theme_that_is_wrong_says_where_and_what_to_do(theme, keys, told):
    with pytest.raises(SpecError) as caught:
        theme(**keys)
    for part in told:
        assert part in str(caught.value)


def test_what_cannot_wait_does_without_a_theme_that_is_wrong(theme, tmp_path):
    assert (theme(colours={"accent": "#0a6b4a"}), "") == theme_if_whole(tmp_path / "ws")
    with pytest.raises(SpecError):
        theme(colours={"accent": "green"})
    found, why = theme_if_whole(tmp_path / "ws")
    assert (found, "theme.yaml" in why) == (None, True)


def test_the_shade_that_an_error_names_is_taken(theme):
    with pytest.raises(SpecError) as caught:
        theme(colours={"accent": "#6fc0a0"})
    shade = str(caught.value).partition("has it: ")[2][:7]
    assert theme(colours={"accent": shade}).theme.colours.accent == shade


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (DRAWN.format("<script>alert(1)</script>"), "<script>"),
        (DRAWN.format('<g onload="alert(1)"/>'), "onload="),
        (DRAWN.format('<image href="https://example.org/a.png"/>'), "<image>"),
        (DRAWN.format('<a href="https://example.org/"><path d="M0 0"/></a>'), "<a>"),
        (DRAWN.format('<linearGradient href="https://example.org/#x"/>'), "href="),
        (DRAWN.format('<rect fill="url( https://example.org/x)"/>'), "fill="),
        (DRAWN.format('<rect style="fill:red"/>'), "style="),
        (DRAWN.format("<style>*{fill:red}</style>"), "<style>"),
        (DRAWN.format("<foreignObject/>"), "<foreignObject>"),
        (DRAWN.format('<use href="#a"/>'), "<use>"),
        (DRAWN.format("<text>Name</text>"), "turned into paths"),
        (DRAWN.format('<rect xmlns="http://www.w3.org/1999/xhtml"/>'), "<rect>"),
        ('<!DOCTYPE svg [<!ENTITY a "b">]>' + DRAWN.format("&a;"), "DOCTYPE"),
        ('<?xml-stylesheet href="a.css"?>' + DRAWN.format(""), "processing instruction"),
        ('<svg xmlns="http://www.w3.org/2000/svg"/>', "no viewBox"),
        ("<html/>", "root is <html>"),
        ("<svg", "broken in line 1"),
        (DRAWN.format("<g/>" * 5000), "more than 5000 elements"),
        (DRAWN.format("<g>" * 60 + "</g>" * 60), "more than 40 others"),
        (DRAWN.format(r'<rect fill="u\72l(http://example.org/x)"/>'), "fill="),
        (DRAWN.format('<rect fill="image-set(\'x\' 1x)"/>'), "fill="),
        (DRAWN.format('<g xml:base="https://example.org/"/>'), "base="),
        ('<?xml version="1.0" encoding="GB2312"?>' + DRAWN.format(""), "Save it as UTF-8"),
        ('<?xml version="1.0" encoding="none-such"?>' + DRAWN.format(""), "Save it as UTF-8"),
        (DRAWN.format(f"<desc>{'x' * 70000}</desc>"), "68 KiB"),
        (DRAWN.format('<g xmlns:e="urn:editor" e:export-filename="/home/li/logo.png"/>'), "export-filename="),
        (DRAWN.format('<path d="M0 0H100000" stroke="#000" stroke-dasharray="0.1"/>'), "stroke-dasharray="),
    ],
)  # fmt: skip
def test_a_drawing_that_does_more_than_draw_is_refused(theme, content, told):
    with pytest.raises(SpecError) as caught:
        theme({"logo.svg": content}, logo=logo("logo.svg"))
    assert "theme.yaml: logo.file" in str(caught.value)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"GIF89a", "neither SVG nor PNG"),
        (png()[:-5], "broken"),
        (png() + b"more", "broken"),
        (png().replace(b"IDAT", b"IDAX"), "broken"),
        (png(pixels=b"\0"), "broken"),
        (png(pixels=b"\0" * 10**6), "broken"),
        (png(width=9000, pixels=b""), "9000"),
        (png(kind=5), "rare kind"),
    ],
)
def test_a_picture_that_is_none_is_refused(theme, content, told):
    with pytest.raises(SpecError, match=told):
        theme({"logo.png": content}, logo=logo("logo.png"))


@pytest.mark.parametrize("way", ["url(#a)", "url( #a )", "url('#a')"])
def test_a_drawing_may_lead_to_a_part_of_itself(theme, way):
    drawn = DRAWN.format(f'<linearGradient id="a"/><rect fill="{way}"/>')
    assert theme({"logo.svg": drawn}, logo=logo("logo.svg")).logo.content == drawn.encode()


def test_what_programs_note_in_a_logo_is_not_published(theme):
    noted = DRAWN.format("<!-- drawn by Li Wei\nli@example.org --><!--2-->")
    assert theme({"logo.svg": noted}, logo=logo("logo.svg")).logo.content == DRAWN.format("").encode()
    signed = png()[:33] + chunk(b"tEXt", b"Author\0Li Wei") + chunk(b"eXIf", b"MM\0*") + png()[33:]
    assert theme({"logo.png": signed}, logo=logo("logo.png")).logo.content == png()


def test_a_link_that_leads_out_is_refused(theme, tmp_path):
    (tmp_path / "outside.svg").write_text(DRAWN.format(""), encoding="utf-8")
    theme()
    (tmp_path / "ws" / "logo.svg").symlink_to(tmp_path / "outside.svg")
    with pytest.raises(SpecError, match="outside the workspace"):
        theme(logo=logo("logo.svg"))
