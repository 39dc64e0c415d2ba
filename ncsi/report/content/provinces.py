"""The provinces of China as tiles: where each stands for reading, and how a wave's areas are known as provinces.

No boundary is drawn: a tile's place is a convention for reading, without area or border.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ncsi.report.text import Pair
from ncsi.spec.territory import provinces as territory


@dataclass(frozen=True, slots=True)
class Province:
    """A province: its code of GB/T 2260 (two digits), its short names, the column and row of its tile."""

    code: str
    name: Pair
    column: int
    row: int


_PLACES = {
    "23": (6, 0),
    "22": (6, 1),
    "65": (0, 2), "62": (1, 2), "64": (2, 2), "15": (3, 2), "11": (4, 2), "12": (5, 2), "21": (6, 2),
    "63": (1, 3), "61": (2, 3), "14": (3, 3), "13": (4, 3), "37": (5, 3),
    "54": (0, 4), "51": (1, 4), "50": (2, 4), "41": (3, 4), "34": (4, 4), "32": (5, 4), "31": (6, 4),
    "53": (1, 5), "52": (2, 5), "42": (3, 5), "36": (4, 5), "33": (5, 5),
    "45": (2, 6), "43": (3, 6), "44": (4, 6), "35": (5, 6), "71": (6, 6),
    "46": (2, 7), "82": (3, 7), "81": (4, 7),
}  # fmt: skip
"""Column and row of each one's tile, by code."""
_NAMES = {one.code: Pair(one.zh, one.en) for one in territory.PROVINCES}
PROVINCES = tuple(Province(code, _NAMES[code], *place) for code, place in _PLACES.items())
"""All 34, those that a wave does not survey too."""
_BY_CODE = {one.code: one for one in PROVINCES}


def provinces_of(labels: Mapping[str, str]) -> dict[str, Province]:
    """The provinces that areas are, by area; empty unless each is one and none is there twice.

    `labels`: the Chinese label of each area by its id, which may be short (广东) or full (广东省); an id of GB/T 2260
    (44, 440000) or ISO 3166-2 (CN-44) names a province too.
    """
    found: dict[str, Province] = {}
    for area, label in labels.items():
        one = territory.by_code(area) or territory.by_name(label)
        if one is None or _BY_CODE[one.code] in found.values():
            return {}
        found[area] = _BY_CODE[one.code]
    return found
