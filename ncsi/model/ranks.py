"""Rank confidence sets: which ranks the data do not rule out, from simultaneous tests of all differences.

Mogstad, Romano, Shaikh & Wilhelm (2024, Review of Economic Studies 91:476): all pairwise differences tested
by max-|t| with step-down (Romano & Wolf 2005). Rank sets then hold for all units at once.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncsi.errors import ModelError
from ncsi.model.resample import Bootstrap

Array = NDArray[np.floating]
NORMAL_DRAWS = 10_000


def rank_sets(
    boot: Bootstrap,
    construct: str = "Satisfaction",
    level: float = 0.95,
    among: tuple[str, ...] | None = None,
) -> pd.DataFrame:
    """Ranks of the by-groups by the index of `construct`, highest first.

    Columns: the by-column, index_0_100, rank, rank_low, rank_high (simultaneous set at `level`), tier,
    p_top_third. `among` limits the comparison to some groups; a group of one respondent is left out. Raises
    ModelError without by-groups.
    """
    by = boot.fit.by
    if by is None:
        raise ModelError("rank sets need groups to rank: fit the model with `by`.")
    chosen = boot.index_by[(boot.index_by["construct"] == construct) & boot.index_by["se"].notna()]
    if chosen.empty:
        raise ModelError(f"construct '{construct}' is not in the fit. Choose one of its constructs.")
    groups = list(boot.fit.sample.groups)
    names = [name for name in chosen[by] if among is None or name in among]
    estimates = chosen.set_index(by)["estimate"].loc[names].to_numpy(dtype=float)
    k = boot.fit.instrument.construct_ids.index(construct)
    draws = boot.draws.index_by[k][[groups.index(name) for name in names]].T
    return (
        rank_frame(estimates, draws, level)
        .assign(**{by: names})[[by, *RANK_COLUMNS]]
        .sort_values("rank", ignore_index=True)
    )


RANK_COLUMNS = ["index_0_100", "rank", "rank_low", "rank_high", "tier", "p_top_third"]


def rank_sets_from_se(ids: list[str], estimates: Array, se: Array, level: float, seed: int) -> pd.DataFrame:
    """The same for independent units of which only estimate and standard error are known (sectors)."""
    rng = np.random.Generator(np.random.Philox(key=[seed, 0]))
    draws = estimates + se * rng.standard_normal((NORMAL_DRAWS, len(estimates)))
    frame = rank_frame(estimates, draws, level).assign(unit=ids)
    return frame[["unit", *RANK_COLUMNS]].sort_values("rank", ignore_index=True)


def rank_frame(estimates: Array, draws: Array, level: float) -> pd.DataFrame:
    """Rank, set, tier and chance of the top third of units with `estimates` (J,) and `draws` (R, J)."""
    above = significantly_above(estimates, draws, level)
    ranks = (-estimates).argsort(kind="stable").argsort() + 1
    third = max(1, round(len(estimates) / 3))
    positions = (-draws).argsort(axis=1).argsort(axis=1)
    return pd.DataFrame(
        {
            "index_0_100": estimates,
            "rank": ranks,
            "rank_low": 1 + above.sum(axis=0),
            "rank_high": len(estimates) - above.sum(axis=1),
            "tier": tiers(ranks, above),
            "p_top_third": (positions < third).mean(axis=0),
        }
    )


def significantly_above(estimates: Array, draws: Array, level: float) -> NDArray[np.bool_]:
    """Matrix (J, J): row significantly above column, family-wise at `level`, by max-|t| with step-down."""
    i, j = np.triu_indices(len(estimates), 1)
    difference = estimates[i] - estimates[j]
    covariance = np.atleast_2d(np.cov(draws, rowvar=False))
    variance = np.diag(covariance)[i] + np.diag(covariance)[j] - 2 * covariance[i, j]
    se = np.sqrt(np.maximum(variance, np.finfo(float).tiny))
    t = np.abs(difference) / se
    centred = np.ascontiguousarray((draws - draws.mean(axis=0)).T)
    rejected = np.zeros(len(i), dtype=bool)
    while not rejected.all():
        open_ = np.flatnonzero(~rejected)
        largest = _largest(centred, i[open_], j[open_], se[open_])
        critical = np.quantile(largest, level, method="higher")
        fresh = open_[t[open_] > critical]
        if fresh.size == 0:
            break
        rejected[fresh] = True
    above = np.zeros((len(estimates), len(estimates)), dtype=bool)
    up = difference > 0
    above[i[rejected & up], j[rejected & up]] = True
    above[j[rejected & ~up], i[rejected & ~up]] = True
    return above


def _largest(centred: Array, i: NDArray[np.intp], j: NDArray[np.intp], se: Array) -> Array:
    """Largest |t| over the open pairs in each replicate (R,)."""
    largest = np.zeros(centred.shape[1])
    for a in np.unique(i):
        pairs = i == a
        gaps = np.abs(centred[a] - centred[j[pairs]]) / se[pairs, None]
        np.maximum(largest, gaps.max(axis=0), out=largest)
    return largest


def tiers(ranks: NDArray[np.intp], above: NDArray[np.bool_]) -> list[str]:
    """Tiers from the top: a tier's members do not differ significantly from its leader. A … Z, AA …"""
    order = ranks.argsort()
    names, leader, number = [""] * len(ranks), order[0], 0
    for unit in order:
        if above[leader, unit]:
            leader, number = unit, number + 1
        names[unit] = _letters(number)
    return names


def _letters(number: int) -> str:
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text
