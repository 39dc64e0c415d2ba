"""The summary of a fit: model, sample, constructs and paths, with errors where a bootstrap is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.kinds import of_kind
from ncsi.lab import words
from ncsi.lab.cells import arrow, labels_of, p_value, shown
from ncsi.lab.given import require_fit, require_of
from ncsi.lab.page import Page
from ncsi.lab.rendering import Readable
from ncsi.lab.tidying import Names, named
from ncsi.model import Bootstrap, PlsFit, assess
from ncsi.model.inference.joint_tests import NO_SPREAD, of_paths
from ncsi.model.resampling.intervals import two_sided
from ncsi.spec import Language

TESTED = ["se", "t", "p", "p_joint", "low", "high"]


@dataclass(frozen=True, slots=True, repr=False)
class Summary(Readable):
    """A fit as a statistician reads it; printed as text, shown as HTML in a notebook, in `language`.

    `blocks` (construct, mode, items, alpha, rho_a, rho_c, ave, index_0_100, r2) and `paths` (from, to, estimate, f2,
    vif); with a bootstrap also its se, low, high, of paths t, p (each alone) and p_joint (all paths together, max-|t|
    with step-down). Indices are on 0-100, paths standardised.
    """

    fit: PlsFit
    boot: Bootstrap | None
    blocks: pd.DataFrame
    paths: pd.DataFrame
    language: Language

    @property
    def lang(self) -> Language:
        """The language of its words."""
        return self.language

    @property
    def level(self) -> float | None:
        """Level of the intervals, None without a bootstrap."""
        return None if self.boot is None else self.boot.level

    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row a parameter: kind (path, loading, weight), from, to, estimate, se, t, p, p_joint, low, high.

        Paths and loadings are standardised, weights sum to 1 in their construct; p_joint is of paths alone. What needs
        a bootstrap is missing without one. `names="broom"` gives term ("Image -> Value") and the columns that R's broom
        uses.
        """
        parts = [self.paths.reindex(columns=["from", "to", "estimate", *TESTED]).assign(kind="path")]
        for kind, ends in (("loading", ("construct", "item")), ("weight", ("item", "construct"))):
            keys = dict(zip(ends, ("from", "to"), strict=True))
            parts.append(self._measured(kind).rename(columns=keys).assign(kind=kind))
        frame = pd.concat([one.dropna(axis=1, how="all") for one in parts], ignore_index=True)
        return named(
            frame.reindex(columns=["kind", "from", "to", "estimate", *TESTED]), ["from", "to"], names
        )

    def _measured(self, kind: str) -> pd.DataFrame:
        """construct, item, estimate and, with a bootstrap, se, t, p, low, high of the loadings or the weights."""
        own = self.fit.weights[["construct", "item", kind]].rename(columns={kind: "estimate"})
        if self.boot is None:
            return own
        frame = self.boot.loadings if kind == "loading" else self.boot.weights
        t = frame["estimate"] / frame["se"].where(frame["se"] > NO_SPREAD)
        p = two_sided(t.to_numpy(dtype=float), frame["df"].to_numpy(dtype=float))
        return frame.assign(t=t, p=p)[["construct", "item", "estimate", "se", "t", "p", "low", "high"]]

    def glance(self) -> pd.DataFrame:
        """One row: instrument, n, excluded, n_eff, deff, iterations, srmr_saturated, srmr_estimated, replicates, and of
        the target construct target, index_0_100, r2."""
        fit, checks = self.fit, assess(self.fit)
        target = self.blocks.set_index("construct").loc[fit.instrument.target]
        row = {
            "instrument": fit.instrument.id, "n": fit.n, "excluded": fit.excluded, "n_eff": fit.n_eff,
            "deff": fit.deff, "iterations": fit.iterations, "srmr_saturated": checks.srmr_saturated,
            "srmr_estimated": checks.srmr_estimated,
            "replicates": 0 if self.boot is None else self.boot.replicates,
            "target": fit.instrument.target, "index_0_100": target["index_0_100"], "r2": target["r2"],
        }  # fmt: skip
        return pd.DataFrame([row])

    def sheets(self) -> Mapping[str, pd.DataFrame]:
        """constructs, paths, parameters, model: the frames, `tidy` and `glance`."""
        return {
            "constructs": self.blocks,
            "paths": self.paths,
            "parameters": self.tidy(),
            "model": self.glance(),
        }

    def page(self) -> Page:
        """Model and sample, what to heed, constructs, paths."""
        fit, lang, level = self.fit, self.lang, self.level
        label = labels_of(fit.instrument, lang)
        blocks = self.blocks.assign(construct=self.blocks["construct"].map(label))
        paths = self.paths.drop(columns=["from", "to"])
        paths.insert(0, "path", arrow(self.paths["from"], self.paths["to"], label))
        firm = None if level is None else self.paths["p_joint"] < 1 - level
        paths["reading"] = [words.READINGS[one].text(lang) for one in _readings(self.paths, level)]
        return Page(
            title=fit.instrument.label.text(lang),
            lines=_lines(self),
            notice_head=words.READ_BEFORE_USE.text(lang),
            notices=(*_only_alone(self), *(words.caution(one, lang) for one in (self.boot or fit).warnings)),
            tables=(
                shown(words.BLOCKS.text(lang), blocks, lang, 2, level, {"se": 2, "low": 1}, "index_0_100"),
                shown(words.PATHS.text(lang), paths, lang, 1, level, drawn="estimate", firm=firm),
            ),
        )


@of_kind
def summary(fit: PlsFit, boot: Bootstrap | None = None, lang: Language = "en") -> Summary:
    """Summarise a fit; `boot`, its bootstrap or replicate weights, gives errors, intervals and tests.

    Raises ModelError for a bootstrap of another fit, and for a language other than "zh" and "en".
    """
    require_fit(fit, "summary")
    words.require_language(lang)
    if boot is not None:
        require_of(boot, fit, "summary")
    return Summary(fit, boot, _blocks(fit, boot), _paths(fit, boot), lang)


def _blocks(fit: PlsFit, boot: Bootstrap | None) -> pd.DataFrame:
    constructs = fit.instrument.constructs
    named = pd.DataFrame(
        {
            "construct": [one.id for one in constructs],
            "mode": [one.mode for one in constructs],
            "items": [len(one.items) for one in constructs],
        }
    )
    frame = named.merge(fit.quality, on="construct", how="left").merge(
        fit.index[["construct", "index_0_100"]], on="construct", how="left"
    )
    if boot is not None:
        frame = frame.merge(boot.index[["construct", "se", "low", "high"]], on="construct", how="left")
    return frame.merge(fit.r2, on="construct", how="left")


def _paths(fit: PlsFit, boot: Bootstrap | None) -> pd.DataFrame:
    frame = assess(fit).paths[["from", "to", "estimate", "f2", "vif"]]
    if boot is None:
        return frame
    found = of_paths(boot)
    errors = frame[["from", "to"]].merge(boot.paths, on=["from", "to"], how="left")
    return frame.assign(
        se=errors["se"], t=frame["estimate"] / errors["se"], p=found.p, p_joint=found.p_joint,
        low=errors["low"], high=errors["high"],
    )[["from", "to", "estimate", *TESTED, "f2", "vif"]]  # fmt: skip


def _lines(it: Summary) -> tuple[str, ...]:
    fit, boot, lang = it.fit, it.boot, it.lang
    equal = np.ptp(fit.sample.weights) == 0
    missing = float(np.isnan(fit.sample.X).mean())
    answers = words.COMPLETE if fit.sample.complete else words.MISSING
    model = words.MODEL.text(lang).format(
        id=fit.instrument.id, version=fit.instrument.version, scheme=fit.scheme, iterations=fit.iterations
    )
    sample = words.SAMPLE.text(lang).format(
        n=f"{fit.n:,}", excluded=f"{fit.excluded:,}", n_eff=f"{fit.n_eff:,.0f}", deff=f"{fit.deff:.2f}",
        weights=(words.UNWEIGHTED if equal else words.WEIGHTED).text(lang),
        answers=answers.text(lang).format(share=f"{missing:.1%}"),
    )  # fmt: skip
    besides = (_checked(it), *_declared(it))
    if boot is None:
        return model, sample, words.WITHOUT_ERRORS.text(lang), *besides
    made = words.REPLICATED if boot.seed is None else words.DRAWN
    errors = made.text(lang).format(replicates=f"{boot.replicates:,}", seed=boot.seed, failed=boot.failed)
    return model, sample, errors, *besides


def _checked(it: Summary) -> str:
    """The largest HTMT and VIF, and SRMR."""
    fit, lang, checks = it.fit, it.lang, assess(it.fit)
    label, htmt = labels_of(fit.instrument, lang), fit.htmt.dropna(subset="htmt")
    parts = []
    if len(htmt):
        worst = htmt.iloc[int(htmt["htmt"].argmax())]
        pair = f"{label[worst['construct_a']]}, {label[worst['construct_b']]}"
        parts.append(words.LARGEST_HTMT.text(lang).format(htmt=f"{worst['htmt']:.2f}", pair=pair))
    vif = float(it.paths["vif"].max())
    parts.append(
        words.LARGEST_VIF.text(lang).format(
            vif=f"{vif:.1f}",
            saturated=f"{checks.srmr_saturated:.3f}",
            estimated=f"{checks.srmr_estimated:.3f}",
        )
    )
    return words.CHECKS.text(lang).format(checks=words.AND[lang].join(parts))


def _declared(it: Summary) -> tuple[str, ...]:
    """The interactions that the model declares, which the path model does not hold."""
    label = labels_of(it.fit.instrument, it.lang)
    named = [
        f"{label[one.predictor]} × {label[one.moderator]} → {label[one.outcome]}"
        for one in it.fit.instrument.interactions
    ]
    told = words.DECLARED.text(it.lang).format(terms=words.AND[it.lang].join(named))
    return (told,) if named else ()


def _readings(paths: pd.DataFrame, level: float | None) -> list[words.Reading]:
    """Size by f² (Cohen 1988), where a bootstrap does not take the path back."""
    size = [_size(float(one)) for one in paths["f2"]]
    if level is None:
        return size
    together, alone = (paths[name].to_numpy(dtype=float) < 1 - level for name in ("p_joint", "p"))
    return [
        one if firm else "only_alone" if single else "not_told"
        for one, firm, single in zip(size, together, alone, strict=True)
    ]


def _only_alone(it: Summary) -> list[str]:
    """Paths that are significant alone and not once all are tested together."""
    if it.level is None:
        return []
    beyond = 1 - it.level
    label = labels_of(it.fit.instrument, it.lang)
    found = it.paths[(it.paths["p"] < beyond) & (it.paths["p_joint"] >= beyond)]
    return [
        words.ONLY_ALONE.text(it.lang).format(
            path=f"{label[row['from']]} → {label[row['to']]}",
            p=p_value(row["p"]),
            p_joint=p_value(row["p_joint"]),
        )
        for row in found.to_dict("records")
    ]


def _size(f2: float) -> words.Reading:
    if f2 >= 0.35:
        return "large"
    if f2 >= 0.15:
        return "medium"
    return "small" if f2 >= 0.02 else "slight"
