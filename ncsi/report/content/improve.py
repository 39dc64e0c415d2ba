"""Where a sector should improve: items that matter and score low, what a rise would bring, common faults."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ncsi.report import text
from ncsi.report.content.grid import Cell, Grid, cell, grid, share
from ncsi.report.content.shared import scored
from ncsi.report.text import Pair, phrase
from ncsi.report.types import ReleaseSpec, records
from ncsi.spec import Instrument

Tables = dict[str, pd.DataFrame]
_TOP = 8
_NAMED = 4


def improvements(own: Tables, spec: ReleaseSpec, sector_id: str, level: str) -> list[Grid]:
    """Tables of a sector's priorities, what-if, common faults, brands' strengths and short boards."""
    instrument = spec.instruments[sector_id]
    brands = {brand.id: text.pair(brand.label) for brand in spec.wave.sector(sector_id).brands}
    return [
        priorities(own, instrument),
        what_if(own, instrument, level),
        _faults(own, instrument),
        _short_boards(own, instrument, brands),
    ]


def _labels(instrument: Instrument) -> dict[str, Pair]:
    return {item.id: text.pair(item.label) for item in instrument.items}


def _of_scored(table: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    return table[table["item"].isin(scored(instrument))]


def priorities(own: Tables, instrument: Instrument) -> Grid:
    """Items that matter more than the average and score below it, the most important first."""
    labels, table = _labels(instrument), own["out_drivers_by_item"]
    chosen = table[table["quadrant"] == "improve_first"].sort_values("importance", ascending=False)
    rows = [
        [
            cell(labels[one["item"]]),
            cell(
                text.number(one["importance"], 2),
                text.interval(one["importance_low"], one["importance_high"], 2),
            ),
            cell(
                text.number(one["performance"]),
                text.interval(one["performance_low"], one["performance_high"]),
            ),
        ]
        for one in records(chosen.head(_TOP))
    ]
    heads = ("item", "importance", "performance")
    return grid("priorities", heads, rows, phrase("priorities_note"))


def what_if(own: Tables, instrument: Instrument, level: str) -> Grid:
    """The items whose rise would bring the target index the most, by the model."""
    labels, table = _labels(instrument), _of_scored(own["out_whatif_by_item"], instrument)
    best = table.sort_values("gain", ascending=False, kind="stable").head(_TOP)
    rows = [
        [
            cell(labels[one["item"]]),
            cell(text.number(one["mean_0_100"])),
            cell(text.signed(one["step"])),
            cell(text.signed(one["gain"], 2), text.interval(one["gain_low"], one["gain_high"], 2)),
            cell(text.number(one["index_after_0_100"])),
        ]
        for one in records(best)
    ]
    heads = ("item", "mean", "what_if_step", "what_if_gain", "what_if_after")
    return grid("what_if", heads, rows, phrase("what_if_note", level=level))


def _faults(own: Tables, instrument: Instrument) -> Grid:
    labels, table = _labels(instrument), _of_scored(own["out_common_faults_by_item"], instrument)
    found = table[table["common_fault"].astype(bool)].sort_values("share_below", ascending=False)
    rows = [
        [
            cell(labels[one["item"]]),
            cell(share(one["share_below"])),
            cell(text.number(one["sector_mean_0_100"])),
            cell(text.number(one["national_mean_0_100"])),
        ]
        for one in records(found)
    ]
    heads = ("item", "fault_share", "fault_sector", "fault_nation")
    return grid("faults", heads, rows, phrase("faults_note"))


def _short_boards(own: Tables, instrument: Instrument, brands: dict[str, Pair]) -> Grid:
    """Each brand's strengths and short boards: items significantly above and below the sector's mean."""
    labels, table = _labels(instrument), _of_scored(own["out_gaps_by_brand"], instrument)
    gaps = records(table.sort_values("gap_mean"))
    own_gaps = {brand: [one for one in gaps if one["brand"] == brand] for brand in brands}
    rows = [
        [
            cell(brands[brand]),
            _named([one for one in reversed(found) if one["verdict"] == "strength"], labels),
            _named([one for one in found if one["verdict"] == "short_board"], labels),
        ]
        for brand, found in own_gaps.items()
        if found
    ]
    heads = ("brand", "strength", "short_board")
    return grid("short_boards", heads, rows, phrase("short_boards_note"), (0, 1, 2))


def _named(gaps: list[dict[str, Any]], labels: dict[str, Pair]) -> Cell:
    names = [labels[one["item"]] for one in gaps]
    if len(names) > _NAMED:
        names = [*names[:_NAMED], phrase("and_more", k=len(names) - _NAMED)]
    return cell(text.joined(names) if names else text.NONE)
