"""What no figure can be: a check on every result table before it is stored (docs/method.md §14)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncsi.tables.base import Table

BOUNDS: Mapping[str, tuple[float, float]] = {"0-100": (0.0, 100.0), "0-1": (0.0, 1.0)}
"""Smallest and largest value of a number, by its unit."""
_ESTIMATES = ("change", "index_0_100")
"""Whose interval `low` and `high` are: the first of these that a table has."""
_INTERVALS = (
    ("rank_low", "rank", "rank_high"),
    ("rank_low_marginal", "rank", "rank_high_marginal"),
)
_ROUNDING = 1e-9
"""What sums of shares and means may be off by."""


def impossible(table: Table, frame: pd.DataFrame) -> str | None:
    """The first figure of a result table that cannot be, in words that name column, value and row; None where all
    can: an index or a share outside its bounds, an interval that excludes its estimate, a rank outside 1 to the
    number of units ranked.

    `frame` may lack key columns that are the same in every row.
    """
    return next((said for found in (_bounds, _intervals, _ranks) for said in found(table, frame)), None)


def _bounds(table: Table, frame: pd.DataFrame) -> Iterator[str]:
    for column in table.columns:
        if column.kind != "number" or column.unit not in BOUNDS or column.name not in frame:
            continue
        low, high = BOUNDS[column.unit]
        values = _numbers(frame, column.name)
        wrong = (values < low - _ROUNDING) | (values > high + _ROUNDING)
        words = [f"{column.name} is {value:.6g}, outside {column.unit}" for value in values[wrong][:1]]
        yield from _said(table, frame, wrong, words)


def _intervals(table: Table, frame: pd.DataFrame) -> Iterator[str]:
    estimates = [("low", one, "high") for one in _ESTIMATES if one in table.names][:1]
    for low, estimate, high in (*estimates, *_INTERVALS):
        if not {low, estimate, high} <= set(frame.columns):
            continue
        ends = [_numbers(frame, name) for name in (low, estimate, high)]
        wrong = (ends[0] > ends[1] + _ROUNDING) | (ends[1] > ends[2] + _ROUNDING)
        words = [
            f"{estimate} is {value:.6g}, outside its interval {left:.6g} to {right:.6g}"
            for left, value, right in np.array(ends).T[wrong][:1]
        ]
        yield from _said(table, frame, wrong, words)


def _ranks(table: Table, frame: pd.DataFrame) -> Iterator[str]:
    if "rank" not in frame:
        return
    among = [name for name in table.key[:-1] if name in frame]
    ranked = frame.groupby(among)["rank"].transform("size") if among else pd.Series(len(frame), frame.index)
    for name in ("rank_low", "rank", "rank_high", "rank_low_marginal", "rank_high_marginal"):
        values = _numbers(frame, name)
        wrong = (values < 1) | (values > ranked.to_numpy())
        words = [
            f"{name} is {value:.0f} of {units:.0f} ranked"
            for value, units in np.column_stack([values, ranked.to_numpy()])[wrong][:1]
        ]
        yield from _said(table, frame, wrong, words)


def _numbers(frame: pd.DataFrame, name: str) -> NDArray[np.float64]:
    return frame[name].to_numpy(dtype=np.float64, na_value=np.nan)


def _said(table: Table, frame: pd.DataFrame, wrong: NDArray[np.bool_], words: Sequence[str]) -> Iterator[str]:
    """What is said of the first wrong row, with the keys that name it."""
    for k, said in zip(np.flatnonzero(wrong), words, strict=False):
        row = ", ".join(f"{name} {frame[name].iloc[k]}" for name in table.key if name in frame)
        yield f"{said} ({row})"
