"""The national report: headline, findings, ranking, fields, latent variables, method."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ncsi.report import text
from ncsi.report.axis_rows import (
    Axis,
    ChangedRow,
    RankedRow,
    axis_of,
    by_value,
    changes_of,
    index_fields,
    ranked_row,
    shaded,
)
from ncsi.report.chart_data import Trend
from ncsi.report.content.findings import (
    ChangeLine,
    change_line,
    headline_key,
    national_findings,
    opening_findings,
)
from ncsi.report.content.grids import Fact, Paragraph
from ncsi.report.content.heading import heading, index_folder, level, measure_folder, previous_label
from ncsi.report.content.labels import (
    band,
    band_note,
    index_name,
    is_rate,
    scope,
    several,
    unit_words,
    usual_labels,
)
from ncsi.report.content.method_in_short import glossary, method_paragraphs, share_note
from ncsi.report.content.nation_in_parts import (
    Areas,
    Contributions,
    Movers,
    SampleRow,
    areas,
    contributions,
    movers,
    samples,
)
from ncsi.report.content.over_time import other_changes, other_findings, other_lines, trend
from ncsi.report.content.story import Story, story
from ncsi.report.pages import Link, ReleasePage
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.result_rows import (
    Change,
    GroupIndex,
    NationIndex,
    Rank,
    SectorIndex,
    Tables,
    of,
    read,
    read_by,
)
from ncsi.report.text import NOTHING, Pair, phrase
from ncsi.tables import (
    OUT_INDEX_BY_GROUP,
    OUT_INDEX_BY_SECTOR,
    OUT_INDEX_NATIONAL,
    OUT_RANK_BY_SECTOR,
    OUT_SAMPLE_BY_SECTOR,
)

_SPAN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedRow(ChangedRow):
    """An index over several sectors: of a field, of a latent variable."""

    sectors: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalNotes:
    """What stands under the tables and figures."""

    trend: Pair
    ranking: Pair
    contributions: Pair
    areas: Pair
    compared: Pair
    shares: Pair
    bands: Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalPage(ReleasePage):
    """Everything that the report on the whole says.

    `several`: whether it has more than one sector; of one, nothing is ranked or added up, and `only` leads to it.
    """

    headline: Pair
    index_name: Pair
    several: bool
    only: Link | None
    value: str
    reference: float
    interval: Pair
    band: Pair
    equal: str
    change: ChangeLine | None
    changes: tuple[ChangeLine, ...]
    findings: tuple[Pair, ...]
    story: Story
    trend: Trend | None
    ranking: tuple[RankedRow, ...]
    axis: Axis
    highest: tuple[RankedRow, ...]
    lowest: tuple[RankedRow, ...]
    groups: tuple[CountedRow, ...]
    latents: tuple[CountedRow, ...]
    movers: Movers
    contributions: Contributions
    areas: Areas
    samples: tuple[SampleRow, ...]
    method: tuple[Paragraph, ...]
    glossary: tuple[Paragraph, ...]
    facts: tuple[Fact, ...]
    notes: NationalNotes
    indices: tuple[Link, ...] = ()
    measures: tuple[Link, ...] = ()


def national(tables: Tables, spec: ReleaseSpec) -> NationalPage:
    """The national report of a wave from its published tables."""
    figures = read(NationIndex, of(tables[OUT_INDEX_NATIONAL.name], construct=spec.target))[0]
    change = changes_of(tables, "nation", spec.target).get("nation")
    ranking = _ranking(tables, spec)
    others = other_changes(tables, spec)
    opening = opening_findings(spec, figures, change, other_findings(others))
    value = text.number(figures.index_0_100)
    return NationalPage(
        **heading(spec),
        headline=phrase(headline_key(change, spec)),
        index_name=index_name(spec),
        several=several(spec),
        only=None if several(spec) else _only(spec),
        value=value,
        reference=figures.index_0_100,
        interval=text.interval(figures.low, figures.high),
        band=band(figures.low, figures.high, spec.bands),
        equal=text.number(figures.index_equal_0_100),
        change=change_line(change, spec, "other_sectors" if several(spec) else "trend_break"),
        changes=other_lines(others),
        findings=national_findings(tables, spec, opening, ranking),
        story=story(tables, spec, ranking, usual_labels(spec), opening),
        trend=trend(tables, spec),
        ranking=ranking,
        axis=axis_of(ranking),
        highest=ranking[:_SPAN],
        lowest=ranking[-_SPAN:] if len(ranking) >= 2 * _SPAN else (),
        groups=_groups(tables, spec),
        latents=by_value(_latents(tables, spec)),
        movers=movers(tables, spec),
        contributions=contributions(tables, spec, change),
        areas=areas(tables, spec),
        samples=samples(tables, spec),
        method=method_paragraphs(spec),
        glossary=glossary(),
        facts=_facts(tables, spec),
        indices=_index_links(spec),
        measures=_measure_links(spec),
        notes=_notes(spec, value, change, figures.coverage),
    )


def _notes(spec: ReleaseSpec, value: str, change: Change | None, coverage: float) -> NationalNotes:
    of_nation = {"scope": scope(spec), "level": level(spec)}
    areas_key = "areas_note" if several(spec) else "areas_note_one"
    return NationalNotes(
        trend=phrase("trend_note", level=level(spec)),
        ranking=phrase("ranking_note", **of_nation, value=value),
        contributions=phrase("contributions_note", **of_nation, label=previous_label(spec)),
        areas=phrase(areas_key, **of_nation, value=value),
        compared=_compared(change, spec),
        shares=share_note(spec, coverage) if several(spec) else NOTHING,
        bands=band_note(spec.bands),
    )


def _compared(change: Change | None, spec: ReleaseSpec) -> Pair:
    """What changes are on, and whether they are of the same respondents."""
    if change is None:
        return NOTHING
    label = previous_label(spec)
    if spec.wave.panel is None:
        return phrase("compared_note", label=label)
    if pd.isna(change.overlap):
        return phrase("compared_panel_unmatched", label=label)
    if change.overlap == 0:
        return phrase("compared_panel_none", label=label)
    return phrase(
        "compared_panel_matched",
        label=label,
        n=text.count(change.overlap),
        r=text.number(change.correlation, 2),
    )


def _only(spec: ReleaseSpec) -> Link:
    (one,) = spec.wave.sectors
    return Link(text.pair(spec.sectors.sector(one.id).label), f"sectors/{one.id}.html")


def _index_links(spec: ReleaseSpec) -> tuple[Link, ...]:
    return tuple(
        Link(text.pair(one.tree.label), f"{index_folder(one.tree.id)}/index.html") for one in spec.indices
    )


def _measure_links(spec: ReleaseSpec) -> tuple[Link, ...]:
    return tuple(
        Link(text.pair(one.plan.definition.label), f"{measure_folder(one.plan.id)}/index.html")
        for one in spec.measures
    )


def _ranking(tables: Tables, spec: ReleaseSpec) -> tuple[RankedRow, ...]:
    figures = read_by("sector", SectorIndex, of(tables[OUT_INDEX_BY_SECTOR.name], construct=spec.target))
    changes = changes_of(tables, "sector", spec.target)
    ranks = read_by("sector", Rank, tables[OUT_RANK_BY_SECTOR.name])
    return shaded(
        [
            ranked_row(
                index_fields(
                    text.pair(spec.sectors.sector(sector).label), figures[sector], changes.get(sector),
                    status=figures[sector].status, href=f"sectors/{sector}.html",
                ),
                rank,
            )
            for sector, rank in sorted(ranks.items(), key=lambda one: one[1].rank)
        ]
    )  # fmt: skip


def _groups(tables: Tables, spec: ReleaseSpec) -> tuple[CountedRow, ...]:
    chosen = of(tables[OUT_INDEX_BY_GROUP.name], construct=spec.target)
    changes = changes_of(tables, "group", spec.target)
    return tuple(
        CountedRow(
            **index_fields(text.pair(spec.sectors.group(one.group).label), one, changes.get(one.group)),
            sectors=str(one.sectors),
        )
        for one in read(GroupIndex, chosen.sort_values("index_0_100", ascending=False))
    )


def _latents(tables: Tables, spec: ReleaseSpec) -> tuple[CountedRow, ...]:
    labels = usual_labels(spec)
    return tuple(
        CountedRow(
            **index_fields(
                labels[one.construct], one, changes_of(tables, "nation", one.construct).get("nation"),
                rate=is_rate(one.construct, spec),
            ),
            sectors=str(one.sectors),
        )
        for one in read(NationIndex, tables[OUT_INDEX_NATIONAL.name])
    )  # fmt: skip


def _facts(tables: Tables, spec: ReleaseSpec) -> tuple[Fact, ...]:
    sample, field = tables[OUT_SAMPLE_BY_SECTOR.name], spec.wave.field
    one_year = field.start.year == field.end.year
    facts = (
        (text.count(sample["n"].sum()), "facts_n"),
        (str(len(sample)) if several(spec) else "0", "facts_sectors"),
        (text.count(sample["brands"].sum()), "facts_brands"),
        (f"{field.start:%Y-%m-%d} – {field.end:{'%m-%d' if one_year else '%Y-%m-%d'}}", "facts_field"),
    )
    words = unit_words(spec)
    return tuple(Fact(value, phrase(key, **words)) for value, key in facts if value != "0")
