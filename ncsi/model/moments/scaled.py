"""Answers as numbers on 0-100: what a column of a data frame holds, checked against its item's scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.errors import ModelError
from ncsi.model.moments.coded import MISSING, Answers, Coded
from ncsi.model.moments.row_blocks import row_blocks

if TYPE_CHECKING:
    from ncsi.spec.instrument import Instrument


class Columns(Protocol):
    """Columns of respondents by name: a frame, or what reads them one by one."""

    def __len__(self) -> int:
        """How many respondents there are."""

    def __contains__(self, name: object, /) -> bool:
        """Whether there is such a column."""

    def __getitem__(self, name: str, /) -> pd.Series:
        """One column of all of them."""


def answers_on_0_100(columns: Columns, instrument: Instrument) -> Answers:
    """Items as `on_0_100`, of many respondents as codes where answers are whole numbers."""
    names, n = instrument.item_ids, len(columns)
    coded = None
    if len(row_blocks(n)) > 1:
        coded = Coded.of((_number(columns[one], one) for one in names), n, len(names))
    if coded is None:
        df = (
            columns
            if isinstance(columns, pd.DataFrame)
            else pd.DataFrame({one: columns[one] for one in names})
        )
        return on_0_100(df, instrument)
    given = np.where(coded.counts() > 0, coded.values[:, :MISSING], np.nan).T
    values = coded.values.T.copy()
    _require_on_scale(given, instrument)
    return coded.changed(np.ascontiguousarray(_scaled(values, instrument).T))


def on_0_100(df: pd.DataFrame, instrument: Instrument) -> Array:
    """Items (n, p) on 0-100, NaN where missing. Raises ModelError naming the item with an answer off its scale."""
    place = {name: k for k, name in enumerate(df.columns.tolist())}  # many times faster than a list of names
    answers = df.iloc[:, [place[item] for item in instrument.item_ids]]
    plain = all(isinstance(kind, np.dtype) and kind.kind in "iuf" for kind in answers.dtypes)
    X: Array = np.array(answers, dtype=np.float64) if plain else _numbers(answers)
    _require_on_scale(X, instrument)
    return _scaled(X, instrument)


def _ends(instrument: Instrument) -> tuple[Array, Array]:
    """Lowest and highest answer of each item's scale (p,)."""
    lowest, highest = (
        np.array([getattr(item.scale, end) for item in instrument.items]) for end in ("min", "max")
    )
    return lowest, highest


def _require_on_scale(X: Array, instrument: Instrument) -> None:
    lowest, highest = _ends(instrument)
    off = np.flatnonzero(
        (np.fmin.reduce(X, initial=np.inf) < lowest) | (np.fmax.reduce(X, initial=-np.inf) > highest)
    )
    if off.size:
        item = instrument.items[off[0]]
        raise ModelError(
            f"item {item.id}: answers lie outside {item.scale.min}-{item.scale.max}. "
            "Set missing codes such as 98 to missing, and correct the rest."
        )


def _scaled(X: Array, instrument: Instrument) -> Array:
    """Answers (n, p) from their scales to 0-100, in place."""
    lowest, highest = _ends(instrument)
    X -= lowest
    X *= 100.0
    X /= highest - lowest
    return X


def _numbers(answers: pd.DataFrame) -> Array:
    """Answers (n, p) as numbers. Raises ModelError naming the item whose are not."""
    X = np.empty(answers.shape)
    for k, (item, values) in enumerate(answers.items()):
        X[:, k] = _number(values, str(item))
    return X


def _number(answers: pd.Series, item: str) -> Array:
    values = as_numbers(answers)
    if values is None:
        raise ModelError(f"item {item}: contains non-numeric values; convert the column.")
    return values


def as_numbers(column: pd.Series) -> Array | None:
    """A column's numbers, NaN where missing; None of texts that are none, and of dates, which would count from 1970."""
    if column.dtype.kind in "mMc":
        return None
    try:
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        return None
