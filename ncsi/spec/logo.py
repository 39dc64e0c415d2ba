"""The logo of a publisher: a file of the workspace that becomes part of every page, so looked through whole before."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

from ncsi.errors import SpecError
from ncsi.spec.brought_file import brought_file

LARGEST = 64 * 1024
"""Bytes of a logo: it stands in every page."""
_PIXELS = 2000
_MANY, _DEEP = 5000, 40
_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_XML = "http://www.w3.org/XML/1998/namespace"
_ELEMENTS = frozenset(
    (
        "svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "title", "desc", "defs",
        "linearGradient", "radialGradient", "stop", "clipPath",
    )
)  # fmt: skip
_PNG = b"\x89PNG\r\n\x1a\n"
_OUTLINES = "Save it as plain SVG, texts turned into paths, styles into attributes; or as PNG"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Of the colour types of PNG."""
_OWN = re.compile(r"""url\(\s*(['"]?)#[\w.-]+\1\s*\)""", re.IGNORECASE)
"""What leads to a part of the logo itself."""
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
"""What programs and people note in a drawing; it would be published."""
_SHOWN = frozenset((b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT"))
"""Chunks of a PNG by which it is shown; others tell who made it, where and when, and are left out."""
_LOADS = re.compile(r"url\(|image-set|javascript:|data:|@import|expression\(|\\", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Logo:
    """A checked logo: what it is (`image/svg+xml` or `image/png`), and its bytes."""

    media: str
    content: bytes


def read_logo(root: Path, name: str, where: str) -> Logo:
    """The file `name` of the workspace in `root`. `where`: the place that names it, for messages.

    Raises SpecError: it leads outside, is missing, too large, neither SVG nor PNG, broken, or does more than draw.
    """
    cure = f"Make it {LARGEST // 1024} KiB or smaller"
    path = brought_file(root, name, where, LARGEST, cure, ", and it would stand in every page")
    content = path.read_bytes()
    if content.startswith(_PNG):
        return Logo("image/png", _checked_png(content, where))
    if path.suffix.lower() != ".svg":
        raise SpecError(where, f"'{name[:60]}' is neither SVG nor PNG", "Save it as one of them")
    if b"\0" in content:
        raise SpecError(where, "the SVG is in an encoding that is not read", "Save it as UTF-8")
    content = _COMMENT.sub(b"", content)
    _check_svg(content, where)
    return Logo("image/svg+xml", content)


def _check_svg(content: bytes, where: str) -> None:
    """Elements that draw, attributes that say how; nothing that runs, loads or expands."""
    parser = expat.ParserCreate(namespace_separator=" ")
    seen: list[str] = []
    within: list[str] = []

    def begins(name: str, attributes: Mapping[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if not seen and (space, local) != (_SVG, "svg"):
            raise SpecError(where, f"its root is <{local[:40]}>, not <svg> of SVG's namespace", _OUTLINES)
        if not seen and "viewBox" not in attributes:
            raise SpecError(where, "the SVG has no viewBox, by which it could be scaled", "Add one to <svg>")
        if space != _SVG or local not in _ELEMENTS:
            raise SpecError(where, f"the SVG has an element <{local[:40]}>, which a logo may not", _OUTLINES)
        seen.append(local)
        within.append(local)
        if len(seen) > _MANY or len(within) > _DEEP:
            many = (
                f"more than {_MANY} elements"
                if len(seen) > _MANY
                else f"elements in more than {_DEEP} others"
            )
            raise SpecError(where, f"the SVG has {many}", "Simplify it, or save it as PNG")
        for key, value in attributes.items():
            _check_attribute(key, value, where)

    parser.StartElementHandler = begins
    parser.EndElementHandler = lambda _: within.pop()
    parser.StartDoctypeDeclHandler = _refusing(where, "a DOCTYPE")
    parser.EntityDeclHandler = _refusing(where, "an entity")
    parser.ProcessingInstructionHandler = _refusing(where, "a processing instruction")
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise SpecError(where, f"the SVG is broken in line {error.lineno}", "Save it anew") from error
    except (ValueError, LookupError) as error:
        raise SpecError(where, "the SVG is in an encoding that is not read", "Save it as UTF-8") from error


def _refusing(where: str, what: str) -> Callable[..., None]:
    def refuse(*_: object) -> None:
        raise SpecError(where, f"the SVG has {what}, which a logo may not", _OUTLINES)

    return refuse


def _check_attribute(key: str, value: str, where: str) -> None:
    space, _, local = key.rpartition(" ")
    leads = local == "href" and space in ("", _XLINK) and not value.startswith("#")
    loads = _LOADS.search(_OWN.sub("", value))
    named = local.lower().startswith("on") or local in ("style", "class", "src", "base")
    # Programs note paths and names of files in attributes of their own.
    foreign = space not in ("", _XLINK, _XML)
    dashed = local == "stroke-dasharray" and value.strip() != "none"  # short ones can be drawn for long
    if named or leads or loads or foreign or dashed:
        raise SpecError(
            where, f'the SVG has an attribute {local[:40]}="{value[:40]}", which a logo may not', _OUTLINES
        )


def _checked_png(content: bytes, where: str) -> bytes:
    """What shows the picture: every chunk whole, sizes that a logo has, and as many pixels as they say."""
    broken = SpecError(where, "the PNG is broken", "Save it anew")
    place, pixels, head, last, shown = len(_PNG), b"", b"", b"", [_PNG]
    while place + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, place)
        last, body = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        check = content[place + 8 + length : place + 12 + length]
        if len(check) < 4 or zlib.crc32(last + body) != struct.unpack(">I", check)[0]:
            raise broken
        head = head or (body if last == b"IHDR" else b"?")
        pixels += body if last == b"IDAT" else b""
        if last in _SHOWN:
            shown.append(content[place : place + 12 + length])
        place += 12 + length
    if last != b"IEND" or place != len(content) or len(head) != 13:
        raise broken
    width, height, depth, kind, *_, interlaced = struct.unpack(">IIBBBBB", head)
    if not (0 < width <= _PIXELS and 0 < height <= _PIXELS):
        raise SpecError(
            where, f"the PNG has {width} × {height} pixels", f"Make it {_PIXELS} or less each way"
        )
    if kind not in _CHANNELS or depth not in (1, 2, 4, 8, 16) or interlaced:
        raise SpecError(where, "the PNG is of a rare kind", "Save it with 8 bits a channel, not interlaced")
    wanted = height * (1 + (width * depth * _CHANNELS[kind] + 7) // 8)
    try:
        inflated = len(zlib.decompressobj().decompress(pixels, wanted + 1))
    except zlib.error:
        raise broken from None
    if inflated != wanted:
        raise broken
    return b"".join(shown)
