"""Reliability and discriminant validity of blocks, from the item correlation matrix alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ncsi.model.layout import Layout

Array = NDArray[np.floating]


def cronbach_alpha(S: Array) -> float:
    """α = k/(k−1) (1 − Σs_i²/s_T²) of a block covariance or correlation matrix S; NaN for one item."""
    k = len(S)
    return float("nan") if k < 2 else k / (k - 1) * (1 - float(np.trace(S) / S.sum()))


def rho_a(S: Array, weights: Array) -> float:
    """Dijkstra & Henseler (2015): (w'w)² · w'(S−diag S)w / w'(ww'−diag ww')w; NaN for one item.

    `weights` are Mode A weights of the standardised items, scaled to unit construct variance.
    """
    if len(S) < 2:
        return float("nan")
    outer = np.outer(weights, weights)
    above = weights @ (S - np.diag(np.diag(S))) @ weights
    below = weights @ (outer - np.diag(np.diag(outer))) @ weights
    return float((weights @ weights) ** 2 * above / below)


def composite_reliability(loadings: Array) -> float:
    """ρ_C = (Σλ)²/((Σλ)² + Σ(1−λ²)) from Mode A loadings; NaN for one item."""
    if len(loadings) < 2:
        return float("nan")
    common = float(loadings.sum()) ** 2
    return common / (common + float((1 - loadings**2).sum()))


def average_variance_extracted(loadings: Array) -> float:
    """AVE = mean λ² from Mode A loadings; NaN for one item."""
    return float("nan") if len(loadings) < 2 else float((loadings**2).mean())


def htmt(R: Array, layout: Layout) -> dict[tuple[int, int], float]:
    """Heterotrait-monotrait ratio (Henseler, Ringle & Sarstedt 2015) of every pair of constructs.

    Mean absolute correlation between the blocks over the geometric mean of those within; a single item's
    own is 1.
    """
    absolute, blocks = np.abs(R), layout.blocks
    within = [_mean_above_diagonal(absolute[block, block]) for block in blocks]
    return {
        (a, b): float(absolute[blocks[a], blocks[b]].mean() / np.sqrt(within[a] * within[b]))
        for a in range(layout.K)
        for b in range(a + 1, layout.K)
    }


def _mean_above_diagonal(S: Array) -> float:
    return float(S[np.triu_indices(len(S), 1)].mean()) if len(S) > 1 else 1.0
