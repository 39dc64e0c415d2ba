"""The likelihood of every answer given, of one group or of several that share parameters: means modelled, nothing
filled in. With nothing missing it is the likelihood of means and covariance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ncsi.arrays import Array, Positions
from ncsi.model.cbsem.answers import Answers, Fitted, curvature, fitted
from ncsi.model.cbsem.likelihood import Implied, implied, summed
from ncsi.model.cbsem.problem import Point
from ncsi.model.cbsem.semopy_start import LAMBDA, Structure

STEP = 1e-5


@dataclass(frozen=True, slots=True)
class Part:
    """A group: its `answers`, its `share` of all respondents, and where each of its parameters lies among all (`at`;
    −1: fixed to 0); `rows` (n,) are its respondents among those of all groups. A group's parameters are those of the
    structure, the intercepts (p) and the latent means (K)."""

    answers: Answers
    share: float
    at: Positions
    rows: Positions

    def own(self, theta: Array) -> Array:
        """The group's parameters (q + p + K,), 0 where fixed."""
        return np.where(self.at >= 0, theta[self.at], 0.0)


@dataclass(frozen=True, slots=True)
class FullInformation:
    """F = Σ share_g F_g, F_g = Σ_patterns share (log|Σ| + tr(SΣ⁻¹) + (x̄ − μ)ᵀΣ⁻¹(x̄ − μ)) less `best`, the same at
    the saturated model: χ² is n·F. μ = ν + Λκ. `labels` name the parameters."""

    structure: Structure
    parts: tuple[Part, ...]
    labels: tuple[str, ...]
    best: float = 0.0

    def at(self, theta: Array) -> Point | None:
        """The point, or None where an implied covariance is not positive definite."""
        q = self.structure.n_parameters
        moments, against, value = [], [], -self.best
        for part in self.parts:
            own = part.own(theta)
            one = implied(self.structure, own[:q])
            if one is None:
                return None
            found = fitted(part.answers, mean_of(self.structure, own), one.sigma)
            moments.append(one)
            against.append(found)
            value += part.share * found.value
        return Point(value, tuple(moments), tuple(against), theta)

    def shared(self) -> Array:
        """Which of all parameters each group's own ones are (groups · (q + p + K), parameters): 1, else 0."""
        at = np.concatenate([part.at for part in self.parts])
        places = np.zeros((len(at), len(self.labels)))
        places[np.flatnonzero(at >= 0), at[at >= 0]] = 1.0
        return places

    def gradient(self, point: Point) -> Array:
        """∂F/∂θ."""
        return np.asarray(self.separate_gradient(point) @ self.shared())

    def expected(self, point: Point) -> Array:
        """Expected ∂²F/∂θ∂θᵀ given the patterns of what was answered."""
        return self._joined(self.separate_curvature(point, observed=False))

    def observed(self, theta: Array) -> Array:
        """Observed ∂²F/∂θ∂θᵀ: the likelihood's in closed form, the structure's by differences of its slope."""
        point = self.at(theta)
        if point is None:
            return np.full((len(theta), len(theta)), np.nan)
        return self._joined(self.separate_curvature(point, observed=True))

    def separate_gradient(self, point: Point) -> Array:
        """∂F by every group's own parameters, group after group, as if none were shared."""
        rows = []
        for part, one, found in self._groups(point):
            of_cov, of_mean = found.slopes(part.answers)
            own = slopes_of(self.structure, part.own(point.theta), one, of_cov, of_mean)
            rows.append(part.share * own)
        return np.concatenate(rows)

    def separate_curvature(self, point: Point, observed: bool) -> tuple[Array, ...]:
        """Second derivatives of F by each group's own parameters."""
        blocks = []
        for part, one, found in self._groups(point):
            own = part.own(point.theta)
            block = curvature(
                part.answers, found, *directions_of(self.structure, own, one), observed=observed
            )
            if observed:
                block = block + _bent(self.structure, own, *found.slopes(part.answers))
            blocks.append(part.share * block)
        return tuple(blocks)

    def _joined(self, blocks: tuple[Array, ...]) -> Array:
        total = np.zeros((len(self.labels), len(self.labels)))
        for part, block in zip(self.parts, blocks, strict=True):
            free = part.at >= 0
            np.add.at(total, np.ix_(part.at[free], part.at[free]), block[np.ix_(free, free)])
        return total

    def _groups(self, point: Point) -> Iterable[tuple[Part, Implied, Fitted]]:
        return zip(self.parts, point.moments, point.against, strict=True)


def mean_of(structure: Structure, own: Array) -> Array:
    """μ = ν + Λκ (p,) at a group's parameters."""
    q, p = structure.n_parameters, len(structure.order)
    loading = structure.filled(own[:q])[LAMBDA][:, structure.measured]
    return np.asarray(own[q : q + p] + loading @ own[q + p :])


def directions_of(structure: Structure, own: Array, one: Implied) -> tuple[Array, Array]:
    """How Σ (q + p + K, p, p) and μ (q + p + K, p) move with each of a group's parameters."""
    q, p, measured = structure.n_parameters, len(structure.order), structure.measured
    directions, shifts = np.zeros((len(own), p, p)), np.zeros((len(own), p))
    cells = one.left.T[:, :, None] * one.right.T[:, None, :]
    np.add.at(directions, structure.parameter, cells + cells.mT)
    shifts[q : q + p] = np.eye(p)
    shifts[q + p :] = structure.filled(own[:q])[LAMBDA][:, measured].T
    mine = structure.matrix == LAMBDA
    latent = _latent(structure, own)
    np.add.at(shifts, (structure.parameter[mine], structure.row[mine]), latent[structure.col[mine]])
    return directions, shifts


def slopes_of(structure: Structure, own: Array, one: Implied, of_cov: Array, of_mean: Array) -> Array:
    """Derivatives by a group's parameters (q + p + K,) from those by Σ (p, p) and μ (p,)."""
    q, measured = structure.n_parameters, structure.measured
    mine = structure.matrix == LAMBDA
    rows = summed(structure, one, of_cov)
    pull = of_mean[structure.row[mine]] * _latent(structure, own)[structure.col[mine]]
    rows = rows + np.bincount(structure.parameter[mine], pull, q)
    loading = structure.filled(own[:q])[LAMBDA][:, measured]
    return np.concatenate([rows, of_mean, loading.T @ of_mean])


def _latent(structure: Structure, own: Array) -> Array:
    """Means of all inner variables, 0 for those that nothing measures directly."""
    means = np.zeros(len(structure.matrices[0]))
    means[structure.measured] = own[structure.n_parameters + len(structure.order) :]
    return means


def _bent(structure: Structure, own: Array, of_cov: Array, of_mean: Array) -> Array:
    """What the structure's own curvature adds: differences of its slope while those by Σ and μ are held."""
    q, p = structure.n_parameters, len(structure.order)
    total = np.zeros((len(own), len(own)))
    moved = STEP * np.eye(q)
    points = implied(structure, np.stack([own[:q] + moved, own[:q] - moved]))
    if points is None:
        return np.full_like(total, np.nan)
    above, below = summed(structure, points, of_cov)
    block = (above - below) / (2.0 * STEP)
    total[:q, :q] = 0.5 * (block + block.T)
    place = {int(inner): k for k, inner in enumerate(structure.measured)}
    for matrix, row, col, parameter in zip(
        structure.matrix, structure.row, structure.col, structure.parameter, strict=True
    ):
        if matrix == LAMBDA and col in place:
            mean = q + p + place[int(col)]
            total[parameter, mean] += of_mean[row]
            total[mean, parameter] += of_mean[row]
    return total
