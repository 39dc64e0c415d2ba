"""Which choice moves an index most: exact over combinations of methods, by Monte Carlo where something is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Mask, Positions
from ncsi.composite.alternatives import alternatives_of
from ncsi.composite.draws import (
    ExpertWeights,
    ImputationError,
    ValueDraws,
    WeightDraws,
    WeightNoise,
)
from ncsi.composite.outcomes import Outcomes, Ranks, outcomes_of, rank_shift, ranks_in_blocks
from ncsi.composite.replicates import sampling_error
from ncsi.composite.runs import Experiment
from ncsi.composite.sobol import (
    combinations,
    design,
    exact_indices,
    levels_of,
    sobol_indices,
    sobol_indices_of_many,
)
from ncsi.composite.weighting import BudgetWeights
from ncsi.errors import CompositeError

if TYPE_CHECKING:
    from ncsi.composite.fit import CompositeFit

MOST_EXACT = 2000
"""Combinations up to which all are run."""
RUNS = 1024
UNITS_AT_A_TIME = 64


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What an index owes to each input.

    `inputs`: input, levels (alternatives or draws), alternatives (names; empty where drawn). `indices`: input, s1, st
    of mean |rank − rank as published|, s1_reach, st_reach (half a 95 % interval by bootstrap; NaN where exact: there
    is no error), flag (`n_too_small`, or empty). `by_unit`: unit, outcome ("score" or "rank"), input, s1, st.
    `outcomes` of the runs: of kind "method" unless sampling error is an input, else "combined". `runs`: what each of
    them took (for drawn inputs the number of the draw), and its rank_shift; `mean` and `variance` of that over them.
    `estimator`: "exact" (every combination) or "monte_carlo" (n rows, n·(inputs + 2) runs; outcomes of the 2n
    independent ones).
    """

    estimator: Literal["exact", "monte_carlo"]
    inputs: pd.DataFrame
    indices: pd.DataFrame
    by_unit: pd.DataFrame = field(repr=False)
    outcomes: Outcomes = field(repr=False)
    runs: pd.DataFrame = field(repr=False)
    mean: float
    variance: float
    n: int
    seed: int


def sensitivity(
    fit: CompositeFit,
    choices: Mapping[str, Sequence[Any]],
    seed: int = 1,
    n: int = RUNS,
    replicates: int | Mapping[str, pd.DataFrame] | None = None,
    weight_noise: float | None = None,
    experts: BudgetWeights | None = None,
    imputation: bool = False,
) -> Sensitivity:
    """Sobol' indices of the index of `fit` for alternative `choices` (see `alternatives_of`) and what is drawn.

    `replicates`: joint replicates of survey indicators as one input, or a number of normal draws of the standard
    errors (see `sampling_error`); values whose error is not known do not move. `weight_noise`: local weights times
    U(1 ± that). `experts`: one drawn a run. `imputation`: cells that were filled in move by the residual sd of their
    rule. Up to 2,000 combinations and nothing drawn: exact; else Monte Carlo with n rows, a power of two from 1,024.
    Units with too little data are left out. Raises CompositeError for choices and draws that are none, fewer than two
    units to rank and no input; ModelError for an n that is none, and where a unit has no index in some run.
    """
    check_seed(seed)
    values: tuple[ValueDraws, ...] = ()
    if replicates is not None:
        values = (sampling_error(fit.seen, fit.structure, replicates, seed),)
    if imputation:
        values = (*values, ImputationError.of(fit.seen, seed, names=fit.structure.indicators))
    weights: tuple[WeightDraws, ...] = ()
    if experts is not None:
        weights = (ExpertWeights.of(experts, fit.structure, seed),)
    if weight_noise is not None:
        weights = (*weights, WeightNoise.of(weight_noise, fit.structure, seed))
    experiment = Experiment(fit, alternatives_of(fit, choices), values, weights)
    if not experiment.inputs:
        raise CompositeError("choices", "there is nothing to vary", "List alternatives, or ask for draws")
    wanted = ranked(fit)
    drawn = bool(values or weights)
    if not drawn and prod(experiment.counts) <= MOST_EXACT:
        return _exact(experiment, wanted, seed)
    return _monte_carlo(experiment, wanted, n, seed, combined=replicates is not None)


def check_seed(seed: object) -> None:
    """Raise CompositeError for what is no seed of a stream."""
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or not 0 <= seed < 2**32:
        raise CompositeError("seed", f"is {seed!r}", "Give a whole number from 0 to 2^32 - 1")


def ranked(fit: CompositeFit) -> Mask:
    """The units (n,) that are ranked. Raises CompositeError for fewer than two."""
    wanted: Mask = fit.screening.enough & np.isfinite(fit.values[:, -1])
    if wanted.sum() < 2:
        raise CompositeError("units", f"{int(wanted.sum())} have enough data", "Ranks need two or more")
    return wanted


def units_of(fit: CompositeFit, wanted: Mask) -> list[str]:
    """Names of the wanted units."""
    return [unit for unit, one in zip(fit.seen.units, wanted, strict=True) if one]


def _exact(experiment: Experiment, wanted: Mask, seed: int) -> Sensitivity:
    fit, counts = experiment.fit, experiment.counts
    levels = combinations(counts)
    scores = experiment.scores(levels, wanted)
    outcomes = outcomes_of(units_of(fit, wanted), scores, fit.values[wanted, -1], "method")
    first, total = exact_indices(outcomes.shift.reshape(counts), len(counts))
    indices = pd.DataFrame(
        {
            "input": experiment.inputs, "s1": first, "st": total, "s1_reach": np.nan, "st_reach": np.nan, "flag": "",
        }
    )  # fmt: skip
    by_unit = {
        name: exact_indices(y.reshape(*counts, -1), len(counts))
        for name, y in (("score", scores), ("rank", outcomes.ranks.astype(np.float64)))
    }
    return Sensitivity(
        estimator="exact",
        inputs=_input_frame(experiment),
        indices=indices,
        by_unit=_unit_frame(experiment.inputs, list(outcomes.table["unit"]), by_unit),
        outcomes=outcomes,
        runs=_run_frame(experiment, levels, outcomes.shift),
        mean=float(outcomes.shift.mean()),
        variance=float(outcomes.shift.var()),
        n=len(levels),
        seed=seed,
    )


def _monte_carlo(experiment: Experiment, wanted: Mask, n: int, seed: int, combined: bool) -> Sensitivity:
    fit, d = experiment.fit, len(experiment.inputs)
    levels = levels_of(design(d, n, seed), experiment.counts)
    scores = experiment.scores(levels, wanted)
    nominal, units = fit.values[wanted, -1], units_of(fit, wanted)
    own = np.arange(len(levels)) % (d + 2)
    apart = (own == 0) | (own == d + 1)
    outcomes = outcomes_of(units, scores[apart], nominal, "combined" if combined else "method")
    ranks = ranks_in_blocks(scores)
    shift = rank_shift(ranks, ranks_in_blocks(nominal[None])[0])
    found = sobol_indices(shift, experiment.inputs, seed)
    return Sensitivity(
        estimator="monte_carlo",
        inputs=_input_frame(experiment),
        indices=found.table[["input", "s1", "st", "s1_reach", "st_reach", "flag"]],
        by_unit=_unit_frame(
            experiment.inputs, units, {"score": _of_units(scores, d), "rank": _of_units(ranks, d)}
        ),
        outcomes=outcomes,
        runs=_run_frame(experiment, levels[apart], outcomes.shift),
        mean=found.mean,
        variance=found.variance,
        n=n,
        seed=seed,
    )


def _of_units(y: Array | Ranks, inputs: int) -> tuple[Array, Array]:
    """S1 and ST (d, units) of results (runs, units), some units at a time."""
    parts = [
        sobol_indices_of_many(y[:, at : at + UNITS_AT_A_TIME].astype(np.float64), inputs)
        for at in range(0, y.shape[1], UNITS_AT_A_TIME)
    ]
    first, total = zip(*parts, strict=True)
    return np.concatenate(first, axis=1), np.concatenate(total, axis=1)


def _input_frame(experiment: Experiment) -> pd.DataFrame:
    drawn = len(experiment.inputs) - len(experiment.methods)
    labels = [*(one.labels for one in experiment.methods), *([()] * drawn)]
    return pd.DataFrame({"input": experiment.inputs, "levels": experiment.counts, "alternatives": labels})


def _run_frame(experiment: Experiment, levels: Positions, shift: Array) -> pd.DataFrame:
    frame = pd.DataFrame(levels, columns=list(experiment.inputs))
    for one in experiment.methods:
        frame[one.name] = np.array(one.labels, dtype=object)[frame[one.name].to_numpy()]
    return frame.assign(rank_shift=shift)


def _unit_frame(
    inputs: tuple[str, ...], units: list[str], found: Mapping[str, tuple[Array, Array]]
) -> pd.DataFrame:
    parts = [
        pd.DataFrame(
            {
                "unit": np.repeat(np.array(units, dtype=object), len(inputs)), "outcome": outcome,
                "input": np.tile(np.array(inputs, dtype=object), len(units)),
                "s1": first.T.ravel(), "st": total.T.ravel(),
            }
        )
        for outcome, (first, total) in found.items()
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)
