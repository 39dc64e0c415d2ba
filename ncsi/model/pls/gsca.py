"""Generalised structured component analysis (Hwang & Takane 2004): a sensitivity beside PLS, never in its place.

Weights that minimise the squared residuals of the paths and, for reflective blocks, of the items on their component, by
alternating least squares on the weighted (EM) correlations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.errors import ModelError, NotConverged
from ncsi.model.pls import labels
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import Layout, layout_of
from ncsi.model.pls.scores import unstandardised

TOLERANCE = 1e-12
MAX_ITERATIONS = 3000


@dataclass(frozen=True, slots=True)
class GscaFit:
    """`weights` (construct, item, weight_std, weight, loading), `paths` (from, to, estimate), `r2` (construct, r2),
    `index` (construct, index_0_100) by these weights, and `fit`, the share of variance of items and components that
    the model accounts for (of components alone without `loadings`)."""

    weights: pd.DataFrame
    paths: pd.DataFrame
    r2: pd.DataFrame
    index: pd.DataFrame
    fit: float
    loadings: bool
    iterations: int


def gsca(fit: PlsFit, loadings: bool = True) -> GscaFit:
    """The model and moments of `fit`, estimated by GSCA.

    With `loadings` the items of Mode A blocks count in the criterion, as for reflective indicators; without, paths
    alone do. Raises ModelError for higher-order constructs, NotConverged when the weights do not settle.
    """
    inst, layout = fit.instrument, layout_of(fit.instrument)
    if layout.higher:
        raise ModelError(
            f"GSCA takes no higher-order constructs, and {inst.id} has some. Take their components."
        )
    R = fit.moments.correlations
    counted = np.array([loadings and not layout.formative[k] for k in layout.owner], dtype=np.float64)
    W, iterations = _solved(R, layout, counted, inst.id)
    phi, cross, A = _given(R, W, layout, counted)
    weights = W[np.arange(layout.p), layout.owner]
    outer = unstandardised(weights[:, None], fit.moments.sd[:, None], layout)
    paths = A[:, layout.p :]
    r2 = (paths * phi).sum(axis=0)
    explained = (counted * cross[np.arange(layout.p), layout.owner] ** 2).sum() + r2.sum()
    frame = fit.weights[["construct", "item"]].assign(
        weight_std=weights, weight=outer[:, 0], loading=cross[np.arange(layout.p), layout.owner]
    )
    ids = inst.construct_ids
    return GscaFit(
        frame, labels.path_frame(inst, paths),
        pd.DataFrame({"construct": [ids[j] for j in layout.equations], "r2": r2[[*layout.equations]]}),
        labels.variant_frame(inst, layout, fit.sample, outer[:, 0]),
        float(explained / (counted.sum() + layout.K)), loadings, iterations,
    )  # fmt: skip


def _given(R: Array, W: Array, layout: Layout, counted: Array) -> tuple[Array, Array, Array]:
    """Component correlations (K, K), items with components (p, K), and coefficients (K, p + K): loadings, then
    paths."""
    cross = R @ W
    phi = W.T @ cross
    A = np.zeros((layout.K, layout.p + layout.K))
    items = np.arange(layout.p)
    A[layout.owner, items] = counted * cross[items, layout.owner]
    for j in layout.equations:
        causes = list(layout.causes[j])
        A[causes, layout.p + j] = np.linalg.solve(phi[np.ix_(causes, causes)], phi[causes, j])
    return phi, cross, A


def _solved(R: Array, layout: Layout, counted: Array, name: str) -> tuple[Array, int]:
    """Weights (p, K) of components with unit variance, and the iterations taken."""
    W = np.zeros((layout.p, layout.K))
    for k, block in enumerate(layout.blocks):
        W[block, k] = 1 / np.sqrt(R[block, block].sum())
    inverses = [np.linalg.inv(R[block, block]) for block in layout.blocks]
    for iteration in range(1, MAX_ITERATIONS + 1):
        before = W.copy()
        A = _given(R, W, layout, counted)[2]
        for k, block in enumerate(layout.blocks):
            beta = -A[k]
            beta[layout.p + k] += 1
            others = W.copy()
            others[:, k] = 0
            gap = others @ A - np.hstack([np.diag(counted), others])
            own = inverses[k] @ (R[block] @ (gap @ beta))
            W[block, k] = own / np.sqrt(own @ R[block, block] @ own)
        if np.abs(W - before).max() < TOLERANCE:
            return _signed(R, W, layout), iteration
    raise NotConverged(
        f"GSCA of {name}: the weights still moved after {MAX_ITERATIONS} iterations. Look for collinear items."
    )


def _signed(R: Array, W: Array, layout: Layout) -> Array:
    """A component correlates positively with the sum of its items."""
    cross = R @ W
    signs = [-1.0 if cross[block, k].sum() < 0 else 1.0 for k, block in enumerate(layout.blocks)]
    return np.asarray(W * np.array(signs))
