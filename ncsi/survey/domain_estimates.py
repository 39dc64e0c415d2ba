"""Means, totals, ratios, proportions and differences by domain, with errors of the design and t intervals.

Errors are linearised, or come from replicate weights. Checked against R `survey` 4.5 on the API data and 4.1.1 on a
synthetic survey. Sources: Särndal et al. (1992) §5.5 and §5.8; Lumley (2010) §2.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from ncsi.errors import InputError
from ncsi.kinds import of_kind
from ncsi.survey.design import Design, Floats, Lonely
from ncsi.survey.design_columns import design_of, require_same_rows
from ncsi.survey.domains import (
    Domains,
    column_of,
    domains_of,
    require_level,
    simple_random_variances,
    values_of,
)
from ncsi.survey.proportion import Interval, interval_of
from ncsi.survey.replicate_weights import ReplicateDesign, Replicates, replicates_of

By = str | Sequence[str] | None
Sampling = Design | ReplicateDesign
ROUNDING = 64 * float(np.finfo(float).eps)


@of_kind
def survey_mean(
    frame: pd.DataFrame,
    variables: str | Sequence[str],
    weights: str | None = None,
    strata: str | None = None,
    clusters: str | Sequence[str] | None = None,
    fpc: str | Sequence[str] | None = None,
    by: By = None,
    lonely: Lonely = "error",
    level: float = 0.95,
    design: Sampling | None = None,
    replicates: Replicates | pd.DataFrame | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Weighted means by design: *by, variable, n, estimate, se, low, high, df, deff, deff_replace, n_eff.

    Rows with a missing value of a variable are left out of that variable as a domain (the design keeps them).
    `design` (of the same rows) replaces the four columns. With `replicates` (weights as `replicates_of` makes them,
    or a frame or columns of bootstrap weights) errors come from them instead of strata, clusters and fpc.
    `deff` compares with a simple random sample without replacement from a population of Σw, `deff_replace` with one
    with replacement; n_eff = n/deff; they are null where the variable does not vary. Intervals use t with the
    domain's clusters less strata; with replicates, with the degrees of freedom that these have. Raises InputError
    as `design_of` and `replicates_of` do.
    """
    own = design or _sampling(frame, weights, strata, clusters, fpc, lonely, replicates)
    tables = [_ratio(frame, name, name, None, own, by, level) for name in _names(variables)]
    return pd.concat(tables, ignore_index=True)


@of_kind
def survey_total(
    frame: pd.DataFrame, variables: str | Sequence[str], design: Sampling, by: By = None, level: float = 0.95
) -> pd.DataFrame:
    """Weighted totals: columns as `survey_mean`; deff compares with Σw times the mean of a simple random sample."""
    tables = []
    for name in _names(variables):
        y = values_of(frame, name)
        cells = domains_of(frame, by, np.isfinite(y) & (design.weights > 0))
        y = np.nan_to_num(y)
        estimate = cells.sums(design.weights * y)
        if isinstance(design, Design):
            variance = cells.variances(design, y)
        else:
            own = design.replicates
            variance = own.variances(cells.replicate_sums(y, own.weights), estimate)
        factor = cells.sums(design.weights) ** 2
        simple = [one * factor for one in simple_random_variances(cells, y, design.weights)]
        tables.append(_table(cells, name, estimate, variance, simple, design, level))
    return pd.concat(tables, ignore_index=True)


@of_kind
def survey_ratio(
    frame: pd.DataFrame,
    numerator: str,
    denominator: str,
    design: Sampling,
    by: By = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Σwy/Σwx as variable "y/x": columns as `survey_mean`; deff is that of the residuals' mean (Särndal §5.6).

    Raises InputError where a domain's Σwx is 0.
    """
    return _ratio(frame, f"{numerator}/{denominator}", numerator, denominator, design, by, level)


@of_kind
def survey_proportion(
    frame: pd.DataFrame,
    variable: str,
    design: Sampling,
    by: By = None,
    interval: Interval = "logit",
    level: float = 0.95,
) -> pd.DataFrame:
    """Share (0-1) of each category of a variable: as `survey_mean`, with the column `category`.

    `interval`: logit (stays within 0-1), beta (Korn and Graubard 1998) or mean (t).
    """
    column_of(frame, variable)
    answered = frame[variable].notna()
    tables = []
    for category in sorted(frame.loc[answered, variable].unique().tolist()):
        is_it = (frame[variable] == category).astype(float).where(answered)
        one = _ratio(frame.assign(**{variable: is_it}), variable, variable, None, design, by, level)
        ends = [
            interval_of(interval, share, se, n, df, level)
            for share, se, n, df in zip(one["estimate"], one["se"], one["n"], one["df"], strict=True)
        ]
        low, high = zip(*ends, strict=True)
        tables.append(one.assign(category=category, low=low, high=high))
    return pd.concat(tables, ignore_index=True)


@of_kind
def survey_difference(
    frame: pd.DataFrame,
    variable: str,
    design: Sampling,
    by: str,
    between: tuple[Any, Any] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Differences of domain means, first less second: variable, first, second, estimate, se, low, high, df, p.

    The domains are the values of the column `by`: all pairs in their order, or the one pair `between`. The error
    takes account of clusters that both domains share. t uses the clusters less strata of both domains; with
    replicates, the degrees of freedom that these have. Raises InputError for a domain without answers.
    """
    require_level(level)
    y = values_of(frame, variable)
    cells = domains_of(frame, by, np.isfinite(y) & (design.weights > 0))
    y, keys = np.nan_to_num(y), cells.keys[by].tolist()
    for key in between or ():
        if key not in keys:
            raise InputError(
                f"difference of {variable}", f"no row of {by} '{key}' has an answer", "Name another domain"
            )
    mean = cells.sums(design.weights * y) / cells.sums(design.weights)
    covariance = _covariance_of_means(cells, y, mean, design)
    rows = []
    for one, other in [between] if between else combinations(keys, 2):
        i, j = keys.index(one), keys.index(other)
        se = float(np.sqrt(max(covariance[i, i] + covariance[j, j] - 2 * covariance[i, j], 0.0)))
        df = _degrees_of_freedom(design, cells.inside(i) | cells.inside(j))
        apart = float(mean[i] - mean[j])
        half = se * float(stdtrit(df, (1 + level) / 2)) if df > 0 else np.nan
        p = 2 * float(stdtr(df, -abs(apart) / se)) if df > 0 and se > 0 else np.nan
        ends = {"low": apart - half, "high": apart + half}
        row = {"variable": variable, "first": one, "second": other, "estimate": apart, "se": se}
        rows.append({**row, **ends, "df": df, "p": p})
    return pd.DataFrame(rows)


def _covariance_of_means(cells: Domains, y: Floats, mean: Floats, design: Sampling) -> Floats:
    """Covariance (D, D) of the domains' means."""
    if isinstance(design, Design):
        residual = (y - cells.spread(mean)) / cells.spread(cells.sums(design.weights))
        inside = np.column_stack([cells.inside(k) for k in range(cells.size)])
        return design.covariance(residual[:, None] * inside)
    own = design.replicates
    means = _replicate_ratios(cells, y, np.ones(len(y)), own)
    return own.covariance(means, mean if own.mse else None)


def _ratio(
    frame: pd.DataFrame,
    name: str,
    numerator: str,
    denominator: str | None,
    design: Sampling,
    by: By,
    level: float,
) -> pd.DataFrame:
    """Σwy/Σwx by domain; without a denominator x is 1, and the ratio a mean."""
    y = values_of(frame, numerator)
    x = np.ones(len(frame)) if denominator is None else values_of(frame, denominator)
    cells = domains_of(frame, by, np.isfinite(y) & np.isfinite(x) & (design.weights > 0))
    y, x = np.nan_to_num(y), np.nan_to_num(x)
    below = cells.sums(design.weights * x)
    if (below == 0).any():
        raise InputError(f"ratio {name}", "a domain's denominator is 0", "Leave that domain out")
    ratio = cells.sums(design.weights * y) / below
    residual = y - cells.spread(ratio) * x
    if isinstance(design, Design):
        variance = cells.variances(design, residual / cells.spread(below))
    else:
        own = design.replicates
        variance = own.variances(_replicate_ratios(cells, y, x, own), ratio)
    relative = residual / cells.spread(below / cells.sums(design.weights))
    simple = simple_random_variances(cells, relative, design.weights)
    return _table(cells, name, ratio, variance, simple, design, level)


def _replicate_ratios(cells: Domains, y: Floats, x: Floats, replicates: Replicates) -> Floats:
    """Σwy/Σwx (R, D) of each replicate; null where it leaves a domain without weight."""
    W = replicates.weights
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(cells.replicate_sums(y, W) / cells.replicate_sums(x, W))


def _table(
    cells: Domains,
    name: str,
    estimate: Floats,
    variance: Floats,
    simple: Sequence[Floats],
    design: Sampling,
    level: float,
) -> pd.DataFrame:
    """`simple`: variances of simple random samples without and with replacement."""
    require_level(level)
    if isinstance(design, Design):
        df = cells.degrees_of_freedom(design)
    else:
        df = np.full(cells.size, design.replicates.degrees_of_freedom())
    # What rounding leaves of a variance that the design makes zero is not a variance, and gives no n_eff.
    variance = np.where(variance <= ROUNDING * simple[1], 0.0, np.maximum(variance, 0.0))
    se = np.sqrt(variance)
    # A domain of one cluster has no interval; a variable that does not vary no design effect.
    half = se * stdtrit(np.where(df > 0, df, np.nan), (1 + level) / 2)
    deff, deff_replace = (
        np.divide(variance, one, out=np.full(cells.size, np.nan), where=one > 0) for one in simple
    )
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
        "deff_replace": deff_replace,
        "n_eff": n_eff,
    }
    return cells.keys.assign(**figures)


def _degrees_of_freedom(design: Sampling, inside: NDArray[np.bool_]) -> int:
    if isinstance(design, Design):
        return design.degrees_of_freedom(inside)
    return design.replicates.degrees_of_freedom()


def _sampling(
    frame: pd.DataFrame,
    weights: str | None,
    strata: str | None,
    clusters: str | Sequence[str] | None,
    fpc: str | Sequence[str] | None,
    lonely: Lonely,
    replicates: Replicates | pd.DataFrame | Sequence[str] | None,
) -> Sampling:
    if replicates is None:
        return design_of(frame, weights, strata, clusters, fpc, lonely)
    if strata or clusters or fpc:
        raise InputError(
            "survey estimate",
            "replicates are given beside strata, clusters or fpc",
            "Give one or the other: replicate weights hold the design already",
        )
    if isinstance(replicates, pd.DataFrame):
        require_same_rows("replicate weights", replicates.index, frame)
        replicates = replicates_of(replicates)
    elif not isinstance(replicates, Replicates):
        replicates = replicates_of(frame, replicates)
    return ReplicateDesign(design_of(frame, weights).weights, replicates)


def _names(variables: str | Sequence[str]) -> list[str]:
    names = [variables] if isinstance(variables, str) else list(variables)
    if not names:
        raise InputError("survey estimate", "no variable is named", "Name a column of the frame, or several")
    return names
