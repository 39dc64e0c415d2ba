"""Inner weights: how a construct's neighbours make its proxy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ncsi.arrays import Array
from ncsi.model.pls.positions import Layout

Scheme = Callable[[Array, Layout], Array]
"""Construct correlations (K, K, B) → inner weights E (K, K, B); column j weighs the neighbours of j."""


def centroid(phi: Array, layout: Layout) -> Array:
    """Sign of the correlation with each neighbour."""
    return np.sign(factorial(phi, layout))


def factorial(phi: Array, layout: Layout) -> Array:
    """Correlation with each neighbour."""
    return phi * np.maximum(layout.arrows, np.swapaxes(layout.arrows, 0, 1))


def path(phi: Array, layout: Layout) -> Array:
    """Regression coefficients on the causes, correlations with the effects."""
    inner = phi * np.swapaxes(layout.arrows, 0, 1)
    for j, equation in layout.equations.items():
        inner[list(layout.causes[j]), j] = regress(phi[equation])
    return inner


SCHEMES: dict[str, Scheme] = {"path": path, "factorial": factorial, "centroid": centroid}


def regress(table: Array) -> Array:
    """Standardised regression (m, B) of the last column of `table` (m, m + 1, B), which is overwritten, on the
    correlated others, by elimination over the batch; a correlation matrix needs no pivoting."""
    last = len(table) - 1
    for a in range(last):
        ahead = table[a, a + 1 :]
        ahead /= table[a, a]
        table[a + 1 :, a + 1 :] -= table[a + 1 :, a, None] * ahead
    beta = table[:, -1]
    beta[last] /= table[last, last]
    for a in range(last, 0, -1):
        beta[:a] -= table[:a, a] * beta[a]
    return beta
