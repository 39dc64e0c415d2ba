"""What each sector adds to the change of an aggregate: by its own index, and by its weight, entry or exit; and what the
results of two waves have in common, the same result or the same respondents.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.model.moments.weighted import ROUNDING
from ncsi.model.resampling.freedom import satterthwaite
from ncsi.model.resampling.intervals import t_reach

_KEYS = ["sector", "construct"]
_COLUMNS = [*_KEYS, "share", "index_0_100", "se", "df", "from_wave"]
_JOINT = ["covariance", "df_change", "shared"]


def jointly(now: pd.DataFrame, before: pd.DataFrame, panel: pd.DataFrame) -> pd.DataFrame:
    """`now` with what each of its results has in common with that of `before`: covariance, df_change, shared.

    Both frames: sector, construct, se, df, from_wave (whose result it is); one row per sector and construct. `panel`:
    wave, previous, sector, construct, shared (respondents in both), correlation of the two estimates, df_change (of
    their difference); empty without one. The same result standing in both is its own variance; results
    that share nobody known are independent, their covariance 0 and df_change Welch-Satterthwaite's. `shared` is
    missing where the panel does not tell.
    """
    columns = [*_KEYS, "se", "df", "from_wave"]
    told = panel.rename(columns={"wave": "from_wave", "previous": "from_wave_0"})
    both = (
        now[columns]
        .merge(before[columns], on=_KEYS, how="left", suffixes=("", "_0"))
        .merge(told, on=[*_KEYS, "from_wave", "from_wave_0"], how="left")
    )
    se, se_0, df, df_0 = (both[name].to_numpy(dtype=float) for name in ("se", "se_0", "df", "df_0"))
    r, of_change = (both[name].to_numpy(dtype=float) for name in ("correlation", "df_change"))
    same = (both["from_wave"] == both["from_wave_0"]).to_numpy(dtype=bool)
    apart = satterthwaite(np.nan_to_num([se, se_0]) ** 2, np.array([df, df_0]))
    known = np.where(
        same, np.where(np.isnan(df), np.inf, df), np.where(np.isnan(of_change), apart, of_change)
    )
    return now.assign(
        covariance=np.where(same, se**2, np.nan_to_num(r * se * se_0)), df_change=known,
        shared=both["shared"].to_numpy(dtype=float),
    )  # fmt: skip


def contributions(now: pd.DataFrame, before: pd.DataFrame, level: float) -> pd.DataFrame:
    """Each sector's part in the change of every construct's aggregate; the parts sum to it exactly.

    Both frames: sector, construct, share, index_0_100, se, df, from_wave, `now` as of `jointly`; one row per sector
    and construct; one without an index or its standard error does not count. Weights w are the shares
    re-normalised within construct. A sector in both adds (w₁+w₀)/2·(I₁−I₀) by its index and
    (w₁−w₀)·((I₁+I₀)/2 − Ī) by its weight, Ī the mean of the two aggregates; one that enters adds w₁(I₁−Ī), one
    that leaves −w₀(I₀−Ī). Returns sector, construct, basis, weight, previous_weight, index_0_100,
    previous_0_100, from_index, from_share, contribution, se (of from_index: none where the same result stands
    in both), df of it, low and high (of the contribution by t at `level`, from_share taken as known).
    """
    both = _joined(now, before)
    w1, w0 = both["weight"].to_numpy(dtype=float), both["previous_weight"].to_numpy(dtype=float)
    x1, x0 = both["index_0_100"].to_numpy(dtype=float), both["previous_0_100"].to_numpy(dtype=float)
    aggregates = both.assign(a=w1 * np.nan_to_num(x1), b=w0 * np.nan_to_num(x0)).groupby("construct")[
        ["a", "b"]
    ]
    middle = aggregates.transform("sum").sum(axis=1).to_numpy(dtype=float) / 2
    stays = np.isfinite(x1) & np.isfinite(x0)
    own = np.nanmean([x1, x0], axis=0)
    from_index = np.where(stays, (w1 + w0) / 2 * np.nan_to_num(x1 - x0), 0.0)
    from_share = (w1 - w0) * (own - middle)
    same = (both["from_wave"] == both["from_wave_0"]).to_numpy(dtype=bool)
    se = np.where(stays & ~same, (w1 + w0) / 2 * np.sqrt(_variance(both, 1.0, 1.0)), 0.0)
    df = both["df_change"].to_numpy(dtype=float)
    reach = np.where(se > 0, t_reach(level, np.where(np.isnan(df), np.inf, df)) * se, 0.0)
    whole = from_index + from_share
    basis = np.select(
        [~np.isfinite(x0), ~np.isfinite(x1), same], ["entered", "left", "carried_forward"], "measured"
    )
    return both[_KEYS].assign(
        basis=basis, weight=w1, previous_weight=w0, index_0_100=x1, previous_0_100=x0, from_index=from_index,
        from_share=from_share, contribution=whole, se=se, df=np.where((se > 0) & np.isfinite(df), df, np.nan),
        low=whole - reach, high=whole + reach,
    )  # fmt: skip


def joint_aggregates(now: pd.DataFrame, before: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """What the aggregates of two waves within `keys` have in common, from the sectors that stand in either.

    Frames as of `contributions`, with the keys. Returns keys, covariance Σ w₁ w₀ c of the two, `unsure` Σ v²/ν over the
    sectors' parts in the variance of the change (which its degrees of freedom are made of), and shared: respondents in
    both, missing where no panel tells.
    """
    rows = list(dict.fromkeys([*keys, *_KEYS]))
    columns = list(dict.fromkeys([*rows, *_COLUMNS]))
    left, right = (
        frame.dropna(subset=["index_0_100", "se"]).pipe(
            lambda one: one.assign(w=one["share"] / one.groupby(keys)["share"].transform("sum"))
        )
        for frame in (now, before)
    )
    both = left[[*columns, *_JOINT, "w"]].merge(
        right[[*columns, "w"]], on=rows, how="outer", suffixes=("", "_0"), sort=False
    )
    w1, w0 = (both[name].fillna(0.0).to_numpy(dtype=float) for name in ("w", "w_0"))
    df = both["df_change"].fillna(both["df_0"]).fillna(np.inf).to_numpy(dtype=float)
    return (
        both[keys]
        .assign(
            covariance=w1 * w0 * both["covariance"].fillna(0.0), unsure=_variance(both, w1, w0) ** 2 / df,
            shared=both["shared"],
        )
        .groupby(keys, sort=False)
        .agg(covariance=("covariance", "sum"), unsure=("unsure", "sum"), shared=("shared", _sum_of_known))
        .reset_index()
    )  # fmt: skip


def _sum_of_known(values: pd.Series) -> float:
    return float(values.sum(min_count=1))


def _variance(both: pd.DataFrame, w1: Array | float, w0: Array | float) -> Array:
    """Var(w₁I₁ − w₀I₀) of each row; what rounding leaves of two equal terms is 0."""
    se, se_0, c = (both[name].fillna(0.0).to_numpy(dtype=float) for name in ("se", "se_0", "covariance"))
    apart = (w1 * se) ** 2 + (w0 * se_0) ** 2
    variance = apart - 2 * w1 * w0 * c
    return np.asarray(np.where(variance <= ROUNDING * apart, 0.0, variance))


def _joined(now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    def weighted(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        measured = frame[columns].dropna(subset=["index_0_100", "se"])
        total = measured.groupby("construct")["share"].transform("sum")
        return measured.assign(weight=measured["share"] / total)

    both = weighted(now, [*_COLUMNS, *_JOINT]).merge(
        weighted(before, _COLUMNS), on=_KEYS, how="outer", suffixes=("", "_0"), sort=False
    )
    compared = set(now["construct"]) & set(before["construct"])
    both = both[both["construct"].isin(compared)].reset_index(drop=True)
    return both.rename(columns={"index_0_100_0": "previous_0_100"}).assign(
        weight=both["weight"].fillna(0.0), previous_weight=both["weight_0"].fillna(0.0)
    )
