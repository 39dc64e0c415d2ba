"""What to improve: a sector's priorities, what a rise would bring, common faults, its brands' short boards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import pandas as pd

from ncsi.model.inference.advice import most_urgent, put_first
from ncsi.report import text
from ncsi.report.content.grids import Cell, Grid, cell, grid
from ncsi.report.content.labels import Words, item_labels, ranked_brands, scored, unit_words
from ncsi.report.evidence_rows import CommonFault
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.result_rows import Gap, ItemDriver, Tables, WhatIf, read, read_by
from ncsi.report.text import NONE, NOTHING, Pair, phrase, share
from ncsi.spec import Instrument
from ncsi.tables import OUT_DRIVERS_BY_ITEM, OUT_FAULTS, OUT_GAPS, OUT_WHATIF

_TOP = 8


@dataclass(frozen=True, slots=True, eq=False)
class Advice:
    """A sector's rows of out_drivers_by_item in the order of advice, and the items that may be put first."""

    items: pd.DataFrame
    first: frozenset[str]

    @classmethod
    def of(cls, own: Tables) -> Self:
        """From the tables of the sector."""
        drivers = own[OUT_DRIVERS_BY_ITEM.name]
        return cls(most_urgent(drivers), put_first(drivers))

    @property
    def ordered(self) -> list[str]:
        """The items that may be put first, the most urgent first."""
        return [one for one in self.items["item"].tolist() if one in self.first]


def improvements(own: Tables, spec: ReleaseSpec, sector: str, level: str, advice: Advice) -> tuple[Grid, ...]:
    """A sector's tables; `level` of the intervals in per cent."""
    instrument = spec.instruments[sector]
    return (
        _priorities(advice, instrument),
        _what_if(own, instrument, level, advice),
        _faults(own, instrument, unit_words(spec, sector)),
        _short_boards(own, instrument, ranked_brands(own, spec, sector), unit_words(spec, sector)),
    )


def of_scores(table: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    """A table by item without its yes/no questions."""
    return table[table["item"].isin(scored(instrument))]


def _priorities(advice: Advice, instrument: Instrument) -> Grid:
    """The items that may be put first, in the order of advice."""
    labels = item_labels(instrument)
    chosen = advice.items[advice.items["item"].isin(advice.first)]
    rows = [
        [
            cell(labels[one.item]),
            cell(text.number(one.importance, 2), text.interval(one.importance_low, one.importance_high, 2)),
            cell(text.number(one.performance), text.interval(one.performance_low, one.performance_high)),
        ]
        for one in read(ItemDriver, chosen.head(_TOP))
    ]
    note = phrase("priorities_note", undeclared=undeclared(instrument))
    return grid("priorities", ("item", "importance", "performance"), rows, note)


def undeclared(instrument: Instrument) -> Pair:
    """That the questionnaire does not say what can be acted on; nothing where it does."""
    return NOTHING if instrument.declares_actionable else phrase("undeclared_levers")


def _what_if(own: Tables, instrument: Instrument, level: str, advice: Advice) -> Grid:
    """What a rise of each actionable item would bring the target index, by the model; in the order of advice."""
    labels, drivers = item_labels(instrument), advice.items
    quadrants = dict(zip(drivers["item"], drivers["quadrant"], strict=True))
    effects = read_by("item", WhatIf, of_scores(own[OUT_WHATIF.name], instrument))
    levers = [one for one in drivers.loc[drivers["actionable"].astype(bool), "item"] if one in effects]
    rows = [
        [
            cell(labels[one.item]),
            cell(phrase(quadrants[one.item])),
            cell(text.number(one.mean_0_100)),
            cell(text.signed(one.step)),
            cell(text.signed(one.gain, 2), text.interval(one.gain_low, one.gain_high, 2)),
            cell(text.number(one.index_after_0_100)),
        ]
        for one in map(effects.__getitem__, levers[:_TOP])
    ]
    heads = ("item", "quadrant", "mean", "what_if_step", "what_if_gain", "what_if_after")
    return grid("what_if", heads, rows, phrase("what_if_note", level=level), wide=(0, 1))


def _faults(own: Tables, instrument: Instrument, words: Words) -> Grid:
    labels, table = item_labels(instrument), of_scores(own[OUT_FAULTS.name], instrument)
    found = table[table["common_fault"].astype(bool)].sort_values("share_below", ascending=False)
    rows = [
        [
            cell(labels[one.item]),
            cell(share(one.share_below)),
            cell(text.number(one.sector_mean_0_100)),
            cell(text.number(one.national_mean_0_100)),
        ]
        for one in read(CommonFault, found)
    ]
    heads = ("item", phrase("fault_share", **words), "fault_sector", "fault_nation")
    return grid("faults", heads, rows, phrase("faults_note", **words))


def _short_boards(own: Tables, instrument: Instrument, brands: Mapping[str, Pair], words: Words) -> Grid:
    """Each brand's strengths and short boards: items significantly above and below the sector's mean."""
    labels, table = item_labels(instrument), of_scores(own[OUT_GAPS.name], instrument)
    gaps = read(Gap, table.sort_values("gap_mean"))
    of_brands = {brand: [one for one in gaps if one.brand == brand] for brand in brands}
    rows = [
        [
            cell(brands[brand]),
            _named([labels[one.item] for one in reversed(found) if one.verdict == "strength"]),
            _named([labels[one.item] for one in found if one.verdict == "short_board"]),
        ]
        for brand, found in of_brands.items()
        if found
    ]
    heads = (phrase("unit_name", **words), "strength", "short_board")
    note = phrase("short_boards_note", **words)
    return grid("short_boards", heads, rows, note, wide=(0, 1, 2), **words)


def _named(items: Sequence[Pair]) -> Cell:
    return cell(text.named(items) if items else NONE)
