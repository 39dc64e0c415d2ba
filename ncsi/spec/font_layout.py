"""Rules of a font for its layout: read once within bounds, as a few bytes can lead to the same rules a billion times."""

from __future__ import annotations

from typing import Any

from ncsi.spec.font_outlines import Costly

TABLES = ("GDEF", "BASE", "GSUB", "GPOS")
_RULES, _GLYPHS = 400_000, 8_000_000
"""Parts that a font's rules are made of, and glyphs that these name: of the largest Chinese fonts a tenth."""


def check_layout(font: Any) -> None:
    """Read all rules of a fontTools font. Raises Costly, and what fontTools raises of broken ones."""
    from fontTools.ttLib.tables import otTables
    from fontTools.ttLib.tables.otBase import OTTableReader

    left = {"parts": _RULES, "glyphs": _GLYPHS}

    def spend(what: str, many: int) -> None:
        left[what] -= many
        if left[what] < 0:
            raise Costly("rules for its layout that lead to themselves again and again")

    class Reader(OTTableReader):  # type: ignore[misc]
        """Counts the parts that it is led to."""

        def getSubReader(self, offset: int) -> Any:  # noqa: N802 - fontTools calls it so
            spend("parts", 1)
            return super().getSubReader(offset)

        def __getitem__(self, name: str) -> Any:
            spend("glyphs", 4)  # a pair of glyphs may be of no bytes, and asks what it holds
            return super().__getitem__(name)

        def readArray(self, typecode: str, staticSize: int, count: int) -> Any:  # noqa: N802, N803
            spend("glyphs", count)
            return super().readArray(typecode, staticSize, count)

    class Named:
        """The font, which counts the glyphs that it is asked for."""

        lazy = False

        def __getattr__(self, name: str) -> Any:
            return getattr(font, name)

        def __getitem__(self, tag: str) -> Any:
            return font[tag]

        def __contains__(self, tag: str) -> bool:
            return tag in font

        def getGlyphName(self, glyph: int) -> Any:  # noqa: N802
            spend("glyphs", 1)
            return font.getGlyphName(glyph)

        def getGlyphNameMany(self, glyphs: Any) -> Any:  # noqa: N802
            spend("glyphs", len(glyphs))
            return font.getGlyphNameMany(glyphs)

    for tag in TABLES:
        if tag in font:
            getattr(otTables, tag)().decompile(Reader(bytes(font.reader[tag]), tableTag=tag), Named())
