"""A sector's report: findings, brands, drivers, items, model quality, sample, questionnaire."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ncsi.report import text
from ncsi.report.content.boxes import quality_box, sample_box, weak_blocks
from ncsi.report.content.editorial import band
from ncsi.report.content.evidence import engines, response_box, response_rules
from ncsi.report.content.improve import improvements
from ncsi.report.content.measures import beside
from ncsi.report.content.rows import axis, changes_of, row, shaded
from ncsi.report.content.sector_findings import findings
from ncsi.report.content.series import waves
from ncsi.report.content.shared import level, meta
from ncsi.report.content.strips import constructs, drivers, items, paths
from ncsi.report.content.subgroups import subgroups
from ncsi.report.content.weighting import margins, weighting_box
from ncsi.report.text import phrase
from ncsi.report.types import ReleaseSpec, SectorTables, records
from ncsi.spec import Instrument

Tables = dict[str, pd.DataFrame]
_HIDDEN = ("suppressed", "withheld")


def sector(tables: Tables, spec: ReleaseSpec, sector_id: str) -> dict[str, Any]:
    """Everything a sector's page says, as plain values and bilingual texts."""
    own = SectorTables(tables, sector_id, whole=("out_changes",))
    instrument = spec.instruments[sector_id]
    index = own["out_index_by_sector"]
    figures = records(index[index["construct"] == spec.target])[0]
    rank = records(own["out_rank_by_sector"])[0] if len(spec.wave.sectors) > 1 else None
    change = changes_of(tables, "sector", spec.target).get(sector_id)
    brands = _brands(own, spec, sector_id)
    name = text.pair(spec.sectors.sector(sector_id).label)
    value = text.number(figures["index_0_100"])
    strip, asked = constructs(tables, own, spec, sector_id), items(own, instrument)
    return {
        **meta(spec, sector_id),
        "sector": sector_id,
        "editions": list(spec.editions),
        "name": name,
        "group": text.pair(spec.sectors.group(spec.sectors.sector(sector_id).group).label),
        "value": value,
        "reference": figures["index_0_100"],
        "interval": text.interval(figures["low"], figures["high"]),
        "band": band(figures, spec.bands),
        "findings": findings(own, spec, name, figures, rank, change, brands, instrument),
        "brands": shaded(brands),
        "axis": _axis_of(brands),
        "constructs": strip,
        "strip_axis": _axis_of([one for one in strip if not one["value"].endswith("%")]),
        "drivers": drivers(own, instrument),
        "paths": paths(own, instrument),
        "items": asked,
        "item_axis": _axis_of([one for one in asked if not one["value"].endswith("%")]),
        "waves": waves(tables, spec, sector_id),
        "improvements": improvements(own, spec, sector_id, level(spec)),
        "subgroups": subgroups(own, spec),
        "beside": beside(own, spec, sector_id),
        "engines": engines(own, instrument, level(spec)),
        "weighting": weighting_box(own),
        "margins": margins(own, spec, sector_id),
        "response": response_box(own),
        "rules": response_rules(own),
        "quality": quality_box(own, spec, instrument),
        "weak": weak_blocks(own, instrument),
        "sample": sample_box(own, instrument),
        "questions": _questions(instrument),
        "notes": _notes(level(spec), value),
    }


def _questions(instrument: Instrument) -> list[dict[str, Any]]:
    return [
        {"id": item.id, "question": text.pair(item.question), "construct": text.pair(construct.label)}
        for construct in instrument.constructs
        for item in construct.items
    ]


def _notes(level: str, value: str) -> dict[str, Any]:
    """What stands under the tables and figures."""
    return {
        "brands": phrase("brand_note", level=level, value=value),
        "strip": phrase("strip_note", level=level),
        "items": phrase("item_note", level=level),
        "subgroups": phrase("subgroups_note", level=level),
        "map": phrase("importance_note", level=level),
    }


def _brands(own: Tables, spec: ReleaseSpec, sector_id: str) -> list[dict[str, Any]]:
    """Ranked brands first, then those not published, by name."""
    index = own["out_index_by_brand"]
    ranks = {one["brand"]: one for one in records(own["out_rank_by_brand"])}
    changes = changes_of(own, "brand", spec.target)
    labels = {brand.id: text.pair(brand.label) for brand in spec.wave.sector(sector_id).brands}
    rows = [
        row(labels[one["brand"]], one, _rank_of(one, ranks), changes.get((sector_id, one["brand"])))
        for one in records(index[index["construct"] == spec.target])
    ]
    return sorted(rows, key=lambda one: (one["rank_raw"], one["name"]["zh"]))


def _rank_of(one: dict[str, Any], ranks: dict[str, Any]) -> dict[str, Any] | None:
    return None if one["status"] in _HIDDEN else ranks.get(one["brand"])


def _axis_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return axis([one[key] for one in rows if one["shown"] for key in ("x_low", "x_high")])
