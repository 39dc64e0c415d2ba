"""Which of two models predicts better: the cross-validated predictive ability test, on the same folds for both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Positions
from ncsi.errors import ModelError
from ncsi.model.inference.changes import holm
from ncsi.model.inference.prediction import Folds, HeldOut, held_out
from ncsi.model.inference.training_folds import Antecedents, Benchmark
from ncsi.model.moments.row_blocks import row_blocks
from ncsi.model.moments.sample import Sample, Units
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import layout_of
from ncsi.model.resampling.freedom import spread_of
from ncsi.model.resampling.intervals import t_reach, two_sided

OVERALL = "all items"
_LEVEL = 0.95
_SAME = 1e-10
"""Losses that differ by less than this share of themselves are those of one prediction: nothing is tested."""


@dataclass(frozen=True, slots=True)
class Cvpat:
    """`tests` (against, construct, loss_a, loss_b, difference, se, df, low, high, t, p, p_holm): mean squared errors of
    items on 0-100; difference = loss_b − loss_a, so a positive one says that the first model predicts better. The row
    `all items` is the mean over items; p_holm is over the constructs of one comparison. `against`: the other model,
    "mean" or "linear model". `benchmark` says what a linear model saw, None where none was compared."""

    tests: pd.DataFrame
    antecedents: Antecedents
    benchmark: Benchmark | None


def cvpat(
    fit_a: PlsFit,
    fit_b: PlsFit | None = None,
    folds: Folds = 10,
    repetitions: int = 1,
    seed: int = 1,
    antecedents: Antecedents = "direct",
    benchmark: Benchmark | None = None,
) -> Cvpat:
    """Compare the losses of `fit_a` with those of `fit_b`; without one, with the training mean's and a linear model's.

    A respondent's loss is the mean of squared errors over the items, over the repetitions; t is that of the weighted
    mean difference, its variance by the sample's strata and clusters, on Satterthwaite's degrees of freedom (Liengaard
    et al. 2021; Sharma et al. 2023). Both models are held out of the same folds, and constructs that are endogenous in
    both are compared. Raises ModelError for fits of other respondents, answers or weights, and as `predict` does.
    """
    linear = benchmark or ("direct" if antecedents == "direct" else "exogenous")
    a = held_out(fit_a, folds, antecedents, linear, repetitions, seed)
    if fit_b is None:
        shared = _endogenous(fit_a)
        own, linear_model, mean = _losses(fit_a, a, shared)
        pairs = [("mean", mean), ("linear model", linear_model)]
    else:
        require_same(fit_a, fit_b)
        b = held_out(fit_b, folds, antecedents, linear, repetitions, seed)
        shared = [name for name in _endogenous(fit_a) if name in _endogenous(fit_b)]
        own, pairs = _losses(fit_a, a, shared)[0], [("other model", _losses(fit_b, b, shared)[0])]
    tests = [_tested(fit_a, a.rows, (own, loss), shared).assign(against=name) for name, loss in pairs]
    frame = pd.concat(tests, ignore_index=True)
    columns = ["against", *(name for name in frame if name != "against")]
    return Cvpat(frame[columns], antecedents, linear if fit_b is None else None)


def _endogenous(fit: PlsFit) -> list[str]:
    return [fit.instrument.construct_ids[j] for j in sorted(layout_of(fit.instrument).equations)]


def require_same(a: PlsFit, b: PlsFit) -> None:
    """Raise ModelError for fits of other items, respondents, answers, weights, strata or clusters."""
    same = (
        a.instrument.item_ids == b.instrument.item_ids
        and np.array_equal(a.sample.rows, b.sample.rows)
        and _same_answers(a.sample, b.sample)
        and np.array_equal(a.sample.weights, b.sample.weights)
        and np.array_equal(a.sample.stratum, b.sample.stratum)
        and _same_units(a.sample.units, b.sample.units)
    )
    if not same:
        raise ModelError(
            "the two models are of other items, respondents, weights, strata or clusters, so they do not compare. Fit "
            "both to the same data frame with the same columns; only the paths may differ."
        )


def _same_answers(a: Sample, b: Sample) -> bool:
    return a.answers.shape == b.answers.shape and all(
        np.array_equal(a.answers[rows], b.answers[rows], equal_nan=True)
        for rows in row_blocks(len(a.weights))
    )


def _same_units(a: Units | None, b: Units | None) -> bool:
    if a is None or b is None:
        return a is b
    return np.array_equal(a.of_row, b.of_row) and np.array_equal(a.stratum, b.stratum)


def _losses(fit: PlsFit, out: HeldOut, constructs: list[str]) -> Array:
    """Mean squared errors (3, n, K + 1) of path model, linear model and mean: over the items of each construct, and of
    all of these."""
    layout, ids = layout_of(fit.instrument), fit.instrument.construct_ids
    blocks = [np.arange(layout.p)[layout.blocks[ids.index(name)]] for name in constructs]
    blocks.append(np.concatenate(blocks))
    losses: Array = np.empty((3, len(out.rows), len(blocks)))
    for part, squared, _ in out.blocks():
        for of_model, errors in zip(losses, squared, strict=True):
            of_model[part] = np.column_stack([errors[:, own].mean(axis=1) for own in blocks])
    return losses


def _tested(fit: PlsFit, rows: Positions, losses: tuple[Array, Array], constructs: list[str]) -> pd.DataFrame:
    """One row a construct, and one of all their items, of the losses (n, K + 1) of two models."""
    gap, (se, df) = losses[1] - losses[0], _errors(fit.sample, rows, losses[1] - losses[0])
    w = fit.sample.weights[rows] / fit.sample.weights[rows].sum()
    difference = w @ gap
    known = se > _SAME * (w @ losses[0])
    t = np.divide(difference, se, out=np.full(len(se), np.nan), where=known)
    p, reach = two_sided(t, df), t_reach(_LEVEL, df) * se
    return pd.DataFrame(
        {
            "construct": [*constructs, OVERALL], "loss_a": w @ losses[0], "loss_b": w @ losses[1],
            "difference": difference, "se": se, "df": df, "low": difference - reach, "high": difference + reach,
            "t": t, "p": p, "p_holm": [*holm(p[:-1]), np.nan],
        }
    )  # fmt: skip


def _errors(sample: Sample, rows: Positions, gap: Array) -> tuple[Array, Array]:
    spread = spread_of(sample, gap, rows)
    return np.sqrt(spread.variance), spread.df
