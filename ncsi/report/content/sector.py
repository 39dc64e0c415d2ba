"""A sector's report: findings, brands, drivers, items, model quality, sample, questionnaire."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ncsi.report import text
from ncsi.report.content.boxes import quality_box, sample_box, weak_blocks
from ncsi.report.content.rows import axis, changes_of, row, shaded
from ncsi.report.content.shared import is_rate, level, meta, previous_label
from ncsi.report.text import Pair, phrase
from ncsi.report.types import ReleaseSpec, records
from ncsi.spec import Instrument

Tables = dict[str, pd.DataFrame]
_HIDDEN = ("suppressed", "withheld")


def sector(tables: Tables, spec: ReleaseSpec, sector_id: str) -> dict[str, Any]:
    """Everything a sector's page says, as plain values and bilingual texts."""
    own = {
        name: frame[frame["sector"] == sector_id]
        if "sector" in frame.columns and name != "out_changes"
        else frame
        for name, frame in tables.items()
    }
    instrument = spec.instruments[sector_id]
    index = own["out_index_by_sector"]
    figures = records(index[index["construct"] == spec.target])[0]
    rank = records(own["out_rank_by_sector"])[0] if len(spec.wave.sectors) > 1 else None
    change = changes_of(tables, "sector", spec.target).get(sector_id)
    brands = _brands(own, spec, sector_id)
    name = text.pair(spec.sectors.sector(sector_id).label)
    value = text.number(figures["index_0_100"])
    return {
        **meta(spec),
        "sector": sector_id,
        "name": name,
        "group": text.pair(spec.sectors.group(spec.sectors.sector(sector_id).group).label),
        "value": value,
        "reference": figures["index_0_100"],
        "interval": text.interval(figures["low"], figures["high"]),
        "findings": _findings(own, spec, name, figures, rank, change, brands, instrument),
        "brands": shaded(brands),
        "axis": axis([x for one in brands if one["shown"] for x in (one["x_low"], one["x_high"])]),
        "constructs": _constructs(tables, own, spec, sector_id),
        "drivers": _drivers(own, instrument),
        "paths": _paths(own, instrument),
        "items": _items(own, instrument),
        "quality": quality_box(own, spec),
        "weak": weak_blocks(own, instrument),
        "sample": sample_box(own, instrument),
        "questions": [
            {"id": item.id, "question": text.pair(item.question), "construct": text.pair(construct.label)}
            for construct in instrument.constructs
            for item in construct.items
        ],
        "notes": {
            "brands": phrase("brand_note", level=level(spec), value=value),
            "map": phrase("importance_note", level=level(spec)),
        },
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


def _constructs(tables: Tables, own: Tables, spec: ReleaseSpec, sector_id: str) -> list[dict[str, Any]]:
    labels = {c.id: text.pair(c.label) for c in spec.instruments[sector_id].constructs}
    rows = []
    for one in records(own["out_index_by_sector"]):
        change = changes_of(tables, "sector", one["construct"]).get(sector_id)
        rate = is_rate(one["construct"], spec, sector_id)
        made = row(labels[one["construct"]], {**one, "status": "published"}, None, change, rate=rate)
        rows.append({**made, "id": one["construct"]})
    return rows


def _drivers(own: Tables, instrument: Instrument) -> list[dict[str, Any]]:
    """What the importance-performance map shows, the most important first."""
    labels = {c.id: text.pair(c.label) for c in instrument.constructs}
    rows = sorted(records(own["out_drivers_by_construct"]), key=lambda one: -one["importance"])
    return [
        {
            "name": labels[one["construct"]],
            "quadrant": phrase(one["quadrant"]),
            "importance": text.number(one["importance"], 2),
            "importance_interval": text.interval(one["importance_low"], one["importance_high"], 2),
            "performance": text.number(one["performance"]),
            "performance_interval": text.interval(one["performance_low"], one["performance_high"]),
        }
        for one in rows
    ]


def _paths(own: Tables, instrument: Instrument) -> list[dict[str, Any]]:
    """What the path diagram shows; a star where the interval excludes zero."""
    labels = {c.id: text.pair(c.label) for c in instrument.constructs}
    return [
        {
            "cause": labels[one["from"]],
            "effect": labels[one["to"]],
            "value": text.number(one["estimate"], 2),
            "interval": text.interval(one["low"], one["high"], 2),
            "star": "*" if one["significant"] else "",
        }
        for one in records(own["out_paths_by_sector"])
    ]


def _items(own: Tables, instrument: Instrument) -> list[dict[str, Any]]:
    labels = {item.id: text.pair(item.label) for item in instrument.items}
    constructs = {c.id: text.pair(c.label) for c in instrument.constructs}
    return [
        {
            "id": one["item"],
            "name": labels[one["item"]],
            "construct": constructs[one["construct"]],
            "value": text.number(one["mean_0_100"]),
            "x": one["mean_0_100"],
            "interval": text.interval(one["low"], one["high"]),
            **{k: text.count(one[k]) for k in ("answered", "blank", "dont_know", "refused", "not_asked")},
        }
        for one in records(own["out_items_by_sector"])
    ]


def _findings(
    own: Tables, spec: ReleaseSpec, name: Pair, figures: dict[str, Any], rank: dict[str, Any] | None,
    change: dict[str, Any] | None, brands: list[dict[str, Any]], instrument: Instrument,
) -> list[Pair]:  # fmt: skip
    value, ends = text.number(figures["index_0_100"]), text.interval(figures["low"], figures["high"])
    if rank is None:
        found = [phrase("sector_find_only", name=name, value=value, level=level(spec), interval=ends)]
    else:
        places = text.ranks(rank["rank_low"], rank["rank_high"])
        total = len(spec.wave.sectors)
        found = [
            phrase(
                "sector_find_level",
                name=name,
                value=value,
                level=level(spec),
                interval=ends,
                total=total,
                ranks=places,
            )
        ]
    if change is not None:
        found.append(_change_finding(change, spec))
    ranked = [one for one in brands if one["rank_raw"] < 10_000]
    if len(ranked) > 1:
        first = ranked[0]
        key = "sector_find_brand_alone" if first["rank_set"] == "1" else "sector_find_brand_tied"
        found.append(phrase(key, name=first["name"], ranks=first["rank_set"]))
    return found + _driver_findings(own, instrument)


def _change_finding(change: dict[str, Any], spec: ReleaseSpec) -> Pair:
    keys = {"rose": "sector_find_rose", "fell": "sector_find_fell", "trend_break": "sector_find_break"}
    key = keys.get(change["verdict"], "sector_find_flat")
    size = text.signed(change["change"]) if key == "sector_find_flat" else text.number(abs(change["change"]))
    return phrase(key, label=previous_label(spec), size=size)


def _driver_findings(own: Tables, instrument: Instrument) -> list[Pair]:
    labels = {c.id: text.pair(c.label) for c in instrument.constructs}
    drivers = records(own["out_drivers_by_construct"])
    if not drivers:
        return []
    first = max(drivers, key=lambda one: one["importance"])
    weak = [labels[one["construct"]] for one in drivers if one["quadrant"] == "improve_first"]
    fix = phrase("sector_find_fix", names=text.joined(weak)) if weak else phrase("sector_find_none")
    ends = text.interval(first["importance_low"], first["importance_high"], 2)
    lead = phrase(
        "sector_find_driver",
        name=labels[first["construct"]],
        impact=text.number(first["importance"], 2),
        interval=ends,
    )
    return [lead, fix]
