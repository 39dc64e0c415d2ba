"""A survey of a population: who is asked, with what weight, which answers are missing, and sown faults."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncsi.arrays import Positions
from ncsi.simulate.background import REGION, background_of
from ncsi.simulate.population import Population
from ncsi.spec import FieldDates

REGIONS = tuple(REGION.population)
MISSING = {"98": 0.010, "99": 0.003, "": 0.008, "-3": 0.004}
SOWN = {"above_scale": 2, "text": 1, "unknown_brand": 1, "duplicate_respondent": 1}
WEIGHT_SPREAD = 0.38


@dataclass(frozen=True, slots=True)
class Survey:
    """Answers as text with paradata, one row per respondent, and how many faults of each kind were sown."""

    rows: pd.DataFrame
    sown: dict[str, int]


def survey(
    population: Population, brands: list[str], sizes: list[int], field: FieldDates, rng: np.random.Generator
) -> Survey:
    """Interview `sizes` respondents of each brand within the field dates."""
    brand = rng.permutation(np.repeat(np.arange(len(brands)), sizes))
    n, items = len(brand), list(population.instrument.item_ids)
    answers = _with_missing(population.answers(brand, rng), rng)
    days = (field.end - field.start).days
    start = pd.Timestamp(field.start)
    seconds = rng.integers(8 * 3600, 22 * 3600, n)
    at = start + pd.to_timedelta(rng.integers(0, days, n), unit="D") + pd.to_timedelta(seconds, unit="s")
    weight = rng.lognormal(-(WEIGHT_SPREAD**2) / 2, WEIGHT_SPREAD, n).round(6)
    paradata = pd.DataFrame(
        {
            "respondent": [f"R{k:06d}" for k in range(1, n + 1)],
            "brand": np.array(brands, dtype=object)[brand],
            "region": rng.choice(REGIONS, n, p=REGION.sampled),
            "weight": weight.astype(str),
            "submitted_at": at.strftime("%Y-%m-%d %H:%M:%S"),
            "duration_s": rng.lognormal(5.7, 0.35, n).astype(int).astype(str),
        }
    )
    who = background_of(n, rng)
    rows = pd.concat([paradata, who, pd.DataFrame(answers, columns=items)], axis=1)
    return _with_faults(rows, items, rng)


def _with_missing(answers: Positions, rng: np.random.Generator) -> NDArray[np.object_]:
    """Answers as text; some are one of the four kinds of missing instead."""
    codes = len(MISSING)
    words = np.array([*MISSING, *map(str, range(answers.max() + 1))], dtype=object)
    kind = np.searchsorted(np.cumsum(list(MISSING.values())), rng.random(answers.shape), side="right")
    chosen: NDArray[np.object_] = words[np.where(kind < codes, kind, answers + codes)]
    return chosen


def _with_faults(rows: pd.DataFrame, items: list[str], rng: np.random.Generator) -> Survey:
    """Faults that real files hold, one kind per row: a value off the scale, text, an unknown brand, a repeat."""
    at = iter(rng.choice(len(rows), sum(SOWN.values()), replace=False))
    faulty = rows.copy()
    for _ in range(SOWN["above_scale"]):
        faulty.loc[next(at), items[0]] = "11"
    for _ in range(SOWN["text"]):
        faulty.loc[next(at), items[1]] = "很好"
    for _ in range(SOWN["unknown_brand"]):
        faulty.loc[next(at), "brand"] = "unknown"
    repeats = faulty.loc[[next(at) for _ in range(SOWN["duplicate_respondent"])]]
    return Survey(pd.concat([faulty, repeats], ignore_index=True), dict(SOWN))
