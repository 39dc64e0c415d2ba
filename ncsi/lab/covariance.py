"""The covariance SEM as an analyst holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict, Unpack

import pandas as pd

from ncsi import model
from ncsi.kinds import of_kind
from ncsi.lab import words
from ncsi.lab.cells import arrow, figure, labels_of, p_value, shown
from ncsi.lab.declared import changed_model
from ncsi.lab.fits import values_of
from ncsi.lab.given import require_arguments, require_instrument
from ncsi.lab.html import line_of
from ncsi.lab.misfit import ModificationIndices, Residuals, residuals_of
from ncsi.lab.page import Page
from ncsi.lab.rendering import Readable
from ncsi.lab.tidying import Names, named
from ncsi.model.cbsem import Missing, factor_scores, modification_indices
from ncsi.model.resampling.intervals import t_reach
from ncsi.spec import Language
from ncsi.spec.instrument import Instrument

COLUMNS = ["lhs", "op", "rhs", "estimate", "se", "z", "p", "low", "high", "std"]
LEVEL = 0.95


class CbsemArguments(TypedDict, total=False):
    """What `fit_cbsem` was asked for besides data and instrument."""

    weights: str | None
    clusters: str | None
    robust: bool
    strata: str | None
    missing: Missing


@dataclass(frozen=True, slots=True, repr=False)
class CbsemFit(model.CbsemFit):
    """A `ncsi.model.CbsemFit` that shows itself: `summary`, `tidy`, `glance`, `scores`, `modification_indices`,
    `residuals`, `update`.

    `instrument`, `data` and `asked` are what it was fitted from.
    """

    instrument: Instrument
    data: pd.DataFrame = field(repr=False)
    asked: CbsemArguments = field(repr=False)

    def summary(self, lang: Language = "en") -> CbsemSummary:
        """The fit as a statistician reads it. Raises ModelError for a language other than "zh" and "en"."""
        words.require_language(lang)
        return CbsemSummary(self, lang)

    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row a parameter: lhs, op, rhs, estimate, se, z, p, low, high (at 95 %), std; missing where fixed.

        `names="broom"` gives term ("Value ~ Quality") and the columns that R's broom uses.
        """
        frame = self.estimates
        reach = float(t_reach(LEVEL, float("inf"))) * frame["se"]
        frame = frame.assign(low=frame["estimate"] - reach, high=frame["estimate"] + reach)[COLUMNS]
        tidied = named(frame, ["lhs", "op", "rhs"], names, between=" ")
        if names == "broom":
            tidied.insert(1, "op", frame["op"])
        return tidied

    def glance(self) -> pd.DataFrame:
        """One row: instrument, n, robust, missing, and every measure of fit."""
        row: dict[str, object] = {"instrument": self.instrument.id, "n": self.n, "robust": self.robust}
        row["missing"] = self.missing
        return pd.DataFrame([row | {str(k): v for k, v in self.fit_measures.items()}])

    def scores(self) -> pd.DataFrame:
        """Regression scores of the respondents, a column a construct, in the units of its first item and about 0
        (`ncsi.model.cbsem.factor_scores`); no index is made of them. With the index of the data frame."""
        return factor_scores(self, self.data, self.instrument)

    def modification_indices(self) -> ModificationIndices:
        """By how much χ² would fall for each loading, path and covariance that the model leaves out (docs/method.md
        §5); by the design where the fit is robust."""
        return ModificationIndices(modification_indices(self), (self, self.instrument))

    def residuals(self) -> Residuals:
        """What the model leaves unexplained of each covariance, over its standard error, and by blocks (docs/method.md
        §5)."""
        return residuals_of(self, self.instrument)

    def update(
        self,
        df: pd.DataFrame | None = None,
        inst: Instrument | None = None,
        add: Sequence[str] | str = (),
        drop: Sequence[str] | str = (),
        **asked: Unpack[CbsemArguments],
    ) -> CbsemFit:
        """Fit again with what is given here changed, the rest as it was.

        `add` and `drop` name paths, "Image -> Loyalty", `drop` also items, "IMA4". Raises as `fit_cbsem` does,
        SpecError for a path or item to drop that is not there or a model that no longer holds together, and InputError
        for an argument that there is not.
        """
        require_arguments("update", asked, CbsemArguments)
        wanted = changed_model(self.instrument if inst is None else inst, add, drop)
        now: CbsemArguments = {**self.asked, **asked}
        return fit_cbsem(self.data if df is None else df, wanted, **now)

    def __repr__(self) -> str:
        it, measures, heeded = self.instrument, self.fit_measures, len(self.warnings)
        return (
            f"CbsemFit {it.id} {it.version}: n {self.n:,.0f}, {len(it.constructs)} constructs, {len(it.paths)} paths, "
            f"CFI {measures['cfi']:.3f}, RMSEA {measures['rmsea']:.3f}, "
            f"{heeded} warning{'' if heeded == 1 else 's'}"
        )

    def _repr_html_(self) -> str:
        return line_of(repr(self), self.warnings, "fit.summary()")


@of_kind
def fit_cbsem(
    df: pd.DataFrame,
    inst: Instrument,
    weights: str | None = None,
    clusters: str | None = None,
    robust: bool = False,
    strata: str | None = None,
    missing: Missing = "two_stage",
) -> CbsemFit:
    """Fit the instrument as a covariance SEM by maximum likelihood to the rows of `df`.

    Rows, eligibility and weights are those of `fit_pls`; missing answers enter through EM moments or, with
    `missing="fiml"`, through the likelihood of every answer given. Standard errors assume normal answers; `robust` ones
    (lavaan's MLR) hold for skewed answers, weights, missing answers and `clusters`, drawn within `strata` where these
    are given (strata alone: respondents were), and bring a scaled χ². The result is `ncsi.model.fit_cbsem`'s, with
    methods. Raises ModelError and NotConverged naming construct and item.
    """
    require_instrument(inst)
    asked = CbsemArguments(weights=weights, clusters=clusters, robust=robust, strata=strata, missing=missing)
    made = model.fit_cbsem(df, inst, **asked)
    return CbsemFit(**values_of(made), instrument=inst, data=df, asked=asked)


@dataclass(frozen=True, slots=True, repr=False)
class CbsemSummary(Readable):
    """A covariance SEM as it is read: fit, paths and loadings with errors, warnings in words, in `language`."""

    fit: CbsemFit
    language: Language

    @property
    def lang(self) -> Language:
        """The language of its words."""
        return self.language

    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row a parameter, as `CbsemFit.tidy`."""
        return self.fit.tidy(names)

    def glance(self) -> pd.DataFrame:
        """One row about the whole fit, as `CbsemFit.glance`."""
        return self.fit.glance()

    def sheets(self) -> Mapping[str, pd.DataFrame]:
        """parameters and model: `tidy` and `glance`."""
        return {"parameters": self.tidy(), "model": self.glance()}

    def page(self) -> Page:
        """Fit, what to heed, paths, loadings."""
        fit, lang = self.fit, self.language
        label = labels_of(fit.instrument, lang)
        found = fit.tidy()
        figures = ["estimate", "se", "z", "p", "low", "high", "std"]
        paths, loadings = found[found["op"] == "~"], found[found["op"] == "=~"]
        led = paths[figures].assign(path=arrow(paths["rhs"], paths["lhs"], label))[["path", *figures]]
        carried = loadings[figures].assign(
            construct=loadings["lhs"].map(label), item=loadings["rhs"] + " " + loadings["rhs"].map(label)
        )[["construct", "item", *figures]]
        return Page(
            title=fit.instrument.label.text(lang),
            lines=_lines(fit, lang),
            notice_head=words.READ_BEFORE_USE.text(lang),
            notices=tuple(words.caution(one, lang) for one in fit.warnings),
            tables=(
                shown(
                    words.REGRESSIONS.text(lang),
                    led,
                    lang,
                    1,
                    LEVEL,
                    drawn="estimate",
                    firm=led["p"] < 1 - LEVEL,
                ),
                shown(words.LOADINGS.text(lang), carried, lang, 2, LEVEL),
            ),
        )


def _lines(fit: CbsemFit, lang: Language) -> tuple[str, ...]:
    inst, found = fit.instrument, fit.fit_measures
    full = fit.missing == "fiml"
    errors = (words.ROBUST if fit.robust else words.INFORMATION if full else words.EXPECTED).text(lang)
    told = words.AND[lang].join([errors, *([words.FULL_INFORMATION.text(lang)] if full else [])])
    measures = {name: figure(found[name], 3) for name in ("cfi", "tli", "rmsea", "srmr")}
    lines = [
        words.COVARIANCES.text(lang).format(id=inst.id, version=inst.version, errors=told),
        words.MEASURES.text(lang).format(
            n=figure(fit.n, 0), chisq=figure(found["chisq"], 1), df=figure(found["df"], 0),
            p=p_value(found["pvalue"]), **measures,
        ),
    ]  # fmt: skip
    if fit.robust:
        robust = {name: figure(found[f"{name}_robust"], 3) for name in ("cfi", "tli", "rmsea")}
        lines.append(
            words.SCALED_CHISQ.text(lang).format(
                chisq=figure(found["chisq_scaled"], 1), p=p_value(found["pvalue_scaled"]), **robust
            )
        )
    return tuple(lines)
