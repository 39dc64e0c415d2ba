"""Effects along chains of paths, effects that depend on another construct, and effects that differ between groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import pandas as pd

from ncsi import model
from ncsi.errors import InputError
from ncsi.kinds import of_kind
from ncsi.lab import result_words as words
from ncsi.lab.cells import arrow, figure, labels_of, shown
from ncsi.lab.declared import interaction_of
from ncsi.lab.given import require_fit, require_instrument, require_replicates
from ncsi.lab.page import Page
from ncsi.lab.results import Result
from ncsi.lab.tidying import Names, named
from ncsi.model.inference.multigroup import GroupMethod
from ncsi.model.pls.fit import SchemeName
from ncsi.spec import Language
from ncsi.spec.instrument import Instrument
from ncsi.survey import Replicates

_TO = " -> "


class Mediated(Result):
    """Effects along chains: chain ("A -> B -> C"), estimate, se, df, low, high, p, p_joint, vaf, kind, from, to.

    `effects`: direct, indirect and total effect of every pair that a chain joins, as `ncsi.model.Mediation` has them.
    """

    _keys: ClassVar[tuple[str, ...]] = ("chain",)
    found: tuple[model.Mediation, model.Bootstrap]

    @property
    def effects(self) -> pd.DataFrame:
        """Direct, indirect and total effects, all chains of a pair together."""
        return self.found[0].effects

    def sheets(self) -> Mapping[str, pd.DataFrame]:
        """chains and effects."""
        return {"chains": pd.DataFrame(self), "effects": self.effects}

    def page(self, lang: Language = "en") -> Page:
        """The chains, then the pairs that they join."""
        found, boot = self.found
        label = labels_of(boot.fit.instrument, lang)
        names = self["chain"].map(lambda one: " → ".join(label[part] for part in one.split(_TO)))
        columns = ["estimate", "se", "low", "high", "p", "p_joint", "vaf", "kind"]
        pairs = found.effects[["direct", "indirect", "total", "vaf", "kind"]]
        pairs.insert(0, "path", arrow(found.effects["from"], found.effects["to"], label))
        chains = pd.DataFrame(self)[columns]
        chains.insert(0, "chain", names)
        return words.page(
            words.MEDIATION, lang,
            [words.CHAINS_OF.text(lang).format(chains=len(self), replicates=f"{boot.replicates:,}")],
            [words.caution(one, lang) for one in boot.warnings],
            shown(
                words.CHAINS.text(lang), chains, lang, 1, found.level, drawn="estimate",
                firm=self["p_joint"] < 1 - found.level,
            ),
            shown(words.PAIRS.text(lang), pairs, lang, 1),
        )  # fmt: skip


Chains = str | Sequence[str | Sequence[str]]
"""One chain as text, or several, each as text or the names of its constructs."""


@of_kind
def mediation(boot: model.Bootstrap, chains: Chains | None = None) -> Mediated:
    """Every chain of two or more paths, or those named, from the replicates.

    `chains`: one, "Image -> Quality -> Value" or ("Image", "Quality", "Value"), or a list of such.

    p of each chain alone; p_joint keeps the chance of any false finding among the chains of one target. `vaf`: the
    chain's part in the total effect, missing where that means nothing. `kind`: complementary, competitive,
    indirect_only, direct_only, no_effect or direct_not_modelled (docs/method.md §33). Raises ModelError for a chain
    that is not of the model, a model without any, and for more than 1000 that are not named.
    """
    require_replicates(boot, "mediation")
    found = model.mediation(boot, None if chains is None else _chains(chains))
    first = ["chain", "estimate", "se", "df", "low", "high", "p", "p_joint", "vaf", "kind", "from", "to"]
    return Mediated(found.chains[first], (found, boot))


def _chains(given: Chains) -> list[str]:
    """Chains as texts. Raises InputError for what is none."""
    wanted: Sequence[object] = [given] if isinstance(given, str) else given
    if isinstance(wanted, list | tuple) and wanted:
        if all(isinstance(one, str) and _TO not in one for one in wanted) and len(wanted) > 1:
            wanted = [wanted]
        texts = [
            _TO.join(one) if isinstance(one, list | tuple) and all(isinstance(n, str) for n in one) else one
            for one in wanted
        ]
        if all(isinstance(one, str) for one in texts):
            return [str(one) for one in texts]
    raise InputError(
        "ncsi.mediation", f"{given!r} names no chains", 'Write one as "A -> B -> C", or several in a list'
    )


class Moderated(Result):
    """The products of an outcome's equation: term, estimate, se, df, low, high, t, p, p_joint, f2, slopes,
    johnson_neyman.

    In the row of predictor × moderator, `slopes` holds the predictor's effect at −1, 0 and 1 standard deviations of the
    moderator and `johnson_neyman` the moderator values where its interval touches 0. The attributes `slopes`,
    `johnson_neyman`, `floodlight` and `terms` are frames, as `ncsi.model.Moderation` has them.
    """

    _keys: ClassVar[tuple[str, ...]] = ("term",)
    found: tuple[model.Moderation, model.PlsFit]

    @property
    def slopes(self) -> pd.DataFrame:
        """moderator, estimate, se, df, low, high of the predictor at −1, 0 and 1 standard deviations."""
        return self.found[0].slopes

    @property
    def johnson_neyman(self) -> pd.DataFrame:
        """bound, observed: where the slope's interval touches 0, and whether respondents lie on both sides of it."""
        return self.found[0].johnson_neyman

    @property
    def floodlight(self) -> pd.DataFrame:
        """The slopes on a grid of the moderator."""
        return self.found[0].floodlight

    @property
    def terms(self) -> pd.DataFrame:
        """Every coefficient of the equation, the causes' first."""
        return self.found[0].terms

    def sheets(self) -> Mapping[str, pd.DataFrame]:
        """terms, slopes, johnson_neyman and floodlight."""
        return {
            "terms": self.terms, "slopes": self.slopes, "johnson_neyman": self.johnson_neyman,
            "floodlight": self.floodlight,
        }  # fmt: skip

    def page(self, lang: Language = "en") -> Page:
        """What was asked, the equation, the slopes."""
        found, fit = self.found
        label = labels_of(fit.instrument, lang)
        columns = ["term", "estimate", "se", "low", "high", "t", "p", "p_joint", "f2"]
        bounds = ", ".join(figure(one, 2) for one in found.johnson_neyman["bound"])
        lines = [
            words.EFFECT_BY.text(lang).format(
                predictor=label[found.predictor], outcome=label[found.outcome], moderator=label[found.moderator]
            ),
            words.EXPLAINED.text(lang).format(r2=figure(found.r2, 3), without=figure(found.r2_without, 3)),
            (words.BOUNDS if bounds else words.NO_BOUNDS).text(lang).format(
                bounds=bounds, share=f"{found.significant:.0%}"
            ),
        ]  # fmt: skip
        notices = [words.COMPLETED.text(lang).format(n=found.completed)] if found.completed else []
        return words.page(
            words.MODERATION, lang, lines, notices,
            shown(words.TERMS.text(lang), found.terms[columns], lang, 1, found.level, drawn="estimate"),
            shown(
                words.SLOPES.text(lang).format(predictor=label[found.predictor]),
                found.slopes[["moderator", "estimate", "se", "low", "high"]], lang, 0, found.level,
                {"moderator": 0}, "estimate",
            ),
        )  # fmt: skip


@of_kind
def moderation(
    fit: model.PlsFit,
    moderator: str | None = None,
    predictor: str | None = None,
    outcome: str | None = None,
    quadratic: Sequence[str] = (),
    replicates: int | Replicates = 5000,
    seed: int = 1,
    level: float = 0.95,
) -> Moderated:
    """Whether the effect of `predictor` on `outcome` depends on `moderator`, in two stages; squares of `quadratic` too.

    Without the three, the interaction that the model declares. The product is of standardised scores of the model
    without it, so its coefficient is what one standard deviation of the moderator adds to the slope; scores, weights
    and regression are made anew in every replicate (docs/method.md §38). The index is never touched. Raises ModelError
    for constructs that are not in the model or not among the outcome's causes, for none declared or several, fewer than
    2 replicates, a term whose scores do not vary apart from the others; NotConverged.
    """
    require_fit(fit, "moderation")
    names = interaction_of(fit.instrument, moderator, predictor, outcome)
    found = model.moderation(fit, *names, quadratic, replicates, seed, level)
    products = found.terms[found.terms["f2"].notna()].reset_index(drop=True)
    asked = [tuple(found.slopes["estimate"]), *[()] * (len(products) - 1)]
    bounds = [tuple(found.johnson_neyman["bound"]), *[()] * (len(products) - 1)]
    frame = products.assign(
        slopes=pd.Series(asked, dtype=object), johnson_neyman=pd.Series(bounds, dtype=object)
    )
    return Moderated(frame, (found, fit))


class GroupPairs(Result):
    """Paths of all pairs of groups: group_a, group_b, from, to, estimate_a, estimate_b, difference (a − b), by welch
    se, df, low, high and t, then p, p_adjusted. `groups` (group, n, n_eff)."""

    _keys: ClassVar[tuple[str, ...]] = ("group_a", "group_b", "from", "to")
    _estimate: ClassVar[str] = "difference"
    found: tuple[model.GroupComparison, Instrument, str]

    @property
    def groups(self) -> pd.DataFrame:
        """group, n, n_eff."""
        return self.found[0].groups

    def sheets(self) -> Mapping[str, pd.DataFrame]:
        """paths and groups."""
        return {"paths": pd.DataFrame(self), "groups": self.groups}

    def page(self, lang: Language = "en") -> Page:
        """The groups, then every pair and path."""
        found, inst, _ = self.found
        label = labels_of(inst, lang)
        frame = pd.DataFrame(self)
        known = [one for one in ("se", "low", "high", "t", "p", "p_adjusted") if one in frame]
        table = frame[["estimate_a", "estimate_b", "difference", *known]]
        table.insert(0, "path", arrow(frame["from"], frame["to"], label))
        table.insert(0, "groups", frame["group_a"].astype(str) + " − " + frame["group_b"].astype(str))
        firm = frame["p_adjusted"] < 1 - found.level
        return _groups_page(
            self.found,
            lang,
            shown(words.PATHS.text(lang), table, lang, 2, found.level, drawn="difference", firm=firm),
        )


class GroupsTogether(Result):
    """All groups at once. By wald: from, to (missing: all paths together), statistic (F), df1, df2, p, p_adjusted; by
    omnibus: statistic (dG and dL of items and constructs), estimate, p. `groups` (group, n, n_eff)."""

    found: tuple[model.GroupComparison, Instrument, str]

    @property
    def groups(self) -> pd.DataFrame:
        """group, n, n_eff."""
        return self.found[0].groups

    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row a path, "all" the last, or one a distance: its keys, estimate or statistic, p and p_adjusted."""
        plain = pd.DataFrame(self)
        if "from" not in plain:
            return named(plain, ["statistic"], names)
        return named(plain.fillna({"from": "all", "to": "all"}), ["from", "to"], names)

    def sheets(self) -> Mapping[str, pd.DataFrame]:
        """omnibus and groups."""
        return {"omnibus": pd.DataFrame(self), "groups": self.groups}

    def page(self, lang: Language = "en") -> Page:
        """The groups, then the tests."""
        _, inst, _ = self.found
        label, frame = labels_of(inst, lang), pd.DataFrame(self)
        if "from" in frame:
            path = arrow(frame["from"], frame["to"], label).fillna(words.ALL_PATHS.text(lang))
            frame = frame.drop(columns=["from", "to"])
            frame.insert(0, "path", path)
        else:
            frame = frame.rename(columns={"statistic": "distance"})
        return _groups_page(self.found, lang, shown(words.TOGETHER.text(lang), frame, lang, 1))


@of_kind
def compare_groups(
    df: pd.DataFrame,
    inst: Instrument,
    group: str,
    method: GroupMethod = "welch",
    replicates: int | Replicates | None = None,
    seed: int = 1,
    weights: str | None = None,
    strata: str | None = None,
    clusters: str | None = None,
    scheme: SchemeName = "path",
    level: float = 0.95,
) -> GroupPairs | GroupsTogether:
    """Whether paths differ between the groups in column `group`; rows without a group stay out. Ask `micom` first.

    welch: t of each difference, p_adjusted by max-|t| with step-down over pairs × paths. wald: all groups at once, each
    path and all paths. Both hold under weights, strata, clusters and, as `replicates`, replicate weights. henseler: the
    share of pairs of replicates that contradict the difference, two-sided. permutation: path differences under
    exchanged labels. omnibus: distances of what the model implies, over all groups (docs/method.md §37). `replicates`:
    5,000 of the bootstrap, 1,000 permutations by default. Raises ModelError for fewer than two groups, one too small
    for the model, and a method that the design does not allow; NotConverged.
    """
    require_instrument(inst)
    found = model.compare_groups(
        df, inst, group, method, replicates, seed, weights, strata, clusters, scheme, level
    )
    if method in ("wald", "omnibus"):
        return GroupsTogether(found.omnibus, (found, inst, group))
    return GroupPairs(found.paths, (found, inst, group))


def _groups_page(
    found: tuple[model.GroupComparison, Instrument, str], lang: Language, table: words.Shown
) -> Page:
    made, _, group = found
    sizes = ", ".join(f"{row.group} {row.n:,}" for row in made.groups.itertuples())
    adjusted = made.adjustment or words.NOTHING.text(lang)
    return words.page(
        words.GROUPS, lang,
        [
            words.GROUPED.text(lang).format(column=group, sizes=sizes),
            words.BY_METHOD.text(lang).format(method=made.method, draws=f"{made.draws:,}", adjusted=adjusted),
        ],
        [], table,
    )  # fmt: skip
