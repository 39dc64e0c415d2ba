"""Wishart discrepancy of a covariance structure with its derivatives, all in closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ncsi.arrays import Array
from ncsi.model.cbsem.semopy_start import BETA, LAMBDA, PSI, THETA, Structure

AT_A_TIME = 32
"""Parameters moved at once: their matrices stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Implied:
    """Implied moments at a parameter vector, or at several, which then lead in every array.

    `sigma` Σ and `inverse` Σ⁻¹ (variables × variables), `logdet` log|Σ|, `latent` the covariance of the
    inner variables. Free cell l moves Σ along a_l b_lᵀ + b_l a_lᵀ: `left` holds a, `right` b, one column per cell.
    """

    sigma: Array
    inverse: Array
    logdet: Array
    latent: Array
    left: Array
    right: Array


def implied(structure: Structure, theta: Array) -> Implied | None:
    """Implied moments at parameters (…, parameters), or None where at any of them Σ is not positive definite or I−B
    singular."""
    beta, loading, psi, residual = structure.filled(theta)
    try:
        inner = np.linalg.inv(np.eye(beta.shape[-1]) - beta)
        latent = inner @ psi @ inner.mT
        outer = loading @ inner
        sigma = loading @ latent @ loading.mT + residual
        root = np.linalg.cholesky(sigma)
    except np.linalg.LinAlgError:
        return None
    half = np.linalg.inv(root)
    left, right = _directions(structure, outer, loading @ latent)
    logdet = 2.0 * np.log(np.diagonal(root, axis1=-2, axis2=-1)).sum(axis=-1)
    return Implied(sigma, half.mT @ half, logdet, latent, left, right)


def _directions(structure: Structure, outer: Array, spread: Array) -> tuple[Array, Array]:
    left = np.empty((*outer.shape[:-1], len(structure.parameter)))
    right = np.empty_like(left)
    unit = np.broadcast_to(np.eye(outer.shape[-2]), (*outer.shape[:-1], outer.shape[-2]))
    loadings, effects = structure.matrix == LAMBDA, structure.matrix == BETA
    left[..., loadings] = unit[..., structure.row[loadings]]
    right[..., loadings] = spread[..., structure.col[loadings]]
    left[..., effects] = outer[..., structure.row[effects]]
    right[..., effects] = spread[..., structure.col[effects]]
    for kind, basis in ((PSI, outer), (THETA, unit)):
        mine = structure.matrix == kind
        left[..., mine] = basis[..., structure.row[mine]]
        right[..., mine] = 0.5 * basis[..., structure.col[mine]]
    return left, right


def discrepancy(moments: Implied, sample: Array) -> float:
    """F = log|Σ| + tr(SΣ⁻¹) − log|S| − p; χ² is n·F."""
    return (
        float(moments.logdet)
        + float((sample * moments.inverse).sum())
        - float(np.linalg.slogdet(sample)[1])
        - len(sample)
    )


def gradient(structure: Structure, moments: Implied, sample: Array) -> Array:
    """∂F/∂θ (…, parameters)."""
    return summed(structure, moments, moments.inverse - moments.inverse @ sample @ moments.inverse)


def summed(structure: Structure, moments: Implied, slope: Array) -> Array:
    """Derivatives by the parameters (…, parameters) from those by Σ (…, p, p), which is a full symmetric matrix."""
    cells = 2.0 * np.einsum("...il,...il->...l", moments.left, slope @ moments.right)
    points, q = math.prod(cells.shape[:-1]), structure.n_parameters
    place = structure.parameter + q * np.arange(points)[:, None]
    sums: Array = np.bincount(place.ravel(), cells.ravel(), points * q).astype(np.float64)
    return sums.reshape(*cells.shape[:-1], q)


def expected_hessian(structure: Structure, moments: Implied) -> Array:
    """Expected ∂²F/∂θ∂θᵀ, tr(Σ⁻¹ Σ̇ₖ Σ⁻¹ Σ̇ₗ); the Fisher information is n/2 times it."""
    inverse, left, right = moments.inverse, moments.left, moments.right
    aa, bb, ab = left.T @ inverse @ left, right.T @ inverse @ right, left.T @ inverse @ right
    cells = 2.0 * (aa * bb + ab * ab.T)
    total = np.zeros((structure.n_parameters, structure.n_parameters))
    np.add.at(total, (structure.parameter[:, None], structure.parameter[None, :]), cells)
    return total


def observed_hessian(structure: Structure, theta: Array, sample: Array) -> Array:
    """Observed ∂²F/∂θ∂θᵀ by central differences of the gradient, NaN where a point beside `theta` is not admissible;
    error about 1e-9 in correlation metric."""
    q, step = len(theta), 1e-5
    matrix = np.empty((q, q))
    for start in range(0, q, AT_A_TIME):
        moved = step * np.eye(q)[start : start + AT_A_TIME]
        moments = implied(structure, np.stack([theta + moved, theta - moved]))
        if moments is None:
            return np.full((q, q), np.nan)
        above, below = gradient(structure, moments, sample)
        matrix[start : start + AT_A_TIME] = (above - below) / (2.0 * step)
    return 0.5 * (matrix + matrix.T)
