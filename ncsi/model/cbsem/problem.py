"""The function a covariance SEM minimises: one group, or several that share parameters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from ncsi.arrays import Array, Positions
from ncsi.model.cbsem.likelihood import (
    Implied,
    discrepancy,
    expected_hessian,
    gradient,
    implied,
    observed_hessian,
)
from ncsi.model.cbsem.semopy_start import LAMBDA, Structure


@dataclass(frozen=True, slots=True)
class Group:
    """`sample` covariance (in the structure's order), `share` of all respondents, the position `at` of each of its
    parameters among all; `mean` of the items, empty where means are not modelled."""

    sample: Array
    share: float
    at: Positions
    mean: Array = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True, slots=True)
class Point:
    """What a parameter vector implies: the discrepancy F, each group's moments, and, where means are modelled, how
    far each group's means lie off (`off`) and its latent means (`latent`)."""

    value: float
    moments: tuple[Implied, ...]
    off: tuple[Array, ...] = ()
    latent: tuple[Array, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """F = Σ share_g F_g over the groups; `labels` name the parameters.

    Where the groups have means, intercepts are common and the latent means free but for the first group's; both
    are profiled out, being linear given the rest.
    """

    structure: Structure
    groups: tuple[Group, ...]
    labels: tuple[str, ...]

    def at(self, theta: Array) -> Point | None:
        """The point, or None where an implied covariance is not positive definite."""
        moments = []
        for group in self.groups:
            one = implied(self.structure, theta[group.at])
            if one is None:
                return None
            moments.append(one)
        value = sum(g.share * discrepancy(m, g.sample) for g, m in zip(self.groups, moments, strict=True))
        if not self.groups[0].mean.size:
            return Point(value, tuple(moments))
        off, latent = self._means(theta, moments)
        value += sum(
            g.share * float(d @ m.inverse @ d) for g, m, d in zip(self.groups, moments, off, strict=True)
        )
        return Point(value, tuple(moments), off, latent)

    def gradient(self, point: Point) -> Array:
        """∂F/∂θ; profiled parameters are at their best, so they add nothing."""
        total = np.zeros(len(self.labels))
        for k, (group, moments) in enumerate(zip(self.groups, point.moments, strict=True)):
            sample = group.sample + np.outer(point.off[k], point.off[k]) if point.off else group.sample
            slope = gradient(self.structure, moments, sample)
            if point.off:
                slope = slope + self._loading_slope(moments.inverse @ point.off[k], point.latent[k])
            np.add.at(total, group.at, group.share * slope)
        return total

    def expected(self, point: Point) -> Array:
        """Expected ∂²F/∂θ∂θᵀ of the covariance structure."""
        parts = (expected_hessian(self.structure, moments) for moments in point.moments)
        return self._gathered(parts)

    def observed(self, theta: Array) -> Array:
        """Observed ∂²F/∂θ∂θᵀ of the covariance structure."""
        return self._gathered(observed_hessian(self.structure, theta[g.at], g.sample) for g in self.groups)

    def _gathered(self, parts: Iterable[Array]) -> Array:
        total = np.zeros((len(self.labels), len(self.labels)))
        for group, part in zip(self.groups, parts, strict=True):
            np.add.at(total, (group.at[:, None], group.at[None, :]), group.share * part)
        return total

    def _loading_slope(self, pull: Array, latent: Array) -> Array:
        mine = self.structure.matrix == LAMBDA
        cells = -2.0 * pull[self.structure.row[mine]] * latent[self.structure.col[mine]]
        return np.asarray(np.bincount(self.structure.parameter[mine], cells, self.structure.n_parameters))

    def _means(self, theta: Array, moments: list[Implied]) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
        """Residual means and latent means of each group by generalised least squares."""
        p, first, measured = len(moments[0].sigma), self.groups[0], self.structure.measured
        loading = self.structure.filled(theta[first.at])[LAMBDA][:, measured]
        K = len(measured)
        size = p + K * (len(self.groups) - 1)
        normal, right = np.zeros((size, size)), np.zeros(size)
        designs = []
        for k, (group, one) in enumerate(zip(self.groups, moments, strict=True)):
            design = np.zeros((p, size))
            design[:, :p] = np.eye(p)
            if k:
                design[:, p + K * (k - 1) : p + K * k] = loading
            normal += group.share * design.T @ one.inverse @ design
            right += group.share * design.T @ one.inverse @ group.mean
            designs.append(design)
        found = np.linalg.solve(normal, right)
        off = tuple(g.mean - d @ found for g, d in zip(self.groups, designs, strict=True))
        latent = np.zeros((len(self.groups), len(self.structure.matrices[0])))
        latent[1:, measured] = found[p:].reshape(-1, K)
        return off, tuple(latent)


def one_group(structure: Structure, sample: Array, labels: tuple[str, ...]) -> Problem:
    """The problem of a single group, means not modelled."""
    return Problem(structure, (Group(sample, 1.0, np.arange(structure.n_parameters)),), labels)
