"""Answers of several waves as one sample: who counts as one, what is left out, and estimates by their influences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from ncsi.errors import InputError
from ncsi.survey.design import Design, Floats
from ncsi.survey.design_columns import design_of, require_numbers, require_once
from ncsi.survey.domains import require_level


@dataclass(frozen=True, slots=True, eq=False)
class Waves:
    """`rows` with a value, of the `waves`: `y` (n,) their values, `now` (n,) the position of each one's wave. `design`
    over all waves: persons (or clusters of that name) are one across waves where persons are known, else waves are
    strata. `left_out`: rows of those waves without value or group."""

    rows: pd.DataFrame
    y: Floats
    now: NDArray[np.int64]
    waves: tuple[str, ...]
    design: Design
    left_out: int

    @classmethod
    def of(
        cls, frame: pd.DataFrame, value: str, wave: str, waves: Sequence[str], groups: Sequence[str],
        weights: str | None, strata: str | None, clusters: str | None, person: str | None,
    ) -> Waves:  # fmt: skip
        """Read and check. Raises InputError naming column and wave."""
        where = f"column {value}"
        named = [one for one in (value, wave, *groups, weights, strata, clusters, person) if one is not None]
        _require_columns(frame, named)
        texts = frame[wave].astype("string")
        inside = texts.isin(list(waves)).to_numpy(dtype=bool)
        for one in waves:
            if not (texts == one).any():
                told = ", ".join(sorted(texts.dropna().unique())[:12])
                raise InputError(f"column {wave}", f"no row is of wave {one}", f"Waves are: {told}")
        of_waves = frame[inside]
        require_numbers(of_waves[value], value)
        y = pd.to_numeric(of_waves[value], errors="coerce")
        if (y.isna() & of_waves[value].notna()).any() or np.isinf(
            y.to_numpy(dtype=float, na_value=np.nan)
        ).any():
            raise InputError(where, "it holds values that are no numbers", "Correct the column")
        kept = (y.notna() & of_waves[list(groups)].notna().all(axis=1)).to_numpy(dtype=bool)
        rows = of_waves[kept].reset_index(drop=True)
        now = np.array([list(waves).index(one) for one in rows[wave].astype(str)], dtype=np.int64)
        for k, one in enumerate(waves):
            if (now == k).sum() < 2:
                raise InputError(where, f"{int((now == k).sum())} rows of wave {one} have a value",
                                 "A wave needs two or more")  # fmt: skip
        design = _design(rows, now, weights, strata, clusters, person)
        return cls(rows, y[kept].to_numpy(dtype=float), now, tuple(waves), design, int((~kept).sum()))

    def total(self, k: int) -> float:
        """Sum of the weights of a wave."""
        return float(self.design.weights[self.now == k].sum())

    def means(self) -> tuple[float, float]:
        """Weighted means of the first and the last wave."""
        first, *_, last = (
            float(np.average(self.y[self.now == k], weights=self.design.weights[self.now == k]))
            for k in range(len(self.waves))
        )
        return first, last

    def sizes(self) -> tuple[int, int]:
        """Rows of the first and the last wave."""
        return int((self.now == 0).sum()), int((self.now == len(self.waves) - 1).sum())


def _require_columns(frame: pd.DataFrame, named: Sequence[str]) -> None:
    """InputError for what is no name of a column, one that is not there or there twice, and data without rows."""
    for one in named:
        if not isinstance(one, str):
            raise InputError("columns", f"{type(one).__name__} is not the name of a column",
                             "Put the values into the data as a column, and give its name")  # fmt: skip
    lacking = [one for one in named if one not in frame.columns]
    if lacking:
        there = ", ".join(map(str, list(frame.columns)[:12]))
        raise InputError(f"column {lacking[0]}", "it is not in the data", f"Columns are: {there}")
    for one in named:
        require_once(frame, one)
    if not len(frame):
        raise InputError("waves", "the data have no rows", "Look at what they were selected by")


def _design(
    rows: pd.DataFrame, now: NDArray[np.int64], weights: str | None, strata: str | None, clusters: str | None,
    person: str | None,
) -> Design:  # fmt: skip
    frame = pd.DataFrame(index=rows.index)
    if weights is not None:
        require_numbers(rows[weights], weights)
        frame["weight"] = rows[weights]
        for k in np.unique(now):
            if not (pd.to_numeric(rows[weights], errors="coerce")[now == k] > 0).any():
                raise InputError(
                    f"column {weights}", "no row of a wave has a weight above 0", "Correct the column"
                )
    if strata is not None:
        frame["stratum"] = rows[strata] if person is not None else _crossed(rows[strata], now)
    elif person is None:
        frame["stratum"] = now.astype(str)
    unit = clusters if clusters is not None else person
    if unit is not None:
        frame["unit"] = rows[unit] if person is not None else _crossed(rows[unit], now)
    if person is not None:
        _check_persons(rows, now, person, frame)
    return design_of(
        frame,
        "weight" if weights is not None else None,
        "stratum" if "stratum" in frame else None,
        "unit" if unit is not None else None,
    )


def _crossed(column: pd.Series, now: NDArray[np.int64]) -> pd.Series:
    """A column's values of each wave by themselves; missing ones stay missing."""
    return (column.astype("string") + "\x1f" + pd.Series(now.astype(str), index=column.index)).astype(object)


def _check_persons(rows: pd.DataFrame, now: NDArray[np.int64], person: str, frame: pd.DataFrame) -> None:
    if rows[person].isna().any():
        raise InputError(f"column {person}", f"{int(rows[person].isna().sum())} rows name nobody",
                         "Give every row its person, or leave person= out")  # fmt: skip
    if pd.DataFrame({"person": rows[person], "now": now}).duplicated().any():
        raise InputError(f"column {person}", "somebody stands twice in a wave",
                         "Keep one row a person and wave")  # fmt: skip
    for name in [one for one in ("stratum", "unit") if one in frame]:
        if (frame.groupby(rows[person])[name].nunique() > 1).any():
            raise InputError(f"column {person}", f"somebody is in two {'strata' if name == 'stratum' else 'clusters'}",
                             "Give each person one over all waves")  # fmt: skip


def estimates_of(design: Design, values: Floats, influence: Floats, level: float) -> pd.DataFrame:
    """estimate, se, df, low, high, t, p of `values` (k,) by their `influence` (n, k) on weighted totals.

    Degrees of freedom: clusters less strata. Raises InputError where there is none, and for a level outside 0 to 1.
    """
    require_level(level)
    df = design.degrees_of_freedom()
    if df < 1:
        raise InputError("survey design", "there are no more clusters than strata, so nothing has an error",
                         "Join strata, or collect more clusters")  # fmt: skip
    se = np.sqrt(np.clip(np.diag(design.covariance(influence)), 0.0, None))
    reach = float(stdtrit(df, (1 + level) / 2)) * se
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(se > 0, values / se, np.nan)
    return pd.DataFrame(
        {
            "estimate": values, "se": se, "df": float(df), "low": values - reach, "high": values + reach, "t": t,
            "p": 2 * stdtr(df, -np.abs(t)),
        }
    )  # fmt: skip
