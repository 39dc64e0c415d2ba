"""The report on the state of quality (质量状况分析报告): a wave's index, composite indices and measures together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ncsi.model.inference.changes import holm
from ncsi.report import text
from ncsi.report.axis_rows import Tone, changes_of
from ncsi.report.composite import CompositePage, OneIndex
from ncsi.report.composite.rows import WHOLE
from ncsi.report.content import NationalPage
from ncsi.report.content.grids import Fact, Grid, Paragraph, cell, grid
from ncsi.report.content.heading import heading, index_folder, measure_folder
from ncsi.report.measures import MeasurePage, MeasureRow, MeasureSection
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.result_rows import Tables, of, records
from ncsi.report.text import NOTHING, Pair, phrase
from ncsi.tables import OUT_COMPOSITE_TESTS, OUT_COMPOSITES, OUT_QUALITY_MEASURES

FILE = "situation"
"""Name of its page and its PDF."""


@dataclass(frozen=True, slots=True)
class Part:
    """A measure as the report tells of it: what it measures, its value, its finding, where its page lies; what can be
    told to have changed, and what cannot."""

    name: Pair
    about: Pair
    value: str
    interval: Pair
    told: Pair
    tone: Tone
    href: str
    changed: tuple[Pair, ...]
    undecided: tuple[Pair, ...]


def situation(
    tables: Tables,
    spec: ReleaseSpec,
    national: NationalPage,
    indices: Sequence[CompositePage],
    measures: Sequence[MeasurePage],
) -> MeasurePage | None:
    """The page, from disclosed tables and the pages of each part; None for a wave that measures its index alone."""
    if not indices and not measures:
        return None
    parts = [
        _satisfaction(tables, spec, national),
        *(_index(OneIndex(tables, one.tree), one) for one in indices),
        *(_measure(tables, one) for one in measures),
    ]
    changed = [one for part in parts for one in part.changed]
    undecided = [one for part in parts for one in part.undecided]
    movers = _movers(national)
    return MeasurePage(
        **(heading(spec) | {"title": phrase("situation_title")}),
        measure=FILE,
        unit="",
        name=NOTHING,
        kind=text.pair(spec.wave.title),
        headline=phrase("situation_headline", n=len(parts), changed=len(changed), undecided=len(undecided)),
        score_name=national.index_name,
        value=national.value,
        interval=national.interval,
        verdict=national.headline,
        findings=tuple(changed),
        facts=(
            Fact(str(len(parts)), phrase("situation_measures")),
            Fact(str(len(spec.wave.sectors)), phrase("situation_sectors")),
        ),
        sections=(movers,) if movers else (),
        grids=tuple(
            made
            for made in (
                _overview(parts, national.level),
                _lines("changed", parts),
                _lines("undecided", parts),
            )
            if made is not None
        ),
        method=(Paragraph(phrase("situation_method"), phrase("situation_method_text")),),
        file=FILE,
        pdf=FILE,
    )


def _satisfaction(tables: Tables, spec: ReleaseSpec, page: NationalPage) -> Part:
    nation = changes_of(tables, "nation", spec.target).get("nation")
    told = page.change.text if page.change else page.headline
    sentence = phrase("situation_changed_nation", name=page.index_name, told=told)
    moved = nation is not None and nation.verdict in ("rose", "fell")
    undecided = [sentence] if nation is not None and not moved else []
    if nation is None:
        undecided.append(phrase("situation_first", name=page.index_name))
    verdicts = [one.verdict for one in changes_of(tables, "sector", spec.target).values()]
    compared = [one for one in verdicts if one != "trend_break"]
    up, down = compared.count("rose"), compared.count("fell")
    changed = [sentence] if moved else []
    if up + down:
        changed.append(phrase("situation_changed_sectors", total=len(compared), up=up, down=down))
    if len(compared) > up + down:
        left = len(compared) - up - down
        undecided.append(phrase("situation_unchanged_sectors", total=len(compared), k=left))
    if len(verdicts) > len(compared):
        undecided.append(phrase("situation_broken_sectors", k=len(verdicts) - len(compared)))
    return Part(
        page.index_name, phrase("situation_index_about"), page.value, page.interval, page.headline,
        page.change.tone if page.change else "", "index.html", tuple(changed), tuple(undecided),
    )  # fmt: skip


def _index(one: OneIndex, page: CompositePage) -> Part:
    about = of(one.tables[OUT_COMPOSITES.name], tree=one.tree).iloc[0]
    changed, undecided = _tested(one, page)
    return Part(
        page.title, Pair(about["about_zh"], about["about_en"]), page.value, page.interval, page.headline, "",
        f"{index_folder(one.tree)}/index.html", tuple(changed), tuple(undecided),
    )  # fmt: skip


def _tested(one: OneIndex, page: CompositePage) -> tuple[list[Pair], list[Pair]]:
    """Units whose index differs from the year before, by Holm among all of them; of a full count the change as it is;
    why nothing is tested otherwise."""
    own = of(one.frame(OUT_COMPOSITE_TESTS.name), node=one.about.root, against="year_before")
    rows = [row for row in records(own) if row["unit"] != WHOLE]
    if not rows:
        if one.about.first_year == one.about.year:
            return [], [phrase("situation_first", name=one.name)]
        if one.counted(WHOLE) and (WHOLE, one.about.root) in one.moves:
            return [phrase("situation_counted", name=one.name, told=page.headline)], []
        return [], [phrase("situation_untested", name=one.name)]
    told = [
        row["difference"]
        for row, p in zip(rows, holm([row["p"] for row in rows]), strict=True)
        if p <= 1 - one.about.level
    ]
    named = {"name": one.name, "total": len(rows), "units": Pair(one.about.unit_zh, one.about.unit_many)}
    up = sum(size > 0 for size in told)
    changed = [phrase("situation_changed_units", **named, up=up, down=len(told) - up)] if told else []
    left = len(rows) - len(told)
    return changed, [phrase("situation_unchanged_units", **named, k=left)] if left else []


def _measure(tables: Tables, page: MeasurePage) -> Part:
    about = of(tables[OUT_QUALITY_MEASURES.name], measure=page.measure).iloc[0]
    return Part(
        page.title, Pair(about["about_zh"], about["about_en"]), page.value, page.interval, page.headline, "",
        f"{measure_folder(page.measure)}/index.html", page.changed, page.undecided,
    )  # fmt: skip


def _overview(parts: Sequence[Part], level: str) -> Grid:
    rows = [
        [
            cell(one.name, href=one.href), cell(one.about), cell(one.value, one.interval), cell(one.told, "", one.tone),
        ]
        for one in parts
    ]  # fmt: skip
    heads = ("situation_part", "situation_what", "situation_value", "situation_told")
    return grid(
        "situation_overview", heads, rows, phrase("situation_overview_note", level=level), wide=(0, 1, 3)
    )


def _lines(what: str, parts: Sequence[Part]) -> Grid | None:
    """What can be told, or cannot, a line each, under the name of its measure."""
    rows = [
        [cell(part.name, href=part.href), cell(one)]
        for part in parts
        for one in (part.changed if what == "changed" else part.undecided)
    ]
    heads = ("situation_part", "situation_sentence")
    note = phrase(f"situation_{what}_note")
    return grid(f"situation_{what}", heads, rows, note, wide=(0, 1)) if rows else None


def _movers(national: NationalPage) -> MeasureSection | None:
    """Sectors whose change is significant, on one axis."""
    if not national.movers.rows:
        return None
    rows = tuple(
        MeasureRow(
            name=one.name, value=one.value, interval=one.interval, x=one.x, x_low=one.x_low, x_high=one.x_high,
            href=one.href, tone=one.tone, cells=(cell(one.index), cell(one.previous)),
        )
        for one in national.movers.rows
    )  # fmt: skip
    return MeasureSection(
        "movers", phrase("situation_movers"), phrase("situation_sector"), phrase("situation_change"),
        (phrase("situation_index"), phrase("situation_previous")), rows, national.movers.axis, 0.0,
        phrase("situation_movers_note", level=national.level),
    )  # fmt: skip
