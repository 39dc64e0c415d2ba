"""Small areas: means drawn towards their common mean as far as their sampling error says (Fay & Herriot 1979)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from ncsi.arrays import Array, Positions
from ncsi.errors import ModelError

STEPS, SETTLED = 100, 1e-10


@dataclass(frozen=True, slots=True)
class Shrunk:
    """Empirical best linear predictors (J,) with root mean squared errors (J,); the `mean` of all units, the means
    `toward` (J,) that they are drawn to, the `variance` between units, and the weight `own` (J,) of each unit's own
    estimate; `df`, degrees of freedom of the variance."""

    estimate: Array
    se: Array
    mean: float
    toward: Array
    variance: float
    own: Array
    df: int

    def low(self, level: float) -> Array:
        """Lower ends of intervals at `level`: t on J − G degrees of freedom, since A is estimated from J units about
        the means of G groups."""
        return self.estimate - self._reach(level)

    def high(self, level: float) -> Array:
        """Upper ends."""
        return self.estimate + self._reach(level)

    def _reach(self, level: float) -> Array:
        reach: Array = float(stdtrit(self.df, (1 + level) / 2)) * self.se
        return reach


def fay_herriot(estimates: ArrayLike, se: ArrayLike, groups: ArrayLike | None = None) -> Shrunk:
    """y_j = μ_g(j) + u_j + e_j with Var e_j = SE_j² known, Var u_j = A by restricted maximum likelihood.

    `groups` (J,): what each unit is one of; units are drawn to the mean of their group, and A is one for all groups.
    None: one group. θ̂_j = γ_j y_j + (1 − γ_j) μ̂_g, γ_j = A/(A + SE_j²). MSE = g₁ + g₂ + 2g₃ (Prasad & Rao 1990; Datta
    & Lahiri 2000): γSE² + (1 − γ)²/Σ_g(1/(A + SE²)) + 2 SE⁴/(A + SE²)³ · 2/Σ(A + SE²)⁻². Raises ModelError for fewer
    than two units more than groups, whose variance nothing tells, and for standard errors that are not positive.
    """
    y, d = np.asarray(estimates, dtype=np.float64), np.asarray(se, dtype=np.float64) ** 2
    group = np.zeros(len(y), dtype=np.intp)
    if groups is not None:
        group = np.unique(np.asarray(groups), return_inverse=True)[1].astype(np.intp)
    of = int(group.max(initial=0)) + 1
    if len(y) - of < 2:
        if of == 1:
            raise ModelError(f"{len(y)} units: shrinkage needs three or more.")
        raise ModelError(f"{len(y)} units in {of} groups: shrinkage needs two more units than groups.")
    if not (np.isfinite(y).all() and np.isfinite(d).all() and (d > 0).all()):
        raise ModelError("shrinkage: an estimate or standard error is missing or not positive. Leave it out.")
    A = _between(y, d, group)
    v = A + d
    weight = np.bincount(group, 1 / v)
    toward = (np.bincount(group, y / v) / weight)[group]
    mean = float((y / v).sum() / (1 / v).sum())
    own = A / v
    g1, g2 = own * d, (1 - own) ** 2 / weight[group]
    g3 = d**2 / v**3 * 2 / (1 / v**2).sum()
    estimate, error = own * y + (1 - own) * toward, np.sqrt(g1 + g2 + 2 * g3)
    return Shrunk(estimate, error, mean, toward, A, own, len(y) - of)


def _between(y: Array, d: Array, group: Positions) -> float:
    """Variance between units about the means of their groups, by Fisher scoring of the restricted likelihood; 0 at its
    edge."""
    about = y - (np.bincount(group, y) / np.bincount(group))[group]
    A = max(float((about**2).sum() / (len(y) - group.max(initial=0) - 1) - d.mean()), 0.0)
    for _ in range(STEPS):
        w = 1 / (A + d)
        one, two, three = (np.bincount(group, w**k) for k in (1, 2, 3))
        rest = y - (np.bincount(group, w * y) / one)[group]
        information = (two - 2 * three / one + two**2 / one**2).sum() / 2
        score = ((w * rest) ** 2).sum() / 2 - (one - two / one).sum() / 2
        step = max(A + float(score / information), 0.0)
        if abs(step - A) <= SETTLED * max(1.0, A):
            return step
        A = step
    return A
