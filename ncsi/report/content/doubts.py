"""What speaks against a sector's model, for the sentences that rest on it."""

from __future__ import annotations

from ncsi.model.cautions import NOT_SEPARABLE
from ncsi.report import text
from ncsi.report.content.labels import component_labels, construct_labels, item_labels
from ncsi.report.evidence_rows import CovarianceFit, EnginePath, Warned
from ncsi.report.result_rows import Tables, of, read
from ncsi.report.text import NOTHING, Pair, each, phrase
from ncsi.spec import Instrument
from ncsi.tables import OUT_CBSEM_ESTIMATES, OUT_CBSEM_FIT, OUT_ENGINES

POOR_RMSEA = 0.08
"""Above it a model does not fit (Browne & Cudeck 1993)."""
_ARROWS = {"=~": "→", "~~": "↔", "~": "←"}


def doubts(own: Tables, instrument: Instrument) -> Pair:
    """The end of a sentence that rests on the model: what does not hold of it; nothing where nothing speaks against it.

    Constructs that are not separable, paths of opposite sign between the engines, RMSEA above .08.
    """
    found = [*_poor_fit(own), *_opposite(own, instrument)]
    if unclear := not_separable(own, instrument):
        found.append(phrase("doubt_not_separable", names=text.named(unclear)))
    return phrase("doubt", found=text.clauses(found)) if found else NOTHING


def not_separable(own: Tables, instrument: Instrument) -> list[Pair]:
    """The parameters whose two sides the covariance SEM does not tell apart, by the names that readers know."""
    return [
        _parameter((one.lhs, one.op, one.rhs), instrument)
        for one in read(Warned, own[OUT_CBSEM_ESTIMATES.name])
        if one.caution in NOT_SEPARABLE
    ]


def _poor_fit(own: Tables) -> list[Pair]:
    return [
        phrase("doubt_rmsea", rmsea=text.number(fit.rmsea, 3))
        for fit in read(CovarianceFit, own[OUT_CBSEM_FIT.name])
        if fit.status == "converged" and fit.rmsea > POOR_RMSEA
    ]


def _opposite(own: Tables, instrument: Instrument) -> list[Pair]:
    labels = construct_labels(instrument)
    table = of(own[OUT_ENGINES.name], verdict="opposite")
    paths = [arrow(labels[one.cause], labels[one.effect]) for one in read(EnginePath, table)]
    return [phrase("doubt_opposite", names=text.named(paths))] if paths else []


def arrow(cause: Pair, effect: Pair) -> Pair:
    """A path by its constructs."""
    return each(lambda language: f"{cause.of(language)} → {effect.of(language)}")


def _parameter(about: tuple[str, ...], instrument: Instrument) -> Pair:
    """A parameter by the names that readers know, its operator as an arrow."""
    names = construct_labels(instrument) | component_labels(instrument) | item_labels(instrument)
    words = [names.get(one, text.same(_ARROWS.get(one, one))) for one in about]
    return each(lambda language: " ".join(one.of(language) for one in words))
