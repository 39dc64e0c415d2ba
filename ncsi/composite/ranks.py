"""Ranks that do not turn on how a number is stored: values count as they are to 12 significant digits.

A published data set ranked three units by the last bit of 5.1, stored in two ways; here those are ties.
"""

from __future__ import annotations

import numpy as np

from ncsi.arrays import Array

DIGITS = 12


def significant(values: Array) -> Array:
    """The values rounded to 12 significant digits; NaN stays."""
    size = np.abs(values)
    size = np.where((size > 0) & np.isfinite(size), size, 1.0)
    scale = 10.0 ** (DIGITS - 1 - np.floor(np.log10(size)))
    rounded: Array = np.round(values * scale) / scale
    return rounded


def ascending(values: Array) -> Array:
    """Ranks along axis -2, 1 for the lowest; ties all take the lowest rank of theirs, NaN stays NaN.

    `values` (..., n, p) compare to 12 significant digits.
    """
    compared = significant(values)
    order = np.argsort(compared, axis=-2, kind="stable")
    in_order = np.take_along_axis(compared, order, axis=-2)
    place = np.broadcast_to(np.arange(values.shape[-2])[:, None], values.shape)
    begins = np.ones(values.shape, dtype=bool)
    begins[..., 1:, :] = in_order[..., 1:, :] != in_order[..., :-1, :]
    first = np.maximum.accumulate(np.where(begins, place, 0), axis=-2)
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, first + 1.0, axis=-2)
    ranks[np.isnan(values)] = np.nan
    return ranks


def descending(scores: Array) -> Array:
    """Ranks of scores (..., n), 1 for the highest; ties all take the best rank of theirs, NaN stays NaN."""
    ranks: Array = ascending(-scores[..., None])[..., 0]
    return ranks
