"""How sure the ranks of an index are: by sampling error, by method, and by both, each under its own name.

The *rank set* (rank_low … rank_high) holds the method fixed and lets the surveys err; at its level it covers the ranks
of all units at once. The *robustness range* (robust_low … robust_high) holds the data fixed and varies the method; it
is no statement of probability. The *combined* range (综合, combined_low … combined_high) varies both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy.special import ndtri

from ncsi.arrays import Array, Mask
from ncsi.composite.draws import DRAWS, ImputationError
from ncsi.composite.outcomes import Outcomes, outcomes_of
from ncsi.composite.replicates import SamplingError, sampling_error
from ncsi.composite.runs import Experiment
from ncsi.composite.sampling_error import index_se, normal_draws, rank_sets_of
from ncsi.composite.sensitivity import RUNS, check_seed, ranked, sensitivity, units_of
from ncsi.composite.structure import global_weights
from ncsi.errors import CompositeError

if TYPE_CHECKING:
    from ncsi.composite.fit import CompositeFit

Basis = Literal["closed_form", "replicates", "none"]
MOST_AT_FIT = 25_000_000
"""Values that a fit draws for its rank sets, at most."""
FAR = 4.0
"""Standard errors from a benchmark at which clipping no longer bends the error of a score."""


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """`ranks`: unit, score, se, low, high (interval of the score at `level`), rank, rank_low, rank_high,
    rank_low_marginal, rank_high_marginal, computable, unknown (the first indicator whose error is not known, or empty):
    sampling error alone, method fixed. A unit whose error is unknown has no se and no set; that is not an error of 0.

    `ranges`: unit, rank, rank_low, rank_high, and with choices robust_low, robust_high (5–95 % of the ranks by
    method), combined_low, combined_high (the same by method and sampling error). `sampling`, `method`, `combined`: the
    outcomes behind; None where there are none. `basis`: how se was found; "none" where no unit's error is known.
    """

    level: float
    basis: Basis
    ranks: pd.DataFrame
    ranges: pd.DataFrame
    sampling: Outcomes | None = field(repr=False)
    method: Outcomes | None = field(repr=False)
    combined: Outcomes | None = field(repr=False)


def uncertainty(
    fit: CompositeFit,
    replicates: int | Mapping[str, pd.DataFrame] = DRAWS,
    choices: Mapping[str, Sequence[Any]] | None = None,
    seed: int = 1,
    level: float = 0.95,
    n: int = RUNS,
) -> Uncertainty:
    """Standard errors, rank sets and, with alternative `choices`, robustness and combined ranges of `fit`.

    `replicates`: joint replicates of survey indicators (see `sampling_error`), which keep the errors of one
    questionnaire together; or a number of normal draws of the declared standard errors. Cells filled in carry the
    residual sd of their rule. Between fixed benchmarks, with arithmetic means and no value near a benchmark, errors
    are carried in closed form. Raises CompositeError for fewer than two units to rank; else as `sensitivity`.
    """
    check_seed(seed)
    if not 0.5 < level < 1:
        raise CompositeError("level", f"is {level:g}", "Give one between 0.5 and 1, such as 0.95")
    drawn = _drawn(fit, replicates, seed)
    method, combined = _by_method(fit, choices, replicates, seed, n, errs=drawn.basis != "none")
    ranks = _rank_frame(drawn, level)
    return Uncertainty(
        level, drawn.basis, ranks, _range_frame(ranks, method, combined), _sampling(drawn), method, combined
    )


def rank_bounds(fit: CompositeFit) -> pd.DataFrame:
    """rank_low and rank_high (n rows, whole numbers) of the units of `fit` as it stands, as `uncertainty` gives them:
    sampling error by the declared standard errors.

    Missing where a unit is not ranked or its error not known; and for all where `uncertainty` would take long (more
    than 25 million values to draw, or Copeland's scores) or refuses (a method that is not defined for values that are
    within their error).
    """
    low, high = (pd.array([pd.NA] * len(fit.seen.units), dtype="Int64") for _ in range(2))
    bounds = pd.DataFrame({"rank_low": low, "rank_high": high})
    wanted = fit.screening.enough & np.isfinite(fit.values[:, -1])
    quick = DRAWS * fit.seen.x.size <= MOST_AT_FIT and fit.choices.means[-1].form != "copeland"
    if wanted.sum() < 2 or not np.isfinite(fit.seen.se).any() or not (quick or _closed(fit)):
        return bounds
    try:
        drawn = _drawn(fit, DRAWS, seed=1)
    except CompositeError:
        return bounds
    sets = rank_sets_of(drawn.units, drawn.nominal, drawn.draws, alone=False)
    for name in bounds:
        bounds.loc[wanted, name] = sets[name].astype("Int64").array
    return bounds


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The index of the ranked units: `nominal` (w,), standard errors (w,) where they are known in closed form, `draws`
    (R, w), NaN of units whose error is not known, and why (w): the indicator, or empty."""

    basis: Basis
    units: list[str]
    nominal: Array
    se: Array | None
    draws: Array
    unknown: Array


def _drawn(fit: CompositeFit, replicates: int | Mapping[str, pd.DataFrame], seed: int) -> _Drawn:
    wanted = ranked(fit)
    error = sampling_error(fit.seen, fit.structure, replicates, seed)
    units, nominal, unknown = units_of(fit, wanted), fit.values[wanted, -1], _unknown(fit, error)[wanted]
    if (unknown != "").all():
        return _Drawn("none", units, nominal, None, np.full((2, len(units)), np.nan), unknown)
    if isinstance(replicates, int) and _closed(fit):
        se = np.where(unknown == "", _closed_se(fit)[wanted], np.nan)
        return _Drawn("closed_form", units, nominal, se, normal_draws(nominal, se, seed), unknown)
    draws = np.where(unknown == "", _replicated(fit, error, wanted, seed), np.nan)
    return _Drawn("replicates", units, nominal, None, draws, unknown)


def _unknown(fit: CompositeFit, error: SamplingError) -> Array:
    """Of each unit the first indicator that counts and whose error is not known, or empty (n,)."""
    p, ready = fit.structure.leaves, fit.prepared
    counts = (global_weights(fit.structure, fit.local)[:p] > 0) & ~np.isnan(ready.imputed)
    unknown = counts & np.where(np.isnan(fit.seen.x), np.isnan(ready.se), ~error.known)
    codes = np.array([*fit.structure.indicators, ""], dtype=object)
    first = codes[np.where(unknown.any(axis=1), unknown.argmax(axis=1), p)]
    if fit.choices.normalise.method != "fixed" or fit.choices.means[-1].form == "copeland":
        learnt = unknown if fit.learn is None else unknown & fit.learn[:, None]
        if learnt.any():
            first[first == ""] = codes[int(learnt.any(axis=0).argmax())]
    return np.asarray(first)


def _closed(fit: CompositeFit) -> bool:
    """Whether nothing errs, or the index is linear in the values wherever they may."""
    choices, ready, structure = fit.choices, fit.prepared, fit.structure
    if not (ready.se > 0).any():
        return True
    if choices.normalise.method != "fixed" or any(mean.form != "arithmetic" for mean in choices.means):
        return False
    same = np.isnan(ready.imputed) | (ready.treated == ready.imputed)
    reach = FAR * np.nan_to_num(ready.se)
    inside = (ready.imputed - reach >= structure.lower) & (ready.imputed + reach <= structure.upper)
    return bool((same & (inside | ~(reach > 0))).all())


def _closed_se(fit: CompositeFit) -> Array:
    """Standard errors (n,) by the weights with which each value counts in its unit, where `_closed`."""
    structure, choices, values = fit.structure, fit.choices, fit.values
    if not (fit.prepared.se > 0).any():
        return np.zeros(len(values))
    counts = np.ones_like(values)
    for node, below in reversed(structure.aggregates):
        there = np.where(np.isnan(values[:, below]), 0.0, fit.local[below])
        total = there.sum(axis=1, keepdims=True)
        counts[:, below] = counts[:, [node]] * np.divide(
            there, total, out=np.zeros_like(there), where=total > 0
        )
    worst, best = choices.normalise.to or (0.0, 0.0)
    slope = (best - worst) / (structure.upper - structure.lower)
    return index_se(counts[:, : structure.leaves] * slope, fit.prepared.se)


def _replicated(fit: CompositeFit, error: SamplingError, wanted: Mask, seed: int) -> Array:
    """The index (K, units) in joint replicates of what was observed, with the error of what was filled in."""
    filled = ImputationError.of(fit.seen, seed, error.count)
    draws = np.arange(error.count, dtype=np.intp)
    return Experiment(fit, values=(error, filled)).scores(np.column_stack([draws, draws]), wanted)


def _by_method(
    fit: CompositeFit,
    choices: Mapping[str, Sequence[Any]] | None,
    replicates: int | Mapping[str, pd.DataFrame],
    seed: int,
    n: int,
    errs: bool,
) -> tuple[Outcomes | None, Outcomes | None]:
    """Outcomes by method, and by method and sampling error where any is known."""
    if choices is None:
        return None, None
    method = sensitivity(fit, choices, seed, n).outcomes
    if not errs:
        return method, None
    filled = bool((~np.isnan(fit.prepared.imputed) & np.isnan(fit.seen.x)).any())
    return method, sensitivity(fit, choices, seed, n, replicates=replicates, imputation=filled).outcomes


def _rank_frame(drawn: _Drawn, level: float) -> pd.DataFrame:
    """Rank sets, standard errors and intervals of the scores."""
    frame = rank_sets_of(drawn.units, drawn.nominal, drawn.draws, level)
    if drawn.se is not None:
        reach = -ndtri((1 - level) / 2) * drawn.se
        frame = frame.assign(se=drawn.se, low=drawn.nominal - reach, high=drawn.nominal + reach)
    else:
        low, high = np.quantile(drawn.draws, ((1 - level) / 2, (1 + level) / 2), axis=0)
        frame = frame.assign(low=low, high=high)
    return frame.assign(unknown=drawn.unknown)[
        [
            "unit", "score", "se", "low", "high", "rank", "rank_low", "rank_high", "rank_low_marginal",
            "rank_high_marginal", "computable", "unknown",
        ]
    ]  # fmt: skip


def _sampling(drawn: _Drawn) -> Outcomes | None:
    """Outcomes among the units whose error is known."""
    known = drawn.unknown == ""
    if known.sum() < 2:
        return None
    names = [unit for unit, one in zip(drawn.units, known, strict=True) if one]
    return outcomes_of(names, drawn.draws[:, known], drawn.nominal[known], "sampling")


def _range_frame(ranks: pd.DataFrame, method: Outcomes | None, combined: Outcomes | None) -> pd.DataFrame:
    frame = ranks[["unit", "rank", "rank_low", "rank_high"]].copy()
    for name, outcomes in (("robust", method), ("combined", combined)):
        if outcomes is not None:
            ends = outcomes.table[["rank_q05", "rank_q95"]]
            ends = ends if name == "robust" else ends.where(ranks["computable"])
            frame[[f"{name}_low", f"{name}_high"]] = ends.to_numpy()
    return frame
