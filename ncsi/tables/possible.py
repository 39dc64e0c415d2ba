"""What no figure can be: a check on every result table before it is stored (docs/method.md §14).

What a column can hold, its declaration says (`ncsi.tables.base.Column`): the limits of its unit or its own, and of an
interval the estimate that it must hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncsi.tables.base import OF_UNITS, Column, Interval, Table

_RANKS = ("rank_low", "rank", "rank_high", "rank_low_marginal", "rank_high_marginal")
_ROUNDING = 1e-9
"""What sums of shares and means may be off by."""


def impossible(table: Table, frame: pd.DataFrame) -> str | None:
    """The first figure of a result table that cannot be, in words that name column, value and row; None where all
    can: a figure outside the limits of its column, an interval whose ends are reversed or that excludes its estimate,
    more effective respondents than there are, a rank beyond the number of units ranked.

    `frame` may lack key columns that are the same in every row.
    """
    checks = (_bounds, _intervals, _sizes, _ranks)
    return next((said for found in checks for said in found(table, frame)), None)


def ending_where_figures_end(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame, its intervals without what no such figure can be: of t, they reach beyond where one is near its
    limits, and far beyond where few answered."""
    limits = {column.name: column.limits for column in table.columns if column.kind == "number"}
    ends: dict[str, pd.Series] = {}
    for one in table.intervals:
        low, high = limits.get(one.estimate or one.low) or (-np.inf, np.inf)
        if {one.low, one.high} <= limits.keys() & set(frame.columns):
            ends |= {one.low: frame[one.low].clip(lower=low), one.high: frame[one.high].clip(upper=high)}
    return frame.assign(**ends) if ends and len(frame) else frame


def _bounds(table: Table, frame: pd.DataFrame) -> Iterator[str]:
    for column in table.columns:
        if column.limits is None or column.name not in frame:
            continue
        low, high = column.limits
        values = _numbers(frame, column.name)
        wrong = (values < low - _ROUNDING) | (values > high + _ROUNDING)
        words = [f"{column.name} is {value:.6g}, {_outside(column, value)}" for value in values[wrong][:1]]
        yield from _said(table, frame, wrong, words)


def _outside(column: Column, value: float) -> str:
    low, high = column.limits or (-np.inf, np.inf)
    if column.unit in OF_UNITS and np.isfinite(high):
        return f"outside {column.unit}" if column.unit[0].isdigit() else f"no {column.unit}"
    return f"below {low:g}" if value < low else f"above {high:g}"


def _intervals(table: Table, frame: pd.DataFrame) -> Iterator[str]:
    for one in table.intervals:
        if {one.low, one.high} <= set(frame.columns):
            yield from _interval(table, frame, one)


def _interval(table: Table, frame: pd.DataFrame, one: Interval) -> Iterator[str]:
    low, high = _numbers(frame, one.low), _numbers(frame, one.high)
    if one.estimate in frame and not one.skewed:
        values = _numbers(frame, one.estimate)
        wrong = (low > values + _ROUNDING) | (values > high + _ROUNDING)
        words = [
            f"{one.estimate} is {value:.6g}, outside its interval {a:.6g} to {b:.6g}"
            for a, value, b in np.column_stack([low, values, high])[wrong][:1]
        ]
        yield from _said(table, frame, wrong, words)
    wrong = low > high + _ROUNDING
    words = [
        f"{one.low} is {a:.6g} and {one.high} {b:.6g}" for a, b in np.column_stack([low, high])[wrong][:1]
    ]
    yield from _said(table, frame, wrong, words)


def _sizes(table: Table, frame: pd.DataFrame) -> Iterator[str]:
    if not {"n", "n_eff"} <= set(frame.columns):
        return
    n, n_eff = _numbers(frame, "n"), _numbers(frame, "n_eff")
    wrong = n_eff > n * (1 + _ROUNDING)
    words = [f"n_eff is {a:.6g} of {b:.0f} respondents" for a, b in np.column_stack([n_eff, n])[wrong][:1]]
    yield from _said(table, frame, wrong, words)


def _ranks(table: Table, frame: pd.DataFrame) -> Iterator[str]:
    if "rank" not in frame:
        return
    among = [name for name in table.key[:-1] if name in frame]
    ranked = frame.groupby(among)["rank"].transform("size") if among else pd.Series(len(frame), frame.index)
    for name in [one for one in _RANKS if one in frame]:
        values = _numbers(frame, name)
        wrong = values > ranked.to_numpy()
        words = [
            f"{name} is {value:.0f} of {units:.0f} ranked"
            for value, units in np.column_stack([values, ranked.to_numpy()])[wrong][:1]
        ]
        yield from _said(table, frame, wrong, words)


def _numbers(frame: pd.DataFrame, name: str) -> NDArray[np.float64]:
    series = frame[name]
    if isinstance(series.dtype, np.dtype):
        return series.to_numpy(dtype=np.float64)
    return series.to_numpy(dtype=np.float64, na_value=np.nan)


def _said(table: Table, frame: pd.DataFrame, wrong: NDArray[np.bool_], words: Sequence[str]) -> Iterator[str]:
    """What is said of the first wrong row, with the keys that name it."""
    for k, said in zip(np.flatnonzero(wrong), words, strict=False):
        row = ", ".join(f"{name} {frame[name].iloc[k]}" for name in table.key if name in frame)
        yield f"{said} ({row})"
