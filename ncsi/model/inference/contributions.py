"""What each sector adds to the change of an aggregate: by its own index, and by its weight, entry or exit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ncsi.model.resampling.freedom import satterthwaite
from ncsi.model.resampling.intervals import t_reach

_COLUMNS = ["sector", "construct", "share", "index_0_100", "se", "df", "from_wave"]


def contributions(now: pd.DataFrame, before: pd.DataFrame, level: float) -> pd.DataFrame:
    """Each sector's part in the change of every construct's aggregate; the parts sum to it exactly.

    Both frames: sector, construct, share, index_0_100, se, df (of se; missing: it is known), from_wave (whose result
    it is); one row per sector and construct; one without an index or its standard error does not count. Weights w are
    the shares re-normalised within construct. A sector in both adds (w₁+w₀)/2·(I₁−I₀) by its index and
    (w₁−w₀)·((I₁+I₀)/2 − Ī) by its weight, Ī the mean of the two aggregates; one that enters adds w₁(I₁−Ī), one
    that leaves −w₀(I₀−Ī). Returns sector, construct, basis, weight, previous_weight, index_0_100,
    previous_0_100, from_index, from_share, contribution, se (of from_index: none where the same result stands
    in both) with its df (Welch-Satterthwaite), low, high (of contribution at `level`, by t).
    """
    both = _joined(now, before)
    w1, w0 = both["weight"].to_numpy(dtype=float), both["previous_weight"].to_numpy(dtype=float)
    x1, x0 = both["index_0_100"].to_numpy(dtype=float), both["previous_0_100"].to_numpy(dtype=float)
    sums = both.assign(a=w1 * np.nan_to_num(x1), b=w0 * np.nan_to_num(x0)).groupby("construct")[["a", "b"]]
    middle = sums.transform("sum").sum(axis=1).to_numpy(dtype=float) / 2
    stays = np.isfinite(x1) & np.isfinite(x0)
    own = np.nanmean([x1, x0], axis=0)
    from_index = np.where(stays, (w1 + w0) / 2 * np.nan_to_num(x1 - x0), 0.0)
    from_share = (w1 - w0) * (own - middle)
    same = (both["from_wave"] == both["from_wave_0"]).to_numpy(dtype=bool)
    stays_apart = stays & ~same
    own_se, df = (both[[name, f"{name}_0"]].to_numpy(dtype=float).T for name in ("se", "df"))
    variances = np.where(stays_apart, own_se, 0.0) ** 2
    se, freedom = (w1 + w0) / 2 * np.sqrt(variances.sum(axis=0)), satterthwaite(variances, df)
    reach, contribution = t_reach(level, freedom) * se, from_index + from_share
    basis = np.select(
        [~np.isfinite(x0), ~np.isfinite(x1), same], ["entered", "left", "carried_forward"], "measured"
    )
    return both[["sector", "construct"]].assign(
        basis=basis, weight=w1, previous_weight=w0, index_0_100=x1, previous_0_100=x0, from_index=from_index,
        from_share=from_share, contribution=contribution, se=se, df=np.where(np.isinf(freedom), np.nan, freedom),
        low=contribution - reach, high=contribution + reach,
    )  # fmt: skip


def covariance(now: pd.DataFrame, before: pd.DataFrame, keys: list[str]) -> pd.Series:
    """Covariance of the two aggregates within `keys`, from results that stand in both: Σ w₁ w₀ SE².

    Frames as of `contributions`, with the keys; by the values of the keys, 0 where nothing is shared.
    """
    weighted = [
        frame.assign(w=frame["share"] / frame.groupby(keys)["share"].transform("sum"))
        for frame in (now, before)
    ]
    both = weighted[0].merge(
        weighted[1], on=[*dict.fromkeys([*keys, "sector", "construct"])], suffixes=("", "_0")
    )
    same = both[both["from_wave"] == both["from_wave_0"]]
    shared = (same["w"] * same["w_0"] * same["se"] ** 2).groupby([same[key] for key in keys]).sum()
    return shared.rename("covariance")


def _joined(now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    def weighted(frame: pd.DataFrame) -> pd.DataFrame:
        measured = frame[_COLUMNS].dropna(subset=["index_0_100", "se"])
        total = measured.groupby("construct")["share"].transform("sum")
        return measured.assign(weight=measured["share"] / total)

    both = weighted(now).merge(
        weighted(before), on=["sector", "construct"], how="outer", suffixes=("", "_0"), sort=False
    )
    compared = set(now["construct"]) & set(before["construct"])
    both = both[both["construct"].isin(compared)].reset_index(drop=True)
    return both.rename(columns={"index_0_100_0": "previous_0_100"}).assign(
        weight=both["weight"].fillna(0.0), previous_weight=both["weight_0"].fillna(0.0)
    )
