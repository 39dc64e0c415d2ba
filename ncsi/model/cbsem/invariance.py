"""Does the questionnaire measure alike in every group: configural, metric and scalar invariance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Mask, Positions
from ncsi.errors import ModelError, NotConverged
from ncsi.model.cbsem.estimates import estimates, in_metric
from ncsi.model.cbsem.multigroup import Data, data_of, measures_of
from ncsi.model.cbsem.optimum import Optimum, polish
from ncsi.model.cbsem.problem import Problem
from ncsi.model.cbsem.respondents import on_scale
from ncsi.model.cbsem.solution import Solution, labels_of, solve
from ncsi.model.moments.sample import sample_of

if TYPE_CHECKING:
    from ncsi.spec.instrument import Instrument

T = TypeVar("T")
WORST_DROP = 0.01
"""Largest fall of CFI that still counts as the same measurement (Cheung & Rensvold 2002)."""


@dataclass(frozen=True, slots=True)
class Invariance:
    """How far the groups measure alike.

    `levels`: one row a `model` (configural: same items, all parameters free; metric: same loadings; scalar: same
    intercepts too) with chisq, df, pvalue, cfi, tli, rmsea, rmsea_low, rmsea_high, srmr, npar, baseline.chisq,
    baseline.df, and against the row above delta_chisq, delta_df, delta_p, delta_cfi (NaN in the first row) and
    `holds`: CFI falls by .01 at most. `verdict`: the last model that holds with all above it. `estimates`: group,
    then as `CbsemFit` has them, of the metric model. `groups`: group, n.
    """

    levels: pd.DataFrame
    verdict: str
    estimates: pd.DataFrame
    groups: pd.DataFrame


def invariance(df: pd.DataFrame, inst: Instrument, group: str, weights: str | None = None) -> Invariance:
    """Fit the instrument to the groups in column `group` with ever more in common, by maximum likelihood.

    Rows, eligibility, weights and missing answers are as in `fit_cbsem`; rows without a group stay out. Raises
    ModelError naming the group for one that cannot carry the model, or fewer than two, and NotConverged. The means are
    counted among the parameters, as lavaan has them. Jöreskog (1971); Meredith (1993).
    """
    if group not in df.columns:
        raise ModelError(f"the data have no column {group}. Add it, or name the right column.")
    names = sorted(df[group].dropna().unique().tolist(), key=str)
    if len(names) < 2:
        raise ModelError(f"column '{group}' holds {len(names)} group(s). A comparison needs two or more.")
    parts = [_part(df[df[group] == name], inst, weights, f"group {name} of '{group}'") for name in names]
    data = data_of([cov for cov, _, _ in parts], [mean for _, mean, _ in parts], [n for *_, n in parts])
    solutions = [
        _within(f"group {name} of '{group}'", partial(solve, cov, mean, n, inst))
        for name, (cov, mean, n) in zip(names, parts, strict=True)
    ]
    fits = _fits(solutions, data, [str(name) for name in names])
    levels = _table(fits, data)
    return Invariance(
        levels=levels,
        verdict=_verdict(levels),
        estimates=_estimates(solutions[0], *fits["metric"], data, names),
        groups=pd.DataFrame({"group": names, "n": data.sizes}),
    )


def _within(who: str, job: Callable[[], T]) -> T:
    try:
        return job()
    except NotConverged as error:
        raise NotConverged(f"{who}: {error}") from error
    except ModelError as error:
        raise ModelError(f"{who}: {error}") from error


def _part(df: pd.DataFrame, inst: Instrument, weights: str | None, who: str) -> tuple[Array, Array, int]:
    """Covariance and mean on the items' scale, and respondents."""
    moments = _within(who, lambda: sample_of(df, inst, weights, by=None, strata=None).moments())
    return *on_scale(moments, inst), moments.n


def _fits(solutions: list[Solution], data: Data, names: list[str]) -> dict[str, tuple[Problem, Optimum]]:
    """The optimum of each level, each started from the one before."""
    structure = solutions[0].structure
    own = [in_metric(one.structure, one.optimum.theta, one.sd / data.sd) for one in solutions]
    labels = labels_of(solutions[0].layout, structure)
    q, groups = len(labels), range(len(names))
    apart = tuple(np.arange(q) + k * q for k in groups)
    everywhere = tuple(f"{label} in {names[k]}" for k in groups for label in labels)
    shared = np.isin(np.arange(q), _loadings(solutions[0]))
    common, common_labels = _common(shared, len(names), labels, everywhere)
    share = np.array(data.sizes) / data.n
    start = np.concatenate([np.average(own, axis=0, weights=share)[shared], *(one[~shared] for one in own)])
    found: dict[str, tuple[Problem, Optimum]] = {}
    for level, at, names_of, theta in (
        ("configural", apart, everywhere, np.concatenate(own)),
        ("metric", common, common_labels, start),
        ("scalar", common, common_labels, None),
    ):
        problem = data.problem(structure, at, names_of, means=level == "scalar")
        found[level] = problem, polish(problem, found["metric"][1].theta if theta is None else theta)
    return found


def _loadings(solution: Solution) -> list[int]:
    """The parameters that are loadings, of items and of components."""
    rows = zip(solution.layout.rows, solution.structure.of_row, strict=True)
    return [parameter for row, (*_, parameter) in rows if row.op == "=~" and parameter >= 0]


def _common(
    shared: Mask, groups: int, labels: tuple[str, ...], everywhere: tuple[str, ...]
) -> tuple[tuple[Positions, ...], tuple[str, ...]]:
    """Positions of each group's parameters where the `shared` ones come once, first; and the labels."""
    q, common = len(shared), int(shared.sum())
    free = q - common
    at = []
    for k in range(groups):
        where = np.empty(q, dtype=np.intp)
        where[shared] = np.arange(common)
        where[~shared] = common + k * free + np.arange(free)
        at.append(where)
    named = [labels[j] for j in np.flatnonzero(shared)]
    named += [everywhere[k * q + j] for k in range(groups) for j in np.flatnonzero(~shared)]
    return tuple(at), tuple(named)


def _table(fits: dict[str, tuple[Problem, Optimum]], data: Data) -> pd.DataFrame:
    rows = []
    for level, (problem, optimum) in fits.items():
        rows.append({"model": level, **measures_of(problem, optimum.point, data.n)})
    table = pd.DataFrame(rows)
    table["delta_chisq"], table["delta_df"] = table["chisq"].diff(), table["df"].diff()
    from scipy.stats import chi2  # late: half a second, of which nothing else here needs anything

    table["delta_p"] = chi2.sf(table["delta_chisq"].clip(lower=0), table["delta_df"])
    table["delta_cfi"] = table["cfi"].diff()
    return table.assign(holds=table["delta_cfi"].fillna(0.0) >= -WORST_DROP)


def _verdict(levels: pd.DataFrame) -> str:
    passed = levels["holds"].cummin()
    return str(levels.loc[passed, "model"].iloc[-1])


def _estimates(
    solution: Solution, problem: Problem, optimum: Optimum, data: Data, names: list[Any]
) -> pd.DataFrame:
    variance = np.linalg.inv(0.5 * data.n * optimum.expected)
    tables = []
    for name, group in zip(names, problem.groups, strict=True):
        block = variance[np.ix_(group.at, group.at)]
        table = estimates(solution.layout, problem.structure, optimum.theta[group.at], data.sd, block)
        table.insert(0, "group", name)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)
