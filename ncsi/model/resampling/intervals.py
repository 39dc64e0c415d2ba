"""Standard errors and intervals from replicates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

from ncsi.arrays import Array
from ncsi.model.resampling.draws import Draws, Pick

SAMPLED = 5000
"""Draws made of replicate weights."""


class Intervals(Protocol):
    """A way from replicates to standard errors and intervals."""

    def of(self, estimate: Array, pick: Pick) -> dict[str, Array]:
        """estimate, se, low, high of a quantity (rows,) that `pick` finds in the replicates."""

    def se(self, estimate: Array, pick: Pick) -> Array:
        """The standard error alone."""

    def sampled(self, estimate: Array, replicates: Array) -> Array:
        """Draws (B, rows) from the estimates' joint distribution, out of their replicates (rows, R)."""


@dataclass(frozen=True, slots=True)
class Percentile:
    """Percentile interval at `level` (Efron & Tibshirani 1993, ch. 13).

    Its ends are the replicates of order p(R + 1), between which a further replicate falls with chance `level`
    whatever R (Hyndman & Fan 1996, type 6); the common type 7 covers 2·level/(R + 1) too little.
    """

    draws: Draws
    level: float

    def of(self, estimate: Array, pick: Pick) -> dict[str, Array]:
        """estimate, se, low, high."""
        draws, tail = pick(self.draws), (1 - self.level) / 2
        low, high = np.quantile(draws, [tail, 1 - tail], axis=-1, method="weibull")
        return {"estimate": estimate, "se": draws.std(axis=-1, ddof=1), "low": low, "high": high}

    def se(self, estimate: Array, pick: Pick) -> Array:  # noqa: ARG002 - Replicated centres on it
        """Standard deviation of the replicates."""
        spread: Array = pick(self.draws).std(axis=-1, ddof=1)
        return spread

    def sampled(self, estimate: Array, replicates: Array) -> Array:  # noqa: ARG002
        """The replicates."""
        return replicates.T


@dataclass(frozen=True, slots=True)
class Bca:
    """Bias-corrected and accelerated interval at `level` (Efron 1987), `jackknife` giving the acceleration.

    z₀ = Φ⁻¹(share of replicates below the estimate), a = Σd³ / 6(Σd²)^1.5 with d = mean − jackknife; the ends
    are the quantiles at Φ(z₀ + (z₀+z)/(1 − a(z₀+z))).
    """

    draws: Draws
    jackknife: Draws
    level: float

    def of(self, estimate: Array, pick: Pick) -> dict[str, Array]:
        """estimate, se, low, high."""
        draws, left_out = np.sort(pick(self.draws), axis=-1), pick(self.jackknife)
        R = draws.shape[-1]
        below = ((draws < estimate[:, None]).sum(axis=-1) + (draws <= estimate[:, None]).sum(axis=-1)) / 2
        z0 = ndtri(np.clip(below, 0.5, R - 0.5) / R)
        d = left_out.mean(axis=-1, keepdims=True) - left_out
        spread = (d**2).sum(axis=-1) ** 1.5
        a = np.divide((d**3).sum(axis=-1), 6 * spread, out=np.zeros_like(spread), where=spread > 0)
        ends = {}
        for name, z in (("low", ndtri((1 - self.level) / 2)), ("high", ndtri((1 + self.level) / 2))):
            share = ndtr(z0 + (z0 + z) / (1 - a * (z0 + z)))
            at = share * (R - 1)
            left = np.clip(np.floor(at).astype(np.intp), 0, R - 2)[:, None]
            pair = np.take_along_axis(draws, left + np.arange(2), axis=-1)
            ends[name] = pair[:, 0] + (at - left[:, 0]) * (pair[:, 1] - pair[:, 0])
        return {"estimate": estimate, "se": draws.std(axis=-1, ddof=1), **ends}

    def se(self, estimate: Array, pick: Pick) -> Array:
        """Standard deviation of the replicates."""
        return Percentile(self.draws, self.level).se(estimate, pick)

    def sampled(self, estimate: Array, replicates: Array) -> Array:  # noqa: ARG002
        """The replicates."""
        return replicates.T


@dataclass(frozen=True, slots=True)
class Replicated:
    """Variance from replicate weights: SE² = scale · Σ rscales_r (θ_r − θ)² (Wolter 2007), with a t interval on
    `df` degrees of freedom (inf: normal)."""

    draws: Draws
    scale: float
    rscales: Array
    df: float
    level: float

    def of(self, estimate: Array, pick: Pick) -> dict[str, Array]:
        """estimate, se, low, high."""
        se = self.se(estimate, pick)
        tail = (1 + self.level) / 2
        half = (ndtri(tail) if np.isinf(self.df) else stdtrit(self.df, tail)) * se
        return {"estimate": estimate, "se": se, "low": estimate - half, "high": estimate + half}

    def se(self, estimate: Array, pick: Pick) -> Array:
        """By the design's scales."""
        gaps = pick(self.draws) - estimate[:, None]
        error: Array = np.sqrt(self.scale * (gaps**2 @ self.rscales))
        return error

    def sampled(self, estimate: Array, replicates: Array) -> Array:
        """Normal draws with the replicates' covariance: a jackknife's replicates lie too close together for draws."""
        gaps = (replicates - estimate[:, None]) * np.sqrt(self.scale * self.rscales)
        values, vectors = np.linalg.eigh(gaps @ gaps.T)
        rng = np.random.Generator(np.random.Philox(key=[0, replicates.shape[1]]))
        independent = rng.standard_normal((SAMPLED, len(estimate))) * np.sqrt(np.maximum(values, 0.0))
        return np.asarray(estimate + independent @ vectors.T)
