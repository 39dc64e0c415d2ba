"""Diagnoses beside a fit: its test, its admissibility, GSCA beside PLS; and levers with what is necessary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import pandas as pd

from ncsi import model
from ncsi.kinds import of_kind
from ncsi.lab import result_words as words
from ncsi.lab.cells import arrow, labels_of, shown
from ncsi.lab.given import require_fit, require_of
from ncsi.lab.page import Page
from ncsi.lab.results import Result
from ncsi.lab.tidying import Names, named
from ncsi.spec import Language


class FitTested(Result):
    """Distances of implied from observed correlations: kind (estimated, saturated), statistic (srmr, dG, dL), estimate,
    critical, p."""

    _keys: ClassVar[tuple[str, ...]] = ("kind", "statistic")
    found: tuple[model.FitTest, model.PlsFit]

    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row a distance: kind, statistic, estimate, critical, p."""
        return named(pd.DataFrame(self), self._keys, names, between=" ")

    def page(self, lang: Language = "en") -> Page:
        """What was tested and what that is worth, then the distances."""
        found, fit = self.found
        frame = pd.DataFrame(self).rename(columns={"statistic": "distance"})
        frame["kind"] = [words.TESTED[one].text(lang) for one in frame["kind"]]
        drawn = words.TURNED if found.replicates else words.NOT_TESTED
        return words.page(
            words.FIT_TEST, lang, [drawn.text(lang).format(replicates=f"{found.replicates:,}")],
            [words.NOT_A_GATE.text(lang), *(words.caution(one, lang) for one in fit.warnings)],
            shown(words.DISTANCES.text(lang), frame, lang, 2),
        )  # fmt: skip


@of_kind
def fit_test(fit: model.PlsFit, replicates: int = 1000, seed: int = 1, level: float = 0.95) -> FitTested:
    """Whether SRMR, dG and dL are larger than they would be if the model held: a diagnosis and no gate.

    estimated tests measurement and paths, saturated measurement alone; `critical` is the quantile at `level` under the
    model, both it and p missing where `replicates` is 0 (docs/method.md §42). Raises ModelError for a test with missing
    answers, NotConverged.
    """
    require_fit(fit, "fit_test")
    found = model.fit_test(fit, replicates, seed, level)
    return FitTested(found.distances, (found, fit))


class Admissible(Result):
    """Checks of the fit corrected for unreliability: check, holds, worst, where."""

    _keys: ClassVar[tuple[str, ...]] = ("check",)
    _estimate: ClassVar[str] = "worst"
    found: tuple[pd.DataFrame, model.PlsFit]

    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row a check: check, estimate (what is worst), holds, where."""
        plain = pd.DataFrame(self).rename(columns={"worst": "estimate"})
        return named(plain[["check", "estimate", "holds", "where"]], self._keys, names)

    def glance(self) -> pd.DataFrame:
        """One row: instrument, n, n_eff and whether all checks hold."""
        return super().glance().assign(holds=bool(self["holds"].all()))

    def page(self, lang: Language = "en") -> Page:
        """What is checked, then every check."""
        _, fit = self.found
        label = labels_of(fit.instrument, lang)
        frame = pd.DataFrame(self)[["check", "where", "holds", "worst"]].assign(
            check=[words.ADMISSIBLE[one].text(lang) for one in self["check"]],
            where=[" – ".join(label[one] for one in text.split(", ") if one) for text in self["where"]],
        )
        return words.page(
            words.ADMISSIBILITY, lang, [words.CORRECTED.text(lang)],
            [words.caution(one, lang) for one in fit.warnings], shown(words.CHECKED.text(lang), frame, lang, 2),
        )  # fmt: skip


@of_kind
def admissibility(fit: model.PlsFit) -> Admissible:
    """Whether the figures of consistent PLS can be those of any population: five checks, each with what is worst.

    Loadings and correlations at most 1 in size, reliabilities in (0, 1], correlations of constructs and of the items
    implied positive definite (docs/method.md §42). A check that cannot be made does not hold.
    """
    require_fit(fit, "admissibility")
    found = model.admissibility(fit)
    return Admissible(found, (found, fit))


class GscaPaths(Result):
    """Paths by GSCA beside those of PLS: from, to, estimate (of the fit), gsca, difference. `weights`, `r2` and
    `indices` are frames, as `ncsi.model.GscaFit` has them."""

    _keys: ClassVar[tuple[str, ...]] = ("from", "to")
    _estimate: ClassVar[str] = "gsca"
    found: tuple[model.GscaFit, model.PlsFit]

    @property
    def weights(self) -> pd.DataFrame:
        """construct, item, weight_std, weight, loading."""
        return self.found[0].weights

    @property
    def r2(self) -> pd.DataFrame:
        """construct, r2."""
        return self.found[0].r2

    @property
    def indices(self) -> pd.DataFrame:
        """construct, index_0_100 by the weights of GSCA."""
        return self.found[0].index

    def sheets(self) -> Mapping[str, pd.DataFrame]:
        """paths, weights, r2 and index."""
        return {"paths": pd.DataFrame(self), "weights": self.weights, "r2": self.r2, "index": self.indices}

    def page(self, lang: Language = "en") -> Page:
        """What is minimised, the paths and the indices beside those of PLS."""
        found, fit = self.found
        label, frame = labels_of(fit.instrument, lang), pd.DataFrame(self)
        paths = frame[["estimate", "gsca", "difference"]]
        paths.insert(0, "path", arrow(frame["from"], frame["to"], label))
        of_fit = fit.index.set_index("construct")["index_0_100"].reindex(found.index["construct"]).to_numpy()
        index = pd.DataFrame(
            {
                "construct": found.index["construct"].map(label),
                "estimate": of_fit,
                "gsca": found.index["index_0_100"],
            }
        )
        index["difference"] = index["gsca"] - index["estimate"]
        counted = words.WITH_LOADINGS if found.loadings else words.PATHS_ALONE
        return words.page(
            words.GSCA, lang, [counted.text(lang).format(fit=f"{found.fit:.3f}")],
            [words.BESIDE_PLS.text(lang), *(words.caution(one, lang) for one in fit.warnings)],
            shown(words.BOTH_PATHS.text(lang), paths, lang, 1),
            shown(words.BOTH_INDICES.text(lang), index, lang, 1, digits=dict.fromkeys(index.columns[1:], 1)),
        )  # fmt: skip


@of_kind
def gsca(fit: model.PlsFit, loadings: bool = True) -> GscaPaths:
    """The model by generalised structured component analysis, beside the fit: a sensitivity, never in its place.

    With `loadings` the items of Mode A blocks count in what is minimised, without them the paths alone (docs/method.md
    §43). Raises ModelError for constructs of higher order, NotConverged.
    """
    require_fit(fit, "gsca")
    found = model.gsca(fit, loadings)
    frame = fit.paths.merge(found.paths.rename(columns={"estimate": "gsca"}), on=["from", "to"])
    frame = frame[["from", "to", "estimate", "gsca"]].assign(difference=frame["gsca"] - frame["estimate"])
    return GscaPaths(frame, (found, fit))


class Combined(Result):
    """Importance, performance and necessity of constructs side by side: construct, importance, performance, quadrant,
    d_ce, p_holm, p_matched_holm, necessary (missing where it was not examined), then the rest of `ncsi.drivers`."""

    _keys: ClassVar[tuple[str, ...]] = ("construct", "measure")
    found: tuple[pd.DataFrame, model.PlsFit, float | None, model.Necessity]

    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row a construct and measure (importance, performance, d_ce): estimate."""
        long = pd.DataFrame(self).melt(
            ["construct"], ["importance", "performance", "d_ce"], "measure", "estimate"
        )
        return named(long, self._keys, names, between=" ")

    def page(self, lang: Language = "en") -> Page:
        """What importance and necessity are, then the constructs."""
        _, fit, level, found = self.found
        label = labels_of(fit.instrument, lang)
        frame = pd.DataFrame(self).rename(columns={"importance_low": "low", "importance_high": "high"})
        told = frame.assign(
            construct=frame["construct"].map(label),
            quadrant=[words.QUADRANTS[one].text(lang) for one in frame["quadrant"]],
            necessary=frame["necessary"].astype(object).where(frame["necessary"].notna(), None),
        )
        ends = ["low", "high"] if "low" in told else []
        columns = ["construct", "quadrant", "importance", *ends, "performance", "d_ce", "p_holm", "p_matched_holm",
                   "necessary"]  # fmt: skip
        lines = [
            words.POINT_FOR_POINT.text(lang).format(target=label[found.target]),
            words.NECESSARY.text(lang).format(
                target=label[found.target], permutations=f"{found.permutations:,}"
            ),
            words.BOTH_NULLS.text(lang).format(alpha=f"{found.alpha:g}"),
        ]
        return words.page(
            words.COMBINED, lang, lines, [words.caution(one, lang) for one in fit.warnings],
            shown(words.CONSTRUCTS.text(lang), told[columns], lang, 2, level, {"performance": 1}, "importance"),
        )  # fmt: skip


@of_kind
def cipma(
    fit: model.PlsFit,
    boot: model.Bootstrap | None = None,
    constructs: Sequence[str] | None = None,
    permutations: int = 1000,
    seed: int = 1,
    alpha: float = 0.05,
) -> Combined:
    """Combined importance-performance map: `drivers` of the target beside what `nca` says of them.

    Examined are the direct causes of the target, or the `constructs` named; `boot` gives intervals and quadrants that
    may be undecided. A driver is necessary only if both tests reject after Holm (docs/method.md §16, §40). Raises
    ModelError for a bootstrap of another fit, constructs that are not in the model, and fewer than 20 permutations.
    """
    require_fit(fit, "cipma")
    if boot is not None:
        require_of(boot, fit, "cipma")
    levers = model.drivers(fit, boot)
    found = model.necessity(fit, fit.instrument.target, constructs, permutations, seed, alpha)
    names = {"p_ce_holm": "p_holm", "p_ce_matched_holm": "p_matched_holm"}
    frame = model.with_necessity(levers, found).rename(columns=names)
    first = [
        "construct",
        "importance",
        "performance",
        "quadrant",
        "d_ce",
        "p_holm",
        "p_matched_holm",
        "necessary",
    ]
    frame = frame[[*first, *(one for one in frame if one not in first)]]
    return Combined(frame, (levers, fit, None if boot is None else boot.level, found))
