"""Small areas: means drawn towards their common mean as far as their sampling error says (Fay & Herriot 1979)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from ncsi.arrays import Array
from ncsi.errors import ModelError

STEPS, SETTLED = 100, 1e-10


@dataclass(frozen=True, slots=True)
class Shrunk:
    """Empirical best linear predictors (J,) with root mean squared errors (J,); their common `mean`, the `variance`
    between units, and the weight `own` (J,) of each unit's own estimate."""

    estimate: Array
    se: Array
    mean: float
    variance: float
    own: Array

    def low(self, level: float) -> Array:
        """Lower ends of intervals at `level`: t on J − 1 degrees of freedom, since A is estimated from J units."""
        return self.estimate - self._reach(level)

    def high(self, level: float) -> Array:
        """Upper ends."""
        return self.estimate + self._reach(level)

    def _reach(self, level: float) -> Array:
        reach: Array = float(stdtrit(len(self.estimate) - 1, (1 + level) / 2)) * self.se
        return reach


def fay_herriot(estimates: ArrayLike, se: ArrayLike) -> Shrunk:
    """y_j = μ + u_j + e_j with Var e_j = SE_j² known, Var u_j = A by restricted maximum likelihood.

    θ̂_j = γ_j y_j + (1 − γ_j) μ̂, γ_j = A/(A + SE_j²). MSE = g₁ + g₂ + 2g₃ (Prasad & Rao 1990; Datta & Lahiri 2000):
    γSE² + (1 − γ)²/Σ(1/(A + SE²)) + 2 SE⁴/(A + SE²)³ · 2/Σ(A + SE²)⁻². Raises ModelError for fewer than three
    units, whose variance nothing tells, and for standard errors that are not positive.
    """
    y, d = np.asarray(estimates, dtype=np.float64), np.asarray(se, dtype=np.float64) ** 2
    if len(y) < 3:
        raise ModelError(f"{len(y)} units: shrinkage needs three or more.")
    if not (np.isfinite(y).all() and np.isfinite(d).all() and (d > 0).all()):
        raise ModelError("shrinkage: an estimate or standard error is missing or not positive. Leave it out.")
    A = _between(y, d)
    v = A + d
    mean = float((y / v).sum() / (1 / v).sum())
    own = A / v
    g1, g2 = own * d, (1 - own) ** 2 / (1 / v).sum()
    g3 = d**2 / v**3 * 2 / (1 / v**2).sum()
    return Shrunk(own * y + (1 - own) * mean, np.sqrt(g1 + g2 + 2 * g3), mean, A, own)


def _between(y: Array, d: Array) -> float:
    """Variance between units by Fisher scoring of the restricted likelihood; 0 at its edge."""
    A = max(float(y.var(ddof=1) - d.mean()), 0.0)
    for _ in range(STEPS):
        w = 1 / (A + d)
        rest = y - (w * y).sum() / w.sum()
        information = ((w**2).sum() - 2 * (w**3).sum() / w.sum() + (w**2).sum() ** 2 / w.sum() ** 2) / 2
        score = ((w * rest) ** 2).sum() / 2 - (w.sum() - (w**2).sum() / w.sum()) / 2
        step = max(A + float(score / information), 0.0)
        if abs(step - A) <= SETTLED * max(1.0, A):
            return step
        A = step
    return A
