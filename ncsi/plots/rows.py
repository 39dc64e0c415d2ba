"""Rows of dots with their intervals, figures beside them: what loadings, effects and rankings are drawn with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ncsi.numerals import number
from ncsi.plots.sheet import Sheet
from ncsi.plots.words import interval

HEIGHT = 0.21
"""Inches a row."""


@dataclass(frozen=True, slots=True)
class Row:
    """A name with its estimate and interval (NaN where there is none); `solid`: significant, or nothing was tested.
    A heading has no estimate."""

    name: str
    estimate: float = math.nan
    low: float = math.nan
    high: float = math.nan
    solid: bool = True

    @property
    def heading(self) -> bool:
        """Whether it only names the rows below it."""
        return math.isnan(self.estimate)


def size_of(rows: int, width: float = 6.4, lines: int = 1) -> tuple[float, float]:
    """Width and height in inches of a chart of so many rows, their names of so many lines."""
    return width, 0.85 + HEIGHT * (0.45 + 0.55 * lines) * rows


def dots(sheet: Sheet, rows: Sequence[Row], line: float | None = None) -> None:
    """Names, bars from low to high and dots; hollow and muted where not solid; `line`: a dashed reference."""
    ax, colours = sheet.ax, sheet.colours
    sheet.names(*named(rows))
    sheet.ax.set_xlim(*_limits(rows, line))
    if line is not None:
        ax.axvline(line, color=colours.ink, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    for k, row in enumerate(rows):
        colour = colours.blue if row.solid else colours.muted
        if not math.isnan(row.low):
            ax.plot([row.low, row.high], [k, k], color=colour, linewidth=2, solid_capstyle="round", zorder=2)
        if not row.heading:
            face = colour if row.solid else colours.paper
            ax.plot([row.estimate], [k], "o", color=colour, markersize=5.5, markerfacecolor=face,
                    markeredgewidth=1.4, zorder=3)  # fmt: skip


def diamonds(sheet: Sheet, values: Sequence[float]) -> None:
    """A hollow mark in every row that has a second value, as a benchmark."""
    for k, one in enumerate(values):
        if not math.isnan(one):
            sheet.ax.plot([one], [k], "D", color=sheet.colours.muted, markerfacecolor=sheet.colours.paper,
                          markersize=4.5, markeredgewidth=1.2, zorder=4)  # fmt: skip


def bars(sheet: Sheet, rows: Sequence[Row]) -> None:
    """Bars from zero, intervals as thin lines over their ends."""
    ax, colours = sheet.ax, sheet.colours
    sheet.names(*named(rows))
    ax.barh(
        range(len(rows)), [row.estimate for row in rows], height=0.62, color=colours.soft_blue, linewidth=0
    )
    for k, row in enumerate(rows):
        if not math.isnan(row.low):
            ax.plot([row.low, row.high], [k, k], color=colours.ink, linewidth=1.4, solid_capstyle="butt")
    ends = [one for row in rows for one in (row.estimate, row.low, row.high, 0.0) if not math.isnan(one)]
    ax.set_xlim(1.05 * min(ends), 1.05 * max(ends))
    ax.axvline(0, color=colours.ink, linewidth=0.9)


def named(rows: Sequence[Row]) -> tuple[list[str], set[int]]:
    """Names of the rows, and which are headings."""
    return [row.name for row in rows], {k for k, row in enumerate(rows) if row.heading}


def _limits(rows: Sequence[Row], line: float | None) -> tuple[float, float]:
    ends = [one for row in rows for one in (row.estimate, row.low, row.high) if not math.isnan(one)]
    ends += [] if line is None else [line]
    low, high = min(ends), max(ends)
    room = 0.06 * (high - low) or 1.0
    return low - room, high + room


def figures(
    sheet: Sheet, rows: Sequence[Row], digits: int, heads: tuple[str, str], ends: bool = True
) -> float:
    """Columns of the estimates and of their intervals, where any row has one; gives where the next may begin."""
    cells = ["" if row.heading else number(row.estimate, digits) for row in rows]
    after = sheet.column(8, cells, heads[0], weight="SemiBold")
    if ends and any(not math.isnan(row.low) for row in rows):
        told = [interval(row.low, row.high, digits, sheet.lang) for row in rows]
        after = sheet.column(after, told, heads[1], colour=sheet.colours.muted)
    return after
