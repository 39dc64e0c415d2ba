"""The PLS path algorithm on a batch of correlation matrices: numbers in, numbers out, no labels.

Lohmöller (1989); Tenenhaus et al. (2005). The batch axis comes last, so that every step is a run over
contiguous memory whatever the size of the model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Layout:
    """The model as positions: K constructs over p items that lie in blocks, in construct order.

    `starts`: (K,) first item of each block. `formative`: Mode B per construct. `causes[k]`: constructs with a
    path to k. `order`: constructs sorted so that causes come first.
    """

    starts: Index
    p: int
    formative: tuple[bool, ...]
    causes: tuple[tuple[int, ...], ...]
    order: tuple[int, ...]

    @property
    def K(self) -> int:
        """Number of constructs."""
        return len(self.starts)

    @property
    def owner(self) -> Index:
        """Construct of each item (p,)."""
        return np.repeat(np.arange(self.K), np.diff(np.append(self.starts, self.p)))

    @property
    def blocks(self) -> tuple[slice, ...]:
        """Item positions of each construct."""
        ends = [*self.starts[1:], self.p]
        return tuple(slice(int(a), int(b)) for a, b in zip(self.starts, ends, strict=True))

    def effects(self, k: int) -> tuple[int, ...]:
        """Constructs that k has a path to."""
        return tuple(j for j in range(self.K) if k in self.causes[j])


Scheme = Callable[[Array, Layout], Array]
"""Construct correlations (K, K, B) → inner weights E (K, K, B); column j weighs the neighbours of j."""


@dataclass(frozen=True, slots=True)
class Solution:
    """Outer weights (p, B) for standardised items, construct correlations (K, K, B), item-construct
    correlations (p, K, B), whether each converged (B,), and the iterations taken."""

    weights: Array
    phi: Array
    cross: Array
    converged: NDArray[np.bool_]
    iterations: int


def solve(R: Array, layout: Layout, scheme: Scheme, tolerance: float, max_iterations: int = 300) -> Solution:
    """Outer weights of a batch of item correlation matrices R (p, p, B).

    Converged when no outer weight moves by more than `tolerance`; a matrix that has converged stands still, so
    that it does not matter which others it is solved with. Signs: a construct correlates positively
    with the majority of its items.
    """
    weights = _normalised(R, np.ones((layout.p, R.shape[2])), layout)
    inverses = _formative_inverses(R, layout)
    done = np.zeros(R.shape[2], dtype=bool)
    iterations = 0
    while iterations < max_iterations and not done.all():
        iterations += 1
        cross = _cross(R, weights, layout)
        inner = scheme(_construct_correlations(cross, weights, layout), layout)
        proxy = np.einsum("ikb,kib->ib", cross, inner[:, layout.owner])
        for k, inverse in inverses.items():
            proxy[layout.blocks[k]] = np.einsum("ijb,jb->ib", inverse, proxy[layout.blocks[k]])
        updated = _normalised(R, proxy, layout)
        moved = np.abs(updated - weights).max(axis=0)
        weights = np.where(done, weights, updated)
        done |= moved < tolerance
    weights = _signed(_cross(R, weights, layout), weights, layout)
    cross = _cross(R, weights, layout)
    return Solution(weights, _construct_correlations(cross, weights, layout), cross, done, iterations)


def _cross(R: Array, weights: Array, layout: Layout) -> Array:
    """Covariance of each item with each construct (p, K, B)."""
    return np.add.reduceat(R * weights, layout.starts, axis=1)


def _construct_correlations(cross: Array, weights: Array, layout: Layout) -> Array:
    return np.add.reduceat(cross * weights[:, None, :], layout.starts, axis=0)


def _normalised(R: Array, weights: Array, layout: Layout) -> Array:
    """Scale each block so that its construct has unit variance."""
    scaled = np.empty_like(weights)
    for block in layout.blocks:
        w = weights[block]
        variance = np.einsum("ib,ijb,jb->b", w, R[block, block], w, optimize=False)
        scaled[block] = w / np.sqrt(variance)
    return scaled


def _signed(cross: Array, weights: Array, layout: Layout) -> Array:
    """Turn a construct whose items mostly correlate negatively with it; a tie goes by the sum."""
    signed = weights.copy()
    for k, block in enumerate(layout.blocks):
        loadings = cross[block, k]
        votes = np.sign(loadings).sum(axis=0)
        signed[block] *= np.where(np.where(votes == 0, loadings.sum(axis=0), votes) < 0, -1.0, 1.0)
    return signed


def _formative_inverses(R: Array, layout: Layout) -> dict[int, Array]:
    """Inverse correlation of each Mode B block (p_k, p_k, B)."""
    blocks = layout.blocks
    return {
        k: np.moveaxis(np.linalg.inv(np.moveaxis(R[blocks[k], blocks[k]], -1, 0)), 0, -1)
        for k in range(layout.K)
        if layout.formative[k] and blocks[k].stop - blocks[k].start > 1
    }


def centroid(phi: Array, layout: Layout) -> Array:
    """Sign of the correlation with each neighbour."""
    return np.sign(factorial(phi, layout))


def factorial(phi: Array, layout: Layout) -> Array:
    """Correlation with each neighbour."""
    inner = np.zeros_like(phi)
    for j in range(layout.K):
        for i in layout.causes[j]:
            inner[i, j] = inner[j, i] = phi[i, j]
    return inner


def path(phi: Array, layout: Layout) -> Array:
    """Regression coefficients on the causes, correlations with the effects."""
    inner = np.zeros_like(phi)
    for j in range(layout.K):
        for i in layout.effects(j):
            inner[i, j] = phi[i, j]
        causes = layout.causes[j]
        if causes:
            inner[list(causes), j] = _regress(phi, causes, j)
    return inner


SCHEMES: dict[str, Scheme] = {"path": path, "factorial": factorial, "centroid": centroid}


def structural(phi: Array, layout: Layout) -> tuple[Array, Array]:
    """Path coefficients (K, K, B), from row to column, and R² (K, B; zero for exogenous constructs)."""
    paths, r2 = np.zeros_like(phi), np.zeros((layout.K, phi.shape[2]))
    for j, causes in enumerate(layout.causes):
        if causes:
            beta = _regress(phi, causes, j)
            paths[list(causes), j] = beta
            r2[j] = (beta * phi[list(causes), j]).sum(axis=0)
    return paths, r2


def total_effects(paths: Array, layout: Layout) -> Array:
    """Direct plus all indirect effects (K, K, B): the paths summed along every route."""
    total = np.zeros_like(paths)
    for j in layout.order:
        for i in layout.causes[j]:
            total[:, j] += total[:, i] * paths[i, j]
            total[i, j] += paths[i, j]
    return total


def _regress(phi: Array, causes: tuple[int, ...], j: int) -> Array:
    """Standardised regression of construct j on its causes, by a Cholesky written over the batch."""
    m = len(causes)
    L = np.zeros((m, m, phi.shape[2]))
    x = np.empty((m, phi.shape[2]))
    for a in range(m):
        for b in range(a + 1):
            rest = phi[causes[a], causes[b]] - (L[a, :b] * L[b, :b]).sum(axis=0)
            L[a, b] = np.sqrt(rest) if a == b else rest / L[b, b]
        x[a] = (phi[causes[a], j] - (L[a, :a] * x[:a]).sum(axis=0)) / L[a, a]
    for a in reversed(range(m)):
        x[a] = (x[a] - (L[a + 1 :, a] * x[a + 1 :]).sum(axis=0)) / L[a, a]
    return x
