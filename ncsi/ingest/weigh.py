"""Design weights of a sector: the base weight, post-stratified to the brands' market shares."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ncsi.errors import InputError


def design_weights(frame: pd.DataFrame, shares: Mapping[str, float]) -> pd.Series:
    """Weights with mean 1, one a row of `frame` (columns brand, weight_base).

    With `shares` (brand → market share; they need not sum to 1, for the measured brands rarely hold the whole
    market) every brand weighs its share; without, base weights stand as they are. Raises InputError when a
    brand with rows has no share, or a weight is not positive.
    """
    base = frame["weight_base"].astype(float)
    if not (np.isfinite(base) & (base > 0)).all():
        raise InputError("weight_base", "a weight is not a positive number", "Correct the file's weights")
    if not shares:
        return (base / base.mean()).rename("weight")
    unknown = sorted(set(frame["brand"]) - set(shares))
    if unknown:
        raise InputError(
            "brand shares",
            f"{', '.join(unknown[:5])} has responses but no share",
            "Give every brand of the sector a share in the wave file, or none",
        )
    total = base.groupby(frame["brand"]).transform("sum")
    weight = base * frame["brand"].map(shares).astype(float) / total
    return (weight / weight.mean()).rename("weight")
