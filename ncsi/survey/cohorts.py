"""Means by birth cohort and wave: a table to be described, since age, period and cohort cannot be told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from ncsi.errors import InputError
from ncsi.survey.size import effective_size
from ncsi.survey.waves import Waves, estimates_of

LEAST = 30
"""Respondents below whom a cell's mean is not told."""


@dataclass(frozen=True, slots=True)
class CohortTable:
    """`cells`: cohort, wave, mean, se, df, low, high, n, n_eff; with birth years also age_low and age_high (reached in
    the year of the wave). A cell of fewer than `least` respondents has no mean. `cohorts` from the eldest on;
    `left_out` rows without value or cohort."""

    cells: pd.DataFrame
    cohorts: tuple[str, ...]
    waves: tuple[str, ...]
    least: int
    left_out: int
    level: float


def cohort_table(
    frame: pd.DataFrame,
    value: str,
    cohort: str,
    wave: str,
    waves: Sequence[str],
    cuts: Sequence[float] | None = None,
    weights: str | None = None,
    strata: str | None = None,
    clusters: str | None = None,
    person: str | None = None,
    least: int = LEAST,
    level: float = 0.95,
) -> CohortTable:
    """Weighted means of `value` by cohort and wave.

    `cohort` holds names, or birth years, which `cuts` part: (1980, 1990) makes born before 1980, 1980-1989, 1990 and
    after; ages then need wave ids that begin with a year. Raises InputError for columns that are not there, birth years
    that are no years, cuts out of order, and where no cell has `least` respondents.
    """
    taken = Waves.of(frame, value, wave, waves, (cohort,), weights, strata, clusters, person)
    labels, codes, ends = _cohorts(taken.rows[cohort], cohort, cuts)
    w = taken.design.weights
    rows, means, influence = [], [], []
    for c, label in enumerate(labels):
        for k, one in enumerate(taken.waves):
            inside = (codes == c) & (taken.now == k) & (w > 0)
            n = int(inside.sum())
            row: dict[str, object] = {"cohort": label, "wave": one, "n": n}
            row["n_eff"] = effective_size(w[inside]) if n else 0.0
            if cuts is not None:
                row |= _ages(ends[c], one, wave)
            rows.append(row)
            told = n >= least
            mean = float(np.average(taken.y[inside], weights=w[inside])) if told else np.nan
            means.append(mean)
            influence.append(inside * (taken.y - mean) / w[inside].sum() if told else np.zeros(len(w)))
    if np.isnan(means).all():
        raise InputError(f"column {cohort}", f"no cohort has {least} respondents in a wave",
                         "Make cohorts wider, or collect more")  # fmt: skip
    found = estimates_of(taken.design, np.array(means), np.column_stack(influence), level)
    found.loc[found["estimate"].isna(), "se"] = np.nan
    cells = pd.concat([pd.DataFrame(rows), found.rename(columns={"estimate": "mean"})], axis=1)
    ages = ["age_low", "age_high"] if cuts is not None else []
    columns = ["cohort", "wave", *ages, "mean", "se", "df", "low", "high", "n", "n_eff"]
    return CohortTable(cells[columns], labels, taken.waves, least, taken.left_out, level)


def _cohorts(
    column: pd.Series, name: str, cuts: Sequence[float] | None
) -> tuple[tuple[str, ...], np.ndarray, list[tuple[float, float]]]:
    """Names from the eldest on, each row's, and first and last birth year."""
    if cuts is None:
        codes, there = pd.factorize(column.astype(str), sort=True)
        return tuple(map(str, there)), codes, []
    years = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float)
    if not ((years >= 1850) & (years <= 2100)).all():
        raise InputError(f"column {name}", "it holds values that are no birth years",
                         "Give years such as 1985, or name cohorts and leave cuts= out")  # fmt: skip
    if not len(cuts) or list(cuts) != sorted(set(cuts)):
        raise InputError(
            "cuts", f"{tuple(cuts)} are not in ascending order", "Give first years, such as (1980, 1990)"
        )
    edges = [-np.inf, *cuts, np.inf]
    ends = [(a, b - 1) for a, b in pairwise(edges)]
    labels = tuple(
        f"≤{b:.0f}" if np.isinf(a) else f"≥{a:.0f}" if np.isinf(b) else f"{a:.0f}–{b:.0f}" for a, b in ends
    )
    return labels, np.searchsorted(np.array(cuts), years, side="right"), ends


def _ages(born: tuple[float, float], wave: str, column: str) -> dict[str, object]:
    if not wave[:4].isdigit():
        raise InputError(f"column {column}", f"wave {wave} does not begin with a year, so ages are unknown",
                         "Name waves such as 2026 or 2026Q2, or name cohorts and leave cuts= out")  # fmt: skip
    year = int(wave[:4])
    first, last = born
    return {
        "age_low": np.nan if np.isinf(last) else year - last,
        "age_high": np.nan if np.isinf(first) else year - first,
    }
