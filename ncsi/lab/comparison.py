"""Two fits side by side."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd

from ncsi import model
from ncsi.errors import ModelError
from ncsi.lab import words
from ncsi.lab.cells import labels_of, shown
from ncsi.lab.given import require_fit
from ncsi.lab.page import Page
from ncsi.lab.results import Result
from ncsi.model.inference.cvpat import require_same
from ncsi.spec import Language

_FIGURES = ("estimate_a", "estimate_b", "difference")
_INDEX_DIGITS = dict.fromkeys(_FIGURES, 1)


class Compared(Result):
    """Two fits: kind (path, r2, index), from, to, estimate_a, estimate_b, difference (b − a).

    `from` is missing for R² and indices, which are of the construct `to`; an estimate is missing where the fit has no
    such path. `criteria`: AIC, BIC and GM of both, as `ncsi.model_choice`; no rows where that does not compare them.
    """

    _keys: ClassVar[tuple[str, ...]] = ("kind", "from", "to")
    _estimate: ClassVar[str] = "difference"
    found: tuple[model.PlsFit, model.PlsFit, pd.DataFrame]

    @property
    def criteria(self) -> pd.DataFrame:
        """AIC, BIC and GM of both fits with their relative support."""
        return self.found[2]

    def page(self, lang: Language = "en") -> Page:
        """What was compared, that nothing is tested, the table."""
        a, b, _ = self.found
        label = {**labels_of(b.instrument, lang), **labels_of(a.instrument, lang)}
        start = self["from"].map(label)
        name = self["to"].map(label).where(start.isna(), start + " → " + self["to"].map(label))
        frame = self[["kind"]].assign(relation=name, **self[list(_FIGURES)])
        of_index = self["kind"] == "index"
        samples = words.SAME_SAMPLE if _one_sample(a, b) else words.OTHER_SAMPLES
        return Page(
            title=words.COMPARED.text(lang),
            lines=(
                f"{a.instrument.id} {a.instrument.version}, {b.instrument.id} {b.instrument.version}; "
                + samples.text(lang).format(n=f"{a.n:,}", a=f"{a.n:,}", b=f"{b.n:,}"),
                words.NO_TEST.text(lang),
            ),
            notice_head=words.READ_BEFORE_USE.text(lang),
            notices=(),
            tables=(
                shown(words.COEFFICIENTS.text(lang), frame[~of_index], lang, 2),
                shown(words.INDICES.text(lang), frame[of_index], lang, 2, digits=_INDEX_DIGITS),
            ),
        )


def compare(fit_a: model.PlsFit, fit_b: model.PlsFit) -> Compared:
    """Paths, R² and indices of two fits side by side, and, for two models of one sample, their information criteria.

    Nothing is tested: `cvpat` tests two models of one sample, `compare_groups` two groups of respondents.
    """
    for one in (fit_a, fit_b):
        require_fit(one, "compare")
    keys, a, b = ["kind", "from", "to"], _long(fit_a), _long(fit_b)
    order = {kind: k for k, kind in enumerate(("path", "r2", "index"))}
    named = pd.concat([a[keys], b[keys]]).drop_duplicates()
    named = named.sort_values("kind", key=lambda one: one.map(order), kind="stable", ignore_index=True)
    both = named.merge(a, on=keys, how="left").merge(b, on=keys, how="left", suffixes=("_a", "_b"))
    both = both.assign(difference=both["estimate_b"] - both["estimate_a"])
    return Compared(both, (fit_a, fit_b, _criteria(fit_a, fit_b)))


def _long(fit: model.PlsFit) -> pd.DataFrame:
    """kind, from, to, estimate of paths, R² and indices."""
    parts = [fit.paths.assign(kind="path")]
    for kind, frame, value in (("r2", fit.r2, "r2"), ("index", fit.index, "index_0_100")):
        one = frame[["construct", value]].rename(columns={"construct": "to", value: "estimate"})
        parts.append(one.assign(kind=kind, **{"from": pd.Series(pd.NA, index=one.index, dtype="str")}))
    return pd.concat(parts, ignore_index=True)[["kind", "from", "to", "estimate"]]


def _one_sample(a: model.PlsFit, b: model.PlsFit) -> bool:
    """Whether the respondents are the same, with the same weights and answers to what both fits ask."""
    asked = [one for one in a.instrument.item_ids if one in b.instrument.item_ids]
    parts = []
    for fit in (a, b):
        order = np.argsort(fit.sample.rows)
        columns = np.array([fit.instrument.item_ids.index(one) for one in asked], dtype=np.intp)
        parts.append(
            [fit.sample.rows[order], fit.sample.weights[order], fit.sample.X[np.ix_(order, columns)]]
        )
    same = (np.array_equal(one, other, equal_nan=True) for one, other in zip(*parts, strict=True))
    return bool(asked) and all(same)


def _criteria(fit_a: model.PlsFit, fit_b: model.PlsFit) -> pd.DataFrame:
    """None of two samples, nor where no construct is explained by both models."""
    explained = ({one.target for one in fit.instrument.paths} for fit in (fit_a, fit_b))
    if not set.intersection(*explained):
        return pd.DataFrame()
    try:
        require_same(fit_a, fit_b)
    except ModelError:
        return pd.DataFrame()
    return model.model_choice({"a": fit_a, "b": fit_b}).criteria
