"""What a chart draws beside what readers download of it: the points of a trend, and its data as CSV."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from ncsi.report.plain_files import neutral
from ncsi.report.text import NOTHING, Pair, number, phrase, signed


@dataclass(frozen=True, slots=True)
class ChartData:
    """The data of a chart: column heads, and a cell for each in every row; None for no figure."""

    heads: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> ChartData:
        """Every column of a table."""
        rows = frame.itertuples(index=False, name=None)
        return cls(
            tuple(map(str, frame.columns)),
            tuple(tuple(None if pd.isna(cell) else cell for cell in row) for row in rows),
        )

    def as_csv(self) -> str:
        """CSV text that a spreadsheet will not run; no figure is an empty cell."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(self.heads)
        for row in self.rows:
            writer.writerow(
                ["" if one is None else neutral(one) if isinstance(one, str) else one for one in row]
            )
        return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """An index at a wave. `rolling_0_100`: mean of four quarters, where there is one; `broken`: the series begins
    anew here."""

    label: Pair
    index_0_100: float
    low: float
    high: float
    rolling_0_100: float | None = None
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Trend:
    """The points of a trend, oldest first, and their data."""

    points: tuple[TrendPoint, ...]
    data: ChartData


@dataclass(frozen=True, slots=True)
class Span:
    """An index at two waves, and its change with interval; `tone`: up or down where that is significant, else empty."""

    name: Pair
    before: float
    now: float
    change: float
    low: float
    high: float
    tone: str


@dataclass(frozen=True, slots=True)
class Spans:
    """Changes between two waves, the largest fall first; `whole`: the nation's, None where it cannot be told; the
    labels of both waves; their data."""

    rows: tuple[Span, ...]
    whole: Span | None
    before: Pair
    now: Pair
    data: ChartData


@dataclass(frozen=True, slots=True)
class ControlPoint:
    """A month of a control chart: its value, limits and centre (None in a stretch without), whether it begins a new
    stretch, is one of the base, is in the season, or a signal."""

    label: Pair
    value: float
    centre: float | None
    low: float | None
    high: float | None
    broken: bool
    base: bool
    season: bool
    signal: bool


@dataclass(frozen=True, slots=True)
class Control:
    """A control chart: its points, oldest first, what is said of it in words, and its data. `percent`: values are
    shares, written in per cent; `line`: a target drawn across it, None for none."""

    points: tuple[ControlPoint, ...]
    alt: Pair
    percent: bool
    line: float | None
    data: ChartData


@dataclass(frozen=True, slots=True)
class DotRow:
    """A figure with the ends of its interval, NaN for none. `tone`: of a significant one; `marked`: whether the chart
    writes it out."""

    name: Pair
    value: float
    low: float
    high: float
    tone: Literal["", "up", "down"] = ""
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Dots:
    """Figures with their intervals, in the order drawn. `measure`: what they are; `reference`: a line across them and
    its name, None for none; `signed`: they are changes, and those without a tone are not significant; `joined`: they
    are waves of one unbroken series; `digits`: decimals that are written."""

    measure: Pair
    rows: tuple[DotRow, ...]
    reference: float | None = None
    reference_name: Pair = NOTHING
    signed: bool = False
    joined: bool = False
    digits: int = 1

    @property
    def alt(self) -> Pair:
        """What the chart shows, in words: how many figures, and the ends of their order."""
        first, last = self.rows[0], self.rows[-1]
        return phrase(
            "alt_dots", measure=self.measure, k=len(self.rows), first=first.name, last=last.name,
            first_value=self.written(first.value), last_value=self.written(last.value),
        )  # fmt: skip

    def written(self, value: float) -> str:
        """A figure as the chart writes it."""
        return signed(value, self.digits) if self.signed else number(value, self.digits)

    def data(self) -> ChartData:
        """Its figures as readers download them."""
        rows = tuple(
            (*one.name, one.value, *(None if math.isnan(end) else end for end in (one.low, one.high)))
            for one in self.rows
        )
        return ChartData(("label_zh", "label_en", "value", "low", "high"), rows)
