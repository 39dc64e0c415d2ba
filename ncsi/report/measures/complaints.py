"""The notice on complaints, over all firms and of each firm: what was counted, what can be told of it, what cannot."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ncsi.report import text
from ncsi.report.content.grids import Fact, Paragraph
from ncsi.report.content.heading import Heading
from ncsi.report.measures.complaints_parts import (
    OneComplaints,
    breaks_grid,
    charts,
    firm_section,
    handling_section,
    months_grid,
    series_grid,
    share,
    share_interval,
    signals,
    signals_grid,
)
from ncsi.report.measures.complaints_rows import FirmRate, Handled, MonthRate
from ncsi.report.measures.heading import period_label, span_label, unit_file
from ncsi.report.measures.pages import MeasurePage, MeasurePages
from ncsi.report.measures.tables import WHOLE
from ncsi.report.result_rows import Tables
from ncsi.report.text import NOTHING, Pair, phrase
from ncsi.spec.measures import ComplaintsDefinition, MeasurePlan
from ncsi.tables import (
    OUT_COMPLAINTS_BY_FIRM,
    OUT_COMPLAINTS_BY_MONTH,
    OUT_COMPLAINTS_CHART,
    OUT_COMPLAINTS_HANDLING,
)

FILES = tuple(
    one.name
    for one in (
        OUT_COMPLAINTS_BY_FIRM,
        OUT_COMPLAINTS_BY_MONTH,
        OUT_COMPLAINTS_HANDLING,
        OUT_COMPLAINTS_CHART,
    )
)


def complaints_pages(
    tables: Tables, plan: MeasurePlan[ComplaintsDefinition], head: Heading, folder: str = ""
) -> MeasurePages:
    """The pages of complaints from the disclosed tables of their release: a notice for every firm that is shown."""
    one = OneComplaints(tables, plan.id, plan.definition)
    up = "../" * len(Path(folder).parts)
    units = [row.unit for row in one.firms("month") if row.unit != WHOLE]
    return MeasurePages(
        folder,
        replace(_page(one, WHOLE, head), up=up),
        tuple(replace(_page(one, unit, head), up=f"{up}../") for unit in units),
    )


def _page(one: OneComplaints, unit: str, head: Heading) -> MeasurePage:
    firm = next(row for row in one.firms("month") if row.unit == unit)
    month = one.months(unit)[-1]
    handled = next((row for row in one.handled("year") if row.unit == unit and row.meant), None)
    whole = unit == WHOLE
    sections = (
        (firm_section(one, "year"), firm_section(one, "month"), handling_section(one, "year"))
        if whole
        else ()
    )
    grids = [
        series_grid(one, unit),
        months_grid(one, unit),
        *([signals_grid(one)] if whole else []),
        breaks_grid(one),
    ]
    return MeasurePage(
        **(head | {"title": one.about.name, "label": one.period}),
        measure=one.measure,
        unit="" if whole else unit,
        name=NOTHING if whole else firm.name,
        kind=phrase("complaints_kind"),
        headline=_headline(one, month),
        score_name=phrase("complaints_score", items=one.items, month=period_label(month.month)),
        value=text.number(month.per_million, 2),
        interval=text.interval(month.low, month.high, 2),
        verdict=phrase(f"complaints_verdict_{handled.verdict}") if handled else NOTHING,
        findings=tuple(_findings(one, unit, month)),
        facts=_facts(one, firm) if whole else (),
        charts=charts(one, unit),
        changed=tuple(_changed(one, month, handled)) if whole else (),
        undecided=tuple(_undecided(one, month, handled)) if whole else (),
        sections=tuple(made for made in sections if made is not None),
        grids=tuple(made for made in grids if made is not None),
        method=_method(one) if whole else (),
        files=FILES,
        editions=("both", "zh", "en") if whole else ("both",),
        pdf="measure" if whole else unit_file(unit),
        whole="" if whole else "../index.html",
    )


def _headline(one: OneComplaints, month: MonthRate) -> Pair:
    words = {
        "rose": "rose", "fell": "fell", "no_significant_change": "flat", "trend_break": "break"
    }  # fmt: skip
    if month.verdict in words:
        return phrase(f"complaints_headline_{words[month.verdict]}")
    return phrase(
        "complaints_headline_plain", month=period_label(month.month), items=one.items,
        rate=text.number(month.per_million, 2),
    )  # fmt: skip


def _findings(one: OneComplaints, unit: str, month: MonthRate) -> Iterator[Pair]:
    yield phrase(
        "complaints_told_rate", month=period_label(month.month), complaints=text.count(month.complaints),
        handled=text.number(month.items / 1e6, 1), items=one.items, rate=text.number(month.per_million, 2),
        interval=text.interval(month.low, month.high, 2),
    )  # fmt: skip
    yield from _against_last_year(one, month)
    for span in ("year", "month"):
        own = [row for row in one.handled(span) if row.unit == unit and row.meant]
        yield from (_handled(one, row) for row in own)
    if unit == WHOLE:
        yield from _firms(one)
    yield _signalled(one, unit)
    if one.definition.season is not None and unit == WHOLE:
        months = "、".join(str(month) for month in one.definition.season.months)
        yield phrase(
            "complaints_told_season", season=text.pair(one.definition.season.label),
            months=Pair(months, months.replace("、", ", ")),
        )  # fmt: skip


def _against_last_year(one: OneComplaints, month: MonthRate, how: str = "told") -> Iterator[Pair]:
    """The rate against the same month of the year before; `how`: as a finding (told), or standing alone (state)."""
    named = {
        "month": period_label(month.month), "items": one.items, "rate": text.number(month.per_million, 2)
    }  # fmt: skip
    if month.verdict == "trend_break":
        own = [cut for cut in one.breaks if cut.applies != "handling" and cut.month <= month.month]
        last = max(own, key=lambda cut: cut.month)
        yield phrase("complaints_told_break", month=period_label(last.month), reason=last.reason)
    elif month.verdict == "no_significant_change" and not math.isnan(month.ratio):
        ends = text.interval(month.ratio_low, month.ratio_high, 2)
        yield phrase(f"complaints_{how}_flat", ratio=text.number(month.ratio, 2), interval=ends, **named)
    elif month.verdict in ("rose", "fell") and not math.isnan(month.ratio):
        size = text.number(100 * abs(month.ratio - 1), 1)
        low, high = (100 * (end - 1) for end in (month.ratio_low, month.ratio_high))
        reach = text.interval(low, high) if month.verdict == "rose" else text.interval(-high, -low)
        yield phrase(f"complaints_{how}_{month.verdict}", size=size, interval=reach, **named)


def _handled(one: OneComplaints, row: Handled) -> Pair:
    return phrase(
        f"complaints_told_{row.verdict}", span=span_label(row.first_month, row.last_month), series=row.of,
        share=share(row.share), interval=share_interval(row.low, row.high), line=one.line,
    )  # fmt: skip


def _changed(one: OneComplaints, month: MonthRate, handled: Handled | None) -> Iterator[Pair]:
    """What can be told of the rate and of handling."""
    if month.verdict in ("rose", "fell"):
        yield from _against_last_year(one, month, "state")
    if handled is not None and handled.verdict != "undecided":
        yield _handled(one, handled)


def _undecided(one: OneComplaints, month: MonthRate, handled: Handled | None) -> Iterator[Pair]:
    """What cannot be told of them."""
    if month.verdict in ("no_significant_change", "trend_break"):
        yield from _against_last_year(one, month, "state")
    if handled is not None and handled.verdict == "undecided":
        yield _handled(one, handled)


def _firms(one: OneComplaints) -> Iterator[Pair]:
    firms = [row for row in one.firms("year") if row.unit != WHOLE]
    if not firms:
        return
    if all(row.verdict == "not_compared" for row in firms):
        yield phrase("complaints_told_no_route", units=one.about.units_name)
        return
    yield phrase(
        "complaints_told_firms", n=len(firms), units=one.about.units_name,
        higher=sum(row.verdict == "higher" for row in firms), lower=sum(row.verdict == "lower" for row in firms),
    )  # fmt: skip


def _signalled(one: OneComplaints, unit: str) -> Pair:
    newest = one.charted("rate", unit).query("segment == segment.max()")
    if newest["centre"].isna().all():
        return phrase("complaints_told_no_chart", base=one.definition.base_months)
    found = signals(one, "rate", unit)
    if not found:
        return phrase("complaints_told_no_signals")
    return phrase(
        "complaints_told_signals",
        n=len(found),
        months=text.joined([period_label(row.month) for row in found]),
    )


def _facts(one: OneComplaints, whole: FirmRate) -> tuple[Fact, ...]:
    return (Fact(text.count(whole.complaints), phrase("complaints_count")), *one.facts)


def _method(one: OneComplaints) -> tuple[Paragraph, ...]:
    disclosed = "complaints_disclosed_named" if one.about.named_units else "complaints_disclosed_unnamed"
    return (
        *one.method(),
        Paragraph(phrase("complaints_counting"), phrase("complaints_counting_text")),
        Paragraph(
            phrase("complaints_charting"), phrase("complaints_charting_text", base=one.definition.base_months)
        ),
        Paragraph(phrase("complaints_disclosed"), phrase(disclosed)),
    )
