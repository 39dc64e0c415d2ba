"""A brand's items: gaps to the sector's mean and best, and which to put first."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import pandas as pd

from ncsi.report import text
from ncsi.report.content.grid import Grid, cell, grid
from ncsi.report.content.rows import axis
from ncsi.report.content.shared import scored
from ncsi.report.text import phrase
from ncsi.report.types import records
from ncsi.spec import Instrument

Tables = dict[str, pd.DataFrame]
_TONES = {"strength": "up", "short_board": "down"}
_TOP = 6


def gap_strip(own: Tables, instrument: Instrument, brand_id: str) -> dict[str, Any]:
    """One line an item: gap to the sector's mean with interval and verdict, gap to the best, in the order of the
    questionnaire, without yes/no questions; empty where gaps were not estimated."""
    labels = {item.id: text.pair(item.label) for item in instrument.items}
    order = {item: k for k, item in enumerate(labels)}
    table = own["out_gaps_by_brand"]
    own_rows = table[(table["brand"] == brand_id) & table["item"].isin(scored(instrument))]
    mine = sorted(records(own_rows), key=lambda one: order[one["item"]])
    rows = [
        {
            "id": one["item"],
            "name": labels[one["item"]],
            "shown": True,
            "note": text.same(""),
            "mean": text.number(one["mean_0_100"]),
            "value": text.signed(one["gap_mean"]) + ("*" if one["verdict"] in _TONES else ""),
            "interval": text.interval(one["gap_mean_low"], one["gap_mean_high"]),
            "tone": _TONES.get(one["verdict"], ""),
            "verdict": one["verdict"],
            "x": one["gap_mean"],
            "x_low": one["gap_mean_low"],
            "x_high": one["gap_mean_high"],
            "best": text.signed(one["gap_best"]) + ("*" if one["behind_best"] else ""),
            "behind": bool(one["behind_best"]),
        }
        for one in mine
    ]
    return {"rows": rows, "axis": axis([0.0, *(one[key] for one in rows for key in ("x_low", "x_high"))])}


def put_first(own: Tables, instrument: Instrument, brand_id: str, level: float) -> Grid:
    """Items significantly behind the best or below the sector, by what closing the gap to the best would bring.

    Gain = total effect of the item on the target times the gap; its interval carries the errors of both.
    """
    labels = {item.id: text.pair(item.label) for item in instrument.items}
    effects = {one["item"]: one for one in records(own["out_drivers_by_item"])}
    table = own["out_gaps_by_brand"]
    mine = table[
        (table["brand"] == brand_id) & (table["gap_best"] < 0) & table["item"].isin(scored(instrument))
    ]
    behind = mine[mine["behind_best"].astype(bool) | (mine["verdict"] == "short_board")]
    reach = NormalDist().inv_cdf(0.5 + level / 2)
    gains = sorted(
        ((_gain(one, effects[one["item"]], reach), one) for one in records(behind) if one["item"] in effects),
        key=lambda pair: -pair[0][0],
    )
    rows = [
        [
            cell(labels[one["item"]]),
            cell(text.number(one["mean_0_100"])),
            cell(text.signed(-one["gap_best"])),
            cell(text.number(effects[one["item"]]["importance"], 2)),
            cell(text.signed(gain, 2), text.interval(gain - error, gain + error, 2)),
        ]
        for (gain, error), one in gains[:_TOP]
        if gain > 0
    ]
    heads = ("item", "mean", "diag_to_best", "importance", "what_if_gain")
    return grid("diag_first", heads, rows, phrase("diag_first_note", level=f"{100 * level:g}"))


def _gain(one: dict[str, Any], effect: dict[str, Any], reach: float) -> tuple[float, float]:
    """Points of the target index, and the half-width of their interval."""
    gap, importance = -one["gap_best"], effect["importance"]
    of_gap = (one["gap_best_high"] - one["gap_best_low"]) / (2 * reach)
    of_effect = (effect["importance_high"] - effect["importance_low"]) / (2 * reach)
    return importance * gap, reach * math.hypot(importance * of_gap, gap * of_effect)
