"""The saturated model: every mean and covariance its own, the likelihood that no model passes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ncsi.arrays import Array
from ncsi.model.cbsem.answers import Answers, Fitted, fitted


@dataclass(frozen=True, slots=True)
class Saturated:
    """Maximum-likelihood means (p,) and covariances (p, p) of each group, and its answers `against` them; `value` is
    Σ share_g times theirs."""

    means: tuple[Array, ...]
    covs: tuple[Array, ...]
    against: tuple[Fitted, ...]
    value: float


def saturated_of(
    answers: tuple[Answers, ...], means: tuple[Array, ...], covs: tuple[Array, ...], shares: tuple[float, ...]
) -> Saturated:
    """The groups' answers against their own moments."""
    against = tuple(fitted(*one) for one in zip(answers, means, covs, strict=True))
    value = float(sum(share * one.value for share, one in zip(shares, against, strict=True)))
    return Saturated(means, covs, against, value)


def independent(answers: Answers) -> tuple[Array, Array]:
    """Mean (p,) and variance (p,) of each item among those who answered it."""
    total = answers.share @ answers.mask
    mean = answers.share @ answers.mean / total
    own = np.diagonal(answers.cov, axis1=1, axis2=2) + answers.mask * (answers.mean - mean) ** 2
    return mean, answers.share @ own / total


def basis(p: int) -> tuple[Array, Array]:
    """Directions of Σ (r, p, p) and shifts of μ (r, p) of every covariance (upper triangle by row), then every mean."""
    i, j = np.triu_indices(p)
    r = len(i)
    directions, shifts = np.zeros((r + p, p, p)), np.zeros((r + p, p))
    directions[np.arange(r), i, j] = directions[np.arange(r), j, i] = 1.0
    shifts[r:] = np.eye(p)
    return directions, shifts
