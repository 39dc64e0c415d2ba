"""A sector report's sentences: each says only what its figures bear out."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ncsi.report import text
from ncsi.report.content.shared import level, previous_label
from ncsi.report.text import Pair, phrase
from ncsi.report.types import ReleaseSpec, records
from ncsi.spec import Instrument

Tables = dict[str, pd.DataFrame]


def findings(
    own: Tables, spec: ReleaseSpec, name: Pair, figures: dict[str, Any], rank: dict[str, Any] | None,
    change: dict[str, Any] | None, brands: list[dict[str, Any]], instrument: Instrument,
) -> list[Pair]:  # fmt: skip
    """Level and rank, change, leading brand, what matters most, what to improve first."""
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
