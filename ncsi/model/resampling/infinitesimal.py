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

from ncsi.arrays import Array
from ncsi.errors import NotConverged
from ncsi.model.moments.respondents import Respondents
from ncsi.model.pls import kernel
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.labels import effect_pairs
from ncsi.model.pls.positions import Layout, layout_of, path_ends
from ncsi.model.pls.scores import of_rows, scores_of, unstandardised, weighted_means
from ncsi.model.resampling.draws import correlations_of
from ncsi.model.resampling.freedom import Spreads, spreads_of
from ncsi.model.resampling.influence_sums import Scored, sums_of
from ncsi.model.resampling.intervals import require_level, t_reach
from ncsi.model.resampling.replicates import require_spread, without_single
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
    """Standard errors and intervals of a fit's smooth quantities, at `level`. Frames carry estimate, se, low, high and
    df, the degrees of freedom of se: `paths`, `total_effects` (from, to), `weights` (unstandardised), `loadings`
    (construct, item), `index` (construct), `index_by` (by-column, construct; only an estimate for a group that lies in
    strata of one respondent each)."""

    level: float
    paths: pd.DataFrame
    total_effects: pd.DataFrame
    weights: pd.DataFrame
    loadings: pd.DataFrame
    index: pd.DataFrame
    index_by: pd.DataFrame


def infinitesimal_jackknife(
    fit: PlsFit, level: float = 0.95, df: float = float("inf"), spreads: Spreads | None = None
) -> InfinitesimalJackknife:
    """Standard errors of paths, effects, weights, loadings and indices from each respondent's influence on them.

    Respondents count within strata, clusters in their place where the fit names them, weights are taken as they are
    and keep each stratum's total, as in `bootstrap`. Outer weights are as much estimates as what follows from them.
    Intervals are t at `level` on the degrees of freedom that a bootstrap's have (docs/method.md §7; `spreads`, where
    they are known), at most `df`, those of a declared design. Raises NotConverged where the outer weights do not settle
    when a moment moves,
    ModelError for a level that is none, and where no stratum holds two respondents.
    """
    require_level(level)
    require_spread(fit, "infinitesimal jackknife")
    (paths, effects, loadings, weights, index), by = _errors(fit)
    spreads, own = spreads or spreads_of(fit), fit.weights
    of_weights = np.minimum(spreads.others, df)
    names = [fit.by, "construct"] if fit.by else ["construct"]
    freedom_by = np.concatenate([one.df for one in spreads.index_by]) if fit.by else np.empty(0)
    by_group = _framed(
        fit.index_by[names], fit.index_by["index_0_100"], by, np.minimum(freedom_by, df), level
    )
    return InfinitesimalJackknife(
        level,
        paths=_framed(fit.paths[["from", "to"]], fit.paths["estimate"], paths, of_weights, level),
        total_effects=_framed(
            fit.total_effects[["from", "to"]], fit.total_effects["estimate"], effects, of_weights, level
        ),
        weights=_framed(own[["construct", "item"]], own["weight"], weights, of_weights, level),
        loadings=_framed(own[["construct", "item"]], own["loading"], loadings, of_weights, level),
        index=_framed(
            fit.index[["construct"]], fit.index["index_0_100"], index, np.minimum(spreads.index.df, df), level
        ),
        index_by=without_single(by_group, fit),
    )


def _errors(fit: PlsFit) -> tuple[list[Array], Array]:
    """Standard errors of paths, effects, loadings, outer weights and indices, and of the rows of `index_by`."""
    layout, sample = layout_of(fit.instrument), fit.sample
    made = Respondents.of(sample.answers, sample.weights, fit.moments)
    slopes = _slopes_of_quantities(fit, layout, made.base)
    if made.correction is not None:
        slopes = slopes @ made.correction
    variance, of_groups = sums_of(sample, made, slopes, _scored(fit, layout))
    ends = np.cumsum([len(fit.paths), len(fit.total_effects), layout.p, layout.p])
    by = np.sqrt(np.maximum(of_groups, 0.0)).ravel()[: len(fit.index_by)]
    return np.split(np.sqrt(np.maximum(variance, 0.0)), ends), by


def _framed(
    keys: pd.DataFrame, estimate: pd.Series, se: Array, df: Array | float, level: float
) -> pd.DataFrame:
    """Estimates beside their keys, with standard errors and t intervals; an infinite df is missing."""
    reach = t_reach(level, df) * se
    return keys.assign(
        estimate=estimate,
        se=se,
        low=estimate - reach,
        high=estimate + reach,
        df=np.where(np.isinf(df), np.nan, df),
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
    scores = scores_of(fit, layout.blocks)
    groups = [sample.rows_of(g) for g in range(len(sample.groups))] or [slice(0, len(scores))]
    return Scored(
        scores=scores,
        mean=weighted_means(scores, sample.weights),
        slope=slopes_of(fit, composites, scores, slice(None)),
        groups=tuple(groups),
        means=np.array([weighted_means(of_rows(scores, one), sample.weights[one]) for one in groups]),
        slopes=np.array([slopes_of(fit, composites, scores, one) for one in groups]),
    )
