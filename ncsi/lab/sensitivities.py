"""Methods with a warning: copula terms, congruence, ordinal PLS, and necessary conditions without few respondents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import pandas as pd

from ncsi import model
from ncsi.kinds import of_kind
from ncsi.lab import appendix_words as words
from ncsi.lab.cells import arrow, labels_of, shown
from ncsi.lab.given import require_fit
from ncsi.lab.page import Page
from ncsi.lab.result_words import caution, page
from ncsi.lab.results import Result
from ncsi.lab.tidying import Names, named
from ncsi.model.inference.congruence import ReliabilityName
from ncsi.model.inference.necessity_sensitivity import THRESHOLDS
from ncsi.spec import Language
from ncsi.survey import Replicates


class CopulaTested(Result):
    """Copula terms: outcome, construct, estimate, se, df, low, high, t, p, p_holm, path (without the term), corrected
    (with it), then skew, distance, p_normal, at_top and state of the cause, as `ncsi.model.CopulaTerms` has them."""

    _keys: ClassVar[tuple[str, ...]] = ("construct", "outcome")
    found: tuple[model.CopulaTerms, model.PlsFit]

    def page(self, lang: Language = "en") -> Page:
        """What was added and what that cannot show, then every cause."""
        found, fit = self.found
        frame, label = pd.DataFrame(self), labels_of(fit.instrument, lang)
        columns = ["estimate", "se", "low", "high", "p", "p_holm", "corrected", "skew", "p_normal", "at_top"]
        table = frame[columns].assign(state=[words.COPULA_STATES[one].text(lang) for one in frame["state"]])
        table.insert(0, "path", arrow(frame["construct"], frame["outcome"], label))
        table.insert(7, "without", frame["path"])
        notices = [words.NO_PROOF.text(lang)]
        if not (frame["state"] == "usable").any():
            notices.append(words.NONE_USABLE.text(lang))
        if found.completed:
            notices.append(words.COMPLETED.text(lang).format(n=found.completed))
        return page(
            words.COPULA, lang, [words.ADDED.text(lang).format(replicates=f"{found.replicates:,}")],
            [*notices, *(caution(one, lang) for one in fit.warnings)],
            shown(
                words.COPULA_TERMS.text(lang), table, lang, 1, found.level, {"skew": 2, "at_top": 2}, "estimate",
                frame["p_holm"] < 1 - found.level,
            ),
        )  # fmt: skip


@of_kind
def gaussian_copula(
    fit: model.PlsFit, replicates: int | Replicates = 5000, seed: int = 1, level: float = 0.95
) -> CopulaTested:
    """Whether causes go with the error of their equation: Φ⁻¹ of a cause's distribution function beside the causes.

    With a warning: only scores that are not normal identify the term, and bounded or rounded ones make it significant
    without any endogeneity; `state` says of each cause whether anything can be told (docs/method.md §47). Scores,
    distribution functions and regressions are made anew in every replicate, under weights and designs. Raises
    ModelError for fewer than 2 replicates, a level that is not between 0 and 1, a cause of two values; NotConverged.
    """
    require_fit(fit, "gaussian_copula")
    found = model.gaussian_copula(fit, replicates, seed, level)
    return CopulaTested(found.terms, (found, fit))


class Likeness(Result):
    """Pairs of constructs: construct_a, construct_b, estimate; of replicates also se, low, high, df."""

    _keys: ClassVar[tuple[str, ...]] = ("construct_a", "construct_b")
    found: tuple[model.Congruence, model.PlsFit]

    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row a pair: construct_a, construct_b, estimate, se, df, low, high."""
        plain = pd.DataFrame(self)
        known = [one for one in ("estimate", "se", "df", "low", "high") if one in plain]
        return named(plain[[*self._keys, *known]], self._keys, names, between=" ")

    def page(self, lang: Language = "en") -> Page:
        """What is compared and what it is worth, then the pairs."""
        found, fit = self.found
        frame, label = pd.DataFrame(self).drop(columns="df", errors="ignore"), labels_of(fit.instrument, lang)
        table = frame.assign(**{name: frame[name].map(label) for name in self._keys})
        line = words.ALIKE.text(lang).format(reliability=words.RELIABILITIES[found.reliability].text(lang))
        notices = [words.NO_GATE.text(lang), *(caution(one, lang) for one in fit.warnings)]
        drawn = None if found.level is None else "estimate"
        return page(
            words.CONGRUENCE, lang, [line], notices,
            shown(words.PAIRS.text(lang), table, lang, 2, found.level, drawn=drawn),
        )  # fmt: skip


@of_kind
def congruence(fit: model.PlsFit | model.Bootstrap, reliability: ReliabilityName = "rho_a") -> Likeness:
    """Whether two constructs go with all others in the same way: Σxy/√(Σx²Σy²) over their columns of correlations.

    With a warning: beside HTMT and no gate, since `reliability` (rho_a, rho_c, alpha, one) on the diagonal moves it by
    .1; of a `Bootstrap` with intervals, except for alpha (docs/method.md §47). Raises ModelError for another
    reliability, and for fewer than three constructs.
    """
    if not isinstance(fit, model.Bootstrap):
        require_fit(fit, "congruence")
    found = model.congruence(fit, reliability)
    return Likeness(found.pairs, (found, fit.fit if isinstance(fit, model.Bootstrap) else fit))


class OrdinalPaths(Result):
    """Paths: from, to, estimate (of the fit), ordinal, difference, ordinal_c. `r2`, `loadings`, `correlations` and
    `thresholds` are frames, as `ncsi.model.OrdinalFit` has them."""

    _keys: ClassVar[tuple[str, ...]] = ("from", "to")
    _estimate: ClassVar[str] = "ordinal"
    found: tuple[model.OrdinalFit, model.PlsFit]

    @property
    def r2(self) -> pd.DataFrame:
        """construct, estimate, ordinal."""
        return self.found[0].r2

    @property
    def loadings(self) -> pd.DataFrame:
        """construct, item, estimate, ordinal."""
        return self.found[0].loadings

    @property
    def correlations(self) -> pd.DataFrame:
        """Polychoric correlations of the items."""
        return self.found[0].correlations

    @property
    def thresholds(self) -> pd.DataFrame:
        """item, category, threshold."""
        return self.found[0].thresholds

    def sheets(self) -> Mapping[str, pd.DataFrame]:
        """paths, r2, loadings, correlations and thresholds."""
        return {
            "paths": pd.DataFrame(self), "r2": self.r2, "loadings": self.loadings,
            "correlations": self.correlations.rename_axis("item").reset_index(), "thresholds": self.thresholds,
        }  # fmt: skip

    def page(self, lang: Language = "en") -> Page:
        """What was estimated and why there is no index, the paths, the loadings."""
        found, fit = self.found
        frame, label = pd.DataFrame(self), labels_of(fit.instrument, lang)
        paths = frame[["estimate", "ordinal", "difference", "ordinal_c"]]
        paths.insert(0, "path", arrow(frame["from"], frame["to"], label))
        items = found.loadings.assign(
            construct=found.loadings["construct"].map(label),
            item=found.loadings["item"] + " " + found.loadings["item"].map(label),
        )
        notices = [words.NO_INDEX.text(lang)]
        if found.pairwise:
            notices.append(words.PAIRWISE.text(lang).format(n=found.pairwise))
        notices += [caution(one, lang) for one in fit.warnings]
        return page(
            words.ORDINAL, lang, [words.POLYCHORIC.text(lang)], notices,
            shown(words.ORDINAL_PATHS.text(lang), paths, lang, 1), shown(words.LOADINGS.text(lang), items, lang, 2),
        )  # fmt: skip


@of_kind
def ordinal_pls(fit: model.PlsFit) -> OrdinalPaths:
    """The model on polychoric correlations, beside the fit: what paths would be if answers were categories of normal
    variables.

    With a warning: a sensitivity without errors and without an index (docs/method.md §47). Thresholds are those of each
    item's weighted margin. Raises ModelError for an item of more than 15 different answers and for correlations that do
    not form a valid matrix; NotConverged.
    """
    require_fit(fit, "ordinal_pls")
    found = model.ordinal_pls(fit)
    return OrdinalPaths(found.paths, (found, fit))


class Corners(Result):
    """Effect sizes by threshold: construct, threshold, kept, d, benchmark, excess."""

    _keys: ClassVar[tuple[str, ...]] = ("construct", "threshold")
    found: tuple[model.NecessitySensitivity, model.PlsFit]

    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row a construct and threshold: construct, threshold, estimate (d)."""
        plain = pd.DataFrame(self).rename(columns={"d": "estimate"})
        return named(plain[[*self._keys, "estimate"]], self._keys, names, between=" ")

    def page(self, lang: Language = "en") -> Page:
        """What was left out and what that says, then every threshold."""
        found, fit = self.found
        label = labels_of(fit.instrument, lang)
        frame = pd.DataFrame(self).assign(construct=self["construct"].map(label))
        line = words.LEFT_OUT_OF_CORNER.text(lang).format(target=label[found.target])
        notices = [words.WHATEVER_CORRELATES.text(lang), *(caution(one, lang) for one in fit.warnings)]
        return page(
            words.ESSE,
            lang,
            [line],
            notices,
            shown(words.CORNERS.text(lang), frame, lang, 1, digits={"kept": 0}),
        )


@of_kind
def esse(
    fit: model.PlsFit,
    target: str | None = None,
    constructs: Sequence[str] | None = None,
    thresholds: Sequence[float] | float = THRESHOLDS,
) -> Corners:
    """How much the necessity of the direct causes of `target`, or of the `constructs` named, rests on few respondents.

    With a warning: d of the step function without those in the emptiest corner, against what independent scores give
    (docs/method.md §47); `nca` asks whether a condition is necessary. Raises ModelError for constructs that are not in
    the model, and thresholds outside 0 to 0.5.
    """
    require_fit(fit, "esse")
    found = model.necessity_sensitivity(fit, target, constructs, thresholds)
    return Corners(found.effects, (found, fit))
