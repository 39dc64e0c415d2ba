"""Outliers: found by skewness and kurtosis, drawn in cell by cell, or else the indicator transformed.

The rules are COINr's `Treat`; its `log_GII` is none of ours (it returns its input).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ncsi.arrays import Array, Mask
from ncsi.composite.changes import Change
from ncsi.spec.tree import TreatName

MAX_SKEWNESS, MAX_KURTOSIS = 2.0, 3.5
"""An indicator passes below either (the joint rule of the JRC)."""
MAX_WINSORISED = 5
LOG_OFFSET = 0.01
"""Of the range, added before a logarithm so that the lowest value has one."""

Outcome = Literal["passed", "winsorised", "transformed", "failing", "not_treatable", "untreated"]


@dataclass(frozen=True, slots=True)
class Moments34:
    """Adjusted skewness G1 and excess kurtosis G2 (p,) of the observed values; NaN where too few."""

    skewness: Array
    kurtosis: Array

    @property
    def passes(self) -> Mask:
        """Whether an indicator needs no treatment; true where there is too little to tell."""
        fails = (np.abs(self.skewness) >= MAX_SKEWNESS) & (self.kurtosis >= MAX_KURTOSIS)
        return np.asarray(~fails)


@dataclass(frozen=True, slots=True)
class Treated:
    """`x` (n, p) after treatment; of each indicator what came of it, its moments before and after, and how many of its
    cells were winsorised; the changes, for the log."""

    x: Array
    outcomes: tuple[Outcome, ...]
    before: Moments34
    after: Moments34
    cells: tuple[int, ...]
    changes: tuple[Change, ...]

    @property
    def transformed(self) -> tuple[int, ...]:
        """Positions of the indicators that left their raw scale."""
        return tuple(k for k, one in enumerate(self.outcomes) if one == "transformed")


def moments34(x: Array) -> Moments34:
    """Adjusted moments of the columns of x (n, p): G1 = g1 √(n(n-1))/(n-2) and
    G2 = ((n+1) g2 + 6)(n-1)/((n-2)(n-3)) with g2 = m4/m2² - 3 (Joanes and Gill 1998)."""
    there = ~np.isnan(x)
    n = there.sum(axis=0).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        away = np.where(there, x - np.where(there, x, 0.0).sum(axis=0) / n, 0.0)
        m2, m3, m4 = ((away**power).sum(axis=0) / n for power in (2, 3, 4))
        skewness = m3 / m2**1.5 * np.sqrt(n * (n - 1)) / (n - 2)
        kurtosis = ((n + 1) * (m4 / m2**2 - 3) + 6) * (n - 1) / ((n - 2) * (n - 3))
    enough = (n > 3) & (m2 > 0)
    return Moments34(np.where(enough, skewness, np.nan), np.where(enough, kurtosis, np.nan))


def treated(x: Array, how: TreatName) -> Treated:
    """Indicators that fail the joint rule, treated: winsorised and, where that is not enough and `how` says so, taken
    from their untreated values by logarithm or Box-Cox.

    An indicator that winsorising would make a constant is `not_treatable` and stays as it is (near-binary data);
    one that nothing declared helps is `failing`, and stays as it is too; under `none` it is `untreated`.
    """
    before = moments34(x)
    outcomes: list[Outcome] = [
        "passed" if one else "failing" if how != "none" else "untreated" for one in before.passes
    ]
    out, cells, changes = x.copy(), [0] * x.shape[1], list[Change]()
    for k in np.flatnonzero(~before.passes) if how != "none" else ():
        column, outcome, rules = _treated_column(x[:, k], how)
        out[:, k], outcomes[k] = column, outcome
        cells[k] = len(rules) if outcome == "winsorised" else 0
        changes += [
            Change("treat", i, int(k), float(x[i, k]), float(column[i]), rule) for i, rule in rules.items()
        ]
    after = moments34(out) if changes else before
    return Treated(out, tuple(outcomes), before, after, tuple(cells), tuple(changes))


def _treated_column(x: Array, how: TreatName) -> tuple[Array, Outcome, dict[int, str]]:
    drawn_in, sides = winsorised(x)
    if drawn_in is None:
        return x, "not_treatable", {}
    if moments34(drawn_in[:, None]).passes[0]:
        return drawn_in, "winsorised", sides
    if how == "winsorise":
        return x, "failing", {}
    tail = np.sign(moments34(x[:, None]).skewness[0])
    right = tail * x  # a long left tail is turned over, and back
    by_log = how == "winsorise_log"
    transformed = tail * (log_transformed(right) if by_log else box_cox(right, best_power(right)))
    if not moments34(transformed[:, None]).passes[0]:
        return x, "failing", {}
    rule = how.removeprefix("winsorise_")
    return transformed, "transformed", {int(i): rule for i in np.flatnonzero(~np.isnan(x))}


def winsorised(x: Array) -> tuple[Array | None, dict[int, str]]:
    """x (n,) with extremes drawn in to the next value, on the side that the skewness points to, until it passes or
    five cells are drawn in; the side of each drawn cell. None where it would become a constant."""
    x, sides = x.copy(), dict[int, str]()
    while len(sides) < MAX_WINSORISED:
        moments = moments34(x[:, None])
        if moments.passes[0]:
            break
        high = moments.skewness[0] >= 0
        extreme = np.nanmax(x) if high else np.nanmin(x)
        others = x[~np.isnan(x) & (x != extreme)]
        drawn = others.max() if high else others.min()
        if (others == drawn).all():
            return None, {}
        for i in np.flatnonzero(x == extreme):
            sides[int(i)] = "winsorise_high" if high else "winsorise_low"
        x = np.where(x == extreme, drawn, x)
    return x, sides


def log_transformed(x: Array) -> Array:
    """ln(x - min + 0.01 range) (COINr `log_CT`), which draws in a long right tail."""
    low, high = np.nanmin(x), np.nanmax(x)
    return np.asarray(np.log(x - low + LOG_OFFSET * (high - low)))


def box_cox(x: Array, power: float) -> Array:
    """(y^λ - 1)/λ of y = x - min + 1, and ln y for λ = 0."""
    y = x - np.nanmin(x) + 1.0
    return np.asarray(np.log(y) if power == 0 else (y**power - 1.0) / power)


def best_power(x: Array) -> float:
    """λ of `box_cox` by maximum likelihood, within -5 and 5 (Box and Cox 1964)."""
    from scipy.optimize import minimize_scalar  # late: few indicators come here
    from scipy.stats import boxcox_llf

    y = x[~np.isnan(x)] - np.nanmin(x) + 1.0
    found = minimize_scalar(lambda power: -boxcox_llf(power, y), bounds=(-5.0, 5.0), method="bounded")
    return float(found.x)
