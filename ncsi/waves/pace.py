"""The pace of field work: when a quota will be full, how likely in time, and what is left to do each day.

Answers of the days to come are predicted from those of the last week: with S answers in w days and Jeffreys' prior, the
rate is Gamma(½ + S, w) and the answers of h days are negative binomial. Answers come in batches, so that days differ by
more than chance: by the dispersion φ of the daily totals, S and what is lacking count divided by φ. The tail of the
negative binomial is that of a beta distribution (Abramowitz & Stegun 1964, 26.5.31), which takes numbers that are not
whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc

from ncsi.arrays import Array

WINDOW = 7
"""Days that the pace is taken from: each weekday once."""
FEWEST_DAYS = 3
"""Days of fieldwork before which nothing is predicted."""
INNER = (0.1, 0.5, 0.9)
"""Chances of being full on the first, the middle and the last day of an 80 % interval."""
BEHIND = 0.2
"""A quota that is full in time with less than this chance is behind."""
_LONGEST = 366
_Z_80 = 1.2815515655446004
"""Normal quantile of 0.9."""
_DISPERSION_DAYS = 28


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of quotas: `accepted` of `target`; answers that are `lacking`, none of which one too many in another quota makes
    up for; answers a day in the last week, those needed a day to be full in time, the `chance` of that (0-1), and after
    how many days from now it is full: earliest, middle, latest of an 80 % interval; None where it is not within a year,
    or nothing is predicted yet."""

    accepted: int
    target: int
    lacking: int
    recent: float
    needed: float
    chance: float | None
    earliest: int | None
    middle: int | None
    latest: int | None

    @property
    def full(self) -> bool:
        """Whether no answer is lacking."""
        return not self.lacking

    @property
    def behind(self) -> bool:
        """Whether it is lacking answers and hardly full in time."""
        return not self.full and self.chance is not None and self.chance < BEHIND


def dispersion(daily: ArrayLike) -> float:
    """Variance of daily totals over their mean, of the last four weeks; 1, that of chance alone, at least."""
    own = np.asarray(daily, dtype=np.float64)[-_DISPERSION_DAYS:]
    if len(own) < FEWEST_DAYS or own.mean() <= 0:
        return 1.0
    return max(1.0, float(own.var(ddof=1) / own.mean()))


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A quota as it is predicted: its accepted answers on each day of fieldwork so far, its target, and the dispersion
    of its days, 1 or more."""

    daily: Array
    target: int
    phi: float = 1.0

    @property
    def accepted(self) -> int:
        """Answers so far."""
        return int(self.daily.sum())

    @property
    def lacking(self) -> int:
        """Answers still wanted."""
        return max(0, self.target - self.accepted)

    @property
    def recent(self) -> Array:
        """Answers on the last days, that the pace is taken from."""
        return self.daily[-WINDOW:]

    def reached(self, lacking: ArrayLike, ahead: ArrayLike) -> Array:
        """Chance that at least `lacking` answers come in `ahead` days."""
        days, seen = np.asarray(ahead, dtype=np.float64), float(self.recent.sum())
        wanted = np.asarray(lacking) / self.phi
        return np.asarray(betainc(wanted, 0.5 + seen / self.phi, days / (len(self.recent) + days)))


def forecast(parts: Sequence[Part], remaining: int) -> Forecast:
    """How quotas that do not overlap will go, all of them together, with `remaining` days of fieldwork left.

    They are full when each of them is: chances multiply, as if cells went their ways by themselves. With fewer than
    three days nothing is predicted; with none left, the chance is 1 or 0.
    """
    accepted, target, lacking = (
        sum(getattr(one, name) for one in parts) for name in ("accepted", "target", "lacking")
    )
    recent = sum(float(one.recent.mean()) if len(one.recent) else 0.0 for one in parts)
    needed = lacking / remaining if remaining > 0 else float(lacking)
    if not lacking:
        return Forecast(accepted, target, lacking, recent, 0.0, 1.0, 0, 0, 0)
    if remaining <= 0:
        return Forecast(accepted, target, lacking, recent, needed, 0.0, None, None, None)
    if len(parts[0].daily) < FEWEST_DAYS:
        return Forecast(accepted, target, lacking, recent, needed, None, None, None, None)
    ahead = np.arange(1, _LONGEST + 1)
    chances = np.prod([one.reached(one.lacking, ahead) for one in parts if one.lacking], axis=0)
    days = [int(k) + 1 if (k := np.searchsorted(chances, at)) < _LONGEST else None for at in INNER]
    return Forecast(
        accepted, target, lacking, recent, needed, float(chances[min(remaining, _LONGEST) - 1]), *days
    )


def expected(part: Part, remaining: int) -> float:
    """Accepted answers on the last day at the pace of the last week."""
    rate = float(part.recent.mean()) if len(part.recent) else 0.0
    return part.accepted + max(remaining, 0) * rate


def fan(parts: Sequence[Part], days: int) -> Array:
    """Predicted answers in total after 1 … `days` more days (days, 3): lower end, middle and upper end of an 80 %
    interval. Nobody is asked beyond a quota.

    Mean and variance of min(lacking, answers) are exact, Σ P(≥ k) and Σ (2k − 1) P(≥ k) − mean²; their sum over quotas
    is taken as normal.
    """
    ahead = np.arange(1, days + 1)
    mean, variance = np.zeros(days), np.zeros(days)
    for one in parts:
        steps = np.arange(1, one.lacking + 1)
        tails = one.reached(steps[None, :], ahead[:, None])
        own = tails.sum(axis=1)
        mean += own
        variance += ((2 * steps - 1) * tails).sum(axis=1) - own**2
    reach = _Z_80 * np.sqrt(np.maximum(variance, 0.0))
    most = sum(one.lacking for one in parts)
    ends = np.clip(np.column_stack([mean - reach, mean, mean + reach]), 0, most)
    return np.asarray(ends + sum(one.accepted for one in parts))
