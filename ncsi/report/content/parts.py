"""The nation in parts: which sectors moved it, how its regions and other areas stand."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import pandas as pd

from ncsi.report import text
from ncsi.report.content.grid import Grid, cell, grid
from ncsi.report.content.rows import axis
from ncsi.report.content.shared import is_rate
from ncsi.report.content.subgroups import area, dimension
from ncsi.report.text import Pair, phrase
from ncsi.report.types import ReleaseSpec, records

Tables = dict[str, pd.DataFrame]
Row = dict[str, Any]
_NAMED = 5


def contributions(tables: Tables, spec: ReleaseSpec, change: dict[str, Any] | None) -> dict[str, Any]:
    """The sectors that added and took the most, the others together, and the whole change; empty for a first wave
    and over a break, where there is no change to divide."""
    table = tables["out_contributions_by_sector"]
    own = table[table["construct"] == spec.target].sort_values("contribution", ascending=False, kind="stable")
    if change is None or change["verdict"] == "trend_break" or own.empty:
        return {"rows": [], "axis": axis([0.0])}
    some = len(own) > 2 * _NAMED
    named = pd.concat([own.head(_NAMED), own.tail(_NAMED)]) if some else own
    rows = [_contribution(one, spec) for one in records(named)]
    if some:
        others = own.iloc[_NAMED:-_NAMED]
        rows.insert(_NAMED, _together("others", others["contribution"].sum(), len(others)))
    rows.append(_together("contributions_total", own["contribution"].sum(), len(own)))
    ends = [one[key] for one in rows for key in ("x_low", "x_high")]
    return {"rows": rows, "axis": axis([0.0, *ends], steps=(0.05, 0.1, 0.2, 0.5))}


def _contribution(one: dict[str, Any], spec: ReleaseSpec) -> Row:
    reach = NormalDist().inv_cdf(0.5 + spec.wave.level / 2) * one["se"]
    value = one["contribution"]
    measured = one["basis"] in ("measured", "carried_forward")
    return {
        "name": text.pair(spec.sectors.sector(one["sector"]).label),
        "href": f"sectors/{one['sector']}.html" if one["basis"] == "measured" else "",
        "shown": True,
        "note": text.same(""),
        "value": text.signed(value, 2),
        "interval": text.interval(value - reach, value + reach, 2) if measured else "",
        "tone": "",
        "x": value,
        "x_low": value - reach,
        "x_high": value + reach,
        "weight": f"{100 * one['weight']:.1f}%",
        "own": text.signed(one["index_0_100"] - one["previous_0_100"]) if measured else text.NONE,
    }


def _together(key: str, value: float, count: int) -> Row:
    return {
        "name": phrase(key, k=count), "href": "", "shown": True, "note": text.same(""),
        "value": text.signed(value, 2), "interval": "", "tone": "", "x": value, "x_low": value, "x_high": value,
        "weight": "", "own": "",
    }  # fmt: skip


def areas(tables: Tables, spec: ReleaseSpec) -> dict[str, Any]:
    """Strips of the target index by region, city tier and the like, on one axis; empty where none was estimated."""
    table = tables["out_index_by_area"]
    own = table[(table["construct"] == spec.target) & table["index_0_100"].notna()]
    strips = [
        {"name": dimension(str(name)), "rows": [_area(one) for one in records(part)]}
        for name, part in own.groupby("dimension", sort=False)
    ]
    ends = [*own["low"], *own["high"]]
    return {"strips": strips, "axis": axis(ends), "constructs": _by_construct(table, spec)}


def _area(one: dict[str, Any]) -> Row:
    return {
        "name": area(one["area"]), "href": "", "shown": True, "note": text.same(""), "tone": "",
        "value": text.number(one["index_0_100"]), "interval": text.interval(one["low"], one["high"]),
        "x": one["index_0_100"], "x_low": one["low"], "x_high": one["high"],
        "n": text.count(one["n"]), "sectors": str(one["sectors"]),
    }  # fmt: skip


def _by_construct(table: pd.DataFrame, spec: ReleaseSpec) -> Grid:
    """Every construct in every area, figures alone."""
    labels: dict[str, Pair] = {}
    for instrument in spec.instruments.values():
        labels |= {c.id: text.pair(c.label) for c in instrument.constructs if c.id not in labels}
    wide = table.pivot(index=["dimension", "area"], columns="construct", values="index_0_100")
    shown = [one for one in labels if one in wide.columns and wide[one].notna().any()]
    rows = [
        [cell(area(place[1])), *(_figure(wide.loc[place, one], is_rate(one, spec)) for one in shown)]
        for place in dict.fromkeys(zip(table["dimension"], table["area"], strict=True))
    ]
    return grid("areas_constructs", ["area", *(labels[one] for one in shown)], rows)


def _figure(value: float, rate: bool) -> dict[str, Any]:
    return cell(text.number(value) + ("%" if rate and not pd.isna(value) else ""))
