"""Out-of-sample prediction of items (Shmueli, Ray, Velasquez Estrada & Chatla 2016; Shmueli et al. 2019)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from numbers import Integral
from typing import get_args

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Mask, Positions
from ncsi.errors import ModelError
from ncsi.model.inference.training_folds import Antecedents, Benchmark, Trained, trained
from ncsi.model.moments.coded import lacking
from ncsi.model.moments.row_blocks import row_blocks
from ncsi.model.moments.sample import Sample
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import layout_of

Folds = int | Positions


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """What is wrong with the predictions of respondents left out of the estimation, items on 0-100: squared errors
    (n, p) of the path model, of the `linear` model on items, of the training `mean`; absolute ones of the first two.
    Means over the repetitions. `rows`: which respondents of the sample, those without a missing answer. `folds`: how
    many they were left out in. Errors are made of some thousand respondents at a time: all of them are five times the
    answers."""

    trained: Trained
    rows: Positions
    folds: int

    @property
    def path(self) -> Array:
        """Squared errors (n, p) of the path model."""
        return self._whole(0)

    @property
    def linear(self) -> Array:
        """Squared errors (n, p) of the linear model."""
        return self._whole(1)

    @property
    def mean(self) -> Array:
        """Squared errors (n, p) of the training mean."""
        return self._whole(2)

    def blocks(self) -> Iterator[tuple[slice, Array, Array]]:
        """Runs of the respondents, with their squared errors (3, m, p) of path model, linear model and mean, and their
        absolute ones (2, m, p) of the first two."""
        for part in row_blocks(len(self.rows)):
            yield part, *self.trained.errors(part, self.rows[part])

    def _whole(self, which: int) -> Array:
        return np.concatenate([squared[which] for _, squared, _ in self.blocks()])


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
    squared, absolute = np.zeros((3, len(rows))), np.zeros((2, len(rows)))
    for part, of_squares, of_sizes in out.blocks():
        squared += [w[part] @ one[:, rows] for one in of_squares]
        absolute += [w[part] @ one[:, rows] for one in of_sizes]
    squared, absolute = squared / w.sum(), absolute / w.sum()
    frame = pd.DataFrame(
        {
            "construct": [fit.instrument.construct_ids[layout.owner[k]] for k in rows],
            "item": [fit.instrument.item_ids[k] for k in rows],
            "q2_predict": 1 - squared[0] / squared[2],
            "rmse": np.sqrt(squared[0]),
            "rmse_lm": np.sqrt(squared[1]),
            "mae": absolute[0],
            "mae_lm": absolute[1],
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
    complete = _complete(fit.sample)
    numbers = _fold_numbers(fit.sample, complete, folds, repetitions, seed, layout.p)
    rows = np.flatnonzero(complete)
    parts = int(numbers[0].max()) + 1 if numbers else 0
    return HeldOut(trained(fit, layout, rows, numbers, antecedents, benchmark), rows, parts)


def _complete(sample: Sample) -> Mask:
    """Who of the respondents (n,) left nothing out."""
    missing = (lacking(sample.answers, rows).any(axis=1) for rows in row_blocks(len(sample.weights)))
    return ~np.concatenate(list(missing))


def _fold_numbers(
    sample: Sample, complete: Mask, folds: Folds, repetitions: int, seed: int, p: int
) -> list[Positions]:
    """Fold of each complete respondent, one array a repetition."""
    n = int(complete.sum())
    if isinstance(folds, Integral):
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
        if given.ndim != 1:
            raise ModelError(
                f"folds is {type(folds).__name__}, neither how many nor a number for each row. Use folds=10."
            )
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
