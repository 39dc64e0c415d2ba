"""What sampling error does to an index, its parts, and their differences from the mean of all units."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ncsi.arrays import Array, Mask, Positions
from ncsi.composite import CompositeFit, prepared_scores, scored
from ncsi.composite.draws import DRAWS
from ncsi.composite.replicates import sampling_error
from ncsi.results.indices.scoring import ByCode, Joint, Scored, compared_units
from ncsi.spec.index_plan import IndexPlan

SURVEY = "survey"
CELLS_AT_A_TIME = 2**20
"""Scores of draws that are held at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Sampling:
    """What sampling error does to the index: `draws` (R, n) of it, NaN for a unit of which some indicator's error is
    not known; `se` (n,), 0 where all is counted in full. `node_se` (n, m): of every node, NaN where not known;
    `gap_se` (n, m): of its difference from the mean of the units that are compared."""

    draws: Array
    se: Array
    node_se: Array
    gap_se: Array


def sampled(one: Scored, plan: IndexPlan, seed: int, replicates: ByCode | None = None) -> Sampling:
    """Draws of the index: survey figures as their joint `replicates` say, every other figure moved by its standard
    error, normal and independent. Clipping at the benchmarks is in the draws; a missing figure is drawn by no one.

    Raises CompositeError for replicates that do not fit the figures.
    """
    fit = one.fit
    seen, enough = fit.seen, fit.screening.enough
    error = sampling_error(seen, fit.structure, replicates if replicates else DRAWS, seed)
    of_leaves = error.known | np.isnan(seen.x)
    known = of_leaves.all(axis=1) & enough
    moved = np.flatnonzero(error.moves(fit.prepared))
    spread = _Spread(fit.values, _shares(one, plan))
    if not len(moved):
        runs = np.repeat(one.index.to_numpy(dtype=np.float64)[None, :], 2, axis=0)
    else:
        runs = np.empty((error.count, len(seen.units)))
        at_a_time = max(1, CELLS_AT_A_TIME // (len(seen.units) * len(fit.structure.codes)))
        for start in range(0, error.count, at_a_time):
            draws = np.arange(start, min(start + at_a_time, error.count))
            raw = np.repeat(seen.x[None][:, :, moved], len(draws), axis=0)
            error.add_to(raw, fit.prepared, moved, draws)
            for k, nodes in zip(draws, _run(fit, raw, moved), strict=True):
                runs[k] = nodes[:, -1]
                spread.add(nodes)
    runs[:, ~known] = np.nan
    sure = _known_nodes(one, of_leaves)
    compared = spread.shares.sum(axis=1) > 0
    all_sure = sure | ~compared[:, None] | np.isnan(fit.values)
    return Sampling(
        runs,
        np.where(known, runs.std(axis=0, ddof=1), np.nan),
        np.where(sure, spread.se(), np.nan),
        np.where(sure & all_sure.all(axis=0), spread.gap_se(), np.nan),
    )


class _Spread:
    """Sums of nodes and of their differences from the mean over the draws, less the estimates."""

    def __init__(self, estimates: Array, shares: Array) -> None:
        self.estimates, self.shares, self.count = estimates, shares, 0
        self._sums = np.zeros((4, *estimates.shape))

    def add(self, nodes: Array) -> None:
        away = nodes - self.estimates
        gap = away - (self.shares * np.nan_to_num(away)).sum(axis=0)
        self._sums += (away, away**2, gap, gap**2)
        self.count += 1

    def se(self) -> Array:
        return self._sd(*self._sums[:2])

    def gap_se(self) -> Array:
        return self._sd(*self._sums[2:])

    def _sd(self, total: Array, squares: Array) -> Array:
        if self.count < 2:
            return np.where(np.isnan(self.estimates), np.nan, 0.0)
        variance = (squares - total**2 / self.count) / (self.count - 1)
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)))


def _shares(one: Scored, plan: IndexPlan) -> Array:
    """Share (n, m) of each unit in the mean of a node over the units that are compared, as groups are summed: by the
    weights given, or equally where any is lacking; 0 for other units."""
    compared = np.isin(np.array(one.fit.seen.units), compared_units(one, plan))
    weights = one.units["weight"].to_numpy(dtype=np.float64)
    if np.isnan(weights[compared]).any():
        weights = np.ones(len(weights))
    own: Array = np.where(compared, np.nan_to_num(weights), 0.0)[:, None] * ~np.isnan(one.fit.values)
    total = own.sum(axis=0)
    return np.asarray(np.divide(own, total, out=np.zeros_like(own), where=total > 0))


def _known_nodes(one: Scored, leaves: Mask) -> Mask:
    """Nodes (n, m) of which every indicator below has a known error."""
    structure = one.fit.structure
    known = np.ones((len(leaves), len(structure.codes)), dtype=bool)
    known[:, : structure.leaves] = leaves
    for node, below in structure.below:
        known[:, node] = leaves[:, below].all(axis=1)
    return known


def _run(fit: CompositeFit, raw: Array, moved: Positions) -> Array:
    """Scores of all nodes (R, n, m) by the method of a fit, of figures that are `raw` (R, n, c) in the columns `moved`:
    each draw prepared by itself, and all aggregated at once."""
    z = np.empty((len(raw), *fit.seen.x.shape))
    for one, own in zip(z, raw, strict=True):
        x = fit.seen.x.copy()
        x[:, moved] = own
        one[:] = prepared_scores(replace(fit.seen, x=x), fit.structure, fit.choices, fit.learn)
    return scored(z, fit.local, fit.structure, fit.choices, fit.seen.units)


def errors_of(one: Scored, joint: Joint, latest: bool = True) -> str:
    """How the errors of its figures were taken together: `joint` where replicates cover all figures of surveys,
    `separate` where no two figures of surveys are left without, else `independent`, which understates the error of what
    one questionnaire measures several times; `counted` where nothing is sampled; of the published year (`latest`) also
    why the survey's replicates are lacking."""
    seen = one.fit.seen
    there = ~np.isnan(seen.x)
    if bool((np.nan_to_num(seen.se[there], nan=1.0) == 0).all()):
        return "counted"
    if latest and joint.problem:
        return joint.problem
    drawn = joint.by_year.get(one.year, {})
    surveys = [
        node.code
        for k, node in enumerate(one.fit.tree.leaves)
        if node.se_kind == SURVEY and there[:, k].any()
    ]
    left = [code for code in surveys if code not in drawn]
    if surveys and not left:
        return "joint"
    return "separate" if len(left) < 2 else "independent"
