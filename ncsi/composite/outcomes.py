"""What many runs of an index say of its units: ranks, how often each, and who stands above whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncsi.arrays import Array
from ncsi.composite.ranks import descending
from ncsi.errors import ModelError

Ranks = NDArray[np.int32]
Kind = Literal["method", "sampling", "combined"]
TOP = 3
CELLS_AT_A_TIME = 4_000_000


@dataclass(frozen=True, slots=True)
class Outcomes:
    """R runs of an index of n units, by the `unit` names.

    `kind`: what the runs differ in: "method" (their 5–95 % range of ranks is the robustness range, which has no
    probability meaning), "sampling" (error of the surveys alone) or "combined" (both, 综合). `table`: unit, score and
    rank as published (nominal), score_median, score_q05, score_q95, rank_mean, rank_median, rank_q05, rank_q95
    (quantiles of type 7), rank_min, rank_max, p_top (share of runs among the first three).
    `shift` (R,): mean |rank − nominal rank| of each run. `ranks` (R, n), `scores` (R, n).
    """

    kind: Kind
    table: pd.DataFrame
    shift: Array
    ranks: Ranks
    scores: Array

    def frequency(self) -> pd.DataFrame:
        """Share of runs in which a unit (row) has a rank (columns 1 … n); rows sum to 1."""
        n = self.ranks.shape[1]
        cells = (self.ranks - 1) + n * np.arange(n)
        counts = np.bincount(cells.ravel(), minlength=n * n).reshape(n, n)
        return pd.DataFrame(
            counts / len(self.ranks), index=self.table["unit"], columns=pd.RangeIndex(1, n + 1, name="rank")
        )

    def pairwise(self) -> pd.DataFrame:
        """Share of runs in which the unit of a row stands above that of a column (better rank); 0 on the diagonal."""
        runs, n = self.ranks.shape
        above = np.zeros((n, n))
        at_a_time = max(1, CELLS_AT_A_TIME // (n * n))
        for start in range(0, runs, at_a_time):
            part = self.ranks[start : start + at_a_time]
            above += (part[:, :, None] < part[:, None, :]).sum(axis=0)
        units = self.table["unit"]
        return pd.DataFrame(above / runs, index=units, columns=pd.Index(units, name="other"))


def ranks_in_blocks(scores: Array) -> Ranks:
    """Ranks (R, n) of the units in each run of scores (R, n), 1 the best; equal to 12 digits, units share a rank."""
    out: Ranks = np.empty(scores.shape, dtype=np.int32)
    at_a_time = max(1, CELLS_AT_A_TIME // (4 * scores.shape[1]))
    for start in range(0, len(scores), at_a_time):
        out[start : start + at_a_time] = descending(scores[start : start + at_a_time])
    return out


def rank_shift(ranks: Ranks, nominal: Ranks) -> Array:
    """Mean |rank − nominal rank| (R,) of each run's ranks (R, n)."""
    out = np.empty(len(ranks))
    at_a_time = max(1, CELLS_AT_A_TIME // ranks.shape[1])
    for start in range(0, len(ranks), at_a_time):
        out[start : start + at_a_time] = np.abs(ranks[start : start + at_a_time] - nominal).mean(axis=1)
    return out


def outcomes_of(units: Sequence[str], scores: Array, nominal: Array, kind: Kind) -> Outcomes:
    """Outcomes of `kind` of runs `scores` (R, n) against the `nominal` scores (n,).

    Raises ModelError without a run, and for a score that is missing: a unit without an index is left out before.
    """
    if not len(scores):
        raise ModelError("outcomes of no run: give one or more.")
    if not (np.isfinite(scores).all() and np.isfinite(nominal).all()):
        missing = units[int((~np.isfinite(scores).all(axis=0) | ~np.isfinite(nominal)).argmax())]
        raise ModelError(f"unit '{missing}' has no index in one of the runs. Leave it out of the comparison.")
    ranks, own = ranks_in_blocks(scores), ranks_in_blocks(nominal[None])[0]
    score_q05, score_median, score_q95 = np.quantile(scores, (0.05, 0.5, 0.95), axis=0)
    rank_q05, rank_median, rank_q95 = np.quantile(ranks, (0.05, 0.5, 0.95), axis=0)
    table = pd.DataFrame(
        {
            "unit": list(units), "score": nominal, "rank": own, "score_median": score_median, "score_q05": score_q05,
            "score_q95": score_q95, "rank_mean": ranks.mean(axis=0), "rank_median": rank_median,
            "rank_q05": rank_q05, "rank_q95": rank_q95, "rank_min": ranks.min(axis=0),
            "rank_max": ranks.max(axis=0), "p_top": (ranks <= TOP).mean(axis=0),
        }
    )  # fmt: skip
    return Outcomes(kind, table, rank_shift(ranks, own), ranks, scores)
