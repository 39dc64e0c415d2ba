"""The report on the whole, to be taken along: its trend, its sectors, what changed, its fields, its method."""

from __future__ import annotations

import math

from ncsi.report import text
from ncsi.report.axis_rows import changes_of, tone_of
from ncsi.report.chart_data import DotRow, Dots
from ncsi.report.content import NationalPage
from ncsi.report.content.findings import movers_finding
from ncsi.report.content.grids import cell
from ncsi.report.content.heading import previous_label
from ncsi.report.content.labels import scope
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.result_rows import Change, Tables
from ncsi.report.share.outline import (
    Outline,
    Part,
    ranked_dots,
    ranking_grid,
    ranking_title,
    table,
    trend_dots,
)
from ncsi.report.text import Pair, phrase

_NAMED = 3


def national_outline(page: NationalPage, tables: Tables, spec: ReleaseSpec) -> Outline:
    """The outline of the national report; `tables`: those it was made of, disclosed."""
    parts = [_trend(page), *_sectors(page, spec), *_moved(page, tables, spec), _groups(page), _latents(page)]
    start, end = text.from_to(spec.wave.field.start, spec.wave.field.end)
    return Outline(
        page=page,
        subject=page.label,
        headline=page.headline,
        index_name=page.index_name,
        value=page.value,
        interval=page.interval,
        findings=page.findings,
        parts=tuple(one for one in parts if one is not None),
        measured=phrase(
            "press_measured" if page.several else "press_measured_one",
            n=page.facts[0].value, sectors=len(spec.wave.sectors), start=start, end=end, level=page.level,
        ),
        method=page.method,
        trend=page.trend,
        place="index.html",
    )  # fmt: skip


def _trend(page: NationalPage) -> Part | None:
    dots = trend_dots(page.trend, phrase("index"))
    return (
        None
        if dots is None
        else Part(page.headline, dots, picture="trend", note=phrase("share_trend_note", level=page.level))
    )


def _sectors(page: NationalPage, spec: ReleaseSpec) -> list[Part]:
    if not page.several:
        return []
    reference = Pair(f"{scope(spec).zh} {page.value}", f"{scope(spec).en.capitalize()} {page.value}")
    return [
        Part(
            ranking_title(page.ranking, {"units": phrase("share_sectors")}),
            ranked_dots(page.ranking, phrase("index"), page.reference, reference),
            grid=ranking_grid("ranking", page.ranking, phrase("sector")),
            note=page.notes.ranking,
            alone=phrase("share_ranked_note", level=page.level),
        )
    ]


def _moved(page: NationalPage, tables: Tables, spec: ReleaseSpec) -> list[Part]:
    """Every sector's change with its interval, the largest fall first; nothing for a first wave."""
    found = [
        one
        for one in changes_of(tables, "sector", spec.target).values()
        if one.verdict != "trend_break" and not math.isnan(one.change)
    ]
    if not page.several or len(found) < 2:
        return []
    ordered = sorted(found, key=lambda one: one.change)
    rows = tuple(
        DotRow(
            _name(one, spec), one.change, one.low, one.high, tone_of(one.verdict), bool(tone_of(one.verdict))
        )
        for one in ordered
    )
    cells = [
        (
            cell(_name(one, spec)), cell(text.number(one.previous_0_100)), cell(text.number(one.index_0_100)),
            cell(
                text.signed(one.change), text.signed_interval(one.low, one.high), tone_of(one.verdict)
            ),
        )
        for one in reversed(ordered)
    ]  # fmt: skip
    return [
        Part(
            _moved_title(ordered, spec),
            Dots(phrase("share_change", label=previous_label(spec)), rows, 0.0, signed=True),
            grid=table("changes", ("sector", previous_label(spec), "index", "change"), cells),
            note=phrase("share_change_note", level=page.level),
        )
    ]


def _moved_title(found: list[Change], spec: ReleaseSpec) -> Pair:
    """Who rose and who fell by name where they are few, and how many did not; else how many did."""
    rose = [_name(one, spec) for one in reversed(found) if one.verdict == "rose"]
    fell = [_name(one, spec) for one in found if one.verdict == "fell"]
    rest = len(found) - len(rose) - len(fell)
    if not rose + fell or max(len(rose), len(fell)) > _NAMED:
        return _without_stop(movers_finding(len(rose), len(fell), len(found)))
    told = [
        phrase(key, names=text.joined(names))
        for key, names in (("share_rose", rose), ("share_fell", fell))
        if names
    ]
    return text.clauses([*told, *([phrase("share_rest", k=rest, total=len(found))] if rest else [])])


def _without_stop(sentence: Pair) -> Pair:
    return Pair(sentence.zh.rstrip("。"), sentence.en.rstrip("."))


def _name(one: Change, spec: ReleaseSpec) -> Pair:
    return text.pair(spec.sectors.sector(one.unit).label)


def _groups(page: NationalPage) -> Part | None:
    if not page.several or not page.groups:
        return None
    rows = [
        (
            cell(one.name), cell(one.sectors), cell(one.value, one.interval),
            cell(one.change + one.star, tone=one.tone), cell(one.n),
        )
        for one in page.groups
    ]  # fmt: skip
    heads = ("group", "sectors_measured", "index", "change", "sample")
    return Part(phrase("groups"), grid=table("groups", heads, rows))


def _latents(page: NationalPage) -> Part:
    rows = [
        (cell(one.name), cell(one.value, one.interval), cell(one.change + one.star, tone=one.tone))
        for one in page.latents
    ]
    note = text.sentences([phrase("latents_note"), page.notes.compared])
    return Part(phrase("latents"), grid=table("latents", ("construct", "index", "change"), rows), note=note)
