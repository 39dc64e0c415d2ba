"""A group's answers by pattern of what was answered: all that a likelihood under missing answers needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ncsi.arrays import Array, Positions
from ncsi.model.moments.em import patterns_of

ROWS = 1024
"""Respondents whose scores are computed at once."""


@dataclass(frozen=True, slots=True)
class Answers:
    """A group's answers in the metric and the order of the model.

    `mask` (M, p) is 1 where a pattern has an answer; `share` (M,) its part of the weight, summing to 1; `mean` (M, p)
    and `cov` (M, p, p) are the moments within the pattern, zero where missing. `X` (n, p) are the rows, NaN where
    missing, `weights` (n,) average 1, `pattern` (n,) is each row's.
    """

    mask: Array
    share: Array
    mean: Array
    cov: Array
    X: Array
    weights: Array
    pattern: Positions

    @property
    def n(self) -> int:
        """Respondents."""
        return len(self.X)

    def blocks(self) -> Iterator[slice]:
        """The rows, some at a time."""
        for start in range(0, self.n, ROWS):
            yield slice(start, min(start + ROWS, self.n))


def answers_of(X: Array, weights: Array) -> Answers:
    """Patterns of X (n, p), NaN where missing; every row has an answer."""
    found = patterns_of(X, weights)
    pattern = np.empty(len(X), dtype=np.intp)
    before = 0
    for one in found:
        pattern[one.rows] = before + one.pattern
        before += len(one.share)
    mean = np.concatenate([one.mean for one in found])
    second = np.concatenate([some.second for one in found for some in one.parts()])
    return Answers(
        mask=np.concatenate([one.observed for one in found]),
        share=np.concatenate([one.share for one in found]),
        mean=mean,
        cov=second - mean[:, :, None] * mean[:, None, :],
        X=X,
        weights=weights / weights.mean(),
        pattern=pattern,
    )


@dataclass(frozen=True, slots=True)
class Fitted:
    """Answers against a mean and a covariance. By pattern: `inverse` K (M, p, p) of what was answered, zero elsewhere;
    `pull` K(x̄ − μ) (M, p); `twist` K(S + (x̄ − μ)(x̄ − μ)ᵀ)K (M, p, p). `value`: Σ share (log|Σ| + tr KS̃), and `mean`
    μ (p,)."""

    inverse: Array
    pull: Array
    twist: Array
    value: float
    mean: Array

    def slopes(self, answers: Answers) -> tuple[Array, Array]:
        """∂value/∂Σ (p, p), as a full matrix, and ∂value/∂μ (p,)."""
        of_cov = np.tensordot(answers.share, self.inverse - self.twist, 1)
        return of_cov, -2.0 * (answers.share @ self.pull)

    def residuals(self, answers: Answers, part: slice) -> Array:
        """K(x − μ) of some respondents (m, p)."""
        off = np.nan_to_num(answers.X[part] - self.mean)
        return np.asarray(np.matmul(self.inverse[answers.pattern[part]], off[:, :, None])[:, :, 0])


def fitted(answers: Answers, mean: Array, cov: Array) -> Fitted:
    """Answers against μ (p,) and a positive definite Σ (p, p)."""
    mask = answers.mask
    seen = mask[:, :, None] * mask[:, None, :]
    blocks = seen * cov
    own = np.arange(len(mean))
    blocks[:, own, own] += 1.0 - mask
    root = np.linalg.cholesky(blocks)
    half = np.linalg.inv(root)
    inverse = seen * (half.mT @ half)
    off = mask * (answers.mean - mean)
    spread = answers.cov + off[:, :, None] * off[:, None, :]
    logdet = 2.0 * np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
    value = float(answers.share @ (logdet + (inverse * spread).sum(axis=(1, 2))))
    return Fitted(
        inverse=inverse,
        pull=np.matmul(inverse, off[:, :, None])[:, :, 0],
        twist=inverse @ spread @ inverse,
        value=value,
        mean=mean,
    )


def curvature(answers: Answers, found: Fitted, directions: Array, shifts: Array, observed: bool) -> Array:
    """Second derivatives of the value along `directions` of Σ (r, p, p) with `shifts` of μ (r, p), Σ and μ taken as
    linear in them; the expected ones leave out what vanishes on average."""
    r, p = shifts.shape
    M = len(answers.share)
    weighted = answers.share[:, None, None] * (
        2.0 * found.twist - found.inverse if observed else found.inverse
    )
    four = weighted.reshape(M, p * p).T @ found.inverse.reshape(M, p * p)
    four = four.reshape(p, p, p, p).transpose(1, 2, 3, 0).reshape(p * p, p * p)
    flat = directions.reshape(r, p * p)
    middle = np.tensordot(answers.share, found.inverse, 1)
    total = flat @ four @ flat.T + 2.0 * shifts @ middle @ shifts.T
    if observed:
        three = (answers.share[:, None] * found.pull).T @ found.inverse.reshape(M, p * p)
        cross = 2.0 * flat @ three.reshape(p * p, p) @ shifts.T
        total += cross + cross.T
    return np.asarray(0.5 * (total + total.T))
