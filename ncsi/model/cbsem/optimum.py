"""Second-order polish to a proven optimum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ncsi.errors import NotConverged
from ncsi.model.cbsem.engine import Structure
from ncsi.model.cbsem.likelihood import (
    Implied,
    discrepancy,
    expected_hessian,
    gradient,
    implied,
    observed_hessian,
)

Array = NDArray[np.floating]
PROOF = 1e-9
"""Largest √(gᵀH⁻¹g) accepted: χ² is then within n·1e-18 of its minimum."""
STEPS = 100
_FLOOR = 1e-9


@dataclass(frozen=True, slots=True)
class Optimum:
    """Parameters at the minimum of F, with the proof.

    `decrement` is √(gᵀH⁻¹g), `gradient_norm` the largest |∂F/∂θ| in correlation metric; `expected` and
    `observed` are second derivatives of F (times n/2: information).
    """

    theta: Array
    moments: Implied
    value: float
    decrement: float
    gradient_norm: float
    expected: Array
    observed: Array


def polish(structure: Structure, theta: Array, sample: Array) -> Optimum:
    """Damped Newton from `theta` (correlation metric) until the Newton decrement proves a minimum.

    Raises NotConverged when it does not within 100 steps, or when the point reached is no minimum.
    """
    moments = implied(structure, theta)
    if moments is None:
        raise NotConverged(
            "covariance SEM: the starting values imply no covariance matrix. Publish PLS alone"
        )
    value = discrepancy(moments, sample)
    decrement = np.inf
    for _ in range(STEPS):
        slope = gradient(structure, moments, sample)
        observed = observed_hessian(structure, theta, sample)
        expected = expected_hessian(structure, moments)
        step = _newton(observed if np.isfinite(observed).all() else expected, slope)
        decrement = float(np.sqrt(slope @ step))
        if decrement <= PROOF:
            return Optimum(theta, moments, value, decrement, float(np.abs(slope).max()), expected, observed)
        theta, moments, value = _descend(structure, sample, theta, step, value, decrement)
    raise NotConverged(
        f"covariance SEM: after {STEPS} Newton steps the decrement is {decrement:.1e}, wanted {PROOF:.0e}. "
        "The model does not fit these data well enough to have one solution; publish PLS alone"
    )


def _newton(hessian: Array, slope: Array) -> Array:
    values, vectors = np.linalg.eigh(hessian)
    size = np.maximum(np.abs(values), _FLOOR * np.abs(values).max())
    return np.asarray(vectors @ ((vectors.T @ slope) / size))


def _descend(
    structure: Structure, sample: Array, theta: Array, step: Array, value: float, decrement: float
) -> tuple[Array, Implied, float]:
    noise = 1e-13
    scale = 1.0
    while scale > 1e-10:
        trial = theta - scale * step
        moments = implied(structure, trial)
        if moments is not None:
            reached = discrepancy(moments, sample)
            if reached <= value - 1e-4 * scale * decrement**2 + noise:
                return trial, moments, reached
        scale *= 0.5
    raise NotConverged(
        f"covariance SEM: no step lowers the discrepancy, yet the decrement is {decrement:.1e}. Publish PLS alone"
    )
