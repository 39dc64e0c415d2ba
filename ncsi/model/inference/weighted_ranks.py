"""Ranks, rank correlations and margins of a weighted sample."""

from __future__ import annotations

import numpy as np

from ncsi.arrays import Array


def middle_ranks(values: Array, weights: Array) -> Array:
    """The middle of each value's share (n,) in the weighted distribution, in the unit of the weights."""
    _, of = np.unique(values, return_inverse=True)
    share = np.bincount(of.ravel(), weights)
    return np.asarray((np.cumsum(share) - share / 2)[of.ravel()])


def spearman(x: Array, y: Array, weights: Array) -> float:
    """Weighted rank correlation: that of the middles of each value's share in the weighted distribution."""
    ranks = np.array([middle_ranks(one, weights) for one in (x, y)])
    cov = np.cov(ranks, aweights=weights)
    return float(cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1]))


def margin(values: Array, weights: Array) -> Array:
    """As many values as there are, ascending: the weighted quantiles at (k − ½)/n; without weights the values."""
    order = np.argsort(values, kind="stable")
    shares = np.cumsum(weights[order]) / weights.sum()
    at = np.searchsorted(shares, (np.arange(len(values)) + 0.5) / len(values))
    return np.asarray(values[order][np.minimum(at, len(values) - 1)])


def normal_correlation(rank_correlation: Array | float) -> Array:
    """The correlation of normal variables whose rank correlation that is (Pearson 1907): 2 sin(πρ/6)."""
    return np.asarray(2 * np.sin(np.pi * np.asarray(rank_correlation) / 6))
