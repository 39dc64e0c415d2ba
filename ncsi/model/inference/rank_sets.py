"""Rank confidence sets: which ranks the data do not rule out, from simultaneous tests of all differences.

Mogstad, Romano, Shaikh & Wilhelm (2024, Review of Economic Studies 91:476): all pairwise differences tested
by max-|t| with step-down; the sets then hold for all units at once. Testing only the differences of one unit gives
its marginal set, which is narrower and holds for that unit alone.
"""

from __future__ import annotations

from warnings import warn

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Mask, Positions
from ncsi.errors import ModelError
from ncsi.model.cautions import asked_from
from ncsi.model.inference.rank_tests import differences, marginal, simultaneous
from ncsi.model.resampling.intervals import require_level
from ncsi.model.resampling.replicates import Bootstrap

NORMAL_DRAWS = 10_000


def rank_sets(
    boot: Bootstrap,
    construct: str = "Satisfaction",
    level: float = 0.95,
    among: tuple[str, ...] | None = None,
) -> pd.DataFrame:
    """Ranks of the by-groups by the index of `construct`, highest first.

    Columns: the by-column, index_0_100, rank, rank_low, rank_high (set at `level` that holds for all groups at
    once), rank_low_marginal, rank_high_marginal (for one group alone), tier, p_top_third. `among` limits the
    comparison to some groups; a group without an index or of one respondent is left out, with a warning. Raises
    ModelError without by-groups, with a by-column that is called as a column of ranks, with fewer than two to
    compare, and for a level that is not between 0 and 1.
    """
    require_level(level)
    by = boot.fit.by
    if by is None:
        raise ModelError("rank sets need groups to rank: fit the model with `by`.")
    if by in RANK_COLUMNS:
        raise ModelError(f"the by-column '{by}' is called as a column of ranks. Rename it and fit again.")
    if construct not in boot.fit.instrument.construct_ids:
        raise ModelError(f"construct '{construct}' is not in the fit. Choose one of its constructs.")
    rows = boot.index_by[boot.index_by["construct"] == construct]
    rows = rows[[among is None or name in among for name in rows[by]]]
    chosen = rows[rows["estimate"].notna() & rows["se"].notna()]
    if len(chosen) < len(rows):
        left_out = ", ".join(str(name) for name in rows[by] if name not in set(chosen[by]))
        warn(f"ranks leave out {left_out}: no index, or a single respondent.", stacklevel=asked_from())
    if len(chosen) < 2:
        raise ModelError(f"{len(chosen)} {by} to rank: ranks need two or more.")
    names, groups = chosen[by].to_list(), list(boot.fit.sample.groups)
    estimates = chosen["estimate"].to_numpy(dtype=float)
    k = boot.fit.instrument.construct_ids.index(construct)
    replicates = boot.draws.index_by[k][[groups.index(name) for name in names]]
    draws = boot.intervals.sampled(estimates, replicates)
    df = boot.freedom_by(construct)[[groups.index(name) for name in names]]
    return (
        rank_frame(estimates, draws, level, df)
        .assign(**{by: names})[[by, *RANK_COLUMNS]]
        .sort_values("rank", ignore_index=True)
    )


RANK_COLUMNS = [
    "index_0_100", "rank", "rank_low", "rank_high", "rank_low_marginal", "rank_high_marginal", "tier", "p_top_third",
]  # fmt: skip


def rank_sets_from_se(
    ids: list[str], estimates: Array, se: Array, level: float, seed: int, df: Array | None = None
) -> pd.DataFrame:
    """The same for independent units of which only estimate and standard error are known (sectors), with `df` degrees
    of freedom each."""
    unknown = [
        name for name, one in zip(ids, np.isfinite(estimates) & np.isfinite(se), strict=True) if not one
    ]
    if unknown:
        raise ModelError(f"ranks: {', '.join(unknown)} has no index or no standard error. Leave it out.")
    rng = np.random.Generator(np.random.Philox(key=[seed, 0]))
    draws = estimates + se * rng.standard_normal((NORMAL_DRAWS, len(estimates)))
    frame = rank_frame(estimates, draws, level, df).assign(unit=ids)
    return frame[["unit", *RANK_COLUMNS]].sort_values("rank", ignore_index=True)


def rank_frame(estimates: Array, draws: Array, level: float, df: Array | None = None) -> pd.DataFrame:
    """Rank, sets, tier and chance of the top third of units with `estimates` (J,) and `draws` (R, J).

    Equal estimates share a rank. The top third are the first ⌊J/3⌋ places, at least one. `df` as in
    `rank_tests.differences`.
    """
    tests = differences(estimates, draws, df)
    above, own = simultaneous(tests, level), marginal(tests, level)
    ranks = 1 + (estimates[:, None] < estimates).sum(axis=1)
    places = max(1, len(estimates) // 3)
    mark = np.partition(draws, len(estimates) - places, axis=1)[:, [len(estimates) - places]]
    return pd.DataFrame(
        {
            "index_0_100": estimates,
            "rank": ranks,
            "rank_low": 1 + above.sum(axis=0),
            "rank_high": len(estimates) - above.sum(axis=1),
            "rank_low_marginal": 1 + (own & (tests.gap < 0)).sum(axis=1),
            "rank_high_marginal": len(estimates) - (own & (tests.gap > 0)).sum(axis=1),
            "tier": tiers(ranks, above),
            "p_top_third": (draws >= mark).mean(axis=0),
        }
    )


def tiers(ranks: Positions, above: Mask) -> list[str]:
    """Tiers from the top: a tier's members do not differ significantly from its leader. A … Z, AA …"""
    order = ranks.argsort(kind="stable")
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
