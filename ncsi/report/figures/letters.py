"""How wide texts of charts are, in the font that these are set in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from unicodedata import east_asian_width

from ncsi.report.look import Look
from ncsi.report.text import Pair
from ncsi.report.typeface import Typeface

_NARROW = 0.56
"""Of our font, how wide a letter is on average, of its size; a Chinese character is as wide as its size."""


@dataclass(frozen=True, slots=True)
class Letters:
    """Of a publisher's fonts the `widths` of characters, of their size, in the widest weight; none: our font, whose
    letters are taken to be of one width."""

    widths: Mapping[str, float] = field(default_factory=dict)

    def width_of(self, words: str, size: float) -> float:
        """How wide a text is, in the unit of `size`, rather too much than too little."""
        return size * sum(self.widths.get(one) or _usual(one) for one in words)

    def fitting(self, words: str, size: float, room: float, average: float = _NARROW) -> float:
        """The largest size up to `size` at which a text is no wider than `room`; `average`: of a letter of ours."""
        if not self.widths:
            return min(size, room / (average * max(len(words), 1)))
        return self.shrunk(words, size, room)

    def shrunk(self, words: str, size: float, room: float) -> float:
        """The largest size up to `size` at which a text is no wider than `room`, by the width of each of its
        characters."""
        return min(size, room / max(self.width_of(words, 1.0), 1e-9))

    def within(self, forms: Pair | tuple[str, ...], size: float, room: float) -> float:
        """The size, smaller where a publisher's letters would need more room than there is; ours have it."""
        if not self.widths:
            return size
        return min([size, *(self.fitting(one, size, room) for one in forms if one)])


OURS = Letters()
"""Those of our font."""


def letters_of(look: Look) -> Letters:
    """Those of a look."""
    return OURS if look.typeface is None else _own(look.typeface)


@lru_cache(maxsize=4)
def _own(typeface: Typeface) -> Letters:
    return Letters(typeface.widths())


def _usual(one: str) -> float:
    return 1.0 if east_asian_width(one) in "WF" else _NARROW
