"""Where a covariance SEM does not fit: modification indices and residuals, as an analyst reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import pandas as pd

from ncsi import model
from ncsi.lab import result_words as words
from ncsi.lab.cells import figure, labels_of, shown
from ncsi.lab.page import Page
from ncsi.lab.results import Result
from ncsi.lab.tidying import Names, named
from ncsi.model.cbsem import CbsemResiduals, residuals
from ncsi.spec import Language
from ncsi.spec.instrument import Instrument

SHOWN = 20
"""Parameters, and pairs of items, that a page shows."""
BEYOND = 1.96


class ModificationIndices(Result):
    """Parameters that the model leaves out: lhs, op, rhs, mi, p, epc (on the items' scale), std_epc; the largest mi
    first."""

    _keys: ClassVar[tuple[str, ...]] = ("lhs", "op", "rhs")
    _estimate: ClassVar[str] = "epc"
    found: tuple[model.CbsemFit, Instrument]

    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row a parameter: lhs, op, rhs, estimate (the EPC), std, statistic (MI), p."""
        plain = pd.DataFrame(self).rename(columns={"epc": "estimate", "std_epc": "std", "mi": "statistic"})
        columns = ["lhs", "op", "rhs", "estimate", "std", "statistic", "p"]
        return named(plain[columns], columns[:3], names, between=" ")

    def page(self, lang: Language = "en") -> Page:
        """What an index says, and the largest."""
        fit, inst = self.found
        label = labels_of(inst, lang)
        frame = pd.DataFrame(self).head(SHOWN)
        told = frame["lhs"].map(label) + " " + frame["op"] + " " + frame["rhs"].map(label)
        table = frame[["mi", "p", "epc", "std_epc"]]
        table.insert(0, "relation", told)
        lines = [words.ONE_AT_A_TIME.text(lang), *([words.BY_DESIGN.text(lang)] if fit.robust else [])]
        head = words.LARGEST_MI.text(lang).format(most=len(frame), all=len(self))
        return words.page(
            words.MODIFICATION, lang, lines, [words.caution(one, lang) for one in fit.warnings],
            shown(head, table, lang, 1, digits={"mi": 1}),
        )  # fmt: skip


class Residuals(Result):
    """Pairs of items: construct_a, item_a, construct_b, item_b, observed and implied covariance, estimate (observed
    less implied), se, z, correlation (over the observed standard deviations). `blocks` (SRMR of every two constructs),
    `matrices` (raw, correlation, z by item) and `srmr`."""

    _keys: ClassVar[tuple[str, ...]] = ("item_a", "item_b")
    found: tuple[CbsemResiduals, model.CbsemFit, Instrument]

    @property
    def blocks(self) -> pd.DataFrame:
        """construct_a, construct_b, pairs, srmr, largest, item_a, item_b, z."""
        return self.found[0].blocks

    @property
    def matrices(self) -> Mapping[str, pd.DataFrame]:
        """raw, correlation and z, items by items."""
        one = self.found[0]
        return {"raw": one.raw, "correlation": one.correlation, "z": one.z}

    @property
    def srmr(self) -> float:
        """Root mean square of the correlation residuals, variances among them."""
        return self.found[0].srmr

    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row a pair: item_a, item_b, estimate, se, z."""
        columns = ["item_a", "item_b", "estimate", "se", "z"]
        return named(pd.DataFrame(self)[columns], columns[:2], names, between=" ~~ ")

    def sheets(self) -> Mapping[str, pd.DataFrame]:
        """pairs, blocks, and the matrices."""
        matrices = {name: one.rename_axis("item").reset_index() for name, one in self.matrices.items()}
        return {"pairs": pd.DataFrame(self), "blocks": self.blocks, **matrices}

    def page(self, lang: Language = "en") -> Page:
        """How much is left, by blocks and by pair."""
        found, _, inst = self.found
        label = labels_of(inst, lang)
        pairs = pd.DataFrame(self)[self["item_a"] != self["item_b"]]
        told = pairs["z"].dropna()
        line = words.RESIDUAL_LINE.text(lang).format(
            srmr=figure(found.srmr, 3), beyond=int((told.abs() > BEYOND).sum()), pairs=len(told),
            chance=round(0.05 * len(told)),
        )  # fmt: skip
        blocks = found.blocks[["pairs", "srmr", "largest"]]
        blocks.insert(
            0,
            "groups",
            found.blocks["construct_a"].map(label) + " – " + found.blocks["construct_b"].map(label),
        )
        blocks = blocks.assign(
            item=found.blocks["item_a"] + " ~~ " + found.blocks["item_b"], z=found.blocks["z"]
        )
        largest = pairs.assign(size=pairs["z"].abs()).nlargest(SHOWN, "size")
        table = largest[["observed", "implied", "correlation", "z"]]
        table.insert(0, "item", largest["item_a"] + " ~~ " + largest["item_b"])
        return words.page(
            words.RESIDUALS, lang, [line], [],
            shown(words.BLOCKS_OF_RESIDUALS.text(lang), blocks[["groups", "item", "pairs", "srmr", "largest", "z"]],
                  lang, 2, digits={"pairs": 0}),
            shown(words.LARGEST_RESIDUALS.text(lang).format(most=len(table)), table, lang, 1),
        )  # fmt: skip


def residuals_of(fit: model.CbsemFit, inst: Instrument) -> Residuals:
    """The residuals of a covariance SEM, a row a pair of items, each with itself too."""
    found = residuals(fit, inst)
    owner = [inst.construct_of(one).id for one in inst.item_ids]
    ids = np.array(inst.item_ids)
    i, j = np.triu_indices(len(ids))
    raw, z, observed = (one.to_numpy()[i, j] for one in (found.raw, found.z, fit.cov))
    with np.errstate(invalid="ignore", divide="ignore"):
        se = np.where(np.isnan(z), np.nan, raw / z)
    frame = pd.DataFrame(
        {
            "construct_a": [owner[k] for k in i], "item_a": ids[i], "construct_b": [owner[k] for k in j],
            "item_b": ids[j], "observed": observed, "implied": observed - raw, "estimate": raw, "se": se, "z": z,
            "correlation": found.correlation.to_numpy()[i, j],
        }
    )  # fmt: skip
    return Residuals(frame, (found, fit, inst))
