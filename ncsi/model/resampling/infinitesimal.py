"""Standard errors without replicates: the infinitesimal jackknife, a check of those that replicates give.

What a respondent adds to a quantity is its derivative in the respondent's weight (Jaeckel 1972; Efron 1982, ch. 6;
Davison & Hinkley 1997, § 2.7). Of a PLS model that is two steps: from weight to moments, which is exact, and from
moments to the fixed point of the outer weights and all that follows, by central differences. Squares are summed within
strata as linearisation does, sampled units in place of respondents where there are any, so that this is the error that
the draws of `bootstrap` tell to first order. Moments are made for some thousand rows at a time. Ranks have none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Positions
from ncsi.errors import NotConverged
from ncsi.model.moments.respondents import Respondents
from ncsi.model.pls import kernel
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.labels import effect_pairs
from ncsi.model.pls.positions import Layout, layout_of, path_ends
from ncsi.model.pls.scores import row_scores, unstandardised, weighted_means
from ncsi.model.resampling.draws import correlations_of
from ncsi.model.resampling.influence_sums import Scored, sums_of
from ncsi.model.resampling.replicates import without_single
from ncsi.model.resampling.subsamples import construct_items, slopes_of

STEP = 1e-4
"""Of a moment of standardised items, to either side."""
TOLERANCE = 1e-11
STANDS_STILL = 1e-7
"""A largest derivative below it is what rounding leaves of none: of the loading of a single item, say."""
AT_A_TIME = 128
"""Moments moved at once, each to both sides."""


@dataclass(frozen=True, slots=True)
class InfinitesimalJackknife:
    """Standard errors of a fit's smooth quantities. Frames carry estimate and se: `paths`, `total_effects` (from, to),
    `weights` (unstandardised), `loadings` (construct, item), `index` (construct), `index_by` (by-column, construct; no
    se for a group that lies in strata of one respondent each)."""

    paths: pd.DataFrame
    total_effects: pd.DataFrame
    weights: pd.DataFrame
    loadings: pd.DataFrame
    index: pd.DataFrame
    index_by: pd.DataFrame


def infinitesimal_jackknife(fit: PlsFit) -> InfinitesimalJackknife:
    """Standard errors of paths, effects, weights, loadings and indices from each respondent's influence on them.

    Respondents count within strata, clusters in their place where the fit names them, weights are taken as they are
    and keep each stratum's total, as in `bootstrap`. Outer weights are as much estimates as what follows from them.
    Raises NotConverged where the outer weights do not settle when a moment moves.
    """
    layout, sample = layout_of(fit.instrument), fit.sample
    made = Respondents.of(sample.X, sample.weights, fit.moments)
    slopes = _slopes_of_quantities(fit, layout, made.base)
    if made.correction is not None:
        slopes = slopes @ made.correction
    scored = _scored(fit, layout)
    variance, of_groups = sums_of(sample, made, slopes, scored)
    se = np.sqrt(np.maximum(variance, 0.0))
    ends = np.cumsum([len(fit.paths), len(fit.total_effects), layout.p, layout.p])
    paths, effects, loadings, weights, index = np.split(se, ends)
    own = fit.weights
    by = np.sqrt(np.maximum(of_groups, 0.0)).ravel()[: len(fit.index_by)]
    names = [fit.by, "construct"] if fit.by else ["construct"]
    by_group = fit.index_by[names].assign(estimate=fit.index_by["index_0_100"], se=by)
    return InfinitesimalJackknife(
        paths=fit.paths.assign(se=paths),
        total_effects=fit.total_effects.assign(se=effects),
        weights=own[["construct", "item"]].assign(estimate=own["weight"], se=weights),
        loadings=own[["construct", "item"]].assign(estimate=own["loading"], se=loadings),
        index=fit.index[["construct"]].assign(estimate=fit.index["index_0_100"], se=index),
        index_by=without_single(by_group, fit, ("se",)),
    )


def _slopes_of_quantities(fit: PlsFit, layout: Layout, base: Array) -> Array:
    """Derivatives (Q, q) of paths, effects, loadings and outer weights in the moments (q, 1) of standardised items."""
    q = len(base)
    parts = []
    for first in range(0, q, AT_A_TIME):
        some = np.arange(first, min(first + AT_A_TIME, q))
        moved = np.repeat(base, 2 * len(some), axis=1)
        moved[some, np.arange(len(some))] += STEP
        moved[some, len(some) + np.arange(len(some))] -= STEP
        up, down = np.split(_quantities(fit, layout, moved), 2, axis=1)
        parts.append((up - down) / (2 * STEP))
    slopes = np.concatenate(parts, axis=1)
    slopes[np.abs(slopes).max(axis=1) < STANDS_STILL] = 0.0
    return slopes


def _quantities(fit: PlsFit, layout: Layout, moments: Array) -> Array:
    """Paths, effects, loadings and unstandardised outer weights (Q, B) at moments (q, B)."""
    inst = fit.instrument
    R, sd = correlations_of(moments, layout.p)
    start = fit.weights["weight_std"].to_numpy()
    solution = kernel.solve(R, layout, kernel.SCHEMES[fit.scheme], TOLERANCE, start=start)
    if not solution.converged.all():
        raise NotConverged(
            f"infinitesimal jackknife of {inst.id}: outer weights do not settle when a moment moves by {STEP:g}. Look "
            "for collinear items."
        )
    outer = unstandardised(solution.weights, sd * fit.moments.sd[:, None], layout)
    paths, _ = kernel.structural(solution.phi, layout)
    effects = kernel.total_effects(paths, layout)
    pairs = np.array(effect_pairs(layout)).T
    return np.concatenate([paths[path_ends(inst)], effects[*pairs], solution.cross[layout.own], outer])


def _scored(fit: PlsFit, layout: Layout) -> Scored:
    """Scores of the respondents, their means and how these move with the outer weights: of all, and by group."""
    sample, composites = fit.sample, construct_items(fit)
    scores = row_scores(sample.X, fit.outer, layout.blocks)
    groups = [_rows_of(sample.group, g) for g in range(len(sample.groups))] or [slice(0, len(scores))]
    return Scored(
        scores=scores,
        mean=weighted_means(scores, sample.weights),
        slope=slopes_of(fit, composites, scores, slice(None)),
        groups=tuple(groups),
        means=np.array([weighted_means(scores[one], sample.weights[one]) for one in groups]),
        slopes=np.array([slopes_of(fit, composites, scores, one) for one in groups]),
    )


def _rows_of(group: Positions, g: int) -> slice:
    """The rows of a group, which are sorted by it."""
    first, stop = np.searchsorted(group, [g, g + 1])
    return slice(int(first), int(stop))
