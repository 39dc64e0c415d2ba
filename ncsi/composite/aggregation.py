"""From scores of indicators to scores of nodes: means by weights, and Copeland's outranking. OECD (2008) ch. 6."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ncsi.arrays import Array, Mask
from ncsi.composite.choices import Mean
from ncsi.composite.linear import from_linear, needs_positive, outside_domain, to_linear
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
    """Scores (..., n) of each aggregate, children first.

    Sums run over the children in their order, cell by cell: no unit's score turns, in its last bit, on what other
    units there are, nor on a processor's matrix product.
    """
    lead = np.broadcast_shapes(z.shape[:-2], local.shape[:-1])
    if means[-1].form == "copeland":
        return _copeland_nodes(z, local, structure, lead)
    scores: list[Array] = list(np.ascontiguousarray(np.moveaxis(z, -1, 0)))
    for node, below in structure.aggregates:
        mean = means[structure.level[node] - 2]
        children = [scores[k] for k in below]
        _check_domain(children, mean, structure, node, units)
        own = _mean(children, [local[..., k, None] for k in below], mean)
        least = [needed[int(k >= structure.leaves)] for k in below]
        scores.append(np.where(_enough(children, least), own, np.nan))
    return [np.broadcast_to(one, (*lead, z.shape[-2])) for one in scores[structure.leaves :]]


def _mean(values: Sequence[Array], weights: Sequence[Array], mean: Mean) -> Array:
    """Weighted means (..., n) of the children's scores, over the children there are."""
    return from_linear(_weighted([to_linear(one, mean) for one in values], weights), mean)


def _weighted(values: Sequence[Array], weights: Sequence[Array]) -> Array:
    total, whole = np.zeros(()), np.zeros(())
    for one, weight in zip(values, weights, strict=True):
        absent = np.isnan(one)
        if absent.any():
            total = total + weight * np.where(absent, 0.0, one)
            whole = whole + weight * ~absent
        else:
            total = total + weight * one
            whole = whole + weight
    with np.errstate(invalid="ignore"):
        return np.asarray(total / whole)


def _enough(values: Sequence[Array], least: Sequence[float]) -> Mask:
    """Whether enough children are there (..., n): some, and of the children that need the same share, that share."""
    there = [~np.isnan(one) for one in values]
    enough = np.logical_or.reduce(np.broadcast_arrays(*there))
    for share in set(least):
        alike = [one for one, needs in zip(there, least, strict=True) if needs == share]
        counted = sum(one.astype(np.float64) for one in alike)
        enough = enough & (counted / len(alike) >= share)
    return np.asarray(enough)


def _check_domain(
    children: Sequence[Array], mean: Mean, structure: Structure, node: int, units: Sequence[str]
) -> None:
    if mean.form == "arithmetic":
        return
    for k, scores in zip(structure.children[node - structure.leaves], children, strict=True):
        outside = np.argwhere(outside_domain(scores, mean))
        if len(outside):
            wants = "positive" if needs_positive(mean) else "0 or more"
            raise CompositeError(
                f"unit {units[outside[0][-1]]}, node {structure.codes[k]}",
                f"the score is {scores[tuple(outside[0])]:g}, and the {mean.form} mean of "
                f"'{structure.codes[node]}' needs scores that are {wants}",
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
