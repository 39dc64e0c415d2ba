"""Permutation of groups: the PLS model of both groups under every relabelling of the respondents, in batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ncsi.arrays import Array, Mask
from ncsi.model.moments.respondents import Respondents, squares
from ncsi.model.moments.sample import Sample
from ncsi.model.moments.weighted import Moments, varies
from ncsi.model.pls import kernel
from ncsi.model.pls.positions import Layout
from ncsi.model.resampling.draws import TOLERANCE, correlations_of

BATCH = 128


@dataclass(frozen=True, slots=True)
class Labelled:
    """What each labelling gives, labellings last: `c` (K, B) the correlation of both groups' composites over the
    pooled data, `mean` and `log_variance` (K, B) differences first − second of the pooled composites in pooled
    standard deviations, `paths` (2, K, K, B), `converged` (B,)."""

    c: Array
    mean: Array
    log_variance: Array
    paths: Array
    converged: Mask


@dataclass(frozen=True, slots=True)
class Pooled:
    """Both groups together: the respondents by pooled-standardised items, pooled covariance (p, p) of items on 0-100,
    standardised outer weights (p,), the scheme, row weights (n,)."""

    layout: Layout
    scheme: str
    respondents: Respondents
    cov: Array
    outer: Array
    weights: Array


def pooled_of(sample: Sample, moments: Moments, layout: Layout, scheme: str, outer: Array) -> Pooled:
    """Prepare the pooled data; with missing answers a group's moments are one corrected EM step from the pooled."""
    made = Respondents.of(sample.X, sample.weights, moments)
    return Pooled(layout, scheme, made, moments.cov, outer, sample.weights)


def permuted(pooled: Pooled, first: Mask, permutations: int, seed: int) -> Labelled:
    """All quantities under `permutations` random labellings that keep the sizes of both groups.

    Permutation k comes from its own counter-based stream keyed by (seed, k).
    """
    parts = [_labelled(pooled, labels) for labels in _shuffles(first, permutations, seed)]
    return Labelled(
        *(
            np.concatenate([getattr(part, name) for part in parts], axis=-1)
            for name in Labelled.__dataclass_fields__
        )
    )


def observed(pooled: Pooled, first: Mask) -> Labelled:
    """The same for the labelling at hand, a batch of one."""
    return _labelled(pooled, first[:, None].astype(np.float64))


def _shuffles(first: Mask, permutations: int, seed: int) -> Iterator[Array]:
    for start in range(0, permutations, BATCH):
        labels = np.empty((len(first), min(BATCH, permutations - start)))
        for k in range(labels.shape[1]):
            key = np.array([int(seed) % 2**64, start + k], dtype=np.uint64)
            stream = np.random.Generator(np.random.Philox(key=key))
            labels[:, k] = stream.permutation(first)
        yield labels


def _of_others(pooled: Pooled, sums: Array, total: Array) -> Array:
    """Moments (q, B) of who is not in groups with these sums (q, B) and weights (B,): what they leave of the whole. An
    item whose variance is but rounding of the whole has none."""
    whole, p = pooled.weights.sum(), pooled.layout.p
    base, weight = pooled.respondents.base * whole, whole - total
    found = (base - sums) / weight
    own, square = squares(p), found[:p] ** 2
    found[own] = np.where(varies(found[own] - square, base[own] / weight), found[own], square)
    return np.asarray(found)


def _labelled(pooled: Pooled, labels: Array) -> Labelled:
    layout, scheme = pooled.layout, kernel.SCHEMES[pooled.scheme]
    W = labels * pooled.weights[:, None]
    total, sums = W.sum(axis=0), pooled.respondents.sums(W.T)
    solutions, means, variances = [], [], []
    for found in (sums / total, _of_others(pooled, sums, total)):
        step = pooled.respondents.corrected(found)
        with np.errstate(divide="ignore", invalid="ignore"):
            R, sd = correlations_of(step, layout.p)
            solutions.append((kernel.solve(R, layout, scheme, TOLERANCE, start=pooled.outer), sd))
        means.append(np.add.reduceat(pooled.outer[:, None] * step[: layout.p], layout.starts, axis=0))
        variances.append(_composite_variance(R, sd, pooled.outer, layout))
    return Labelled(
        c=_likeness(pooled.cov, [one.weights for one, _ in solutions], layout),
        mean=means[0] - means[1],
        log_variance=np.log(variances[0]) - np.log(variances[1]),
        paths=np.stack([kernel.structural(one.phi, layout)[0] for one, _ in solutions]),
        converged=solutions[0][0].converged & solutions[1][0].converged,
    )


def _composite_variance(R: Array, sd: Array, outer: Array, layout: Layout) -> Array:
    """Variance (K, B) of the composites under fixed outer weights of pooled-standardised items."""
    spread = outer[:, None] * sd
    return np.stack(
        [np.einsum("ib,ijb,jb->b", spread[block], R[block, block], spread[block]) for block in layout.blocks]
    )


def _likeness(cov: Array, weights: list[Array], layout: Layout) -> Array:
    """Correlation (K, B) over the pooled data of the composites that either group's outer weights make."""
    a, b = weights
    rows = []
    for block in layout.blocks:
        own = cov[block, block]
        ab, aa, bb = (np.einsum("ib,ij,jb->b", x[block], own, y[block]) for x, y in ((a, b), (a, a), (b, b)))
        rows.append(ab / np.sqrt(aa * bb))
    return np.stack(rows)
