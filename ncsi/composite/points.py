"""The points variant of maturity, as quality awards score (GB/T 19580): per cents in steps of 5, of 1,000 points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.errors import InputError

WHOLE = 1000.0
STEP = 5
BANDS = ((0, 5), (10, 25), (30, 45), (50, 65), (70, 85), (90, 100))
"""Per cent from and to; in steps of 5 every score lies in one."""


@dataclass(frozen=True, slots=True)
class Points:
    """`items`: firm, item, percent, points (percent/100 × the item's), of (the item's), band (1 the lowest).
    `firms`: firm, points (0 … 1,000)."""

    items: pd.DataFrame
    firms: pd.DataFrame


def award_points(scored: pd.DataFrame, items: pd.DataFrame) -> Points:
    """Points of firms. `scored`: firm, item, percent (0 to 100 in steps of 5). `items`: item, points, 1,000 in all.

    Raises InputError for points that do not sum to 1,000, a per cent that is none of the steps, an item that is not
    declared, and one that a firm has twice or not at all.
    """
    if (total := items["points"].sum()) != WHOLE or not (items["points"] > 0).all():
        raise InputError(
            "points of items", f"they sum to {total:g}, or one is not positive", "Give 1000 in all."
        )
    steps = scored["percent"].isin(range(0, 101, STEP))
    for wrong, problem, cure in (
        (~steps, "the per cent is none of 0, 5, … 100", "Use steps of 5."),
        (~scored["item"].isin(items["item"]), "the item is not declared", "Score the items of the standard."),
        (scored.duplicated(["firm", "item"]), "the item is scored twice", "Score it once."),
    ):
        if wrong.any():
            row = scored[wrong].iloc[0]
            raise InputError(
                f"firm {row['firm']}, item {row['item']}, per cent {row['percent']}", problem, cure
            )
    for firm, part in scored.groupby("firm"):
        if lacking := [item for item in items["item"] if item not in set(part["item"])]:
            raise InputError(f"firm {firm}", f"item {lacking[0]} is not scored", "Score every item.")
    frame = scored.merge(items.rename(columns={"points": "of"}), on="item", how="left")
    upper = np.array([high for _, high in BANDS])
    frame["points"] = frame["percent"] / 100 * frame["of"]
    frame["band"] = 1 + np.searchsorted(upper, frame["percent"])
    firms = frame.groupby("firm", sort=False)["points"].sum().reset_index()
    return Points(frame[["firm", "item", "percent", "points", "of", "band"]], firms)
