"""Which units differ: tests of differences by max-|t| over replicates, with step-down (Romano & Wolf 2005)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.special import ndtri, stdtr

from ncsi.arrays import Array, Mask, Positions
from ncsi.errors import ModelError

AT_A_TIME = 512
"""Replicates whose differences stay in the processor's cache."""
NO_SPREAD = 1e-9
"""A difference whose standard error is below this share of the scale cannot be tested: never significant."""


@dataclass(frozen=True, slots=True)
class Differences:
    """All pairwise differences of J units: estimates `gap` (J, J), row minus column; their standard errors;
    `z`, |t| on the normal scale; `centred` replicates (J, R)."""

    gap: Array
    se: Array
    z: Array
    centred: Array


def differences(estimates: Array, draws: Array, df: Array | None = None) -> Differences:
    """Differences of units with `estimates` (J,) and replicates `draws` (R, J).

    A standard error that is itself estimated makes |t| larger than normal: with `df` (J,) degrees of freedom of
    the units' variances, and R − 1 of the replicates', each |t| goes through the t distribution on Welch's
    degrees of freedom to the normal quantile of the same tail. Raises ModelError for what is not finite.
    """
    if not (np.isfinite(estimates).all() and np.isfinite(draws).all()):
        raise ModelError(
            "ranks: an index or a replicate of one is missing. Leave that unit out of the comparison."
        )
    covariance = np.atleast_2d(np.cov(draws, rowvar=False))
    variance = np.diag(covariance)
    se = np.sqrt(np.maximum(variance[:, None] + variance - 2 * covariance, 0))
    se[se <= NO_SPREAD * max(1.0, float(np.abs(estimates).max()))] = np.inf
    gap = estimates[:, None] - estimates
    own = 0.0 if df is None else variance**2 / np.maximum(np.where(np.isnan(df), np.inf, df), 1)
    total = (variance[:, None] + variance) ** 2
    noise = np.broadcast_to(own, variance.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(total > 0, (noise[:, None] + noise) / total, 0) + 1 / (len(draws) - 1)
        z = -ndtri(stdtr(1 / share, -np.abs(gap) / se))
    return Differences(gap, se, z, np.ascontiguousarray((draws - draws.mean(axis=0)).T))


def simultaneous(d: Differences, level: float) -> Mask:
    """Matrix (J, J): row significantly above column, family-wise over all pairs at `level`."""
    i, j = np.triu_indices(len(d.gap), 1)
    rejected = _stepped_down(d, i, j, level)
    above = np.zeros(d.gap.shape, dtype=bool)
    above[i[rejected], j[rejected]] = True
    return (above | above.T) & (d.gap > 0)


def marginal(d: Differences, level: float) -> Mask:
    """The same, family-wise over the differences of each row's unit alone: row j tests unit j against the rest.

    Not antisymmetric: `[j, k]` says that k differs from j in j's own family; the sign is that of the gap.
    """
    differs = np.zeros(d.gap.shape, dtype=bool)
    for unit in range(len(d.gap)):
        others = np.delete(np.arange(len(d.gap)), unit)
        rejected = _stepped_down(d, np.full(len(others), unit), others, level)
        differs[unit, others[rejected]] = True
    return differs


def _stepped_down(d: Differences, i: Positions, j: Positions, level: float) -> Mask:
    """Which of the pairs differ: the largest |t| of all open pairs sets the mark, until none passes it."""
    z, rejected = d.z[i, j], np.zeros(len(i), dtype=bool)
    while not rejected.all():
        open_ = np.flatnonzero(~rejected)
        largest = _largest(d.centred, i[open_], j[open_], d.se[i[open_], j[open_]])
        fresh = open_[z[open_] > np.quantile(largest, level, method="higher")]
        if fresh.size == 0:
            break
        rejected[fresh] = True
    return rejected


def _largest(centred: Array, i: Positions, j: Positions, se: Array) -> Array:
    """Largest |t| over the pairs in each replicate (R,); `i` ascending."""
    largest = np.zeros(centred.shape[1])
    edges = np.flatnonzero(np.r_[True, i[1:] != i[:-1], True])
    weight = (1 / se)[:, None]
    for first in range(0, len(largest), AT_A_TIME):
        part, top = centred[:, first : first + AT_A_TIME].copy(), largest[first : first + AT_A_TIME]
        for start, stop in pairwise(edges):
            gaps = part[j[start:stop]]
            gaps -= part[i[start]]
            gaps *= weight[start:stop]
            np.maximum(top, np.abs(gaps, out=gaps).max(axis=0), out=top)
    return largest
