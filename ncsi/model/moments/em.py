"""Moments under missing answers: EM for the multivariate normal, grouped by answer pattern.

The mean and covariance that full-information maximum likelihood uses (Little & Rubin 2019, ch. 11). Rows
enter only through each pattern's count, mean and cross-products, so an iteration does not grow with rows.
Patterns with equally many missing items are computed together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ncsi.arrays import Array, Mask, Positions, narrowest
from ncsi.errors import ModelError, NotConverged
from ncsi.model.moments.coded import MISSING, Answers, Coded, lacking, standardised
from ncsi.model.moments.row_blocks import row_blocks
from ncsi.model.moments.weighted import Moments, varies

TOLERANCE = 1e-9
MAX_ITERATIONS = 2000
AT_A_TIME = 512
"""Patterns or respondents at once: bounds memory at about 3 MB an array."""


@dataclass(frozen=True, slots=True)
class Some:
    """Some of the patterns of a group: `missing` (P, m), `share` (P,), `mean` (P, p) as `Patterns`; `second` (P, p, p)
    moments of the answers, zero where missing."""

    missing: Positions
    share: Array
    mean: Array
    second: Array

    @property
    def observed(self) -> Array:
        """1 where answered, 0 where missing (P, p)."""
        return _observed(self.missing, self.mean.shape[1])


@dataclass(frozen=True, slots=True)
class Patterns:
    """P answer patterns with m missing items each. `missing` (P, m) positions; `share` (P,) of the weight; `mean`
    (P, p) of the answers, zero where missing; `first` (p,) and `second` (p, p) moments over all patterns, weighed by
    share; `rows` (R,) of the data, pattern after pattern, and the pattern of each, `pattern` (R,). `products`: what the
    second moments of each pattern come from."""

    missing: Positions
    share: Array
    mean: Array
    first: Array
    second: Array
    rows: NDArray[np.int32]
    pattern: NDArray[np.int32]
    products: _Products

    @property
    def observed(self) -> Array:
        """1 where answered, 0 where missing (P, p)."""
        return _observed(self.missing, self.mean.shape[1])

    def parts(self) -> Iterator[Some]:
        """The patterns, some at a time."""
        for start in range(0, len(self.share), AT_A_TIME):
            cut = slice(start, min(start + AT_A_TIME, len(self.share)))
            yield Some(self.missing[cut], self.share[cut], self.mean[cut], self.products.of(self.rows, cut))


def _observed(missing: Positions, p: int) -> Array:
    mask = np.ones((len(missing), p))
    np.put_along_axis(mask, missing, 0.0, axis=1)
    return mask


@dataclass(frozen=True, slots=True)
class _Products:
    """Second moments of patterns that weigh `weight` (P,), whose rows begin at `starts` (P,): held of those that
    several have, as `second` (K, p, p) at the places `at` (P,), ascending; of a single respondent, whose place is −1,
    p² numbers are soon made anew of his answers among X."""

    X: Answers
    weights: Array
    weight: Array
    starts: Positions
    at: NDArray[np.int32]
    second: Array

    def of(self, rows: NDArray[np.int32], cut: slice) -> Array:
        """Those (P', p, p) of a run of the patterns, of whose `rows` all are given."""
        at = self.at[cut]
        single = np.flatnonzero(at < 0)
        if not len(single):
            return self.second[at[0] : at[-1] + 1]
        own = rows[self.starts[cut][single]]
        values = np.nan_to_num(self.X[own])
        weighted = values * self.weights[own, None]
        made = weighted[:, :, None] * values[:, None, :]
        made /= self.weight[cut][single, None, None]
        if len(single) == len(at):
            return np.asarray(made)
        found = self.second[at]
        found[single] = made
        return found


def patterns_of(X: Answers, weights: Array) -> tuple[Patterns, ...]:
    """Answer patterns of X (n, p) with NaN for missing, by number of missing items; shares sum to 1.

    Rows without any answer are left out.
    """
    p = X.shape[1]
    absent = np.empty(len(X), dtype=narrowest(p + 1))
    for run in row_blocks(len(X)):
        absent[run] = lacking(X, run).sum(axis=1)
    some = absent < p
    total = (weights if some.all() else weights[some]).sum()
    found = []
    for m in range(p):
        rows = np.flatnonzero(absent == m).astype(np.int32)
        if len(rows):
            found.append(_patterns(X, weights, rows, m, total))
    return tuple(found)


def _patterns(X: Answers, weights: Array, rows: NDArray[np.int32], m: int, total: float) -> Patterns:
    p = X.shape[1]
    masks, pattern = np.ones((1, p), dtype=bool), np.broadcast_to(np.int32(0), len(rows))
    if m:
        masks, pattern = _distinct(_keys(X, rows), p)
        order = np.argsort(pattern, kind="stable")
        rows, pattern = rows[order], pattern[order]
    sizes = np.bincount(pattern) if m else np.array([len(rows)])
    starts = np.cumsum(sizes) - sizes
    weight = np.add.reduceat(weights[rows], starts)
    first, second = _summed(X, weights, rows, starts)
    share, mean = weight / total, first / weight[:, None]
    second /= weight[:, None, None]
    summed = share @ mean, np.tensordot(share, second, 1)
    several = sizes > 1
    at = np.where(several, np.cumsum(several) - 1, -1).astype(np.int32)
    products = _Products(X, weights, weight, starts, at, second if several.all() else second[several])
    missing = np.nonzero(~masks)[1].reshape(len(masks), m)
    return Patterns(missing, share, mean, *summed, rows, pattern, products)


def _summed(X: Answers, weights: Array, rows: NDArray[np.int32], starts: Positions) -> tuple[Array, Array]:
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


def _keys(X: Answers, rows: NDArray[np.int32]) -> Words:
    """Which answers there are, of each of some rows packed into numbers (R, words), which sort ten times faster than
    rows."""
    width = -(-X.shape[1] // 64) * 8
    keys = np.empty((len(rows), width // 8), dtype=np.uint64)
    for run in row_blocks(len(rows)):
        packed = np.packbits(~lacking(X, rows[run]), axis=1)
        words = np.zeros((len(packed), width), dtype=np.uint8)
        words[:, : packed.shape[1]] = packed
        keys[run] = words.view(">u8")
    return keys


def _distinct(keys: Words, p: int) -> tuple[Mask, NDArray[np.int32]]:
    """Distinct ones of some keys, sorted, as the mask (P, p) of what was answered; and which of them each is."""
    order = np.lexsort(keys.T[::-1])
    new = np.r_[True, (keys[order[1:]] != keys[order[:-1]]).any(axis=1)]
    which = np.empty(len(keys), dtype=np.int32)
    which[order] = np.cumsum(new, dtype=np.int32) - 1
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


def regression(patterns: Patterns | Some, precision: Array) -> tuple[Array, Array]:
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
    for group in groups:
        first += group.first
        second += group.second
        if not group.missing.size:
            continue
        mixed, of_missing = np.zeros_like(cov), []
        for one in group.parts():
            a, residual = regression(one, precision)
            constant = mean[one.missing] - a @ mean
            filled = constant + (a @ one.mean[:, :, None])[:, :, 0]
            cross = constant[:, :, None] * one.mean[:, None, :] + a @ one.second
            own = filled[:, :, None] * constant[:, None, :] + cross @ np.swapaxes(a, 1, 2) + residual
            np.add.at(first, one.missing, one.share[:, None] * filled)
            np.add.at(mixed, one.missing, one.share[:, None, None] * cross)
            of_missing.append(one.share[:, None, None] * own)
        second += mixed + mixed.T
        at = group.missing
        np.add.at(second, (at[:, :, None], at[:, None, :]), np.concatenate(of_missing))
    return first, second
