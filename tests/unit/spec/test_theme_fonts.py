"""Fonts of a publisher's own are files from outside: what is broken, restricted or lacks characters is refused."""

from __future__ import annotations

import io
import struct

import brotli
import pytest
import yaml
from fontTools.ttLib import TTFont, newTable

from ncsi.errors import SpecError
from ncsi.spec import font_layout
from ncsi.spec.font_container import LARGEST
from ncsi.spec.font_layout import check_layout
from ncsi.spec.font_outlines import Costly
from ncsi.spec.theme import load_theme

PAIR = {"regular": "r.ttf", "bold": "b.ttf"}


@pytest.fixture
def theme(tmp_path):
    """Writes a theme with these fonts into a workspace, and loads it."""

    def written(fonts, **files):
        for name, content in files.items():
            (tmp_path / f"{name}.ttf").write_bytes(content)
        told = {"spec": "ncsi/theme/1", "fonts": fonts}
        (tmp_path / "theme.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")
        return load_theme(tmp_path)

    return written


@pytest.fixture(scope="module")
def bold(made_font):
    return made_font(bold=True)


@pytest.mark.parametrize(
    ("kind", "outlines"), [("", "glyf"), ("", "CFF"), ("woff2", "glyf"), ("woff2", "CFF")]
)
def test_fonts_are_read_and_leave_their_hashes(theme, made_font, bold, kind, outlines):
    found = theme({"latin": PAIR}, r=made_font(kind=kind, outlines=outlines), b=bold)
    assert [(one.script, one.weight, one.family) for one in found.fonts] == [
        ("latin", 400, "Qinghe Sans"),
        ("latin", 700, "Qinghe Sans"),
    ]
    assert [one.postscript for one in found.fonts] == ["QingheSans-Regular", "QingheSans-Bold"]
    assert {"theme font latin 400", "theme font latin 700"} < {*found.sha256}
    assert len({*found.sha256.values()}) == 3


def test_a_chinese_font_has_the_characters_of_the_national_standard(theme, made_font):
    whole = {"r": made_font("chinese"), "b": made_font("chinese", bold=True)}
    assert len(theme({"chinese": PAIR}, **whole).fonts) == 2
    with pytest.raises(SpecError, match="lacks 2 of the 3755 characters of GB/T 2312, level 1: 国 指"):
        theme({"chinese": PAIR}, **whole | {"b": made_font("chinese", bold=True, lacks="指国")})


def test_a_theme_without_a_font_of_either_script_has_none(theme):
    assert theme({}).fonts == ()


@pytest.mark.parametrize(
    ("fonts", "told"),
    [
        ({"latin": {"regular": "r.ttf"}}, ("fonts.latin.bold", "missing")),
        ({"latin": {"regular": "r.ttf", "bold": "r.ttf"}}, ("fonts.latin.bold", "it is the font of `regular`")),
        ({"latin": PAIR | {"bold": "none.ttf"}}, ("fonts.latin.bold", "no file 'none.ttf'")),
        ({"latin": PAIR | {"bold": "../b.ttf"}}, ("fonts.latin.bold", "outside the workspace")),
        ({"latin": PAIR | {"bold": "/b.ttf"}}, ("fonts.latin.bold", "outside the workspace")),
        ({"latin": PAIR | {"italic": "i.ttf"}}, ("unknown key 'italic'",)),
        ({"greek": PAIR}, ("unknown key 'greek'",)),
    ],
)  # fmt: skip
def test_fonts_that_are_not_there_are_named_by_their_key(theme, made_font, bold, fonts, told):
    with pytest.raises(SpecError) as caught:
        theme(fonts, r=made_font(), b=bold)
    for part in told:
        assert part in str(caught.value)


def variable(font):
    font["fvar"] = newTable("fvar")
    font["fvar"].axes, font["fvar"].instances = [], []


def endless(font):
    """A glyph of twenty of another, that of twenty of another, and so on."""
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    for above, below in zip("ABC", "BCD", strict=True):
        pen = TTGlyphPen({"uni0041": None, **{f"uni{ord(one):04X}": None for one in "ABCD"}})
        for k in range(20):
            pen.addComponent(f"uni{ord(below):04X}", (1, 0, 0, 1, k, 0))
        font["glyf"][f"uni{ord(above):04X}"] = pen.glyph()


def calling(font):
    """A charstring that calls a subroutine ten times, that calls another ten times, and so on."""
    from fontTools.cffLib import SubrsIndex
    from fontTools.misc.psCharStrings import T2CharString

    font.recalcBBoxes = False
    top = font["CFF "].cff.topDictIndex[0]
    private, calls = top.Private, SubrsIndex()
    for k in range(8):
        again = [k + 1 - 107, "callsubr"] * 10 if k < 7 else []
        calls.append(T2CharString(program=[*again, "return"], private=private))
    private.Subrs = calls
    top.CharStrings["uni0041"].program = [600, -107, "callsubr", "endchar"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"rights": 2}, "may not be embedded"),
        ({"rights": 0x0104}, "may not be cut down"),
        ({"rights": 0x0204}, "as pictures only"),
        ({"lacks": "Qq"}, "lacks 2 of the 95 letters, digits and marks of ASCII: Q q"),
        ({"change": variable}, "is variable"),
        ({"change": endless}, "takes too long to draw"),
        ({"change": calling, "outlines": "CFF"}, "takes too long to draw"),
        ({"wide": 2.4}, "wider than two of its squares"),
        ({"family": "C:\\Users\\li\\Qinghe"}, "no family name"),
        ({"family": "<b>Qinghe</b>"}, "no family name"),
        ({"change": lambda font: font.__delitem__("OS/2")}, "no table OS/2"),
    ],
)  # fmt: skip
def test_a_font_that_may_not_or_cannot_be_used_is_refused(theme, made_font, bold, given, told):
    with pytest.raises(SpecError, match=told) as caught:
        theme({"latin": PAIR}, r=made_font(**given), b=bold)
    assert "theme.yaml: fonts.latin.regular" in str(caught.value)


def packed(content, stream):
    """A WOFF2 with another stream, which its head tells the length of."""
    found = content[:20] + struct.pack(">I", len(stream)) + content[24:48]
    count = struct.unpack_from(">H", content, 12)[0]
    directory = bytes([0b11000000 | 10, 0]) * count
    made = bytearray(found + directory + stream)
    struct.pack_into(">I", made, 8, len(made))
    return bytes(made)


def test_a_font_that_is_broken_is_refused_whatever_is_broken_in_it(theme, made_font, bold):
    whole, web = made_font(), made_font(kind="woff2")
    place = whole.index(b"glyf") + 8
    offset, length = struct.unpack_from(">II", whole, place)
    scribbled = whole[:offset] + b"\xff" * length + whole[offset + length :]
    beyond = whole[: place + 4] + struct.pack(">I", len(whole)) + whole[place + 8 :]
    bomb = brotli.compress(b"\0" * (LARGEST + 10))
    cases = {
        b"": "neither TTF, OTF nor WOFF2",
        b"GIF89a" + whole: "neither TTF, OTF nor WOFF2",
        b"ttcf" + whole[4:]: "a collection",
        whole[:300]: "beyond its end",
        whole[:4] + b"\xff\xff" + whole[6:]: "its directory is",
        beyond: "beyond its end",
        scribbled: "cannot be read",
        web[:60]: "is broken",
        web[:-40]: "is broken",
        web[:100] + b"\xff" * (len(web) - 100): "is broken",
        packed(web, bomb): "unpacks to more than 32 MiB",
    }
    for content, told in cases.items():
        with pytest.raises(SpecError, match=told):
            theme({"latin": PAIR}, r=content, b=bold)


def as_bytes(font, tag, content):
    from fontTools.ttLib.tables.DefaultTable import DefaultTable

    font[tag] = DefaultTable(tag)
    font[tag].data = content


def named_over_and_over(font):
    """Names that are all the same bytes of the table: 4 GiB, read apart."""
    records = struct.pack(">6H", 3, 1, 0x409, 1, 65534, 0) * 65535
    as_bytes(font, "name", struct.pack(">HHH", 0, 65535, 0) + records)


def with_map(kind, *stretches):
    """A font with a map of its characters of that format."""

    def changed(font):
        if kind == 4:
            ends, starts = zip(*stretches, strict=True)
            n = len(ends)
            body = struct.pack(
                f">HHHH{n}HH{2 * n}H{n}H", 2 * n, 0, 0, 0, *ends, 0, *starts, *[1] * n, *[0] * n
            )
            told = struct.pack(">HHH", 4, (6 + len(body)) & 0xFFFF, 0) + body
        elif kind == 14:
            told = struct.pack(">HII", 14, 10 + 11 * len(stretches), len(stretches))
            told += b"".join(b"\0\xfe\0" + struct.pack(">II", *one) for one in stretches) + b"\xff" * 8
        else:
            body = b"".join(struct.pack(">III", *one) for one in stretches)
            told = struct.pack(">HHIII", kind, 0, 16 + len(body), 0, len(stretches)) + body
        as_bytes(font, "cmap", struct.pack(">HHHHI", 0, 1, 3, 10, 12) + told)

    return changed


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (named_over_and_over, "more than 4,096 names"),
        (with_map(4, *[(0xFFFE, 0x20)] * 8000), "more characters"),
        (with_map(12, (0x20, 0xFFFFFFF0, 1)), "more characters"),
        (with_map(13, *[(0x20, 0x10FFFF, 1)] * 3), "more characters"),
        (with_map(14, (0, 21)), "more characters"),
        (with_map(12, (0x20, 0x7E, 1)), None),
    ],
)
def test_a_font_that_unfolds_to_more_than_it_is_is_refused_unread(theme, made_font, bold, change, told):
    given = made_font(change=change)
    assert len(given) < 1_000_000
    if told is None:
        assert theme({"latin": PAIR}, r=given, b=bold).fonts
    else:
        with pytest.raises(SpecError, match=told):
            theme({"latin": PAIR}, r=given, b=bold)


def covered_again_and_again(subtables, ranges):
    """Subtables that are all the same one, of a coverage of stretches that are all the same ones."""
    covered = struct.pack(">HH", 2, ranges) + struct.pack(">HHH", 0, 90, 0) * ranges
    return 1, struct.pack(">HHH", 1, 6, 0) + covered, subtables


def paired_without_bytes(classes):
    """A value of no bytes for each pair of classes of glyphs."""
    nothing = struct.pack(">HHH", 1, 0, 0)
    return 2, struct.pack(">8H", 2, 16, 0, 0, 16, 16, classes, classes) + nothing, 1


def with_rules(kind, subtable, times):
    def changed(font):
        lookup = struct.pack(f">HHH{times}H", kind, 0, times, *[6 + 2 * times] * times) + subtable
        lists = struct.pack(">HHHH", 0, 0, 1, 4) + lookup
        as_bytes(font, "GPOS", struct.pack(">HHHHH", 1, 0, 10, 12, 14) + lists)

    return changed


@pytest.mark.parametrize(
    ("rules", "held"),
    [
        (covered_again_and_again(2, 3), True),
        (covered_again_and_again(400, 400), False),
        (paired_without_bytes(3), True),
        (paired_without_bytes(60_000), False),
    ],
)
def test_rules_that_lead_to_themselves_are_not_followed_for_ever(made_font, rules, held, monkeypatch):
    monkeypatch.setattr(font_layout, "_GLYPHS", 400_000)
    content = made_font(change=with_rules(*rules))
    assert len(content) < 100_000
    with TTFont(io.BytesIO(content), lazy=True) as font:
        if held:
            check_layout(font)
        else:
            with pytest.raises(Costly, match="again and again"):
                check_layout(font)


def test_what_a_packed_font_tells_beside_itself_is_not_unpacked(theme, made_font, bold):
    web = bytearray(made_font(kind="woff2"))
    bomb = brotli.compress(b"\0" * 10**7)
    struct.pack_into(">III", web, 28, len(web), len(bomb), 10**7)
    struct.pack_into(">I", web, 8, len(web) + len(bomb))
    assert len(theme({"latin": PAIR}, r=bytes(web) + bomb, b=bold).fonts) == 2


def test_a_file_that_is_too_large_is_not_read(theme, bold, tmp_path):
    with (tmp_path / "r.ttf").open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(SpecError, match="Make it 32 MiB or smaller"):
        theme({"latin": PAIR}, b=bold)
