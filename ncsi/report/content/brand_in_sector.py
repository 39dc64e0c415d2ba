"""A brand's constructs against its sector's mean and best, as the tables test them."""

from __future__ import annotations

from dataclasses import dataclass

from ncsi.report import text
from ncsi.report.axis_rows import Axis, AxisRow, Tone, axis_of, score
from ncsi.report.content.labels import construct_labels, is_rate
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.result_rows import (
    Against,
    BrandIndex,
    SectorIndex,
    Standing,
    Tables,
    of,
    read,
    read_by,
)
from ncsi.report.text import Pair
from ncsi.tables import OUT_INDEX_BY_BRAND, OUT_INDEX_BY_SECTOR, OUT_STANDINGS


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
    verdict: Against
    star: str


@dataclass(frozen=True, slots=True)
class AgainstSector:
    """One line a construct, on one axis."""

    rows: tuple[ComparedRow, ...]
    axis: Axis


def against_sector(own: Tables, spec: ReleaseSpec, sector_id: str, brand_id: str) -> AgainstSector:
    """The brand's index of every construct with its interval, the sector's, the best brand's, the difference.

    `own`: the sector's tables without what may not be published. A sector's only brand is level with it.
    """
    brands = own[OUT_INDEX_BY_BRAND.name]
    sector = read_by("construct", SectorIndex, own[OUT_INDEX_BY_SECTOR.name])
    mine = read(BrandIndex, of(brands, brand=brand_id).dropna(subset=["index_0_100"]))
    standings = read_by("construct", Standing, of(own[OUT_STANDINGS.name], brand=brand_id))
    labels = construct_labels(spec.instruments[sector_id])
    rows = []
    for one in mine:
        rate = is_rate(one.construct, spec, sector_id)
        indices = of(brands, construct=one.construct)["index_0_100"].dropna()
        best = float(indices.min() if rate else indices.max())
        standing = standings.get(one.construct, Standing(one.construct, 0.0, "level"))
        rows.append(_row(labels[one.construct], one, sector[one.construct].index_0_100, best, rate, standing))
    others = [end for one in rows if not one.rate for end in (one.sector_x, one.best_x)]
    return AgainstSector(tuple(rows), axis_of(rows, *others))


def _row(
    name: Pair, one: BrandIndex, sector: float, best: float, rate: bool, standing: Standing
) -> ComparedRow:
    tone = _tone(standing.verdict, rate)
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
        difference=standing.difference,
        change=text.signed(standing.difference),
        verdict=standing.verdict,
        tone=tone,
        star="*" if tone else "",
    )


def _tone(verdict: Against, rate: bool) -> Tone:
    """A lower rate is the better one."""
    if verdict == "level":
        return ""
    return "up" if (verdict == "above") != rate else "down"
