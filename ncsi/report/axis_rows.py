"""Rows on an axis: a name, a figure and its interval drawn as a dot and a line; those of a ranking have a rank too."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import Literal, TypedDict, TypeVar

from ncsi.report import text
from ncsi.report.result_rows import Change, Estimate, Rank, Tables, of, read
from ncsi.report.text import NONE, NOTHING, Pair, phrase
from ncsi.tables import OUT_CHANGES

Rows = TypeVar("Rows", bound="AxisRow")
Tone = Literal["", "up", "down"]
"""Whether a significant figure is good news or bad."""
BROKEN = "‖"
"""Stands for a change over a break of the series."""


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis from its lowest tick to its highest."""

    low: float
    high: float
    ticks: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisRow:
    """One line: the figure `x` between `x_low` and `x_high`, and what is written of it.

    `shown`: false where the figure is not published, and `note` says why; `indicative`: of so few that its interval is
    dashed; `rate`: per cent, which stands on no axis of scores; `below`: a second line under the name.
    """

    name: Pair
    value: str
    interval: Pair
    x: float | None
    x_low: float | None
    x_high: float | None
    shown: bool = True
    indicative: bool = False
    rate: bool = False
    note: Pair = NOTHING
    below: Pair = NOTHING
    href: str = ""
    tone: Tone = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A change as its cell shows it: with a star and a tone where significant, `BROKEN` over a break."""

    change: str = NONE
    change_raw: float = 0.0
    tone: Tone = ""
    star: str = ""


class IndexFields(TypedDict):
    """The fields that a `ChangedRow` is made with."""

    name: Pair
    value: str
    interval: Pair
    x: float | None
    x_low: float | None
    x_high: float | None
    shown: bool
    indicative: bool
    rate: bool
    note: Pair
    href: str
    tone: Tone
    change: str
    change_raw: float
    star: str
    n: str
    n_raw: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedRow(AxisRow):
    """An index with its change and its sample."""

    change: str
    change_raw: float
    star: str
    n: str
    n_raw: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedRow(ChangedRow):
    """A row of a ranking. `place` is its rank, None where it has none; `shade`: whether its tier is shaded."""

    place: int | None
    rank: str
    rank_set: str
    tier: str
    shade: bool = False


def axis(values: Iterable[float], steps: Sequence[float] = (1, 2, 5, 10, 20)) -> Axis:
    """An axis for dots and intervals: ends on multiples of the least step that gives at most six ticks; beyond `steps`
    1, 2 and 5 of each power of ten, so that ticks stay round."""
    finite = [value for value in values if not math.isnan(value)] or [0.0, 100.0]
    low, high = min(finite), max(finite)
    step = next(s for s in chain(steps, _beyond(steps[-1])) if (high - low) / s <= 5)
    start, end = math.floor(low / step), math.ceil(high / step)
    ticks = [round(k * step, 2) for k in range(start, max(end, start + 1) + 1)]
    whole = tuple(int(one) if one == int(one) else one for one in ticks)
    return Axis(whole[0], whole[-1], whole)


def _beyond(step: float) -> Iterator[float]:
    """Round steps larger than `step`, in order."""
    powers = (10.0**power for power in count(math.floor(math.log10(step))))
    return (one for power in powers for one in (power, 2 * power, 5 * power) if one > step)


def axis_of(rows: Iterable[AxisRow], *more: float, steps: Sequence[float] = (1, 2, 5, 10, 20)) -> Axis:
    """The axis that holds the intervals of all rows drawn on it, and `more`."""
    ends = [one for row in rows if row.shown and not row.rate for one in (row.x_low, row.x_high)]
    return axis([*more, *(one for one in ends if one is not None)], steps)


def score(value: float, rate: bool = False) -> str:
    """An index as it is written: a rate in per cent."""
    return text.number(value) + ("%" if rate and not math.isnan(value) else "")


def index_fields(
    name: Pair, figures: Estimate, change: Change | None = None, *, status: str = "published", href: str = "",
    rate: bool = False,
) -> IndexFields:  # fmt: skip
    """An index with its change. `status`: as out_index_by_brand has it; `rate`: per cent, lower is better."""
    shown = not math.isnan(figures.index_0_100)
    moved = moved_by(change, rate)
    return {
        "name": name,
        "value": score(figures.index_0_100, rate),
        "interval": text.interval(figures.low, figures.high) if shown else text.same(NONE),
        "x": figures.index_0_100 if shown else None,
        "x_low": figures.low if shown else None,
        "x_high": figures.high if shown else None,
        "shown": shown,
        "indicative": status == "indicative",
        "rate": rate,
        "note": phrase(status) if status != "published" else NOTHING,
        "href": href,
        "tone": moved.tone,
        "change": moved.change,
        "change_raw": moved.change_raw,
        "star": moved.star,
        "n": text.count(figures.n),
        "n_raw": int(figures.n),
    }


def ranked_row(fields: IndexFields, rank: Rank | None) -> RankedRow:
    """A row with its rank, where it has one."""
    return RankedRow(
        **fields,
        place=int(rank.rank) if rank else None,
        rank=str(rank.rank) if rank else NONE,
        rank_set=text.ranks(rank.rank_low, rank.rank_high) if rank else NONE,
        tier=rank.tier if rank else NONE,
    )


def moved_by(change: Change | None, rate: bool = False) -> Moved:
    """A change as a cell shows it; a rate that rises is bad news."""
    if change is None:
        return Moved()
    if change.verdict == "trend_break":
        return Moved(change=BROKEN)
    tone = tone_of(change.verdict, rate)
    return Moved(
        change=text.signed(change.change),
        change_raw=float(change.change),
        tone=tone,
        star="*" if tone else "",
    )


def tone_of(verdict: str, rate: bool = False) -> Tone:
    """Good news, bad news, or neither: a change that is not significant has no tone."""
    good, bad = ("fell", "rose") if rate else ("rose", "fell")
    return "up" if verdict == good else "down" if verdict == bad else ""


def by_value(rows: Iterable[Rows]) -> tuple[Rows, ...]:
    """Rows by what they show: the highest first, rates after scores, what is not published last."""
    return tuple(sorted(rows, key=lambda one: (not one.shown, one.rate, -(one.x or 0.0))))


def moved(change: float) -> Pair:
    """By how much a figure moved: in Chinese with its direction in words, in English with its sign."""
    size = text.number(abs(change))
    way = "none" if float(size) == 0 else "up" if change > 0 else "down"
    return phrase(f"moved_{way}", size=size)


def shaded(rows: Sequence[RankedRow]) -> tuple[RankedRow, ...]:
    """Rows with every other tier shaded."""
    result: list[RankedRow] = []
    shade, last = True, None
    for one in rows:
        if last is not None and one.tier != last:
            shade = not shade
        last = one.tier
        result.append(replace(one, shade=shade and one.shown))
    return tuple(result)


def changes_of(tables: Tables, level: str, construct: str) -> dict[str, Change]:
    """Changes of one construct by unit: `nation`, a group or a sector."""
    return {
        one.unit: one for one in read(Change, of(tables[OUT_CHANGES.name], level=level, construct=construct))
    }


def changes_of_brands(tables: Tables, construct: str, sector: str) -> dict[str, Change]:
    """Changes of one construct by brand of a sector."""
    chosen = of(tables[OUT_CHANGES.name], level="brand", construct=construct, sector=sector)
    return {one.unit: one for one in read(Change, chosen)}
