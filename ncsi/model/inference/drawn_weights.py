"""Row weights of replicates, drawn by the bootstrap or given by a design, and normal draws from a design's
covariance."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ncsi.arrays import Array
from ncsi.errors import ModelError
from ncsi.model.moments.sample import Sample
from ncsi.model.resampling.intervals import SAMPLED
from ncsi.model.resampling.streams import replicate_weights
from ncsi.survey import Replicates

AT_A_TIME = 256


def row_weights(sample: Sample, replicates: int | Replicates, seed: int) -> Iterator[Array]:
    """Batches (B, n) that follow the rows of the sample: as many bootstrap replicates, or those of the design, which
    has one row for each row of the data. Raises ModelError for a design of other rows and fewer than 2 replicates."""
    if isinstance(replicates, int):
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


def normal_draws(design: Replicates, estimate: Array, replicates: Array) -> tuple[Array, Array]:
    """Covariance (m, m) of estimates (m,) from their replicates (m, R), and 5,000 normal draws (m, 5000) about them: a
    jackknife's replicates lie too close together for draws."""
    covariance = design.covariance(
        np.asarray(replicates.T, dtype=np.float64), np.asarray(estimate, dtype=np.float64)
    )
    values, vectors = np.linalg.eigh(covariance)
    rng = np.random.Generator(np.random.Philox(key=[0, replicates.shape[1]]))
    independent = rng.standard_normal((SAMPLED, len(estimate))) * np.sqrt(np.maximum(values, 0.0))
    return covariance, np.asarray((estimate + independent @ vectors.T).T)
