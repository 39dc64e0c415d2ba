"""Drawings of the board, as places in a box of 488 × 222: answers in total with what is to come, and by day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ncsi.report import text
from ncsi.waves.pace import Forecast, Part, fan

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 488.0, 44.0, 20.0, 26.0, 196.0
_AHEAD = 120
"""Days that are drawn after the last one, at most."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A label and where it stands."""

    at: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Answers in total: the line so far, the fan and its middle to come, the target, the end of fieldwork."""

    line: str
    fan: str
    middle: str
    target: float | None
    end: float
    last_x: float
    last_y: float
    told: str
    ticks: tuple[Tick, ...]
    steps: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A day's answers; `pale`: a Saturday or Sunday."""

    x: float
    y: float
    height: float
    pale: bool
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Answers by day, and those needed on each day that is left."""

    bars: tuple[Bar, ...]
    width: float
    needed: float | None
    needed_from: float
    needed_to: float
    told: str
    ticks: tuple[Tick, ...]
    steps: tuple[Tick, ...]


def course(
    daily: Sequence[int], days: Sequence[date], end: date, whole: Forecast | None, parts: Sequence[Part]
) -> Course | None:
    """Answers in total over the days of fieldwork; None before there are two."""
    if len(days) < 2 or not sum(daily):
        return None
    totals = [sum(daily[: k + 1]) for k in range(len(daily))]
    ahead = min(_AHEAD, (end - days[-1]).days)
    predicted = ahead > 0 and whole is not None and whole.chance is not None and not whole.full
    coming = fan(parts, ahead).tolist() if predicted else []
    span = max((end - days[0]).days, len(days) - 1 + ahead)
    most = max([totals[-1], whole.target if whole else 0, *(row[2] for row in coming)])

    def x(day: int) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * day / max(1, span), 1)

    def y(n: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * float(n) / float(most), 1)

    last = len(totals) - 1
    start = f"{x(last)},{y(totals[-1])}"
    lows = [f"{x(last + k)},{y(row[0])}" for k, row in enumerate(coming, 1)]
    highs = [f"{x(last + k)},{y(row[2])}" for k, row in enumerate(coming, 1)]
    middle = [f"{x(last + k)},{y(row[1])}" for k, row in enumerate(coming, 1)]
    return Course(
        line=" ".join(f"{x(k)},{y(n)}" for k, n in enumerate(totals)),
        fan=" ".join([start, *highs, *reversed(lows)]) if coming else "",
        middle=" ".join([start, *middle]) if coming else "", target=y(whole.target) if whole else None,
        end=x((end - days[0]).days), last_x=x(last), last_y=y(totals[-1]), told=text.count(totals[-1]),
        ticks=_days(days[0], span, x), steps=tuple(Tick(y(n), text.count(n)) for n in _round_steps(most)),
    )  # fmt: skip


def bars(daily: Sequence[int], days: Sequence[date], end: date, whole: Forecast | None) -> Bars | None:
    """Answers by day; None before there are two."""
    if len(days) < 2 or not sum(daily):
        return None
    span = (end - days[0]).days + 1
    step = (WIDTH - LEFT - RIGHT) / max(span, len(days))
    open_days = (end - days[-1]).days
    needed = whole.needed if whole and not whole.full and open_days > 0 else None
    most = max([*daily, needed or 0.0])

    def y(n: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * n / most, 1)

    def x(day: int) -> float:
        return round(LEFT + step * day, 1)

    return Bars(
        bars=tuple(
            Bar(x(k), y(n), round(BOTTOM - y(n), 1), day.weekday() >= 5, f"{day:%Y-%m-%d}: {text.count(n)}")
            for k, (day, n) in enumerate(zip(days, daily, strict=True))
        ),
        width=round(0.8 * step, 1), needed=None if needed is None else y(needed), needed_from=x(len(days)),
        needed_to=x(span), told="" if needed is None else text.count(needed),
        ticks=_days(days[0], span - 1, lambda day: x(day) + 0.4 * step),
        steps=tuple(Tick(y(n), text.count(n)) for n in _round_steps(most)),
    )  # fmt: skip


def _days(first: date, span: int, x: Callable[[int], float]) -> tuple[Tick, ...]:
    """The first day and three or four more, evenly."""
    step = max(1, round(span / 3))
    return tuple(Tick(round(x(k), 1), f"{first + timedelta(days=k):%m-%d}") for k in range(0, span + 1, step))


def _round_steps(most: float) -> list[int]:
    """Two or three round numbers up to the largest."""
    unit = 10 ** max(0, len(str(int(most))) - 1)
    for size in (unit // 2 or 1, unit, 2 * unit, 5 * unit):
        if most / size <= 4:
            return [int(k * size) for k in range(1, int(most / size) + 1)]
    return [int(most)]
