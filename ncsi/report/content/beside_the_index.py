"""Beside the index: shares and scores, sub-indices."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ncsi.report import text
from ncsi.report.content.grids import Cell, Grid, cell, grid
from ncsi.report.content.labels import item_labels, ranked_brands, unit_words
from ncsi.report.evidence_rows import Measure, SubIndex
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.result_rows import Tables, read
from ncsi.report.text import NONE, Pair, each, phrase
from ncsi.spec import Instrument
from ncsi.tables import OUT_MEASURES, OUT_SUBINDEX

_WHOLE = ""
"""The brand of rows about the sector as a whole."""
_MEAN = "mean"
_SEPARATED = {"zh": "{}：{}", "en": "{}: {}"}


def beside(own: Tables, spec: ReleaseSpec, sector: str) -> tuple[Grid, ...]:
    """A sector's tables beside the index."""
    instrument, brands = spec.instruments[sector], ranked_brands(own, spec, sector)
    unit = phrase("unit_name", **unit_words(spec, sector))
    return (
        subindices(own, instrument, brands, unit),
        shares_and_scores(own, instrument, brands, unit),
        *means(own, instrument),
    )


def shares_and_scores(own: Tables, instrument: Instrument, brands: Mapping[str, Pair], unit: Pair) -> Grid:
    """Top-two box, NPS, complaint rate and the like: the sector, then `brands`, one column per measure."""
    table, labels = own[OUT_MEASURES.name], _questions(instrument)
    table = table[table["measure"] != _MEAN]
    keys = list(dict.fromkeys(zip(table["measure"], table["item"], strict=True)))
    heads = [_head(measure, labels[item], [one for one, _ in keys]) for measure, item in keys]
    figures = {
        (one.brand, one.measure, one.item): _figure(
            one.estimate, one.low, one.high, "" if one.measure == "nps" else "%"
        )
        for one in read(Measure, table)
    }
    rows = [
        [cell(name), *(figures.get((brand, *key), cell(NONE)) for key in keys)]
        for brand, name in _units(table, brands)
    ]
    told = {one for one, _ in keys}
    notes = [phrase("measures_note_share")]
    notes += [phrase(f"measures_note_{one}") for one in ("nps", "complaint_rate") if one in told]
    return grid("measures", [unit, *heads], rows, text.sentences(notes))


def means(own: Tables, instrument: Instrument) -> tuple[Grid, ...]:
    """Means of questions for the sector, a row each; those of its units stand in the files and in the indices made of
    them. None where the instrument declares none."""
    table, labels = own[OUT_MEASURES.name], _questions(instrument)
    told = read(Measure, table[(table["measure"] == _MEAN) & (table["brand"] == _WHOLE)])
    if not told:
        return ()
    rows = [[cell(labels[one.item]), _figure(one.estimate, one.low, one.high)] for one in told]
    return (grid("question_means", ("question", "mean_0_100"), rows, phrase("question_means_note")),)


def subindices(own: Tables, instrument: Instrument, brands: Mapping[str, Pair], unit: Pair) -> Grid:
    """The sub-indices that the instrument declares: the sector, then `brands`."""
    table = own[OUT_SUBINDEX.name]
    declared = [one for one in instrument.subindices if one.id in set(table["subindex"])]
    figures = {
        (one.brand, one.subindex): _figure(one.index_0_100, one.low, one.high)
        for one in read(SubIndex, table)
    }
    rows = [
        [cell(name), *(figures.get((brand, one.id), cell(NONE)) for one in declared)]
        for brand, name in _units(table, brands)
    ]
    return grid("subindices", [unit, *(text.pair(one.label) for one in declared)], rows)


def _questions(instrument: Instrument) -> dict[str, Pair]:
    """Questions in and beside the model, by id."""
    return item_labels(instrument) | {one.id: text.pair(one.label) for one in instrument.beside}


def _units(table: pd.DataFrame, brands: Mapping[str, Pair]) -> list[tuple[str, Pair]]:
    """The sector and those of the brands that have rows, with their names."""
    measured = set(table["brand"])
    named = [(_WHOLE, phrase("whole_sector")), *brands.items()]
    return [(brand, name) for brand, name in named if brand in measured]


def _head(measure: str, item: Pair, all_measures: list[str]) -> Pair:
    """The measure; with its item where several items have it."""
    name = phrase(f"measure_{measure}")
    if all_measures.count(measure) == 1:
        return name
    return each(lambda language: _SEPARATED[language].format(name.of(language), item.of(language)))


def _figure(value: float, low: float, high: float, unit: str = "") -> Cell:
    return cell(NONE) if pd.isna(value) else cell(text.number(value) + unit, text.interval(low, high))
