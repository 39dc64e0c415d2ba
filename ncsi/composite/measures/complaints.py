"""Complaints: rates per million with exact intervals, satisfaction with handling against a target, control charts.

Exact Poisson intervals: Garwood (1936). Charts with limits from a frozen base period: Shewhart's p and u, and Laney's
p' and u' (2002) for counts that vary more than chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.composite.measures.counts import poisson, wilson
from ncsi.errors import CompositeError

Target = Literal["met", "missed", "undecided"]
MILLION = 1_000_000
_SHORTEST_BASE = 12
_MOVING_RANGE = 1.128
"""d2 of two values: what the mean moving range is divided by."""
_OVERDISPERSED = 1.2


@dataclass(frozen=True, slots=True)
class Rate:
    """Complaints per million items handled, with the exact Poisson interval."""

    complaints: int
    items: float
    per_million: float
    low: float
    high: float


def rate(complaints: int, items: float, level: float = 0.95) -> Rate:
    """lo = χ²(α/2, 2x)/2T, hi = χ²(1 - α/2, 2x + 2)/2T; x = 0 gives [0, 3.69/T]. `items` handled.

    Raises CompositeError for a count below 0, or complaints without items.
    """
    if complaints < 0 or complaints != int(complaints):
        raise CompositeError("complaints", f"cannot number {complaints}", "Give a whole number of 0 or more")
    if not items > 0:
        raise CompositeError(
            "items", f"{items:g} were handled: there is no rate", "Give the number of items handled"
        )
    low, high = poisson(complaints, items / MILLION, level)
    return Rate(int(complaints), items, complaints / items * MILLION, low, high)


@dataclass(frozen=True, slots=True)
class RateRatio:
    """One firm's rate over another's, with its exact interval and p of "they are the same"."""

    ratio: float
    low: float
    high: float
    p: float


def compared(one: Rate, other: Rate, level: float = 0.95) -> RateRatio:
    """Two rates by the conditional binomial on x₁/(x₁ + x₂). They must come by a common route of complaint: that is the
    caller's to know. Raises CompositeError where neither has a complaint."""
    total = one.complaints + other.complaints
    if total == 0:
        raise CompositeError(
            "complaints", "neither firm has any: their rates cannot be compared", "Wait for more"
        )
    from scipy.stats import binomtest  # late: half a second

    expected = one.items / (one.items + other.items)
    test = binomtest(one.complaints, total, expected)
    low, high = test.proportion_ci(level, "exact")
    scale = other.items / one.items
    ratio = np.inf if other.complaints == 0 else one.per_million / other.per_million
    top = np.inf if high == 1 else float(high / (1 - high) * scale)
    return RateRatio(float(ratio), float(low / (1 - low) * scale), top, float(test.pvalue))


@dataclass(frozen=True, slots=True)
class Handling:
    """Share satisfied with how their complaint was handled, 0-1, with Wilson's interval, against a target."""

    satisfied: int
    valid: int
    share: float
    low: float
    high: float
    target: Target


def handling(satisfied: int, valid: int, line: float = 0.98, level: float = 0.95) -> Handling:
    """Satisfied valid complaints over valid ones. Met where the lower end reaches `line`, missed where the
    upper end lies below it, else undecided. Wilson (1927). Raises CompositeError for counts that cannot be."""
    if not 0 <= satisfied <= valid or valid == 0:
        raise CompositeError(
            "handling", f"{satisfied} satisfied of {valid} valid complaints cannot be", "Correct the counts"
        )
    low, high = wilson(satisfied / valid, valid, level)
    told: Target = "met" if low >= line else "missed" if high < line else "undecided"
    return Handling(satisfied, valid, satisfied / valid, low, high, told)


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """A control chart. `points`: period, n, count, value, low, high, z, signal ("", beyond, run, trend), segment.

    `centre` and `spread` (σ_z, Laney's) come from the base period of each segment; `adjusted`: limits are Laney's, as
    σ_z exceeds 1.2. `limits_plain` (n, 2): those of the plain chart, which one may want to see beside them.
    """

    kind: Literal["p", "u"]
    points: pd.DataFrame
    centre: tuple[float, ...]
    spread: tuple[float, ...]
    adjusted: bool
    limits_plain: Array


def chart(
    frame: pd.DataFrame, kind: Literal["p", "u"], base: int = _SHORTEST_BASE, breaks: Sequence[str] = ()
) -> Chart:
    """A p chart (shares) or u chart (rates) of counts a period, limits frozen from the first `base` periods.

    `frame`: period, n, count, in order of time. `breaks`: periods from which the definition or route is another: a new
    segment begins with a base of its own, and nothing is compared over it. Signals: beyond 3σ, 8 on one side, 6
    rising or falling. Limits are p̄ ± 3√(p̄(1 - p̄)/n_i), cut at 0 and 1, or Laney's p̄ ± 3σ_i σ_z where σ_z > 1.2.
    Raises CompositeError naming the period: one twice, a count above n, a segment shorter than its base.
    """
    _require_periods(frame, kind, breaks)
    starts = [0, *(int(np.flatnonzero(frame["period"] == one)[0]) for one in breaks)]
    ends = [*starts[1:], len(frame)]
    parts = [
        _segment(frame.iloc[start:end], kind, base, number)
        for number, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]
    adjusted = any(one.adjusted for one in parts)
    return Chart(
        kind, pd.concat([one.points for one in parts], ignore_index=True), tuple(one.centre[0] for one in parts),
        tuple(one.spread[0] for one in parts), adjusted, np.vstack([one.limits_plain for one in parts]),
    )  # fmt: skip


def _require_periods(frame: pd.DataFrame, kind: str, breaks: Sequence[str]) -> None:
    twice = frame[frame.duplicated("period")]
    if len(twice):
        raise CompositeError(f"period {twice.iloc[0]['period']}", "stands twice", "Keep one row a period")
    wrong = ~(frame["n"] > 0) | ~(frame["count"] >= 0) | ((kind == "p") & (frame["count"] > frame["n"]))
    if wrong.any():
        one = frame[wrong].iloc[0]
        raise CompositeError(
            f"period {one['period']}", f"{one['count']} of {one['n']} cannot be", "Correct the counts"
        )
    unknown = [one for one in breaks if one not in set(frame["period"])]
    if unknown:
        raise CompositeError(
            f"break {unknown[0]}", "is no period of the chart", "Name the period that begins anew"
        )


def _segment(frame: pd.DataFrame, kind: Literal["p", "u"], base: int, number: int) -> Chart:
    if len(frame) < base or base < 2:
        raise CompositeError(
            f"period {frame.iloc[0]['period']}", f"begins {len(frame)} periods, and the base needs {base}",
            "Wait for more periods, or declare a shorter base of at least 2",
        )  # fmt: skip
    n, count = frame["n"].to_numpy(float), frame["count"].to_numpy(float)
    centre = float(count[:base].sum() / n[:base].sum())
    sigma = np.sqrt((centre * (1 - centre) if kind == "p" else centre) / n)
    value = count / n
    z = (value - centre) / np.where(sigma > 0, sigma, np.nan)
    spread = float(np.abs(np.diff(z[:base])).mean() / _MOVING_RANGE)
    adjusted = spread > _OVERDISPERSED
    top = 1.0 if kind == "p" else np.inf
    plain = np.clip(np.stack([centre - 3 * sigma, centre + 3 * sigma], axis=1), 0.0, top)
    reach = 3 * sigma * (spread if adjusted else 1.0)
    low, high = np.clip(centre - reach, 0.0, top), np.clip(centre + reach, 0.0, top)
    points = pd.DataFrame(
        {"period": frame["period"].to_numpy(), "n": n, "count": count, "value": value, "low": low, "high": high, "z": z,
         "signal": _signals(value, centre, low, high), "segment": number}
    )  # fmt: skip
    return Chart(kind, points, (centre,), (spread,), adjusted, plain)


def _signals(value: Array, centre: float, low: Array, high: Array) -> list[str]:
    """The strongest signal of each point; a run or a trend is told at the point that completes it, and after."""
    side, step = np.sign(value - centre), np.sign(np.diff(value, prepend=np.nan))
    told = []
    for k in range(len(value)):
        beyond = value[k] < low[k] or value[k] > high[k]
        run = k >= 7 and side[k] != 0 and bool((side[k - 7 : k + 1] == side[k]).all())
        trend = k >= 5 and step[k] != 0 and bool((step[k - 4 : k + 1] == step[k]).all())
        told.append("beyond" if beyond else "run" if run else "trend" if trend else "")
    return told


def laney_limits(chart_: Chart) -> Array:
    """(n, 2) limits p̄ ± 3σ_i σ_z of every point, whether or not σ_z exceeds 1.2."""
    top = 1.0 if chart_.kind == "p" else np.inf
    centre = np.array(chart_.centre)[chart_.points["segment"].to_numpy()]
    spread = np.array(chart_.spread)[chart_.points["segment"].to_numpy()]
    n = chart_.points["n"].to_numpy()
    reach = 3 * spread * np.sqrt((centre * (1 - centre) if chart_.kind == "p" else centre) / n)
    limits: Array = np.clip(np.stack([centre - reach, centre + reach], axis=1), 0.0, top)
    return limits


def same_month(frame: pd.DataFrame) -> pd.DataFrame:
    """Each period's rate against that of the same month a year before: period, value, before, ratio; for counts with a
    season, such as those after 11 November. Periods are YYYY-MM."""
    value = frame.assign(value=frame["count"] / frame["n"]).set_index("period")["value"]
    earlier = [f"{int(str(one)[:4]) - 1}{str(one)[4:]}" for one in value.index]
    before = value.reindex(earlier).to_numpy()
    return pd.DataFrame(
        {
            "period": value.index,
            "value": value.to_numpy(),
            "before": before,
            "ratio": value.to_numpy() / before,
        }
    )
