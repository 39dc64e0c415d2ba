"""Standard errors without replicates, and those of replicates held against them: the model's values, with a page."""

from __future__ import annotations

from typing import ClassVar

import pandas as pd

from ncsi import model
from ncsi.kinds import of_kind
from ncsi.lab import result_words as words
from ncsi.lab.cells import arrow, labels_of, shown
from ncsi.lab.given import require_fit, require_replicates
from ncsi.lab.page import Page
from ncsi.lab.results import Result
from ncsi.lab.tidying import Names, named
from ncsi.model.inference.error_check import FAR, QUANTITIES, ErrorCheck, keyed
from ncsi.model.resampling.infinitesimal import InfinitesimalJackknife
from ncsi.numerals import level_told
from ncsi.spec import Language
from ncsi.spec.instrument import Instrument

SHOWN = 20
"""Quantities that differ which a page shows."""
_KEYS = ("quantity", "first", "second")


class JackknifeErrors(Result):
    """Quantities of a fit with errors by the infinitesimal jackknife: quantity (path, total_effect, weight, loading,
    index, index_by), first and second (from, to; construct, item; construct; by-group, construct), estimate, se, low,
    high, df."""

    _keys: ClassVar[tuple[str, ...]] = _KEYS
    found: tuple[InfinitesimalJackknife, model.PlsFit]

    def page(self, lang: Language = "en") -> Page:
        """How the errors come about, and a table for each kind of quantity."""
        made, fit = self.found
        lines = [words.INFLUENCES.text(lang), words.NO_RANKS.text(lang)]
        tables = []
        for quantity, own in pd.DataFrame(self).groupby("quantity", sort=False):
            frame = own[["estimate", "se", "low", "high", "df"]]
            frame.insert(0, "relation", _about(own, fit.instrument, lang))
            digits = dict.fromkeys(("estimate", "low"), 1) | {"se": 2} if "index" in str(quantity) else None
            title = words.ESTIMATED[str(quantity)].text(lang)
            tables.append(shown(title, frame, lang, 1, made.level, digits, "estimate"))
        notices = [words.caution(one, lang) for one in fit.warnings]
        return words.page(words.JACKKNIFE, lang, lines, notices, *tables)


@of_kind
def infinitesimal_jackknife(fit: model.PlsFit, level: float = 0.95) -> JackknifeErrors:
    """Standard errors of paths, effects, weights, loadings and indices without a single replicate.

    What each respondent adds to a quantity is summed within strata, or by cluster (docs/method.md §7); intervals are t
    at `level`. Weights are taken as they are. Ranks have no such errors. Raises NotConverged where the outer weights do
    not settle when a moment moves a little, ModelError for a level that is none, and where no stratum holds two
    respondents.
    """
    require_fit(fit, "infinitesimal_jackknife")
    made = model.infinitesimal_jackknife(fit, level)
    frame = pd.concat(
        [
            keyed(quantity, getattr(made, name)).join(
                getattr(made, name)[["estimate", "se", "low", "high", "df"]]
            )
            for quantity, name in QUANTITIES.items()
            if len(getattr(made, name))
        ],
        ignore_index=True,
    )
    return JackknifeErrors(frame, (made, fit))


class ErrorsChecked(Result):
    """Standard errors of replicates and of the infinitesimal jackknife: quantity, first, second as of
    `JackknifeErrors`, se, se_jackknife, apart (se_jackknife over se, less 1), noise (the standard error of `apart` that
    so many replicates explain), differs. `differing`: those that differ, the farthest apart first."""

    _keys: ClassVar[tuple[str, ...]] = _KEYS
    found: tuple[ErrorCheck, model.Bootstrap]

    @property
    def differing(self) -> pd.DataFrame:
        """Rows that are more than 10 % apart, and more than four times the noise."""
        return self.found[0].differing

    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row a standard error: quantity, first, second, estimate (apart), se (noise)."""
        plain = pd.DataFrame(self)[[*_KEYS, "apart", "noise"]]
        return named(
            plain.rename(columns={"apart": "estimate", "noise": "se"}), list(_KEYS), names, between=" "
        )

    def page(self, lang: Language = "en") -> Page:
        """How many agree, by kind of quantity, and those that do not."""
        _, boot = self.found
        far = self.differing
        counted = words.HELD_AGAINST.text(lang).format(
            all=f"{len(self):,}",
            far=f"{len(far):,}",
            apart=level_told(FAR),
            replicates=f"{boot.replicates:,}",
        )
        lines = [counted, words.BEYOND_NOISE.text(lang).format(apart=level_told(FAR))]
        tables = [shown(words.BY_QUANTITY.text(lang), self._by_quantity(lang), lang, 1, digits=_DIGITS)]
        if len(far):
            frame = _in_per_cent(far.head(SHOWN))
            frame.insert(0, "relation", _about(far.head(SHOWN), boot.fit.instrument, lang))
            frame.insert(
                0, "quantity", [words.ESTIMATED[one].text(lang) for one in far["quantity"].head(SHOWN)]
            )
            head = words.FARTHEST.text(lang).format(most=len(frame), all=len(far))
            tables.append(shown(head, frame, lang, 2, digits=_DIGITS | {"se": 4, "se_jackknife": 4}))
        notices = [words.FEW_OR_ROUGH.text(lang)] if len(far) else []
        return words.page(words.ERRORS_CHECKED, lang, lines, notices, *tables)

    def _by_quantity(self, lang: Language) -> pd.DataFrame:
        parts = pd.DataFrame(self).assign(size=self["apart"].abs()).groupby("quantity", sort=False)
        return pd.DataFrame(
            {
                "quantity": [words.ESTIMATED[str(one)].text(lang) for one, _ in parts],
                "errors": parts.size().to_numpy(),
                "differing": parts["differs"].sum().to_numpy(),
                "apart_median": 100 * parts["apart"].median().to_numpy(dtype=float),
                "apart_largest": 100 * parts["size"].max().to_numpy(dtype=float),
            }
        )


_DIGITS = {"errors": 0, "differing": 0, "apart_median": 1, "apart_largest": 1, "apart": 1, "noise": 1}


@of_kind
def check_errors(boot: model.Bootstrap) -> ErrorsChecked:
    """Every standard error of a bootstrap, held against the infinitesimal jackknife's.

    They differ where they are more than 10 % apart and more than four times what the number of replicates explains
    (docs/method.md §7). Raises ModelError for given replicate weights, whose calibration the jackknife does not know,
    NotConverged as `infinitesimal_jackknife`.
    """
    require_replicates(boot, "check_errors")
    found = model.check_errors(boot)
    return ErrorsChecked(found.errors, (found, boot))


def _in_per_cent(rows: pd.DataFrame) -> pd.DataFrame:
    """se, se_jackknife, and apart and noise in per cent."""
    return rows[["se", "se_jackknife"]].assign(apart=100 * rows["apart"], noise=100 * rows["noise"])


def _about(rows: pd.DataFrame, inst: Instrument, lang: Language) -> list[str]:
    """What each row is of, in words."""
    label, told = labels_of(inst, lang), []
    for quantity, own in rows.groupby("quantity", sort=False):
        if quantity in ("path", "total_effect"):
            told.append(arrow(own["first"], own["second"], label))
        elif quantity == "index":
            told.append(own["first"].map(label))
        elif quantity == "index_by":
            told.append(own["first"] + " · " + own["second"].map(label))
        else:
            told.append(own["second"] + " " + own["second"].map(label))
    in_place: list[str] = pd.concat(told).reindex(rows.index).tolist()
    return in_place
