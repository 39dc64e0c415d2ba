"""Which sectors changed significantly, and by how much."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ncsi.report import text
from ncsi.report.content.rows import axis, changes_of
from ncsi.report.types import ReleaseSpec

Tables = dict[str, pd.DataFrame]


def movers(tables: Tables, spec: ReleaseSpec) -> dict[str, Any]:
    """Sectors whose index rose or fell significantly after Holm, the largest rise first; an axis for their dots."""
    changed = changes_of(tables, "sector", spec.target).values()
    moved = sorted(
        (one for one in changed if one["verdict"] in ("rose", "fell")), key=lambda one: -one["change"]
    )
    ends = [0.0, *(one[key] for one in moved for key in ("low", "high"))]
    return {"rows": [_row(one, spec) for one in moved], "axis": axis(ends)}


def _row(one: dict[str, Any], spec: ReleaseSpec) -> dict[str, Any]:
    return {
        "name": text.pair(spec.sectors.sector(one["unit"]).label),
        "href": f"sectors/{one['unit']}.html",
        "shown": True,
        "note": text.same(""),
        "value": text.signed(one["change"]),
        "interval": f"{text.signed(one['low'])} … {text.signed(one['high'])}",
        "tone": "up" if one["verdict"] == "rose" else "down",
        "x": one["change"],
        "x_low": one["low"],
        "x_high": one["high"],
        "index": text.number(one["index_0_100"]),
        "previous": text.number(one["previous_0_100"]),
    }
