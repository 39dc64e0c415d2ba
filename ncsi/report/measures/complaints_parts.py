"""What pages of complaints are made of: control charts, firms on an axis, tables of months, series, signals, breaks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from ncsi.report import text
from ncsi.report.axis_rows import Tone, axis_of
from ncsi.report.chart_data import ChartData, Control, ControlPoint
from ncsi.report.content.grids import Cell, Grid, cell, grid
from ncsi.report.measures.complaints_rows import Broken, Charted, FirmRate, Handled, MonthRate
from ncsi.report.measures.heading import month_short, period_label, span_label, unit_file
from ncsi.report.measures.pages import MeasureChart, MeasureRow, MeasureSection
from ncsi.report.measures.tables import WHOLE, OneMeasure
from ncsi.report.result_rows import of, read
from ncsi.report.text import NONE, NOTHING, Pair, phrase
from ncsi.spec.measures import ComplaintsDefinition
from ncsi.tables import (
    OUT_COMPLAINTS_BREAKS,
    OUT_COMPLAINTS_BY_FIRM,
    OUT_COMPLAINTS_BY_MONTH,
    OUT_COMPLAINTS_CHART,
    OUT_COMPLAINTS_HANDLING,
)

Of = Literal["rate", "handling"]
YEAR = 12
_SHOWN_MONTHS = 13
_RATE_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
_SHARE_STEPS = (0.5, 1, 2, 5, 10, 20)
_COLUMNS = [
    "month",
    "segment",
    "base",
    "season",
    "count",
    "n",
    "value",
    "centre",
    "limit_low",
    "limit_high",
    "signal",
]


@dataclass(frozen=True, slots=True, eq=False)
class OneComplaints(OneMeasure):
    """The tables of complaints, and the definition of their measure."""

    definition: ComplaintsDefinition

    @property
    def items(self) -> Pair:
        """What a million of are counted."""
        return text.pair(self.definition.items)

    @property
    def line(self) -> str:
        """The target of handling, in per cent."""
        return text.share(self.definition.line)

    @property
    def default(self) -> Pair:
        """The series that the target is meant of."""
        own = {one.id: one for one in self.definition.series}
        return text.pair(own[self.definition.default].label)

    def firms(self, span: str) -> list[FirmRate]:
        """Rates of a span, all firms together first."""
        return read(FirmRate, of(self.frame(OUT_COMPLAINTS_BY_FIRM.name), span=span))

    def months(self, unit: str) -> list[MonthRate]:
        """Rates of a unit by month."""
        return read(MonthRate, of(self.frame(OUT_COMPLAINTS_BY_MONTH.name), unit=unit))

    def handled(self, span: str) -> list[Handled]:
        """Handling in a span, of all units and series."""
        return read(Handled, of(self.frame(OUT_COMPLAINTS_HANDLING.name), span=span))

    def charted(self, chart: Of, unit: str) -> pd.DataFrame:
        """Points of a chart of a unit, the oldest first."""
        return of(self.frame(OUT_COMPLAINTS_CHART.name), chart=chart, unit=unit)

    @property
    def breaks(self) -> list[Broken]:
        """Declared breaks."""
        return read(Broken, self.frame(OUT_COMPLAINTS_BREAKS.name))


def share(value: float) -> str:
    """A share in per cent, with the digits that a target of whole per cent asks for."""
    return text.share(value, 2)


def share_interval(low: float, high: float) -> text.Pair:
    """The ends of its interval in per cent."""
    return text.interval(100 * low, 100 * high, 2)


def charts(one: OneComplaints, unit: str) -> tuple[MeasureChart, ...]:
    """The rate and handling of a unit; none of fewer than two months."""
    found = []
    for chart in ("rate", "handling"):
        frame = one.charted(chart, unit)
        if len(frame) > 1:
            found.append(_chart(one, "rate" if chart == "rate" else "handling", frame))
    return tuple(found)


def _chart(one: OneComplaints, chart: Of, frame: pd.DataFrame) -> MeasureChart:
    rows = read(Charted, frame)
    percent = chart == "handling"
    title = (
        phrase("complaints_chart_handling", series=one.default)
        if percent
        else phrase("complaints_chart_rate", items=one.items)
    )
    value = share(rows[-1].value) if percent else text.number(rows[-1].value, 2)
    signals = sum(bool(row.signal) for row in rows[-YEAR:])
    points = tuple(
        ControlPoint(
            month_short(row.month), row.value, _known(row.centre), _known(row.limit_low), _known(row.limit_high),
            k > 0 and row.segment != rows[k - 1].segment, row.base, row.season and not percent, bool(row.signal),
        )
        for k, row in enumerate(rows)
    )  # fmt: skip
    drawn = Control(
        points, phrase("complaints_alt", name=title, value=text.same(value), signals=signals), percent,
        one.definition.line if percent else None, ChartData.of(frame[_COLUMNS]),
    )  # fmt: skip
    return MeasureChart(f"chart-{chart}", title, drawn, _chart_note(one, chart, rows))


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _chart_note(one: OneComplaints, chart: Of, rows: Sequence[Charted]) -> Pair:
    last = [row for row in rows if row.segment == rows[-1].segment]
    told = next((row for row in last if row.centre == row.centre), None)
    words = [phrase("complaints_chart_note", base=one.definition.base_months)]
    if told is None:
        words.append(phrase("complaints_chart_unlimited", month=period_label(last[0].month)))
    else:
        kind = {"rate": "u", "handling": "p"}[chart] + ("′" if told.adjusted else "")
        key = "complaints_chart_adjusted" if told.adjusted else "complaints_chart_plain"
        words.append(phrase(key, spread=text.number(told.spread, 2), kind=kind))
    if chart == "handling":
        words.append(phrase("chart_target", line=one.line))
    begun = {row.month for k, row in enumerate(rows) if k and row.segment != rows[k - 1].segment}
    broken = [cut for cut in one.breaks if cut.month in begun]
    if broken:
        named = [
            phrase("complaints_break_one", month=period_label(row.month), reason=row.reason) for row in broken
        ]
        words.append(phrase("complaints_break_note", breaks=text.clauses(named)))
    return text.sentences([*words, phrase("complaints_chart_axis")])


def firm_section(one: OneComplaints, span: str) -> MeasureSection | None:
    """Firms by their rate, the highest first, against all together; None without firms."""
    rows = one.firms(span)
    whole = next((row for row in rows if row.unit == WHOLE), None)
    firms = sorted((row for row in rows if row.unit != WHOLE), key=lambda row: (-row.per_million, row.unit))
    if whole is None or not firms:
        return None
    compared = any(row.verdict != "not_compared" for row in firms)
    drawn = tuple(_firm_row(row, compared) for row in firms)
    heads = [
        "complaints_count",
        "complaints_items",
        *(["complaints_ratio", "complaints_verdict"] if compared else []),
    ]
    note = phrase(
        "complaints_firms_note" if compared else "complaints_firms_alone", items=one.items,
        level=f"{100 * one.about.level:g}",
    )  # fmt: skip
    spread = overdispersion(one)
    if compared and spread is not None:
        note = text.sentences([note, phrase("complaints_firms_overdispersed", spread=text.number(spread, 1))])
    return MeasureSection(
        f"firms-{span}",
        phrase(
            f"complaints_firms_{span}",
            units=one.about.units_name,
            span=span_label(whole.first_month, whole.last_month),
        ),
        one.about.unit,
        phrase("complaints_rate_head"),
        tuple(phrase(head) for head in heads),
        drawn,
        axis_of(drawn, whole.per_million, steps=_RATE_STEPS),
        whole.per_million,
        note,
    )


def overdispersion(one: OneComplaints) -> float | None:
    """σz of the newest stretch of the chart of all firms, where its limits are widened by it."""
    rows = [row for row in read(Charted, one.charted("rate", WHOLE)) if row.adjusted]
    return rows[-1].spread if rows else None


def _firm_row(row: FirmRate, compared: bool) -> MeasureRow:
    tone = _tone(row.verdict, "higher", "lower")
    cells = [cell(text.count(row.complaints)), cell(text.number(row.items / 1e6, 1))]
    if compared:
        cells += [_ratio(row.ratio, row.ratio_low, row.ratio_high), _verdict(row.verdict, tone)]
    return MeasureRow(
        name=row.name,
        value=text.number(row.per_million, 2),
        interval=text.interval(row.low, row.high, 2),
        x=row.per_million,
        x_low=row.low,
        x_high=row.high,
        href=f"units/{unit_file(row.unit)}.html",
        cells=tuple(cells),
    )


def _ratio(ratio: float, low: float, high: float) -> Cell:
    return cell(NONE) if math.isnan(ratio) else cell(text.number(ratio, 2), text.interval(low, high, 2))


def _verdict(verdict: str, tone: Tone) -> Cell:
    return cell(phrase(f"complaints_{verdict}") if verdict else NOTHING, "", tone)


def _tone(verdict: str, bad: str, good: str) -> Tone:
    return "down" if verdict == bad else "up" if verdict == good else ""


def handling_section(one: OneComplaints, span: str) -> MeasureSection | None:
    """Firms by satisfaction with handling, of the series that the target is meant of, against the target."""
    own = [row for row in one.handled(span) if row.meant and row.unit != WHOLE]
    if not own:
        return None
    rows = tuple(
        MeasureRow(
            name=row.name,
            value=text.number(100 * row.share, 2),
            interval=share_interval(row.low, row.high),
            x=100 * row.share,
            x_low=100 * row.low,
            x_high=100 * row.high,
            href=f"units/{unit_file(row.unit)}.html",
            cells=(cell(text.count(row.valid)), _verdict(row.verdict, _tone(row.verdict, "missed", "met"))),
        )
        for row in sorted(own, key=lambda row: (-row.share, row.unit))
    )
    line = 100 * one.definition.line
    return MeasureSection(
        "handling-firms",
        phrase(
            "complaints_handling_firms", units=one.about.units_name, series=one.default,
            span=span_label(min(row.first_month for row in own), max(row.last_month for row in own)),
        ),
        one.about.unit,
        phrase("complaints_share"),
        (phrase("complaints_valid"), phrase("complaints_target")),
        rows,
        axis_of(rows, line, steps=_SHARE_STEPS),
        line,
        phrase("complaints_handling_note", level=f"{100 * one.about.level:g}", line=one.line),
    )  # fmt: skip


def series_grid(one: OneComplaints, unit: str) -> Grid | None:
    """Every series of a unit, in the month and in the year."""
    rows = [
        [
            cell(row.of), cell(span_label(row.first_month, row.last_month)), cell(text.count(row.valid)),
            cell(share(row.share), share_interval(row.low, row.high)),
            _verdict(row.verdict, _tone(row.verdict, "missed", "met")),
        ]
        for span in ("year", "month")
        for row in one.handled(span)
        if row.unit == unit
    ]  # fmt: skip
    heads = (
        "complaints_series_head", "complaints_span", "complaints_valid", "complaints_share", "complaints_target",
    )  # fmt: skip
    note = phrase("complaints_series_note", line=one.line, series=one.default)
    return grid("complaints_series", heads, rows, note, wide=(0, 1)) if rows else None


def months_grid(one: OneComplaints, unit: str) -> Grid:
    """The last thirteen months of a unit, the latest first."""
    rows = [
        [
            cell(_month_name(row)),
            cell(text.count(row.complaints)), cell(text.number(row.items / 1e6, 1)),
            cell(text.number(row.per_million, 2), text.interval(row.low, row.high, 2)),
            _ratio(row.ratio, row.ratio_low, row.ratio_high), _verdict(row.verdict, _tone(row.verdict, "rose", "fell")),
        ]
        for row in one.months(unit)[-_SHOWN_MONTHS:][::-1]
    ]  # fmt: skip
    heads = (
        "complaints_month", "complaints_count", "complaints_items", "complaints_rate_head", "complaints_ratio_year",
        "complaints_verdict",
    )  # fmt: skip
    return grid("complaints_months", heads, rows, phrase("complaints_months_note"))


def _month_name(row: MonthRate) -> Pair:
    month = period_label(row.month)
    return phrase("complaints_season_mark", month=month) if row.season else month


def signals(one: OneComplaints, chart: Of, unit: str) -> list[Charted]:
    """Months of the last twelve of a chart that are signals."""
    return [row for row in read(Charted, one.charted(chart, unit))[-YEAR:] if row.signal]


def signals_grid(one: OneComplaints) -> Grid | None:
    """Signals of all charts of firms in the last twelve months."""
    firms = [row.unit for row in one.firms("month") if row.unit != WHOLE]
    found = [row for unit in firms for chart in ("rate", "handling") for row in signals(one, chart, unit)]
    rows = [
        [
            cell(row.name), cell(phrase(f"complaints_of_{row.chart}")), cell(period_label(row.month)),
            cell(_valued(row, row.value)), cell(f"{_valued(row, row.limit_low)}–{_valued(row, row.limit_high)}"),
            cell(phrase(f"complaints_signal_{row.signal}")),
        ]
        for row in found
    ]  # fmt: skip
    heads = (
        one.about.unit, "measure", "complaints_month", "complaints_value", "complaints_limits", "complaints_signal",
    )  # fmt: skip
    note = phrase("complaints_signals_note")
    return grid("complaints_signals", heads, rows, note, wide=(0, 5)) if rows else None


def _valued(row: Charted, value: float) -> str:
    return share(value) if row.chart == "handling" else text.number(value, 2)


def breaks_grid(one: OneComplaints) -> Grid | None:
    """Declared breaks with their reasons."""
    rows = [[cell(period_label(row.month)), cell(row.reason)] for row in one.breaks]
    heads = ("complaints_month", "complaints_reason")
    return (
        grid("complaints_breaks", heads, rows, phrase("complaints_breaks_note"), wide=(0, 1))
        if rows
        else None
    )
