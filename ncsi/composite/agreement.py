"""Do raters agree: weighted κ of two, Krippendorff's α of any number with gaps, and the share of equal ratings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from ncsi.arrays import Array
from ncsi.errors import ModelError

Metric = Literal["nominal", "ordinal", "interval", "ratio"]
Disagreement = Literal["unweighted", "linear", "quadratic"]


def weighted_kappa(first: Array, second: Array, disagreement: Disagreement = "quadratic") -> float:
    """Cohen's κ = 1 − Σv·o / Σv·e of two raters' levels (n,), v = 1(i≠j), |i − j| or (i − j)² (Cohen 1968).

    Only cases that both rated count. NaN where chance alone gives no disagreement (both always say the same level).
    Raises ModelError without a case that both rated.
    """
    both = np.isfinite(first) & np.isfinite(second)
    if not both.any():
        raise ModelError("κ: no case was rated by both. Let some be rated twice.")
    x, y = first[both], second[both]
    cost = _COSTS[disagreement]
    expected = cost(x[:, None], y[None, :]).mean()
    return float(1 - cost(x, y).mean() / expected) if expected > 0 else np.nan


_COSTS: dict[Disagreement, Callable[[Array, Array], Array]] = {
    "unweighted": lambda x, y: (x != y).astype(np.float64),
    "linear": lambda x, y: np.abs(x - y),
    "quadratic": lambda x, y: (x - y) ** 2,
}


def percent_agreement(first: Array, second: Array) -> float:
    """Cases that two raters gave the same level, in per cent of those that both rated; NaN without one."""
    both = np.isfinite(first) & np.isfinite(second)
    return float(100 * (first[both] == second[both]).mean()) if both.any() else np.nan


def krippendorff_alpha(ratings: Array, metric: Metric = "ordinal") -> float:
    """Krippendorff's α = 1 − D_o / D_e of `ratings` (raters, cases), NaN where a rater gave none.

    Cases with one rating tell nothing and are left out. NaN where all ratings are equal. Raises ModelError without a
    case rated twice, and for `ratio` with a negative rating. Krippendorff (2011), Computing Krippendorff's
    Alpha-Reliability.
    """
    pairable = ratings[:, np.isfinite(ratings).sum(axis=0) >= 2]
    if pairable.shape[1] == 0:
        raise ModelError("Krippendorff's α: no case has two ratings. Let some be rated twice.")
    if metric == "ratio" and np.nanmin(pairable) < 0:
        raise ModelError("Krippendorff's α on a ratio scale needs ratings of 0 or more.")
    values = np.unique(pairable[np.isfinite(pairable)])
    counts = np.stack([(pairable == value).sum(axis=0) for value in values], axis=1).astype(np.float64)
    per_case = counts.sum(axis=1)
    coincidences = (counts.T / (per_case - 1)) @ counts - np.diag(
        (counts / (per_case - 1)[:, None]).sum(axis=0)
    )
    totals = coincidences.sum(axis=0)
    expected = np.outer(totals, totals) - np.diag(totals)
    apart = _apart(metric, values, totals)
    most = (expected * apart).sum()
    return float(1 - (totals.sum() - 1) * (coincidences * apart).sum() / most) if most > 0 else np.nan


def _apart(metric: Metric, values: Array, totals: Array) -> Array:
    """Squared distance of each two values (v, v); the ordinal one counts the ratings between."""
    if metric == "nominal":
        return np.asarray((values[:, None] != values[None, :]).astype(np.float64))
    if metric == "ordinal":
        values = np.cumsum(totals) - totals / 2
    gap = values[:, None] - values[None, :]
    if metric == "ratio":
        sums = values[:, None] + values[None, :]
        gap = np.divide(gap, sums, out=np.zeros_like(gap), where=sums > 0)
    return np.asarray(gap**2)
