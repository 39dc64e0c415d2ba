"""Ranks that do not turn on how a number is stored: values count as they are to 12 significant digits.

A published data set ranked three units by the last bit of 5.1, stored in two ways; here those are ties.
"""

from __future__ import annotations

import numpy as np

from ncsi.arrays import Array, Mask

DIGITS = 12
CLOSE = 1e-11
"""Numbers further apart, relative to the largest, differ in 12 digits."""
_NOTHING = 1e-200


def significant(values: Array) -> Array:
    """The values rounded to 12 significant digits; NaN stays, and what is nearer to 0 than any figure becomes 0."""
    size = np.abs(values)
    size = np.where((size > _NOTHING) & np.isfinite(size), size, 1.0)
    scale = 10.0 ** (DIGITS - 1 - np.floor(np.log10(size)))
    rounded: Array = np.round(values * scale) / scale
    return rounded


def ascending(values: Array) -> Array:
    """Ranks along axis -2, 1 for the lowest; ties all take the lowest rank of theirs, NaN stays NaN.

    `values` (..., n, p) compare to 12 significant digits.
    """
    compared = np.ascontiguousarray(values.swapaxes(-1, -2))
    order = np.argsort(compared, axis=-1)
    in_order = np.take_along_axis(compared, order, axis=-1)
    begins = np.ones(compared.shape, dtype=bool)
    if values.shape[-2] > 1:
        begins[..., 1:] = ~_equal(in_order[..., :-1], in_order[..., 1:])
    first = np.maximum.accumulate(np.where(begins, np.arange(1.0, values.shape[-2] + 1), 0.0), axis=-1)
    ranks = np.empty(compared.shape)
    np.put_along_axis(ranks, order, first, axis=-1)
    ranks[np.isnan(compared)] = np.nan
    return np.asarray(ranks.swapaxes(-1, -2))


def _equal(lower: Array, upper: Array) -> Mask:
    """Whether neighbours in order (..., n - 1) are one number to 12 significant digits; rounds only what might be."""
    size = np.fmax(np.abs(lower[..., :1]), np.fmax.reduce(np.abs(upper), axis=-1, keepdims=True))
    equal = upper - lower <= CLOSE * size
    equal[equal] = significant(lower[equal]) == significant(upper[equal])
    return np.asarray(equal)


def descending(scores: Array) -> Array:
    """Ranks of scores (..., n), 1 for the highest; ties all take the best rank of theirs, NaN stays NaN."""
    ranks: Array = ascending(-scores[..., None])[..., 0]
    return ranks
