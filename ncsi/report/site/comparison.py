"""What the site compares two waves by: their figures as released, and the tests that no release prints."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from ncsi.report import text
from ncsi.report.result_rows import records
from ncsi.report.site.shelf import REVISED, Figures, Shelved
from ncsi.report.text import NONE
from ncsi.results.published_changes import changes_between

Cells = tuple[str | int | float | None, ...]
Tested = tuple[float, bool]


@dataclass(frozen=True, slots=True)
class WaveFigures:
    """By sector: index, low, high, n, rank, rank set; change, low, high, verdict against `previous`."""

    sectors: Mapping[str, Cells]
    previous: str
    changes: Mapping[str, Cells]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the page compares two waves by: their figures, and what was tested of them; it tests nothing itself.

    `pairs`: by the later wave, the earlier and the sector, half the interval of the change and whether it is
    significant, None over a break; without the changes that the later release prints, unless the earlier wave was
    revised since.
    """

    waves: Mapping[str, WaveFigures]
    pairs: Mapping[str, Mapping[str, Mapping[str, Tested | None]]]


def comparison(shelved: list[Shelved]) -> Comparison:
    """Of all releases, at the level of the latest."""
    level, frames = shelved[-1].about.level, {one.wave: _frame(one) for one in shelved}
    figures = {one.wave: _wave_figures(one) for one in shelved}
    pairs: dict[str, dict[str, dict[str, Tested | None]]] = {wave: {} for wave in frames}
    for before, now in combinations(frames, 2):
        if figures[now].previous != before:
            pairs[now][before] = _tested(changes_between(frames[now], frames[before], level))
    return Comparison(figures, pairs)


def _frame(one: Shelved) -> pd.DataFrame:
    rows = [
        (key, one.instruments.get(key, ""), figures.index_0_100, figures.se, figures.df)
        for key, figures in one.sectors.items()
    ]
    return pd.DataFrame(rows, columns=["sector", "instrument", "index_0_100", "se", "df"])


def _tested(table: pd.DataFrame) -> dict[str, Tested | None]:
    return {
        row["sector"]: None
        if row["verdict"] == "trend_break"
        else (round((row["high"] - row["low"]) / 2, 4), row["verdict"] != "no_significant_change")
        for row in records(table)
    }


def _wave_figures(one: Shelved) -> WaveFigures:
    standing = {key: change for key, change in one.changes.items() if change.verdict != REVISED}
    return WaveFigures(
        {key: _sector_cells(figures, one, key) for key, figures in one.sectors.items()},
        next((change.previous for change in standing.values()), ""),
        {
            key: (*(_rounded(end) for end in (change.change, change.low, change.high)), change.verdict)
            for key, change in standing.items()
        },
    )


def _sector_cells(figures: Figures, one: Shelved, key: str) -> Cells:
    place = one.ranks.get(key)
    ranked: Cells = (place.rank, text.ranks(place.rank_low, place.rank_high)) if place else (None, NONE)
    index = (_rounded(end) for end in (figures.index_0_100, figures.low, figures.high))
    return (*index, figures.n, *ranked)


def _rounded(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 8)
