"""A composite index over the years: its trend, versions that meet in a year, indicators that moved it."""

from __future__ import annotations

import math

from ncsi.report import text
from ncsi.report.chart_data import ChartData, Trend, TrendPoint
from ncsi.report.composite.rows import (
    WHOLE,
    MoveInfo,
    OneIndex,
    SeriesInfo,
)
from ncsi.report.content.grids import Grid, cell, grid
from ncsi.report.result_rows import of
from ncsi.report.text import phrase, same
from ncsi.tables import OUT_COMPOSITE_SERIES


def trend(one: OneIndex) -> Trend | None:
    """The whole over the years, each year by its latest version; a break where the version changes."""
    own = _whole_series(one)
    if len({row.year for row in own}) < 2:
        return None
    points, last = [], ""
    for row in own:
        told = [other for other in own if other.year == row.year]
        if row is not told[-1] or math.isnan(row.score):
            continue
        points.append(
            TrendPoint(
                same(str(row.year)), row.score, row.score, row.score, None, bool(last) and row.version != last
            )
        )
        last = row.version
    frame = of(one.frame(OUT_COMPOSITE_SERIES.name), unit=WHOLE, node=one.about.root)
    return Trend(tuple(points), ChartData.of(frame[["year", "version", "score", "splice_difference"]]))


def versions(one: OneIndex) -> list[str]:
    """Versions of the benchmarks that score the years of the series."""
    return list(dict.fromkeys(row.version for row in _whole_series(one))) or [one.about.benchmark_version]


def splices(one: OneIndex) -> Grid | None:
    """Years that two versions of the benchmarks score: both figures, never one put for the other."""
    own = [row for row in _whole_series(one) if row.splice]
    rows = [
        [
            cell(str(row.year)), cell(row.version), cell(text.number(row.score, 2)),
            cell(text.signed(row.splice_difference, 2)),
        ]
        for row in own
    ]  # fmt: skip
    heads = ("year", "benchmark_version", "score", "splice_difference")
    return grid("composite_splices", heads, rows, phrase("composite_splices_note")) if rows else None


def movers(one: OneIndex) -> Grid | None:
    """Indicators of the whole with what each moved it by; nothing without the year before."""
    own = indicator_moves(one)
    rows = [
        [
            cell(one.nodes[m.node].name), cell(text.number(m.was, 2)), cell(text.number(m.score, 2)),
            cell(text.signed(m.change, 2)), cell(text.signed(m.contribution, 3)),
        ]
        for m in own
    ]  # fmt: skip
    heads = ("indicator", "last_period", "score", "change", "contribution")
    return grid("composite_movers", heads, rows, phrase("composite_movers_note")) if rows else None


def indicator_moves(one: OneIndex) -> list[MoveInfo]:
    """Moves of the whole's indicators, the largest rise first."""
    own = [m for (unit, node), m in one.moves.items() if unit == WHOLE and one.nodes[node].indicator]
    return sorted(own, key=lambda m: -m.contribution)


def _whole_series(one: OneIndex) -> list[SeriesInfo]:
    return [row for row in one.series if row.unit == WHOLE and row.node == one.about.root]
