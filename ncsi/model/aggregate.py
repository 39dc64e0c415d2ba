"""Sectors to groups and the nation by declared shares, with error propagation (METHOD §10)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import ndtri


def aggregate(
    sectors: pd.DataFrame, shares: Mapping[str, float], keys: list[str], level: float
) -> pd.DataFrame:
    """Share-weighted index of the sectors within each combination of `keys`.

    `sectors`: sector, n, index_0_100, se and the keys. Shares are re-normalised over the sectors measured;
    samples of different sectors are independent, so Var = Σ a_k² SE_k². Returns keys, sectors, n,
    index_0_100, se, low, high, index_equal_0_100, coverage (share of the whole list measured).
    """
    reach = ndtri(0.5 + level / 2)
    rows = []
    for key, part in sectors.groupby(keys, sort=False):
        share = part["sector"].map(shares).to_numpy(dtype=float)
        a = share / share.sum()
        index = float(a @ part["index_0_100"].to_numpy(dtype=float))
        se = float(np.sqrt((a**2) @ part["se"].to_numpy(dtype=float) ** 2))
        rows.append(
            {
                **dict(zip(keys, key, strict=True)),
                "sectors": len(part),
                "n": int(part["n"].sum()),
                "index_0_100": index,
                "se": se,
                "low": index - reach * se,
                "high": index + reach * se,
                "index_equal_0_100": float(part["index_0_100"].mean()),
                "coverage": float(share.sum()),
            }
        )
    return pd.DataFrame(rows)
