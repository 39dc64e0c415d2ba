"""A publisher's fonts in publications: which of them sets which character, made ready once, subset for pages."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any
from unicodedata import category

from ncsi import atomic
from ncsi.errors import PublicationError
from ncsi.fonts import FAMILY
from ncsi.spec.font_container import contained
from ncsi.spec.font_files import FontFile, Script, required_of
from ncsi.spec.font_layout import check_layout
from ncsi.spec.font_outlines import check_outlines
from ncsi.spec.theme import WorkspaceTheme

FOLDER = ".fonts"
"""Where fonts lie that were made ready, in the workspace: made anew where they are missing."""
_NAMES: dict[Script, str] = {"latin": "Publisher Latin", "chinese": "Publisher Chinese"}
"""What pages call them, whatever their files do: no name of theirs meets another."""
_LATIN = "\u0020-\u024f\u0370-\u03ff\u1e00-\u1eff\u2010-\u2013\u2212"
"""What a font for Latin letters sets: these, Greek ones, figures and their signs. Quotation marks, dashes and dots of
omission stand in Chinese texts too, and are of the other font."""
_OF_LATIN = re.compile(f"[{_LATIN}]")
_ENGLISH = f"{_LATIN}\u2014\u2018\u2019\u201c\u201d\u2026"
"""The same in a text that is English: its quotation marks, dashes and dots too."""
_OF_ENGLISH = re.compile(f"[{_ENGLISH}]")
ENGLISH = "Publisher English"
"""What pages call a font of nothing but those marks, which English texts ask before all others."""
_TABLES = frozenset(
    (
        "head", "hhea", "maxp", "OS/2", "hmtx", "cmap", "loca", "glyf", "CFF ", "name", "post", "GPOS", "GSUB", "GDEF",
        "BASE", "kern", "vhea", "vmtx", "VORG",
    )
)  # fmt: skip
"""Tables by which text is set and drawn; programs, pictures and what a maker keeps for itself are left out."""
_LEGAL = (0, 7, 13, 14)
"""Ids of names that say whose a font is and under which licence."""
_PERSONAL = re.compile(r"[A-Za-z]:[\\/]|\\\\|file:|/(?:Users|home|root|Volumes|mnt|media|private|var|tmp)\b")
_READY = 1
"""Grows when fonts are made ready in another way."""


def family_of(file: FontFile) -> str:
    """What pages call the font of a file."""
    return _NAMES[file.script]


@dataclass(frozen=True, slots=True)
class Typeface:
    """The fonts of a theme, and the folder where they lie made ready."""

    files: tuple[FontFile, ...]
    folder: Path

    @property
    def families(self) -> tuple[str, ...]:
        """Families in the order in which they are asked for a character; ours is the last."""
        scripts = [one for one in _NAMES if any(file.script == one for file in self.files)]
        return (*(_NAMES[one] for one in scripts), FAMILY)

    @property
    def stack(self) -> str:
        """The same as styles name them."""
        return ",".join(f"'{one}'" for one in self.families)

    def covers(self) -> list[dict[str, str]]:
        """Families for Typst, each with the class of characters that it may set, and the one in English texts; empty
        for all that it has."""
        latin = {"covers": f"[{_LATIN}]", "english": f"[{_ENGLISH}]"}
        every = {"covers": "", "english": ""}
        return [{"name": one, **(latin if one == _NAMES["latin"] else every)} for one in self.families]

    def marks(self) -> frozenset[str]:
        """Marks that its Latin font sets in English texts alone."""
        return frozenset(
            chr(code) for code, name in _owners(self, english=True).items() if name != _owners(self).get(code)
        )

    def office(self, script: Script) -> str:
        """The family that office programs ask a reader's machine for; empty for theirs."""
        both = {one.script: one.family for one in self.files if one.weight == 400}
        return both.get(script, "") or (both.get("chinese", "") if script == "latin" else "")

    def runs(self, words: str, *, english: bool = False) -> Iterator[tuple[str, str]]:
        """A text in stretches of one family, with its name; a space stays in the stretch before it."""
        owner = _owners(self, english=english)
        before = FAMILY
        told = []
        for one in words:
            before = owner.get(ord(one), FAMILY) if one != " " else before
            told.append((before, one))
        for family, stretch in groupby(told, key=lambda each: each[0]):
            yield family, "".join(one for _, one in stretch)

    def characters(self) -> frozenset[str]:
        """What its fonts set."""
        return frozenset(map(chr, _owners(self)))

    def lacking(self, characters: Iterable[str]) -> str:
        """Letters and figures that its fonts should set and have not, which are in our font."""
        whole = any(one.script == "chinese" for one in self.files)
        asked = {one for one in characters if category(one)[0] in "LN" and (whole or _OF_LATIN.match(one))}
        return "".join(sorted(asked - self.characters()))

    def widths(self) -> dict[str, float]:
        """How wide each character that they set is in the widest weight, of its size."""
        found: dict[str, float] = {}
        owners = _owners(self)
        for file in self.files:
            for code, width in _metrics(file, self.folder).items():
                if owners.get(code) == _NAMES[file.script]:
                    found[chr(code)] = max(width, found.get(chr(code), 0.0))
        return found

    def ready(self) -> Path:
        """The folder of its fonts made ready, for what sets text."""
        for one in self.files:
            _ready(one, self.folder)
        return self.folder


def typeface_of(themed: WorkspaceTheme, root: Path) -> Typeface | None:
    """The fonts of a theme; None where it has none. `root`: of the workspace."""
    if not themed.fonts:
        return None
    told = "\n".join((str(_READY), *(f"{one.script} {one.weight} {one.sha256}" for one in themed.fonts)))
    return Typeface(themed.fonts, root / FOLDER / hashlib.sha256(told.encode()).hexdigest()[:32])


@lru_cache(maxsize=4)
def _owners(face: Typeface, *, english: bool = False) -> dict[int, str]:
    """Which family sets a code point: one that has it in every weight, letters that of Latin before the other, and in
    `english` texts their marks."""
    found: dict[int, str] = {}
    latin = _OF_ENGLISH if english else _OF_LATIN
    for script in ("chinese", "latin"):
        sets = [_metrics(one, face.folder).keys() for one in face.files if one.script == script]
        has = frozenset.intersection(*map(frozenset, sets)) if sets else frozenset()
        for code in has:
            if script == "chinese" or latin.match(chr(code)):
                found[code] = _NAMES[script]
    return found


@lru_cache(maxsize=12)
def _metrics(file: FontFile, folder: Path) -> dict[int, float]:
    """Widths of a font's characters, of their size, by code point."""
    from fontTools.ttLib import TTFont

    path = _ready(file, folder)
    try:
        with TTFont(path, lazy=True) as font:
            grid, advances = font["head"].unitsPerEm, font["hmtx"]
            return {code: advances[name][0] / grid for code, name in font.getBestCmap().items()}
    except Exception as error:  # of fontTools, on what was made ready and has changed since
        raise PublicationError(
            f"theme.yaml: the font {file.path.name} as it was made ready in {FOLDER}/ is broken. Delete that folder."
        ) from error


def _ready(file: FontFile, folder: Path) -> Path:
    """The font as it is published, made where it is not there yet: named as pages name it, of its declared weight,
    without what does not draw."""
    path = folder / f"{file.script}-{file.weight}.ttf"
    if not path.is_file():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        atomic.write(path, _made_ready(file))
    return path


def _made_ready(file: FontFile) -> bytes:
    from fontTools.ttLib import TTFont

    content = file.path.read_bytes()
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise PublicationError(
            f"theme.yaml: the font {file.path.name} has changed since it was checked. Run the command again."
        )
    try:
        font = TTFont(io.BytesIO(contained(content)), recalcTimestamp=False, recalcBBoxes=False)
        drawn = font.getBestCmap()
        check_outlines(font, [drawn[one] for one in sorted(required_of(file.script))])
        check_layout(font)
        font.flavor = None
        for tag in [one for one in font.keys() if one not in _TABLES and one != "GlyphOrder"]:  # noqa: SIM118
            del font[tag]
        _without_programs(font)
        _rename(font, file)
        made = io.BytesIO()
        font.save(made, reorderTables=False)
    except Exception as error:  # of fontTools, on a table that the check had no need to read
        raise PublicationError(
            f"theme.yaml: the font {file.path.name} is broken: it cannot be made ready for pages. Take a whole file."
        ) from error
    return made.getvalue()


def _without_programs(font: Any) -> None:
    """Hints of TrueType are programs; pages are drawn without them."""
    if "glyf" in font:
        for name in font.getGlyphOrder():
            font["glyf"][name].removeHinting()


def _rename(font: Any, file: FontFile) -> None:
    """Names that are published: the family as pages call it, the PostScript name, whose it is; nothing personal."""
    names, bold = font["name"], file.weight > 400
    kept = [
        one for one in names.names if one.nameID in _LEGAL and not _PERSONAL.search(one.toUnicode("replace"))
    ]
    names.names = kept
    style = "Bold" if bold else "Regular"
    family = _NAMES[file.script]
    for id_, words in ((1, family), (2, style), (4, f"{family} {style}"), (6, file.postscript)):
        names.setName(words, id_, 3, 1, 0x409)
    font["OS/2"].usWeightClass = file.weight
    font["OS/2"].fsSelection = font["OS/2"].fsSelection & ~0x61 | (0x20 if bold else 0x40)
    font["head"].macStyle = 1 if bold else 0


def subset(face: Typeface, file: FontFile, characters: str, english: bool = False) -> bytes:
    """WOFF2 of those of the characters that the font sets, in texts of both languages or in `english` ones; empty where
    that is none."""
    from fontTools import subset as subsetting
    from fontTools.ttLib import TTFont

    owners, name = _owners(face, english=english), _NAMES[file.script]
    wanted = [ord(one) for one in characters if owners.get(ord(one)) == name]
    if not wanted:
        return b""
    options = subsetting.Options(
        layout_features=["kern", "palt", "halt", "vhal", "chws", "tnum", "lnum"], notdef_outline=True, hinting=False,
        name_IDs=["*"], name_legacy=True, name_languages=["*"],
    )  # fmt: skip
    options.flavor = "woff2"
    made = io.BytesIO()
    try:
        font = TTFont(_ready(file, face.folder), recalcTimestamp=False, lazy=True)
        worker = subsetting.Subsetter(options)
        worker.populate(unicodes=wanted)
        worker.subset(font)
        subsetting.save_font(font, made, options)
    except Exception as error:  # of fontTools, on a glyph or a rule that the check had no need to read
        raise PublicationError(
            f"theme.yaml: the font {file.path.name} is broken: it cannot be cut down to a page. Take a whole file."
        ) from error
    return made.getvalue()
