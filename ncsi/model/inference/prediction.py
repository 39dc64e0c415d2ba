"""Out-of-sample prediction of items (Shmueli, Ray, Velasquez Estrada & Chatla 2016; Shmueli et al. 2019)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Mask, Positions
from ncsi.errors import ModelError, NotConverged
from ncsi.model.moments.respondents import Respondents
from ncsi.model.moments.sample import Sample
from ncsi.model.pls import kernel
from ncsi.model.pls.fit import TOLERANCE, PlsFit
from ncsi.model.pls.positions import Layout, layout_of
from ncsi.model.resampling.draws import correlations_of

Antecedents = Literal["direct", "earliest"]
Benchmark = Literal["direct", "exogenous", "all"]
Folds = int | Positions


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What is wrong with the predictions of respondents left out of the estimation, items on 0-100: squared errors
    (n, p) of the path model, of the `linear` model on items, of the training `mean`; absolute ones of the first two.
    Means over the repetitions. `rows`: which respondents of the sample, those without a missing answer. `folds`: how
    many they were left out in."""

    path: Array
    linear: Array
    mean: Array
    path_absolute: Array
    linear_absolute: Array
    rows: Positions
    folds: int


@dataclass(frozen=True, slots=True)
class Prediction:
    """`items` (construct, item, q2_predict, rmse, rmse_lm, mae, mae_lm; items on 0-100) of endogenous constructs, by
    `antecedents`, against a linear model on the items that `benchmark` names."""

    items: pd.DataFrame
    antecedents: Antecedents
    benchmark: Benchmark
    held_out: HeldOut = field(repr=False)


def predict(
    fit: PlsFit,
    folds: Folds = 10,
    antecedents: Antecedents = "direct",
    benchmark: Benchmark | None = None,
    repetitions: int = 1,
    seed: int = 1,
) -> Prediction:
    """How well each item of an endogenous construct is predicted for respondents left out of the estimation.

    `antecedents`: direct takes the scores of a construct's direct causes, earliest only those of exogenous constructs,
    carried along the paths. The verdict against the linear model turns on what it may see: `benchmark` is direct (items
    of the direct causes), exogenous, or all (every item outside the block, those of its consequences too); by default
    that with the same information as the path model. q2_predict = 1 − Σe²/Σe² of the training mean; above 0 is
    predictive. `folds`: how many, drawn over clusters where the sample has them, or the fold number of each row of the
    data. Weights count in training and in errors. Respondents with a missing answer are left out.
    Raises ModelError for fewer than 2 folds, too few respondents or an item that does not vary in a training fold,
    NotConverged when a fold does not settle.
    """
    linear = benchmark or ("direct" if antecedents == "direct" else "exogenous")
    out = held_out(fit, folds, antecedents, linear, repetitions, seed)
    layout, w = layout_of(fit.instrument), fit.sample.weights[out.rows]
    rows = np.flatnonzero(np.isin(layout.owner, list(layout.equations)))
    mean = {
        name: w @ getattr(out, name)[:, rows] / w.sum()
        for name in HeldOut.__dataclass_fields__
        if name not in ("rows", "folds")
    }
    frame = pd.DataFrame(
        {
            "construct": [fit.instrument.construct_ids[layout.owner[k]] for k in rows],
            "item": [fit.instrument.item_ids[k] for k in rows],
            "q2_predict": 1 - mean["path"] / mean["mean"],
            "rmse": np.sqrt(mean["path"]),
            "rmse_lm": np.sqrt(mean["linear"]),
            "mae": mean["path_absolute"],
            "mae_lm": mean["linear_absolute"],
        }
    )
    return Prediction(frame, antecedents, linear, out)


def q2_predict(fit: PlsFit, folds: int = 10, repetitions: int = 1, seed: int = 1) -> pd.DataFrame:
    """construct, item, q2, rmse, rmse_lm of `predict` from direct causes, against the items of the direct causes."""
    found = predict(fit, folds, repetitions=repetitions, seed=seed).items
    return found.rename(columns={"q2_predict": "q2"})[["construct", "item", "q2", "rmse", "rmse_lm"]]


def held_out(
    fit: PlsFit, folds: Folds, antecedents: Antecedents, benchmark: Benchmark, repetitions: int, seed: int
) -> HeldOut:
    """Errors of every respondent while left out, as `predict` has them; the same `folds` and `seed` give every model
    of a sample the same folds."""
    for name, value, known in (
        ("antecedents", antecedents, Antecedents),
        ("benchmark", benchmark, Benchmark),
    ):
        if value not in get_args(known):
            raise ModelError(f"there are no {name} '{value}'. Use {', '.join(get_args(known))}.")
    layout = layout_of(fit.instrument)
    complete = np.asarray(~np.isnan(fit.sample.X).any(axis=1))
    numbers = _fold_numbers(fit.sample, complete, folds, repetitions, seed, layout.p)
    X, w = fit.sample.X[complete], fit.sample.weights[complete]
    training = _trained(fit, layout, X, w, numbers)
    errors = np.zeros((3, len(X), layout.p))
    absolute = np.zeros((2, len(X), layout.p))
    for f, test in enumerate(training.tests):
        gaps = training.errors(f, antecedents, benchmark)
        errors[:, test] += gaps**2
        absolute[:, test] += np.abs(gaps[:2])
    errors *= fit.moments.sd**2 / len(numbers)
    absolute *= fit.moments.sd / len(numbers)
    path, by_items, mean = errors
    rows, parts = np.flatnonzero(complete), int(numbers[0].max()) + 1
    return HeldOut(path, by_items, mean, absolute[0], absolute[1], rows, parts)


def _fold_numbers(
    sample: Sample, complete: Mask, folds: Folds, repetitions: int, seed: int, p: int
) -> list[Positions]:
    """Fold of each complete respondent, one array a repetition."""
    n = int(complete.sum())
    if isinstance(folds, int):
        unit = np.arange(n) if sample.units is None else sample.units.of_row[complete]
        units, of = np.unique(unit, return_inverse=True)
        if folds > len(units):
            drawn = "respondents without missing answers" if sample.units is None else "clusters"
            raise ModelError(
                f"{folds:,} folds of {len(units):,} {drawn}: some would be empty. Use between 2 and 10 folds."
            )
        numbers = (
            [_folds(len(units), folds, seed, k)[of.ravel()] for k in range(repetitions)] if folds else []
        )
    else:
        given = np.asarray(folds)
        if len(given) != len(sample.rows) + sample.excluded:
            raise ModelError(
                f"{len(given)} fold numbers for {len(sample.rows) + sample.excluded} rows of data. Give each row one."
            )
        numbers = [np.unique(given[sample.rows][complete], return_inverse=True)[1].ravel()]
    largest = max((int(np.bincount(one).max()) for one in numbers), default=n)
    if any(one.max() < 1 for one in numbers) or n - largest <= p + 1:
        raise ModelError(
            f"{n} respondents without missing answers do not make {folds if isinstance(folds, int) else 'these'} "
            f"folds for {p} items. Use between 2 and 10 folds, or collect more."
        )
    return numbers


def _folds(n: int, folds: int, seed: int, repetition: int) -> Positions:
    rng = np.random.Generator(np.random.Philox(key=[seed, repetition]))
    return rng.permutation(np.arange(n) % folds)


@dataclass(frozen=True, slots=True)
class _Trained:
    """Models of F training sets side by side: `Z` (n, p) all respondents in the sample's standard deviations; of the
    training rows `mean` and `sd` (p, F), correlations `R` (p, p, F), solution and paths; `tests`: rows left out."""

    layout: Layout
    Z: Array
    mean: Array
    sd: Array
    R: Array
    solution: kernel.Solution
    paths: Array
    tests: list[Mask]

    def errors(self, f: int, antecedents: Antecedents, benchmark: Benchmark) -> Array:
        """Of the path model, of the linear model and of the mean (3, m, p), for the rows left out of set f."""
        layout, test, sd = self.layout, self.tests[f], self.sd[:, f]
        z = (self.Z[test] - self.mean[:, f]) / sd
        own = np.add.reduceat(z * self.solution.weights[:, f], layout.starts, axis=1)
        carried = self.paths[..., f]
        if antecedents == "earliest":
            carried = kernel.total_effects(self.paths[..., [f]], layout)[..., 0]
            carried[list(layout.equations)] = 0.0
        loadings = self.solution.cross[np.arange(layout.p), layout.owner, f]
        by_paths = z - (own @ carried)[:, layout.owner] * loadings
        by_items = z - z @ _linear(self.R[..., f], layout, benchmark)
        return np.stack([by_paths, by_items, z]) * sd


def _trained(fit: PlsFit, layout: Layout, X: Array, w: Array, numbers: list[Positions]) -> _Trained:
    Z = (X - fit.moments.mean) / fit.moments.sd
    tests = [one == f for one in numbers for f in range(one.max() + 1)]
    W = np.where(np.array(tests), 0.0, w)
    step = Respondents.complete(Z, w).under(W)
    with np.errstate(divide="ignore", invalid="ignore"):
        R, sd = correlations_of(step, layout.p)
        _require_variance(sd, fit)
        start = fit.weights["weight_std"].to_numpy()
        solution = kernel.solve(R, layout, kernel.SCHEMES[fit.scheme], TOLERANCE, start=start)
    if not solution.converged.all():
        raise NotConverged(
            f"prediction of {fit.instrument.id}: a training fold did not converge. Use fewer folds, and look for "
            "items that hardly vary."
        )
    paths, _ = kernel.structural(solution.phi, layout)
    return _Trained(layout, Z, step[: layout.p], sd, R, solution, paths, tests)


def _require_variance(sd: Array, fit: PlsFit) -> None:
    still = np.argwhere(np.isnan(sd))
    if still.size:
        item = fit.instrument.item_ids[int(still[0, 0])]
        raise ModelError(
            f"prediction of {fit.instrument.id}: outside fold {int(still[0, 1]) + 1} every answer to item {item} is "
            "the same, so no model can be made of them. Use fewer folds, or leave the item out."
        )


def _linear(R: Array, layout: Layout, benchmark: Benchmark) -> Array:
    """Standardised regressions (p, p) of every item of an endogenous construct, a column, on the benchmark's items."""
    coefficients = np.zeros_like(R)
    for j in layout.equations:
        seen = {
            "direct": list(layout.causes[j]),
            "exogenous": [k for k in range(layout.K) if not layout.causes[k]],
            "all": [k for k in range(layout.K) if k != j],
        }[benchmark]
        used = np.flatnonzero(np.isin(layout.owner, seen))
        block = layout.blocks[j]
        coefficients[used, block] = np.linalg.solve(R[np.ix_(used, used)], R[used, block])
    return coefficients
