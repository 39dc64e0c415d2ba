"""The target index by background of the respondents: one strip a dimension."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from ncsi.report import text
from ncsi.report.content.rows import axis
from ncsi.report.text import NONE, Pair, phrase, phrases
from ncsi.report.types import ReleaseSpec, records

Tables = dict[str, pd.DataFrame]
Row = dict[str, Any]
_TONES = {"above": "up", "below": "down"}


def subgroups(own: Tables, spec: ReleaseSpec) -> dict[str, Any]:
    """Strips by dimension on one axis; empty where no subgroup was estimated."""
    table = own["out_index_by_subgroup"]
    chosen = table[table["construct"] == spec.target]
    strips = [
        {"name": dimension(str(name)), "rows": [_row(one) for one in records(part)]}
        for name, part in chosen.groupby("dimension", sort=False)
    ]
    shown = chosen[chosen["index_0_100"].notna()]
    return {"strips": strips, "axis": axis([*shown["low"], *shown["high"]])}


def dimension(name: str) -> Pair:
    """What readers call a background variable; variables crossed with × by each of their names."""
    known = phrases()
    parts = [known.get(f"dim_{one}", text.same(one.replace("_", " "))) for one in crossed(name)]
    return {language: " × ".join(one[language] for one in parts) for language in ("zh", "en")}


def crossed(name: str) -> list[str]:
    """The variables, or values, that × joins."""
    return [one.strip() for one in name.split("×")]


def area(name: str) -> Pair:
    """What readers call a value of a background variable; other values stand as the wave maps them."""
    parts = [_called(one) for one in crossed(name)]
    return {language: " × ".join(one[language] for one in parts) for language in ("zh", "en")}


def _called(value: str) -> Pair:
    """A known value by its name, an age group such as 18_29 or 60_up by its ages."""
    ages = re.fullmatch(r"(\d+)_(\d+|up)", value)
    if ages and ages[2] == "up":
        return phrase("ages_up", age=ages[1])
    if ages:
        return phrase("ages", low=ages[1], high=ages[2])
    return phrases().get(f"area_{value}", text.same(value))


def _row(one: dict[str, Any]) -> Row:
    shown = not pd.isna(one["index_0_100"])
    tone = _TONES.get(one["verdict"], "")
    return {
        "name": area(one["subgroup"]),
        "href": "",
        "shown": shown,
        "note": text.same("") if shown else phrase("too_few"),
        "value": text.number(one["index_0_100"]) if shown else NONE,
        "interval": text.interval(one["low"], one["high"]) if shown else "",
        "x": one["index_0_100"] if shown else None,
        "x_low": one["low"] if shown else None,
        "x_high": one["high"] if shown else None,
        "n": text.count(one["n"]),
        "change": text.signed(one["difference"]),
        "star": "*" if tone else "",
        "tone": tone,
    }
