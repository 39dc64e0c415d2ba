"""Beside the index: shares and scores, sub-indices, brands that are modelled and not measured."""

from __future__ import annotations

import pandas as pd

from ncsi.report import text
from ncsi.report.content.grid import Cell, Grid, cell, grid
from ncsi.report.text import Pair, phrase
from ncsi.report.types import ReleaseSpec, records
from ncsi.spec import Instrument

Tables = dict[str, pd.DataFrame]
_WHOLE = ""
"""The brand of rows about the sector as a whole."""


def beside(own: Tables, spec: ReleaseSpec, sector_id: str) -> list[Grid]:
    """A sector's tables beside the index."""
    instrument = spec.instruments[sector_id]
    brands = {one.id: text.pair(one.label) for one in spec.wave.sector(sector_id).brands}
    return [
        subindices(own, instrument, brands),
        measures(own, instrument, brands),
        modelled(own, spec, sector_id),
    ]


def measures(own: Tables, instrument: Instrument, brands: dict[str, Pair]) -> Grid:
    """Top-two box, NPS, complaint rate and the like: the sector, then `brands`, one column a measure."""
    table = own["out_measures_by_brand"]
    labels = {item.id: text.pair(item.label) for item in instrument.items}
    keys = list(dict.fromkeys(zip(table["measure"], table["item"], strict=True)))
    heads = [_head(measure, labels[item], [one for one, _ in keys]) for measure, item in keys]
    figures = {
        (one["brand"], one["measure"], one["item"]): _figure(one, "" if one["measure"] == "nps" else "%")
        for one in records(table)
    }
    rows = [
        [cell(name), *(figures.get((brand, *key), cell(text.NONE)) for key in keys)]
        for brand, name in _units(table, brands)
    ]
    return grid("measures", ["brand", *heads], rows, phrase("measures_note"))


def subindices(own: Tables, instrument: Instrument, brands: dict[str, Pair]) -> Grid:
    """The sub-indices that the instrument declares: the sector, then `brands`."""
    table = own["out_subindex_by_brand"]
    declared = [one for one in instrument.subindices if one.id in set(table["subindex"])]
    figures = {(one["brand"], one["subindex"]): _figure(one) for one in records(table)}
    rows = [
        [cell(name), *(figures.get((brand, one.id), cell(text.NONE)) for one in declared)]
        for brand, name in _units(table, brands)
    ]
    return grid("subindices", ["brand", *(text.pair(one.label) for one in declared)], rows)


def modelled(own: Tables, spec: ReleaseSpec, sector_id: str) -> Grid:
    """Brands below the threshold whose index is modelled; it is said that it is no measurement."""
    labels = {one.id: text.pair(one.label) for one in spec.wave.sector(sector_id).brands}
    rows = [
        [
            cell(labels[one["brand"]]),
            cell(text.number(one["modelled_0_100"]), text.interval(one["low"], one["high"])),
            cell(text.count(one["n"])),
        ]
        for one in records(own["out_modelled_by_brand"])
    ]
    return grid("modelled", ("brand", "modelled_index", "sample"), rows, phrase("modelled_note"))


def _units(table: pd.DataFrame, brands: dict[str, Pair]) -> list[tuple[str, Pair]]:
    """The sector and those of the brands that have rows, with their names."""
    measured = set(table["brand"])
    named = [(_WHOLE, phrase("whole_sector")), *brands.items()]
    return [(brand, name) for brand, name in named if brand in measured]


def _head(measure: str, item: Pair, all_measures: list[str]) -> Pair:
    """The measure; with its item where several items have it."""
    name = phrase(f"measure_{measure}")
    if all_measures.count(measure) == 1:
        return name
    return {"zh": f"{name['zh']}：{item['zh']}", "en": f"{name['en']}: {item['en']}"}


def _figure(one: dict[str, float], unit: str = "") -> Cell:
    value = one["estimate"] if "estimate" in one else one["index_0_100"]
    if pd.isna(value):
        return cell(text.NONE)
    return cell(text.number(value) + unit, text.interval(one["low"], one["high"]))
