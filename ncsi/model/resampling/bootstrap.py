"""Bootstrap: every published quantity from one pass over replicate moments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import Literal

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Mask
from ncsi.errors import ModelError, NotConverged
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.labels import effect_pairs, pair_frame
from ncsi.model.pls.positions import layout_of
from ncsi.model.pls.scores import weighted_means
from ncsi.model.pls.unsettled import hardly_varying
from ncsi.model.resampling.draws import Draws, Pick, draws_of
from ncsi.model.resampling.intervals import Bca, Intervals, Percentile, Replicated
from ncsi.model.resampling.streams import left_out_weights, replicate_weights
from ncsi.model.resampling.totals import Totals

IntervalName = Literal["percentile", "bca"]
WORST_SHARE = 0.001
"""Largest share of replicates that may fail to converge; they are left out and counted."""


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Replicates of a `PlsFit`. Frames carry estimate, se, low, high (at `level`):
    `paths`, `total_effects` (from, to), `weights`, `loadings` (construct, item), `htmt` (construct_a,
    construct_b; None unless asked for), `index` (construct), `index_by` (by-column, construct; no se,
    low, high for a group of one respondent), `items` (item; mean on 0-100).
    `own` (K, G): index of each by-group by the outer weights of a fit to its rows alone.
    `replicates` kept, `failed` not converged; `seed` is None with given replicate weights. `draws` are the
    replicates, for rank sets and differences; `intervals` makes the intervals from them.
    """

    fit: PlsFit = field(repr=False)
    replicates: int
    failed: int
    seed: int | None
    level: float
    paths: pd.DataFrame
    total_effects: pd.DataFrame
    weights: pd.DataFrame
    loadings: pd.DataFrame
    htmt: pd.DataFrame | None
    index: pd.DataFrame
    index_by: pd.DataFrame
    items: pd.DataFrame
    own: Array = field(repr=False)
    draws: Draws = field(repr=False)
    intervals: Intervals = field(repr=False)

    @property
    def draws_index_by(self) -> Array:
        """Index replicates (R, groups, constructs)."""
        return np.transpose(self.draws.index_by, (2, 1, 0))


def bootstrap(
    fit: PlsFit,
    replicates: int = 5000,
    seed: int = 1,
    level: float = 0.95,
    interval: IntervalName = "percentile",
    htmt: bool = False,
    totals: Totals | None = None,
) -> Bootstrap:
    """Resample respondents within strata and re-estimate everything, outer weights included.

    Strata are the by-groups, crossed with `strata` where the fit was given it; each keeps its weight total, and
    n_h − 1 of its n_h respondents are drawn (Rao & Wu 1988); clusters in their place where the fit names them.
    Intervals are percentiles, or "bca" (Efron & Tibshirani 1993). `htmt` adds the replicates of HTMT,
    `totals` those of any further means. With missing answers each replicate's moments are re-estimated by a corrected
    EM step. Raises NotConverged when more than 0.1 % of the replicates do not settle, and ModelError for less than 2
    replicates.
    """
    if replicates < 2:
        raise ModelError(f"{replicates} replicates give no standard error. Ask for 1000 or more.")
    if not 0 < level < 1:
        raise ModelError(f"level {level} is no probability between 0 and 1. Use 0.95, for example.")
    sample = fit.sample
    batches = replicate_weights(sample.weights, sample.stratum, replicates, seed, sample.units)
    own, all_draws, good = _one_pass(fit, batches, htmt, totals)
    lost = np.isnan(all_draws.index_by) & ~np.isnan(_estimates_by(fit))[..., None]
    if sample.units is not None and lost.any(axis=-1).any():
        raise ModelError(
            f"bootstrap of {fit.instrument.id}: a {fit.by} lies in so few clusters that some replicates hold none "
            f"of its respondents. Leave it out, or break down by something else."
        )
    failed = int((~good).sum())
    if failed > WORST_SHARE * replicates:
        raise NotConverged(
            f"bootstrap of {fit.instrument.id}: {failed} of {replicates} replicates did not converge. Look at "
            f"{hardly_varying(sample, fit.instrument)}."
        )
    draws = all_draws.kept(good) if failed else all_draws
    intervals: Intervals = Percentile(draws, level)
    if interval == "bca":
        jackknife, settled = draws_of(
            fit, left_out_weights(sample.weights, sample.stratum, sample.units), htmt, totals
        )
        intervals = Bca(draws, jackknife.kept(settled), level)
    return _labelled(fit, draws, own, failed, seed, level, intervals)


def _one_pass(
    fit: PlsFit, batches: Iterable[Array], htmt: bool, totals: Totals | None
) -> tuple[Array, Draws, Mask]:
    """The replicates; before them, by the same moments, each by-group alone: its own index (K, G), NaN where that
    fit does not settle."""
    sample, G = fit.sample, len(fit.sample.groups)
    if not G:
        return np.empty((len(fit.instrument.construct_ids), 0)), *draws_of(fit, batches, htmt, totals)
    alone = np.where(sample.group == np.arange(G)[:, None], sample.weights, 0.0)
    draws, good = draws_of(fit, chain([alone], batches), htmt, totals)
    own = np.where(good[:G], draws.index_by[:, np.arange(G), np.arange(G)], np.nan)
    return own, draws.kept(slice(G, None)), good[G:]


def replicated(
    fit: PlsFit,
    weights: pd.DataFrame,
    scale: float | None = None,
    rscales: Array | None = None,
    df: float = float("inf"),
    level: float = 0.95,
    htmt: bool = False,
    totals: Totals | None = None,
) -> Bootstrap:
    """The same from replicate weights of a complex design, one column a replicate.

    `weights` has the rows of the data frame the fit was made of, in their order. SE² = scale · Σ rscales_r
    (θ_r − θ)²: scale 1/R by default and rscales 1, as for Rao-Wu bootstrap weights; JKn wants scale 1 and
    rscales (n_h − 1)/n_h. Intervals are t on `df` design degrees of freedom. Raises ModelError for negative or
    missing weights and wrong lengths, NotConverged when a replicate does not settle.
    """
    W = _replicate_columns(fit, weights)
    R = len(W)
    factors = np.ones(R) if rscales is None else np.asarray(rscales, dtype=np.float64)
    if len(factors) != R:
        raise ModelError(f"{len(factors)} rscales for {R} replicate weights. Give one for each.")
    own, draws, good = _one_pass(fit, (W[k : k + 256] for k in range(0, R, 256)), htmt, totals)
    if not good.all():
        raise NotConverged(
            f"replicate weights of {fit.instrument.id}: {int((~good).sum())} of {R} replicates did not "
            "converge. Look for collinear items, or for replicates that leave few respondents."
        )
    intervals = Replicated(draws, 1 / R if scale is None else scale, factors, df, level)
    return _labelled(fit, draws, own, 0, None, level, intervals)


def _replicate_columns(fit: PlsFit, weights: pd.DataFrame) -> Array:
    """Replicate weights (R, n) of the rows in the fit."""
    sample = fit.sample
    if len(weights) != len(sample.rows) + sample.excluded:
        raise ModelError(
            f"{len(weights)} rows of replicate weights for {len(sample.rows) + sample.excluded} rows of data. "
            "Give one row for each row of the data the model was fitted to."
        )
    if sample.labels is not None and not weights.index.equals(sample.labels):
        raise ModelError(
            "the replicate weights are of other respondents than the data, of another wave or in another order: their "
            "row labels differ. Make them from the rows that the model was fitted to, and keep the index."
        )
    W = weights.to_numpy(dtype=np.float64)[sample.rows]
    bad = ~np.isfinite(W) | (W < 0)
    if bad.any():
        name = weights.columns[int(np.flatnonzero(bad.any(axis=0))[0])]
        raise ModelError(f"replicate weight '{name}': some are negative or missing. Make them 0 or more.")
    return np.ascontiguousarray(W.T)


def _labelled(
    fit: PlsFit, draws: Draws, own: Array, failed: int, seed: int | None, level: float, intervals: Intervals
) -> Bootstrap:
    inst, layout = fit.instrument, layout_of(fit.instrument)
    ids = inst.construct_ids
    arcs = np.array([(ids.index(p.source), ids.index(p.target)) for p in inst.paths]).T
    pairs = np.array(effect_pairs(layout)).T

    def framed(keys: pd.DataFrame, estimate: pd.Series, pick: Pick) -> pd.DataFrame:
        return keys.reset_index(drop=True).assign(**intervals.of(estimate.to_numpy(dtype=float), pick))

    by_keys = fit.index_by[[fit.by, "construct"]] if fit.by else fit.index_by[["construct"]]
    item_means = weighted_means(fit.sample.X, fit.sample.weights)
    items = pd.DataFrame({"item": inst.item_ids})
    return Bootstrap(
        fit=fit,
        replicates=draws.index.shape[-1],
        failed=failed,
        seed=seed,
        level=level,
        paths=framed(fit.paths[["from", "to"]], fit.paths["estimate"], lambda d: d.paths[*arcs]),
        total_effects=framed(
            fit.total_effects[["from", "to"]], fit.total_effects["estimate"], lambda d: d.effects[*pairs]
        ),
        weights=framed(fit.weights[["construct", "item"]], fit.weights["weight"], lambda d: d.weights),
        loadings=framed(fit.weights[["construct", "item"]], fit.weights["loading"], lambda d: d.loadings),
        htmt=framed(pair_frame(inst, layout), fit.htmt["htmt"], lambda d: d.htmt)
        if len(draws.htmt)
        else None,
        index=framed(fit.index[["construct"]], fit.index["index_0_100"], lambda d: d.index),
        index_by=_without_single(
            framed(by_keys, fit.index_by["index_0_100"], lambda d: _by_rows(d, len(by_keys))), fit
        ),
        items=framed(items, pd.Series(item_means), lambda d: d.items),
        own=own,
        draws=draws,
        intervals=intervals,
    )


def _estimates_by(fit: PlsFit) -> Array:
    """Index of every construct and group (K, G), as the replicates have it."""
    if fit.by is None:
        return fit.index["index_0_100"].to_numpy(dtype=float)[:, None]
    return fit.index_by["index_0_100"].to_numpy(dtype=float).reshape(-1, len(fit.instrument.construct_ids)).T


def _by_rows(draws: Draws, rows: int) -> Array:
    """Index replicates as the rows of `index_by`; none without groups."""
    return np.swapaxes(draws.index_by, 0, 1).reshape(-1, draws.index.shape[-1])[:rows]


def _without_single(index_by: pd.DataFrame, fit: PlsFit) -> pd.DataFrame:
    """A group of one respondent has an index but no standard error."""
    several = fit.index_by["n"].to_numpy() > 1
    return index_by.assign(**{name: index_by[name].where(several) for name in ("se", "low", "high")})
