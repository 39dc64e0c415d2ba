"""Several laboratories on one material: precision (ISO 5725-2), robust consensus and scores (ISO 13528)."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, pi, sqrt

import numpy as np
import pandas as pd
from scipy.special import fdtri, ndtr, ndtri, stdtrit

from ncsi.arrays import Array
from ncsi.errors import CompositeError

_LIMIT = 2.8
_CUT = 1.5
_INSIDE = 2 * float(ndtr(_CUT)) - 1
_DENSITY = exp(-(_CUT**2) / 2) / sqrt(2 * pi)
_CONSISTENT = (_INSIDE + _CUT**2 * (1 - _INSIDE) - 2 * _CUT * _DENSITY) ** -0.5
"""What the standard deviation of winsorised normal values is multiplied by to be σ again."""
_CONVERGED = float(np.finfo(float).eps ** 0.25)
_ROUNDS = 1000


@dataclass(frozen=True, slots=True)
class Precision:
    """Repeatability and reproducibility of a method.

    `s_r`, `s_L`, `s_R` standard deviations within, between and in all; `r`, `R` the limits 2.8 s; Mandel's `h` and `k`
    of each laboratory, Cochran's C with its critical value at 5 %.
    """

    laboratories: tuple[str, ...]
    mean: float
    s_r: float
    s_L: float  # noqa: N815 - the standard's symbol
    s_R: float  # noqa: N815
    r: float
    R: float
    h: Array
    k: Array
    cochran: float
    cochran_critical: float


def precision(frame: pd.DataFrame, laboratory: str = "lab", value: str = "y") -> Precision:
    """ISO 5725-2:2019 from one row a repeat: s_r² = MS within, s_L² = max(0, (MS between - MS within)/n).

    Unequal numbers of repeats take the standard's n̄. Raises CompositeError for fewer than two laboratories, one
    without two repeats, or values that are not finite.
    """
    if not np.isfinite(frame[value].to_numpy(dtype=float)).all():
        raise CompositeError(
            value, "a repeat is missing or no finite number", "Leave out what was not measured"
        )
    groups = frame.groupby(laboratory, sort=True)[value]
    counts, means, variances = groups.size(), groups.mean(), groups.var(ddof=1)
    if len(counts) < 2 or (counts < 2).any():
        raise CompositeError(
            laboratory, "precision needs two laboratories with two repeats each", "Add repeats or take it out"
        )
    n, total, p = counts.to_numpy(float), float(counts.sum()), len(counts)
    within = float(((n - 1) * variances).sum() / (total - p))
    overall = float((n * means).sum() / total)
    between = float((n * (means - overall) ** 2).sum() / (p - 1))
    per = (total - float((n**2).sum()) / total) / (p - 1)
    laboratory_variance = max(0.0, (between - within) / per)
    s_r, s_big = np.sqrt(within), np.sqrt(within + laboratory_variance)
    centred, spread = (means - means.mean()).to_numpy(), variances.to_numpy()
    return Precision(
        tuple(map(str, counts.index)), float(means.mean()), float(s_r),
        float(np.sqrt(laboratory_variance)), float(s_big),
        float(_LIMIT * s_r), float(_LIMIT * s_big), _relative(centred, centred.std(ddof=1)),
        np.sqrt(_relative(spread, spread.mean())), float(_relative(spread.max(), spread.sum())),
        cochran_critical(p, round(total / p)),
    )  # fmt: skip


def _relative(values: Array, to: float) -> Array:
    """The values over `to`; 0 where it is 0: what does not vary does not stand out."""
    return np.asarray(values / to if to > 0 else np.zeros_like(values))


def cochran_critical(laboratories: int, repeats: int, alpha: float = 0.05) -> float:
    """Critical value of Cochran's C by the F distribution."""
    own = repeats - 1
    ratio = float(fdtri(own, (laboratories - 1) * own, 1 - alpha / laboratories))
    return 1 / (1 + (laboratories - 1) / ratio)


def mandel_critical(laboratories: int, repeats: int, alpha: float = 0.05) -> tuple[float, float]:
    """Critical values of Mandel's |h| and k: ISO 5725-2:2019, 7.3.1, by Student's t and by F.

    h = (p - 1)t/√(p(t² + p - 2)) with t at 1 - α/2 and p - 2 degrees of freedom, k = √(p/(1 + (p - 1)/F)) with
    1/F of F at α. Raises CompositeError for fewer than three laboratories or two repeats.
    """
    if laboratories < 3 or repeats < 2:
        raise CompositeError(
            "laboratories", "h and k need three laboratories with two repeats", "Add laboratories"
        )
    p, own = laboratories, repeats - 1
    quantile = float(stdtrit(p - 2, 1 - alpha / 2))
    ratio = float(fdtri(own, (p - 1) * own, 1 - alpha))
    h = (p - 1) * quantile / float(np.sqrt(p * (quantile**2 + p - 2)))
    return h, float(np.sqrt(p / (1 + (p - 1) / ratio)))


@dataclass(frozen=True, slots=True)
class Consensus:
    """Robust mean and standard deviation; `u` the standard uncertainty of the mean, 1.25 s/√p (ISO 13528:2022, 7.7)."""

    mean: float
    s: float
    u: float


def algorithm_a(values: Array) -> Consensus:
    """ISO 13528:2022, Algorithm A: winsorise at x* ± 1.5 s*, mean, s* = 1.1334 sd, until both move by less than
    s*/8000, which is finer than the standard's third significant figure.

    The factor makes s* consistent under the normal; the standard prints it as 1.134, and MAD's as 1.483. Raises
    CompositeError for fewer than three values, values that are not finite, or no convergence.
    """
    x = np.asarray(values, dtype=float)
    if len(x) < 3 or not np.isfinite(x).all():
        raise CompositeError(
            "values", "a robust mean needs three finite ones", "Add results or leave out the missing"
        )
    mean = float(np.median(x))
    s = float(np.median(np.abs(x - mean))) / float(ndtri(0.75))
    for _ in range(_ROUNDS):
        inside = np.clip(x, mean - _CUT * s, mean + _CUT * s)
        moved = float(inside.mean()), _CONSISTENT * float(inside.std(ddof=1))
        done = max(abs(moved[0] - mean), abs(moved[1] - s)) < _CONVERGED * s
        mean, s = moved
        if done or s == 0:
            return Consensus(mean, s, 1.25 * s / float(np.sqrt(len(x))))
    raise CompositeError("values", f"no robust mean after {_ROUNDS} rounds", "Look at the results by hand")


def z_scores(values: Array, assigned: float, sigma: float, u_assigned: float = 0.0) -> Array:
    """(x - x_a)/√(σ_p² + u_a²): z, or z' with the assigned value's own uncertainty. |z| ≥ 2 warns, ≥ 3 acts.

    Raises CompositeError where σ_p is not above 0.
    """
    if not sigma > 0:
        raise CompositeError(
            "sigma", f"must be above 0, not {sigma:g}", "Take the standard deviation for proficiency"
        )
    return np.asarray((np.asarray(values) - assigned) / np.hypot(sigma, u_assigned))


def e_numbers(values: Array, expanded: Array, assigned: float, expanded_assigned: float) -> Array:
    """E_n = (x - x_a)/√(U² + U_a²) with expanded uncertainties; above 1 the claimed uncertainty is too small."""
    return np.asarray((np.asarray(values) - assigned) / np.hypot(np.asarray(expanded), expanded_assigned))
