"""Ranks, rank correlations and margins of a weighted sample, and scores that may be ranked."""

from __future__ import annotations

import numpy as np

from ncsi.arrays import Array
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import layout_of
from ncsi.model.pls.scores import row_scores

TIED = 10
"""Decimals of a score beyond which two do not differ."""
ROUNDING = 1e-12
"""Of the sum of all weights, more than sums of some of them round by."""


def ranked_scores(fit: PlsFit) -> Array:
    """Scores (n, constructs) of the respondents on 0-100. Those that rounding alone sets apart, as where one answered
    three items alike and another two of them, are one: a ceiling that both reach has one peer."""
    scores = row_scores(fit.sample.X, fit.outer, layout_of(fit.instrument).blocks)
    return np.column_stack([one_where_tied(column) for column in scores.T])


def one_where_tied(values: Array) -> Array:
    """The values (n,), one of them in the place of all that agree with it to `TIED` decimals; NaN stays."""
    _, first, of = np.unique(np.round(values, TIED), return_index=True, return_inverse=True)
    return np.asarray(values[first][of])


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
    """As many values as there are, ascending: the weighted quantiles at (k − ½)/n; without weights the values.

    A share that is a quantile but for rounding, as of whole weights, reaches it.
    """
    order = np.argsort(values, kind="stable")
    shares = np.cumsum(weights[order]) / weights.sum() + ROUNDING
    at = np.searchsorted(shares, (np.arange(len(values)) + 0.5) / len(values))
    return np.asarray(values[order][np.minimum(at, len(values) - 1)])


def normal_correlation(rank_correlation: Array | float) -> Array:
    """The correlation of normal variables whose rank correlation that is (Pearson 1907): 2 sin(πρ/6)."""
    return np.asarray(2 * np.sin(np.pi * np.asarray(rank_correlation) / 6))
