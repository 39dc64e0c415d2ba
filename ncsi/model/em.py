"""Moments under missing answers: EM for the multivariate normal, grouped by answer pattern.

The mean and covariance that full-information maximum likelihood uses (Little & Rubin 2019, ch. 11). Rows
enter only through each pattern's count, mean and cross-products, so an iteration does not grow with rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ncsi.errors import NotConverged
from ncsi.model.moments import Moments

Array = NDArray[np.floating]
TOLERANCE = 1e-9
MAX_ITERATIONS = 2000


@dataclass(frozen=True, slots=True)
class Pattern:
    """Rows that answered the same items: which, and their weighted count, mean and second moment."""

    observed: NDArray[np.intp]
    missing: NDArray[np.intp]
    rows: NDArray[np.intp]
    share: float
    mean: Array
    second: Array


def patterns_of(X: Array, weights: Array) -> tuple[Pattern, ...]:
    """Answer patterns of X (n, p) with NaN for missing; shares sum to 1. Empty rows are left out."""
    answered = ~np.isnan(X)
    kept = np.flatnonzero(answered.any(axis=1))
    keys, groups = np.unique(np.packbits(answered[kept], axis=1), axis=0, return_inverse=True)
    order = np.argsort(groups, kind="stable")
    cuts = np.cumsum(np.bincount(groups.ravel(), minlength=len(keys)))[:-1]
    total = weights[kept].sum()
    return tuple(_pattern(X, weights, rows, total) for rows in np.split(kept[order], cuts))


def _pattern(X: Array, weights: Array, rows: NDArray[np.intp], total: float) -> Pattern:
    answered = ~np.isnan(X[rows[0]])
    observed, missing = np.flatnonzero(answered), np.flatnonzero(~answered)
    values, w = X[np.ix_(rows, observed)], weights[rows]
    weight = w.sum()
    second = (values * w[:, None]).T @ values / weight
    return Pattern(observed, missing, rows, float(weight / total), w @ values / weight, second)


def em_moments(X: Array, weights: Array) -> Moments:
    """Maximum-likelihood mean and covariance of X (n, p), NaN where not answered, under weights (n,).

    Raises NotConverged when the largest change, in units of the items' standard deviations, does not fall
    below 1e-9.
    """
    shift = np.nanmean(X, axis=0)
    scale = np.nanstd(X, axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    patterns = patterns_of((X - shift) / scale, weights)
    mean: Array = np.zeros(X.shape[1])
    cov: Array = np.eye(X.shape[1])
    for _ in range(MAX_ITERATIONS):
        first, second = expected(patterns, mean, cov)
        cov_next = second - np.outer(first, first)
        change = max(np.abs(first - mean).max(), np.abs(cov_next - cov).max())
        mean, cov = first, cov_next
        if change < TOLERANCE:
            rows = sum(len(pattern.rows) for pattern in patterns)
            return Moments(shift + scale * mean, cov * np.outer(scale, scale), float(weights.sum()), rows)
    raise NotConverged(
        f"moments under missing answers: EM still moved by {change:.1e} after {MAX_ITERATIONS} iterations. "
        "Leave out items that few respondents answered together."
    )


def regression(pattern: Pattern, cov: Array) -> tuple[Array, Array]:
    """Coefficients (m, o) of the missing items on the observed ones, and the residual covariance (m, m)."""
    o, m = pattern.observed, pattern.missing
    coefficients = np.linalg.solve(cov[np.ix_(o, o)], cov[np.ix_(o, m)]).T
    return coefficients, cov[np.ix_(m, m)] - coefficients @ cov[np.ix_(o, m)]


def expected(patterns: tuple[Pattern, ...], mean: Array, cov: Array) -> tuple[Array, Array]:
    """E-step: expected first moment (p,) and second moment (p, p) given the current mean and covariance."""
    first, second = np.zeros_like(mean), np.zeros_like(cov)
    for pattern in patterns:
        o, m = pattern.observed, pattern.missing
        a, residual = regression(pattern, cov)
        constant = mean[m] - a @ mean[o]
        first[o] += pattern.share * pattern.mean
        first[m] += pattern.share * (constant + a @ pattern.mean)
        cross = np.outer(constant, pattern.mean) + a @ pattern.second
        second[np.ix_(o, o)] += pattern.share * pattern.second
        second[np.ix_(m, o)] += pattern.share * cross
        second[np.ix_(o, m)] += pattern.share * cross.T
        filled = np.outer(constant + a @ pattern.mean, constant) + cross @ a.T
        second[np.ix_(m, m)] += pattern.share * (filled + residual)
    return first, second
