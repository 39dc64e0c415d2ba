"""Meanings to columns, each once: the assignment that is best over all columns at once, and how far from a tie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

Scores = npt.NDArray[np.float64]
NOBODY = -1


@dataclass(frozen=True, slots=True)
class Assigned:
    """A meaning's column by its place, its score (0-1), and the least that any assignment without this pair loses."""

    row: int
    column: int
    score: float
    lead: float


def assigned(scores: Scores, least: float) -> list[Assigned]:
    """The one-to-one assignment with the highest sum of scores; a meaning without a column stands at `least`."""
    if not scores.size:
        return []
    best, columns = _best(scores, least)
    found = []
    for row, column in enumerate(columns):
        if column == NOBODY:
            continue
        without = scores.copy()
        without[row, column] = NOBODY
        found.append(Assigned(row, int(column), float(scores[row, column]), best - _best(without, least)[0]))
    return found


def _best(scores: Scores, least: float) -> tuple[float, npt.NDArray[np.int64]]:
    """The highest sum of scores, and the column of each row, NOBODY where none is better than `least`."""
    rows, columns = scores.shape
    wide = np.hstack([scores, np.full((rows, rows), least)])
    at, chosen = linear_sum_assignment(wide, maximize=True)
    total = float(wide[at, chosen].sum())
    return total, np.where(chosen < columns, chosen, NOBODY)


def rivals(scores: Scores, row: int, least: float, most: int = 3) -> list[int]:
    """The columns that a meaning could have, best first."""
    order = np.argsort(-scores[row], kind="stable")[:most]
    return [int(column) for column in order if scores[row, column] >= least]
