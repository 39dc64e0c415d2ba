"""Provinces as readers find them: a tile for each, and what a map of them says in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ncsi.report import text
from ncsi.report.content.provinces import PROVINCES
from ncsi.report.result_rows import Against, AreaIndex
from ncsi.report.text import Pair, phrase
from ncsi.spec.territory.sheet import ProvinceMap

State = Literal["above", "below", "level", "none"]
MARKS: Mapping[str, str] = {"above": "▲", "below": "▼"}


@dataclass(frozen=True, slots=True)
class Tile:
    """A province in the grid, by its code of GB/T 2260; `state`: none where it is not published or not surveyed;
    `hidden`: people were asked there, and no figure is shown; `indicative`: its figure is of few."""

    code: str
    name: Pair
    value: Pair
    state: State
    mark: str
    hidden: bool
    column: int
    row: int
    indicative: bool = False


def tiles_of(
    figures: Mapping[str, AreaIndex],
    states: Mapping[str, Against],
    surveyed: Collection[str],
    indicative: Collection[str] = (),
) -> tuple[Tile, ...]:
    """A tile for each province, by their codes; of one without a figure, it says whether it was `surveyed`."""
    made = []
    for one in PROVINCES:
        row, state = figures.get(one.code), states.get(one.code)
        if row is None:
            value = phrase("tile_too_few" if one.code in surveyed else "tile_not_surveyed")
        else:
            value = phrase("tile_withheld") if state is None else text.same(text.number(row.index_0_100))
        hidden = state is None and (row is not None or one.code in surveyed)
        mark = MARKS.get(state or "", "")
        few = state is not None and one.code in indicative
        made.append(Tile(one.code, one.name, value, state or "none", mark, hidden, one.column, one.row, few))
    return tuple(made)


def map_in_words(name: Pair, tiles: Sequence[Tile]) -> Pair:
    """What a map of the provinces shows, for who does not see it."""
    named = {
        key: [one.name for one in tiles if one.state == state and one.hidden == hidden]
        for key, state, hidden in (
            ("map_above", "above", False), ("map_below", "below", False), ("map_hidden", "none", True)
        )
    }  # fmt: skip
    level = sum(one.state == "level" for one in tiles)
    unknown = sum(one.state == "none" and not one.hidden for one in tiles)
    told = [phrase(key, names=text.joined(names)) for key, names in named.items() if names]
    few = [one.name for one in tiles if one.indicative]
    told += [phrase("map_indicative", names=text.joined(few))] if few else []
    told += [phrase(key, k=k) for key, k in (("map_level", level), ("map_unknown", unknown)) if k]
    return phrase("map_alt", name=name, told=text.clauses(told))


def approval_line(drawn: ProvinceMap) -> Pair:
    """The number that the map was approved by and where it is from: printed wherever it is shown."""
    return phrase("map_approval", number=drawn.approval, source=text.pair(drawn.source))
