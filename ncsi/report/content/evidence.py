"""What stands behind a sector's figures: the two engines side by side, the quality of its responses."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ncsi.report import text
from ncsi.report.content.grid import Grid, cell, grid
from ncsi.report.text import NONE, Pair, phrase, phrases
from ncsi.report.types import records
from ncsi.spec import Instrument

Tables = dict[str, pd.DataFrame]
Line = dict[str, Any]


def engines(own: Tables, instrument: Instrument, level: str) -> Grid:
    """Every path by PLS, consistent PLS and covariance SEM, standardised, and where they agree. Empty where the
    covariance SEM could not be estimated."""
    labels = {c.id: text.pair(c.label) for c in instrument.constructs}
    table = own["out_engines_by_sector"]
    rows = [
        [
            cell({key: f"{labels[one['from']][key]} → {labels[one['to']][key]}" for key in ("zh", "en")}),
            cell(text.number(one["pls"], 2), text.interval(one["pls_low"], one["pls_high"], 2)),
            cell(text.number(one["plsc"], 2)),
            cell(text.number(one["cbsem"], 2), _ends(one)),
            cell(phrase(f"agree_{one['verdict']}"), tone="down" if one["verdict"] == "opposite" else ""),
        ]
        for one in records(table[table["verdict"] != "no_cbsem"])
    ]
    heads = ("path", "engine_pls", "engine_plsc", "engine_cbsem", "engine_verdict")
    return grid("engines", heads, rows, phrase("engines_note", level=level))


def _ends(one: dict[str, Any]) -> str:
    return "" if pd.isna(one["cbsem_low"]) else text.interval(one["cbsem_low"], one["cbsem_high"], 2)


def response_box(own: Tables) -> list[Line]:
    """Responses by quality status, and what the index would be without the flagged or with the excluded."""
    table = own["out_response_quality_by_sector"]
    if table.empty:
        return []
    one = records(table)[0]
    counts = [("rq_responses", one["responses"]), ("rq_valid", one["valid"]), ("rq_flagged", one["flagged"]),
              ("rq_excluded", one["excluded"])]  # fmt: skip
    indices = [("rq_index", one["index_0_100"]), ("rq_index_valid", one["index_valid_0_100"]),
               ("rq_index_all", one["index_all_0_100"])]  # fmt: skip
    return [
        *({"label": phrase(key), "value": text.same(text.count(value))} for key, value in counts),
        *({"label": phrase(key), "value": text.same(text.number(value))} for key, value in indices),
    ]


def response_rules(own: Tables) -> list[Line]:
    """How many responses each rule could judge and how many it flagged, the most flagged first."""
    table = own["out_response_quality_by_rule"]
    judged = table[table["checked"] > 0].sort_values("flagged", ascending=False, kind="stable")
    return [
        {
            "name": _rule(one["rule"]),
            "checked": text.count(one["checked"]),
            "flagged": text.count(one["flagged"]),
            "share": f"{100 * one['flagged'] / one['checked']:.1f}%" if one["checked"] else NONE,
        }
        for one in records(judged)
    ]


def _rule(rule: str) -> Pair:
    return phrases().get(f"rq_rule_{rule}", text.same(rule))
