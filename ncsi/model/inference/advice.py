"""What may be put first: one rule for sectors, for brands and for what a rise would bring (docs/method.md §16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

Quadrant = Literal[
    "keep_up", "improve_first", "low_priority", "possible_overkill", "undecided", "not_actionable"
]


@dataclass(frozen=True, slots=True)
class Cuts:
    """The lines that part the importance-performance map; NaN where nothing on it can be acted on.

    `importance` is that of whole constructs: of items, compare their `whole_importance`.
    """

    importance: float
    performance: float


def whole_importance(constructs: Sequence[str], importance: Sequence[float]) -> pd.Series:
    """The importance of the construct that each row belongs to: an item's, times the number of its construct's items.

    Blocks of few and of many items are compared by it alike: an item matters where its construct does, however many
    items share its effect. Every item of a construct is a row, or each construct is one.
    """
    rows = pd.Series(list(importance), dtype=np.float64)
    names = pd.Series(list(constructs), dtype=object)
    whole: pd.Series = rows * names.groupby(names).transform("size")
    return whole


def cuts(
    constructs: Sequence[str],
    importance: Sequence[float],
    performance: Sequence[float],
    actionable: Sequence[bool],
) -> Cuts:
    """Means over the actionable rows, each construct counting once however many of its items stand among them."""
    whole = whole_importance(constructs, importance)
    frame = pd.DataFrame({"construct": list(constructs), "x": whole, "y": list(performance)})
    chosen = frame[np.asarray(actionable, dtype=bool)]
    if chosen.empty:
        return Cuts(float("nan"), float("nan"))
    share = 1 / chosen.groupby("construct")["construct"].transform("size").to_numpy(dtype=np.float64)
    x, y = (float(np.average(chosen[name], weights=share)) for name in ("x", "y"))
    return Cuts(x, y)


def with_quadrants(drivers: pd.DataFrame) -> pd.DataFrame:
    """Constructs, or items, with their `quadrant`.

    `drivers`: construct, importance, performance, actionable, and the ends of both (importance_low …) where they are
    known; every item of a construct is a row. A row that is not actionable is `not_actionable`. Another is `undecided`
    where the interval of its importance or of its performance reaches the cut; without intervals the estimates decide.
    """
    at = cuts(*(drivers[name].tolist() for name in ("construct", "importance", "performance", "actionable")))
    ends = [name for name in ("importance", "importance_low", "importance_high") if name in drivers]
    whole = drivers.assign(
        **{
            name: whole_importance(drivers["construct"].tolist(), drivers[name].tolist()).to_numpy()
            for name in ends
        }
    )
    matters, minor = _sides(whole, "importance", at.importance)
    performs, weak = _sides(whole, "performance", at.performance)
    names = np.select(
        [
            ~drivers["actionable"].to_numpy(dtype=bool),
            matters & performs,
            matters & weak,
            minor & weak,
            minor & performs,
        ],
        ["not_actionable", "keep_up", "improve_first", "low_priority", "possible_overkill"],
        default="undecided",
    )
    return drivers.assign(quadrant=names)


def _sides(drivers: pd.DataFrame, name: str, cut: float) -> tuple[pd.Series, pd.Series]:
    """Which rows lie above the cut, and which below it: with their whole intervals, where these are known."""
    if f"{name}_low" in drivers:
        return drivers[f"{name}_low"] > cut, drivers[f"{name}_high"] < cut
    return drivers[name] >= cut, drivers[name] < cut


def put_first(
    drivers: pd.DataFrame, gaps: pd.DataFrame | None = None, unit: Literal["construct", "item"] = "item"
) -> frozenset[str]:
    """What may be called first: constructs or items of a sector, or with `gaps` items of one of its brands.

    `drivers`: rows of `with_quadrants`. Of a sector, what is important and weak with its whole intervals
    (`improve_first`). Of a brand, whose rows of item, verdict and behind_best are `gaps`: what is actionable, has an
    importance whose interval lies above zero, and on which the brand is significantly below the sector's mean
    (`short_board`) or behind the best, after Holm. Empty: the data do not single one out.
    """
    if gaps is None:
        return frozenset(drivers.loc[drivers["quadrant"] == "improve_first", unit])
    levers = drivers.loc[drivers["actionable"].astype(bool) & (drivers["importance_low"] > 0), unit]
    behind = (gaps["verdict"] == "short_board") | gaps["behind_best"].astype(bool)
    return frozenset(levers) & frozenset(gaps.loc[behind, unit])


def most_urgent(drivers: pd.DataFrame) -> pd.DataFrame:
    """Items of a sector in the order of advice: those to put first, then the others; by the importance of their whole
    construct, of one construct the weakest first. `drivers`: every item, with its quadrant."""
    keys = drivers.assign(
        later=~drivers["item"].isin(put_first(drivers)),
        whole=-whole_importance(drivers["construct"].tolist(), drivers["importance"].tolist()).to_numpy(),
    )
    order = keys.sort_values(["later", "whole", "performance"], kind="stable").index
    return drivers.loc[order]
