"""What one enterprise is told of its own brand: where it stands, its gaps, what to put first. For it alone.

Other brands are never named: the best of the sector is a figure.
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from ncsi.report import text
from ncsi.report.content.compared import against_sector
from ncsi.report.content.diagnosis_items import gap_strip, put_first
from ncsi.report.content.diagnosis_words import findings
from ncsi.report.content.headlines import change_line
from ncsi.report.content.measures import measures, subindices
from ncsi.report.content.rows import changes_of
from ncsi.report.content.shared import level, meta
from ncsi.report.text import Pair, phrase
from ncsi.report.types import ReleaseSpec, SectorTables, records

Tables = dict[str, pd.DataFrame]
HIDDEN = ("suppressed", "withheld")


def shown_brands(tables: Tables, spec: ReleaseSpec, sector_id: str) -> list[str]:
    """Brands of a sector whose effective sample lets them be shown, in the order of the wave file."""
    index = tables["out_index_by_brand"]
    own = index[(index["sector"] == sector_id) & (index["construct"] == spec.target)]
    shown = set(own.loc[~own["status"].isin(HIDDEN), "brand"])
    return [one.id for one in spec.wave.sector(sector_id).brands if one.id in shown]


def diagnosis(tables: Tables, spec: ReleaseSpec, sector_id: str, brand_id: str) -> dict[str, Any]:
    """Everything the diagnosis of one brand says; `tables` without what may not be published."""
    own = SectorTables(tables, sector_id)
    brand = next(one for one in spec.wave.sector(sector_id).brands if one.id == brand_id)
    figures = _of(own["out_index_by_brand"], brand=brand_id, construct=spec.target)
    sector = _of(own["out_index_by_sector"], construct=spec.target)
    ranks = own["out_rank_by_brand"]
    rank = next(iter(records(ranks[ranks["brand"] == brand_id])), None)
    change = changes_of(tables, "brand", spec.target).get((sector_id, brand_id))
    constructs = against_sector(own, spec, sector_id, brand_id)
    gaps = gap_strip(own, spec.instruments[sector_id], brand_id)
    first = put_first(own, spec.instruments[sector_id], brand_id, spec.wave.level)
    standing = next(one for one in constructs["rows"] if one["id"] == spec.target)
    return {
        **meta(spec),
        "sector": sector_id,
        "brand": brand_id,
        "editions": list(spec.editions),
        "name": text.pair(brand.label),
        "sector_name": text.pair(spec.sectors.sector(sector_id).label),
        "value": text.number(figures["index_0_100"]),
        "interval": text.interval(figures["low"], figures["high"]),
        "indicative": figures["status"] == "indicative",
        "sector_value": text.number(sector["index_0_100"]),
        "change": change_line(change, spec),
        "place": _place(rank, len(ranks)),
        "findings": findings(
            spec, text.pair(brand.label), figures, sector, standing, rank, len(ranks), change, gaps, first
        ),
        "constructs": constructs,
        "beside": [
            one(own, spec.instruments[sector_id], {brand_id: text.pair(brand.label)})
            for one in (subindices, measures)
        ],
        "gaps": gaps,
        "first": first,
        "sample": _sample(figures),
        "notes": {
            "constructs": phrase("diag_constructs_note", level=level(spec)),
            "gaps": phrase("diag_gaps_note", level=level(spec)),
        },
    }


def _of(table: pd.DataFrame, **keys: str) -> dict[str, Any]:
    chosen = table
    for column, value in keys.items():
        chosen = chosen[chosen[column] == value]
    record: dict[str, Any] = records(chosen)[0]
    return record


def _place(rank: dict[str, Any] | None, total: int) -> Pair | None:
    if rank is None:
        return None
    places = text.ranks(rank["rank_low"], rank["rank_high"])
    return phrase("diag_place", rank=rank["rank"], total=total, ranks=places, tier=rank["tier"])


def _sample(figures: dict[str, Any]) -> list[dict[str, Any]]:
    values = {
        "n": text.count(figures["n"]),
        "n_eff": text.count(figures["n_eff"]),
        "deff": text.number(figures["deff"], 2),
        "diag_error": "±" + text.number(figures["se"]) if not math.isnan(figures["se"]) else text.NONE,
    }
    return [{"label": phrase(key), "value": text.same(value)} for key, value in values.items()]
