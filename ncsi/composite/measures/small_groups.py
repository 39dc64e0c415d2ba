"""Means of small groups of respondents: the owners of a project, the buyers of a supplier. t intervals that hold for
few respondents and unequal weights, means of projects drawn to those of their kind, and means over projects.

The error of a weighted mean is that of Bell and McCaffrey (2002, Survey Methodology 28:169), unbiased where answers
vary alike, on n_eff − 1 degrees of freedom: with 5 to 9 buyers whose largest carries 20 to 49 % of the volume intervals
of 95 % held 94.6 to 96.7 % of the time, where those authors' own degrees of freedom held 96 to 99.8 %. With equal
weights both are those of a plain mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from ncsi.arrays import Array, Mask
from ncsi.errors import ModelError
from ncsi.model import fay_herriot
from ncsi.model.inference.small_areas import Shrunk

FEWEST_PROJECTS = 5
"""Projects of a builder below which its mean has no interval."""
SCALE = (0.0, 100.0)


_ALONE = 1e-5
"""1 − Σp² up to which one respondent has all the weight: (1 − p)², which errors are made of, is near what rounds."""


@dataclass(frozen=True, slots=True)
class SmallMean:
    """A weighted mean of few answers of 0-100, with its standard error, degrees of freedom and t interval, cut at the
    ends of the scale; NaN where answers do not vary, or only one is there.

    `n_eff`: (Σw)²/Σw²; `largest_share`: of the weight, that of one respondent; `within`: variance of answers, `design`:
    what it is multiplied by to be the variance of the mean, 0 where everybody was asked and answered.
    """

    n: int
    n_eff: float
    weight: float
    largest_share: float
    score: float
    se: float
    df: float
    low: float
    high: float
    within: float
    design: float


def small_mean(values: Array, weights: Array, population: float = np.inf, level: float = 0.95) -> SmallMean:
    """The mean of `values` (n,) with positive `weights` (n,); `population`: all who could have answered.

    SE² = (1 − n/N) Σ p²e²/(1 − 2p + Σp²), p the shares of the weight, e = y − ȳ; ν = 1/Σp² − 1. Where one respondent
    has all but a few millionths of the weight, that one answers alone.
    """
    n, total = len(values), float(weights.sum())
    p = weights / total
    score, squares = float(p @ values), float(p @ p)
    error = values - score
    several = n > 1 and 1 - squares > _ALONE
    within = float(p @ error**2) / (1 - squares) if several else np.nan
    finite = max(0.0, 1 - n / population)
    se, df = np.nan, np.nan
    if several and within > 0:
        df = 1 / squares - 1
        se = float(np.sqrt(finite * ((p * error) ** 2 / (1 - 2 * p + squares)).sum()))
    low, high = t_interval(score, se, df, level)
    return SmallMean(
        n, 1 / squares, total, float(p.max()), score, se, df, low, high, within, finite * squares
    )


def small_means(frame: pd.DataFrame, by: Sequence[str], level: float = 0.95) -> pd.DataFrame:
    """`small_mean` of each group `by`: frame of value, weight, population (NaN: not known) and the columns `by`, a row
    an answer that is there; the keys and the fields of `SmallMean`, sorted by key."""
    rows = []
    for key, own in frame.groupby(list(by), sort=True):
        size = float(own["population"].iloc[0])
        mean = small_mean(
            own["value"].to_numpy(dtype=np.float64),
            own["weight"].to_numpy(dtype=np.float64),
            np.inf if np.isnan(size) else size,
            level,
        )
        told = {name: getattr(mean, name) for name in SmallMean.__slots__}
        rows.append({**dict(zip(by, key, strict=True)), **told, "population": size})
    return pd.DataFrame(rows, columns=[*by, *SmallMean.__slots__, "population"])


def t_interval(score: float, se: float, df: float, level: float) -> tuple[float, float]:
    """Both ends of a t interval, cut at 0 and 100; NaN without an error."""
    if not (np.isfinite(se) and df > 0):
        return np.nan, np.nan
    reach = float(stdtrit(df, (1 + level) / 2)) * se
    return max(SCALE[0], score - reach), min(SCALE[1], score + reach)


def drawn(means: pd.DataFrame, groups: Sequence[str]) -> Shrunk | None:
    """Means of `small_means` drawn to those of their `groups`, by as much as few answers err.

    Each mean's error is that of the variance of answers pooled over all of them, Σ(n − 1)s²/Σ(n − 1), times its
    design: five answers of one project tell little of its own variance. None where fewer than two more than the groups
    are there, or where no answers vary. Means without error, of all who could be asked, must not be among them.
    """
    freedom = means["n"].to_numpy(dtype=np.float64) - 1
    within, design = (means[name].to_numpy(dtype=np.float64) for name in ("within", "design"))
    known = np.isfinite(within) & (freedom > 0)
    if not known.any():
        return None
    pooled = float(freedom[known] @ within[known] / freedom[known].sum())
    try:
        return fay_herriot(means["score"], np.sqrt(pooled * design), list(groups))
    except ModelError:
        return None


@dataclass(frozen=True, slots=True)
class BuilderMean:
    """A builder over its projects, each counted once: t interval on projects − 1; NaN ends below five projects.

    `n`: respondents; `largest_share`: of the mean, that of one respondent.
    """

    projects: int
    n: int
    largest_share: float
    score: float
    se: float
    df: float
    low: float
    high: float


def builder_mean(projects: pd.DataFrame, level: float = 0.95, spread_of: Mask | None = None) -> BuilderMean:
    """From the rows of a builder's projects in `small_means`: score is their mean, its error that between them.

    `spread_of`: of which of them the spread is taken, by default all. Where some are hidden and others shown it must
    not be all: their mean and their variance together would give two hidden ones away.
    """
    scores = projects["score"].to_numpy(dtype=np.float64)
    m, told = len(scores), scores if spread_of is None else scores[spread_of]
    se = float(told.std(ddof=1) / np.sqrt(m)) if len(told) >= FEWEST_PROJECTS else np.nan
    se = se if se > 0 else np.nan
    df = float(len(told) - 1) if np.isfinite(se) else np.nan
    score = float(scores.mean())
    largest = float(projects["largest_share"].max()) / m
    return BuilderMean(m, int(projects["n"].sum()), largest, score, se, df, *t_interval(score, se, df, level))
