"""Standard errors and intervals from replicates."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Protocol

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from ncsi.arrays import Array
from ncsi.errors import ModelError
from ncsi.model.resampling.draws import Draws, Pick

SAMPLED = 5000
"""Draws made of replicate weights."""
USUAL = {"seed": 1}


def require_level(level: float, name: str = "level", usual: float = 0.95) -> None:
    """Raise ModelError unless it lies between 0 and 1."""
    if not (isinstance(level, Real) and 0 < level < 1):
        raise ModelError(f"{name} {level} must lie between 0 and 1. Use {usual}, for example.")


def require_whole(**numbers: object) -> None:
    """Raise ModelError for an argument that counts something and is no whole number, or a seed that is none."""
    for name, number in numbers.items():
        if not isinstance(number, Integral):
            raise ModelError(f"{name} {number} is no whole number. Give one: {name}={USUAL.get(name, 1000)}.")


def t_reach(level: float, df: Array | float) -> Array:
    """Half-width of a two-sided interval in standard errors: quantile of t, of the normal where df is infinite."""
    tail = (1 + level) / 2
    known = np.isinf(df) | np.isnan(df)
    return np.asarray(np.where(known, ndtri(tail), stdtrit(np.where(known, 1.0, df), tail)))


def two_sided(t: Array, df: Array | float) -> Array:
    """Two-sided p of t on df degrees of freedom, of the normal where infinite; missing where t is."""
    known = np.isinf(df) | np.isnan(df)
    return np.asarray(2 * np.where(known, ndtr(-np.abs(t)), stdtr(np.where(known, 1.0, df), -np.abs(t))))


def normal_draws(estimate: Array, covariance: Array, replicates: int) -> Array:
    """Normal draws (5000, m) about estimates (m,) whose covariance (m, m) is from so many replicates of a design: a
    jackknife's replicates themselves lie too close together."""
    values, vectors = np.linalg.eigh(covariance)
    rng = np.random.Generator(np.random.Philox(key=[0, replicates]))
    independent = rng.standard_normal((SAMPLED, len(estimate))) * np.sqrt(np.maximum(values, 0.0))
    return np.asarray(estimate + independent @ vectors.T)


def _ordered(draws: Array, at: Array) -> Array:
    """Each row of sorted `draws` (rows, R) at the position `at` (rows,), from 0; its first or last beyond. A missing
    draw, which sorts last, leaves none."""
    R = draws.shape[1]
    at = np.clip(at, 0, R - 1)
    left = np.minimum(at.astype(np.intp), R - 2)
    pair = np.take_along_axis(draws, left[:, None] + np.arange(2), axis=1)
    found = pair[:, 0] + (at - left) * (pair[:, 1] - pair[:, 0])
    return np.where(np.isnan(draws[:, R - 1]), np.nan, found)


def _made(estimate: Array, se: Array, low: Array, high: Array, df: Array | float) -> dict[str, Array]:
    """By name; an infinite df, of an error taken as known, is missing."""
    freedom = np.broadcast_to(np.where(np.isinf(df), np.nan, df), np.shape(estimate))
    return {"estimate": estimate, "se": se, "low": low, "high": high, "df": freedom}


class Intervals(Protocol):
    """A way from replicates to standard errors and intervals."""

    def of(self, estimate: Array, pick: Pick, df: Array | float) -> dict[str, Array]:
        """estimate, se, low, high, df of a quantity (rows,) that `pick` finds in the replicates; its error is known on
        `df` degrees of freedom."""

    def freedom(self, df: Array | float) -> Array | float:
        """The degrees of freedom that count: `df`, at most those of a declared design."""

    def se(self, estimate: Array, pick: Pick) -> Array:
        """The standard error alone."""

    def sampled(self, estimate: Array, replicates: Array) -> Array:
        """Draws (B, rows) from the estimates' joint distribution, out of their replicates (rows, R)."""


@dataclass(frozen=True, slots=True)
class Percentile:
    """Expanded percentile interval at `level` (Hesterberg 2015).

    Plain percentiles are too narrow where the error is estimated from few: they lack what t adds to the normal. So the
    ends lie at p = Φ(−t_{1−α/2, ν}) and 1 − p instead of α/2 (his further factor √(n/(n−1)) is in the n_h − 1 draws of
    small strata, and in the random number of Poisson draws of others: docs/method.md §7).
    They are the replicates of order p(R + 1), between which a further replicate falls with chance 1 − 2p
    whatever R (Hyndman & Fan 1996, type 6); the common type 7 covers too little by 2/(R + 1).
    """

    draws: Draws
    level: float

    def of(self, estimate: Array, pick: Pick, df: Array | float) -> dict[str, Array]:
        """estimate, se, low, high, df."""
        draws = np.sort(pick(self.draws), axis=1)
        tail = ndtr(-t_reach(self.level, df)) * np.ones(len(draws))
        low, high = (_ordered(draws, p * (draws.shape[1] + 1) - 1) for p in (tail, 1 - tail))
        return _made(estimate, draws.std(axis=1, ddof=1), low, high, df)

    def freedom(self, df: Array | float) -> Array | float:
        """As given."""
        return df

    def se(self, estimate: Array, pick: Pick) -> Array:  # noqa: ARG002 - Replicated centres on it
        """Standard deviation of the replicates."""
        spread: Array = pick(self.draws).std(axis=1, ddof=1)
        return spread

    def sampled(self, estimate: Array, replicates: Array) -> Array:  # noqa: ARG002
        """The replicates."""
        return replicates.T


@dataclass(frozen=True, slots=True)
class Bca:
    """Bias-corrected and accelerated interval at `level` (Efron 1987), `jackknife` giving the acceleration.

    z₀ = Φ⁻¹(share of replicates below the estimate), a = Σd³ / 6(Σd²)^1.5 with d = mean − jackknife; the ends
    are the quantiles at Φ(z₀ + (z₀+z)/(1 − a(z₀+z))), z expanded to t as in `Percentile`.
    """

    draws: Draws
    jackknife: Draws
    level: float

    def of(self, estimate: Array, pick: Pick, df: Array | float) -> dict[str, Array]:
        """estimate, se, low, high, df."""
        draws, left_out = np.sort(pick(self.draws), axis=1), pick(self.jackknife)
        R = draws.shape[1]
        below = ((draws < estimate[:, None]).sum(axis=1) + (draws <= estimate[:, None]).sum(axis=1)) / 2
        z0 = ndtri(np.clip(below, 0.5, R - 0.5) / R)
        d = left_out.mean(axis=1, keepdims=True) - left_out
        spread = (d**2).sum(axis=1) ** 1.5
        a = np.divide((d**3).sum(axis=1), 6 * spread, out=np.zeros_like(spread), where=spread > 0)
        ends = {}
        reach = t_reach(self.level, df)
        for name, z in (("low", -reach), ("high", reach)):
            share = ndtr(z0 + (z0 + z) / (1 - a * (z0 + z)))
            ends[name] = _ordered(draws, share * (R - 1))
        return _made(estimate, draws.std(axis=1, ddof=1), ends["low"], ends["high"], df)

    def freedom(self, df: Array | float) -> Array | float:
        """As given."""
        return df

    def se(self, estimate: Array, pick: Pick) -> Array:
        """Standard deviation of the replicates."""
        return Percentile(self.draws, self.level).se(estimate, pick)

    def sampled(self, estimate: Array, replicates: Array) -> Array:  # noqa: ARG002
        """The replicates."""
        return replicates.T


@dataclass(frozen=True, slots=True)
class Replicated:
    """Variance from replicate weights: SE² = scale · Σ rscales_r (θ_r − θ)² (Wolter 2007), with a t interval on
    each quantity's degrees of freedom, at most the design's `df` (inf: not declared)."""

    draws: Draws
    scale: float
    rscales: Array
    df: float
    level: float

    def of(self, estimate: Array, pick: Pick, df: Array | float) -> dict[str, Array]:
        """estimate, se, low, high, df."""
        se = self.se(estimate, pick)
        half = t_reach(self.level, self.freedom(df)) * se
        return _made(estimate, se, estimate - half, estimate + half, self.freedom(df))

    def freedom(self, df: Array | float) -> Array | float:
        """Those of the quantity, at most the design's: a brand of 30 in a design of 700 is known by 30."""
        return np.minimum(df, self.df)

    def se(self, estimate: Array, pick: Pick) -> Array:
        """By the design's scales."""
        gaps = pick(self.draws) - estimate[:, None]
        error: Array = np.sqrt(self.scale * (gaps**2 @ self.rscales))
        return error

    def sampled(self, estimate: Array, replicates: Array) -> Array:
        """Normal draws with the replicates' covariance."""
        gaps = (replicates - estimate[:, None]) * np.sqrt(self.scale * self.rscales)
        return normal_draws(estimate, gaps @ gaps.T, replicates.shape[1])
