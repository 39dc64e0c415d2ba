"""The functions that a covariance SEM minimises, and the one of a covariance matrix alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from ncsi.arrays import Array
from ncsi.model.cbsem.answers import Fitted
from ncsi.model.cbsem.likelihood import (
    Implied,
    discrepancy,
    expected_hessian,
    gradient,
    implied,
    observed_hessian,
)
from ncsi.model.cbsem.semopy_start import Structure


@dataclass(frozen=True, slots=True)
class Point:
    """What a parameter vector implies: the discrepancy F, each group's moments and, where single answers count, how
    these lie `against` them, at `theta`."""

    value: float
    moments: tuple[Implied, ...]
    against: tuple[Fitted, ...] = ()
    theta: Array = field(default_factory=lambda: np.zeros(0))


class Criterion(Protocol):
    """A discrepancy F of parameters that `labels` name, with its derivatives; χ² is n·F."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The parameters."""

    def at(self, theta: Array) -> Point | None:
        """The point, or None where an implied covariance is not positive definite."""

    def gradient(self, point: Point) -> Array:
        """∂F/∂θ."""

    def expected(self, point: Point) -> Array:
        """Expected ∂²F/∂θ∂θᵀ."""

    def observed(self, theta: Array) -> Array:
        """Observed ∂²F/∂θ∂θᵀ."""


@dataclass(frozen=True, slots=True)
class OneGroup:
    """F of a `sample` covariance (in the structure's order), means not modelled."""

    structure: Structure
    sample: Array
    labels: tuple[str, ...]

    def at(self, theta: Array) -> Point | None:
        """The point, or None where the implied covariance is not positive definite."""
        moments = implied(self.structure, theta)
        return None if moments is None else Point(discrepancy(moments, self.sample), (moments,))

    def gradient(self, point: Point) -> Array:
        """∂F/∂θ."""
        return gradient(self.structure, point.moments[0], self.sample)

    def expected(self, point: Point) -> Array:
        """Expected ∂²F/∂θ∂θᵀ."""
        return expected_hessian(self.structure, point.moments[0])

    def observed(self, theta: Array) -> Array:
        """Observed ∂²F/∂θ∂θᵀ."""
        return observed_hessian(self.structure, theta, self.sample)
