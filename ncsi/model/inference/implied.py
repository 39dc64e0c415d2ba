"""What a PLS model implies of correlations, and how far two correlation matrices are apart: batches, numbers only."""

from __future__ import annotations

import numpy as np

from ncsi.arrays import Array
from ncsi.model.pls import kernel
from ncsi.model.pls.positions import Layout


def implied_constructs(phi: Array, layout: Layout) -> Array:
    """Covariances (K, K, B) of constructs that the paths imply, from their correlations phi (K, K, B).

    Exogenous ones as observed, the others by their equations with uncorrelated errors of variance 1 − R². A variance is
    1 only where the causes' correlations are themselves implied as observed.
    """
    paths, r2 = kernel.structural(phi, layout)
    known = [j for j in layout.order if not layout.causes[j]]
    implied = np.zeros_like(phi)
    implied[np.ix_(known, known)] = phi[np.ix_(known, known)]
    for j in (j for j in layout.order if layout.causes[j]):
        beta = paths[known, j]
        with_known = np.einsum("ijb,jb->ib", implied[np.ix_(known, known)], beta)
        implied[known, j] = implied[j, known] = with_known
        implied[j, j] = (beta * with_known).sum(axis=0) + 1 - r2[j]
        known.append(j)
    return implied


def implied_items(R: Array, loadings: Array, constructs: Array, layout: Layout) -> Array:
    """Correlations (p, p, B) of items: within a block as observed in R, between blocks λ_i v_ij λ_j, with loadings
    (p, B) and covariances of constructs (K, K, B)."""
    owner = layout.owner
    implied = loadings[:, None] * constructs[np.ix_(owner, owner)] * loadings
    for block in layout.blocks:
        implied[block, block] = R[block, block]
    return implied


def squared_distance(a: Array, b: Array) -> Array:
    """½ Σ (a_ij − b_ij)² over all cells (B,), of (q, q, B)."""
    return np.asarray(((a - b) ** 2).sum(axis=(0, 1)) / 2)


def geodesic_distance(a: Array, b: Array) -> Array:
    """½ Σ (ln φ_i)² (B,), φ the eigenvalues of a⁻¹b, of (q, q, B); NaN where one is not positive definite."""
    first, second = np.moveaxis(a, -1, 0), np.moveaxis(b, -1, 0)
    values, vectors = np.linalg.eigh(first)
    sound = (values[:, 0] > 0) & np.isfinite(values).all(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        whitened = vectors / np.sqrt(values)[:, None, :]
        between = np.swapaxes(whitened, 1, 2) @ second @ whitened
        between[~sound] = np.nan
        ratios = np.full(values.shape, np.nan)
        ratios[sound] = np.linalg.eigvalsh(between[sound])
        distance = (np.log(ratios) ** 2).sum(axis=1) / 2
    return np.asarray(distance)
