"""How well a model predicts respondents it has not seen, and which of two predicts better."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pandas as pd

from ncsi import model
from ncsi.arrays import Positions
from ncsi.kinds import of_kind
from ncsi.lab import result_words as words
from ncsi.lab.cells import labels_of, shown
from ncsi.lab.fits import fit_pls
from ncsi.lab.given import require_fit
from ncsi.lab.page import Page
from ncsi.lab.results import Result
from ncsi.model.inference.cvpat import OVERALL
from ncsi.model.inference.training_folds import Antecedents, Benchmark
from ncsi.model.pls.fit import SchemeName
from ncsi.spec import Language
from ncsi.spec.instrument import Instrument

FoldsGiven = int | Sequence[int] | Positions | pd.Series
_LEVEL = 0.95


class Predicted(Result):
    """Items of endogenous constructs: construct, item, q2_predict, rmse, rmse_lm, mae, mae_lm, on 0-100.

    `benchmark` names what the linear model (lm) saw, `antecedents` what the path model did.
    """

    _keys: ClassVar[tuple[str, ...]] = ("construct", "item")
    _estimate: ClassVar[str] = "q2_predict"
    found: tuple[model.Prediction, model.PlsFit]

    @property
    def benchmark(self) -> Benchmark:
        """What the linear model saw: direct, exogenous or all."""
        return self.found[0].benchmark

    @property
    def antecedents(self) -> Antecedents:
        """What the path model predicted from: direct or earliest."""
        return self.found[0].antecedents

    def glance(self) -> pd.DataFrame:
        """One row about the whole: also folds, how many they were."""
        return super().glance().assign(folds=self.found[0].held_out.folds)

    def page(self, lang: Language = "en") -> Page:
        """Which models were compared, then every item."""
        found, fit = self.found
        label = labels_of(fit.instrument, lang)
        frame = pd.DataFrame(self).assign(
            construct=self["construct"].map(label), item=self["item"] + " " + self["item"].map(label)
        )
        better = int((self["rmse"] < self["rmse_lm"]).sum())
        lines = [
            _seen(found.antecedents, found.benchmark, lang),
            words.BETTER.text(lang).format(better=better, items=len(self)),
        ]
        digits = {"rmse": 2, "rmse_lm": 2, "mae": 2, "mae_lm": 2}
        return words.page(
            words.PREDICTION, lang, lines, [words.caution(one, lang) for one in fit.warnings],
            shown(words.ITEMS.text(lang), frame, lang, 2, digits=digits),
        )  # fmt: skip


@of_kind
def predict(
    df: pd.DataFrame,
    inst: Instrument,
    folds: FoldsGiven = 10,
    antecedents: Antecedents = "direct",
    benchmark: Benchmark | None = None,
    repetitions: int = 1,
    seed: int = 1,
    weights: str | None = None,
    strata: str | None = None,
    clusters: str | None = None,
    scheme: SchemeName = "path",
) -> Predicted:
    """How well each item of an endogenous construct is predicted for respondents left out of the estimation.

    `folds`: how many, drawn over clusters where the sample has them, or the fold number of each row of `df`.
    `antecedents`: direct takes the scores of a construct's direct causes, earliest only those of exogenous constructs,
    carried along the paths. `benchmark`: the linear model sees the items of the direct causes, of exogenous constructs,
    or all outside the block; by default what the path model sees (docs/method.md §35). q2_predict above 0 is
    predictive. Weights count in training and in errors. Raises ModelError for fewer than 2 folds, too few respondents
    or an item that does not vary in a training fold, NotConverged when a fold does not settle.
    """
    fit = fit_pls(df, inst, weights=weights, strata=strata, clusters=clusters, scheme=scheme)
    found = model.predict(fit, _numbers(folds), antecedents, benchmark, repetitions, seed)
    return Predicted(found.items, (found, fit))


class PredictionsTested(Result):
    """Losses compared: construct, against, loss_a, loss_b, difference (b − a: positive, the first predicts better), se,
    df, low, high, t, p, p_holm. The row "all items" is over all of them."""

    _keys: ClassVar[tuple[str, ...]] = ("construct", "against")
    _estimate: ClassVar[str] = "difference"
    found: tuple[model.Cvpat, model.PlsFit]

    def page(self, lang: Language = "en") -> Page:
        """What was compared, then every construct."""
        found, fit = self.found
        label = {**labels_of(fit.instrument, lang), OVERALL: words.ALL_ITEMS.text(lang)}
        against = {name: one.text(lang) for name, one in words.AGAINST.items()}
        columns = [
            "construct",
            "against",
            "loss_a",
            "loss_b",
            "difference",
            "low",
            "high",
            "t",
            "p",
            "p_holm",
        ]
        frame = pd.DataFrame(self)[columns].assign(
            construct=self["construct"].map(label), against=self["against"].map(against)
        )
        lines = [words.POSITIVE.text(lang)]
        if found.benchmark is not None:
            lines.insert(0, _seen(found.antecedents, found.benchmark, lang))
        digits = {"loss_a": 1, "loss_b": 1, "difference": 2, "low": 2}
        return words.page(
            words.CVPAT, lang, lines, [],
            shown(
                words.LOSSES.text(lang), frame, lang, 2, _LEVEL, digits, "difference",
                self["p_holm"].fillna(self["p"]) < 1 - _LEVEL,
            ),
        )  # fmt: skip


@of_kind
def cvpat(
    fit_a: model.PlsFit,
    fit_b: model.PlsFit | None = None,
    folds: FoldsGiven = 10,
    seed: int = 1,
    repetitions: int = 1,
    antecedents: Antecedents = "direct",
    benchmark: Benchmark | None = None,
) -> PredictionsTested:
    """Compare the losses of `fit_a` with those of `fit_b`, on the same folds; without one, with the training mean's and
    a linear model's.

    A respondent's loss is the mean of squared errors over the items, on 0-100; t is that of the weighted mean
    difference, its variance by the sample's strata and clusters (docs/method.md §35). `folds`: how many, or the fold
    number of each row of the data. Raises ModelError for fits of other respondents, answers or weights, and as
    `predict` does.
    """
    for one in (fit_a,) if fit_b is None else (fit_a, fit_b):
        require_fit(one, "cvpat")
    found = model.cvpat(fit_a, fit_b, _numbers(folds), repetitions, seed, antecedents, benchmark)
    first = ["construct", "against"]
    return PredictionsTested(
        found.tests[[*first, *(name for name in found.tests if name not in first)]], (found, fit_a)
    )


def _numbers(folds: FoldsGiven) -> int | Positions:
    return int(folds) if isinstance(folds, int | np.integer) else np.asarray(folds)


def _seen(antecedents: Antecedents, benchmark: Benchmark, lang: Language) -> str:
    return words.SEEN.text(lang).format(
        path=words.ANTECEDENTS[antecedents].text(lang), linear=words.BENCHMARKS[benchmark].text(lang)
    )
