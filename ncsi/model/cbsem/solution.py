"""Covariance SEM of an instrument by maximum likelihood, from moments."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ncsi.arrays import Array
from ncsi.errors import NotConverged
from ncsi.model.cautions import Caution
from ncsi.model.cbsem.casewise import Answered
from ncsi.model.cbsem.checks import cautions_of, check_freedom, check_identified, check_moments, nearly_one
from ncsi.model.cbsem.estimates import estimates
from ncsi.model.cbsem.fit_measures import fit_measures
from ncsi.model.cbsem.likelihood import expected_hessian, implied
from ncsi.model.cbsem.optimum import Optimum, polish
from ncsi.model.cbsem.parameters import Layout, layout
from ncsi.model.cbsem.problem import OneGroup
from ncsi.model.cbsem.robust import Influence, sandwich, scaled
from ncsi.model.cbsem.semopy_start import Structure, start

if TYPE_CHECKING:
    from ncsi.spec.instrument import Instrument


Missing = Literal["two_stage", "fiml"]
"""Missing answers: moments by EM first and the model from these, or the likelihood of every answer given."""


@dataclass(frozen=True, slots=True)
class CbsemFit:
    """A covariance SEM at its proven optimum.

    `estimates`: lhs, op (`=~`, `~`, `~~`), rhs, estimate, se, z, p, std (completely standardised), std_se,
    one row per parameter; se, z and p are NaN where the value is fixed. `fit_measures`: value by measure, lavaan's
    definitions; with `robust` standard errors also chisq_scaled, pvalue_scaled, scaling, cfi_robust, tli_robust,
    rmsea_robust. `n` respondents. `warnings`: Heywood cases and what is not separable, typed. `gradient_norm`: largest
    |∂F/∂θ| at the optimum in correlation metric. `cov` and `mean` are what was fitted, by item; where every answer
    given counts (`missing` "fiml"), the saturated model's covariances and this one's means. `solution` and what the
    errors stand on, `influence` or `answered`, are what residuals and modification indices are made of.
    """

    estimates: pd.DataFrame
    fit_measures: pd.Series
    n: float
    robust: bool
    warnings: tuple[Caution, ...]
    gradient_norm: float
    cov: pd.DataFrame
    mean: pd.Series | None
    missing: Missing
    solution: Solution = field(repr=False, compare=False)
    influence: Influence | None = field(repr=False, compare=False)
    answered: Answered | None = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Solution:
    """What a fit found before it is put in tables; matrices in correlation metric, `sd` in item order."""

    layout: Layout
    structure: Structure
    optimum: Optimum
    sample: Array
    sd: Array


def fit_cbsem_moments(
    cov: ArrayLike, mean: ArrayLike | None, n: float, inst: Instrument, influence: Influence | None = None
) -> CbsemFit:
    """Fit `inst` to a covariance matrix by maximum likelihood; the cost does not depend on `n`.

    `cov`: items × items in the instrument's item order, divided by n (not n−1), as lavaan has it; weighted or
    EM moments are welcome. `mean`: item means, kept and not modelled. `n`: respondents. Standard errors come
    from the expected information, or, given every respondent's `influence` on the moments, from the sandwich.
    Raises ModelError (constant or dependent items, too few respondents, not identified) and NotConverged.
    Source: Jöreskog (1969); lavaan 0.6 conventions, docs/method.md §5.
    """
    matrix = np.asarray(cov, dtype=np.float64)
    means = None if mean is None else np.asarray(mean, dtype=np.float64)
    solution = solve(matrix, means, n, inst)
    if influence is None:
        return tabulate(solution, np.linalg.inv(0.5 * n * solution.optimum.expected), matrix, mean, n, inst)
    robust = sandwich(solution.structure, solution.optimum, solution.sample, influence)
    fit = tabulate(solution, robust.variance, matrix, mean, n, inst)
    measures = pd.concat([fit.fit_measures, scaled(fit.fit_measures, n, robust)])
    return replace(fit, robust=True, fit_measures=measures, influence=influence)


def solve(cov: Array, mean: Array | None, n: float, inst: Instrument) -> Solution:
    """Check, start with semopy, polish; works on correlations so that scales cannot matter."""
    check_moments(cov, mean, n, inst)
    plan = layout(inst)
    sd = np.sqrt(np.diag(cov))
    correlation = cov / np.outer(sd, sd)
    structure, theta = start(plan, correlation, n)
    check_freedom(plan, structure, inst)
    sample = correlation[np.ix_(structure.order, structure.order)]
    first = implied(structure, theta)
    if first is not None:
        check_identified(plan, structure, expected_hessian(structure, first), inst)
    try:
        optimum = polish(OneGroup(structure, sample, labels_of(plan, structure)), theta)
    except NotConverged as error:
        raise NotConverged(f"{error}{nearly_one(correlation, inst)}") from error
    check_identified(plan, structure, optimum.expected, inst)
    return Solution(plan, structure, optimum, sample, sd)


def labels_of(plan: Layout, structure: Structure) -> tuple[str, ...]:
    """The parameters as the parameter table words them, in their order."""
    words = {
        parameter: f"{row.lhs} {row.op} {row.rhs}"
        for row, (*_, parameter) in zip(plan.rows, structure.of_row, strict=True)
    }
    return tuple(words[k] for k in range(structure.n_parameters))


def tabulate(
    solution: Solution, variance: Array, cov: Array, mean: ArrayLike | None, n: float, inst: Instrument
) -> CbsemFit:
    """Put a solution in tables, with the covariance matrix of its parameters (correlation metric)."""
    structure, optimum, sd = solution.structure, solution.optimum, solution.sd
    table, warnings = parameter_table(solution, variance, inst)
    outer = sd[structure.order]
    scale = np.outer(outer, outer)
    items = list(inst.item_ids)
    return CbsemFit(
        estimates=table,
        fit_measures=fit_measures(
            solution.sample * scale,
            optimum.point.moments[0].sigma * scale,
            optimum.point.value,
            n,
            structure.n_parameters,
        ),
        n=n,
        robust=False,
        warnings=warnings,
        gradient_norm=optimum.gradient_norm,
        cov=pd.DataFrame(cov, index=items, columns=items),
        mean=None
        if mean is None
        else pd.Series(np.asarray(mean, dtype=np.float64), index=items, name="mean"),
        missing="two_stage",
        solution=solution,
        influence=None,
        answered=None,
    )


def parameter_table(
    solution: Solution, variance: Array, inst: Instrument
) -> tuple[pd.DataFrame, tuple[Caution, ...]]:
    """The table of the structure's parameters, whose covariance matrix is `variance`, and what to heed in it."""
    structure = solution.structure
    theta = solution.optimum.theta[: structure.n_parameters]
    table = estimates(solution.layout, structure, theta, solution.sd, variance)
    error = np.append(np.sqrt(np.diag(variance)), np.nan)
    return table, cautions_of(inst, table, error[[parameter for *_, parameter in structure.of_row]])
