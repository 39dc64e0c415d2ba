"""A publisher's own font: a file of the workspace that pages, PDFs and pictures are set in, so checked before."""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from ncsi.errors import SpecError
from ncsi.spec.brought_file import brought_file
from ncsi.spec.font_container import LARGEST, Unfit, contained
from ncsi.spec.font_outlines import Costly, check_outlines
from ncsi.spec.font_sizes import check_sizes

Script = Literal["latin", "chinese"]
Weight = Literal[400, 600, 700]
_NEEDED = ("cmap", "head", "hhea", "hmtx", "maxp", "name", "OS/2")
_RESTRICTED, _NO_SUBSET, _BITMAPS = 0x0002, 0x0100, 0x0200
"""Bits of fsType, by which a font's maker says what may be done with it."""
_FAMILY = re.compile(r"[^\W_][\w .&+'()-]{0,59}")
"""A name that a person would know a font by: none that holds a path or markup."""
_POSTSCRIPT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_IN_PDF = 6
"""Id of the name of PostScript."""
_SAMPLE = 400
"""Outlines that each command reads; all that are required are when the font is made ready for pages, once."""
_PASSED: dict[tuple[str, Script], tuple[str, str]] = {}
"""Names of fonts that passed, by the hash of their bytes: a command reads its theme more than once."""
_TOLD = 12
"""Missing characters that a message names."""
_ANEW = "Save it anew as TTF, OTF or WOFF2, or ask its maker for a whole file"
_STATIC = (
    "Make a file of one weight: `fonttools varLib.instancer FONT.ttf wght=400 --output FONT-Regular.ttf`"
)


@dataclass(frozen=True, slots=True)
class FontFile:
    """A checked font. `family`: what office programs call it; `postscript`: what PDFs do; `sha256`: of its bytes."""

    script: Script
    weight: Weight
    path: Path
    sha256: str
    family: str
    postscript: str


def read_font(root: Path, name: str, script: Script, weight: Weight, where: str) -> FontFile:
    """The font `name` of the workspace in `root`. `where`: the place that names it, for messages.

    Raises SpecError: it leads outside, is missing, too large, of another kind, broken, variable, may not be embedded or
    cut down, or lacks characters that every page of its script has.
    """
    path = brought_file(root, name, where, LARGEST, f"Make it {LARGEST >> 20} MiB or smaller")
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if (digest, script) not in _PASSED:
        _PASSED[digest, script] = _checked(content, script, where)
    return FontFile(script, weight, path, digest, *_PASSED[digest, script])


@cache
def required_of(script: Script) -> frozenset[int]:
    """Code points that a font of a script must have: ASCII, or the 3,755 characters of GB/T 2312, level 1."""
    if script == "latin":
        return frozenset(range(0x20, 0x7F))
    rows = range(0xB0, 0xD8)
    cells = (bytes((row, cell)) for row in rows for cell in range(0xA1, 0xFF) if (row, cell) < (0xD7, 0xFA))
    return frozenset(ord(one.decode("gb2312")) for one in cells)


def _checked(content: bytes, script: Script, where: str) -> tuple[str, str]:
    """Family and PostScript name of a font that passes."""
    from fontTools.ttLib import TTFont

    try:
        stream = io.BytesIO(contained(content))
        with TTFont(stream, lazy=True, recalcTimestamp=False) as font:
            _check_tables(font)
            _check_rights(font)
            _check_characters(font, script)
            return _names(font)
    except Unfit as error:
        raise SpecError(where, f"the font {error}", error.cure or _ANEW) from error
    except Costly as error:
        raise SpecError(where, f"the font takes too long to draw: it has {error}", _ANEW) from error
    except (
        Exception
    ) as error:  # whatever fontTools comes upon in broken tables: it has no class of its own for them
        raise SpecError(where, "the font is broken: its tables cannot be read", _ANEW) from error


def _check_tables(font: Any) -> None:
    if "fvar" in font or "CFF2" in font:
        raise Unfit("is variable, and which of its weights is meant is not said", _STATIC)
    lacking = [tag for tag in _NEEDED if tag not in font]
    if lacking:
        raise Unfit(f"has no table {lacking[0].strip()}")
    check_sizes(lambda tag: bytes(font.reader[tag]))
    if not ({"glyf", "loca"} <= {*font.keys()} or "CFF " in font):
        raise Unfit("has no outlines", "Take one that is drawn by outlines, not by pictures")
    if not 16 <= font["head"].unitsPerEm <= 16384:
        raise Unfit("is broken: its grid is")
    if not font.getBestCmap():
        raise Unfit("tells no character by Unicode")


def _check_rights(font: Any) -> None:
    """What its maker allows, in the field that fonts have for it; a licence may say less."""
    bits = font["OS/2"].fsType
    other = "Take a font that may be embedded in documents, or ask its maker for one with that right"
    if bits & 0x000F == _RESTRICTED:
        raise Unfit("may not be embedded, its maker says (OS/2 fsType 2: restricted licence)", other)
    if bits & _NO_SUBSET:
        raise Unfit(
            "may not be cut down to the characters of a page, its maker says (OS/2 fsType 256)", other
        )
    if bits & _BITMAPS:
        raise Unfit("may be embedded as pictures only, its maker says (OS/2 fsType 512)", other)


def _check_characters(font: Any, script: Script) -> None:
    """What every page has is there, and can be drawn within twice its grid."""
    drawn, required = font.getBestCmap(), required_of(script)
    lacking = sorted(required - drawn.keys())
    if lacking:
        shown = " ".join(map(chr, lacking[:_TOLD])) + (" …" if len(lacking) > _TOLD else "")
        of = "letters, digits and marks of ASCII" if script == "latin" else "characters of GB/T 2312, level 1"
        raise Unfit(
            f"lacks {len(lacking)} of the {len(required)} {of}: {shown}", "Take one that has them all"
        )
    metrics, grid = font["hmtx"], font["head"].unitsPerEm
    names = [drawn[one] for one in sorted(required)]
    if any(not 0 <= metrics[name][0] <= 2 * grid for name in names):
        raise Unfit("is broken: a character is wider than two of its squares")
    check_outlines(font, names[:: 1 + len(names) // _SAMPLE])


def _names(font: Any) -> tuple[str, str]:
    """The family in English where it has one, and the PostScript name, else one made of the family."""
    family = (font["name"].getBestFamilyName() or "").strip()
    if not _FAMILY.fullmatch(family):
        raise Unfit(
            "has no family name of letters and digits that a document could carry",
            "Set name 1 in a font editor",
        )
    postscript = font["name"].getDebugName(_IN_PDF) or ""
    if not _POSTSCRIPT.fullmatch(postscript):
        postscript = re.sub(r"[^A-Za-z0-9]", "", family)[:60] or "PublisherFont"
    return family, postscript
