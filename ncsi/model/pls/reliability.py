"""Reliability and discriminant validity of blocks, from the item correlation matrix alone."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from ncsi.arrays import Array
from ncsi.model.pls.positions import Layout


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


def rho_a_of_weights(weights: Array, layout: Layout) -> Array:
    """The same of every construct (K, B) from weights (p, B) alone: of a block of correlations w'(S − I)w = 1 − w'w,
    where composites have unit variance."""
    squared = weights**2
    squares, fourth = (np.add.reduceat(power, layout.starts, axis=0) for power in (squared, squared**2))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = squares**2 * (1 - squares) / (squares**2 - fourth)
    single = np.diff(np.append(layout.starts, layout.p)) < 2
    return np.asarray(np.where(single[:, None], np.nan, found))


def composite_reliability(loadings: Array) -> float:
    """ρ_C = (Σλ)²/((Σλ)² + Σ(1−λ²)) from Mode A loadings; NaN for one item."""
    if len(loadings) < 2:
        return float("nan")
    common = float(loadings.sum()) ** 2
    return common / (common + float((1 - loadings**2).sum()))


def average_variance_extracted(loadings: Array) -> float:
    """AVE = mean λ² from Mode A loadings; NaN for one item."""
    return float("nan") if len(loadings) < 2 else float((loadings**2).mean())


def pairs(layout: Layout) -> tuple[tuple[int, int], ...]:
    """Pairs of constructs."""
    return tuple(combinations(range(layout.K), 2))


def htmt(R: Array, layout: Layout) -> Array:
    """Heterotrait-monotrait ratio (Henseler, Ringle & Sarstedt 2015) of each of `pairs` (P, B), from item
    correlations (p, p, B).

    Mean absolute correlation between the blocks over the geometric mean of those within; a single item's
    own is 1.
    """
    absolute = np.abs(R)
    sums = np.add.reduceat(np.add.reduceat(absolute, layout.starts, axis=0), layout.starts, axis=1)
    sizes = np.diff(np.append(layout.starts, layout.p))[:, None]
    own = np.diagonal(sums).T
    within = np.where(sizes > 1, (own - sizes) / np.maximum(sizes * (sizes - 1), 1), 1.0)
    first, second = np.array(pairs(layout)).T
    between = sums[first, second] / (sizes[first] * sizes[second])
    return np.asarray(between / np.sqrt(within[first] * within[second]))


def htmt2(R: Array, layout: Layout) -> Array:
    """The same with geometric means (Roemer, Schuberth & Henseler 2021), which does not take items for equally good.

    NaN where a correlation between or within the two blocks is not positive: it has no geometric mean then.
    """
    logs = np.log(np.where(R > 0, R, np.nan))
    sizes = [block.stop - block.start for block in layout.blocks]
    within = np.stack(
        [
            logs[block, block].sum(axis=(0, 1)) / max(k * (k - 1), 1)
            for block, k in zip(layout.blocks, sizes, strict=True)
        ]
    )
    between = [logs[layout.blocks[a], layout.blocks[b]].mean(axis=(0, 1)) for a, b in pairs(layout)]
    first, second = np.array(pairs(layout)).T
    ratios: Array = np.exp(np.stack(between) - (within[first] + within[second]) / 2)
    return ratios
