"""What a chart draws beside what readers download of it: the points of a trend, and its data as CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ncsi.report.bundle.plain_files import neutral
from ncsi.report.text import Pair


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
