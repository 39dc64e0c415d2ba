"""One corrected EM step: how moments move when the rows are weighted anew, without iterating again.

A plain EM step from the full-sample solution falls short of the re-weighted optimum by the share of missing
information: θ₁−θ̂ ≈ (I−J)(θ*−θ̂), J being the derivative of the EM map at θ̂ (Dempster, Laird & Rubin 1977;
Meng & Rubin 1991). Multiplying by (I−J)⁻¹ takes the whole step. J needs pattern sums only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ncsi.model.em import Patterns, patterns_of, regression
from ncsi.model.moments import Moments

Array = NDArray[np.floating]
SINGLE = np.float32
"""Enough for the derivative: it corrects a step that is itself a few per cent of the whole."""
AT_A_TIME = 128
"""Missing answers of patterns differentiated at once: bounds memory at about 10 MB an array."""


def moment_rows(X: Array) -> Array:
    """Moments of single respondents (p + p(p+1)/2, n): the values of X (n, p), then their products on and above
    the diagonal."""
    p = X.shape[1]
    rows = np.empty((p + p * (p + 1) // 2, len(X)))
    rows[:p] = X.T
    for at, (i, j) in enumerate(zip(*np.triu_indices(p), strict=True), start=p):
        np.multiply(rows[i], rows[j], out=rows[at])
    return rows


def completed_rows(X: Array, weights: Array, moments: Moments) -> tuple[Array, Array]:
    """Expected moment rows (q, n) of standardised items given what was answered, and (I−J)⁻¹ (q, q).

    Their mean under any row weights is one EM step from `moments`; times the matrix, it is the whole step.
    """
    Z = (X - moments.mean) / moments.sd
    cov = moments.cov / np.outer(moments.sd, moments.sd)
    p, precision = len(cov), np.linalg.inv(cov)
    groups = patterns_of(Z, weights)
    filled = np.nan_to_num(Z)
    for one in groups:
        if one.missing.size:
            a, _ = regression(one, precision)
            at = one.missing[one.pattern]
            filled[one.rows[:, None], at] = (a[one.pattern] @ filled[one.rows][:, :, None])[:, :, 0]
    rows = moment_rows(filled)
    place = np.zeros((p, p), dtype=np.intp)
    place[np.triu_indices(p)] = np.arange(p, len(rows))
    for one in groups:
        _, residual = regression(one, precision)
        i, j = np.triu_indices(one.missing.shape[1])
        at = place[one.missing[:, i], one.missing[:, j]]
        rows[at[one.pattern], one.rows[:, None]] += residual[:, i, j][one.pattern]
    jacobian = _jacobian(groups, cov)
    return rows, np.linalg.inv(np.eye(len(jacobian)) - jacobian)


def _jacobian(groups: tuple[Patterns, ...], cov: Array) -> Array:
    """Derivative of the EM map at its fixed point (mean 0, `cov`), in moment coordinates (q, q)."""
    p = len(cov)
    i, j = np.triu_indices(p)
    q = p + len(i)
    d_mean, d_cov = np.zeros((q, p), SINGLE), np.zeros((q, p, p), SINGLE)
    d_mean[np.arange(p), np.arange(p)] = 1.0
    d_cov[np.arange(p, q), i, j] = d_cov[np.arange(p, q), j, i] = 1.0
    first, second = np.zeros((q, p)), np.zeros((q, p, p))
    precision = np.linalg.inv(cov)
    for one in groups:
        m = one.missing.shape[1]
        for start in range(0, len(one.missing) if m else 0, max(1, AT_A_TIME // max(m, 1))):
            part = one.part(start, start + max(1, AT_A_TIME // m))
            more_first, more_second = _differential(part, precision, d_mean, d_cov)
            first += more_first
            second += more_second
    return np.hstack([first, second[:, i, j]]).T


def _differential(one: Patterns, precision: Array, d_mean: Array, d_cov: Array) -> tuple[Array, Array]:
    """How the expected moments of some patterns move (q, p) and (q, p, p) in each direction."""
    q, (P, m), p = len(d_mean), one.missing.shape, precision.shape[0]
    observed = one.observed[:, None, :]
    a, _ = regression(one, precision)
    at = np.zeros((P, m, p))
    np.put_along_axis(at, one.missing[:, :, None], 1.0, axis=2)
    a, at, observed = a.astype(SINGLE), at.astype(SINGLE), observed.astype(SINGLE)
    mean, moment, share = (part.astype(SINGLE) for part in (one.mean, one.second, one.share[:, None]))
    a_t, at_t = np.swapaxes(a, 1, 2), np.swapaxes(at, 1, 2)
    d_rows = d_cov[:, one.missing]
    d_mo = d_rows * observed
    moved = (a.reshape(P * m, p) @ d_cov).reshape(q, P, m, p) * observed
    d_a = _by_pattern(d_mo - moved, _inverse_observed(one, precision).astype(SINGLE))
    constant = d_mean[:, one.missing] - (d_mean @ a.reshape(P * m, p).T).reshape(q, P, m)
    filled = constant + (d_a @ mean[:, :, None])[..., 0]
    cross = constant[..., None] * mean[:, None, :] + _by_pattern(d_a, moment)
    back = _by_pattern(d_mo, a_t)
    residual = _by_pattern(d_rows, at_t) - back - np.swapaxes(back, 2, 3) + _by_pattern(moved, a_t)
    own = _by_pattern(cross, a_t)
    own = _by_pattern(own + np.swapaxes(own, 2, 3) + residual, at)
    first = (filled * share).reshape(q, P * m) @ at.reshape(P * m, p)
    scatter = at.reshape(P * m, p).T
    mixed = scatter @ (cross * share[..., None]).reshape(q, P * m, p)
    second = mixed + np.swapaxes(mixed, 1, 2) + scatter @ (own * share[..., None]).reshape(q, P * m, p)
    return first, second


def _by_pattern(directions: Array, matrices: Array) -> Array:
    """(q, P, m, a) times (P, a, b) → (q, P, m, b), as one product a pattern."""
    q, P, m, a = directions.shape
    stacked = np.ascontiguousarray(np.moveaxis(directions, 1, 0)).reshape(P, q * m, a)
    return np.moveaxis((stacked @ matrices).reshape(P, q, m, matrices.shape[2]), 0, 1)


def _inverse_observed(one: Patterns, precision: Array) -> Array:
    """Inverse covariance of the observed items (P, p, p), zero elsewhere, by the Schur complement."""
    mask = one.observed
    rows = precision[one.missing] * mask[:, None, :]
    own = np.take_along_axis(precision[one.missing], one.missing[:, None, :], axis=2)
    inner = precision * mask[:, :, None] * mask[:, None, :]
    return inner - np.swapaxes(rows, 1, 2) @ np.linalg.solve(own, rows)
