"""Rules of a font for its layout: read once within bounds, as a few bytes can lead to the same ones a billion times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ncsi.spec.font_outlines import Costly

TABLES = ("GDEF", "BASE", "GSUB", "GPOS")
_RULES, _GLYPHS = 400_000, 8_000_000
"""Parts that a font's rules are made of, and glyphs that these name: of the largest Chinese fonts a tenth."""


def check_layout(font: Any) -> None:
    """Read all rules of a fontTools font. Raises Costly, and what fontTools raises of broken ones."""
    from fontTools.ttLib.tables import otTables

    left = _Left(_RULES, _GLYPHS)
    reader, named = _reader(left), _Named(font, left)
    for tag in TABLES:
        if tag in font:
            getattr(otTables, tag)().decompile(reader(bytes(font.reader[tag]), tableTag=tag), named)


@dataclass(slots=True)
class _Left:
    """What may still be read."""

    rules: int
    glyphs: int

    def spend(self, rules: int = 0, glyphs: int = 0) -> None:
        self.rules -= rules
        self.glyphs -= glyphs
        if self.rules < 0 or self.glyphs < 0:
            raise Costly("rules for its layout that lead to themselves again and again")


def _reader(left: _Left) -> Any:
    """The class of what fontTools reads tables of rules with, which counts the parts that it is led to."""
    from fontTools.ttLib.tables.otBase import OTTableReader

    class Reader(OTTableReader):  # type: ignore[misc]
        def getSubReader(self, offset: int) -> Any:
            left.spend(rules=1)
            return super().getSubReader(offset)

        def __getitem__(self, name: str) -> Any:
            left.spend(glyphs=4)  # a pair of glyphs may be of no bytes, and asks what it holds
            return super().__getitem__(name)

        def readArray(self, typecode: str, staticSize: int, count: int) -> Any:
            left.spend(glyphs=count)
            return super().readArray(typecode, staticSize, count)

    return Reader


class _Named:
    """The font, which counts the glyphs that it is asked for. fontTools takes its names."""

    lazy = False

    def __init__(self, font: Any, left: _Left) -> None:
        self._font, self._left = font, left

    def __getattr__(self, name: str) -> Any:
        return getattr(self._font, name)

    def __getitem__(self, tag: str) -> Any:
        return self._font[tag]

    def __contains__(self, tag: str) -> bool:
        return tag in self._font

    def getGlyphName(self, glyph: int) -> Any:
        self._left.spend(glyphs=1)
        return self._font.getGlyphName(glyph)

    def getGlyphNameMany(self, glyphs: Any) -> Any:
        self._left.spend(glyphs=len(glyphs))
        return self._font.getGlyphNameMany(glyphs)
