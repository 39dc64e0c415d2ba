"""Does the questionnaire measure alike in every group: configural, metric, scalar, strict and partial invariance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import chdtrc, ndtr

from ncsi.arrays import Array
from ncsi.model.cautions import Caution
from ncsi.model.cbsem.casewise import separate_meat
from ncsi.model.cbsem.estimates import estimates, factors_of, inner_scale
from ncsi.model.cbsem.groups import Fitted, Groups, fit_levels, groups_of, on_unit
from ncsi.model.cbsem.levels import LEVELS, Level
from ncsi.model.cbsem.respondents import require_robust
from ncsi.model.cbsem.scales import on_items_scale
from ncsi.model.cbsem.score_tests import score_tests

if TYPE_CHECKING:
    from ncsi.spec.instrument import Instrument

WORST_DROP = 0.01
"""Largest fall of CFI that still counts as the same measurement (Cheung & Rensvold 2002)."""
_RELEASED = ["model", "group", "lhs", "op", "rhs", "mi", "p", "epc"]


@dataclass(frozen=True, slots=True)
class Invariance:
    """How far the groups measure alike.

    `levels`: one row a `model` (configural: same items, all parameters free; metric: same loadings; scalar: same
    intercepts too; strict: same residual variances too) with chisq, df, pvalue, cfi, tli, rmsea, rmsea_low, rmsea_high,
    srmr, baseline.chisq, baseline.df, npar, logl, aic, bic, and against the row above delta_chisq, delta_df, delta_p,
    delta_cfi (NaN in the first row) and `holds`: CFI falls by .01 at most. Where `robust`, also chisq_scaled,
    pvalue_scaled, scaling, cfi_robust, tli_robust and rmsea_robust, and delta_chisq, delta_p and delta_cfi are of
    these; delta_chisq is NaN where its scaling is not positive. A model without a proven optimum has a row of NaN that
    does not hold, nor does the row below it, which has nothing to be compared with; `warnings` name it. `verdict`: the
    last model that holds with all above it.
    `estimates`: model, group, then as `CbsemFit` has them, with the intercepts (`~1`) and, from scalar on, the means of
    constructs. `releases`: model, group, lhs, op, rhs, mi, p, epc of each parameter that the model holds equal: the
    fall of χ² to expect where it were free in that group, and what it would change by. `groups`: group, n. `free`: what
    was left free by name.
    """

    levels: pd.DataFrame
    verdict: str
    estimates: pd.DataFrame
    groups: pd.DataFrame
    releases: pd.DataFrame
    free: tuple[str, ...]
    robust: bool
    warnings: tuple[Caution, ...]


def invariance(
    df: pd.DataFrame,
    inst: Instrument,
    group: str,
    weights: str | None = None,
    free: Sequence[str] = (),
    clusters: str | None = None,
    strata: str | None = None,
    robust: bool = False,
) -> Invariance:
    """Fit the instrument to the groups in column `group` with ever more in common, by maximum likelihood.

    Rows, eligibility and weights are as in `fit_cbsem`; rows without a group stay out; where answers are missing, it is
    the likelihood of those given. `free` names what no level holds equal (partial invariance): loadings "Image =~
    IMA2", intercepts "IMA2 ~1", residual variances "IMA2 ~~ IMA2". With `robust` errors, χ² and its differences are
    those of `clusters`, drawn within `strata`, of strata alone or of respondents, over all groups at once. Raises
    ModelError naming the group for one that cannot carry the model, fewer than two, and a name that nothing holds
    equal; NotConverged where not even the configural model has an optimum. The means are counted among the parameters,
    as lavaan has them. Jöreskog (1971); Meredith (1993); Byrne, Shavelson & Muthén (1989); Satorra & Bentler (2001) for
    the scaled difference.
    """
    require_robust(clusters, strata, robust)
    named = (free,) if isinstance(free, str) else tuple(free)
    groups = groups_of(df, inst, group, weights, clusters, strata, named)
    reached = fit_levels(groups, inst, robust)
    fits, levels = list(reached.values()), _table(reached, robust)
    releases = [_releases(groups, one, inst, robust) for one in fits[1:]]
    return Invariance(
        levels=levels,
        verdict=_verdict(levels),
        estimates=pd.concat([_estimates(groups, one, inst) for one in fits], ignore_index=True),
        groups=pd.DataFrame({"group": groups.labels, "n": [part.answers.n for part in groups.parts]}),
        releases=pd.concat(releases or [pd.DataFrame(columns=_RELEASED)], ignore_index=True),
        free=named,
        robust=robust,
        warnings=tuple(Caution("level_not_reached", (one,)) for one in LEVELS if one not in reached),
    )


def _table(reached: dict[Level, Fitted], robust: bool) -> pd.DataFrame:
    measures: list[dict[str, float]] = [reached[one].measures if one in reached else {} for one in LEVELS]
    table = pd.DataFrame(measures)
    table.insert(0, "model", LEVELS)
    table["delta_chisq"], table["delta_df"] = table["chisq"].diff(), table["df"].diff()
    table["delta_cfi"] = table["cfi_robust" if robust else "cfi"].diff()
    if robust:
        scaling = (table["df"] * table["scaling"]).diff() / table["delta_df"]
        table["delta_chisq"] = table["delta_chisq"] / scaling.where(scaling > 0)
    tested = table["delta_chisq"].clip(lower=0).where(table["delta_df"] > 0)
    table["delta_p"] = chdtrc(table["delta_df"], tested)
    return table.assign(holds=(table["delta_cfi"] >= -WORST_DROP) | (table["model"] == LEVELS[0]))


def _verdict(levels: pd.DataFrame) -> str:
    passed = levels["holds"].cummin()
    return str(levels.loc[passed, "model"].iloc[-1])


def _estimates(groups: Groups, fit: Fitted, inst: Instrument) -> pd.DataFrame:
    """The structure's parameters, then intercepts and means of constructs, of every group."""
    solution = groups.solutions[0]
    q = solution.structure.n_parameters
    tables = []
    for label, part in zip(groups.labels, fit.answered.problem.parts, strict=True):
        free = part.at[:q]
        table = estimates(
            solution.layout, solution.structure, fit.optimum.theta[free], groups.sd * on_unit(inst),
            fit.variance[np.ix_(free, free)],
        )  # fmt: skip
        table = pd.concat([table, _means(groups, fit, label, inst)], ignore_index=True)
        table.insert(0, "group", [label] * len(table))
        table.insert(0, "model", fit.level)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _means(groups: Groups, fit: Fitted, label: object, inst: Instrument) -> pd.DataFrame:
    structure = groups.solutions[0].structure
    k, q = groups.labels.index(label), structure.n_parameters
    part, one = fit.answered.problem.parts[k], fit.optimum.point.moments[k]
    own, units = part.own(fit.optimum.theta)[q:], _units(groups, inst)[q:]
    variance = np.append(np.diag(fit.variance), np.nan)[part.at[q:]]
    error = np.sqrt(np.where(variance > 0, variance, np.nan)) * units
    level = np.zeros(len(own))
    level[: len(structure.order)] = on_items_scale(groups.centre, inst)[structure.order]
    value = level + own * units
    spread = np.concatenate([np.diag(one.sigma), np.diag(one.latent)[structure.measured]])
    frame = pd.DataFrame(groups.names.of_own[q:], columns=["lhs", "op", "rhs"]).assign(
        estimate=value,
        se=error,
        z=value / error,
        std=value / (units * np.sqrt(np.where(spread > 0, spread, np.nan))),
    )
    frame["p"] = 2.0 * ndtr(-frame["z"].abs())
    return frame.reindex(columns=["lhs", "op", "rhs", "estimate", "se", "z", "p", "std", "std_se"])


def _units(groups: Groups, inst: Instrument) -> Array:
    """What carries each of a group's own parameters from the common metric to the items' scales."""
    structure = groups.solutions[0].structure
    sd = groups.sd * on_unit(inst)
    factors = factors_of(structure, sd)
    units = np.ones(len(groups.names.since))
    cells = (structure.matrix, structure.row, structure.col, structure.parameter)
    for matrix, row, col, parameter in zip(*cells, strict=True):
        units[parameter] = factors[matrix][row, col]
    q, p = structure.n_parameters, len(structure.order)
    units[q : q + p] = sd[structure.order]
    units[q + p :] = inner_scale(structure, sd)[structure.measured]
    return units


def _releases(groups: Groups, fit: Fitted, inst: Instrument, robust: bool) -> pd.DataFrame:
    """Score tests of every equality of a level, a group at a time."""
    problem, point, n = fit.answered.problem, fit.optimum.point, fit.answered.n
    shared, wide = np.flatnonzero(groups.names.shared(fit.level)), len(groups.names.since)
    blocks = problem.separate_curvature(point, observed=False)
    information = np.zeros((wide * len(blocks), wide * len(blocks)))
    for k, block in enumerate(blocks):
        information[k * wide : (k + 1) * wide, k * wide : (k + 1) * wide] = 0.5 * n * block
    candidates = np.concatenate([k * wide + shared for k in range(len(blocks))])
    found, p, change = score_tests(
        -0.5 * n * problem.separate_gradient(point), information, problem.shared(), candidates,
        separate_meat(fit.answered, point) if robust else None,
    )  # fmt: skip
    of_own = [groups.names.of_own[one % wide] for one in candidates]
    frame = pd.DataFrame(of_own, columns=["lhs", "op", "rhs"])
    frame.insert(0, "group", [groups.labels[one // wide] for one in candidates])
    frame.insert(0, "model", fit.level)
    return frame.assign(mi=found, p=p, epc=change * _units(groups, inst)[candidates % wide])
