"""Replicate weights: jackknife (JK1, JKn) and the Rao-Wu bootstrap of clusters within strata.

Sources: Wolter, Introduction to Variance Estimation (2007) §4; Rao, Wu and Yue, Survey Methodology 18 (1992).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ncsi.errors import InputError
from ncsi.survey.design import Codes, Design, Floats


@dataclass(frozen=True, slots=True, eq=False)
class Replicates:
    """Weights (n, R); the variance is scale · Σ_r rscales_r (θ_r - θ̄)²."""

    weights: Floats
    scale: float
    rscales: Floats

    def covariance(self, estimates: Floats, centre: Floats | None = None) -> Floats:
        """Covariance (k, k) of estimates (R, k) about `centre` (k,), else about their mean."""
        about = estimates - (estimates.mean(axis=0) if centre is None else centre)
        return np.asarray(self.scale * (about.T * self.rscales) @ about)

    def reweighted(self, step: Callable[[Floats], Floats]) -> Replicates:
        """Each set of weights put through the same step as the full weights (raking: n × R at once)."""
        return Replicates(step(self.weights), self.scale, self.rscales)


def jackknife(design: Design) -> Replicates:
    """One replicate a cluster, which it leaves out: JK1 without strata, JKn with them.

    Population sizes are not used. Raises InputError for a stratum of one cluster, unless `lonely` is remove: it
    then stays whole in every replicate.
    """
    size = _sizes(design)
    h = design.stratum_of_cluster
    out = np.flatnonzero(size[h] > 1)
    own = size[h[out]]
    factors = np.where(h[:, None] == h[out][None, :], own / (own - 1), 1.0)
    factors[out, np.arange(len(out))] = 0.0
    weights = design.weights[:, None] * factors[design.cluster]
    if len(size) == 1:
        return Replicates(weights, (len(h) - 1) / len(h), np.ones(len(h)))
    return Replicates(weights, 1.0, (own - 1) / own)


def rao_wu(design: Design, replicates: int, seed: int) -> Replicates:
    """Rao-Wu rescaled bootstrap: m_h - 1 clusters drawn with replacement in each stratum, R times.

    The sampling fraction enters as √(1 - f). The same seed gives the same weights. A stratum of one cluster as
    in `jackknife`.
    """
    size = _sizes(design)
    draws = np.ones((len(design.stratum_of_cluster), replicates))
    for stratum, count in enumerate(size.astype(int)):
        if count < 2:
            continue
        rng = np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 0, stratum]))
        here = design.stratum_of_cluster == stratum
        drawn = rng.multinomial(count - 1, np.full(count, 1 / count), size=replicates).T
        shrink = np.sqrt(1 - design.fraction[here])[:, None]
        draws[here] = 1 - shrink + shrink * drawn * count / (count - 1)
    weights = design.weights[:, None] * draws[design.cluster]
    return Replicates(weights, 1 / replicates, np.ones(replicates))


def _sizes(design: Design) -> Codes:
    size = np.bincount(design.stratum_of_cluster, minlength=len(design.strata))
    alone = size < 2
    if alone.any() and (design.lonely != "remove" or alone.all()):
        name = design.strata[int(np.flatnonzero(alone)[0])]
        raise InputError(
            f"stratum {name}", "it has one cluster only, so nothing can be left out of it or drawn again",
            "Join it to a similar stratum, or let it count as drawn with certainty (lonely)",
        )  # fmt: skip
    return size
