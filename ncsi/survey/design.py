"""A sampling design: weights, and the stages at which strata were sampled; variance of weighted totals.

Sources: Särndal, Swensson, Wretman, Model Assisted Survey Sampling (1992), §4 and §5, of several stages result
4.4.1; Lumley, Complex Surveys (2010), §2 and §3 for what to do with a stratum of a single cluster.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ncsi.arrays import Codes
from ncsi.errors import InputError

Floats = NDArray[np.float64]
Lonely = Literal["error", "remove", "average", "adjust"]


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """What weights were calibrated to: auxiliaries (n, k), and the weights of the regression on them."""

    auxiliaries: Floats
    regression_weights: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """One stage of sampling: m clusters drawn within h strata.

    `cluster` (n,) codes 0…m-1 of the rows; of each cluster its stratum code, its stratum's sampling `fraction` (m,)
    and its `share` (m,) of the variance, the product of the fractions of the stages above (1 at the first). The
    strata of a later stage are the clusters of the stage above.
    """

    cluster: Codes
    stratum_of_cluster: Codes
    strata: tuple[str, ...]
    fraction: Floats
    share: Floats

    def covariance(self, z: Floats, lonely: Lonely) -> Floats:
        """Covariance (k, k) of the sums of the weighted influences `z` (n, k)."""
        m, h = len(self.stratum_of_cluster), self.stratum_of_cluster
        totals = np.column_stack([np.bincount(self.cluster, one, m) for one in z.T])
        size, alone = self._sizes(lonely)
        means = np.column_stack([np.bincount(h, one, len(size)) for one in totals.T]) / size[:, None]
        if lonely == "adjust":
            means[alone] = 0.0  # influences of the whole sample sum to zero: its mean is the population's
        centred = (totals - means[h]) * np.sqrt(self._factor(size))[:, None]
        return np.asarray(centred.T @ centred * _average(alone, lonely))

    def variances(self, z: Floats, rows: Codes, cell: Codes, cells: int, lonely: Lonely) -> Floats:
        """As `covariance`, for many domains at once: `z` weighted influences of `rows`, `cell` their domains.

        Returns (cells,).
        """
        m, h = len(self.stratum_of_cluster), len(self.strata)
        totals, of_cell, of_cluster = z, cell, self.cluster[rows]
        if m < len(self.cluster):
            pairs, where = np.unique(cell * m + of_cluster, return_inverse=True)
            totals = np.bincount(where, z).astype(np.float64)
            of_cell, of_cluster = pairs // m, pairs % m
        of_stratum = self.stratum_of_cluster[of_cluster]
        size, alone = self._sizes(lonely)
        where = of_cell * h + of_stratum
        means = np.bincount(where, totals, cells * h) / np.tile(size, cells)
        if lonely == "adjust":
            means[np.tile(alone, cells)] = 0.0
        absent = np.tile(size, cells) - np.bincount(where, minlength=cells * h)
        scale = np.zeros(h)
        scale[self.stratum_of_cluster] = self._factor(size)
        # Two passes: a share that the design fixes has no error, and sums of squares would leave some.
        present = np.bincount(of_cell, scale[of_stratum] * (totals - means[where]) ** 2, cells)
        others = (absent * means**2).reshape(cells, h) @ scale
        return np.asarray((present + others) * _average(alone, lonely))

    def _sizes(self, lonely: Lonely) -> tuple[Floats, NDArray[np.bool_]]:
        """Clusters of each stratum, and which strata have one only. InputError when such may not be."""
        size = np.bincount(self.stratum_of_cluster, minlength=len(self.strata)).astype(np.float64)
        drawn = np.bincount(self.stratum_of_cluster, self.fraction, len(size)) / size
        alone = (size == 1) & (drawn < 1)
        if alone.any() and lonely == "error":
            raise _lonely(self.strata, alone)
        return size, alone

    def _factor(self, size: Floats) -> Floats:
        """share (1 - f) m/(m - 1) of each cluster's stratum."""
        own = size[self.stratum_of_cluster]
        return np.asarray(
            self.share * (1 - self.fraction) * np.where(own > 1, own / np.maximum(own - 1, 1), 1.0)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """n rows: weights > 0 or 0; the stages of sampling, first to last; what weights were calibrated to.

    `cluster`, `stratum_of_cluster`, `strata` and `fraction` are those of the first stage.
    """

    weights: Floats
    stages: tuple[Stage, ...]
    lonely: Lonely = "error"
    calibration: Calibration | None = None

    @property
    def cluster(self) -> Codes:
        """Code (n,) of each row's primary sampling unit."""
        return self.stages[0].cluster

    @property
    def stratum_of_cluster(self) -> Codes:
        """Stratum code (m,) of each primary sampling unit."""
        return self.stages[0].stratum_of_cluster

    @property
    def strata(self) -> tuple[str, ...]:
        """Names of the strata."""
        return self.stages[0].strata

    @property
    def fraction(self) -> Floats:
        """Sampling fraction (m,) of each primary sampling unit's stratum; 0 where the population is infinite."""
        return self.stages[0].fraction

    def with_weights(self, weights: Floats, calibration: Calibration | None = None) -> Design:
        """The design with other weights, and what they were calibrated to."""
        return replace(self, weights=weights, calibration=calibration)

    def degrees_of_freedom(self, inside: NDArray[np.bool_] | None = None) -> int:
        """Primary sampling units less strata, among the rows `inside` that have a weight."""
        counted = self.weights > 0 if inside is None else inside & (self.weights > 0)
        clusters = np.zeros(len(self.stratum_of_cluster), dtype=bool)
        clusters[self.cluster[counted]] = True
        strata = np.zeros(len(self.strata), dtype=bool)
        strata[self.stratum_of_cluster[clusters]] = True
        return int(clusters.sum()) - int(strata.sum())

    def covariance(self, influence: Floats) -> Floats:
        """Covariance (k, k) of the weighted totals of `influence` (n, k).

        Summed over stages: share Σ_h (1 - f_h) m_h/(m_h - 1) Σ_i (z_hi - z̄_h)(z_hi - z̄_h)ᵀ over cluster totals z;
        of calibrated weights the residuals are taken. Raises InputError for a stratum of one cluster unless
        `lonely` says what to do.
        """
        z = self.weights[:, None] * self._residuals(influence)
        parts = [stage.covariance(z, self.lonely) for stage in self.stages]
        return np.asarray(np.sum(parts, axis=0))

    def variances(self, z: Floats, rows: Codes, cell: Codes, cells: int) -> Floats:
        """As `covariance`, for many domains at once: `z` weighted influences of `rows`, `cell` their domains.

        Of weights that were not calibrated. Returns (cells,).
        """
        parts = [stage.variances(z, rows, cell, cells, self.lonely) for stage in self.stages]
        return np.asarray(np.sum(parts, axis=0))

    def _residuals(self, influence: Floats) -> Floats:
        if self.calibration is None:
            return influence
        x, q = self.calibration.auxiliaries, self.calibration.regression_weights
        weighted = q[:, None] * x
        slopes = np.linalg.lstsq(x.T @ weighted, weighted.T @ influence, rcond=1e-12)[0]
        return np.asarray(influence - x @ slopes)


def _average(alone: NDArray[np.bool_], lonely: Lonely) -> float:
    """With `average`, strata of one cluster count as much as the others do on average."""
    others = int(np.count_nonzero(~alone))
    return len(alone) / others if lonely == "average" and alone.any() and others else 1.0


def _lonely(strata: tuple[str, ...], alone: NDArray[np.bool_]) -> InputError:
    name = strata[int(np.flatnonzero(alone)[0])]
    return InputError(
        f"stratum {name}",
        "it has one cluster only, so its variance cannot be estimated",
        "Join it to a similar stratum, or choose lonely='remove', 'average' or 'adjust'",
    )
