"""The sampling error of survey indicators, carried into the index: its standard error, and what ranks it leaves open.

A unit is `known` where each of its indicators says how sure it is: a survey's standard error, or none because it was
counted (`census`). Where one says nothing (`none_declared`), the unit's error is not 0 but unknown: NaN, no rank set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtrit

from ncsi.arrays import Array, Mask
from ncsi.composite.ranks import descending, significant
from ncsi.errors import ModelError
from ncsi.model.inference.rank_tests import NO_SPREAD, differences, marginal, simultaneous

NORMAL_DRAWS = 4096
ROWS_AT_A_TIME = 256
MOST_STEPPED = 300
"""Units up to which tests step down; the pairs of more are tested by Bonferroni's bound, which is wider."""


def index_se(gradient: Array, se: Array, correlations: Array | None = None) -> Array:
    """Standard error (n,) of an index Σ g_j x_j whose indicators have errors `se` (n, p): √(g'Σg).

    `gradient` (p,) or (n, p): for arithmetic means of scores from a to b between fixed benchmarks,
    g_j = W_j·(b − a)/(u_j − l_j)·s_j inside the benchmarks. `correlations` (p, p) of the errors of one unit, else
    independent: then the figure is too small where indicators come from one questionnaire. NaN for a unit with an
    unknown error (NaN in `se`) that counts. Raises ModelError for a negative standard error.
    """
    if (se < 0).any():
        raise ModelError("standard error of an index: an indicator's standard error is negative.")
    counts = np.broadcast_to(gradient, se.shape) != 0
    parts = np.where(counts, gradient * se, 0.0)
    R = np.eye(se.shape[1]) if correlations is None else correlations
    return np.asarray(np.sqrt(np.maximum(np.einsum("ni,ij,nj->n", parts, R, parts), 0.0)))


def pairwise_rank_sets(
    estimates: Array, se: Array, level: float = 0.95, adjust: Literal["none", "bonferroni"] = "bonferroni"
) -> tuple[Array, Array]:
    """First and last rank (n,) of independent units that no z test of a pair rules out; NaN where `se` is unknown.

    Each pair at 1 − `level` (two-sided), or `bonferroni`: that over the number of pairs, so that all sets hold at
    once. A pair of errors 0 differs unless it ties. A unit of unknown error may stand above or below every other.
    """
    known = np.isfinite(estimates) & np.isfinite(se)
    value, own = estimates[known], se[known]
    pairs = len(value) * (len(value) - 1) / 2
    alpha = (1 - level) / (max(pairs, 1) if adjust == "bonferroni" else 1)
    spread = np.hypot(own[:, None], own)
    gap = value[:, None] - value
    above = np.asarray(np.where(spread > 0, gap > -ndtri(alpha / 2) * spread, _certainly_above(value)))
    return _spread_out(known, above, int(np.isfinite(estimates).sum()))


def _certainly_above(values: Array, rows: slice = slice(None)) -> Mask:
    rounded = significant(values)
    return rounded[rows, None] > rounded


def _spread_out(known: Mask, above: Mask, ranked: int) -> tuple[Array, Array]:
    low, high = np.full(len(known), np.nan), np.full(len(known), np.nan)
    low[known], high[known] = 1 + above.sum(axis=0), ranked - above.sum(axis=1)
    return low, high


def rank_sets_of(
    units: list[str], estimates: Array, draws: Array, level: float = 0.95, alone: bool = True
) -> pd.DataFrame:
    """Rank sets by sampling error alone, from joint replicates `draws` (R, n) of the index, method held fixed.

    Columns: unit, score, se, rank (among the units shown), rank_low, rank_high (at `level` for all units at once:
    max-|t| with step-down, Mogstad et al. 2024, or Bonferroni for more than 300 units), rank_low_marginal,
    rank_high_marginal (one unit alone; left missing without `alone`), computable. A unit whose error is unknown (NaN
    among its draws) has a rank and no set (`computable` is false), and may stand above or below every other, which
    widens their sets. A difference that does not vary in any replicate is certain. Raises ModelError for a unit
    without an estimate.
    """
    if not np.isfinite(estimates).all():
        raise ModelError("rank sets: a unit has no index. Leave it out of the comparison.")
    known = np.asarray(np.isfinite(draws).all(axis=0))
    frame = pd.DataFrame(
        {
            "unit": units, "score": estimates, "se": np.where(known, draws.std(axis=0, ddof=1), np.nan),
            "rank": descending(estimates).astype(np.intp), "rank_low": np.nan, "rank_high": np.nan,
            "rank_low_marginal": np.nan, "rank_high_marginal": np.nan, "computable": known & (known.sum() > 1),
        }
    )  # fmt: skip
    if known.sum() < 2:
        return frame
    count = _stepped if known.sum() <= MOST_STEPPED else _bounded
    found = count(estimates[known], draws[:, known], level, alone)
    frame.loc[known, ["rank_low", "rank_high"]] = _ranks_left(found.higher, found.lower, len(units))
    if alone:
        frame.loc[known, ["rank_low_marginal", "rank_high_marginal"]] = _ranks_left(
            found.higher_alone, found.lower_alone, len(units)
        )
    return frame


@dataclass(frozen=True, slots=True)
class _Found:
    """How many units are surely above and below each (J,), in the family of all pairs and in the unit's own."""

    higher: Array
    lower: Array
    higher_alone: Array
    lower_alone: Array


def _ranks_left(higher: Array, lower: Array, ranked: int) -> Array:
    """First and last rank (J, 2) that are left among all that are ranked: one of unknown error may stand anywhere."""
    return np.column_stack([1 + higher, ranked - lower])


def _stepped(estimates: Array, draws: Array, level: float, alone: bool) -> _Found:
    """By max-|t| over the draws, stepping down."""
    tests = differences(estimates, draws)
    certain = np.isinf(tests.se) & _certainly_above(estimates)
    above = simultaneous(tests, level) | certain
    own = (marginal(tests, level) if alone else np.zeros_like(certain)) | certain | certain.T
    return _Found(
        above.sum(axis=0),
        above.sum(axis=1),
        (own & (tests.gap < 0)).sum(axis=1),
        (own & (tests.gap > 0)).sum(axis=1),
    )


def _bounded(estimates: Array, draws: Array, level: float, _: bool) -> _Found:
    """By t tests of all differences at Bonferroni's level, some rows of the pairs at a time."""
    runs, units = draws.shape
    centred = draws - draws.mean(axis=0)
    variance, smallest = centred.var(axis=0, ddof=1), NO_SPREAD * max(1.0, float(np.abs(estimates).max()))
    marks = [-stdtrit(runs - 1, (1 - level) / family) for family in (units * (units - 1), 2 * (units - 1))]
    counts = []
    for start in range(0, units, ROWS_AT_A_TIME):
        rows = slice(start, start + ROWS_AT_A_TIME)
        shared = centred[:, rows].T @ centred / (runs - 1)
        spread = np.sqrt(np.maximum(variance[rows, None] + variance - 2 * shared, 0))
        gap, certain = estimates[rows, None] - estimates, _certainly_above(estimates, rows)
        for sign, sure in ((-1, _certainly_above(-estimates, rows)), (1, certain)):
            for mark in marks:
                differs = np.where(spread > smallest, sign * gap > mark * spread, sure)
                counts.append(differs.sum(axis=1))
    higher, higher_alone, lower, lower_alone = (np.concatenate(counts[at::4]) for at in range(4))
    return _Found(higher, lower, higher_alone, lower_alone)


def normal_draws(estimates: Array, se: Array, seed: int, count: int = NORMAL_DRAWS) -> Array:
    """Draws (count, n) of independent units about their `estimates`; NaN where `se` is unknown."""
    rng = np.random.Generator(np.random.Philox(key=[seed, 0]))
    return estimates + se * rng.standard_normal((count, len(estimates)))
