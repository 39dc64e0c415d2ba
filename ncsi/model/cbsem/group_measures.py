"""Fit measures of a model of means and covariances, of one group or of several, by lavaan's definitions."""

from __future__ import annotations

import numpy as np
from scipy.special import chdtrc

from ncsi.arrays import Array
from ncsi.model.cbsem.answers import fitted
from ncsi.model.cbsem.casewise import Answered
from ncsi.model.cbsem.fit_measures import comparative, rmsea
from ncsi.model.cbsem.problem import Point
from ncsi.model.cbsem.saturated import independent


def measures_of(answered: Answered, point: Point) -> dict[str, float]:
    """Fit measures, the means counted among moments and parameters.

    χ² = n·F; the baseline has free variances and means in each group; RMSEA times √groups; SRMR the groups' mean, over
    covariances and means.
    """
    problem, n = answered.problem, answered.n
    groups, p, npar = len(problem.parts), len(problem.structure.order), len(problem.labels)
    df, base_df = groups * (p * (p + 1) // 2 + p) - npar, groups * p * (p - 1) // 2
    chisq = n * max(point.value, 0.0)
    base = n * (_independence(answered) - problem.best)
    given = sum(one.share * (one.answers.share @ one.answers.mask) for one in problem.parts)
    unit = float(given @ (np.log(2 * np.pi) + 2 * np.log(answered.sd)))
    logl = -0.5 * n * (point.value + problem.best + unit)
    return {
        "chisq": chisq,
        "df": float(df),
        "pvalue": float(chdtrc(df, chisq)) if df else 1.0,
        "baseline.chisq": base,
        "baseline.df": float(base_df),
        **comparative(chisq, df, base, base_df),
        **rmsea(chisq, df, n, groups),
        "srmr": float(sum(one.share * _srmr(answered, point, k) for k, one in enumerate(problem.parts))),
        "logl": logl,
        "npar": float(npar),
        "aic": 2 * npar - 2 * logl,
        "bic": np.log(n) * npar - 2 * logl,
    }


def _independence(answered: Answered) -> float:
    """What the discrepancy would be, before `best`, if no items went together."""
    values = []
    for part in answered.problem.parts:
        mean, variance = independent(part.answers)
        values.append(part.share * fitted(part.answers, mean, np.diag(variance)).value)
    return float(sum(values))


def _srmr(answered: Answered, point: Point, k: int) -> float:
    cov, mean = answered.saturated.covs[k], answered.saturated.means[k]
    sd = np.sqrt(np.diag(cov))
    covariances = ((cov - point.moments[k].sigma) / np.outer(sd, sd))[np.tril_indices(len(cov))]
    means: Array = (mean - point.against[k].mean) / sd
    return float(np.sqrt(np.mean(np.concatenate([covariances, means]) ** 2)))
