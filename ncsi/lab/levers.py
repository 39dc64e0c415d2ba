"""What drives a construct besides its paths: parts of R², penalties and rewards, necessary conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import pandas as pd

from ncsi import model
from ncsi.kinds import of_kind
from ncsi.lab import result_words as words
from ncsi.lab.cells import figure, labels_of, shown
from ncsi.lab.fits import bootstrap, fit_pls
from ncsi.lab.given import require_fit
from ncsi.lab.page import Page
from ncsi.lab.results import Result
from ncsi.lab.tidying import Names, named
from ncsi.model.inference.asymmetric_impact import Cuts
from ncsi.model.inference.relative_importance import ImportanceMethod
from ncsi.spec import Language
from ncsi.spec.instrument import Instrument


class Shares(Result):
    """Parts of R²: construct, r2_part, share, se, low, high (of r2_part), share_low, share_high; they sum to `r2`."""

    _keys: ClassVar[tuple[str, ...]] = ("construct",)
    _estimate: ClassVar[str] = "r2_part"
    found: tuple[model.RelativeImportance, model.Bootstrap]

    @property
    def r2(self) -> float:
        """The variance of the target that its drivers explain."""
        return self.found[0].r2

    def page(self, lang: Language = "en") -> Page:
        """What was explained, then every driver's part."""
        found, boot = self.found
        label = labels_of(boot.fit.instrument, lang)
        frame = pd.DataFrame(self)[["construct", "r2_part", "low", "high", "share"]]
        line = words.SHARED.text(lang).format(
            method=words.IMPORTANCE_METHODS[found.method].text(lang),
            target=label[found.target],
            r2=figure(found.r2, 3),
        )
        return words.page(
            words.IMPORTANCE, lang, [line, words.NO_EFFECTS.text(lang)],
            [words.caution(one, lang) for one in boot.warnings],
            shown(
                words.PARTS.text(lang), frame.assign(construct=frame["construct"].map(label)), lang, 1, boot.level,
                drawn="r2_part",
            ),
        )  # fmt: skip


@of_kind
def importance(
    fit: model.PlsFit | model.Bootstrap,
    target: str | None = None,
    method: ImportanceMethod = "lmg",
    drivers: Sequence[str] | None = None,
    replicates: int = 5000,
    seed: int = 1,
    level: float = 0.95,
) -> Shares:
    """Parts of R² of `target` (the instrument's by default) for `drivers`, its direct causes by default.

    lmg: the mean over all orders of entry of what a driver adds to R², for at most 12 drivers; johnson: relative
    weights, for any number (docs/method.md §34). Intervals are those of a `Bootstrap`; of a fit, `replicates` are drawn
    with `seed` at `level`. Raises ModelError for constructs that are not in the model, fewer than two drivers, or more
    than 12 for lmg.
    """
    if not isinstance(fit, model.Bootstrap):
        require_fit(fit, "importance")
        # what is refused is refused before replicates are drawn
        model.relative_importance(fit, target, method, drivers)
        fit = bootstrap(fit, replicates, seed, level)
    found = model.relative_importance(fit, target, method, drivers)
    return Shares(found.parts, (found, fit))


class Asymmetric(Result):
    """Items: item, penalty, reward, joint_penalty, joint_reward, kind, then construct, cuts, shares of low and high
    answers, errors, asymmetry with its interval, p, p_holm, as `ncsi.model.AsymmetricImpact` has them."""

    _keys: ClassVar[tuple[str, ...]] = ("item", "effect")
    found: tuple[model.AsymmetricImpact, model.PlsFit]

    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row an item and effect (penalty, reward, joint_penalty, joint_reward, asymmetry): item, effect, estimate,
        se, and of the asymmetry low, high, p, p_adjusted."""
        parts = []
        for effect in ("penalty", "reward", "joint_penalty", "joint_reward", "asymmetry"):
            one = pd.DataFrame(
                {"item": self["item"], "effect": effect, "estimate": self[effect], "se": self[f"{effect}_se"]}
            )
            if effect == "asymmetry":
                ends = {"low": "asymmetry_low", "high": "asymmetry_high", "p": "p", "p_adjusted": "p_holm"}
                one = one.assign(**{name: self[column] for name, column in ends.items()})
            parts.append(one)
        return named(pd.concat(parts, ignore_index=True), ["item", "effect"], names, between=" ")

    def page(self, lang: Language = "en") -> Page:
        """What the figures are, then every item."""
        found, fit = self.found
        label = labels_of(fit.instrument, lang)
        columns = [
            "item",
            "penalty",
            "reward",
            "asymmetry",
            "asymmetry_low",
            "asymmetry_high",
            "p_holm",
            "kind",
        ]
        frame = pd.DataFrame(self)[[*columns, "joint_penalty", "joint_reward"]].assign(
            item=self["item"] + " " + self["item"].map(label)
        )
        ends = {"asymmetry_low": "low", "asymmetry_high": "high"}
        digits = dict.fromkeys(("penalty", "reward", "asymmetry", "low", "joint_penalty", "joint_reward"), 1)
        firm = self["p_holm"] < 1 - found.level
        return words.page(
            words.ASYMMETRY, lang, [words.POINTS.text(lang).format(target=label[found.target], n=f"{found.n_joint:,}")],
            [words.caution(one, lang) for one in fit.warnings],
            shown(
                words.ITEMS.text(lang), frame.rename(columns=ends), lang, 1, found.level, digits, "asymmetry", firm
            ),
        )  # fmt: skip


@of_kind
def asymmetry(
    df: pd.DataFrame,
    inst: Instrument,
    target: str | None = None,
    cuts: Cuts | Mapping[str, Cuts] = (4, 9),
    weights: str | None = None,
    strata: str | None = None,
    clusters: str | None = None,
    level: float = 0.95,
) -> Asymmetric:
    """Whether low answers to an item cost the index of `target` more than high answers bring it, in points.

    `cuts`: low is at most the first and high at least the second answer, on the item's own scale; for items on other
    scales give a mapping from item to cuts. Weighted; errors by linearisation over strata and clusters (docs/method.md
    §36). Not a Kano questionnaire. Raises ModelError for cuts that leave no low, middle and high answers on an item's
    scale, and for a target nothing acts on.
    """
    fit = fit_pls(df, inst, weights=weights, strata=strata, clusters=clusters)
    found = model.asymmetric_impact(fit, target, cuts, level)
    first = ["item", "penalty", "reward", "joint_penalty", "joint_reward", "kind"]
    return Asymmetric(found.items[[*first, *(one for one in found.items if one not in first)]], (found, fit))


class Conditions(Result):
    """Necessary conditions: construct, d_ce, d_cr, p, p_matched (of the step function; against independence, against
    equal correlation), p_holm, p_matched_holm, necessary (both p_holm below alpha), then p_cr, p_cr_matched and the
    rest of `ncsi.model.Necessity.effects`. `bottleneck`, `peers` and `lines` are frames, as there."""

    _keys: ClassVar[tuple[str, ...]] = ("construct",)
    _estimate: ClassVar[str] = "d_ce"
    found: tuple[model.Necessity, model.PlsFit]

    @property
    def bottleneck(self) -> pd.DataFrame:
        """construct, level, target, ce, cr, ce_state, cr_state: what each level of the target needs."""
        return self.found[0].bottleneck

    @property
    def peers(self) -> pd.DataFrame:
        """construct, x, y: the corners of the step functions."""
        return self.found[0].peers

    @property
    def lines(self) -> pd.DataFrame:
        """construct, intercept, slope of the ceilings' lines."""
        return self.found[0].lines

    def sheets(self) -> Mapping[str, pd.DataFrame]:
        """effects, bottleneck, peers and lines."""
        return {
            "effects": pd.DataFrame(self), "bottleneck": self.bottleneck, "peers": self.peers, "lines": self.lines,
        }  # fmt: skip

    def page(self, lang: Language = "en") -> Page:
        """What was tested, the conditions, what each level of the target needs."""
        found, fit = self.found
        label = labels_of(fit.instrument, lang)
        columns = ["construct", "d_ce", "d_cr", "p", "p_holm", "p_matched", "p_matched_holm", "necessary"]
        frame = pd.DataFrame(self)[columns].assign(construct=self["construct"].map(label))
        needs = found.bottleneck
        cells = needs["ce"].map(lambda one: figure(one, 1)).where(
            needs["ce_state"] == "needed", needs["ce_state"].map({k: v.text(lang) for k, v in words.STATES.items()})
        )  # fmt: skip
        wide = needs.assign(cell=cells, construct=needs["construct"].map(label)).pivot(
            index="level", columns="construct", values="cell"
        )
        wide = wide[frame["construct"].tolist()].reset_index().rename_axis(columns=None)
        lines = [
            words.NECESSARY.text(lang).format(
                target=label[found.target], permutations=f"{found.permutations:,}"
            ),
            words.BOTH_NULLS.text(lang).format(alpha=f"{found.alpha:g}"),
        ]
        return words.page(
            words.NCA, lang, lines, [words.caution(one, lang) for one in fit.warnings],
            shown(words.CONDITIONS.text(lang), frame, lang, 1),
            shown(words.BOTTLENECK.text(lang).format(target=label[found.target]), wide, lang, 0, digits={"level": 0}),
        )  # fmt: skip


@of_kind
def nca(
    fit: model.PlsFit,
    target: str | None = None,
    constructs: Sequence[str] | None = None,
    permutations: int = 1000,
    seed: int = 1,
    alpha: float = 0.05,
) -> Conditions:
    """Whether high `target` occurs without high values of its direct causes, or of the `constructs` named.

    d is the empty area above the ceiling as a share of the scope; it rests on about ten extreme respondents. Whatever
    correlates passes the usual test against independence (`p`); `p_matched` is against scatters of the same margins and
    rank correlation (docs/method.md §40). Raises ModelError for constructs that are not in the model, and fewer than 20
    permutations.
    """
    require_fit(fit, "nca")
    found = model.necessity(fit, target, constructs, permutations, seed, alpha)
    names = {
        "p_ce": "p",
        "p_ce_matched": "p_matched",
        "p_ce_holm": "p_holm",
        "p_ce_matched_holm": "p_matched_holm",
    }
    effects = found.effects.rename(columns=names)
    first = ["construct", "d_ce", "d_cr", "p", "p_matched", "p_holm", "p_matched_holm", "necessary"]
    return Conditions(effects[[*first, *(one for one in effects if one not in first)]], (found, fit))
