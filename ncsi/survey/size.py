"""Sample sizes: what weights leave of one, and the respondents per brand that a margin, a change or a rank needs."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

from ncsi.arrays import Array
from ncsi.errors import InputError
from ncsi.survey.design import Floats

if TYPE_CHECKING:
    import pandas as pd

ROUNDING = 1e-9
"""So that a size which is whole but for rounding is not raised by one."""


def effective_size(weights: Array | pd.Series, axis: int = -1) -> Floats:
    """Kish's effective sample size (Σw)²/Σw² along an axis: how many equally weighted rows tell as much.

    For one set of weights (n,) a scalar array; for a batch one size per set. Weights of 0 do not count; a set without
    any weight has size 0. Source: Kish, Survey Sampling (1965) §11.7.
    """
    given = np.asarray(weights, dtype=float)
    # A power of two changes no digit: squares of the largest and the smallest numbers would be infinite, or nothing.
    _, exponent = np.frexp(given.max(axis=axis, keepdims=True, initial=0.0))
    own = np.ldexp(given, -exponent)
    total, squares = own.sum(axis=axis), (own**2).sum(axis=axis)
    return np.asarray(np.divide(total**2, squares, out=np.zeros(np.shape(total)), where=squares > 0))


@dataclass(frozen=True, slots=True)
class Setting:
    """What sizes depend on: the respondents' `sd` (points), Kish's or the design's `deff`, confidence `level`, `power`
    of the tests, and the `correlation` of the same respondents' answers in two waves times their overlap (0:
    independent samples). Raises InputError for values out of range."""

    sd: float
    deff: float = 1.0
    level: float = 0.95
    power: float = 0.80
    correlation: float = 0.0

    def __post_init__(self) -> None:
        for name, holds, cure in (
            ("sd", self.sd > 0, "a positive number of points"),
            ("deff", self.deff >= 1, "1 or more"),
            ("level", 0.5 < self.level < 1, "between 0.5 and 1"),
            ("power", 0.5 <= self.power < 1, "between 0.5 and 1"),
            ("correlation", 0 <= self.correlation < 1, "0 to below 1"),
        ):
            if not holds:
                raise InputError(name, f"{getattr(self, name)} is out of range", f"Give {cure}")

    @property
    def _variance(self) -> float:
        return self.deff * self.sd**2

    @property
    def _tests(self) -> float:
        """z of the level and of the power."""
        return _z(self.level) + float(ndtri(self.power))

    def _ranks(self, brands: int) -> float:
        """The same over all pairs: Tukey's studentised range in place of z."""
        if brands < 2:
            raise InputError("brands", f"{brands} is too few for neighbours in rank", "Give two or more")
        from scipy.stats import studentized_range  # late: half a second, which no margin of error needs

        reach = float(studentized_range.ppf(self.level, brands, float("inf"))) / sqrt(2)
        return reach + float(ndtri(self.power))

    def n_for_margin(self, margin: float) -> int:
        """Respondents for an interval of ± `margin` points: deff (z·SD/margin)²."""
        return _whole(self._variance * (_z(self.level) / _points("margin", margin)) ** 2)

    def margin(self, n: float) -> float:
        """Half the interval that `n` respondents give."""
        return _z(self.level) * sqrt(self._variance / _size(n))

    def n_for_change(self, change: float) -> int:
        """Respondents in each of two waves to detect a `change`: 2(1 − ρ) deff (SD (z_level + z_power)/change)²."""
        spread = 2 * (1 - self.correlation) * self._variance
        return _whole(spread * (self._tests / _points("change", change)) ** 2)

    def change(self, n: float) -> float:
        """The change that `n` respondents per wave detect with the power."""
        return self._tests * sqrt(2 * (1 - self.correlation) * self._variance / _size(n))

    def power_for_change(self, change: float, n: float) -> float:
        """The power that `n` respondents per wave have for a `change`: Φ(change/√(2(1 − ρ) deff SD²/n) − z_level)."""
        error = sqrt(2 * (1 - self.correlation) * self._variance / _size(n))
        return float(ndtr(_points("change", change) / error - _z(self.level)))

    def n_apart(self, gap: float, brands: int) -> int:
        """Respondents a brand to tell neighbours `gap` points apart, all pairs of `brands` tested at once."""
        return _whole(2 * self._variance * (self._ranks(brands) / _points("gap", gap)) ** 2)

    def apart(self, n: float, brands: int) -> float:
        """The gap between neighbours that `n` respondents per brand tell apart."""
        return self._ranks(brands) * sqrt(2 * self._variance / _size(n))


def invitations(n: int, response_rate: float) -> int:
    """People to invite for `n` answers. Raises InputError unless the rate lies in (0, 1]."""
    if not 0 < response_rate <= 1:
        raise InputError(
            "response rate",
            f"it is {response_rate}, but must lie between 0 and 1",
            "Give 0.3 for 30 %, for example",
        )
    return _whole(n / response_rate)


def _z(level: float) -> float:
    return float(ndtri((1 + level) / 2))


def _whole(value: float) -> int:
    return max(ceil(value * (1 - ROUNDING)), 2)


def _points(name: str, value: float) -> float:
    if not value > 0:
        raise InputError(name, f"it is {value}", "Give a positive number of points")
    return value


def _size(n: float) -> float:
    if not n >= 2:
        raise InputError("n", f"{n} respondents allow no interval", "Give two or more")
    return n
