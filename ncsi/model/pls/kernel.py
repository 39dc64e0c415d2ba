"""The PLS path algorithm on a batch of correlation matrices: numbers in, numbers out, no labels.

Lohmöller (1989); Tenenhaus et al. (2005). The batch axis comes last, so that every step is a run over
contiguous memory whatever the size of the model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ncsi.arrays import Array, Mask
from ncsi.model.pls.higher_order import composites
from ncsi.model.pls.positions import Layout
from ncsi.model.pls.schemes import SCHEMES as SCHEMES
from ncsi.model.pls.schemes import Scheme, regress

FEW = 0.5
"""Share of a batch: when so many or fewer have not converged, they go on among themselves."""
LANES = 8
"""They go on by so many, some of them twice: sums over the items of a matrix alone are added up in another order."""


@dataclass(frozen=True, slots=True)
class Solution:
    """Outer weights (p, B) for standardised items, construct correlations (K, K, B), item-construct
    correlations (p, K, B), whether each converged (B,), and the iterations taken."""

    weights: Array
    phi: Array
    cross: Array
    converged: Mask
    iterations: int


def solve(
    R: Array,
    layout: Layout,
    scheme: Scheme,
    tolerance: float,
    max_iterations: int = 3000,
    start: Array | None = None,
) -> Solution:
    """Outer weights of a batch of item correlation matrices R (p, p, B), from equal weights or `start` (p,).

    Converged when no outer weight moves by more than `tolerance`; a matrix that has converged stands still, so
    that it does not matter which others it is solved with; the few slow ones go on among themselves. Signs: a
    construct correlates positively with the majority of its items. Higher-order constructs: the components are solved
    first, and their weights are kept, or, where repeated, the whole is one model over repeated items.
    """
    stage = layout.first_stage
    if stage is None:
        return _solved(R, layout, scheme, tolerance, max_iterations, start)
    ahead = None if start is None else start[stage.columns]
    blown_up = R[stage.columns[:, None], stage.columns]
    first = solve(blown_up, stage.layout, scheme, tolerance, max_iterations, ahead)
    weights = first.weights[stage.take]
    if layout.repeated:
        weights, cross = _standardised(R, weights, layout)
        return _signed(weights, cross, layout, first.converged, first.iterations)
    second = _solved(R, layout, scheme, tolerance, max_iterations, start, weights)
    done = first.converged & second.converged
    return replace(second, converged=done, iterations=first.iterations + second.iterations)


def _solved(
    R: Array, layout: Layout, scheme: Scheme, tolerance: float, max_iterations: int, start: Array | None,
    components: Array | None = None,
) -> Solution:  # fmt: skip
    """One stage; `components` are the weights of the items in their components (p, B)."""
    first = np.ones(layout.p) if start is None else start
    begun = _standardised(R, np.repeat(first[:, None], R.shape[2], axis=1), layout)
    weights, cross, done, iterations = _iterated(
        R, begun, layout, scheme, tolerance, max_iterations, components
    )
    return _signed(weights, cross, layout, done, iterations)


def _signed(weights: Array, cross: Array, layout: Layout, done: Mask, iterations: int) -> Solution:
    """`weights` and `cross` are overwritten."""
    signs = _signs(cross, layout)
    weights *= signs[layout.owner]
    cross *= signs
    return Solution(weights, _construct_correlations(cross, weights, layout), cross, done, iterations)


def _iterated(
    R: Array, begun: tuple[Array, Array], layout: Layout, scheme: Scheme, tolerance: float, at_most: int,
    components: Array | None,
) -> tuple[Array, Array, Mask, int]:  # fmt: skip
    """Weights, item-construct correlations, which have converged, and the iterations taken; those `begun` with are
    overwritten."""
    weights, cross = begun
    spare = np.empty_like(cross)
    inverses = _formative_inverses(R, layout)
    joined = {} if components is None else composites(R, components, layout)
    done, late, iterations = np.zeros(R.shape[2], dtype=bool), np.arange(R.shape[2]), 0
    while iterations < at_most and late.size > FEW * len(done):
        iterations += 1
        inner = scheme(_construct_correlations(cross, weights, layout), layout)
        proxy = np.empty_like(weights)
        for k, block in enumerate(layout.blocks):
            np.einsum("ikb,kb->ib", cross[block], inner[:, k], out=proxy[block])
        for k, inverse in inverses.items():
            proxy[layout.blocks[k]] = np.einsum("ijb,jb->ib", inverse, proxy[layout.blocks[k]])
        for k, composite in joined.items():
            proxy[layout.blocks[k]] = composite.outer(proxy[layout.blocks[k]])
        updated, updated_cross = _standardised(R, proxy, layout, spare)
        moved = np.abs(updated - weights).max(axis=0)
        if done.any():
            weights, cross = np.where(done, weights, updated), np.where(done, cross, updated_cross)
        else:
            weights, cross, spare = updated, updated_cross, cross
        done |= moved < tolerance
        lost = np.isnan(moved)  # an item does not vary: no further iteration brings weights
        late = np.flatnonzero(~(done | lost))
    if late.size and iterations < at_most:
        beside = np.resize(late, -(-late.size // LANES) * LANES)
        reached = weights.take(beside, axis=1), cross.take(beside, axis=2)
        own = None if components is None else components[:, beside]
        weights[:, beside], cross[:, :, beside], done[beside], more = _iterated(
            R.take(beside, axis=2), reached, layout, scheme, tolerance, at_most - iterations, own
        )
        iterations += more
    return weights, cross, done, iterations


def _standardised(R: Array, weights: Array, layout: Layout, into: Array | None = None) -> tuple[Array, Array]:
    """Weights scaled so that each construct has unit variance (p, B), and the covariance of each item with
    each construct (p, K, B), which lies in `into` where given."""
    cross = np.empty((layout.p, layout.K, R.shape[2])) if into is None else into
    variance = np.empty((layout.K, R.shape[2]))
    for k, block in enumerate(layout.blocks):
        np.einsum("ijb,jb->ib", R[:, block], weights[block], out=cross[:, k])
        np.einsum("ib,ib->b", cross[block, k], weights[block], out=variance[k])
    sd = np.sqrt(variance)
    cross /= sd
    return weights / sd[layout.owner], cross


def _construct_correlations(cross: Array, weights: Array, layout: Layout) -> Array:
    phi = np.empty((layout.K, layout.K, weights.shape[1]))
    for k, block in enumerate(layout.blocks):
        np.einsum("ijb,ib->jb", cross[block], weights[block], out=phi[k])
    return phi


def _signs(cross: Array, layout: Layout) -> Array:
    """−1 for a construct whose items mostly correlate negatively with it, else 1 (K, B); a tie goes by the
    sum."""
    signs = np.ones(cross.shape[1:])
    for k, block in enumerate(layout.blocks):
        loadings = cross[block, k]
        votes = np.sign(loadings).sum(axis=0)
        signs[k] = np.where(np.where(votes == 0, loadings.sum(axis=0), votes) < 0, -1.0, 1.0)
    return signs


def _formative_inverses(R: Array, layout: Layout) -> dict[int, Array]:
    """Inverse correlation of each Mode B block (p_k, p_k, B)."""
    blocks = layout.blocks
    return {
        k: np.moveaxis(np.linalg.inv(np.moveaxis(R[blocks[k], blocks[k]], -1, 0)), 0, -1)
        for k in range(layout.K)
        if layout.formative[k] and blocks[k].stop - blocks[k].start > 1 and k not in layout.higher
    }


def structural(phi: Array, layout: Layout) -> tuple[Array, Array]:
    """Path coefficients (K, K, B), from row to column, and R² (K, B; zero for exogenous constructs)."""
    paths, r2 = np.zeros_like(phi), np.zeros((layout.K, phi.shape[2]))
    for j, equation in layout.equations.items():
        causes, beta = list(layout.causes[j]), regress(phi[equation])
        paths[causes, j] = beta
        r2[j] = (beta * phi[causes, j]).sum(axis=0)
    return paths, r2


def total_effects(paths: Array, layout: Layout) -> Array:
    """Direct plus all indirect effects (K, K, B): the paths summed along every route."""
    total = np.zeros_like(paths)
    for j in layout.order:
        for i in layout.causes[j]:
            total[:, j] += total[:, i] * paths[i, j]
            total[i, j] += paths[i, j]
    return total
