"""A sector's report, chapter by chapter, and its brands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ncsi.disclosure import HIDDEN
from ncsi.report import text
from ncsi.report.axis_rows import (
    Axis,
    RankedRow,
    axis_of,
    by_value,
    changes_of,
    changes_of_brands,
    index_fields,
    ranked_row,
    shaded,
)
from ncsi.report.content.beside_the_index import beside
from ncsi.report.content.constructs_and_items import (
    ConstructRow,
    DriverRow,
    ItemRow,
    PathRow,
    Question,
    constructs,
    drivers,
    items,
    paths,
    questions,
)
from ncsi.report.content.findings import sector_findings
from ncsi.report.content.grids import Grid, Line
from ncsi.report.content.heading import heading, level
from ncsi.report.content.improvements import Advice, improvements
from ncsi.report.content.labels import (
    Words,
    band,
    brand_labels,
    index_name,
    several,
    unit_words,
)
from ncsi.report.content.over_time import WaveTable, waves
from ncsi.report.content.panel import panel, panel_parts
from ncsi.report.content.profile import Profile, profile
from ncsi.report.content.questionnaire_change import questionnaire_note
from ncsi.report.content.sector_evidence import (
    RuleRow,
    engines,
    margins,
    quality_box,
    response_box,
    response_rules,
    sample_box,
    weak_blocks,
    weighting_box,
    withheld_constructs,
)
from ncsi.report.content.subgroups import Subgroups, subgroups
from ncsi.report.pages import Link, ReleasePage
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.result_rows import (
    BrandIndex,
    Rank,
    SectorIndex,
    SectorTables,
    Tables,
    of,
    read,
    read_by,
)
from ncsi.report.text import Pair, Shown, phrase
from ncsi.tables import (
    OUT_CHANGES,
    OUT_INDEX_BY_BRAND,
    OUT_INDEX_BY_SECTOR,
    OUT_RANK_BY_BRAND,
    OUT_RANK_BY_SECTOR,
)

MOST_UNRANKED = 20
"""Brands without a figure that have a row each; more than these are named in a few lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorNotes:
    """What stands under the tables and figures."""

    waves: Pair
    brands: Pair
    strip: Pair
    items: Pair
    subgroups: Pair
    map: Pair


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The pages of all sectors in the order of the wave, and those before and after this one; None at the ends."""

    all: tuple[Link, ...]
    before: Link | None
    after: Link | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorPage(ReleasePage):
    """Everything that a sector's report says."""

    up: str = "../"
    sector: str
    editions: tuple[Shown, ...]
    name: Pair
    group: Pair
    index_name: Pair
    value: str
    reference: float
    low: float
    high: float
    interval: Pair
    band: Pair
    findings: tuple[Pair, ...]
    profile: Profile
    neighbours: Neighbours
    unit: Pair
    units: Pair
    unit_ranking: Pair
    no_brands: Pair
    brands: tuple[RankedRow, ...]
    unlisted: Pair
    brands_asked: int
    axis: Axis
    constructs: tuple[ConstructRow, ...]
    strip_axis: Axis
    drivers: tuple[DriverRow, ...]
    paths: tuple[PathRow, ...]
    items: tuple[ItemRow, ...]
    item_axis: Axis
    waves: WaveTable
    panel: Grid
    panel_parts: Grid
    improvements: tuple[Grid, ...]
    subgroups: Subgroups
    beside: tuple[Grid, ...]
    engines: Grid
    weighting: tuple[Line, ...]
    margins: Grid
    response: tuple[Line, ...]
    rules: tuple[RuleRow, ...]
    quality: tuple[Line, ...]
    weak: Pair
    sample: tuple[Line, ...]
    questions: tuple[Question, ...]
    notes: SectorNotes


def sector(tables: Tables, spec: ReleaseSpec, sector_id: str) -> SectorPage:
    """The report of a sector from the published tables of its wave."""
    own = SectorTables(tables, sector_id, whole=(OUT_CHANGES.name,))
    instrument, declared = spec.instruments[sector_id], spec.sectors.sector(sector_id)
    figures = read(SectorIndex, of(own[OUT_INDEX_BY_SECTOR.name], construct=spec.target))[0]
    rank = read(Rank, own[OUT_RANK_BY_SECTOR.name])[0] if several(spec) else None
    change = changes_of(tables, "sector", spec.target).get(sector_id)
    name, value = text.pair(declared.label), text.number(figures.index_0_100)
    brands, asked = _brands(own, spec, sector_id), by_value(items(own, instrument))
    modelled = by_value(constructs(tables, own, spec, sector_id))
    units, advice = unit_words(spec, sector_id), Advice.of(own)
    unlisted = _unlisted(brands)
    return SectorPage(
        **heading(spec, sector_id),
        sector=sector_id,
        editions=tuple(spec.editions),
        name=name,
        group=text.pair(spec.sectors.group(declared.group).label),
        index_name=index_name(spec, sector=True),
        value=value,
        reference=figures.index_0_100,
        low=figures.low,
        high=figures.high,
        interval=text.interval(figures.low, figures.high),
        band=band(figures.low, figures.high, spec.bands),
        findings=sector_findings(own, spec, name, figures, rank, change, brands, instrument, advice.ordered),
        profile=profile(tables, own, spec, change, brands, advice.ordered),
        neighbours=_neighbours(spec, sector_id),
        unit=phrase("unit_name", **units),
        units=units["units"],
        unit_ranking=phrase("unit_ranking", **units),
        no_brands=phrase("no_brands_shown" if brands else "no_brands", **units),
        brands=shaded([one for one in brands if one.shown or not unlisted]),
        unlisted=text.sentences(_named(unlisted, units)),
        brands_asked=len(brands),
        axis=axis_of(brands),
        constructs=modelled,
        strip_axis=axis_of(modelled),
        drivers=drivers(own, instrument),
        paths=paths(own, instrument),
        items=asked,
        item_axis=axis_of(asked),
        waves=waves(tables, spec, sector_id),
        panel=panel(own, spec),
        panel_parts=panel_parts(own, spec, sector_id),
        improvements=improvements(own, spec, sector_id, level(spec), advice),
        subgroups=subgroups(own, spec),
        beside=beside(own, spec, sector_id),
        engines=engines(own, instrument, level(spec)),
        weighting=weighting_box(own),
        margins=margins(own, spec, sector_id),
        response=response_box(own),
        rules=response_rules(own),
        quality=quality_box(own, spec, instrument),
        weak=weak_blocks(own, instrument),
        sample=sample_box(own, instrument, units),
        questions=questions(instrument),
        notes=_notes(
            level(spec), value, withheld_constructs(own, instrument), units, questionnaire_note(own, spec)
        ),
    )


def _neighbours(spec: ReleaseSpec, sector_id: str) -> Neighbours:
    ids = [one.id for one in spec.wave.sectors]
    links = tuple(Link(text.pair(spec.sectors.sector(one).label), f"{one}.html") for one in ids)
    at = ids.index(sector_id)
    return Neighbours(links, links[at - 1] if at else None, links[at + 1] if at + 1 < len(links) else None)


def _notes(
    level: str, value: str, withheld: Sequence[Pair], units: Words, questionnaire: Pair
) -> SectorNotes:
    return SectorNotes(
        waves=text.sentences([phrase("waves_note", level=level), questionnaire]),
        brands=phrase("brand_note", level=level, value=value, **units),
        strip=text.sentences([phrase("strip_note", level=level), *withheld]),
        items=phrase("item_note", level=level),
        subgroups=phrase("subgroups_note", level=level),
        map=phrase("importance_note", level=level),
    )


def _brands(own: Tables, spec: ReleaseSpec, sector_id: str) -> list[RankedRow]:
    """Ranked brands first, then those without a rank, by name."""
    ranks = read_by("brand", Rank, own[OUT_RANK_BY_BRAND.name])
    changes = changes_of_brands(own, spec.target, sector_id)
    labels = brand_labels(spec, sector_id)
    rows = [
        ranked_row(
            index_fields(labels[one.brand], one, changes.get(one.brand), status=one.status),
            None if one.status in HIDDEN else ranks.get(one.brand),
        )
        for one in read(BrandIndex, of(own[OUT_INDEX_BY_BRAND.name], construct=spec.target))
    ]
    return sorted(rows, key=lambda one: (one.place is None, one.place or 0, one.name.zh))


def _unlisted(brands: Sequence[RankedRow]) -> list[RankedRow]:
    """Those without a figure that the ranking has no row of, because they are many."""
    without = [one for one in brands if not one.shown]
    return without if len(without) > MOST_UNRANKED else []


def _named(brands: Iterable[RankedRow], units: Words) -> list[Pair]:
    """Brands without a row, by why they have no figure."""
    by_note: dict[Pair, list[Pair]] = {}
    for one in brands:
        by_note.setdefault(one.note, []).append(one.name)
    return [
        phrase("brands_unlisted", **units, k=len(names), why=why, names=text.joined(names))
        for why, names in by_note.items()
    ]
