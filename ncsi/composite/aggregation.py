"""From scores of indicators to scores of nodes: means by weights, and Copeland's outranking. OECD (2008) ch. 6."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ncsi.arrays import Array, Mask, Positions
from ncsi.composite.choices import Mean
from ncsi.composite.ranks import ascending
from ncsi.composite.structure import Structure, global_weights
from ncsi.errors import CompositeError

ALL_AGGREGATES = (0.0, 1.0)
"""Shares of its children that a node needs, of indicators and of aggregates: a missing indicator is left out and the
others re-weighted, a missing aggregate is never."""
EVEN = 1e-12
"""Outranked by half the weight, to rounding: 0.35 + 0.1 + 0.05 is less than a half in doubles."""
_BLOCK = 256
"""Rows of the outranking matrix at a time, so that they stay in the processor's cache."""


def aggregated(
    z: Array,
    local: Array,
    structure: Structure,
    means: tuple[Mean, ...],
    units: Sequence[str],
    needed: tuple[float, float] = ALL_AGGREGATES,
) -> Array:
    """Scores of all nodes (..., n, m) from those of the indicators `z` (..., n, p) by local weights (..., m).

    Leading axes (runs, replicates) of `z` and `local` broadcast. `means` by level, from 2 up; where they are
    `copeland`, every aggregate holds the Copeland score of the indicators below it, which depends on the set of units.
    NaN is missing: weights are renormalised over the children there are, if their share reaches `needed`; else the
    node is missing. Raises CompositeError naming unit, node and value where a score is 0 or less under a geometric or
    harmonic mean, or outside the domain of a power mean.
    """
    nodes = _node_scores(z, local, structure, means, units, needed)
    scores = np.empty((*nodes[-1].shape, len(structure.codes)))
    scores[..., : structure.leaves] = z
    for node, one in enumerate(nodes, start=structure.leaves):
        scores[..., node] = one
    return scores


def index_scores(
    z: Array,
    local: Array,
    structure: Structure,
    means: tuple[Mean, ...],
    units: Sequence[str],
    needed: tuple[float, float] = ALL_AGGREGATES,
) -> Array:
    """The root's scores (..., n) of `aggregated`, at a fraction of its memory: what runs by the thousand keep."""
    return _node_scores(z, local, structure, means, units, needed)[-1]


def _node_scores(
    z: Array,
    local: Array,
    structure: Structure,
    means: tuple[Mean, ...],
    units: Sequence[str],
    needed: tuple[float, float],
) -> list[Array]:
    """Scores (..., n) of each aggregate, children first."""
    lead = np.broadcast_shapes(z.shape[:-2], local.shape[:-1])
    if means[-1].form == "copeland":
        return _copeland_nodes(z, local, structure, lead)
    scores: list[Array] = []
    for node, below in structure.aggregates:
        mean = means[structure.level[node] - 2]
        values = _children(z, scores, structure, below)
        _check_domain(values, mean, structure, node, below, units)
        own = _mean(values, local[..., below], mean)
        enough = _enough(values, below >= structure.leaves, needed)
        scores.append(np.broadcast_to(np.where(enough, own, np.nan), (*lead, z.shape[-2])))
    return scores


def _children(z: Array, scores: list[Array], structure: Structure, below: Positions) -> Array:
    """Scores (..., n, k) of one node's children; without the axes of the runs where all runs share them."""
    if (below < structure.leaves).all():
        return np.asarray(z[..., below])
    parts = [z[..., k] if k < structure.leaves else scores[k - structure.leaves] for k in below]
    return np.stack(np.broadcast_arrays(*parts), axis=-1)


def _mean(values: Array, weights: Array, mean: Mean) -> Array:
    """Weighted means (..., n) of values (..., n, k) by weights (..., k), over the children there are."""
    if mean.form == "arithmetic":
        return _weighted(values, weights)
    if mean.form == "geometric":
        return np.asarray(np.exp(_weighted(np.log(values), weights)))
    power = -1.0 if mean.form == "harmonic" else mean.power
    return np.asarray(_weighted(values**power, weights) ** (1.0 / power))


def _weighted(values: Array, weights: Array) -> Array:
    there = ~np.isnan(values)
    if there.all():
        return np.asarray(_product(values, weights) / weights.sum(axis=-1)[..., None])
    with np.errstate(invalid="ignore"):
        total = _product(there.astype(np.float64), weights)
        return np.asarray(_product(np.where(there, values, 0.0), weights) / total)


def _product(values: Array, weights: Array) -> Array:
    """Σ_k values (..., n, k) · weights (..., k); one matrix product where all runs share the values."""
    if values.ndim == 2:
        return np.asarray(weights @ values.T)
    return np.asarray(np.matmul(values, weights[..., None])[..., 0])


def _enough(values: Array, of_aggregates: Mask, needed: tuple[float, float]) -> Mask:
    """Whether enough children are there (..., n): some, and of each kind the share needed."""
    there = ~np.isnan(values)
    enough = there.any(axis=-1)
    for kind, share in ((~of_aggregates, needed[0]), (of_aggregates, needed[1])):
        if kind.any():
            enough &= there[..., kind].mean(axis=-1) >= share
    return np.asarray(enough)


_DOMAIN = {"geometric": "positive", "harmonic": "positive"}


def _check_domain(
    values: Array, mean: Mean, structure: Structure, node: int, below: Positions, units: Sequence[str]
) -> None:
    if mean.form == "arithmetic":
        return
    wants = _DOMAIN.get(mean.form, "positive" if mean.power < 0 else "0 or more")
    outside = values <= 0 if wants == "positive" else values < 0
    if outside.any():
        *_, unit, child = (int(axis[0]) for axis in np.nonzero(outside))
        score = values[tuple(axis[0] for axis in np.nonzero(outside))]
        raise CompositeError(
            f"unit {units[unit]}, node {structure.codes[below[child]]}",
            f"the score is {score:g}, and the {mean.form} mean of '{structure.codes[node]}' needs scores that "
            f"are {wants}",
            "Normalise to a range that starts above 0, such as 1 to 100, or use the arithmetic mean",
        )


def outranking(z: Array, weights: Array) -> Array:
    """o (n, n): the share of the weight by which unit i is ahead of unit j, ties counting half.

    `z` (n, p) and `weights` (p,), renormalised over the indicators that both units have; NaN on the diagonal and for
    units without a common one. o_ij + o_ji = 1 whatever the order of the units.
    """
    there = (~np.isnan(z)).astype(np.float64)
    shared = (there * weights) @ there.T
    ranks = np.nan_to_num(ascending(z)).astype(np.int32)
    lead = np.zeros_like(shared)
    for start in range(0, len(z), _BLOCK):
        rows = slice(start, start + _BLOCK)
        for k, weight in enumerate(weights):
            ahead = np.sign(ranks[rows, k, None] - ranks[None, :, k])
            if not there[:, k].all():
                ahead *= ((ranks[rows, k, None] > 0) & (ranks[None, :, k] > 0)).astype(np.int32)
            lead[rows] += weight * ahead
    with np.errstate(invalid="ignore"):
        share = 0.5 + 0.5 * lead / shared
    np.fill_diagonal(share, np.nan)
    return np.asarray(share)


def copeland(z: Array, weights: Array) -> Array:
    """Copeland scores (n,): units outranked less units outranking, by more than half the weight; NaN without data."""
    lead = outranking(z, weights) - 0.5
    won = np.where(np.isnan(lead) | (np.abs(lead) < EVEN), 0.0, np.sign(lead)).sum(axis=1)
    return np.where(np.isnan(z).all(axis=1), np.nan, won)


def _copeland_nodes(z: Array, local: Array, structure: Structure, lead: tuple[int, ...]) -> list[Array]:
    whole = np.broadcast_to(global_weights(structure, local), (*lead, local.shape[-1]))
    every = np.broadcast_to(z, (*lead, *z.shape[-2:]))
    scores = [np.empty((*lead, z.shape[-2])) for _ in structure.below]
    for run in np.ndindex(*lead):
        for own, (_, indicators) in zip(scores, structure.below, strict=True):
            own[run] = copeland(every[run][:, indicators], whole[run][indicators])
    return scores
