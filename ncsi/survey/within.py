"""Change within persons: what those who answered in several waves moved by, and what turnover adds to it.

Two-way fixed effects (a person's own level, a wave's shift) by weighted least squares; errors clustered by person, or
by the clusters that were sampled (Wooldridge 2010, §10.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.errors import InputError
from ncsi.survey.design import Floats
from ncsi.survey.waves import Waves, estimates_of

LEAST = 2


@dataclass(frozen=True, slots=True)
class WithinChange:
    """`changes`: wave, part ("within": of the same persons, "turnover": what others joining and leaving add, "all":
    the change of the waves' means, their sum), persons (in that wave and another), estimate since the first wave, se,
    df, low, high, t, p. `persons` in two waves or more, of `everybody`; `left_out` rows without a value."""

    changes: pd.DataFrame
    waves: tuple[str, ...]
    persons: int
    everybody: int
    left_out: int
    level: float


def within_change(
    frame: pd.DataFrame,
    value: str,
    person: str,
    wave: str,
    waves: Sequence[str],
    weights: str | None = None,
    strata: str | None = None,
    clusters: str | None = None,
    level: float = 0.95,
) -> WithinChange:
    """The shift of every wave against the first of `waves`, within persons and over all respondents.

    Raises InputError for columns that are not there, a person twice in a wave, fewer than two persons in two waves, and
    a wave that no person joins to the first.
    """
    if len(set(waves)) < 2:
        raise InputError(f"column {wave}", f"{len(set(waves))} wave is no change", "Name two waves or more")
    taken = Waves.of(frame, value, wave, waves, (), weights, strata, clusters, person)
    codes, _ = pd.factorize(taken.rows[person])
    w = taken.design.weights
    shifts = np.asarray(taken.now[:, None] == np.arange(1, len(taken.waves)), dtype=np.float64)
    stays = np.bincount(codes, w > 0)[codes] > 1
    _require_joined(taken, codes, stays & (w > 0), person)
    within, influence = _fixed_effects(taken.y, shifts, codes, w * stays)
    means, of_means = _means(taken, w)
    values = np.concatenate([within, means - within, means])
    of_all = np.hstack([influence, of_means - influence, of_means])
    found = estimates_of(taken.design, values, of_all, level)
    parts = np.repeat(["within", "turnover", "all"], len(within))
    counted = [int((stays & (taken.now == k)).sum()) for k in range(1, len(taken.waves))]
    found.insert(0, "persons", counted * 3)
    found.insert(0, "part", parts)
    found.insert(0, "wave", list(taken.waves[1:]) * 3)
    return WithinChange(
        found, taken.waves, len(np.unique(codes[stays])), len(np.unique(codes)), taken.left_out, level
    )


def _fixed_effects(y: Floats, shifts: Floats, codes: np.ndarray, w: Floats) -> tuple[Floats, Floats]:
    """Shifts (T − 1,) and their influences (n, T − 1), to be weighted; rows of weight 0 have none."""
    total = np.bincount(codes, w)
    safe = np.where(total > 0, total, 1.0)

    def centred(column: Floats) -> Floats:
        return np.asarray(column - (np.bincount(codes, w * column) / safe)[codes])

    x, about = np.column_stack([centred(one) for one in shifts.T]), centred(y)
    bread = np.linalg.inv(x.T @ (w[:, None] * x))
    slope = bread @ (x.T @ (w * about))
    left = (w > 0) * (about - x @ slope)
    return slope, (left[:, None] * x) @ bread


def _means(taken: Waves, w: Floats) -> tuple[Floats, Floats]:
    """Changes of the waves' weighted means since the first, and their influences."""
    means, influences = [], []
    for k in range(len(taken.waves)):
        inside = taken.now == k
        mean = float(np.average(taken.y[inside], weights=w[inside]))
        means.append(mean)
        influences.append(inside * (taken.y - mean) / taken.total(k))
    return np.array(means[1:]) - means[0], np.column_stack(influences[1:]) - influences[0][:, None]


def _require_joined(taken: Waves, codes: np.ndarray, stays: np.ndarray, person: str) -> None:
    """Raise InputError unless enough persons join every wave, directly or through others, to the first."""
    persons = len(np.unique(codes[stays]))
    if persons < LEAST:
        raise InputError(f"column {person}", f"{persons} of {len(np.unique(codes))} persons answered in two waves",
                         "Name waves of a panel, and the column that holds the same id in each")  # fmt: skip
    there = np.zeros((codes.max() + 1, len(taken.waves)))
    there[codes[stays], taken.now[stays]] = 1
    together = there.T @ there > 0
    reached = np.arange(len(taken.waves)) == 0
    for _ in taken.waves:
        reached = reached | together[reached].any(axis=0)
    if not reached.all():
        alone = taken.waves[int(np.flatnonzero(~reached)[0])]
        raise InputError(f"column {person}", f"nobody in wave {alone} answered in a wave joined to {taken.waves[0]}",
                         "Leave the wave out")  # fmt: skip
