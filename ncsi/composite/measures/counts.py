"""Intervals of counts: exact for shares and rates, Wilson's for shares under a design."""

from __future__ import annotations

import numpy as np
from scipy.special import betaincinv, gammaincinv

from ncsi.model.inference.shares import wilson as wilson_of


def clopper_pearson(found: int, tested: int, alpha: float) -> tuple[float, float]:
    """One-sided exact bounds of a share 0-1, each at 1 - α. Clopper and Pearson (1934)."""
    low = 0.0 if found == 0 else float(betaincinv(found, tested - found + 1, alpha))
    high = 1.0 if found == tested else float(betaincinv(found + 1, tested - found, 1 - alpha))
    return low, high


def wilson(share: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Wilson's (1927) score interval of a share 0-1 from `n` answers, or as many effective ones."""
    one = np.array([100 * share])
    low, high = wilson_of(
        one, 100 * np.sqrt(np.array([share * (1 - share) / n])), np.array([float(n)]), level
    )
    return float(low[0]) / 100, float(high[0]) / 100


def poisson(count: int, exposure: float, level: float = 0.95) -> tuple[float, float]:
    """Exact interval of a rate a unit of exposure: χ²(α/2, 2x)/2T to χ²(1 - α/2, 2x + 2)/2T. Garwood (1936)."""
    tail = (1 - level) / 2
    low = float(gammaincinv(count, tail)) / exposure if count else 0.0
    return low, float(gammaincinv(count + 1, 1 - tail)) / exposure
