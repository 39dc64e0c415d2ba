"""Tests of many estimates at once: each alone, and by max-|t| over replicates with step-down (Romano & Wolf 2005)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtr

from ncsi.arrays import Array, Mask
from ncsi.model.resampling.draws import Pick
from ncsi.model.resampling.replicates import Bootstrap

NO_SPREAD = 1e-12
"""A standard error below this cannot be told from rounding: nothing is tested by it."""


@dataclass(frozen=True, slots=True)
class Tests:
    """Of estimates (m,): p of each alone, and p_joint, which keeps the chance of any false finding among all m."""

    p: Array
    p_joint: Array


def tests(boot: Bootstrap, estimate: Array, pick: Pick) -> Tests:
    """Two-sided tests against zero of quantities (m,) that `pick` finds in the replicates.

    |t| is brought from t on the model's degrees of freedom to the normal quantile of the same tail, and compared with
    the replicates' |t| about the estimate; p = (1 + count)/(1 + replicates), never 0. Missing where nothing varies.
    """
    draws = boot.intervals.sampled(estimate, pick(boot.draws)).T
    se = boot.intervals.se(estimate, pick)
    df = np.asarray(boot.intervals.freedom(boot.spreads.others), dtype=np.float64)
    return stepped_down(on_normal_scale(estimate, se, df), (draws - estimate[:, None]) / _known(se)[:, None])


def of_paths(boot: Bootstrap) -> Tests:
    """Every path of the model alone, and all of them together; in the order of `boot.paths`."""
    ids, frame = boot.fit.instrument.construct_ids, boot.fit.paths
    arcs = np.array([(ids.index(a), ids.index(b)) for a, b in zip(frame["from"], frame["to"], strict=True)]).T
    return tests(boot, frame["estimate"].to_numpy(dtype=float), lambda draws: draws.paths[*arcs])


def stepped_down(t: Array, replicates: Array) -> Tests:
    """From |t| (m,), infinite where its tail is too small for a number, and the replicates' t about the estimate
    (m, R).

    Missing where |t| is, or where a replicate's is not finite.
    """
    size, extreme = np.abs(t), np.abs(replicates)
    usable = np.flatnonzero(~np.isnan(size) & np.isfinite(extreme).all(axis=1))
    p, joint = np.full((2, len(size)), np.nan)
    p[usable] = _share(extreme[usable] >= size[usable, None])
    order = usable[np.argsort(-size[usable], kind="stable")]
    largest = np.maximum.accumulate(extreme[order[::-1]], axis=0)[::-1]
    joint[order] = np.maximum.accumulate(_share(largest >= size[order, None]))
    return Tests(p, joint)


def _share(reached: Mask) -> Array:
    return np.asarray((1 + reached.sum(axis=1)) / (1 + reached.shape[1]))


def _known(se: Array) -> Array:
    return np.asarray(np.where(se > NO_SPREAD, se, np.nan))


def on_normal_scale(estimate: Array, se: Array, df: Array) -> Array:
    """|t| (m,) brought from t on `df` to the normal quantile of the same tail; missing where nothing varies."""
    t = np.abs(estimate) / _known(se)
    known = np.isinf(df) | np.isnan(df)
    return np.asarray(np.where(known, t, -ndtri(stdtr(np.where(known, 1.0, df), -t))))
