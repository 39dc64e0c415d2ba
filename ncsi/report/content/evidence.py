"""What stands behind a sector's figures: the two engines side by side, the quality of its responses."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ncsi.report import text
from ncsi.report.text import NONE, Pair, phrase, phrases
from ncsi.report.types import records
from ncsi.spec import Instrument

Tables = dict[str, pd.DataFrame]
Line = dict[str, Any]


def engines(own: Tables, instrument: Instrument) -> list[Line]:
    """Every path by PLS and by covariance SEM, standardised; marked where the two disagree on its sign, or where
    the covariance SEM cannot hold its constructs apart (beyond 1 in size). Empty where it did not converge."""
    estimates = own["out_cbsem_estimates_by_sector"]
    other = {(one["rhs"], one["lhs"]): one for one in records(estimates[estimates["op"] == "~"])}
    labels = {c.id: text.pair(c.label) for c in instrument.constructs}
    rows = []
    for one in records(own["out_paths_by_sector"]):
        found = other.get((one["from"], one["to"]))
        if found is None or pd.isna(found["std"]):
            continue
        doubt = found["std"] * one["estimate"] < 0 or abs(found["std"]) > 1
        rows.append(
            {
                "cause": labels[one["from"]],
                "effect": labels[one["to"]],
                "pls": text.number(one["estimate"], 2),
                "interval": text.interval(one["low"], one["high"], 2),
                "cbsem": text.number(found["std"], 2),
                "doubt": "‡" if doubt else "",
            }
        )
    return rows


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
