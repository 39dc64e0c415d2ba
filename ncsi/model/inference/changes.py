"""Change between waves: difference, interval, p by t, Holm across a table, a verdict in one word."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ncsi.arrays import Array
from ncsi.model.moments.weighted import ROUNDING
from ncsi.model.resampling.freedom import satterthwaite
from ncsi.model.resampling.intervals import t_reach, two_sided


def holm(p: ArrayLike) -> Array:
    """Holm's (1979) step-down adjusted p-values, in the order given; a missing p stays missing and counts for none."""
    values = np.asarray(p, dtype=float)
    m = int(np.isfinite(values).sum())
    order = values.argsort()[:m]
    adjusted = np.full_like(values, np.nan)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(values[order] * np.arange(m, 0, -1)))
    return adjusted


def changes(
    current: pd.DataFrame, previous: pd.DataFrame, keys: list[str], level: float, within: str | None = None
) -> pd.DataFrame:
    """Changes of index_0_100 of the units found in both frames, matched by `keys`.

    Both hold `keys`, index_0_100, se and df, the degrees of freedom of se (missing: it is known). t =
    (I₁−I₀)/√(SE₁²+SE₀²) on Welch-Satterthwaite's for independent samples. Where `current` has a `correlation` of the
    two estimates (missing: none), SE² is less by 2·correlation·SE₁·SE₀, on `df_change` degrees of freedom; without that
    column on the fewer of the two. Holm runs over all rows that have a p, or those of each value of the key `within`:
    without a standard error, or with one of zero for what did change, there is none. Adds previous_0_100, change,
    se, df, correlation, low, high, p, p_holm, verdict (rose, fell or no_significant_change at 1 − `level` after
    Holm).
    """
    joint = {name: np.nan for name in ("correlation", "df_change") if name not in current.columns}
    both = (
        current.assign(**joint)[[*keys, "index_0_100", "se", "df", "correlation", "df_change"]]
        .merge(previous[[*keys, "index_0_100", "se", "df"]], on=keys, suffixes=("", "_0"))
        .dropna(subset=["index_0_100", "index_0_100_0"])
    )
    change = (both["index_0_100"] - both["index_0_100_0"]).to_numpy(dtype=float)
    se, freedom = _error(both)
    z = np.divide(change, se, out=np.where(change == 0, 0.0, np.nan), where=~(se <= 0))
    p, known = two_sided(z, freedom), np.where(np.isinf(freedom), np.nan, freedom)
    p_holm = holm(p) if within is None else _holm_within(p, both[within])
    reach, verdict = t_reach(level, freedom) * se, _verdicts(change, p_holm, level)
    return both[keys].assign(
        index_0_100=both["index_0_100"], previous_0_100=both["index_0_100_0"], change=change, se=se, df=known,
        correlation=both["correlation"], low=change - reach, high=change + reach, p=p, p_holm=p_holm, verdict=verdict,
    )  # fmt: skip


def judged_again(table: pd.DataFrame, within: Sequence[str], level: float) -> pd.DataFrame:
    """Changes with p_holm and verdict counted anew, Holm within these columns among the rows that are tested: a
    trend_break is not, and loses its p. What has none keeps its verdict."""
    tested = table["p"].notna() & (table["verdict"] != "trend_break")
    change, p = table["change"].to_numpy(dtype=float), table["p"].where(tested).to_numpy(dtype=float)
    p_holm = _holm_within(p, *(table[name] for name in within))
    verdict = table["verdict"].mask(tested, _verdicts(change, p_holm, level))
    return table.assign(p=p, p_holm=p_holm, verdict=verdict)


def _verdicts(change: Array, p_holm: Array, level: float) -> NDArray[np.str_]:
    significant = p_holm < 1 - level
    return np.select(
        [significant & (change > 0), significant & (change < 0)], ["rose", "fell"], "no_significant_change"
    )


def _holm_within(p: Array, *families: pd.Series) -> Array:
    adjusted = np.empty_like(p)
    for rows in families[0].groupby([*families], sort=False).indices.values():
        adjusted[rows] = holm(p[rows])
    return adjusted


def _error(both: pd.DataFrame) -> tuple[Array, Array]:
    """Standard error of each change and its degrees of freedom; what rounding leaves of two equal estimates is 0."""
    own, df = (both[[name, f"{name}_0"]].to_numpy(dtype=float).T for name in ("se", "df"))
    r, of_change = (both[name].to_numpy(dtype=float) for name in ("correlation", "df_change"))
    apart, r = (own**2).sum(axis=0), np.nan_to_num(r)
    variance = apart - 2 * r * own.prod(axis=0)
    fewer = np.fmin(*np.where(np.isnan(df), np.inf, df))
    freedom = np.where(r == 0, satterthwaite(own**2, df), np.where(np.isnan(of_change), fewer, of_change))
    return np.sqrt(np.where(variance <= ROUNDING * apart, 0.0, variance)), freedom
