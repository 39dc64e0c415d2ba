"""Speed and memory of survey statistics: `python tests/benchmarks/bench_survey.py`.

200,000 rows, 40 sectors, 31 strata; medians of 5 (1 for the replicates).
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import pandas as pd

from ncsi.survey import design_of, rake, rao_wu, survey_mean
from ncsi.survey.known_margins import margin_of
from ncsi.survey.raking import raked

ROWS, SECTORS = 200_000, 40


def sample() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "y": rng.normal(70, 14, ROWS),
            "w": rng.lognormal(0, 0.4, ROWS),
            "sector": rng.integers(0, SECTORS, ROWS).astype(str),
            "stratum": rng.integers(0, 31, ROWS),
            "region": rng.integers(0, 4, ROWS),
            "tier": rng.integers(0, 5, ROWS),
            "age": rng.integers(0, 6, ROWS),
            "sex": rng.integers(0, 2, ROWS),
        }
    )


def timed(name: str, bound: float, work: Callable[[], object], times: int = 5) -> None:
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name:<44} {median(seconds):7.3f} s (bound {bound:g} s), peak so far {peak:.0f} MB")


if __name__ == "__main__":
    frame = sample()
    tiers = {(i, j): 1000.0 * (1 + (i + j) % 3) for i in range(4) for j in range(5)}
    total = sum(tiers.values())
    margins = {
        ("region", "tier"): tiers,
        ("age", "sex"): {(i, j): total / 12 for i in range(6) for j in range(2)},
        "sector": {str(i): total / SECTORS for i in range(SECTORS)},
    }
    timed(
        "means with SE by sector, stratified",
        0.1,
        lambda: survey_mean(frame, "y", "w", "stratum", by="sector"),
    )
    timed("raking of three margins", 0.5, lambda: rake(frame, margins, "w"))
    start = time.perf_counter()
    replicates = rao_wu(design_of(frame, "w", "stratum"), 200, seed=1)
    print(f"{'200 Rao-Wu replicates drawn':<44} {time.perf_counter() - start:7.3f} s")
    known = [margin_of(frame, name, totals) for name, totals in margins.items()]
    timed("200 replicates re-raked", 5.0, lambda: replicates.reweighted(lambda w: raked(w, known)), 1)
