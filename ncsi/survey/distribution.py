"""Spread, quantiles, association and regression of survey variables, with errors of the design.

Sources: Woodruff, JASA 47 (1952), for quantiles; Rao and Scott, Annals of Statistics 12 (1984), for two-way
tables; Binder, International Statistical Review 51 (1983), for regression.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.linalg import null_space
from scipy.special import fdtrc, stdtrit

from ncsi.errors import InputError, ModelError
from ncsi.survey.design import Design
from ncsi.survey.domains import answered, values_of


@dataclass(frozen=True, slots=True)
class Association:
    """Rao-Scott F test of independence: the statistic, its degrees of freedom, its p value."""

    f: float
    df_numerator: float
    df_denominator: float
    p: float


def survey_variance(frame: pd.DataFrame, variable: str, design: Design) -> tuple[float, float]:
    """Estimated population variance n/(n-1) Σw(y-ȳ)²/Σw and its standard error."""
    y, w = answered(values_of(frame, variable), design)
    n, total = np.count_nonzero(w), w.sum()
    squares = (y - (w @ y) / total) ** 2 * n / (n - 1)
    variance = float(w @ squares) / total
    influence = np.where(w > 0, squares - variance, 0.0) / total
    return variance, float(np.sqrt(design.covariance(influence[:, None])[0, 0]))


def survey_quantile(
    frame: pd.DataFrame, variable: str, design: Design, shares: Sequence[float], level: float = 0.95
) -> pd.DataFrame:
    """Quantiles (share, estimate, se, low, high): the smallest answer that a share of the weight does not exceed.

    Woodruff's interval: that of the distribution function at the estimate (t), turned back into answers.
    """
    y, w = answered(values_of(frame, variable), design)
    t = float(stdtrit(design.degrees_of_freedom(), (1 + level) / 2))
    order = np.argsort(y[w > 0], kind="stable")
    sorted_y = y[w > 0][order]
    below = np.cumsum(w[w > 0][order]) / w.sum()

    def inverse(share: float) -> float:
        position = int(np.searchsorted(below, share * (1 - 1e-12)))
        return float(sorted_y[min(position, len(sorted_y) - 1)])

    rows = []
    for share in shares:
        estimate = inverse(share)
        reached = float(w @ (y <= estimate)) / w.sum()
        is_below = np.where(w > 0, (y <= estimate) - reached, 0.0) / w.sum()
        half = t * float(np.sqrt(design.covariance(is_below[:, None])[0, 0]))
        low, high = inverse(reached - half), inverse(reached + half)
        rows.append(
            {"share": share, "estimate": estimate, "se": (high - low) / (2 * t), "low": low, "high": high}
        )
    return pd.DataFrame(rows)


def survey_regression(
    frame: pd.DataFrame, outcome: str, predictors: Sequence[str], design: Design
) -> pd.DataFrame:
    """Weighted least squares with an intercept: term, estimate, se (sandwich of the design).

    Raises ModelError when predictors are collinear.
    """
    columns = [np.ones(len(frame)), *(values_of(frame, name) for name in predictors)]
    whole = np.column_stack([values_of(frame, outcome), *columns])
    inside = np.isfinite(whole).all(axis=1) & (design.weights > 0)
    whole = np.where(inside[:, None], whole, 0.0)
    y, x, w = whole[:, 0], whole[:, 1:], design.weights
    bread = x.T @ (w[:, None] * x)
    if np.linalg.matrix_rank(bread) < bread.shape[0]:
        raise ModelError(f"regression of {outcome}: predictors are collinear. Leave one of them out.")
    inverse = np.linalg.inv(bread)
    slopes = inverse @ (x.T @ (w * y))
    influence = (x * (y - x @ slopes)[:, None]) @ inverse
    se = np.sqrt(np.diag(design.covariance(influence)))
    return pd.DataFrame({"term": ["intercept", *predictors], "estimate": slopes, "se": se})


def survey_association(frame: pd.DataFrame, row: str, column: str, design: Design) -> Association:
    """Whether two categorical variables depend on each other: the second-order Rao-Scott F test.

    Raises InputError when a variable has fewer than two categories among the rows with a weight.
    """
    both = frame[[row, column]].notna().all(axis=1).to_numpy() & (design.weights > 0)
    codes = [pd.factorize(frame[name].where(both), sort=True) for name in (row, column)]
    r, c = (len(labels) for _, labels in codes)
    if min(r, c) < 2:
        raise InputError(f"association of {row} and {column}", "one has a single category", "Use others")
    w = np.where(both, design.weights, 0.0)
    cell = np.where(both, codes[0][0] * c + codes[1][0], 0)
    indicators = np.eye(r * c)[cell] * both[:, None]
    p = (w @ indicators) / w.sum()
    if (p == 0).any():
        raise InputError(
            f"association of {row} and {column}", "a cell of the table is empty", "Join rare categories"
        )
    influence = np.where(both[:, None], indicators - p, 0.0) / w.sum()
    contrasts = np.kron(null_space(np.ones((1, r))), null_space(np.ones((1, c)))) / p[:, None]
    n = int(both.sum())
    simple = contrasts.T @ (np.diag(p) - np.outer(p, p)) @ contrasts / n
    effects = np.linalg.solve(simple, contrasts.T @ design.covariance(influence) @ contrasts)
    expected = np.outer(p.reshape(r, c).sum(axis=1), p.reshape(r, c).sum(axis=0)).ravel()
    pearson = n * float(((p - expected) ** 2 / expected).sum())
    trace = float(np.trace(effects))
    df = trace**2 / float(np.trace(effects @ effects))
    below = df * design.degrees_of_freedom(both)
    return Association(pearson / trace, df, below, float(fdtrc(df, below, pearson / trace)))
