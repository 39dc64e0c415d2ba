"""Whether the model hides classes that nothing in the data names: finite mixtures, with their warning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Literal

import pandas as pd

from ncsi import model
from ncsi.errors import ModelError
from ncsi.kinds import of_kind
from ncsi.lab import appendix_words as words
from ncsi.lab.cells import arrow, labels_of, shown
from ncsi.lab.given import require_fit
from ncsi.lab.page import Page, Shown
from ncsi.lab.result_words import caution, page
from ncsi.lab.results import Result
from ncsi.lab.tidying import Names, named
from ncsi.model.inference.mixtures import SPURIOUS
from ncsi.spec import Language

FEW_STARTS = 2
"""A maximum that fewer starts than this reach may not be the highest."""


class Segments(Result):
    """Mixtures by number of classes: k, lnl, parameters, aic, aic3, bic, caic, en, smallest, narrowest, reached,
    p_one_class. `classes`, `paths` and `r2` are frames, as `ncsi.model.FiniteMixture` has them."""

    _keys: ClassVar[tuple[str, ...]] = ("k",)
    found: tuple[model.FiniteMixture, model.PlsFit]

    @property
    def classes(self) -> pd.DataFrame:
        """k, segment, share, assigned."""
        return self.found[0].classes

    @property
    def paths(self) -> pd.DataFrame:
        """k, segment, from, to, estimate."""
        return self.found[0].paths

    @property
    def r2(self) -> pd.DataFrame:
        """k, segment, construct, r2."""
        return self.found[0].r2

    def posterior(self, k: int) -> pd.DataFrame:
        """How likely each respondent is in each of k segments. Raises ModelError for a k that was not fitted."""
        _require_fitted(self.found[0], k)
        return self.found[0].posteriors[k]

    def sheets(self) -> Mapping[str, pd.DataFrame]:
        """criteria, classes, paths and r2; no respondents."""
        return {"criteria": pd.DataFrame(self), "classes": self.classes, "paths": self.paths, "r2": self.r2}

    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row a number of classes, segment and path: k, segment, from, to, estimate."""
        keys = ["k", "segment", "from", "to"]
        plain = self.paths.astype({"k": str, "segment": str})
        return named(plain[[*keys, "estimate"]], keys, names, between=" ")

    def page(self, lang: Language = "en") -> Page:
        """What was sought and what not to do with it, the criteria, the classes, their paths."""
        found, fit = self.found
        label = labels_of(fit.instrument, lang)
        columns = ["k", "lnl", "parameters", "aic", "aic3", "bic", "caic", "en", "p_one_class"]
        digits = {"k": 0, "parameters": 0, "en": 2, **dict.fromkeys(("lnl", "aic", "aic3", "bic", "caic"), 1)}
        tables = [shown(words.CRITERIA.text(lang), pd.DataFrame(self)[columns], lang, 1, digits=digits)]
        tables += [_paths_within(found, k, label, lang) for k in self["k"] if k > 1]
        return page(words.FIMIX, lang, _lines(found, lang), _notices(found, fit, lang), *tables)


@of_kind
def segments(
    fit: model.PlsFit,
    method: Literal["fimix"] = "fimix",
    k: int | Iterable[int] = range(1, 5),
    starts: int = 50,
    intercepts: bool = False,
    simulations: int = 99,
    seed: int = 1,
) -> Segments:
    """Whether the paths differ between classes that no column names: mixtures of each number `k` of classes (FIMIX).

    With a warning: scores that are not normal look like classes, so criteria ask for several where there is one.
    `p_one_class` is against surveys of one class with the same margins and rank correlations; `intercepts` lets classes
    differ in their means too (docs/method.md §46). Never publish segments from it; split by columns that the survey
    declares (`split_tree`). Raises ModelError for another method, k outside 1 to 8, too few respondents for the
    parameters, no starts, and 1 to 18 simulations.
    """
    require_fit(fit, "segments")
    if method != "fimix":
        raise ModelError(
            f"there is no method '{method}'. Use fimix; prediction-oriented segmentation improves on random halves too "
            "and is left out."
        )
    found = model.finite_mixture(fit, k, starts, intercepts, simulations, seed)
    return Segments(found.criteria, (found, fit))


def _lines(found: model.FiniteMixture, lang: Language) -> list[str]:
    kind = words.WITH_MEANS if found.intercepts else words.WITHOUT_MEANS
    lines = [
        words.SOUGHT.text(lang).format(starts=found.starts, n_eff=f"{found.n_eff:,.0f}"),
        kind.text(lang),
    ]
    if len(found.criteria) > 1:
        asked = {name: found.best(name) for name in ("caic", "bic", "aic3")}
        lines.append(words.ASKED_FOR.text(lang).format(**asked))
    if found.simulations and not found.clustered:
        lines.append(words.ONE_CLASS.text(lang).format(simulations=found.simulations))
    return lines


def _notices(found: model.FiniteMixture, fit: model.PlsFit, lang: Language) -> list[str]:
    criteria = found.criteria
    notices = [words.NEVER_PUBLISH.text(lang)]
    if len(criteria) > 1 and found.best("caic") != found.best("aic3"):
        notices.append(words.DISAGREE.text(lang))
    told = (
        (words.LONELY, criteria[(criteria["k"] > 1) & (criteria["reached"] < FEW_STARTS)]),
        (words.NARROW, criteria[criteria["narrowest"] < SPURIOUS]),
    )
    comma = words.COMMA[lang]
    notices += [word.text(lang).format(k=comma.join(map(str, rows["k"]))) for word, rows in told if len(rows)]
    if found.clustered:
        notices.append(words.CLUSTERED.text(lang))
    if found.left_out:
        notices.append(words.LEFT_OUT.text(lang).format(n=found.left_out))
    return [*notices, *(caution(one, lang) for one in fit.warnings)]


def _paths_within(found: model.FiniteMixture, k: int, label: Mapping[str, str], lang: Language) -> Shown:
    """A row a path, a column a class with its share."""
    own = found.paths[found.paths["k"] == k]
    wide = own.assign(path=arrow(own["from"], own["to"], label)).pivot(
        index="path", columns="segment", values="estimate"
    )
    wide = wide.loc[
        own.loc[own["segment"] == 1, ["from", "to"]].pipe(lambda p: arrow(p["from"], p["to"], label))
    ]
    shares = found.classes.loc[found.classes["k"] == k, "share"]
    wide.columns = pd.Index(
        [words.CLASS_OF.text(lang).format(segment=c, share=f"{one:.0%}") for c, one in enumerate(shares, 1)]
    )
    return shown(words.PATHS_OF_CLASSES.text(lang).format(k=k), wide.reset_index(), lang, 1)


def _require_fitted(found: model.FiniteMixture, k: int) -> None:
    if k not in found.posteriors:
        there = ", ".join(map(str, found.posteriors))
        raise ModelError(f"no mixture of {k} classes was fitted. Choose of {there}.")
