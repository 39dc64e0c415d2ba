"""The summary of a fit: model, sample, constructs and paths, with errors where a bootstrap is given."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ncsi.errors import ModelError
from ncsi.lab import words
from ncsi.lab.rendering import Page, Shown, as_html, as_markdown, as_text
from ncsi.lab.words import HEADS, Language
from ncsi.model import Bootstrap, PlsFit, assess
from ncsi.model.inference.joint_tests import tests

BROOM = {"se": "std.error", "t": "statistic", "p": "p.value", "low": "conf.low", "high": "conf.high"}
TESTED = ["se", "t", "p", "p_joint", "low", "high"]
DIGITS = {"index_0_100": 1, "t": 1, "vif": 1}


@dataclass(frozen=True, slots=True, repr=False)
class Summary:
    """A fit as a statistician reads it; printed as text, shown as HTML in a notebook, in `lang`.

    `blocks` (construct, mode, items, alpha, rho_a, rho_c, ave, index_0_100, r2) and `paths` (from, to, estimate, f2,
    vif); with a bootstrap also its se, low, high, of paths t, p (each alone) and p_joint (all paths together, max-|t|
    with step-down). Indices are on 0-100, paths standardised.
    """

    fit: PlsFit
    boot: Bootstrap | None
    blocks: pd.DataFrame
    paths: pd.DataFrame
    lang: Language

    @property
    def level(self) -> float | None:
        """Level of the intervals, None without a bootstrap."""
        return None if self.boot is None else self.boot.level

    def tidy(self, names: Literal["house", "broom"] = "house") -> pd.DataFrame:
        """One row a path: from, to, estimate, se, t, p, p_joint, low, high; missing without a bootstrap.

        `names="broom"` gives term ("Image -> Value") and the columns that R's broom uses.
        """
        frame = self.paths.reindex(columns=["from", "to", "estimate", *TESTED])
        if names == "house":
            return frame
        frame.insert(0, "term", frame["from"] + " -> " + frame["to"])
        return frame.drop(columns=["from", "to"]).rename(columns=BROOM)

    def glance(self) -> pd.DataFrame:
        """One row: instrument, n, excluded, n_eff, deff, iterations, srmr_saturated, srmr_estimated, replicates."""
        fit, checks = self.fit, assess(self.fit)
        row = {
            "instrument": fit.instrument.id, "n": fit.n, "excluded": fit.excluded, "n_eff": fit.n_eff,
            "deff": fit.deff, "iterations": fit.iterations, "srmr_saturated": checks.srmr_saturated,
            "srmr_estimated": checks.srmr_estimated,
            "replicates": 0 if self.boot is None else self.boot.replicates,
        }  # fmt: skip
        return pd.DataFrame([row])

    def to_markdown(self) -> str:
        """The same page in Markdown."""
        return as_markdown(_page(self))

    def __str__(self) -> str:
        return as_text(_page(self))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return as_html(_page(self), self.lang)


def summary(fit: PlsFit, boot: Bootstrap | None = None, lang: Language = "en") -> Summary:
    """Summarise a fit; `boot`, its bootstrap or replicate weights, gives errors, intervals and tests.

    Raises ModelError for a bootstrap of another fit, and for a language other than "zh" and "en".
    """
    if lang not in ("zh", "en"):
        raise ModelError(f"there is no language '{lang}' here. Use zh or en.")
    if boot is not None and boot.fit is not fit:
        raise ModelError(
            f"the bootstrap is of another fit (instrument {boot.fit.instrument.id}, n {boot.fit.n}). "
            "Give the one made of this fit."
        )
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
    ids = fit.instrument.construct_ids
    arcs = np.array([(ids.index(a), ids.index(b)) for a, b in zip(frame["from"], frame["to"], strict=True)]).T
    found = tests(boot, frame["estimate"].to_numpy(dtype=float), lambda draws: draws.paths[*arcs])
    errors = frame[["from", "to"]].merge(boot.paths, on=["from", "to"], how="left")
    return frame.assign(
        se=errors["se"], t=frame["estimate"] / errors["se"], p=found.p, p_joint=found.p_joint,
        low=errors["low"], high=errors["high"],
    )[["from", "to", "estimate", *TESTED, "f2", "vif"]]  # fmt: skip


def _page(it: Summary) -> Page:
    fit, lang = it.fit, it.lang
    label = {one.id: one.label.text(lang) for one in fit.instrument.constructs}
    blocks = it.blocks.assign(construct=it.blocks["construct"].map(label))
    paths = it.paths.drop(columns=["from", "to"])
    paths.insert(0, "path", it.paths["from"].map(label) + " → " + it.paths["to"].map(label))
    return Page(
        title=fit.instrument.label.text(lang),
        lines=_lines(it),
        notice_head=words.READ_BEFORE_USE.text(lang),
        notices=(*_only_alone(it), *(words.caution(one, lang) for one in (it.boot or fit).warnings)),
        tables=(
            _shown(words.BLOCKS.text(lang), blocks, it, first=2),
            _shown(words.PATHS.text(lang), paths, it, first=1),
        ),
    )


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
    if boot is None:
        return model, sample, words.WITHOUT_ERRORS.text(lang)
    made = words.REPLICATED if boot.seed is None else words.DRAWN
    errors = made.text(lang).format(replicates=f"{boot.replicates:,}", seed=boot.seed, failed=boot.failed)
    return model, sample, errors


def _only_alone(it: Summary) -> list[str]:
    """Paths that are significant alone and not once all are tested together."""
    if it.level is None:
        return []
    beyond = 1 - it.level
    label = {one.id: one.label.text(it.lang) for one in it.fit.instrument.constructs}
    found = it.paths[(it.paths["p"] < beyond) & (it.paths["p_joint"] >= beyond)]
    return [
        words.ONLY_ALONE.text(it.lang).format(
            path=f"{label[row['from']]} → {label[row['to']]}", p=_p(row["p"]), p_joint=_p(row["p_joint"])
        )
        for row in found.to_dict("records")
    ]


def _shown(title: str, frame: pd.DataFrame, it: Summary, first: int) -> Shown:
    columns = [one for one in frame.columns if one != "high"]
    rows = [
        tuple(_cell(name, row, it.lang, "index_0_100" in frame.columns) for name in columns)
        for row in frame.to_dict("records")
    ]
    return Shown(title, tuple(_head(name, it) for name in columns), tuple(rows), first)


def _head(name: str, it: Summary) -> str:
    if name == "low":
        return words.INTERVAL.text(it.lang).format(level=f"{it.level:.0%}")
    return HEADS[name].text(it.lang)


def _cell(name: str, row: Mapping[Hashable, object], lang: Language, of_indices: bool) -> str:
    value = row[name]
    if isinstance(value, str):
        return value
    if name == "items":
        return f"{value}"
    digits = DIGITS.get(name, 3)
    if of_indices and name in ("se", "low"):
        digits = 2 if name == "se" else 1
    if name == "low":
        return words.TO.text(lang).format(low=_figure(value, digits), high=_figure(row["high"], digits))
    return _p(value) if name in ("p", "p_joint") else _figure(value, digits)


def _figure(value: object, digits: int) -> str:
    figure = float(str(value))
    return "" if np.isnan(figure) else f"{figure:.{digits}f}".replace("-", "−")


def _p(value: object) -> str:
    figure = float(str(value))
    if np.isnan(figure):
        return ""
    return "<0.001" if figure < 0.001 else f"{figure:.3f}"
