"""Wishart discrepancy of a covariance structure with its derivatives, all in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ncsi.arrays import Array
from ncsi.model.cbsem.semopy_start import BETA, LAMBDA, PSI, THETA, Structure


@dataclass(frozen=True, slots=True)
class Implied:
    """Implied moments at one parameter vector.

    `sigma` Σ and `inverse` Σ⁻¹ (variables × variables), `logdet` log|Σ|, `latent` the covariance of the
    inner variables. Free cell l moves Σ along a_l b_lᵀ + b_l a_lᵀ: `left` holds a, `right` b, one column per cell.
    """

    sigma: Array
    inverse: Array
    logdet: float
    latent: Array
    left: Array
    right: Array


def implied(structure: Structure, theta: Array) -> Implied | None:
    """Implied moments, or None where Σ is not positive definite or I−B is singular."""
    beta, loading, psi, residual = structure.filled(theta)
    try:
        inner = np.linalg.inv(np.eye(len(beta)) - beta)
        latent = inner @ psi @ inner.T
        outer = loading @ inner
        sigma = loading @ latent @ loading.T + residual
        root = np.linalg.cholesky(sigma)
    except np.linalg.LinAlgError:
        return None
    half = np.linalg.inv(root)
    left, right = _directions(structure, outer, loading @ latent, len(sigma))
    return Implied(sigma, half.T @ half, 2.0 * float(np.log(np.diag(root)).sum()), latent, left, right)


def _directions(structure: Structure, outer: Array, spread: Array, size: int) -> tuple[Array, Array]:
    left = np.empty((size, len(structure.parameter)))
    right = np.empty_like(left)
    unit = np.eye(size)
    loadings, effects = structure.matrix == LAMBDA, structure.matrix == BETA
    left[:, loadings], right[:, loadings] = (
        unit[:, structure.row[loadings]],
        spread[:, structure.col[loadings]],
    )
    left[:, effects], right[:, effects] = outer[:, structure.row[effects]], spread[:, structure.col[effects]]
    for kind, basis in ((PSI, outer), (THETA, unit)):
        mine = structure.matrix == kind
        left[:, mine] = basis[:, structure.row[mine]]
        right[:, mine] = 0.5 * basis[:, structure.col[mine]]
    return left, right


def discrepancy(moments: Implied, sample: Array) -> float:
    """F = log|Σ| + tr(SΣ⁻¹) − log|S| − p; χ² is n·F."""
    return (
        moments.logdet
        + float((sample * moments.inverse).sum())
        - float(np.linalg.slogdet(sample)[1])
        - len(sample)
    )


def gradient(structure: Structure, moments: Implied, sample: Array) -> Array:
    """∂F/∂θ, one value per parameter."""
    slope = moments.inverse - moments.inverse @ sample @ moments.inverse
    cells = 2.0 * np.einsum("il,il->l", moments.left, slope @ moments.right)
    return np.bincount(structure.parameter, cells, structure.n_parameters).astype(np.float64)


def expected_hessian(structure: Structure, moments: Implied) -> Array:
    """Expected ∂²F/∂θ∂θᵀ, tr(Σ⁻¹ Σ̇ₖ Σ⁻¹ Σ̇ₗ); the Fisher information is n/2 times it."""
    inverse, left, right = moments.inverse, moments.left, moments.right
    aa, bb, ab = left.T @ inverse @ left, right.T @ inverse @ right, left.T @ inverse @ right
    cells = 2.0 * (aa * bb + ab * ab.T)
    total = np.zeros((structure.n_parameters, structure.n_parameters))
    np.add.at(total, (structure.parameter[:, None], structure.parameter[None, :]), cells)
    return total


def observed_hessian(structure: Structure, theta: Array, sample: Array) -> Array:
    """Observed ∂²F/∂θ∂θᵀ by central differences of the gradient; error about 1e-9 in correlation metric."""
    step = 1e-5
    columns = []
    for k in range(len(theta)):
        ends = []
        for sign in (1.0, -1.0):
            moved = theta.copy()
            moved[k] += sign * step
            moments = implied(structure, moved)
            if moments is None:
                return np.full((len(theta), len(theta)), np.nan)
            ends.append(gradient(structure, moments, sample))
        columns.append((ends[0] - ends[1]) / (2.0 * step))
    matrix = np.array(columns)
    return 0.5 * (matrix + matrix.T)
