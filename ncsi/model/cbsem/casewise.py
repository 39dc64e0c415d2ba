"""Each respondent's part in the slope of a full-information likelihood, and the sandwich made of it.

Respondents, or the clusters that were sampled, take the place of the normal distribution: A⁻¹BA⁻¹ with A the observed
information and B the cross-products of their scores, over all groups at once, so that clusters that cut across groups
count as one (Huber 1967; White 1982; Binder 1983); the scaling of χ² is Yuan & Bentler's (2000).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ncsi.arrays import Array, Positions
from ncsi.model.cbsem.answers import Answers, Fitted, curvature
from ncsi.model.cbsem.full_information import FullInformation, Part, directions_of
from ncsi.model.cbsem.optimum import Optimum
from ncsi.model.cbsem.problem import Point
from ncsi.model.cbsem.robust import Sandwich, of_clusters
from ncsi.model.cbsem.saturated import Saturated, basis, independent
from ncsi.model.moments.sample import Units

Scores = Callable[[int, slice], Array]
"""Of a group by its number, and some of its rows: each row's scores (m, parameters)."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a full-information fit stands on: its likelihood, the saturated model, the clusters that were sampled
    (None: respondents), and the standard deviations (p,) of the metric on the items' scales, in the model's order."""

    problem: FullInformation
    saturated: Saturated
    units: Units | None
    sd: Array

    @property
    def n(self) -> int:
        """Respondents of all groups."""
        return sum(part.answers.n for part in self.problem.parts)


def cross_products(parts: tuple[Part, ...], scores: Scores, size: int, units: Units | None) -> Array:
    """B (size, size): cross-products of weighted scores (m, size) of group k's rows about their mean, by respondent or
    by cluster."""
    blocks = _weighted(parts, scores)
    if units is None:
        total, summed, n = np.zeros((size, size)), np.zeros(size), 0
        for _, rows in blocks:
            total += rows @ rows.T
            summed += rows.sum(axis=1)
            n += rows.shape[1]
        return np.asarray(total - np.outer(summed, summed) / n)
    clusters = of_clusters(blocks, size, units)
    return np.asarray(clusters @ clusters.T)


def _weighted(parts: tuple[Part, ...], scores: Scores) -> Iterator[tuple[Positions, Array]]:
    for k, part in enumerate(parts):
        for rows in part.answers.blocks():
            yield part.rows[rows], (scores(k, rows) * part.answers.weights[rows, None]).T


def separate_meat(answered: Answered, point: Point) -> Array:
    """B of every group's own parameters, group after group, as if none were shared."""
    problem = answered.problem
    of_group = [
        directions_of(problem.structure, part.own(point.theta), one)
        for part, one in zip(problem.parts, point.moments, strict=True)
    ]
    wide = len(of_group[0][0])
    size = wide * len(of_group)

    def scores(k: int, rows: slice) -> Array:
        found = np.zeros((len(problem.parts[k].rows[rows]), size))
        own = casewise(problem.parts[k].answers, point.against[k], *of_group[k], rows)
        found[:, k * wide : (k + 1) * wide] = own
        return found

    return cross_products(problem.parts, scores, size, answered.units)


def casewise(answers: Answers, found: Fitted, directions: Array, shifts: Array, rows: slice) -> Array:
    """∂log-likelihood of each row along `directions` of Σ (r, p, p) and `shifts` of μ (r, p): (m, r)."""
    pull = found.residuals(answers, rows)
    m, p = pull.shape
    flat = directions.reshape(len(directions), p * p).T
    squares = (pull[:, :, None] * pull[:, None, :]).reshape(m, p * p)
    level = found.inverse.reshape(-1, p * p) @ flat
    return np.asarray(0.5 * (squares @ flat - level[answers.pattern[rows]]) + pull @ shifts.T)


def sandwich_of(answered: Answered, optimum: Optimum, df: float, base_df: float) -> Sandwich:
    """The parameters' covariance and the scalings of χ² and the baseline's, of `df` and `base_df`."""
    problem, saturated, units = answered.problem, answered.saturated, answered.units
    bread = np.linalg.inv(0.5 * answered.n * optimum.observed)
    shared = problem.shared()
    meat = shared.T @ separate_meat(answered, optimum.point) @ shared
    own = float(np.trace(bread @ meat))
    whole = base = 0.0
    for k, part in enumerate(problem.parts):
        whole += _saturated_trace(part, saturated.against[k], units)
        base += _independent_trace(part, units)
    return Sandwich(
        variance=bread @ meat @ bread,
        scaling=(whole - own) / df if df else 1.0,
        baseline_scaling=(whole - base) / base_df if base_df else 1.0,
    )


def saturated_meat(part: Part, found: Fitted, units: Units | None) -> Array:
    """B of a group's means and covariances, (p(p+1)/2 + p, the same)."""
    directions, shifts = basis(len(found.mean))
    return cross_products(
        (part,), lambda _, rows: casewise(part.answers, found, directions, shifts, rows), len(shifts), units
    )


def _saturated_trace(part: Part, found: Fitted, units: Units | None) -> float:
    directions, shifts = basis(len(found.mean))
    information = 0.5 * part.answers.n * curvature(part.answers, found, directions, shifts, observed=True)
    return float(np.trace(np.linalg.solve(information, saturated_meat(part, found, units))))


def _independent_trace(part: Part, units: Units | None) -> float:
    """Of the model in which no items go together: each item's own mean and variance among those who answered it."""
    answers = part.answers
    mean, variance = independent(answers)

    def scores(_: int, rows: slice) -> Array:
        off = answers.X[rows] - mean
        return np.nan_to_num(np.hstack([off / variance, 0.5 * (off**2 / variance - 1.0) / variance]))

    meat = np.diag(cross_products((part,), scores, 2 * len(mean), units))
    given = answers.n * (answers.share @ answers.mask)
    return float((meat / np.concatenate([given / variance, given / (2.0 * variance**2)])).sum())
