"""Comparative product tests: measurement uncertainty (GUM), conformity (JCGM 106), what a product's figure is worth.

JCGM 100:2008, JCGM 106:2012.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf, isfinite, isinf
from typing import Literal

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from ncsi.arrays import Array
from ncsi.errors import CompositeError

Verdict = Literal["conforms", "does_not_conform", "undecided"]
Guard = Literal["likely", "strict", "shared"]
_GUARDS: dict[Guard, float] = {"likely": 1.6448536269514722, "strict": 2.0, "shared": 0.0}
"""Guard band in standard uncertainties: a probability of 95 %, U = 2u, or none."""
_STEP = 1e-4
_RANGES = (2.8, 3.3, 3.6, 3.9, 4.0, 4.2, 4.3, 4.4, 4.5)
"""Critical range factors at 95 % of 2 to 10 repeats, in s_r: ISO 5725-6:1994, table 1."""
_PRODUCTS = 10
"""Products below which a correlation of tested with perceived quality is not told."""


@dataclass(frozen=True, slots=True)
class Result:
    """A measured value: its standard uncertainty, effective degrees of freedom, expanded uncertainty at `level`."""

    value: float
    u: float
    df: float
    expanded: float
    level: float
    contributions: Array


def propagated(
    function: Callable[[Array], float],
    x: Sequence[float],
    u: Sequence[float],
    df: Sequence[float] | None = None,
    correlation: Array | None = None,
    level: float = 0.95,
) -> Result:
    """The uncertainty of `function(x)` by the law of propagation: u_c² = Σ(c_i u_i)² + 2ΣΣ c_i c_j u_i u_j r_ij.

    `u`: standard uncertainties; `df`: degrees of freedom of each, by default infinite; `correlation` (k, k).
    Sensitivities c_i are central differences. Effective degrees of freedom by Welch-Satterthwaite, which holds without
    correlation. Raises CompositeError for an uncertainty that is missing, negative or not finite.
    """
    at, error = np.asarray(x, dtype=float), np.asarray(u, dtype=float)
    if at.shape != error.shape or not np.isfinite([*at, *error]).all() or (error < 0).any():
        raise CompositeError("measurement", "needs a finite value and an uncertainty of 0 or more for each input",
                             "State each standard uncertainty")  # fmt: skip
    own = np.array([_slope(function, at, error, k) for k in range(len(at))]) * error
    total = own @ (np.eye(len(at)) if correlation is None else np.asarray(correlation)) @ own
    if total < 0:
        raise CompositeError("correlation", "gives a negative variance", "Correct the correlations")
    combined = float(np.sqrt(total))
    freedom = _effective(
        combined, own, np.full(len(at), np.inf) if df is None else np.asarray(df, dtype=float)
    )
    factor = float(stdtrit(freedom, 0.5 + level / 2) if isfinite(freedom) else ndtri(0.5 + level / 2))
    return Result(float(function(at)), combined, freedom, factor * combined, level, own)


def _slope(function: Callable[[Array], float], x: Array, u: Array, k: int) -> float:
    """∂f/∂x_k by a central difference, a small part of the input's own uncertainty away (GUM 5.1.3)."""
    if u[k] == 0:
        return 0.0
    step = np.zeros(len(x))
    step[k] = _STEP * u[k]
    return float((function(x + step) - function(x - step)) / (2 * step[k]))


def _effective(combined: float, own: Array, df: Array) -> float:
    share = np.sum(own**4 / df)
    return inf if share == 0 else float(combined**4 / share)


@dataclass(frozen=True, slots=True)
class Conformity:
    """Whether a result lies within its limits. `probability` that it does, 0-1; `accept`: ends of the guarded region
    within which it is said to conform."""

    verdict: Verdict
    probability: float
    accept: tuple[float, float]


def conformity(
    y: float,
    u: float,
    lower: float | None = None,
    upper: float | None = None,
    guard: Guard = "likely",
    df: float = inf,
) -> Conformity:
    """Pc = Φ((T_U - y)/u) - Φ((T_L - y)/u), and one of three answers.

    It conforms where y lies within the limits by the guard band w·u; it does not where Pc ≤ 0.05 and y lies beyond a
    limit by 1.645u: a failure that is published needs both. In between nothing is decided. `shared`: no guard
    band, the risk of an error is shared, up to half at the limit. `df`: degrees of freedom of u; where finite, Φ is
    Student's and each factor his quantile of the same probability, which is larger. Raises CompositeError without a
    limit or with limits in the wrong order, and for an uncertainty that is missing or below 0.
    """
    _require_measured(y, u, lower, upper)
    low, high = -np.inf if lower is None else lower, np.inf if upper is None else upper
    if u == 0:
        within = low <= y <= high
        return Conformity("conforms" if within else "does_not_conform", float(within), (low, high))
    below = ndtr if isinf(df) else partial(stdtr, df)
    probability = float(below((high - y) / u) - below((low - y) / u))
    band = _factor(guard, df) * u
    accept = (low + band, high - band)
    beyond = _factor("likely", df) * u
    if accept[0] <= y <= accept[1]:
        verdict: Verdict = "conforms"
    elif probability <= 0.05 and (y - beyond > high or y + beyond < low):
        verdict = "does_not_conform"
    else:
        verdict = "does_not_conform" if guard == "shared" else "undecided"
    return Conformity(verdict, probability, accept)


def _factor(guard: Guard, df: float) -> float:
    """The guard band in standard uncertainties with `df` degrees of freedom."""
    if isinf(df) or guard == "shared":
        return _GUARDS[guard]
    return float(stdtrit(df, ndtr(_GUARDS[guard])))


def _require_measured(y: float, u: float, lower: float | None, upper: float | None) -> None:
    if lower is None and upper is None:
        raise CompositeError("limits", "there is none to conform to", "State a lower or an upper limit")
    if lower is not None and upper is not None and lower >= upper:
        raise CompositeError(
            "limits", f"the lower {lower:g} is not below the upper {upper:g}", "Exchange them"
        )
    if not isfinite(y) or not isfinite(u) or u < 0:
        raise CompositeError(
            "result", f"{y} with uncertainty {u} is no measurement", "State value and standard uncertainty"
        )


@dataclass(frozen=True, slots=True)
class ProductResult:
    """A characteristic of a product over its specimens, with the effective degrees of freedom of `u`. `u` NaN for one
    specimen: it says nothing of the product's variance; `u_specimen` is that of the specimens as they are."""

    value: float
    u: float
    specimens: int
    df: float
    u_specimen: float


def of_product(
    specimens: Sequence[Sequence[float]],
    s_r: float,
    u_bias: float = 0.0,
    df_r: float = inf,
    df_bias: float = inf,
) -> ProductResult:
    """Mean over m specimens, each measured n times: Var = s²_between/m + s_r²/(m n) + u²_bias.

    The systematic part does not shrink with more specimens. `s_r`: repeatability standard deviation; n: the smallest
    number of repeats. Degrees of freedom by Welch-Satterthwaite: m - 1 of the specimens (`df_r` where they vary no
    more than repeats do), `df_bias` of the systematic part. Raises CompositeError for a specimen without a repeat or
    values that are not finite.
    """
    if not specimens or any(not len(one) or not np.isfinite(one).all() for one in specimens):
        raise CompositeError(
            "specimens", "each needs at least one finite repeat", "Leave out what was not measured"
        )
    means = np.array([np.mean(one) for one in specimens])
    m, n = len(means), min(len(one) for one in specimens)
    repeated = s_r / np.sqrt(m * n)
    as_they_are = float(np.hypot(repeated, u_bias))
    if m == 1:
        df = _effective(as_they_are, np.array([repeated, u_bias]), np.array([df_r, df_bias]))
        return ProductResult(float(means[0]), float("nan"), 1, df, as_they_are)
    spread = float(means.std(ddof=1)) / np.sqrt(m)
    random, df_random = (spread, float(m - 1)) if spread > repeated else (repeated, df_r)
    u = float(np.hypot(random, u_bias))
    df = _effective(u, np.array([random, u_bias]), np.array([df_random, df_bias]))
    return ProductResult(float(means.mean()), u, m, df, as_they_are)


def critical_range(s_r: float, repeats: int = 2) -> float:
    """The range that so many repeats stay within with 95 % probability: r = 2.8 s_r of two (ISO 5725-6:1994).

    More than 10 repeats have the factor of 10. Raises CompositeError for fewer than two.
    """
    if repeats < 2:
        raise CompositeError("repeats", f"{repeats} has no range", "Measure at least twice")
    return _RANGES[min(repeats, 10) - 2] * s_r


def repeats_disagree(repeats: Sequence[float], s_r: float) -> bool:
    """Whether repeats differ by more than their critical range, of two the repeatability limit r = 2.8 s_r: the test is
    to be repeated."""
    return float(np.ptp(repeats)) > critical_range(s_r, len(repeats))


@dataclass(frozen=True, slots=True)
class Agreement:
    """Spearman's correlation of tested with perceived quality over products, its interval, and the correlation without
    both errors (r / √(rel·rel)); NaN where it would exceed what the reliabilities allow to be computed."""

    products: int
    correlation: float
    low: float
    high: float
    disattenuated: float


def _correlations(x: Array, y: Array) -> Array:
    """Pearson's of each row of x with that of y (rows,); NaN where either does not vary."""
    x, y = (one - one.mean(axis=1, keepdims=True) for one in (x, y))
    spread = np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1))
    made = np.full(len(x), np.nan)
    np.divide((x * y).sum(axis=1), spread, out=made, where=spread > 0)
    return made


def against_perceived(
    tested: Array, perceived: Array, u_tested: Array, se_perceived: Array, seed: int, replicates: int = 2000,
    level: float = 0.95,
) -> Agreement | None:  # fmt: skip
    """How test results go with what customers say, over products; None below 10 products.

    Percentile interval of a bootstrap over products. rel = 1 - mean(u²)/variance; where it is not positive there is no
    correlation without error.
    """
    if len(tested) < _PRODUCTS:
        return None
    from scipy.stats import rankdata, spearmanr  # late: half a second

    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, len(tested), (replicates, len(tested)))
    found = _correlations(*(rankdata(one[drawn], axis=1) for one in (tested, perceived)))
    low, high = np.nanquantile(found, [0.5 - level / 2, 0.5 + level / 2])
    rho = float(spearmanr(tested, perceived).statistic)
    reliable = _reliability(tested, u_tested) * _reliability(perceived, se_perceived)
    whole = rho / np.sqrt(reliable) if reliable > 0 else np.nan
    return Agreement(len(tested), rho, float(low), float(high), float(np.clip(whole, -1, 1)))


def _reliability(values: Array, errors: Array) -> float:
    return max(0.0, 1 - float(np.mean(errors**2)) / float(np.var(values, ddof=1)))
