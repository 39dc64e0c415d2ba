"""The parameter table: estimates on the items' scale, standard errors, standardised solution."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtr

from ncsi.arrays import Array
from ncsi.model.cbsem.parameters import Layout
from ncsi.model.cbsem.semopy_start import BETA, LAMBDA, PSI, THETA, Structure


def estimates(layout: Layout, structure: Structure, theta: Array, sd: Array, variance: Array) -> pd.DataFrame:
    """lhs, op, rhs, estimate, se, z, p, std, std_se, one row per line of the layout.

    `theta` are the parameters and `variance` is their covariance matrix, in correlation metric; `sd` are the items'
    standard deviations in item order. `se`, `z`, `p` are NaN where the value is fixed;
    `std_se` comes by the delta method.
    """
    matrices = structure.filled(theta)
    factors = factors_of(structure, sd)
    error = np.sqrt(np.diag(variance))
    values = []
    for matrix, row, col, parameter in structure.of_row:
        factor = factors[matrix][row, col]
        estimate = matrices[matrix][row, col] * factor
        se = error[parameter] * factor if parameter >= 0 else np.nan
        values.append((estimate, se, estimate / se))
    frame = pd.DataFrame(values, columns=["estimate", "se", "z"])
    frame["std"] = standardised(structure, theta)
    frame["std_se"] = _delta(structure, theta, variance)
    frame.insert(3, "p", 2.0 * ndtr(-frame["z"].abs()))
    labels = pd.DataFrame([(row.lhs, row.op, row.rhs) for row in layout.rows], columns=["lhs", "op", "rhs"])
    return pd.concat([labels, frame], axis=1)


def inner_scale(structure: Structure, sd: Array) -> Array:
    """The unit of each inner variable on the items' scale: its marker item sets it."""
    marker = structure.matrices[LAMBDA] == 1.0
    inner = sd[structure.order][marker.argmax(axis=0)]
    for part, whole in zip(*np.nonzero(structure.matrices[BETA] == 1.0), strict=True):
        inner[whole] = inner[part]  # of higher order: on the scale of its first component
    return np.asarray(inner)


def factors_of(structure: Structure, sd: Array) -> dict[int, Array]:
    """What carries each matrix from correlations back to the items' scale."""
    outer, inner = sd[structure.order], inner_scale(structure, sd)
    return {
        BETA: np.outer(inner, 1 / inner),
        LAMBDA: np.outer(outer, 1 / inner),
        PSI: np.outer(inner, inner),
        THETA: np.outer(outer, outer),
    }


def in_metric(structure: Structure, theta: Array, sd: Array) -> Array:
    """The parameters when every item (in item order) is multiplied by its `sd`."""
    factors = factors_of(structure, sd)
    moved = theta.copy()
    for matrix, row, col, parameter in zip(
        structure.matrix, structure.row, structure.col, structure.parameter, strict=True
    ):
        moved[parameter] = theta[parameter] * factors[matrix][row, col]
    return moved


def standardised(structure: Structure, theta: Array) -> Array:
    """Completely standardised value of every row of the layout (…, rows) at parameters (…, parameters); residual
    covariances as correlations, residual variances as shares.

    A construct whose implied variance is not positive (a Heywood case) has no standard deviation: NaN there.
    """
    beta, loading, psi, residual = structure.filled(theta)
    inner_effects = np.linalg.inv(np.eye(beta.shape[-1]) - beta)
    latent = inner_effects @ psi @ inner_effects.mT
    implied = _diagonal(latent)
    inner = np.sqrt(np.where(implied > 0, implied, np.nan))
    outer = np.sqrt(((loading @ latent) * loading).sum(axis=-1) + _diagonal(residual))
    spread = np.sqrt(np.abs(_diagonal(psi)))
    with np.errstate(divide="ignore", invalid="ignore"):
        correlations = psi / _outer(spread, spread)
    own = np.arange(psi.shape[-1])
    correlations[..., own, own] = _diagonal(psi) / inner**2
    standard = {
        BETA: beta * _outer(1 / inner, inner),
        LAMBDA: loading * _outer(1 / outer, inner),
        PSI: correlations,
        THETA: residual / _outer(outer, outer),
    }
    return np.stack([standard[matrix][..., row, col] for matrix, row, col, _ in structure.of_row], axis=-1)


def _diagonal(matrices: Array) -> Array:
    return np.diagonal(matrices, axis1=-2, axis2=-1)


def _outer(rows: Array, columns: Array) -> Array:
    return np.asarray(rows[..., :, None] * columns[..., None, :])


def _delta(structure: Structure, theta: Array, variance: Array) -> Array:
    """Standard errors of the standardised values: √(J V Jᵀ), J by central differences; NaN for a value that no
    parameter moves."""
    step = 1e-5
    moved = step * np.eye(len(theta))
    jacobian = (standardised(structure, theta + moved) - standardised(structure, theta - moved)).T / (
        2 * step
    )
    error = np.sqrt(np.clip(np.einsum("ij,jk,ik->i", jacobian, variance, jacobian), 0.0, None))
    return np.where(error > 1e-9, error, np.nan)
