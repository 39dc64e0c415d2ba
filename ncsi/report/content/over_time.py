"""An index over the waves: its points for the chart, a sector's table, changes on the quarter and on the year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from ncsi.report import text
from ncsi.report.axis_rows import (
    BROKEN,
    Axis,
    ChangedRow,
    Tone,
    axis_of,
    changes_of,
    index_fields,
    moved,
    tone_of,
)
from ncsi.report.chart_data import ChartData, Trend, TrendPoint
from ncsi.report.content.findings import ChangeLine
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.result_rows import Estimate, Tables, TrendRow, of, read, records
from ncsi.report.text import NONE, NOTHING, Pair, each, phrase, typed
from ncsi.spec import wave_order
from ncsi.tables import OUT_TREND

Span = Literal["quarter", "year"]
_SPANS: dict[Span, float] = {"quarter": 0.25, "year": 1.0}
_COLUMNS = [
    "at",
    "label_zh",
    "label_en",
    "index_0_100",
    "low",
    "high",
    "linked_0_100",
    "rolling_0_100",
    "break",
]


@dataclass(frozen=True, slots=True)
class SpanChange:
    """A change over a span as its cell shows it."""

    value: str
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveRow(ChangedRow):
    """A sector's index at a wave, with its changes on the quarter and on the year."""

    quarter: SpanChange
    year: SpanChange


@dataclass(frozen=True, slots=True)
class WaveTable:
    """A sector's waves, the latest first, on one axis; `over`: the spans that any of them can be compared over."""

    rows: tuple[WaveRow, ...]
    axis: Axis
    over: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class OverSpan:
    """The nation's change over a span; `linked`: over a break, by what the waves on either side of it share."""

    over: Span
    change: float
    verdict: str
    linked: bool = False

    @property
    def words(self) -> Pair:
        """What it is over."""
        return phrase(f"over_{self.over}_linked" if self.linked else f"over_{self.over}")


def trend(tables: Tables, spec: ReleaseSpec) -> Trend | None:
    """The nation's points for the chart, oldest first; None for a first wave."""
    told = _points(tables, spec, "nation", "nation")
    columns = _COLUMNS if len(told) else list(spec.history.columns)
    frame = told if len(told) else spec.history
    if len(frame) < 2:
        return None
    return Trend(_trend_points(frame), ChartData.of(frame[columns]))


def sector_trend(tables: Tables, spec: ReleaseSpec, sector: str) -> Trend | None:
    """A sector's points for its chart, oldest first; None where it was measured once."""
    points = _points(tables, spec, "sector", sector).dropna(subset=["index_0_100", "low", "high"])
    if len(points) < 2:
        return None
    return Trend(_trend_points(points), ChartData.of(points[_COLUMNS]))


def _trend_points(frame: pd.DataFrame) -> tuple[TrendPoint, ...]:
    return tuple(
        TrendPoint(
            typed(one["label_zh"], one["label_en"]), one["index_0_100"], one["low"], one["high"],
            None if pd.isna(one.get("rolling_0_100")) else one["rolling_0_100"], bool(one.get("break")),
        )
        for one in frame.to_dict("records")
    )  # fmt: skip


def _points(tables: Tables, spec: ReleaseSpec, level: str, unit: str) -> pd.DataFrame:
    """The waves of a unit as `out_trend` tells them, with their labels, in the order of the history."""
    own = of(tables[OUT_TREND.name], level=level, unit=unit)
    place = {wave: k for k, wave in enumerate(own["at"].tolist())}
    told = [one for one in records(spec.history) if one["wave"] in place]
    labels = {name: [one[name] for one in told] for name in ("label_zh", "label_en")}
    return own.iloc[[place[one["wave"]] for one in told]].assign(**labels)


def waves(tables: Tables, spec: ReleaseSpec, sector: str) -> WaveTable:
    """A sector's index over the waves, the latest first; empty for a first wave."""
    points = _points(tables, spec, "sector", sector)
    if len(points) < 2:
        return WaveTable((), axis_of(()), ())
    labels = [typed(*both) for both in zip(points["label_zh"], points["label_en"], strict=True)]
    own = read(TrendRow, points)
    rows = tuple(_wave_row(label, one) for label, one in zip(labels, own, strict=True))[::-1]
    told = tuple(over for over in _SPANS if any(_over(one, over).verdict for one in own))
    return WaveTable(rows, axis_of(rows), told)


def _wave_row(label: Pair, one: TrendRow) -> WaveRow:
    mark = phrase("break_before") if one.broken else NOTHING
    name = each(lambda language: f"{label.of(language)} {mark.of(language)}".strip())
    return WaveRow(
        **index_fields(name, Estimate(0, one.index_0_100, one.low, one.high)),
        quarter=_shown(_over(one, "quarter")),
        year=_shown(_over(one, "year")),
    )


def _over(one: TrendRow, over: Span) -> OverSpan:
    if over == "quarter":
        return OverSpan(over, one.change_quarter, one.verdict_quarter)
    return OverSpan(over, one.change_year, one.verdict_year)


def _shown(one: OverSpan) -> SpanChange:
    """Starred where significant, broken where nothing bridges a break."""
    if one.verdict in ("", "trend_break"):
        return SpanChange(BROKEN if one.verdict else NONE, "")
    tone = tone_of(one.verdict)
    return SpanChange(text.signed(one.change) + ("*" if tone else ""), tone)


def other_changes(tables: Tables, spec: ReleaseSpec) -> list[OverSpan]:
    """The nation's changes on the quarter and on the year, except the one against the wave compared with where the
    changes table tells it; over a break, where that tells none, the linked one."""
    nation = changes_of(tables, "nation", spec.target).get("nation")
    broken = nation is not None and nation.verdict == "trend_break"
    points = read(TrendRow, _points(tables, spec, "nation", "nation"))
    told = _years_back(spec)
    spans = {over: told is not None and abs(told - years) <= 0.05 for over, years in _SPANS.items()}
    return [
        replace(_over(one, over), linked=is_told or _breaks_within(points, spec.wave.id, over))
        for one in points
        for over, is_told in spans.items()
        if one.at == spec.wave.id and _over(one, over).verdict and (broken or not is_told)
    ]


def _breaks_within(points: Sequence[TrendRow], wave: str, over: Span) -> bool:
    """Whether the series breaks between the wave and the one that far before it."""
    since = {one.at: wave_order(wave) - wave_order(one.at) for one in points}
    return any(one.broken for one in points if 0 <= since[one.at] < _SPANS[over] - 1e-6)


def other_lines(changes: Sequence[OverSpan]) -> tuple[ChangeLine, ...]:
    """Each of those changes with its verdict in words."""
    return tuple(
        ChangeLine(
            _shown(one).value,
            NOTHING,
            _shown(one).tone,
            phrase(f"over_{one.verdict}", over=one.words),
        )
        for one in changes
    )


def other_findings(changes: Sequence[OverSpan]) -> list[Pair]:
    """A sentence for each of those changes; none over a break."""
    keys = {"rose": "find_over_rose", "fell": "find_over_fell", "no_significant_change": "find_over_flat"}
    return [
        phrase(
            keys[one.verdict], over=one.words, moved=moved(one.change),
            size=text.number(abs(one.change)),
        )
        for one in changes
        if one.verdict in keys
    ]  # fmt: skip


def _years_back(spec: ReleaseSpec) -> float | None:
    """Years back to the wave compared with."""
    if spec.wave.previous is None:
        return None
    return wave_order(spec.wave.id) - wave_order(spec.wave.previous)
