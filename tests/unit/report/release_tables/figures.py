"""How figures are invented: sizes of brands, random numbers, intervals, ranks."""

from __future__ import annotations

import zlib

import numpy as np
import pandas as pd

from ncsi.model.inference.advice import with_quadrants

WAVE, PREVIOUS = "2026Q1", "2025Q1"
UNBRANDED = ("schools", "hospitals")
N_EFF = {
    "dairy": (230.0,) * 8,
    "edible_oil": (240.0, 230.0, 220.0, 215.0, 150.0, 60.0),
    "beer": (230.0, 220.0, 61.0, 55.0, 210.0),
    "casual_wear": (220.0, 70.0),
}
"""Effective sample sizes: edible oil hides one brand, beer two, casual wear one of two."""

Tables = dict[str, pd.DataFrame]


def sizes_of(sector: str) -> tuple[float, ...]:
    return () if sector in UNBRANDED else N_EFF.get(sector, (230.0,) * 6)


def random_of(*keys: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32("/".join(keys).encode()))


def with_interval(frame: pd.DataFrame, value: str, se: float | pd.Series) -> pd.DataFrame:
    return frame.assign(se=se, low=frame[value] - 1.96 * se, high=frame[value] + 1.96 * se)


def ranked(units: pd.DataFrame, key: str) -> pd.DataFrame:
    """Ranks with plain sets of two neighbours each way, a tier every third unit."""
    table = units.sort_values("index_0_100", ascending=False)[[key, "index_0_100"]].reset_index(drop=True)
    rank = np.arange(1, len(table) + 1)
    return table.assign(
        rank=rank, rank_low=np.maximum(rank - 2, 1), rank_high=np.minimum(rank + 2, len(rank)),
        rank_low_marginal=np.maximum(rank - 1, 1), rank_high_marginal=np.minimum(rank + 1, len(rank)),
        tier=[chr(65 + k // 3) for k in range(len(rank))], p_top_third=np.linspace(1, 0, len(rank)),
    )  # fmt: skip


def quadrants_of(frame: pd.DataFrame) -> pd.DataFrame:
    return with_quadrants(
        frame.assign(
            importance_low=frame["importance"] - 0.04, importance_high=frame["importance"] + 0.04,
            performance_low=frame["performance"] - 0.7, performance_high=frame["performance"] + 0.7,
        )
    )  # fmt: skip
