"""Replicates drawn by the bootstrap or given by a design: their row weights, whether they settled, their covariance."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ncsi.arrays import Array, Mask
from ncsi.errors import ModelError, NotConverged
from ncsi.model.moments.sample import Sample
from ncsi.model.resampling.intervals import normal_draws
from ncsi.model.resampling.streams import replicate_weights
from ncsi.survey import Replicates

AT_A_TIME = 256


def row_weights(sample: Sample, replicates: int | Replicates, seed: int) -> Iterator[Array]:
    """Batches (B, n) that follow the rows of the sample: as many bootstrap replicates, or those of the design, which
    has one row for each row of the data. Raises ModelError for a design of other rows and fewer than 2 replicates."""
    if not isinstance(replicates, Replicates):
        if replicates < 2:
            raise ModelError(f"{replicates} replicates give no standard error. Ask for 1000 or more.")
        yield from replicate_weights(sample.weights, sample.stratum, replicates, seed, sample.units)
        return
    W = np.asarray(replicates.weights, dtype=np.float64)
    if len(W) != len(sample.rows) + sample.excluded:
        raise ModelError(
            f"{len(W)} rows of replicate weights for {len(sample.rows) + sample.excluded} rows of data. Give one row "
            "for each row of the data."
        )
    for start in range(0, W.shape[1], AT_A_TIME):
        yield np.ascontiguousarray(W[sample.rows, start : start + AT_A_TIME].T)


def require_settled(settled: Mask, replicates: int | Replicates, most: float, what: str, where: str) -> int:
    """How many of the replicates did not settle (R,). Raises NotConverged where they are more than the share `most` of
    the bootstrap's, or any of a design's: its variance is a sum over all of them."""
    failed = int((~settled).sum())
    if failed > (0 if isinstance(replicates, Replicates) else most * len(settled)):
        raise NotConverged(f"{what}: {failed} of {len(settled)} replicates did not converge. {where}")
    return failed


def of_design(design: Replicates, estimate: Array, replicates: Array) -> tuple[Array, Array]:
    """Covariance (m, m) of estimates (m,) from their replicates (m, R), and normal draws (m, 5000) about them."""
    centre = np.asarray(estimate, dtype=np.float64) if design.mse else None
    covariance = design.covariance(np.asarray(replicates.T, dtype=np.float64), centre)
    return covariance, normal_draws(estimate, covariance, replicates.shape[1]).T
