"""Weighted first and second moments of items, the only thing that estimation needs of the rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ncsi.arrays import Array, Mask
from ncsi.model.moments.coded import Answers, Coded
from ncsi.model.moments.row_blocks import row_blocks

ROUNDING = 64 * float(np.finfo(np.float64).eps)
"""A variance below this share of the second moment is what rounding leaves of none at all (docs/method.md §14)."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean (p,) and covariance (p, p), divided by the sum of weights; `total` is that sum, `n` the rows."""

    mean: Array
    cov: Array
    total: float
    n: int

    @property
    def sd(self) -> Array:
        """Standard deviations (p,), divided by the sum of weights."""
        return np.sqrt(np.diag(self.cov))

    @property
    def correlations(self) -> Array:
        """Correlations of the items (p, p)."""
        return np.asarray(self.cov / np.outer(self.sd, self.sd))


def weighted_moments(X: Array, weights: Array) -> Moments:
    """Moments of complete rows X (n, p) under weights (n,): μ = Σwx/Σw, Σ = Σw(x−μ)(x−μ)'/Σw."""
    return batch_moments([(X, weights)])


def moments_of(answers: Answers, weights: Array) -> Moments:
    """The same of complete answers, of many respondents some thousand at a time."""
    if not isinstance(answers, Coded):
        return weighted_moments(answers, weights)
    return batch_moments((answers[rows], weights[rows]) for rows in row_blocks(len(answers)))


def batch_moments(batches: Iterable[tuple[Array, Array]]) -> Moments:
    """The same, summed batch by batch in the order given, so that the same input gives the same bits.

    Sums are taken about the first batch's mean, which keeps them exact for data far from zero.
    Raises ValueError when there is no row.
    """
    shift: Array | None = None
    total, n = 0.0, 0
    first = second = np.zeros(0)
    for X, weights in batches:
        if shift is None:
            shift = np.average(X, axis=0, weights=weights)
            first, second = np.zeros(X.shape[1]), np.zeros((X.shape[1], X.shape[1]))
        centred = X - shift
        weighted = centred * weights[:, None]
        first += weighted.sum(axis=0)
        second += weighted.T @ centred
        total += float(weights.sum())
        n += len(X)
    if shift is None:
        raise ValueError("no rows: moments need at least one batch")
    mean = first / total
    return Moments(shift + mean, second / total - np.outer(mean, mean), total, n)


def varies(variance: Array, second: Array) -> Mask:
    """Whether each variance is more than rounding: above 64 ε times its second moment (same shape)."""
    return np.asarray(variance > ROUNDING * second)
