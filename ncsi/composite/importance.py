"""How much each indicator moves the index: S_i = Var(E[y | x_i]) / Var(y), against the weight it was given.

Paruolo, Saisana & Saltelli (2013, J. R. Stat. Soc. A 176:609); split into correlated and uncorrelated parts after
Becker et al. (2017, Ecol. Indic. 80:12). E[y | x] is estimated by a line, a parabola and a penalised spline.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

from ncsi.arrays import Array
from ncsi.errors import ModelError

MOST_FUNCTIONS = 10
"""B-splines of the penalised spline, fewer where there are fewer different values."""
FEWEST_VALUES = 5
"""Different values that a spline needs; with fewer, the parabola stands for it."""


@dataclass(frozen=True, slots=True)
class Importance:
    """`table`: code, weight (global), s_linear, s_quadratic, s_spline (each in [0, 1], NaN for an indicator that does
    not vary), s_uncorrelated_linear and s_uncorrelated (line and spline on what the other indicators leave of x_i; NaN
    where they leave nothing), s_correlated = s_spline − s_uncorrelated, share = s_spline over its sum, gap = share −
    weight. `n` units, `largest_gap` = max |gap|."""

    table: pd.DataFrame
    n: int
    largest_gap: float


def importance(indicators: pd.DataFrame, index: pd.Series, weights: pd.Series) -> Importance:
    """Importance of `indicators` (units × leaves, normalised) for `index` (units); `weights` are global, by code.

    Units that lack a score are left out. Raises ModelError with fewer than five units left, and for an index that
    does not vary.
    """
    complete = pd.concat([indicators, index.rename("index")], axis=1).dropna()
    y = complete["index"].to_numpy(dtype=np.float64)
    if len(y) < FEWEST_VALUES:
        raise ModelError(
            f"importance: {len(y)} units have all indicators, {FEWEST_VALUES} are needed. Impute first."
        )
    if np.ptp(y) <= 1e-12 * np.abs(y).max():
        raise ModelError("importance: the index is the same for all units, so nothing explains it.")
    X = complete[indicators.columns].to_numpy(dtype=np.float64)
    rest = _left_by_others(X)
    nothing = (rest**2).sum(axis=0) <= 1e-16 * ((X - X.mean(axis=0)) ** 2).sum(axis=0)
    rest[:, nothing] = np.nan
    table = pd.DataFrame(
        {
            "code": indicators.columns, "weight": weights[indicators.columns].to_numpy(dtype=np.float64),
            "s_linear": [polynomial_share(x, y, 1) for x in X.T],
            "s_quadratic": [polynomial_share(x, y, 2) for x in X.T],
            "s_spline": [spline_share(x, y) for x in X.T],
            "s_uncorrelated_linear": [polynomial_share(x, y, 1) for x in rest.T],
            "s_uncorrelated": [spline_share(x, y) for x in rest.T],
        }
    )  # fmt: skip
    table["s_correlated"] = table["s_spline"] - table["s_uncorrelated"]
    table["share"] = table["s_spline"] / table["s_spline"].sum()
    table["gap"] = table["share"] - table["weight"]
    return Importance(table, len(y), float(table["gap"].abs().max()))


def _left_by_others(X: Array) -> Array:
    """Residuals (n, p) of each column's regression on all others."""
    centred = X - X.mean(axis=0)
    rest: Array = np.empty_like(centred)
    for i in range(X.shape[1]):
        others = np.delete(centred, i, axis=1)
        rest[:, i] = centred[:, i] - others @ np.linalg.lstsq(others, centred[:, i], rcond=1e-10)[0]
    return rest


def polynomial_share(x: Array, y: Array, degree: int) -> float:
    """R² of the polynomial of `degree` in x; NaN where x does not vary."""
    if not np.ptp(x) > 0:
        return np.nan
    scaled = (x - x.mean()) / x.std()
    basis, _ = np.linalg.qr(np.vander(scaled, degree + 1))
    return _share(basis @ (basis.T @ y), y)


def spline_share(x: Array, y: Array) -> float:
    """Var(ŷ) / Var(y) of a cubic spline in x, its penalty chosen by REML; NaN where x does not vary. Fewer than five
    different values give a parabola."""
    if not np.ptp(x) > 0:
        return np.nan
    values = len(np.unique(x))
    if values < FEWEST_VALUES:
        return polynomial_share(x, y, min(2, values - 1))
    return _share(penalised_spline(x, y), y)


def _share(fitted: Array, y: Array) -> float:
    return float(min(fitted.var() / y.var(), 1.0))


def penalised_spline(x: Array, y: Array) -> Array:
    """Fitted values (n,) of a cubic P-spline (second-order differences; Eilers & Marx 1996), its penalty by REML."""
    fixed, random = _mixed_model(x)
    basis, _ = np.linalg.qr(fixed)
    inner = random - basis @ (basis.T @ random)
    left, singular, _ = np.linalg.svd(inner, full_matrices=False)
    residual = y - basis @ (basis.T @ y)
    projected, d = left.T @ residual, singular**2
    outside = max(float(residual @ residual - projected @ projected), 0.0)
    freedom = len(y) - fixed.shape[1]

    def deviance(log_ratio: float) -> float:
        spread = 1 + np.exp(log_ratio) * d
        quadratic = (projected**2 / spread).sum() + outside
        return float(freedom * np.log(max(quadratic, 1e-300)) + np.log(spread).sum())

    best = minimize_scalar(deviance, bounds=(-20, 20), method="bounded", options={"xatol": 1e-6}).x
    gain = np.exp(best) * d
    return np.asarray(basis @ (basis.T @ y) + left @ (gain / (1 + gain) * projected))


def _mixed_model(x: Array) -> tuple[Array, Array]:
    """The spline as a mixed model: unpenalised part (n, 2), and penalised part (n, k − 2) with unit penalty."""
    from scipy.interpolate import BSpline  # late: an eighth of a second

    scaled = (x - x.min()) / np.ptp(x)
    k = int(min(MOST_FUNCTIONS, len(np.unique(x)) - 1))
    inner = np.linspace(0, 1, k - 2)
    step = inner[1]
    knots = np.concatenate([inner[0] + step * np.arange(-3, 0), inner, inner[-1] + step * np.arange(1, 4)])
    basis = BSpline.design_matrix(scaled, knots, 3).toarray()
    difference = np.diff(np.eye(k), n=2, axis=0)
    sizes, vectors = np.linalg.eigh(difference.T @ difference)
    penalised = sizes > 1e-10 * sizes.max()
    fixed = np.column_stack([np.ones_like(scaled), scaled])
    return fixed, basis @ vectors[:, penalised] / np.sqrt(sizes[penalised])
