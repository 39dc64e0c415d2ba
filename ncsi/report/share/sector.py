"""A sector's report to be taken along: its profile, its units, what drives its index, its questions."""

from __future__ import annotations

from collections.abc import Sequence

from ncsi.report import text
from ncsi.report.axis_rows import AxisRow
from ncsi.report.chart_data import DotRow, Dots
from ncsi.report.content import SectorPage
from ncsi.report.content.grids import Cell, cell
from ncsi.report.content.labels import construct_labels
from ncsi.report.content.profile import Standout
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.result_rows import Driver, Tables, of, read
from ncsi.report.share.outline import (
    Outline,
    Part,
    ranked_dots,
    ranking_grid,
    ranking_title,
    table,
    trend_dots,
)
from ncsi.report.text import NOTHING, Pair, phrase
from ncsi.tables import OUT_DRIVERS_BY_CONSTRUCT


def sector_outline(page: SectorPage, tables: Tables, spec: ReleaseSpec) -> Outline:
    """The outline of a sector's report; `tables`: those it was made of, disclosed."""
    parts = [
        _trend(page), _units(page), *_standouts(page), *_drivers(page, tables, spec), _paths(page), _constructs(page),
        _items(page), *_subgroups(page),
    ]  # fmt: skip
    return Outline(
        page=page,
        subject=Pair(f"{page.name.zh} · {page.label.zh}", f"{page.name.en} · {page.label.en}"),
        headline=page.profile.title,
        index_name=page.index_name,
        value=page.value,
        interval=page.interval,
        findings=page.findings,
        parts=tuple(one for one in parts if one is not None),
        measured=page.profile.sample,
        trend=page.profile.trend,
        place=f"sectors/{page.sector}.html",
    )


def _trend(page: SectorPage) -> Part | None:
    dots = trend_dots(page.profile.trend, phrase("index"))
    note = phrase("share_trend_note", level=page.level)
    return None if dots is None else Part(page.profile.moved, dots, picture="trend", note=note)


def _units(page: SectorPage) -> Part | None:
    if not page.brands:
        return None
    reference = Pair(f"{page.name.zh} {page.value}", f"{page.name.en} {page.value}")
    return Part(
        ranking_title(page.brands, {"units": page.units}),
        ranked_dots(page.brands, phrase("index"), page.reference, reference),
        grid=ranking_grid("brands", page.brands, page.unit),
        note=text.sentences([one for one in (page.notes.brands, page.unlisted) if one.zh]),
        alone=phrase("share_ranked_note", level=page.level),
    )


def _standouts(page: SectorPage) -> list[Part]:
    """What differs from the other sectors, and the one action that the data single out, or why there is none."""
    found, action = page.profile.standouts, page.profile.action
    rows = [
        (
            cell(phrase(f"share_kind_{kind}")),
            cell(one.name),
            cell(one.score),
            cell(one.value, one.interval, one.tone),
        )
        for kind, chosen in (("strengths", found.strengths), ("weaknesses", found.weaknesses))
        for one in chosen
    ]
    told = [one for one in (action.name, action.why, action.gain) if one.zh]
    if not rows:
        return [Part(phrase("profile_action"), paragraphs=(found.note, *told))]
    heads = (phrase("share_kind"), "item", "mean", "difference")
    single = bool(action.name.zh)
    return [
        Part(
            _standouts_title(found.strengths, found.weaknesses), grid=table("standouts", heads, rows), note=found.note,
            alone=NOTHING if single else text.sentences((found.note, *told)),
        ),
        Part(phrase("profile_action"), paragraphs=tuple(told), slide=single),
    ]  # fmt: skip


def _standouts_title(strengths: Sequence[Standout], weaknesses: Sequence[Standout]) -> Pair:
    told = [
        phrase(f"profile_title_{kind}", name=rows[0].name)
        for kind, rows in (("strong", strengths), ("weak", weaknesses))
        if rows
    ]
    title = text.clauses(told)
    return Pair(title.zh, title.en[:1].upper() + title.en[1:])


def _drivers(page: SectorPage, tables: Tables, spec: ReleaseSpec) -> list[Part]:
    rows = sorted(
        read(Driver, of(tables[OUT_DRIVERS_BY_CONSTRUCT.name], sector=page.sector)),
        key=lambda one: -one.importance,
    )
    if not rows:
        return []
    labels = construct_labels(spec.instruments[page.sector])
    dots = tuple(
        DotRow(labels[one.construct], one.importance, one.importance_low, one.importance_high, marked=True)
        for one in rows
    )
    cells = [
        (
            cell(one.name), cell(one.quadrant), cell(one.importance, one.importance_interval),
            cell(one.performance, one.performance_interval),
        )
        for one in page.drivers
    ]  # fmt: skip
    alone = all(one.importance_high < rows[0].importance_low for one in rows[1:])
    title = phrase("share_driver" if alone else "share_driver_tied", name=labels[rows[0].construct])
    chart = Dots(phrase("importance"), dots, digits=2)
    return [
        Part(title, chart, note=phrase("share_driver_note", level=page.level)),
        Part(
            phrase("importance_map"), picture="importance", note=page.notes.map, slide=False,
            grid=table("drivers", ("construct", "quadrant", "importance", "performance"), cells),
        ),
    ]  # fmt: skip


def _paths(page: SectorPage) -> Part | None:
    if not page.paths:
        return None
    rows = [
        (cell(Pair(f"{one.cause.zh} → {one.effect.zh}", f"{one.cause.en} → {one.effect.en}")),
         cell(one.value + one.star, one.interval))
        for one in page.paths
    ]  # fmt: skip
    grid = table("paths", ("path", "coefficient"), rows)
    return Part(phrase("path_diagram"), picture="paths", grid=grid, note=phrase("path_note"), slide=False)


def _constructs(page: SectorPage) -> Part:
    rows = [
        (cell(one.name), cell(one.value, one.interval), cell(one.change + one.star, tone=one.tone))
        for one in page.constructs
    ]
    grid = table("constructs", ("construct", "index", "change"), rows)
    return Part(phrase("latents"), grid=grid, note=phrase("latents_note"))


def _items(page: SectorPage) -> Part | None:
    if not page.items:
        return None
    rows = [(cell(one.name), _figure(one), cell(one.answered)) for one in page.items]
    grid = table("items", ("item", "mean", "answered"), rows)
    return Part(phrase("items"), grid=grid, note=page.notes.items, slide=False)


def _subgroups(page: SectorPage) -> list[Part]:
    return [
        Part(
            strip.name,
            grid=table(
                f"subgroups-{k}",
                ("subgroup", "index", "difference", "sample"),
                [
                    (cell(one.name), _figure(one), cell(one.change + one.star, tone=one.tone), cell(one.n))
                    for one in strip.rows
                ],
            ),
            note=page.notes.subgroups if k == len(page.subgroups.strips) - 1 else NOTHING,
            slide=False,
        )
        for k, strip in enumerate(page.subgroups.strips)
    ]


def _figure(one: AxisRow) -> Cell:
    return cell(one.value, one.interval) if one.shown else cell(one.note)
