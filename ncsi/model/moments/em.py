"""Moments under missing answers: EM for the multivariate normal, grouped by answer pattern.

The mean and covariance that full-information maximum likelihood uses (Little & Rubin 2019, ch. 11). Rows
enter only through each pattern's count, mean and cross-products, so an iteration does not grow with rows.
Patterns with equally many missing items are computed together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ncsi.arrays import Array, Mask, Positions
from ncsi.errors import ModelError, NotConverged
from ncsi.model.moments.weighted import Moments, varies

TOLERANCE = 1e-9
MAX_ITERATIONS = 2000


@dataclass(frozen=True, slots=True)
class Patterns:
    """P answer patterns with m missing items each. `missing` (P, m) positions; `share` (P,) of the weight;
    `mean` (P, p) and `second` (P, p, p) moments of the answers, zero where missing; `rows` (R,) of the data
    and the pattern of each, `pattern` (R,)."""

    missing: Positions
    share: Array
    mean: Array
    second: Array
    rows: Positions
    pattern: Positions

    @property
    def observed(self) -> Array:
        """1 where answered, 0 where missing (P, p)."""
        mask = np.ones_like(self.mean)
        np.put_along_axis(mask, self.missing, 0.0, axis=1)
        return mask

    def part(self, start: int, stop: int) -> Patterns:
        """Some of the patterns, without their rows."""
        nothing = np.zeros(0, dtype=np.intp)
        cut = slice(start, stop)
        return Patterns(
            self.missing[cut], self.share[cut], self.mean[cut], self.second[cut], nothing, nothing
        )


def patterns_of(X: Array, weights: Array) -> tuple[Patterns, ...]:
    """Answer patterns of X (n, p) with NaN for missing, by number of missing items; shares sum to 1.

    Rows without any answer are left out.
    """
    answered = ~np.isnan(X)
    kept = np.flatnonzero(answered.any(axis=1))
    total = weights[kept].sum()
    absent = X.shape[1] - answered[kept].sum(axis=1)
    return tuple(_patterns(X, weights, kept[absent == m], int(m), total) for m in np.unique(absent))


def _patterns(X: Array, weights: Array, rows: Positions, m: int, total: float) -> Patterns:
    masks, pattern = _distinct(~np.isnan(X[rows]))
    order = np.argsort(pattern, kind="stable")
    rows, pattern = rows[order], pattern[order]
    starts = np.flatnonzero(np.r_[True, pattern[1:] != pattern[:-1]])
    values, w = np.nan_to_num(X[rows]), weights[rows]
    weight = np.add.reduceat(w, starts)
    weighted = values * w[:, None]
    first = np.add.reduceat(weighted, starts) / weight[:, None]
    ends = np.append(starts[1:], len(rows))
    second = np.stack([weighted[a:b].T @ values[a:b] for a, b in zip(starts, ends, strict=True)])
    missing = np.nonzero(~masks)[1].reshape(len(masks), m)
    return Patterns(missing, weight / total, first, second / weight[:, None, None], rows, pattern)


def _distinct(answered: Mask) -> tuple[Mask, Positions]:
    """Distinct rows of a mask (n, p), sorted, and which of them each row is; packed into numbers, which sort ten
    times faster than rows."""
    packed = np.packbits(answered, axis=1)
    words = np.zeros((len(packed), -(-packed.shape[1] // 8) * 8), dtype=np.uint8)
    words[:, : packed.shape[1]] = packed
    keys = words.view(">u8").astype(np.uint64)
    order = np.lexsort(keys.T[::-1])
    new = np.r_[True, (keys[order[1:]] != keys[order[:-1]]).any(axis=1)]
    which = np.empty(len(keys), dtype=np.intp)
    which[order] = np.cumsum(new) - 1
    return answered[order[new]], which


def em_moments(X: Array, weights: Array) -> Moments:
    """Maximum-likelihood mean and covariance of X (n, p), NaN where not answered, under weights (n,).

    Raises ModelError for a column (from 0) without variance, and NotConverged when the largest change, in units of
    the items' standard deviations, does not fall below 1e-9.
    """
    shift = np.nanmean(X, axis=0)
    scale = np.nanstd(X, axis=0)
    alike = np.flatnonzero(~varies(scale**2, scale**2 + shift**2))
    if alike.size:
        raise ModelError(
            f"moments under missing answers: every answer of column {alike[0]} is the same, so it has no covariance. "
            "Leave the column out."
        )
    patterns = patterns_of((X - shift) / scale, weights)
    mean: Array = np.zeros(X.shape[1])
    cov: Array = np.eye(X.shape[1])
    for _ in range(MAX_ITERATIONS):
        first, second = expected(patterns, mean, cov)
        cov_next = second - np.outer(first, first)
        change = max(np.abs(first - mean).max(), np.abs(cov_next - cov).max())
        mean, cov = first, cov_next
        if change < TOLERANCE:
            rows = sum(len(one.rows) for one in patterns)
            return Moments(shift + scale * mean, cov * np.outer(scale, scale), float(weights.sum()), rows)
    raise NotConverged(
        f"moments under missing answers: EM still moved by {change:.1e} after {MAX_ITERATIONS} iterations. "
        "Leave out items that few respondents answered together."
    )


def regression(patterns: Patterns, precision: Array) -> tuple[Array, Array]:
    """Coefficients (P, m, p) of the missing items on the observed ones, zero elsewhere, and the residual
    covariance (P, m, m), from the inverse covariance."""
    rows = precision[patterns.missing]
    own = np.take_along_axis(rows, patterns.missing[:, None, :], axis=2)
    residual = np.linalg.inv(own)
    return -residual @ (rows * patterns.observed[:, None, :]), residual


def expected(groups: tuple[Patterns, ...], mean: Array, cov: Array) -> tuple[Array, Array]:
    """E-step: expected first moment (p,) and second moment (p, p) given the current mean and covariance."""
    first, second = np.zeros_like(mean), np.zeros_like(cov)
    precision = np.linalg.inv(cov)
    for one in groups:
        first += one.share @ one.mean
        second += np.tensordot(one.share, one.second, 1)
        if not one.missing.size:
            continue
        a, residual = regression(one, precision)
        constant = mean[one.missing] - a @ mean
        filled = constant + (a @ one.mean[:, :, None])[:, :, 0]
        cross = constant[:, :, None] * one.mean[:, None, :] + a @ one.second
        own = filled[:, :, None] * constant[:, None, :] + cross @ np.swapaxes(a, 1, 2) + residual
        np.add.at(first, one.missing, one.share[:, None] * filled)
        mixed = np.zeros_like(cov)
        np.add.at(mixed, one.missing, one.share[:, None, None] * cross)
        second += mixed + mixed.T
        np.add.at(second, (one.missing[:, :, None], one.missing[:, None, :]), one.share[:, None, None] * own)
    return first, second
