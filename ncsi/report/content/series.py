"""Series over the waves: the points of a unit with their labels, and changes on the quarter and on the year."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ncsi.report import text
from ncsi.report.content.rows import axis, row
from ncsi.report.text import NONE, Pair, phrase
from ncsi.report.types import ReleaseSpec, records
from ncsi.spec import wave_order

Tables = dict[str, pd.DataFrame]
Point = dict[str, Any]
_SPANS = {"quarter": 0.25, "year": 1.0}
_TONES = {"rose": "up", "fell": "down"}


def points(tables: Tables, spec: ReleaseSpec, level: str, unit: str) -> list[Point]:
    """The waves of a unit, oldest first, each with its label, as `out_trend` tells them; None for no figure."""
    table = tables["out_trend"]
    own = {
        one["at"]: {key: None if pd.isna(value) else value for key, value in one.items()}
        for one in records(table[(table["level"] == level) & (table["unit"] == unit)])
    }
    named = {one["wave"]: one for one in records(spec.history)}
    return [
        {"label_zh": named[at]["label_zh"], "label_en": named[at]["label_en"], **own[at]}
        for at in named
        if at in own
    ]


def waves(tables: Tables, spec: ReleaseSpec, sector_id: str) -> dict[str, Any]:
    """A sector's index over the waves, the latest first, with its changes over the spans that any wave
    can be compared over; empty for a first wave."""
    own = points(tables, spec, "sector", sector_id)
    if len(own) < 2:
        return {"rows": [], "axis": axis([]), "over": []}
    rows = [
        {
            **row(_label(one), {**one, "n": 0, "status": "published"}, None, None),
            **{over: changed(one, over) for over in _SPANS},
            "broken": bool(one["break"]),
        }
        for one in reversed(own)
    ]
    told = [over for over in _SPANS if any(one[f"verdict_{over}"] for one in own)]
    return {"rows": rows, "axis": axis([one[key] for one in own for key in ("low", "high")]), "over": told}


def _label(one: Point) -> Pair:
    mark = phrase("break_before") if one["break"] else text.same("")
    return {key: f"{one[f'label_{key}']} {mark[key]}".strip() for key in ("zh", "en")}


def changed(one: Point, over: str) -> dict[str, str]:
    """A change as its table shows it: starred where significant, ‖ over a break that nothing bridges."""
    verdict = one[f"verdict_{over}"]
    if verdict in ("", "trend_break"):
        return {"value": "‖" if verdict else NONE, "tone": ""}
    tone = _TONES.get(verdict, "")
    return {"value": text.signed(one[f"change_{over}"]) + ("*" if tone else ""), "tone": tone}


def other_changes(tables: Tables, spec: ReleaseSpec) -> list[dict[str, Any]]:
    """The nation's changes on the quarter and on the year, except the one against the wave compared with, which
    the changes table tells; each with its verdict in words."""
    own = [one for one in points(tables, spec, "nation", "nation") if one["at"] == spec.wave.id]
    told = _span(spec)
    return [
        {**changed(one, over), "verdict": one[f"verdict_{over}"], "over": over,
         "text": phrase(f"over_{one[f'verdict_{over}']}", over=phrase(f"over_{over}")),
         "size": text.number(one[f"change_{over}"]).lstrip("−"), "signed": text.signed(one[f"change_{over}"])}
        for one in own
        for over, span in _SPANS.items()
        if one[f"verdict_{over}"] and (told is None or abs(told - span) > 0.05)
    ]  # fmt: skip


def other_findings(changes: list[dict[str, Any]]) -> list[Pair]:
    """A sentence for each of those changes; none over a break."""
    keys = {"rose": "find_over_rose", "fell": "find_over_fell", "no_significant_change": "find_over_flat"}
    return [
        phrase(
            keys[one["verdict"]], over=phrase(f"over_{one['over']}"),
            size=one["signed"] if one["verdict"] == "no_significant_change" else one["size"],
        )
        for one in changes
        if one["verdict"] in keys
    ]  # fmt: skip


def _span(spec: ReleaseSpec) -> float | None:
    """Years back to the wave compared with."""
    if spec.wave.previous is None:
        return None
    return wave_order(spec.wave.id) - wave_order(spec.wave.previous)
