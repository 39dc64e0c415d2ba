"""Moments under missing answers: EM for the multivariate normal, grouped by answer pattern.

The mean and covariance that full-information maximum likelihood uses (Little & Rubin 2019, ch. 11). Rows
enter only through each pattern's count, mean and cross-products, so an iteration does not grow with rows.
Patterns with equally many missing items are computed together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ncsi.arrays import Array, Mask, Positions
from ncsi.errors import ModelError, NotConverged
from ncsi.model.moments.coded import MISSING, Answers, Coded, lacking, standardised
from ncsi.model.moments.row_blocks import row_blocks
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


def patterns_of(X: Answers, weights: Array) -> tuple[Patterns, ...]:
    """Answer patterns of X (n, p) with NaN for missing, by number of missing items; shares sum to 1.

    Rows without any answer are left out.
    """
    p, keys = X.shape[1], _keys(X)
    absent = p - np.concatenate(
        [(~lacking(X, rows)).sum(axis=1, dtype=np.int32) for rows in row_blocks(len(X))]
    )
    total = weights[absent < p].sum()
    found = []
    for m in np.unique(absent[absent < p]).tolist():
        rows = np.flatnonzero(absent == m)
        found.append(_patterns(X, weights, rows, keys[rows], int(m), total))
    return tuple(found)


def _patterns(X: Answers, weights: Array, rows: Positions, keys: Words, m: int, total: float) -> Patterns:
    masks, pattern = _distinct(keys, X.shape[1])
    order = np.argsort(pattern, kind="stable")
    rows, pattern = rows[order], pattern[order]
    starts = np.flatnonzero(np.r_[True, pattern[1:] != pattern[:-1]])
    weight = np.add.reduceat(weights[rows], starts)
    first, second = _summed(X, weights, rows, starts)
    missing = np.nonzero(~masks)[1].reshape(len(masks), m)
    return Patterns(
        missing, weight / total, first / weight[:, None], second / weight[:, None, None], rows, pattern
    )


def _summed(X: Answers, weights: Array, rows: Positions, starts: Positions) -> tuple[Array, Array]:
    """Weighted sums of the answers (P, p), 0 where missing, and of their products (P, p, p), over the runs of `rows`
    that begin at `starts`: of some thousand rows at a time, for which long runs are cut."""
    p, ends = X.shape[1], np.append(starts[1:], len(rows))
    first, second = np.zeros((len(starts), p)), np.zeros((len(starts), p, p))
    pieces = [
        (k, start + part.start, start + part.stop)
        for k, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True))
        for part in row_blocks(end - start)
    ]
    most = row_blocks(len(rows))[0].stop
    while pieces:
        held = sum(b - pieces[0][1] <= most for _, _, b in pieces[:most])
        here, pieces = pieces[:held], pieces[held:]
        at = here[0][1]
        values = np.nan_to_num(X[rows[at : here[-1][2]]])
        weighted = values * weights[rows[at : here[-1][2]], None]
        np.add.at(first, [k for k, *_ in here], np.add.reduceat(weighted, [a - at for _, a, _ in here]))
        for k, a, b in here:
            second[k] += weighted[a - at : b - at].T @ values[a - at : b - at]
    return first, second


Words = NDArray[np.uint64]


def _keys(X: Answers) -> Words:
    """Which answers there are, of each row packed into numbers (n, words), which sort ten times faster than rows."""
    width = -(-X.shape[1] // 64) * 8
    keys = np.empty((len(X), width // 8), dtype=np.uint64)
    for rows in row_blocks(len(X)):
        packed = np.packbits(~lacking(X, rows), axis=1)
        words = np.zeros((len(packed), width), dtype=np.uint8)
        words[:, : packed.shape[1]] = packed
        keys[rows] = words.view(">u8")
    return keys


def _distinct(keys: Words, p: int) -> tuple[Mask, Positions]:
    """Distinct ones of some keys, sorted, as the mask (P, p) of what was answered; and which of them each is."""
    order = np.lexsort(keys.T[::-1])
    new = np.r_[True, (keys[order[1:]] != keys[order[:-1]]).any(axis=1)]
    which = np.empty(len(keys), dtype=np.intp)
    which[order] = np.cumsum(new) - 1
    distinct = np.ascontiguousarray(keys[order[new]].astype(">u8")).view(np.uint8)
    return np.unpackbits(distinct, axis=1, count=p).astype(np.bool_), which


def _spread_of(X: Answers) -> tuple[Array, Array]:
    """Mean and standard deviation (p,) of the answers that there are, whatever they weigh."""
    if not isinstance(X, Coded):
        return np.nanmean(X, axis=0), np.nanstd(X, axis=0)
    counts, values = X.counts(), X.values[:, :MISSING]
    n = counts.sum(axis=1)
    mean = (counts * values).sum(axis=1) / n
    return mean, np.sqrt((counts * (values - mean[:, None]) ** 2).sum(axis=1) / n)


def em_moments(X: Answers, weights: Array) -> Moments:
    """Maximum-likelihood mean and covariance of X (n, p), NaN where not answered, under weights (n,).

    Raises ModelError for a column (from 0) without variance, and NotConverged when the largest change, in units of
    the items' standard deviations, does not fall below 1e-9, or items come to follow from one another.
    """
    shift, scale = _spread_of(X)
    alike = np.flatnonzero(~varies(scale**2, scale**2 + shift**2))
    if alike.size:
        raise ModelError(
            f"moments under missing answers: every answer of column {alike[0]} is the same, so it has no covariance. "
            "Leave the column out."
        )
    patterns = patterns_of(standardised(X, shift, scale), weights)
    mean: Array = np.zeros(X.shape[1])
    cov: Array = np.eye(X.shape[1])
    for _ in range(MAX_ITERATIONS):
        try:
            first, second = expected(patterns, mean, cov)
        except np.linalg.LinAlgError:
            raise NotConverged(
                "moments under missing answers: EM came to items that follow from one another without error. Leave out "
                "an item that repeats others, or items that few respondents answered together."
            ) from None
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
