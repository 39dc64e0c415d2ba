"""Fits side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_lowercase
from typing import ClassVar

import numpy as np
import pandas as pd

from ncsi import model
from ncsi.errors import InputError, ModelError
from ncsi.kinds import of_kind
from ncsi.lab import words
from ncsi.lab.cells import labels_of, shown
from ncsi.lab.fits import PlsFit
from ncsi.lab.given import require_fit
from ncsi.lab.page import Page
from ncsi.lab.results import Result
from ncsi.lab.tidying import Names, named
from ncsi.model.inference.cvpat import require_same
from ncsi.spec import Language
from ncsi.spec.instrument import Instrument


class Compared(Result):
    """Fits: kind (path, r2, index), from, to, estimate_a, estimate_b and so on, then difference (b − a); of more than
    two fits difference_b (b − a), difference_c (c − a) and so on.

    `from` is missing for R² and indices, which are of the construct `to`; an estimate is missing where the fit has no
    such path. `criteria`: AIC, BIC and GM of all, as `ncsi.model_choice`; no rows where that does not compare them.
    """

    _keys: ClassVar[tuple[str, ...]] = ("kind", "from", "to")
    _estimate: ClassVar[str] = "difference"
    found: tuple[tuple[model.PlsFit, ...], pd.DataFrame]

    @property
    def criteria(self) -> pd.DataFrame:
        """AIC, BIC and GM of the fits with their relative support."""
        return self.found[1]

    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row a path, R² or index: its keys and the difference as estimate; of more than two fits one a further
        `model` (b, c and so on: less a)."""
        if "difference" in self:
            return super().tidy(names)
        plain, keys = pd.DataFrame(self), list(self._keys)
        further = [one for one in plain if str(one).startswith("difference_")]
        long = plain.melt(keys, further, "model", "estimate")
        long["model"] = long["model"].str.removeprefix("difference_")
        return named(long, [*keys, "model"], names)

    def glance(self) -> pd.DataFrame:
        """One row: what stands of the first fit in every glance, then models (how many)."""
        return super().glance().assign(models=len(self.found[0]))

    def _values(self) -> tuple[object, ...]:
        return self.found[0][:1]

    def page(self, lang: Language = "en") -> Page:
        """What was compared and what each changes, that nothing is tested, the table."""
        fits, letters = self.found[0], ascii_lowercase[: len(self.found[0])]
        label: dict[str, str] = {}
        for one in reversed(fits):
            label |= labels_of(one.instrument, lang)
        start = self["from"].map(label)
        name = self["to"].map(label).where(start.isna(), start + " → " + self["to"].map(label))
        plain = pd.DataFrame(self).rename(columns=_heads(letters))
        figures = [*letters, *(f"{one} − a" for one in letters[1:])]
        frame = plain[["kind"]].assign(relation=name, **plain[figures])
        of_index = self["kind"] == "index"
        each = words.LISTED[lang].join(f"{one.n:,}" for one in fits)
        same = all(_one_sample(fits[0], one) for one in fits[1:])
        samples = (words.SAME_SAMPLE if same else words.OTHER_SAMPLES).text(lang)
        return Page(
            title=words.COMPARED.text(lang),
            lines=(
                *(
                    words.LETTERED.text(lang).format(
                        letter=letter, id=one.instrument.id, version=one.instrument.version
                    )
                    + ("" if letter == "a" else words.AND[lang] + _changed(fits[0], one, label, lang))
                    for letter, one in zip(letters, fits, strict=True)
                ),
                samples.format(n=f"{fits[0].n:,}", each=each),
                words.NO_TEST.text(lang),
            ),
            notice_head=words.READ_BEFORE_USE.text(lang),
            notices=(),
            tables=(
                shown(words.COEFFICIENTS.text(lang), frame[~of_index], lang, 2),
                shown(words.INDICES.text(lang), frame[of_index], lang, 2, digits=dict.fromkeys(figures, 1)),
            ),
        )


@of_kind
def compare(*fits: model.PlsFit) -> Compared:
    """Paths, R² and indices of two fits or more side by side, and, for models of one sample, their information
    criteria; the page says of each what it changes of the first.

    Nothing is tested: `cvpat` tests two models of one sample, `compare_groups` two groups of respondents. Raises
    InputError for fewer than two fits and more than 26, ModelError for what is no PLS fit.
    """
    if not 2 <= len(fits) <= len(ascii_lowercase):
        problem = (
            f"two PLS fits or more are compared, at most {len(ascii_lowercase)}, and it was given {len(fits)}"
        )
        raise InputError("ncsi.compare", problem, "Give them one after another: ncsi.compare(fit, smaller)")
    for one in fits:
        if isinstance(one, model.CbsemFit):
            raise ModelError(
                "compare takes PLS fits, not CbsemFit. Put covariance fits one below another: "
                "pd.concat([a.glance(), b.glance()])."
            )
        require_fit(one, "compare")
    keys, letters = ["kind", "from", "to"], ascii_lowercase[: len(fits)]
    long = [_long(one) for one in fits]
    order = {kind: k for k, kind in enumerate(("path", "r2", "index"))}
    both = pd.concat([one[keys] for one in long]).drop_duplicates()
    both = both.sort_values("kind", key=lambda one: one.map(order), kind="stable", ignore_index=True)
    for letter, frame in zip(letters, long, strict=True):
        both = both.merge(frame.rename(columns={"estimate": f"estimate_{letter}"}), on=keys, how="left")
    for letter in letters[1:]:
        column = "difference" if len(fits) == 2 else f"difference_{letter}"
        both[column] = both[f"estimate_{letter}"] - both["estimate_a"]
    return Compared(both, (fits, _criteria(fits)))


def _heads(letters: str) -> dict[str, str]:
    return (
        {f"estimate_{one}": one for one in letters}
        | {f"difference_{one}": f"{one} − a" for one in letters}
        | {"difference": "b − a"}
    )


def _changed(first: model.PlsFit, fit: model.PlsFit, label: Mapping[str, str], lang: Language) -> str:
    """What a fit changes of the first: paths, items, arguments."""
    told, comma = list[str](), words.LISTED[lang]
    here, there = (dict.fromkeys(_parts(one.instrument, label)) for one in (first, fit))
    for word, parts in (
        (words.WITHOUT, [one for one in here if one not in there]),
        (words.WITH, [one for one in there if one not in here]),
    ):
        if parts:
            told.append(word.text(lang).format(what=comma.join(parts)))
    if isinstance(first, PlsFit) and isinstance(fit, PlsFit):
        before: Mapping[str, object] = {**first.asked}
        for name, value in fit.asked.items():
            if value != before.get(name):
                other = words.WITHOUT.text(lang).format(what=name)
                told.append(
                    other if value is None else words.OTHERWISE.text(lang).format(name=name, what=value)
                )
    return words.AND[lang].join(told) or words.AS_FIRST.text(lang)


def _parts(inst: Instrument, label: Mapping[str, str]) -> list[str]:
    paths = [f"{label[one.source]} → {label[one.target]}" for one in inst.paths]
    return [*paths, *(f"{owner.id}: {item.id}" for owner in inst.constructs for item in owner.items),
            *(f"{one.id}: Mode B" for one in inst.constructs if one.mode == "B")]  # fmt: skip


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


def _criteria(fits: Sequence[model.PlsFit]) -> pd.DataFrame:
    """None of several samples, nor where no construct is explained by all models."""
    explained = ({one.target for one in fit.instrument.paths} for fit in fits)
    if not set.intersection(*explained):
        return pd.DataFrame()
    try:
        for one in fits[1:]:
            require_same(fits[0], one)
    except ModelError:
        return pd.DataFrame()
    return model.model_choice(dict(zip(ascii_lowercase, fits, strict=False))).criteria
