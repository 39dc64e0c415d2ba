"""Rows of a sector's tables and strips: constructs, drivers, paths, items."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from ncsi.report import text
from ncsi.report.content.rows import row
from ncsi.report.content.shared import is_rate, scored
from ncsi.report.text import NONE, phrase
from ncsi.report.types import ReleaseSpec, records
from ncsi.spec import Instrument

Tables = dict[str, pd.DataFrame]


def constructs(tables: Tables, own: Tables, spec: ReleaseSpec, sector_id: str) -> list[dict[str, Any]]:
    """Every construct: index with interval, change."""
    labels = {c.id: text.pair(c.label) for c in spec.instruments[sector_id].constructs}
    table = tables["out_changes"]
    own_changes = records(table[(table["level"] == "sector") & (table["unit"] == sector_id)])
    changes = {one["construct"]: one for one in own_changes}
    rows = []
    for one in records(own["out_index_by_sector"]):
        change = changes.get(one["construct"])
        rate = is_rate(one["construct"], spec, sector_id)
        made = row(labels[one["construct"]], {**one, "status": "published"}, None, change, rate=rate)
        rows.append({**made, "id": one["construct"]})
    return rows


def drivers(own: Tables, instrument: Instrument) -> list[dict[str, Any]]:
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


def paths(own: Tables, instrument: Instrument) -> list[dict[str, Any]]:
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


def items(own: Tables, instrument: Instrument) -> list[dict[str, Any]]:
    """Every item: mean with interval, answers, the four kinds of missing."""
    labels, scales = {item.id: text.pair(item.label) for item in instrument.items}, scored(instrument)
    constructs = {c.id: text.pair(c.label) for c in instrument.constructs}
    return [
        {
            "id": one["item"],
            "name": labels[one["item"]],
            "construct": constructs[one["construct"]],
            "value": text.number(one["mean_0_100"]) + ("" if one["item"] in scales else "%"),
            "href": "",
            "tone": "",
            "shown": not math.isnan(one["mean_0_100"]),
            "note": text.same(NONE),
            "x": one["mean_0_100"],
            "x_low": one["low"],
            "x_high": one["high"],
            "interval": text.interval(one["low"], one["high"]),
            **{k: text.count(one[k]) for k in ("answered", "blank", "dont_know", "refused", "not_asked")},
        }
        for one in records(own["out_items_by_sector"])
    ]
