"""Whether groups measure alike, and which of several models the data support: the model's values, with a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from ncsi import model
from ncsi.errors import ModelError
from ncsi.kinds import of_kind
from ncsi.lab import result_words as words
from ncsi.lab.cells import labels_of, shown
from ncsi.lab.fits import values_of
from ncsi.lab.given import require_fit, require_instrument
from ncsi.lab.page import Page
from ncsi.lab.results import Paged
from ncsi.lab.tidying import Names, named
from ncsi.lab.words import caution
from ncsi.model.cautions import Caution
from ncsi.model.pls.fit import SchemeName
from ncsi.spec import Language
from ncsi.spec.instrument import Instrument

RELEASES = 10
"""Equalities that the page of invariance shows."""
_PAIR = ["group_a", "group_b", "construct"]


@dataclass(frozen=True, slots=True, repr=False)
class Micom(Paged, model.Micom):
    """A `ncsi.model.Micom` that shows itself: `summary`, `tidy`."""

    instrument: Instrument = field(repr=False)

    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row a pair, construct and measure (composition, mean_difference, log_variance_ratio): estimate, p."""
        parts = [self.composition.rename(columns={"c": "estimate"}).assign(measure="composition")]
        for measure, p in (("mean_difference", "mean_p"), ("log_variance_ratio", "variance_p")):
            one = self.equality.rename(columns={measure: "estimate", p: "p"})
            parts.append(one[[*_PAIR, "estimate", "p"]].assign(measure=measure))
        columns = [*_PAIR, "measure", "estimate", "p"]
        return named(
            pd.concat([one[columns] for one in parts], ignore_index=True), columns[:4], names, between=" "
        )

    def sheets(self) -> Mapping[str, pd.DataFrame]:
        """verdict, composition, equality, paths and groups."""
        return {
            "verdict": self.verdict, "composition": self.composition, "equality": self.equality, "paths": self.paths,
            "groups": self.groups,
        }  # fmt: skip

    def page(self, lang: Language = "en") -> Page:
        """The groups, then composition, equality and verdict of every pair and construct."""
        label = labels_of(self.instrument, lang)
        both = self.composition.merge(self.equality, on=_PAIR).merge(self.verdict, on=_PAIR)
        frame = both[
            ["c", "c_low", "p", "mean_difference", "mean_p", "log_variance_ratio", "variance_p", "invariance"]
        ]
        frame.insert(0, "construct", both["construct"].map(label))
        frame.insert(0, "groups", both["group_a"].astype(str) + " − " + both["group_b"].astype(str))
        told = frame.assign(invariance=[words.INVARIANT[one].text(lang) for one in frame["invariance"]])
        lines = [
            words.sizes(self.groups, lang),
            words.PERMUTED.text(lang).format(permutations=f"{self.permutations:,}", alpha=f"{self.alpha:g}"),
        ]
        return words.page(words.MICOM, lang, lines, [], shown(words.COMPOSITION.text(lang), told, lang, 2))

    def __repr__(self) -> str:
        full = int((self.verdict["invariance"] == "full").sum())
        partial = int((self.verdict["invariance"] == "partial").sum())
        return (
            f"Micom of {len(self.groups)} groups: {full} full, {partial} partial, {len(self.verdict) - full - partial} "
            f"not invariant of {len(self.verdict)}; {self.permutations:,} permutations"
        )


@of_kind
def micom(
    df: pd.DataFrame,
    inst: Instrument,
    group: str,
    permutations: int = 1000,
    seed: int = 1,
    weights: str | None = None,
    scheme: SchemeName = "path",
    alpha: float = 0.05,
) -> Micom:
    """Whether the groups in column `group` may be pooled and their paths compared, by permutation.

    Configural, compositional and equality of means and variances for every pair of groups, and their differences of
    paths (docs/method.md §8); the result is `ncsi.model.micom`'s, with `summary` and `tidy`. Raises ModelError for
    fewer than two groups and one too small for the model.
    """
    require_instrument(inst)
    made = model.micom(df, inst, group, permutations, seed, weights, scheme, alpha)
    return Micom(**values_of(made), instrument=inst)


@dataclass(frozen=True, slots=True, repr=False)
class Invariance(Paged, model.Invariance):
    """A `ncsi.model.Invariance` that shows itself: `summary`, `tidy`."""

    instrument: Instrument = field(repr=False)

    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row a group and parameter of the model that holds (`verdict`): group, lhs, op, rhs, estimate, se, z, p,
        std."""
        columns = ["group", "lhs", "op", "rhs", "estimate", "se", "z", "p", "std"]
        held = self.estimates[self.estimates["model"] == self.verdict]
        return named(held[columns].reset_index(drop=True), columns[:4], names, between=" ")

    def sheets(self) -> Mapping[str, pd.DataFrame]:
        """levels, releases, estimates and groups."""
        return {
            "levels": self.levels, "releases": self.releases, "estimates": self.estimates, "groups": self.groups,
        }  # fmt: skip

    def page(self, lang: Language = "en") -> Page:
        """The groups, the models with ever more in common, and what is least alike in them."""
        robust = ["chisq_scaled", "df", "pvalue_scaled", "cfi_robust", "rmsea_robust"]
        plain = ["chisq", "df", "pvalue", "cfi", "rmsea"]
        differences = ["srmr", "delta_chisq", "delta_df", "delta_p", "delta_cfi", "holds"]
        used = robust if self.robust else plain
        frame = self.levels[[*used, *differences]].rename(columns=dict(zip(used, plain, strict=True)))
        frame = frame.rename(columns={"pvalue": "p"})
        frame.insert(0, "model", [words.LEVELS[one].text(lang) for one in self.levels["model"]])
        digits = {"chisq": 1, "delta_chisq": 1, "delta_df": 0, "mi": 1}
        told = [words.sizes(self.groups, lang), self._said(lang)]
        told += [words.SCALED.text(lang)] if self.robust else []
        told += (
            [words.LEFT_FREE.text(lang).format(free=words.COMMA[lang].join(self.free))] if self.free else []
        )
        notices = [caution(_named(one, lang), lang) for one in self.warnings]
        return words.page(
            words.INVARIANCE, lang, told, notices,
            shown(words.ALIKE.text(lang), frame, lang, 1, digits=digits),
            shown(words.RELEASES.text(lang).format(most=RELEASES), self._least_alike(lang), lang, 3, digits=digits),
        )  # fmt: skip

    def _said(self, lang: Language) -> str:
        return words.HOLDS.text(lang).format(level=words.LEVELS[self.verdict].text(lang))

    def _least_alike(self, lang: Language) -> pd.DataFrame:
        largest = self.releases.sort_values("mi", ascending=False, kind="stable").head(RELEASES)
        frame = pd.DataFrame(
            {
                "model": [words.LEVELS[one].text(lang) for one in largest["model"]],
                "group": largest["group"].astype(str).tolist(),
                "relation": (largest["lhs"] + " " + largest["op"] + " " + largest["rhs"])
                .str.strip()
                .tolist(),
            }
        )
        return frame.assign(**{name: largest[name].to_numpy() for name in ("mi", "p", "epc")})

    def __repr__(self) -> str:
        return f"Invariance of {len(self.groups)} groups of {self.instrument.id}: {self.verdict} holds"


@of_kind
def invariance(
    df: pd.DataFrame,
    inst: Instrument,
    group: str,
    weights: str | None = None,
    free: Sequence[str] | str = (),
    clusters: str | None = None,
    strata: str | None = None,
    robust: bool = False,
) -> Invariance:
    """Fit the instrument to the groups in column `group` with ever more in common, by maximum likelihood.

    Configural, metric, scalar and strict; `free` names what no level holds equal (partial invariance): loadings
    "Image =~ IMA2", intercepts "IMA2 ~1", residual variances "IMA2 ~~ IMA2"; `.releases` tells which equality fits
    least. Rows, eligibility and weights are as in `fit_cbsem`; rows without a group stay out; where answers are
    missing, it is the likelihood of those given. `robust`: errors and scaled differences by `clusters`, `strata` or
    respondents (docs/method.md §5). The result is `ncsi.model.invariance`'s, with `summary` and `tidy`. Raises
    ModelError naming the group for one that cannot carry the model, fewer than two, and a name that nothing holds
    equal; NotConverged where not even the configural model has an optimum; a later one without is a row of NaN and a
    notice.
    """
    require_instrument(inst)
    found = model.invariance(df, inst, group, weights, free, clusters, strata, robust)
    return Invariance(**values_of(found), instrument=inst)


def _named(one: Caution, lang: Language) -> Caution:
    """A caution about a level, with the level's name in `lang`."""
    return replace(one, about=tuple(words.LEVELS[level].text(lang) for level in one.about))


@dataclass(frozen=True, slots=True, repr=False)
class ModelChoice(Paged, model.ModelChoice):
    """A `ncsi.model.ModelChoice` that shows itself: `summary`, `tidy`."""

    instrument: Instrument = field(repr=False)

    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row a construct, model and criterion (aic, bic, gm): estimate."""
        keys = ["construct", "model", "criterion"]
        found = self.criteria.melt(["construct", "model"], ["aic", "bic", "gm"], "criterion", "estimate")
        return named(found[[*keys, "estimate"]], keys, names, between=" ")

    def sheets(self) -> Mapping[str, pd.DataFrame]:
        """criteria."""
        return {"criteria": self.criteria}

    def page(self, lang: Language = "en") -> Page:
        """What the criteria are worth, then every construct and model."""
        label = labels_of(self.instrument, lang)
        columns = [
            "construct",
            "model",
            "r2",
            "r2_adjusted",
            "predictors",
            "aic",
            "bic",
            "gm",
            "support",
            "comparable",
        ]
        frame = self.criteria[columns].assign(construct=self.criteria["construct"].map(label))
        digits = {"predictors": 0, "aic": 1, "bic": 1, "gm": 1, "support": 2}
        lines = [words.SUPPORT.text(lang).format(n=f"{self.n:,.0f}")]
        table = shown(words.CRITERIA.text(lang), frame, lang, 2, digits=digits)
        return words.page(words.CHOICE, lang, lines, [], table)

    def __repr__(self) -> str:
        return (
            f"ModelChoice among {', '.join(self.criteria['model'].unique())} on {self.criteria['construct'].nunique()} "
            f"constructs, n {self.n:,.0f}"
        )


@of_kind
def model_choice(fits: Mapping[Any, model.PlsFit]) -> ModelChoice:
    """AIC, BIC and GM of fits of one sample whose paths differ, by name, with their relative support.

    Less is better; support is among the models offered, not the probability that one is true (docs/method.md §39). The
    result is `ncsi.model.model_choice`'s, with `summary` and `tidy`. Raises ModelError for fewer than two fits, other
    samples, or no common endogenous construct; NotConverged.
    """
    if not isinstance(fits, Mapping):
        raise ModelError(
            f'model_choice takes fits by name, not {type(fits).__name__}. Give {{"all paths": fit, "fewer": other}}.'
        )
    for one in fits.values():
        require_fit(one, "model_choice")
    made = model.model_choice(fits)
    return ModelChoice(**values_of(made), instrument=next(iter(fits.values())).instrument)
