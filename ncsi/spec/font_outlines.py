"""Outlines of a font: each can be read, and none is built so that drawing it would take for ever."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_PARTS, _CALLS, _POINTS = 400, 4000, 20_000
"""Of one glyph: glyphs that it is put together of, subroutines that it calls, points."""


class Costly(Exception):
    """A glyph would take too long to draw."""


def check_outlines(font: Any, names: Iterable[str]) -> None:
    """Read the outlines of glyphs of a fontTools font. Raises Costly, and what fontTools raises of broken ones."""
    if "glyf" in font:
        _check_simple(font["glyf"], names)
    else:
        _check_charstrings(font["CFF "].cff, names)


def _check_simple(glyf: Any, names: Iterable[str]) -> None:
    """A glyph may be of others, these of others again: each is counted once, and what it comes to is summed."""
    sizes: dict[str, int] = {}

    def parts(name: str, above: tuple[str, ...]) -> int:
        if name in above or len(above) > 8:
            raise Costly("a glyph that is put together of others, and these of others again, without end")
        if name not in sizes:
            glyph = glyf[name]
            if glyph.isComposite():
                sizes[name] = 1 + sum(parts(one.glyphName, (*above, name)) for one in glyph.components)
            else:
                if glyph.numberOfContours > 0 and len(glyph.getCoordinates(glyf)[0]) > _POINTS:
                    raise Costly(f"a glyph of more than {_POINTS} points")
                sizes[name] = 1
        if sizes[name] > _PARTS:
            raise Costly(f"a glyph of more than {_PARTS} parts")
        return sizes[name]

    for one in names:
        parts(one, ())


def _check_charstrings(cff: Any, names: Iterable[str]) -> None:
    from fontTools.misc.psCharStrings import T2WidthExtractor

    class Counting(T2WidthExtractor):  # type: ignore[misc]
        """Runs a charstring, and counts the subroutines that it calls."""

        calls = 0

        def execute(self, charstring: Any) -> None:
            self.calls += 1
            if self.calls > _CALLS:
                raise Costly(f"a glyph that calls more than {_CALLS} subroutines")
            super().execute(charstring)

    top = cff.topDictIndex[0]
    strings = top.CharStrings
    for name in names:
        one = strings[name]
        private = one.private
        local = getattr(private, "Subrs", [])
        Counting(local, one.globalSubrs, private.nominalWidthX, private.defaultWidthX, private).execute(one)
