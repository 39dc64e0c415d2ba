"""A brand's constructs against its sector's mean and best, each difference tested."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from ncsi.report import text
from ncsi.report.content.axis_rows import Axis, AxisRow, Tone, axis_of, score
from ncsi.report.content.labels import construct_labels, is_rate
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.result_rows import BrandIndex, SectorIndex, Tables, of, read, read_by
from ncsi.report.text import Pair
from ncsi.tables import OUT_INDEX_BY_BRAND, OUT_INDEX_BY_SECTOR, OUT_SAMPLE_BY_SECTOR

_SIGNIFICANT = 0.05
Verdict = Literal["above", "below", "level"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRow(AxisRow):
    """A construct's index with those of the sector and of its best brand, and the difference to the sector."""

    id: str
    sector: str
    sector_x: float
    best: str
    best_x: float
    difference: float
    change: str
    verdict: Verdict
    star: str


@dataclass(frozen=True, slots=True)
class AgainstSector:
    """One line a construct, on one axis."""

    rows: tuple[ComparedRow, ...]
    axis: Axis


def against_sector(own: Tables, spec: ReleaseSpec, sector_id: str, brand_id: str) -> AgainstSector:
    """The brand's index of every construct with its interval, the sector's, the best brand's, the difference.

    The sector holds the brand with weight a, so Var = SE_b² + SE_s² − 2a·SE_b² for their difference; z-tests,
    Holm over the constructs. `own`: the sector's tables without what may not be published.
    """
    brands = own[OUT_INDEX_BY_BRAND.name]
    sector = read_by("construct", SectorIndex, own[OUT_INDEX_BY_SECTOR.name])
    mine = read(BrandIndex, of(brands, brand=brand_id).dropna(subset=["index_0_100"]))
    weight = _weight(own, spec, sector_id, brand_id)
    adjusted = _holm([_p_value(one, sector[one.construct], weight) for one in mine])
    labels = construct_labels(spec.instruments[sector_id])
    rows = []
    for one, p in zip(mine, adjusted, strict=True):
        rate = is_rate(one.construct, spec, sector_id)
        indices = of(brands, construct=one.construct)["index_0_100"].dropna()
        best = float(indices.min() if rate else indices.max())
        rows.append(_row(labels[one.construct], one, sector[one.construct].index_0_100, best, rate, p))
    others = [end for one in rows if not one.rate for end in (one.sector_x, one.best_x)]
    return AgainstSector(tuple(rows), axis_of(rows, *others))


def _row(name: Pair, one: BrandIndex, sector: float, best: float, rate: bool, p: float) -> ComparedRow:
    difference = one.index_0_100 - sector
    verdict, tone = _verdict(difference, p, rate)
    return ComparedRow(
        name=name,
        value=score(one.index_0_100, rate),
        interval=text.interval(one.low, one.high),
        x=one.index_0_100,
        x_low=one.low,
        x_high=one.high,
        rate=rate,
        id=one.construct,
        sector=score(sector, rate),
        sector_x=sector,
        best=score(best, rate),
        best_x=best,
        difference=difference,
        change=text.signed(difference),
        verdict=verdict,
        tone=tone,
        star="*" if tone else "",
    )


def _p_value(brand: BrandIndex, sector: SectorIndex, weight: float) -> float:
    """Two-sided p of brand minus sector."""
    variance = brand.se**2 * (1 - 2 * weight) + sector.se**2
    if not variance > 0:
        return 1.0
    return 2 * (1 - NormalDist().cdf(abs(brand.index_0_100 - sector.index_0_100) / math.sqrt(variance)))


def _weight(own: Tables, spec: ReleaseSpec, sector_id: str, brand_id: str) -> float:
    """The brand's part of the sector's index: by market share, or by its part of the sample."""
    if own[OUT_SAMPLE_BY_SECTOR.name]["brand_weighting"].iloc[0] == "market_share":
        shares = {one.id: one.share or 0.0 for one in spec.wave.sector(sector_id).brands}
        return shares[brand_id] / sum(shares.values())
    sizes = of(own[OUT_INDEX_BY_BRAND.name], construct=spec.target).set_index("brand")["n"]
    return float(sizes[brand_id] / sizes.sum())


def _holm(p: list[float]) -> list[float]:
    order = sorted(range(len(p)), key=lambda k: p[k])
    adjusted, highest = [1.0] * len(p), 0.0
    for place, k in enumerate(order):
        highest = max(highest, min(1.0, (len(p) - place) * p[k]))
        adjusted[k] = highest
    return adjusted


def _verdict(difference: float, p: float, rate: bool) -> tuple[Verdict, Tone]:
    """A lower rate is the better one."""
    if not p < _SIGNIFICANT:
        return "level", ""
    better = (difference < 0) if rate else (difference > 0)
    return "above" if difference > 0 else "below", "up" if better else "down"
