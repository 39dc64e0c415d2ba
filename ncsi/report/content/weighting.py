"""How a sector's responses were weighted, what the weighting achieved, how unequal the weights are."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ncsi.report import text
from ncsi.report.content.grid import Grid, cell, grid, share
from ncsi.report.content.subgroups import area, crossed, dimension
from ncsi.report.text import Pair, phrase, phrases
from ncsi.report.types import ReleaseSpec, records

Tables = dict[str, pd.DataFrame]
Line = dict[str, Any]
_LARGEST = 5


def weighting_box(own: Tables) -> list[Line]:
    """Steps, spread, design; empty where the wave declares no weighting."""
    table = own["out_weighting_by_sector"]
    if table.empty:
        return []
    one = records(table)[0]
    steps = [phrases().get(f"w_{step}", text.same(step)) for step in str(one["method"]).split()]
    values: dict[str, str | Pair] = {
        "w_method": text.joined(steps),
        "n": text.count(one["n"]),
        "n_eff": text.count(one["n_eff"]),
        "deff": text.number(one["deff"], 2),
        "w_range": text.interval(one["weight_min"], one["weight_max"], 2),
        "w_middle": text.interval(one["weight_p05"], one["weight_p95"], 2),
        "w_largest": _largest(own),
        "w_trimmed": text.count(one["trimmed"]),
        "w_strata": text.count(one["strata"]),
        "w_clusters": text.count(one["clusters"]),
        "w_df": text.count(one["degrees_of_freedom"]),
        "w_replicates": text.count(one["replicates"]) if one["replicates"] else phrase("w_bootstrap"),
    }
    return [
        {"label": phrase(key), "value": value if isinstance(value, dict) else text.same(value)}
        for key, value in values.items()
    ]


def _largest(own: Tables) -> str:
    top = own["out_weighting_largest"].sort_values("place").head(_LARGEST)
    return " / ".join(text.number(one, 2) for one in top["weight"]) or text.NONE


def margins(own: Tables, spec: ReleaseSpec, sector_id: str) -> Grid:
    """Every category of every margin: target, before, after; brands by their names."""
    brands = {one.id: text.pair(one.label) for one in spec.wave.sector(sector_id).brands}
    table = own["out_weighting_by_margin"]
    sources = sorted({f"{one['source']} ({one['year']})" for one in records(table)})
    rows = [
        [
            cell(dimension(one["margin"])),
            cell(_category(one["margin"], one["category"], brands)),
            cell(share(one["target"], 1)),
            cell(share(one["before"], 1)),
            cell(share(one["after"], 1)),
        ]
        for one in records(table)
    ]
    heads = ("w_margin", "w_category", "w_target", "w_before", "w_after")
    return grid(
        "weighting_margins", heads, rows, phrase("weighting_note", sources="; ".join(sources)), (0, 1)
    )


def _category(margin: str, category: str, brands: dict[str, Pair]) -> Pair:
    """A category by its names, part by part where variables are crossed."""
    variables, values = crossed(margin), crossed(category)
    if len(variables) != len(values):
        return area(category)
    named = [
        brands.get(value, text.same(value)) if variable == "brand" else area(value)
        for variable, value in zip(variables, values, strict=True)
    ]
    return {language: " × ".join(one[language] for one in named) for language in ("zh", "en")}
