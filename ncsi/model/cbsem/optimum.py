"""Second-order polish to a proven optimum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ncsi.arrays import Array
from ncsi.errors import NotConverged
from ncsi.model.cbsem.problem import Criterion, Point

PROOF = 1e-9
"""Largest √(gᵀH⁻¹g) accepted: χ² is then within n·1e-18 of its minimum."""
STEPS = 100
SLOW = 0.2
"""Fisher scoring goes on while the decrement falls at least so; then Newton with the observed second derivatives,
which cost as much as thirty gradients."""
_FLOOR = 1e-9


@dataclass(frozen=True, slots=True)
class Optimum:
    """Parameters at the minimum of F, with the proof.

    `point` is what they imply; `decrement` is √(gᵀH⁻¹g), `gradient_norm` the largest |∂F/∂θ| in correlation metric;
    `expected` and `observed` are second derivatives of F (times n/2: information).
    """

    theta: Array
    point: Point
    decrement: float
    gradient_norm: float
    expected: Array
    observed: Array


def polish(problem: Criterion, theta: Array) -> Optimum:
    """Damped Fisher scoring, then Newton, from `theta` (correlation metric) until the decrement proves a minimum.

    Raises NotConverged, naming the parameters that still move, when it does not within 100 steps, or when the
    point reached is not a minimum.
    """
    point = problem.at(theta)
    if point is None:
        raise NotConverged(
            "covariance SEM: the starting values do not imply a valid covariance matrix. Publish PLS alone"
        )
    decrement, step, slow = np.inf, np.zeros_like(theta), False
    for _ in range(STEPS):
        slope, expected = problem.gradient(point), problem.expected(point)
        step, before = _newton(_curvature(problem, theta, expected) if slow else expected, slope), decrement
        decrement = float(np.sqrt(slope @ step))
        if decrement <= PROOF:
            observed = _curvature(problem, theta, expected)
            if not slow and float(np.sqrt(slope @ _newton(observed, slope))) > PROOF:
                slow = True
                continue
            return Optimum(theta, point, decrement, float(np.abs(slope).max()), expected, observed)
        slow = slow or decrement > SLOW * before
        theta, point = _descend(problem, theta, step, point, decrement)
    raise NotConverged(
        f"covariance SEM: after {STEPS} Newton steps the decrement is {decrement:.1e} where {PROOF:.0e} is required; "
        f"{_restless(problem, step)} still move. The model does not fit these data well enough to have one "
        "solution; publish PLS alone"
    )


def _curvature(problem: Criterion, theta: Array, expected: Array) -> Array:
    """The observed second derivatives, the expected ones where they are not finite."""
    observed = problem.observed(theta)
    return observed if np.isfinite(observed).all() else expected


def _restless(problem: Criterion, step: Array) -> str:
    """The parameters that would move most."""
    return ", ".join(problem.labels[k] for k in np.argsort(-np.abs(step))[:3])


def _newton(hessian: Array, slope: Array) -> Array:
    values, vectors = np.linalg.eigh(hessian)
    size = np.maximum(np.abs(values), _FLOOR * np.abs(values).max())
    return np.asarray(vectors @ ((vectors.T @ slope) / size))


def _descend(
    problem: Criterion, theta: Array, step: Array, point: Point, decrement: float
) -> tuple[Array, Point]:
    noise = 1e-13
    scale = 1.0
    while scale > 1e-10:
        trial = theta - scale * step
        reached = problem.at(trial)
        if reached is not None and reached.value <= point.value - 1e-4 * scale * decrement**2 + noise:
            return trial, reached
        scale *= 0.5
    raise NotConverged(
        f"covariance SEM: no step lowers the discrepancy, yet the decrement is {decrement:.1e}; "
        f"{_restless(problem, step)} would still move. Publish PLS alone"
    )
