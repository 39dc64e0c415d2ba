"""One corrected EM step: how moments move when the rows are weighted anew, without iterating again.

A plain EM step from the full-sample solution falls short of the re-weighted optimum by the share of missing
information: θ₁−θ̂ ≈ (I−J)(θ*−θ̂), J being the derivative of the EM map at θ̂ (Dempster, Laird & Rubin 1977;
Meng & Rubin 1991). Multiplying by (I−J)⁻¹ takes the whole step. J needs pattern sums only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ncsi.model.em import Pattern, patterns_of, regression
from ncsi.model.moments import Moments

Array = NDArray[np.floating]


def moment_rows(X: Array) -> Array:
    """Rows (n, p + p(p+1)/2): the values, then their products on and above the diagonal."""
    i, j = np.triu_indices(X.shape[1])
    return np.hstack([X, X[:, i] * X[:, j]])


def completed_rows(X: Array, weights: Array, moments: Moments) -> tuple[Array, Array]:
    """Expected moment rows (n, q) of standardised items given what was answered, and (I−J)⁻¹ (q, q).

    Their mean under any row weights is one EM step from `moments`; times the matrix, it is the whole step.
    """
    Z = (X - moments.mean) / moments.sd
    cov = moments.cov / np.outer(moments.sd, moments.sd)
    patterns = patterns_of(Z, weights)
    filled = np.zeros_like(Z)
    extra = np.zeros((len(Z), *cov.shape))
    for pattern in patterns:
        o, m, rows = pattern.observed, pattern.missing, pattern.rows
        a, residual = regression(pattern, cov)
        filled[np.ix_(rows, o)] = Z[np.ix_(rows, o)]
        filled[np.ix_(rows, m)] = Z[np.ix_(rows, o)] @ a.T
        extra[np.ix_(rows, m, m)] = residual
    i, j = np.triu_indices(len(cov))
    features = moment_rows(filled)
    features[:, len(cov) :] += extra[:, i, j]
    jacobian = _jacobian(patterns, cov)
    return features, np.linalg.inv(np.eye(len(jacobian)) - jacobian)


def _jacobian(patterns: tuple[Pattern, ...], cov: Array) -> Array:
    """Derivative of the EM map at its fixed point (mean 0, `cov`), in moment coordinates (q, q)."""
    p = len(cov)
    i, j = np.triu_indices(p)
    q = p + len(i)
    d_mean, d_cov = np.zeros((q, p)), np.zeros((q, p, p))
    d_mean[np.arange(p), np.arange(p)] = 1.0
    d_cov[np.arange(p, q), i, j] = d_cov[np.arange(p, q), j, i] = 1.0
    first, second = np.zeros_like(d_mean), np.zeros_like(d_cov)
    for pattern in patterns:
        if pattern.missing.size:
            _add_pattern(pattern, cov, d_mean, d_cov, first, second)
    return np.hstack([first, second[:, i, j]]).T


def _add_pattern(
    pattern: Pattern, cov: Array, d_mean: Array, d_cov: Array, first: Array, second: Array
) -> None:
    o, m, share = pattern.observed, pattern.missing, pattern.share
    a, _ = regression(pattern, cov)
    d_oo, d_mo, d_mm = d_cov[:, o[:, None], o], d_cov[:, m[:, None], o], d_cov[:, m[:, None], m]
    d_a = (d_mo - a @ d_oo) @ np.linalg.inv(cov[np.ix_(o, o)])
    constant = d_mean[:, m] - d_mean[:, o] @ a.T
    first[:, m] += share * (constant + d_a @ pattern.mean)
    cross = constant[:, :, None] * pattern.mean + d_a @ pattern.second
    filled = cross @ a.T
    residual = d_mm - d_mo @ a.T - a @ np.swapaxes(d_mo, 1, 2) + a @ d_oo @ a.T
    second[:, m[:, None], o] += share * cross
    second[:, o[:, None], m] += share * np.swapaxes(cross, 1, 2)
    second[:, m[:, None], m] += share * (filled + np.swapaxes(filled, 1, 2) + residual)
