"""A brand's constructs against its sector's mean and best, each difference tested."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import pandas as pd

from ncsi.report import text
from ncsi.report.content.rows import axis, row
from ncsi.report.content.shared import is_rate
from ncsi.report.types import ReleaseSpec, records

Tables = dict[str, pd.DataFrame]
_SIGNIFICANT = 0.05


def against_sector(own: Tables, spec: ReleaseSpec, sector_id: str, brand_id: str) -> dict[str, Any]:
    """One line a construct: the brand's index with its interval, the sector's, the best brand's, the difference.

    The sector holds the brand with weight a, so Var = SE_b² + SE_s² − 2a·SE_b² for their difference; z-tests,
    Holm over the constructs. `own`: the sector's tables without what may not be published.
    """
    labels = {c.id: text.pair(c.label) for c in spec.instruments[sector_id].constructs}
    brands = own["out_index_by_brand"]
    sector = {one["construct"]: one for one in records(own["out_index_by_sector"])}
    mine = records(brands[(brands["brand"] == brand_id) & brands["index_0_100"].notna()])
    weight = _weight(own, spec, sector_id, brand_id)
    tests = [_difference(one, sector[one["construct"]], weight) for one in mine]
    adjusted = _holm([p for _, p in tests])
    rows = []
    for one, (difference, _), p in zip(mine, tests, adjusted, strict=True):
        rate = is_rate(one["construct"], spec, sector_id)
        of_construct = brands.loc[brands["construct"] == one["construct"], "index_0_100"].dropna()
        best = float(of_construct.min() if rate else of_construct.max())
        rows.append({
            **row(labels[one["construct"]], {**one, "status": "published"}, None, None, rate=rate),
            "id": one["construct"], "rate": rate, "sector_x": sector[one["construct"]]["index_0_100"], "best_x": best,
            "sector": text.number(sector[one["construct"]]["index_0_100"]) + ("%" if rate else ""),
            "best": text.number(best) + ("%" if rate else ""),
            "change": text.signed(difference), **_verdict(difference, p, rate),
        })  # fmt: skip
    scores = [one for one in rows if not one["rate"]]
    keys = ("x_low", "x_high", "sector_x", "best_x")
    return {"rows": rows, "axis": axis([one[key] for one in scores for key in keys])}


def _difference(brand: dict[str, Any], sector: dict[str, Any], weight: float) -> tuple[float, float]:
    """Brand minus sector, two-sided p."""
    difference = brand["index_0_100"] - sector["index_0_100"]
    variance = brand["se"] ** 2 * (1 - 2 * weight) + sector["se"] ** 2
    if not variance > 0:
        return difference, 1.0
    return difference, 2 * (1 - NormalDist().cdf(abs(difference) / math.sqrt(variance)))


def _weight(own: Tables, spec: ReleaseSpec, sector_id: str, brand_id: str) -> float:
    """The brand's part of the sector's index: by market share, or by its part of the sample."""
    if records(own["out_sample_by_sector"])[0]["brand_weighting"] == "market_share":
        shares = {one.id: one.share or 0.0 for one in spec.wave.sector(sector_id).brands}
        return shares[brand_id] / sum(shares.values())
    index = own["out_index_by_brand"]
    sizes = index[index["construct"] == spec.target].set_index("brand")["n"]
    return float(sizes[brand_id] / sizes.sum())


def _holm(p: list[float]) -> list[float]:
    order = sorted(range(len(p)), key=lambda k: p[k])
    adjusted, highest = [1.0] * len(p), 0.0
    for place, k in enumerate(order):
        highest = max(highest, min(1.0, (len(p) - place) * p[k]))
        adjusted[k] = highest
    return adjusted


def _verdict(difference: float, p: float, rate: bool) -> dict[str, str]:
    if not p < _SIGNIFICANT:
        return {"verdict": "level", "tone": "", "star": ""}
    better = (difference < 0) if rate else (difference > 0)
    return {
        "verdict": "above" if difference > 0 else "below",
        "tone": "up" if better else "down",
        "star": "*",
    }
