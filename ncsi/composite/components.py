"""Principal components of a correlation matrix, and varimax: what PCA weights and the checks of a group share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Positions
from ncsi.errors import ModelError, NotConverged

VARIMAX_STEPS = 1000
VARIMAX_CHANGE = 1e-5
"""Where R's `varimax` stops too. The optimum itself can lie 1e-3 further in a loading, 1e-4 in a weight."""


@dataclass(frozen=True, slots=True)
class Components:
    """Principal components of the correlations of `codes`: `eigenvalues` (p,), largest first, and `vectors` (p, p),
    one a column, each of unit length with the sign that makes its sum positive."""

    codes: tuple[str, ...]
    correlations: Array
    eigenvalues: Array
    vectors: Array

    @property
    def shares(self) -> Array:
        """Share of the variance that each component carries (p,), summing to 1."""
        return np.asarray(self.eigenvalues / self.eigenvalues.sum())

    @property
    def kept(self) -> int:
        """Components with an eigenvalue over 1 (Kaiser), at least the first."""
        return max(1, int((self.eigenvalues > 1).sum()))

    def loadings(self, k: int) -> Array:
        """Correlations of indicators with the first `k` components (p, k), not rotated."""
        return self.vectors[:, :k] * np.sqrt(self.eigenvalues[:k])


def components_of(scores: pd.DataFrame) -> Components:
    """Components of the correlations of `scores` (units × indicators, complete rows only).

    Raises ModelError with fewer than three complete units, and for an indicator that does not vary among them.
    """
    complete = scores.dropna()
    if len(complete) < 3:
        raise ModelError(
            f"principal components of {', '.join(map(str, scores.columns))}: {len(complete)} units have all of "
            "them, three are needed. Impute first, or take out the indicator that is missing most."
        )
    values = complete.to_numpy(dtype=np.float64)
    flat = values.std(axis=0) <= 1e-12 * np.abs(values).max(axis=0)
    if flat.any():
        raise ModelError(
            f"indicator '{scores.columns[int(flat.argmax())]}' has one value in all units: it has no correlations. "
            "Leave it out of the group."
        )
    correlations = np.atleast_2d(np.corrcoef(values, rowvar=False))
    eigenvalues, vectors = np.linalg.eigh(correlations)
    vectors = vectors[:, ::-1] * np.where(vectors.sum(axis=0)[::-1] < 0, -1.0, 1.0)
    return Components(tuple(map(str, scores.columns)), correlations, eigenvalues[::-1], vectors)


def varimax(loadings: Array, change: float = VARIMAX_CHANGE) -> Array:
    """Loadings (p, k) rotated by Kaiser's varimax, rows at unit length while rotating (Kaiser 1958).

    It ends with the first step that adds less than `change` to the criterion, relative to its size. Raises
    NotConverged after 1,000 steps without such a one.
    """
    if loadings.shape[1] == 1:
        return loadings
    lengths = np.sqrt((loadings**2).sum(axis=1, keepdims=True))
    lengths[lengths == 0] = 1.0
    rows, p = loadings / lengths, len(loadings)
    rotation, reached = np.eye(loadings.shape[1]), 0.0
    for _ in range(VARIMAX_STEPS):
        turned = rows @ rotation
        left, size, right = np.linalg.svd(rows.T @ (turned**3 - turned * (turned**2).sum(axis=0) / p))
        rotation, before, reached = left @ right, reached, float(size.sum())
        if reached <= before * (1 + change):
            return np.asarray((rows @ rotation) * lengths)
    raise NotConverged(
        f"varimax still grows after {VARIMAX_STEPS} steps: do not use these loadings as weights."
    )


def strongest(loadings: Array) -> Positions:
    """Which factor each indicator loads on most (p,), by size."""
    return np.asarray(np.abs(loadings).argmax(axis=1))
