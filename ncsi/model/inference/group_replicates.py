"""Paths of every group in replicates that all groups share: of the bootstrap, or replicate weights of a design."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Positions
from ncsi.model.inference.drawn_weights import of_design, require_settled, row_weights
from ncsi.model.moments.sample import Sample, Units
from ncsi.model.pls.fit import PlsFit, fit_pls
from ncsi.model.pls.positions import path_ends
from ncsi.model.resampling.draws import draws_of
from ncsi.model.resampling.freedom import of_weights
from ncsi.survey import Replicates

WORST_SHARE = 0.01
"""Share of the bootstrap's replicates that may fail to converge in some group; they are left out and counted."""


@dataclass(frozen=True, slots=True)
class GroupReplicates:
    """Paths of G groups, P each in the instrument's order: `estimate` (G, P), their `covariance` (GP, GP), draws of all
    (G, P, R) about the estimates, degrees of freedom `df` (G,) of the groups and `df_all` of everything; how many
    replicates were `kept` and how many `failed`."""

    estimate: Array
    covariance: Array
    draws: Array
    df: Array
    df_all: float
    kept: int
    failed: int


def group_replicates(
    pooled: PlsFit, df: pd.DataFrame, weights: str | None, replicates: int | Replicates, seed: int
) -> GroupReplicates:
    """Of the by-groups of `pooled`, a fit to `df`, each fitted anew with outer weights of its own.

    All groups share the replicates, so that what clusters in several groups have in common is in the covariance; where
    no cluster is, groups are independent. Raises NotConverged when more than 1 % of the replicates fail in a group, or
    any of a design's.
    """
    sample = pooled.sample
    positions = [np.flatnonzero(sample.group == g) for g in range(len(sample.groups))]
    fits = [
        fit_pls(df.iloc[sample.rows[at]], pooled.instrument, weights=weights, scheme=pooled.scheme)
        for at in positions
    ]
    made = [
        draws_of(fit, (W[:, at] for W in row_weights(sample, replicates, seed)))
        for fit, at in zip(fits, positions, strict=True)
    ]
    good = np.logical_and.reduce([settled for _, settled in made])
    failed = require_settled(
        good, replicates, WORST_SHARE, f"groups of '{pooled.by}'",
        "Look for a group that is small or whose items hardly vary.",
    )  # fmt: skip
    ends = path_ends(pooled.instrument)
    estimate = np.array([fit.paths["estimate"].to_numpy(dtype=float) for fit in fits])
    draws = np.array([one.paths[ends][:, good] for one, _ in made])
    own = np.array([_freedom(sample, fit, at) for fit, at in zip(fits, positions, strict=True)])
    kept = draws.shape[2]
    if isinstance(replicates, Replicates):
        most = replicates.degrees_of_freedom()
        flat = draws.reshape(estimate.size, -1)
        covariance, normal = of_design(replicates, estimate.ravel(), flat)
        drawn = normal.reshape(*estimate.shape, -1)
        return GroupReplicates(estimate, covariance, drawn, np.minimum(own, most), float(most), kept, failed)
    covariance = np.cov(draws.reshape(estimate.size, -1))
    if apart(sample):
        block = np.repeat(np.arange(len(estimate)), estimate.shape[1])
        covariance = np.where(block[:, None] == block, covariance, 0.0)
        return GroupReplicates(estimate, covariance, draws, own, float(own.sum()), kept, failed)
    return GroupReplicates(estimate, covariance, draws, own, of_weights(sample), kept, failed)


def apart(sample: Sample) -> bool:
    """No cluster has respondents in two groups."""
    if sample.units is None:
        return True
    pairs = np.unique(np.column_stack([sample.units.of_row, sample.group]), axis=0)
    return len(pairs) == len(np.unique(sample.units.of_row))


def _freedom(sample: Sample, fit: PlsFit, at: Positions) -> float:
    if sample.units is None:
        return of_weights(fit.sample)
    units, of_row = np.unique(sample.units.of_row[at], return_inverse=True)
    own = Units(of_row.ravel().astype(np.intp), sample.units.stratum[units])
    return of_weights(replace(fit.sample, units=own))
