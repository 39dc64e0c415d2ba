"""Indices of careless responding by the definitions of the R package careless 1.2 (Yentes & Wilhelm 2018).

All take answers X (n, p), one row per respondent, NaN where missing, and return one value per respondent, NaN
where the index is not defined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ncsi.arrays import Array
from ncsi.model.moments.coded import Answers

_NO_SPREAD = 1e-12
_ROWS = 8192
"""Respondents at once: memory does not grow with them."""


def longest_run(X: Answers) -> NDArray[np.int64]:
    """Length of the longest run of identical answers in the order of the columns; a missing one is a run of 1."""
    found = np.empty(len(X), dtype=np.int64)
    for rows in _blocks(len(X)):
        found[rows] = _longest_run(X[rows])
    return found


def _longest_run(X: Array) -> NDArray[np.int64]:
    run = np.ones(len(X), dtype=np.int64)
    longest = run.copy()
    for k in range(1, X.shape[1]):
        run = np.where(X[:, k] == X[:, k - 1], run + 1, 1)
        np.maximum(longest, run, out=longest)
    return longest


def irv(X: Answers) -> Array:
    """Intra-individual response variability: SD (n − 1) of the respondent's own answers (Dunn et al. 2018).

    Exactly 0 where all answers are the same: deviations are taken from an answer, and from their mean after that.
    """
    return _in_blocks(_irv, X)


def _irv(X: Array) -> Array:
    answered = ~np.isnan(X)
    n = answered.sum(axis=1)
    from_first = np.where(answered, X - np.take_along_axis(X, answered.argmax(axis=1)[:, None], axis=1), 0.0)
    mean = from_first.sum(axis=1) / np.maximum(n, 1)
    squares = (np.where(answered, from_first - mean[:, None], 0.0) ** 2).sum(axis=1)
    return np.where(n > 1, np.sqrt(squares / np.maximum(n - 1, 1)), np.nan)


def mahalanobis(X: Answers) -> Array:
    """Mahalanobis D² from the mean, by the covariance of pairwise complete answers; missing ones count as mean.

    All NaN when there are too few rows, or the covariance is singular; NaN for a row without any answer.
    """
    nothing, blocks = np.full(len(X), np.nan), list(_blocks(len(X)))
    n = sum(((~np.isnan(X[rows])).sum(axis=0) for rows in blocks), np.zeros(X.shape[1], dtype=np.int64))
    if len(X) <= X.shape[1] or (n < 2).any():
        return nothing
    mean = sum((np.nan_to_num(X[rows]).sum(axis=0) for rows in blocks), np.zeros(X.shape[1])) / n
    cov = _pairwise_covariance(X, mean)
    if not np.isfinite(cov).all() or np.linalg.matrix_rank(cov, hermitian=True) < len(cov):
        return nothing
    inverse = np.linalg.inv(cov)

    def distance(part: Array) -> Array:
        centred = _centred(part, mean)
        D2 = np.einsum("ij,ij->i", centred @ inverse, centred)
        return np.where(np.isnan(part).all(axis=1), np.nan, D2)

    return _in_blocks(distance, X)


def even_odd(X: Answers, sizes: Sequence[int]) -> Array:
    """Even-odd inconsistency: minus the Spearman-Brown corrected correlation, within the respondent, of the means
    of the even and of the odd items of each scale; `sizes` are the scales' numbers of items, in column order.

    −1 is consistent, 1 inconsistent. NaN with fewer than two usable scales, or without spread. Raises
    ValueError when there are fewer than two scales, or they do not fill the columns.
    """
    if len(sizes) < 2 or sum(sizes) != X.shape[1]:
        raise ValueError(
            f"{len(sizes)} scales of {sum(sizes)} items for {X.shape[1]} columns. Name two or more scales "
            "that together have one item per column."
        )
    return _in_blocks(lambda part: _even_odd(part, sizes), X)


def _even_odd(X: Array, sizes: Sequence[int]) -> Array:
    starts = np.cumsum([0, *sizes[:-1]])
    scales = [X[:, a : a + size] for a, size in zip(starts, sizes, strict=True)]
    odd = np.column_stack([_mean(scale[:, 0::2]) for scale in scales])
    even = np.column_stack([_mean(scale[:, 1::2]) for scale in scales])
    r = _correlation(even, odd)
    with np.errstate(divide="ignore", invalid="ignore"):
        corrected = 2 * r / (1 + r)
    return -np.where(np.isnan(r), np.nan, np.maximum(corrected, -1.0))


def _blocks(n: int) -> Iterator[slice]:
    """Runs of n rows; one of none where there are none."""
    for start in range(0, max(n, 1), _ROWS):
        yield slice(start, min(start + _ROWS, n))


def _in_blocks(index: Callable[[Array], Array], X: Answers) -> Array:
    """An index of each row, some rows at a time."""
    found = np.empty(len(X))
    for rows in _blocks(len(X)):
        found[rows] = index(X[rows])
    return found


def _centred(X: Array, mean: Array) -> Array:
    """Answers less their mean, 0 where missing."""
    return np.where(np.isnan(X), 0.0, X - mean)


def _pairwise_covariance(X: Answers, mean: Array) -> Array:
    """Covariance of each pair of columns over the rows that answered both, divided by their number less 1."""
    n, sums, products = (np.zeros((X.shape[1], X.shape[1])) for _ in range(3))
    for rows in _blocks(len(X)):
        answered, centred = (~np.isnan(X[rows])).astype(float), _centred(X[rows], mean)
        n += answered.T @ answered
        sums += centred.T @ answered
        products += centred.T @ centred
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((products - sums * sums.T / n) / (n - 1))


def _mean(X: Array) -> Array:
    answered = ~np.isnan(X)
    n = answered.sum(axis=1)
    return np.where(n > 0, np.where(answered, X, 0.0).sum(axis=1) / np.maximum(n, 1), np.nan)


def _correlation(a: Array, b: Array) -> Array:
    """Correlation of each row of `a` with that of `b`, over the positions that both have."""
    both = ~(np.isnan(a) | np.isnan(b))
    n = np.maximum(both.sum(axis=1), 1)[:, None]
    left, right = np.where(both, a, 0.0), np.where(both, b, 0.0)
    left = np.where(both, left - left.sum(axis=1, keepdims=True) / n, 0.0)
    right = np.where(both, right - right.sum(axis=1, keepdims=True) / n, 0.0)
    spread = (left**2).sum(axis=1) * (right**2).sum(axis=1)
    defined = (both.sum(axis=1) > 1) & (spread > _NO_SPREAD)
    product = (left * right).sum(axis=1)
    return np.where(defined, product / np.sqrt(np.where(defined, spread, 1.0)), np.nan)
