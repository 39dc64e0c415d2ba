"""The bootstrap, and replicate weights of a complex design in its place: one pass over replicate moments."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import Literal, get_args

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.errors import ModelError, NotConverged
from ncsi.model.cautions import said
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.remarks import hardly_varying
from ncsi.model.resampling.draws import Draws, draws_of
from ncsi.model.resampling.intervals import (
    Bca,
    Intervals,
    Percentile,
    Replicated,
    require_level,
    require_whole,
)
from ncsi.model.resampling.parts import Asked, Hands
from ncsi.model.resampling.replicates import Bootstrap, estimates_by, labelled, one_pass, require_spread
from ncsi.model.resampling.streams import left_out_weights
from ncsi.model.resampling.totals import Totals

IntervalName = Literal["percentile", "bca"]
WORST_SHARE = 0.001
"""Largest share of replicates that may fail to converge; they are left out and counted."""
ALONE = Hands()
_NAMED = 5
AT_A_TIME = 256
"""Given replicates taken at once: they are not copied whole."""


def bootstrap(
    fit: PlsFit,
    replicates: int = 5000,
    seed: int = 1,
    level: float = 0.95,
    interval: IntervalName = "percentile",
    htmt: bool = False,
    totals: Totals | None = None,
    hands: Hands = ALONE,
    wanted: Container[object] | None = None,
) -> Bootstrap:
    """Resample respondents within strata and re-estimate everything, outer weights included.

    Strata are the by-groups, crossed with `strata` where the fit was given it; each keeps its weight total. From fewer
    than 100 respondents n_h − 1 are drawn with replacement (Rao & Wu 1988), of more each Poisson(1) times; clusters in
    their place where the fit names them.
    Intervals are percentiles, or "bca" (Efron & Tibshirani 1993). `htmt` adds the replicates of HTMT,
    `totals` those of any further means. `hands` say who makes the replicates, which have the same
    bits whoever does. With missing answers each replicate's moments are re-estimated by a corrected
    EM step. What should not be relied on stands in the result's `warnings` and is given as a `ModelWarning`.
    A by-group that some replicates hold nobody of, as it lies in few clusters, has no error. Raises ModelError where it
    is one of the `wanted` (all by default), for fewer than 2
    replicates, a level that is not between 0 and 1, and another interval; NotConverged when more than 0.1 % of the
    replicates do not converge.
    """
    require_whole(replicates=replicates, seed=seed)
    if replicates < 2:
        raise ModelError(f"{replicates} replicates give no standard error. Ask for 1000 or more.")
    require_level(level)
    if interval not in get_args(IntervalName):
        raise ModelError(f"there is no interval '{interval}'. Use {' or '.join(get_args(IntervalName))}.")
    sample = fit.sample
    require_spread(fit, "bootstrap")
    own, all_draws, good = Asked(fit, replicates, seed, htmt, totals, hands).all_parts()
    lost = [] if sample.units is None else _left_out(fit, all_draws, wanted)
    if lost:
        names = ", ".join(map(str, lost[:_NAMED])) + (" and others" if len(lost) > _NAMED else "")
        raise ModelError(
            f"bootstrap of {fit.instrument.id}: {fit.by} {names}: in so few clusters that some replicates hold none of "
            "its respondents. Leave it out, or break down by something else."
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
    made = labelled(fit, draws, own, failed, seed, level, intervals)
    said(made.warnings)
    return made


def _left_out(fit: PlsFit, draws: Draws, wanted: Container[object] | None) -> list[object]:
    """By-groups that some replicates hold nobody of, of those wanted."""
    lost = np.isnan(draws.index_by) & ~np.isnan(estimates_by(fit))[..., None]
    groups = np.flatnonzero(lost.any(axis=(0, 2))).tolist()
    return [one for one in (fit.sample.groups[k] for k in groups) if wanted is None or one in wanted]


def replicated(
    fit: PlsFit,
    weights: pd.DataFrame,
    scale: float | None = None,
    rscales: Array | Sequence[float] | None = None,
    df: float = float("inf"),
    level: float = 0.95,
    htmt: bool = False,
    totals: Totals | None = None,
    hands: Hands = ALONE,
) -> Bootstrap:
    """The same from replicate weights of a complex design, one column a replicate.

    `weights` has the rows of the data frame the fit was made of, in their order. SE² = scale · Σ rscales_r
    (θ_r − θ)²: scale 1/R by default and rscales 1, as for Rao-Wu bootstrap weights; JKn wants scale 1 and
    rscales (n_h − 1)/n_h. Intervals are t on at most `df` design degrees
    of freedom. Raises ModelError for negative or
    missing weights, wrong lengths and no columns, NotConverged when a replicate does not settle.
    """
    require_level(level)
    _require_rows(fit, weights)
    R = weights.shape[1]
    if not R:
        raise ModelError("the frame of replicate weights has no columns. Give one for each replicate.")
    factors = np.ones(R) if rscales is None else np.asarray(rscales, dtype=np.float64)
    if len(factors) != R:
        raise ModelError(f"{len(factors)} rscales for {R} replicate weights. Give one for each.")
    if not (np.isfinite(factors) & (factors >= 0)).all() or not (scale is None or 0 < scale < np.inf):
        raise ModelError("scale and rscales make a variance: scale lies above 0, and rscales are 0 or more.")
    if not df > 0:
        raise ModelError(
            f"df {df} are no degrees of freedom. Give those of the design: its clusters less its strata."
        )
    with hands.mapping(fit.sample) as each:
        own, draws, good = one_pass(fit, _replicate_columns(fit, weights), htmt, totals, each)
    if not good.all():
        raise NotConverged(
            f"replicate weights of {fit.instrument.id}: {int((~good).sum())} of {R} replicates did not "
            "converge. Look for collinear items, or for replicates that leave few respondents."
        )
    intervals = Replicated(draws, 1 / R if scale is None else scale, factors, df, level)
    made = labelled(fit, draws, own, 0, None, level, intervals)
    said(made.warnings)
    return made


def _require_rows(fit: PlsFit, weights: pd.DataFrame) -> None:
    """Raise ModelError unless the weights have the rows of the data, in their order."""
    sample = fit.sample
    if not isinstance(weights, pd.DataFrame):
        raise ModelError(
            f"the replicate weights are {type(weights).__name__}, not a pandas data frame. Make them one."
        )
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


def _replicate_columns(fit: PlsFit, weights: pd.DataFrame) -> Iterator[Array]:
    """Replicate weights of the rows in the fit, some replicates (B, n) at a time."""
    for start in range(0, weights.shape[1], AT_A_TIME):
        part = weights.iloc[:, start : start + AT_A_TIME]
        W = part.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)[fit.sample.rows]
        bad = ~np.isfinite(W) | (W < 0)
        if bad.any():
            name = part.columns[int(np.flatnonzero(bad.any(axis=0))[0])]
            raise ModelError(f"replicate weight '{name}': some are negative or missing. Make them 0 or more.")
        yield np.ascontiguousarray(W.T)
