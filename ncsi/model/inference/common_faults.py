"""Faults common to a sector: items below their national mean for most of its brands."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

SHARE_OF_BRANDS = 2 / 3
FEWEST_BRANDS = 3


def common_faults(
    brands: pd.DataFrame, items: pd.DataFrame, questionnaires: Mapping[str, str], shares: Mapping[str, float]
) -> pd.DataFrame:
    """Items of each sector against their national mean.

    `brands`: sector, brand, item, mean_0_100 of the brands shown; `items`: sector, construct, item, mean_0_100;
    `questionnaires`: sector → what was asked (the same text, the same question); `shares`: sector → weight. The
    national mean of an item is over the sectors that asked it in the same words, by their shares; items of a
    single sector are left out. A common fault: over two thirds of three or more brands below.

    Returns sector, construct, item, brands, share_below, sector_mean_0_100, national_mean_0_100, sectors,
    common_fault.
    """
    asked = items.dropna(subset=["mean_0_100"]).assign(
        questionnaire=items["sector"].map(questionnaires), share=items["sector"].map(shares)
    )
    keys = ["questionnaire", "item"]
    weighted = asked.assign(part=asked["mean_0_100"] * asked["share"]).groupby(keys, sort=False)
    national = weighted.agg(part=("part", "sum"), share=("share", "sum"), sectors=("sector", "nunique"))
    national["national_mean_0_100"] = national["part"] / national["share"]
    rows = asked.rename(columns={"mean_0_100": "sector_mean_0_100"}).merge(
        national[["national_mean_0_100", "sectors"]], left_on=keys, right_index=True
    )
    each = brands[["sector", "item", "mean_0_100"]].merge(rows, on=["sector", "item"])
    each = each.assign(below=each["mean_0_100"] < each["national_mean_0_100"])
    counted = each.groupby(["sector", "item"])["below"].agg(brands="size", share_below="mean").reset_index()
    found = rows[rows["sectors"] > 1].merge(counted, on=["sector", "item"])
    common = (found["brands"] >= FEWEST_BRANDS) & (
        found["share_below"] > SHARE_OF_BRANDS + np.finfo(float).eps
    )
    columns = [
        "sector", "construct", "item", "brands", "share_below", "sector_mean_0_100", "national_mean_0_100",
        "sectors",
    ]  # fmt: skip
    return found[columns].assign(common_fault=common)
