"""The national report's sentences: each says only what its figures bear out."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from ncsi.report import text
from ncsi.report.content.rows import changes_of
from ncsi.report.content.shared import level, previous_label
from ncsi.report.text import Pair, phrase
from ncsi.report.types import ReleaseSpec, records

Tables = dict[str, pd.DataFrame]


def headline_key(change: dict[str, Any] | None) -> str:
    """The phrase of the headline for a verdict."""
    if change is None:
        return "headline_first"
    keys = {"rose": "headline_rose", "fell": "headline_fell", "trend_break": "headline_break"}
    return keys.get(change["verdict"], "headline_flat")


def change_line(change: dict[str, Any] | None, spec: ReleaseSpec) -> dict[str, Any] | None:
    """The change, its tone and its verdict in words; none for a first wave."""
    if change is None:
        return None
    tone = {"rose": "up", "fell": "down"}.get(change["verdict"], "")
    words = phrase(f"change_{change['verdict']}", label=previous_label(spec))
    return {"value": text.signed(change["change"]), "tone": tone, "text": words}


def findings(
    tables: Tables, spec: ReleaseSpec, figures: dict[str, Any], change: dict[str, Any] | None,
    ranking: list[dict[str, Any]], others: list[Pair],
) -> list[Pair]:  # fmt: skip
    """Level, change, `others` (changes over other spans), leader, last, movers."""
    value, ends = text.number(figures["index_0_100"]), text.interval(figures["low"], figures["high"])
    found = [phrase("find_level", value=value, level=level(spec), interval=ends)]
    if change is not None and change["verdict"] != "trend_break":
        key = {"rose": "find_rose", "fell": "find_fell"}.get(change["verdict"], "find_flat")
        size = abs(change["change"]) if key != "find_flat" else change["change"]
        shown = text.number(size) if key != "find_flat" else text.signed(size)
        found.append(phrase(key, label=previous_label(spec), size=shown))
    found += others
    if len(ranking) > 1:
        found += [_leader(tables, ranking), _last(tables, ranking)]
    return found + _movers(tables, spec)


def _movers(tables: Tables, spec: ReleaseSpec) -> list[Pair]:
    """How many sectors changed significantly, of those that can be compared; how many cannot."""
    verdicts = Counter(one["verdict"] for one in changes_of(tables, "sector", spec.target).values())
    broken = verdicts.pop("trend_break", 0)
    found = []
    if verdicts:
        up, down = verdicts["rose"], verdicts["fell"]
        key = "find_movers" if up or down else "find_no_movers"
        found.append(phrase(key, up=up, down=down, total=verdicts.total()))
    if broken:
        found.append(phrase("find_broken", k=broken))
    return found


def _leader(tables: Tables, ranking: list[dict[str, Any]]) -> Pair:
    """The leader, and with how many it is tied. Its lowest possible rank counts them; they are named when few,
    and when its tier, which stops at the first that differs, holds them all."""
    first, lowest = (
        ranking[0],
        int(min(records(tables["out_rank_by_sector"]), key=lambda r: r["rank"])["rank_high"]),
    )
    tier = [one["name"] for one in ranking[1:] if one["tier"] == first["tier"]]
    said = {"name": first["name"], "value": first["value"]}
    if lowest == 1:
        return phrase("find_lead_alone", **said)
    if len(tier) == lowest - 1 <= 3:
        return phrase("find_lead_tied", others=text.joined(tier), **said)
    return phrase("find_lead_tied_many", k=lowest - 1, **said)


def _last(tables: Tables, ranking: list[dict[str, Any]]) -> Pair:
    last = ranking[-1]
    rank = max(records(tables["out_rank_by_sector"]), key=lambda r: r["rank"])
    key = "find_last_alone" if rank["rank_low"] == rank["rank_high"] else "find_last_tied"
    return phrase(key, name=last["name"], value=last["value"], ranks=last["rank_set"])
