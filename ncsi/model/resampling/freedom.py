"""Degrees of freedom of means: how well their own sampling variance is known (docs/method.md §7).

The variance of a mean is estimated from the squares of what each respondent (or cluster) adds to it, u. Those of a few
heavy weights make up most of it, and it is then far less certain than n or n_eff tells. Satterthwaite's (1946) match of
the first two moments of Σu² gives ν = 2(Σu²)² / (Σu⁴ − (Σu²)²/n), within each stratum: n for normal answers of equal
weight.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ncsi.arrays import Array, Mask, Positions
from ncsi.model.moments.coded import taken
from ncsi.model.moments.row_blocks import row_blocks
from ncsi.model.moments.sample import Sample, numbered
from ncsi.model.moments.weighted import varies
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import layout_of
from ncsi.model.pls.scores import Columns, Scores, of_rows, scores_of
from ncsi.model.resampling.counters import runs, runs_among


@dataclass(frozen=True, slots=True)
class Spread:
    """Linearised `variance` (c,) of some estimates, and the degrees of freedom `df` (c,) it is estimated on."""

    variance: Array
    df: Array

    def apart(self, other: Spread) -> Spread:
        """Of the differences of two independent estimates: Welch-Satterthwaite."""
        return mixed([self, other], [1.0, 1.0])

    def part(self, columns: slice | Positions | tuple[slice, int]) -> Spread:
        """Some of the estimates."""
        return Spread(self.variance[columns], self.df[columns])


@dataclass(frozen=True, slots=True)
class Spreads:
    """Of every quantity of a fit: `index` (K,), `items` (p,), `index_by` and `items_by` one a by-group, in their order;
    `others`, degrees of freedom of paths, weights and loadings."""

    index: Spread
    items: Spread
    index_by: tuple[Spread, ...]
    items_by: tuple[Spread, ...]
    others: float


def spreads_of(fit: PlsFit) -> Spreads:
    """Of the fit's indices by its outer weights, taken as they are."""
    sample = fit.sample
    edges = np.searchsorted(sample.group, np.arange(len(sample.groups) + 1)).tolist()
    rows = [slice(first, stop) for first, stop in pairwise(edges)]
    whole, answers = slice(0, len(sample.weights)), sample.answers
    scores = scores_of(fit, layout_of(fit.instrument).blocks)
    return Spreads(
        spread_of(sample, scores, whole),
        spread_of(sample, answers, whole),
        tuple(spread_of(sample, of_rows(scores, one), one) for one in rows),
        tuple(spread_of(sample, taken(answers, one), one) for one in rows),
        of_weights(sample),
    )


def stacked(parts: Sequence[Spread]) -> Spread:
    """One row a part."""
    return Spread(np.array([one.variance for one in parts]), np.array([one.df for one in parts]))


def mixed(parts: Sequence[Spread], factors: Sequence[float | Array]) -> Spread:
    """Of sums of independent estimates times `factors`: ν = (Σv)² / Σ(v²/ν), v the variance of each part."""
    v = np.array(
        np.broadcast_arrays(*(one.variance * np.square(f) for one, f in zip(parts, factors, strict=True)))
    )
    df = np.array(np.broadcast_arrays(*(one.df for one in parts)))
    return Spread(v.sum(axis=0), satterthwaite(v, df))


def satterthwaite(variances: Array, df: Array) -> Array:
    """(Σv)² / Σ(v²/ν) over the first axis, of independent `variances` with their `df`; a missing df counts as known.

    Infinite where nothing varies. Satterthwaite (1946), Welch (1947).
    """
    unsure = (variances**2 / np.where(np.isnan(df), np.inf, df)).sum(axis=0)
    total = variances.sum(axis=0) ** 2
    return np.asarray(np.divide(total, unsure, out=np.full(np.shape(total), np.inf), where=unsure > 0))


def spread_of(sample: Sample, values: Columns, rows: Positions | slice) -> Spread:
    """Of the weighted means of `values` (m, c), NaN where missing, over the respondents at `rows` of the sample.

    Units are the sample's clusters, or its respondents, within its strata; at most one per unit less one per stratum.
    Of many respondents some thousand are taken at a time.
    """
    weights = sample.weights[rows]
    if isinstance(values, Scores):
        return _joined([_spread_of(sample, own, weights, rows) for own in values.in_turn()])
    return _spread_of(sample, values, weights, rows)


def _spread_of(sample: Sample, own: Columns, weights: Array, rows: Positions | slice) -> Spread:
    if sample.units is not None:
        u, given = influences(weights, own[slice(0, len(weights))])
        which, of = np.unique(sample.units.of_row[rows], return_inverse=True)
        sums, present = _by_unit(u, given, of.ravel(), len(which))
        return _spread(sums, present, sample.units.stratum[which])
    if len(row_blocks(len(weights))) > 1:
        return _of_many(weights, own, sample.stratum[rows])
    u, given = influences(weights, own[slice(0, len(weights))])
    return _spread(u, given.astype(np.float64), sample.stratum[rows])


def _joined(parts: Sequence[Spread]) -> Spread:
    """Estimates one after the other."""
    return Spread(np.concatenate([one.variance for one in parts]), np.concatenate([one.df for one in parts]))


def _of_many(weights: Array, values: Columns, stratum: Positions) -> Spread:
    """Of rows of `stratum` (m,), ascending, some thousand at a time: twice, so that what they add is looked at about
    its mean in the stratum. Powers of those of a stratum that hardly varies, far from others, are lost otherwise."""
    strata = runs(stratum)[0]
    n, heavy, sums, second = np.zeros((4, len(strata), values.shape[1]))
    for part, own, at in _parts(strata, len(weights)):
        weighted, missing = _filled(weights[part], values[part], 0.0)
        n[own] += np.add.reduceat(~missing, at, axis=1, dtype=np.float64).T
        heavy[own] += np.add.reduceat(~missing * weights[part], at, axis=1).T
        sums[own] += np.add.reduceat(weighted, at, axis=1).T
        weighted *= weighted
        second[own] += np.add.reduceat(weighted, at, axis=1).T
    total = heavy.sum(axis=0)
    mean = np.divide(sums.sum(axis=0), total, out=np.zeros_like(total), where=total > 0)
    several = n > 1
    m = np.divide(sums - mean * heavy, n, out=np.zeros_like(n), where=several)
    squares, fourth = np.zeros((2, *n.shape))
    for part, own, at in _parts(strata, len(weights)):
        u, missing = _filled(weights[part], values[part], mean)
        u -= np.repeat(m[own].T, np.diff(np.append(at, part.stop - part.start)), axis=1)
        u[missing] = 0.0
        for power in (squares, fourth):
            u *= u
            power[own] += np.add.reduceat(u, at, axis=1).T
    about = squares + n * m**2
    none = ~(several & varies(squares, about) & varies(about.sum(axis=0), second.sum(axis=0)))
    squares[none] = fourth[none] = 0.0
    found = _of_squares(n, squares, fourth.sum(axis=0))
    return Spread(np.divide(found.variance, total**2, out=np.zeros_like(total), where=total > 0), found.df)


def _parts(strata: Positions, rows: int) -> Iterator[tuple[slice, slice, Positions]]:
    """Some thousand rows at a time, the strata that they are in, and where in them each of these begins, of strata that
    begin at `strata` (H,)."""
    for part in row_blocks(rows):
        first, at = runs_among(strata, part)
        yield part, slice(first, first + len(at)), at


def _filled(weights: Array, values: Array, mean: Array | float) -> tuple[Array, Mask]:
    """Values about a mean (c,) times their weights (c, m), 0 where missing, and which are: one of weight 0 is."""
    found = np.ascontiguousarray(values.T)
    missing = np.isnan(found) | (weights <= 0)
    found = (found - np.reshape(mean, (-1, 1))) * weights
    found[missing] = 0.0
    return found, missing


def _shares(weights: Array, values: Array, total: Array) -> tuple[Array, Array, Mask]:
    """Of the `total` (c,) what each respondent weighs (m, c), the values, 0 where missing, and whether they count."""
    given = ~np.isnan(values) & (weights > 0)[:, None]
    weighted = weights[:, None] * given
    share = np.divide(weighted, total, out=np.zeros_like(weighted), where=total > 0)
    return share, np.where(given, values, 0.0), given


def influences(weights: Array, values: Array) -> tuple[Array, Mask]:
    """What each respondent adds to the weighted means of `values` (m, c), NaN where missing, and whether he does: a
    weight of 0 counts for none. Nothing but rounding is 0: where all are alike, it would be another on each processor.
    """
    total = (weights[:, None] * (~np.isnan(values) & (weights > 0)[:, None])).sum(axis=0)
    share, filled, given = _shares(weights, values, total)
    u = share * (filled - (share * filled).sum(axis=0))
    return u * varies((u**2).sum(axis=0), ((share * filled) ** 2).sum(axis=0)), given


def freedom_of_units(u: Array, given: Mask, unit: Positions, stratum: Positions) -> Array:
    """Degrees of freedom (c,) of sums of `u` (m, c), of which those `given` count, by the `unit` of each row and the
    `stratum` of each unit."""
    sums, present = _by_unit(u, given, unit, len(stratum))
    return _spread(sums, present, stratum).df


def _by_unit(u: Array, given: Mask, unit: Positions, units: int) -> tuple[Array, Array]:
    """Sums of `u` by unit, and 1 where any row of a unit counts."""
    present = _summed(given.astype(np.float64), unit, units) > 0
    return _summed(u, unit, units), present.astype(np.float64)


def of_weights(sample: Sample) -> float:
    """The same for an estimate in which a respondent counts by weight alone, answers being normal: paths, loadings."""
    if sample.units is None:
        strata, v = numbered(sample.stratum), sample.weights**2
    else:
        v = np.asarray(np.bincount(sample.units.of_row, sample.weights**2), dtype=np.float64)
        strata = np.unique(sample.units.stratum, return_inverse=True)[1].ravel()
    sums, sizes = np.bincount(strata, v), np.bincount(strata)
    unsure = 3 * float((v**2).sum()) - float((sums**2 / sizes).sum())
    return float(min(2 * sums.sum() ** 2 / unsure if unsure > 0 else np.inf, max(len(v) - len(sums), 1)))


def _spread(u: Array, present: Array, stratum: Positions) -> Spread:
    """Of sums of what units add (m, c), of which those count where `present` is 1, by their `stratum` (m,)."""
    strata = np.unique(stratum, return_inverse=True)[1].ravel()
    H = int(strata.max(initial=0)) + 1
    n, sums = _summed(present, strata, H), _summed(u, strata, H)
    several = n > 1
    mean = np.divide(sums, n, out=np.zeros_like(n), where=several)
    squared = np.where(several[strata] & (present > 0), u - mean[strata], 0.0) ** 2
    squares = _summed(squared, strata, H)
    some = varies(squares, squares + n * mean**2)
    return _of_squares(n, squares * some, (squared * some[strata] * squared).sum(axis=0))


def _of_squares(n: Array, squares: Array, fourth: Array) -> Spread:
    """From `n` (H, c) units by stratum, their squares about its mean, and all fourth powers (c,)."""
    size = np.where(n > 1, n, 2.0)
    variance = (squares * size / (size - 1)).sum(axis=0)
    unsure = fourth - (squares**2 / size).sum(axis=0)
    most = np.maximum((n - 1).clip(min=0).sum(axis=0), 1.0)
    df = np.divide(2 * squares.sum(axis=0) ** 2, unsure, out=most.copy(), where=unsure > 0)
    return Spread(variance, np.clip(df, 1.0, most))


def _summed(values: Array, group: Positions, groups: int) -> Array:
    """Sums (groups, c) of the rows of `values` (m, c)."""
    sums = [np.bincount(group, column, groups) for column in values.T]
    return np.array(sums, dtype=np.float64).reshape(-1, groups).T  # of no rows bincount makes whole numbers
