"""Whether a fit may be published: no item of a reflective block may count backwards (docs/method.md §14).

An index is a weighted mean. An item whose outer weight or loading is not positive turns it into a contrast, which can
leave 0-100 and rises when answers get worse. Mode B blocks are exempt: their weights may have either sign.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.errors import ModelError
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import layout_of
from ncsi.model.resampling.infinitesimal import InfinitesimalJackknife
from ncsi.model.resampling.replicates import Bootstrap

Ruling = Literal["refuse", "withhold"]
_CURE = "Reverse-coded? Declare `reverse: true` in the map; else take it out of the construct."


@dataclass(frozen=True, slots=True)
class Verdict:
    """One item that counts backwards: standardised outer `weight` and `loading` of the fit, the intervals (low, high)
    of the unstandardised weight and of the loading, the `share` of replicates in which one of the two is not
    positive (NaN: there are none), and what follows. `str` says all of it and the cure."""

    construct: str
    item: str
    weight: float
    weight_interval: tuple[float, float]
    loading: float
    loading_interval: tuple[float, float]
    share: float
    ruling: Ruling

    def __str__(self) -> str:
        low, high = self.weight_interval
        often = "" if math.isnan(self.share) else f", not positive in {self.share:.1%} of the replicates"
        return (
            f"construct {self.construct}, item {self.item}: outer weight {self.weight:.3f} (interval {low:.3f} to "
            f"{high:.3f}), loading {self.loading:.3f} ({self.loading_interval[0]:.3f} to "
            f"{self.loading_interval[1]:.3f}){often}. {_CURE}"
        )


@dataclass(frozen=True, slots=True)
class Gate:
    """All verdicts on one fit, in item order; none when it may be published as it is."""

    verdicts: tuple[Verdict, ...]

    @property
    def refused(self) -> tuple[Verdict, ...]:
        """Those for which nothing of the sector may be published."""
        return tuple(one for one in self.verdicts if one.ruling == "refuse")

    @property
    def withheld(self) -> dict[str, tuple[Verdict, ...]]:
        """By construct, those for which that construct's figures are withheld and the rest stands."""
        weak = [one for one in self.verdicts if one.ruling == "withhold"]
        return {name: tuple(one for one in weak if one.construct == name) for name in
                dict.fromkeys(one.construct for one in weak)}  # fmt: skip

    def require(self) -> None:
        """Raise ModelError with every verdict that refuses the sector."""
        if self.refused:
            raise ModelError(
                "an item counts backwards, so the index is not a weighted mean. "
                + " ".join(str(one) for one in self.refused)
            )


def gate(boot: Bootstrap) -> Gate:
    """Judge every item of a reflective block of several items.

    Refused: outer weight or loading ≤ 0 in the target construct, or an interval of either that lies at or below 0 in
    any construct. Withheld: ≤ 0 in another construct whose interval reaches above 0, as chance makes of a weak item.
    """
    return _judged(boot.fit, boot.weights, boot.loadings, boot.draws.share_not_positive)


def gate_of_errors(fit: PlsFit, errors: InfinitesimalJackknife) -> Gate:
    """The same by the intervals of the infinitesimal jackknife, without replicates to count."""
    return _judged(fit, errors.weights, errors.loadings, np.full(len(fit.weights), np.nan))


def _judged(
    fit: PlsFit, of_weights: pd.DataFrame, of_loadings: pd.DataFrame, share_not_positive: Array
) -> Gate:
    """Both frames have low and high by item."""
    layout, target = layout_of(fit.instrument), fit.instrument.target
    found = []
    weights, loadings = (frame[["low", "high"]].to_numpy(dtype=float) for frame in (of_weights, of_loadings))
    for k, (construct, item, weight, loading) in enumerate(
        zip(*(fit.weights[name] for name in ("construct", "item", "weight_std", "loading")), strict=True)
    ):
        block = layout.blocks[layout.owner[k]]
        if layout.formative[layout.owner[k]] or block.stop - block.start == 1:
            continue
        below = bool(min(weights[k, 1], loadings[k, 1]) <= 0)
        if not below and min(weight, loading) > 0:
            continue
        found.append(
            Verdict(
                construct, item, float(weight), _pair(weights[k]), float(loading), _pair(loadings[k]),
                float(share_not_positive[k]), "refuse" if below or construct == target else "withhold",
            )
        )  # fmt: skip
    return Gate(tuple(found))


def _pair(ends: Array) -> tuple[float, float]:
    return float(ends[0]), float(ends[1])
