"""Ranking rows: number, interval, rank set, tier, change, drawn on a common axis."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from ncsi.report import text
from ncsi.report.text import NONE, Pair
from ncsi.report.types import records

Row = dict[str, Any]


def axis(values: Iterable[float], steps: Sequence[float] = (1, 2, 5, 10, 20)) -> dict[str, Any]:
    """An axis for dots and intervals: ends on multiples of the least step that gives at most six ticks."""
    finite = [value for value in values if not math.isnan(value)] or [0.0, 100.0]
    low, high = min(finite), max(finite)
    step = next((s for s in steps if (high - low) / s <= 5), 1.25 * steps[-1])
    start, end = math.floor(low / step), math.ceil(high / step)
    ticks = [round(k * step, 2) for k in range(start, max(end, start + 1) + 1)]
    whole = [int(one) if one == int(one) else one for one in ticks]
    return {"low": whole[0], "high": whole[-1], "ticks": whole}


def row(
    name: Pair,
    figures: dict[str, Any],
    rank: dict[str, Any] | None,
    change: dict[str, Any] | None,
    href: str = "",
    rate: bool = False,
) -> Row:
    """One line of a ranking. `figures`: index_0_100, low, high, n, n_eff, status. `rate`: per cent, lower is better."""
    shown = not math.isnan(figures["index_0_100"])
    status = figures.get("status", "published")
    return {
        "name": name,
        "href": href,
        "shown": shown,
        "note": text.phrase(status) if status != "published" else text.same(""),
        "value": text.number(figures["index_0_100"]) + ("%" if rate else "") if shown else NONE,
        "interval": text.interval(figures["low"], figures["high"]) if shown else NONE,
        "x": figures["index_0_100"] if shown else None,
        "x_low": figures["low"] if shown else None,
        "x_high": figures["high"] if shown else None,
        "n": text.count(figures["n"]),
        "n_raw": int(figures["n"]),
        "n_eff": text.count(figures["n_eff"]) if "n_eff" in figures else NONE,
        "rank": str(rank["rank"]) if rank else NONE,
        "rank_raw": int(rank["rank"]) if rank else 10_000,
        "rank_set": text.ranks(rank["rank_low"], rank["rank_high"]) if rank else NONE,
        "tier": rank["tier"] if rank else NONE,
        **_change(change, rate),
    }


def _change(change: dict[str, Any] | None, rate: bool) -> Row:
    if change is None:
        return {"change": NONE, "tone": "", "star": "", "change_raw": 0.0}
    better, worse = ("fell", "rose") if rate else ("rose", "fell")
    tone = {better: "up", worse: "down"}.get(change["verdict"], "")
    if change["verdict"] == "trend_break":
        return {"change": "‖", "tone": "", "star": "", "change_raw": 0.0}
    return {
        "change": text.signed(change["change"]),
        "tone": tone,
        "star": "*" if tone else "",
        "change_raw": float(change["change"]),
    }


def shaded(rows: Sequence[Row]) -> list[Row]:
    """Rows with every other tier shaded and a mark where a tier begins."""
    result, shade, last = [], False, None
    for one in rows:
        begins = one["tier"] != last and last is not None
        shade = (not shade if begins else shade) if last is not None else True
        last = one["tier"]
        result.append({**one, "shade": shade and one["shown"], "begins": begins})
    return result


def changes_of(tables: dict[str, pd.DataFrame], level: str, construct: str) -> dict[Any, dict[str, Any]]:
    """Changes of one level and construct by unit, or by (sector, unit) for brands."""
    table = tables["out_changes"]
    chosen = records(table[(table["level"] == level) & (table["construct"] == construct)])
    return {(one["sector"], one["unit"]) if level == "brand" else one["unit"]: one for one in chosen}
