"""Shares of answers and net promoter score, in per cent; means on 0-100."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from ncsi.arrays import Array
from ncsi.spec.instrument import Item, Measure

PROMOTERS, DETRACTORS = (9, 10), (0, 6)
_ROUNDING = 1e-12
"""Of p(1−p): what sums of weights leave where every answer is the same."""


def percent_of(answers: ArrayLike, measure: Measure, item: Item) -> Array:
    """What each answer (n,) adds to the measure: 100, 0 or, of a detractor, −100; itself on 0-100 to a mean; NaN where
    missing."""
    values = np.asarray(answers, dtype=np.float64)
    if measure.measure == "mean":
        return item.scale.on_0_100(values)
    if measure.measure == "nps":
        promoter = (values >= PROMOTERS[0]) & (values <= PROMOTERS[1])
        detractor = (values >= DETRACTORS[0]) & (values <= DETRACTORS[1])
        points = 100.0 * promoter - 100.0 * detractor
    else:
        points = 100.0 * np.isin(values, counted(measure, item))
    return np.where(np.isnan(values), np.nan, points)


def counted(measure: Measure, item: Item) -> tuple[int, ...]:
    """The answers that a share counts: those declared, else the highest, or two highest for the top-two box."""
    if measure.answers is not None:
        return measure.answers
    top = item.scale.max
    return (top - 1, top) if measure.measure == "top_two_box" else (top,)


def wilson(percent: Array, se: Array, n_eff: Array, level: float) -> tuple[Array, Array]:
    """Ends of Wilson's (1927) interval of shares in per cent with standard errors `se` under a design.

    The size is the one at which simple random sampling would have that error, p(1−p)/SE² (Kott & Carr 1997); where
    every answer is the same, up to rounding, `n_eff`.
    """
    p, z2 = percent / 100, float(ndtri((1 + level) / 2)) ** 2
    variance, differ = (se / 100) ** 2, p * (1 - p)
    known = (variance > 0) & (differ > _ROUNDING)
    n = np.where(known, differ / np.where(known, variance, 1), n_eff)
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2) * np.sqrt(p * (1 - p) / n + z2 / (4 * n**2)) / (1 + z2 / n)
    return 100 * np.maximum(centre - half, 0), 100 * np.minimum(centre + half, 1)
