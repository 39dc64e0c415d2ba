"""The nation in parts: which sectors moved it, how its areas stand, each sector's sample and model at a glance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from ncsi.report import text
from ncsi.report.axis_rows import Axis, AxisRow, axis, axis_of, by_value, changes_of, score, tone_of
from ncsi.report.content.grids import Grid, cell, grid
from ncsi.report.content.labels import area, construct_labels, dimension, is_rate
from ncsi.report.evidence_rows import Block, CovarianceFit, Sample
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.result_rows import AreaIndex, Change, Contribution, Tables, of, read
from ncsi.report.text import NONE, Pair, phrase
from ncsi.spec import Wave
from ncsi.tables import (
    OUT_CBSEM_FIT,
    OUT_CONTRIBUTIONS,
    OUT_INDEX_BY_AREA,
    OUT_QUALITY_BY_CONSTRUCT,
    OUT_SAMPLE_BY_SECTOR,
)

_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class MoverRow(AxisRow):
    """A sector's significant change, with its index before and now."""

    index: str
    previous: str


@dataclass(frozen=True, slots=True)
class Movers:
    """The significant changes of sectors, the largest rise first, on one axis."""

    rows: tuple[MoverRow, ...]
    axis: Axis


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionRow(AxisRow):
    """What a sector adds to the national change, its weight, its own change."""

    weight: str = ""
    own: str = ""


@dataclass(frozen=True, slots=True)
class Contributions:
    """What moved the nation, the largest part first, on one axis."""

    rows: tuple[ContributionRow, ...]
    axis: Axis


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaRow(AxisRow):
    """The nation's index within an area."""

    n: str
    sectors: str


@dataclass(frozen=True, slots=True)
class AreaStrip:
    """The areas of one dimension."""

    name: Pair
    rows: tuple[AreaRow, ...]


@dataclass(frozen=True, slots=True)
class Areas:
    """Areas by dimension on one axis, and every construct in each."""

    strips: tuple[AreaStrip, ...]
    axis: Axis
    constructs: Grid


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRow:
    """A sector's responses, effective sample, design effect, reliability, explained variance and fit."""

    name: Pair
    accepted: str
    n: str
    n_eff: str
    deff: str
    weights: str
    coverage: str
    alpha: str
    r2: str
    cfi: str
    rmsea: str
    srmr: str


def movers(tables: Tables, spec: ReleaseSpec) -> Movers:
    """Sectors whose index rose or fell significantly after Holm."""
    changed = changes_of(tables, "sector", spec.target).values()
    moved = sorted((one for one in changed if tone_of(one.verdict)), key=lambda one: -one.change)
    rows = tuple(_mover(one, spec) for one in moved)
    return Movers(rows, axis_of(rows, 0.0))


def _mover(one: Change, spec: ReleaseSpec) -> MoverRow:
    return MoverRow(
        name=text.pair(spec.sectors.sector(one.unit).label),
        href=f"sectors/{one.unit}.html",
        value=text.signed(one.change),
        interval=text.signed_interval(one.low, one.high),
        tone=tone_of(one.verdict),
        x=one.change,
        x_low=one.low,
        x_high=one.high,
        index=text.number(one.index_0_100),
        previous=text.number(one.previous_0_100),
    )


def contributions(tables: Tables, spec: ReleaseSpec, change: Change | None) -> Contributions:
    """The sectors that added and took the most, the others together, and the whole change; empty for a first wave
    and over a break, where there is no change to divide."""
    own = of(tables[OUT_CONTRIBUTIONS.name], construct=spec.target)
    if change is None or change.verdict == "trend_break" or own.empty:
        return Contributions((), axis([0.0]))
    parts = read(Contribution, own.sort_values("contribution", ascending=False, kind="stable"))
    first, others, last = parts[:_NAMED], parts[_NAMED:-_NAMED], parts[-_NAMED:]
    if others:
        named = math.fsum(one.contribution for one in (*first, *last))
        rows = [
            *(_contribution(one, spec) for one in first),
            _together("others", len(others), change.change - named),
        ]
        rows += [_contribution(one, spec) for one in last]
    else:
        rows = [_contribution(one, spec) for one in parts]
    rows.append(_together("contributions_total", len(parts), change.change))
    return Contributions(tuple(rows), axis_of(rows, 0.0, steps=(0.05, 0.1, 0.2, 0.5)))


def _contribution(one: Contribution, spec: ReleaseSpec) -> ContributionRow:
    known = one.basis in ("measured", "carried_forward")
    return ContributionRow(
        name=text.pair(spec.sectors.sector(one.sector).label),
        href=f"sectors/{one.sector}.html" if one.basis == "measured" else "",
        value=text.signed(one.contribution, 2),
        interval=text.interval(one.low, one.high, 2) if known else text.NOTHING,
        x=one.contribution,
        x_low=one.low,
        x_high=one.high,
        weight=f"{100 * one.weight:.1f}%",
        own=text.signed(one.index_0_100 - one.previous_0_100) if known else NONE,
    )


def _together(key: str, parts: int, value: float) -> ContributionRow:
    """Several sectors in one row. The whole is the change as published, the others what it leaves: contributions in
    published digits do not add up to it."""
    return ContributionRow(
        name=phrase(key, k=parts), value=text.signed(value, 2), interval=text.NOTHING, x=value, x_low=value,
        x_high=value,
    )  # fmt: skip


def areas(tables: Tables, spec: ReleaseSpec) -> Areas:
    """Strips of the target index by region, city tier and the like; empty where none was estimated."""
    table = tables[OUT_INDEX_BY_AREA.name]
    own = of(table, construct=spec.target).dropna(subset=["index_0_100"])
    strips = tuple(
        AreaStrip(
            dimension(str(name), spec.wave), by_value(_area(one, spec.wave) for one in read(AreaIndex, part))
        )
        for name, part in own.groupby("dimension", sort=False)
    )
    return Areas(strips, axis_of([row for one in strips for row in one.rows]), _by_construct(table, spec))


def _area(one: AreaIndex, wave: Wave) -> AreaRow:
    return AreaRow(
        name=area(one.dimension, one.area, wave),
        value=text.number(one.index_0_100),
        interval=text.interval(one.low, one.high),
        x=one.index_0_100,
        x_low=one.low,
        x_high=one.high,
        n=text.count(one.n),
        sectors=str(one.sectors),
    )


def _by_construct(table: pd.DataFrame, spec: ReleaseSpec) -> Grid:
    """Every construct in every area, figures alone."""
    labels: dict[str, Pair] = {}
    for instrument in spec.instruments.values():
        for one, label in construct_labels(instrument).items():
            labels.setdefault(one, label)
    wide = table.pivot(index=["dimension", "area"], columns="construct", values="index_0_100")
    shown = [one for one in labels if one in wide.columns and wide[one].notna().any()]
    rows = [
        [
            cell(area(*place, spec.wave)),
            *(cell(score(wide.loc[place, one], is_rate(one, spec))) for one in shown),
        ]
        for place in dict.fromkeys(zip(table["dimension"], table["area"], strict=True))
    ]
    return grid("areas_constructs", ["subgroup", *(labels[one] for one in shown)], rows)


def samples(tables: Tables, spec: ReleaseSpec) -> tuple[SampleRow, ...]:
    """One line a sector, in the order of the wave file."""
    fits = {one.sector: one for one in read(CovarianceFit, tables[OUT_CBSEM_FIT.name])}
    quality = of(tables[OUT_QUALITY_BY_CONSTRUCT.name], construct=spec.target)
    blocks = {one.sector: one for one in read(Block, quality)}
    rows, order = [], [one.id for one in spec.wave.sectors]
    for one in sorted(
        read(Sample, tables[OUT_SAMPLE_BY_SECTOR.name]), key=lambda row: order.index(row.sector)
    ):
        block, fit = blocks.get(one.sector), fits.get(one.sector)
        fitted = fit if fit is not None and fit.status == "converged" else None
        rows.append(
            SampleRow(
                name=text.pair(spec.sectors.sector(one.sector).label),
                accepted=text.count(one.rows_accepted),
                n=text.count(one.n),
                n_eff=text.count(one.n_eff),
                deff=text.number(one.deff, 2),
                weights=text.DASH.join(text.number(end, 2) for end in (one.weight_min, one.weight_max)),
                coverage=NONE if pd.isna(one.coverage) else f"{100 * one.coverage:.0f}%",
                alpha=text.number(block.alpha if block else None, 2),
                r2=text.number(block.r2 if block else None, 2),
                cfi=text.number(fitted.cfi, 3) if fitted else NONE,
                rmsea=text.number(fitted.rmsea, 3) if fitted else NONE,
                srmr=text.number(fitted.srmr, 3) if fitted else NONE,
            )
        )
    return tuple(rows)
