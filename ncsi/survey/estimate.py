"""Means, totals, ratios and proportions by domain, with linearised errors and t intervals of the design.

Checked against R `survey` 4.5 on the API data. Sources: Särndal et al. (1992) §5.5; Lumley (2010) §2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from ncsi.errors import InputError
from ncsi.survey.columns import design_of
from ncsi.survey.design import Design, Floats, Lonely
from ncsi.survey.domains import Domains, domains_of, simple_random_variance, values_of
from ncsi.survey.proportion import Interval, interval_of

By = str | Sequence[str] | None


def survey_mean(
    frame: pd.DataFrame,
    variables: str | Sequence[str],
    weights: str | None = None,
    strata: str | None = None,
    clusters: str | Sequence[str] | None = None,
    fpc: str | None = None,
    by: By = None,
    lonely: Lonely = "error",
    level: float = 0.95,
    design: Design | None = None,
) -> pd.DataFrame:
    """Weighted means with design-based errors: *by, variable, n, estimate, se, low, high, df, deff, n_eff.

    Rows with a missing value of a variable are left out of that variable as a domain (the design keeps them).
    `design` (of the same rows) replaces the four columns. `deff` compares with a simple random sample without
    replacement from a population of Σw; n_eff = n/deff; both are null where the variable does not vary.
    Intervals use t with the domain's clusters less strata. Raises InputError as `design_of` does.
    """
    own = design or design_of(frame, weights, strata, clusters, fpc, lonely)
    tables = [_mean(frame, name, own, by, level) for name in _names(variables)]
    return pd.concat(tables, ignore_index=True)


def survey_total(
    frame: pd.DataFrame, variables: str | Sequence[str], design: Design, by: By = None, level: float = 0.95
) -> pd.DataFrame:
    """Weighted totals: columns as `survey_mean`; deff compares with Σw times the mean of a simple random sample."""
    tables = []
    for name in _names(variables):
        y = values_of(frame, name)
        cells = domains_of(frame, by, np.isfinite(y) & (design.weights > 0))
        y = np.nan_to_num(y)
        w = cells.sums(design.weights)
        simple = simple_random_variance(cells, y, design.weights) * w**2
        estimate = cells.sums(design.weights * y)
        tables.append(_table(cells, name, estimate, cells.variances(design, y), simple, design, level))
    return pd.concat(tables, ignore_index=True)


def survey_ratio(
    frame: pd.DataFrame,
    numerator: str,
    denominator: str,
    design: Design,
    by: By = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Σwy/Σwx as variable "y/x"; deff and n_eff are null. Raises InputError where a domain's Σwx is 0."""
    y, x = values_of(frame, numerator), values_of(frame, denominator)
    cells = domains_of(frame, by, np.isfinite(y) & np.isfinite(x) & (design.weights > 0))
    y, x = np.nan_to_num(y), np.nan_to_num(x)
    below = cells.sums(design.weights * x)
    if (below == 0).any():
        raise InputError(
            f"ratio {numerator}/{denominator}", "a domain's denominator is 0", "Leave that domain out"
        )
    ratio = cells.sums(design.weights * y) / below
    influence = (y - cells.spread(ratio) * x) / cells.spread(below)
    name, none = f"{numerator}/{denominator}", np.zeros(cells.size)
    return _table(cells, name, ratio, cells.variances(design, influence), none, design, level)


def survey_proportion(
    frame: pd.DataFrame,
    variable: str,
    design: Design,
    by: By = None,
    interval: Interval = "logit",
    level: float = 0.95,
) -> pd.DataFrame:
    """Share (0-1) of each category of a variable: as `survey_mean`, with the column `category`.

    `interval`: logit (stays within 0-1), beta (Korn and Graubard 1998) or mean (t).
    """
    values_of(frame, variable)
    answered = frame[variable].notna()
    tables = []
    for category in sorted(frame.loc[answered, variable].unique().tolist()):
        is_it = (frame[variable] == category).astype(float).where(answered)
        one = _mean(frame.assign(**{variable: is_it}), variable, design, by, level)
        ends = [
            interval_of(interval, share, se, n, df, level)
            for share, se, n, df in zip(one["estimate"], one["se"], one["n"], one["df"], strict=True)
        ]
        low, high = zip(*ends, strict=True)
        tables.append(one.assign(category=category, low=low, high=high))
    return pd.concat(tables, ignore_index=True)


def _mean(frame: pd.DataFrame, name: str, design: Design, by: By, level: float) -> pd.DataFrame:
    y = values_of(frame, name)
    cells = domains_of(frame, by, np.isfinite(y) & (design.weights > 0))
    y = np.nan_to_num(y)
    total = cells.sums(design.weights)
    mean = cells.sums(design.weights * y) / total
    influence = (y - cells.spread(mean)) / cells.spread(total)
    variance = cells.variances(design, influence)
    simple = simple_random_variance(cells, y, design.weights)
    return _table(cells, name, mean, variance, simple, design, level)


def _table(
    cells: Domains,
    name: str,
    estimate: Floats,
    variance: Floats,
    simple: Floats,
    design: Design,
    level: float,
) -> pd.DataFrame:
    df = cells.degrees_of_freedom(design)
    se = np.sqrt(np.maximum(variance, 0.0))
    # A domain of one cluster has no interval; a variable that does not vary no design effect.
    half = se * stats.t.ppf((1 + level) / 2, np.where(df > 0, df, np.nan))
    deff = np.divide(variance, simple, out=np.full(cells.size, np.nan), where=simple > 0)
    n = cells.counts()
    n_eff = np.divide(n, deff, out=np.full(cells.size, np.nan), where=deff > 0)
    figures: dict[str, Any] = {
        "variable": name,
        "n": n,
        "estimate": estimate,
        "se": se,
        "low": estimate - half,
        "high": estimate + half,
        "df": df,
        "deff": deff,
        "n_eff": n_eff,
    }
    return cells.keys.assign(**figures)


def _names(variables: str | Sequence[str]) -> list[str]:
    return [variables] if isinstance(variables, str) else list(variables)
