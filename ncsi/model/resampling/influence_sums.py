"""Squares and products of what respondents add to quantities, summed within strata, of rows or of sampled units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from ncsi.arrays import Array, Positions
from ncsi.model.moments.respondents import Respondents
from ncsi.model.moments.row_blocks import row_blocks
from ncsi.model.moments.sample import Sample, Units
from ncsi.model.pls.scores import Scores, of_rows


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """`scores` (n, K), NaN where none; their weighted `mean` (K,) and its derivative `slope` (K, p) in the outer
    weights; `groups` the rows of each group, with `means` (G, K) and `slopes` (G, K, p)."""

    scores: Array | Scores
    mean: Array
    slope: Array
    groups: tuple[slice, ...]
    means: Array
    slopes: Array


def sums_of(sample: Sample, made: Respondents, slopes: Array, scored: Scored) -> tuple[Array, Array]:
    """Variances (Q + K,) of quantities with `slopes` (Q, q) in the moments, the last p of them the outer weights, and
    of the indices; and (G, K) of the indices of groups."""
    if sample.units is None:
        return _of_rows(sample, made, slopes, scored)
    return _of_units(sample, sample.units, made, slopes, scored)


def _blocks(
    sample: Sample, made: Respondents, slopes: Array, scored: Scored
) -> Iterator[tuple[slice, Array, Array]]:
    """Of some rows at a time what each adds, for a weight of 1, to quantities and indices (Q + K, m), and to the
    indices of its group (K, m) but for what the outer weights do."""
    w, p = sample.weights, scored.slope.shape[1]
    total = _answered(scored.scores, w)
    of_groups = np.array([_answered(of_rows(scored.scores, one), w[one]) for one in scored.groups])
    group_of = np.repeat(np.arange(len(scored.groups)), [one.stop - one.start for one in scored.groups])
    level = slopes @ made.base
    for part, rows in made.blocks():
        moved = slopes @ rows
        moved -= level
        moved /= w.sum()
        own = scored.scores[part]
        index = np.nan_to_num((own - scored.mean) / total).T + scored.slope @ moved[-p:]
        g = group_of[part]
        with np.errstate(divide="ignore", invalid="ignore"):
            within = np.nan_to_num((own - scored.means[g]) / of_groups[g], posinf=0.0, neginf=0.0).T
        yield part, np.concatenate([moved, index]), within


def _answered(scores: Array | Scores, weights: Array) -> Array:
    """Total weight (K,) of those who have each score."""
    total: Array = np.zeros(scores.shape[1])
    for rows in row_blocks(len(weights)):
        total += weights[rows] @ ~np.isnan(scores[rows])
    return total


def _of_rows(sample: Sample, made: Respondents, slopes: Array, scored: Scored) -> tuple[Array, Array]:
    """Rows of a stratum vary about their weighted mean v̄, as large as drawing n of them: n/(n − 1) Σ w²(y − v̄)².

    The squares are summed as they are, and what the mean takes off them afterwards, from sums by stratum.
    """
    w, h, (K, p), Q = sample.weights, sample.stratum, scored.slope.shape, len(slopes)
    sizes = np.bincount(h)
    factor: Array = sizes / np.maximum(sizes - 1, 1)
    first, second = np.zeros((Q + 2 * K, len(sizes))), np.zeros((Q + 2 * K, len(sizes)))
    squares, outer = np.zeros(Q + 2 * K), np.zeros((p, p))
    G = len(scored.groups)
    own, mixed = np.zeros((G, K)), np.zeros((G, K, p))
    o = slice(Q - p, Q)
    for part, whole, within in _blocks(sample, made, slopes, scored):
        Y = np.concatenate([whole, within])
        weighted, local = Y * w[part], h[part]
        starts = np.flatnonzero(np.r_[True, local[1:] != local[:-1]])
        first[:, local[starts]] += np.add.reduceat(weighted, starts, axis=1)
        second[:, local[starts]] += np.add.reduceat(weighted * w[part], starts, axis=1)
        scaled = weighted * np.sqrt(factor[local])
        squares += (scaled**2).sum(axis=1)
        outer += scaled[o] @ scaled[o].T
        for g, rows in _runs_of(scored.groups, part):
            own[g] += (scaled[-K:, rows] ** 2).sum(axis=1)
            mixed[g] += scaled[-K:, rows] @ scaled[o, rows].T
    mean, square = first / np.bincount(h, w), np.asarray(np.bincount(h, w**2), dtype=np.float64)
    taken = factor * (2 * mean * second - square * mean**2)
    outer -= _taken(mean[o], second[o], mean[o], second[o], factor, square)
    group_of = _group_of_strata(scored.groups, h)
    for g in range(G):
        at = group_of == g
        own[g] -= taken[-K:, at].sum(axis=1)
        mixed[g] -= _taken(mean[-K:, at], second[-K:, at], mean[o, at], second[o, at], factor[at], square[at])
    return (squares - taken.sum(axis=1))[:-K], _of_groups(own, mixed, outer, scored.slopes)


def _of_units(
    sample: Sample, units: Units, made: Respondents, slopes: Array, scored: Scored
) -> tuple[Array, Array]:
    """Sums over each unit of w(y − v̄), v̄ the weighted mean of the row's stratum, vary about their mean in the stratum
    of units, as large as drawing m of them."""
    w, h, (K, p), Q = sample.weights, sample.stratum, scored.slope.shape, len(slopes)
    U, G, H = len(units.stratum), len(scored.groups), int(h[-1]) + 1
    n = len(w)
    group_of = np.repeat(np.arange(G), [one.stop - one.start for one in scored.groups])
    pair, pair_of = np.unique(units.of_row.astype(np.intp) * G + group_of, return_inverse=True)
    by_unit = csr_array((w, (units.of_row, np.arange(n))), shape=(U, n)).tocsc()
    by_pair = csr_array((w, (pair_of.ravel(), np.arange(n))), shape=(len(pair), n)).tocsc()
    by_stratum = csr_array((w, (h, np.arange(n))), shape=(H, n)).tocsc()
    wholes: Array = np.zeros((U, Q + K))
    owns: Array = np.zeros((len(pair), K))
    means = np.zeros((H, Q + 2 * K))
    for part, whole, within in _blocks(sample, made, slopes, scored):
        wholes += by_unit[:, part] @ whole.T
        owns += by_pair[:, part] @ within.T
        means += by_stratum[:, part] @ np.concatenate([whole, within]).T
    means /= np.bincount(h, w)[:, None]
    member = csr_array((np.ones(n), (np.arange(n), h)), shape=(n, H))
    about = _about_their_mean(wholes - (by_unit @ member) @ means[:, :-K], units.stratum)
    owns -= (by_pair @ member) @ means[:, -K:]
    o = about[:, Q - p : Q]
    own, mixed = np.zeros((G, K)), np.zeros((G, K, p))
    for g in range(G):
        here, at = np.zeros((U, K)), pair % G == g
        here[pair[at] // G] = owns[at]
        theirs = _about_their_mean(here, units.stratum)
        own[g], mixed[g] = (theirs**2).sum(axis=0), theirs.T @ o
    return (about**2).sum(axis=0), _of_groups(own, mixed, o.T @ o, scored.slopes)


def _of_groups(own: Array, mixed: Array, outer: Array, slopes: Array) -> Array:
    """Variances (G, K) of group indices: what their own rows add, what the outer weights do, and both together."""
    return np.asarray(
        own + 2 * np.einsum("gkp,gkp->gk", mixed, slopes) + np.einsum("gkp,pr,gkr->gk", slopes, outer, slopes)
    )


def _taken(a: Array, b: Array, c: Array, d: Array, factor: Array, square: Array) -> Array:
    """Σ_h f(a d' + b c' − B a c') over strata: what their means a, c (·, H) take off the products."""
    return np.asarray((factor * a) @ d.T + (factor * b) @ c.T - (factor * square * a) @ c.T)


def _about_their_mean(summed: Array, stratum: Positions) -> Array:
    """Sums of units (U, c) about the mean of their stratum, ascending, times √(m/(m − 1))."""
    starts = np.flatnonzero(np.r_[True, np.diff(stratum) > 0])
    m = np.diff(np.append(starts, len(stratum)))
    mean = np.add.reduceat(summed, starts, axis=0) / m[:, None]
    grown = np.sqrt(m / np.maximum(m - 1, 1))
    return np.asarray((summed - np.repeat(mean, m, axis=0)) * np.repeat(grown, m)[:, None])


def _runs_of(groups: tuple[slice, ...], part: slice) -> Iterator[tuple[int, slice]]:
    """Groups with rows in a part of all, and where in it they are."""
    for g, one in enumerate(groups):
        first, stop = max(one.start, part.start), min(one.stop, part.stop)
        if first < stop:
            yield g, slice(first - part.start, stop - part.start)


def _group_of_strata(groups: tuple[slice, ...], stratum: Positions) -> Positions:
    """The group (H,) that each stratum lies in."""
    starts = np.flatnonzero(np.r_[True, np.diff(stratum) > 0])
    return np.asarray(np.searchsorted([one.stop for one in groups], starts, side="right"))
