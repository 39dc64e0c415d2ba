"""Intervals of a proportion under a design."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.special import stdtrit

Interval = Literal["logit", "beta", "mean"]


def interval_of(
    kind: Interval, share: float, se: float, n: int, df: int, level: float = 0.95
) -> tuple[float, float]:
    """Ends of the interval of a share 0-1 with standard error `se` from n answers and a design's df.

    `logit`: on the log-odds, back to 0-1. `beta`: Clopper-Pearson with the effective sample size (Korn and
    Graubard 1998, Survey Methodology 24). `mean`: t. Where the share does not vary, both ends are the share.
    """
    if se == 0 or df <= 0 or not 0 < share < 1:
        return share, share
    t = float(stdtrit(df, (1 + level) / 2))
    if kind == "mean":
        return share - t * se, share + t * se
    if kind == "logit":
        centre, half = float(np.log(share / (1 - share))), t * se / (share * (1 - share))
        return _logistic(centre - half), _logistic(centre + half)
    from scipy.stats import beta  # late: half a second, of which only this interval needs anything

    effective = share * (1 - share) / se**2 * (float(stdtrit(n - 1, (1 + level) / 2)) / t) ** 2
    tail, hits = (1 - level) / 2, share * effective
    low = float(beta.ppf(tail, hits, effective - hits + 1))
    return low, float(beta.ppf(1 - tail, hits + 1, effective - hits))


def _logistic(value: float) -> float:
    return float(1 / (1 + np.exp(-value)))
