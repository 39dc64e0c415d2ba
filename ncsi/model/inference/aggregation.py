"""Sectors to groups and the nation by declared shares, with error propagation (docs/method.md §10)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ncsi.errors import ModelError
from ncsi.model.resampling.freedom import satterthwaite
from ncsi.model.resampling.intervals import t_reach


def aggregate(
    sectors: pd.DataFrame,
    shares: Mapping[str, float],
    keys: list[str],
    level: float,
    share_se: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Share-weighted index of the sectors within each combination of `keys`.

    `sectors`: sector, n, index_0_100, se, df (of se; missing: it is known) and the keys. Shares are re-normalised over
    the sectors given: a_k = s_k / Σs; samples of different sectors are independent, so Var = Σ a_k² SE_k². Where shares
    have standard errors (`share_se`), Σ (SE(s_k)/Σs)² (I_k − I)² is added: the first-order variance of a ratio of
    independent shares. Returns keys, sectors, n, index_0_100, se, df (Satterthwaite), low, high, index_equal_0_100,
    coverage (share of the whole list). A sector without an index or its standard error counts as not measured. Raises
    ModelError for a sector without a share.
    """
    unknown = sorted(set(sectors["sector"]) - set(shares))
    if unknown:
        raise ModelError(f"sector {', '.join(unknown)}: no share to aggregate by. Add it to the sector list.")
    measured = sectors.dropna(subset=["index_0_100", "se"])
    values, errors, freedom = (measured[name].to_numpy(dtype=float) for name in ("index_0_100", "se", "df"))
    n, names = measured["n"].tolist(), measured["sector"].tolist()
    own = np.array([shares[name] for name in names], dtype=float)
    own_se = np.array([(share_se or {}).get(name, 0.0) for name in names], dtype=float)
    places: dict[tuple[object, ...], list[int]] = {}
    for place, key in enumerate(zip(*(measured[name].tolist() for name in keys), strict=True)):
        places.setdefault(key, []).append(place)
    rows = []
    for key, at in places.items():
        share = own[at]
        a, unsure = share / share.sum(), own_se[at] / share.sum()
        index = float(a @ values[at])
        parts = np.append(a**2 * errors[at] ** 2, (unsure**2) @ (values[at] - index) ** 2)
        df = float(satterthwaite(parts, np.append(freedom[at], np.inf)))
        se = float(np.sqrt(parts.sum()))
        reach = float(t_reach(level, df))
        rows.append(
            {
                **dict(zip(keys, key, strict=True)),
                "sectors": len(at),
                "n": int(sum(n[place] for place in at)),
                "index_0_100": index,
                "se": se,
                "df": df if np.isfinite(df) else np.nan,
                "low": index - reach * se,
                "high": index + reach * se,
                "index_equal_0_100": float(values[at].mean()),
                "coverage": float(share.sum()),
            }
        )
    return pd.DataFrame(rows)


def with_share_errors(
    totals: pd.DataFrame, parts: pd.DataFrame, shares: Mapping[str, float], share_se: Mapping[str, float]
) -> pd.DataFrame:
    """Totals whose intervals also hold the uncertainty of the shares that weigh their parts.

    `totals`: construct, index_0_100, se, low, high; `parts`: brand, construct, index_0_100. To SE² comes
    Σ (SE(s_b)/Σs)² (I_b − I)², and both ends move out by the factor that SE grows by. A part without a share or
    an index does not count.
    """
    known = parts[parts["brand"].isin(shares)].dropna(subset=["index_0_100"])
    unsure = known["brand"].map(share_se).fillna(0.0) / sum(shares.values())
    index = totals.set_index("construct")["index_0_100"]
    away = unsure * (known["index_0_100"] - known["construct"].map(index))
    added = totals["construct"].map((away**2).groupby(known["construct"]).sum()).fillna(0.0)
    se = np.sqrt(totals["se"] ** 2 + added)
    factor = (se / totals["se"]).where(totals["se"] > 0, 1.0)
    ends = {
        name: totals["index_0_100"] + factor * (totals[name] - totals["index_0_100"])
        for name in ("low", "high")
    }
    return totals.assign(se=se, **ends)
