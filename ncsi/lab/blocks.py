"""Whether the items of a block could be caused by their construct."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import pandas as pd

from ncsi import model
from ncsi.kinds import of_kind
from ncsi.lab import result_words as words
from ncsi.lab.cells import labels_of, shown
from ncsi.lab.given import require_fit
from ncsi.lab.page import Page
from ncsi.lab.results import Result
from ncsi.lab.tidying import Names, named
from ncsi.spec import Language


class TetradTests(Result):
    """Blocks: construct, mode, items, n, statistic, df, p, p_holm. `tetrads` has each tetrad (construct, tetrad,
    estimate, se, z, free), `untested` the constructs of fewer than four items."""

    _keys: ClassVar[tuple[str, ...]] = ("construct",)
    found: tuple[model.Tetrads, model.PlsFit]

    @property
    def tetrads(self) -> pd.DataFrame:
        """construct, tetrad, estimate, se, z, free."""
        return self.found[0].tetrads

    @property
    def untested(self) -> tuple[str, ...]:
        """Constructs of fewer than four items."""
        return self.found[0].untested

    def sheets(self) -> Mapping[str, pd.DataFrame]:
        """blocks and tetrads."""
        return {"blocks": pd.DataFrame(self), "tetrads": self.tetrads}

    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row a construct: construct, statistic, df, p, p_adjusted."""
        plain = pd.DataFrame(self).rename(columns={"p_holm": "p_adjusted"})
        return named(plain[["construct", "statistic", "df", "p", "p_adjusted"]], ["construct"], names)

    def page(self, lang: Language = "en") -> Page:
        """What was tested and what that says, the blocks, the tetrads that are free."""
        found, fit = self.found
        label = labels_of(fit.instrument, lang)
        frame = pd.DataFrame(self).rename(columns={"statistic": "chisq"})
        free = found.tetrads[found.tetrads["free"]].drop(columns="free")
        lines = [words.VANISHING.text(lang), words.NOT_SHOWN.text(lang)]
        if found.untested:
            told = words.COMMA[lang].join(label[one] for one in found.untested)
            lines.append(words.TOO_SHORT.text(lang).format(constructs=told))
        return words.page(
            words.TETRADS, lang, lines, [words.caution(one, lang) for one in fit.warnings],
            shown(words.BLOCKS_TESTED.text(lang), frame.assign(construct=frame["construct"].map(label)), lang, 2),
            shown(words.FREE_TETRADS.text(lang), free.assign(construct=free["construct"].map(label)), lang, 2),
        )  # fmt: skip


@of_kind
def tetrads(fit: model.PlsFit, constructs: Sequence[str] | None = None) -> TetradTests:
    """Whether the tetrads of blocks of four items or more vanish, as they do where the construct causes its items.

    A small p speaks against a reflective block; a large one shows nothing (docs/method.md §45). Weights and clusters
    are those of the fit. Raises ModelError for constructs that are not in the model or have fewer than four items,
    and for too few respondents.
    """
    require_fit(fit, "tetrads")
    found = model.tetrads(fit, constructs)
    return TetradTests(found.tests, (found, fit))
