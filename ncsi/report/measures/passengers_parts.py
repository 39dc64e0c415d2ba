"""Sections of the report on a survey of passengers: operators, parts, questions, routes and classes on their axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ncsi.report import text
from ncsi.report.axis_rows import Tone, axis_of
from ncsi.report.content.grids import Cell, Grid, cell, grid
from ncsi.report.measures.answers_rows import NO_LINE, axis_row, figure, rank_set
from ncsi.report.measures.heading import unit_file
from ncsi.report.measures.pages import MeasureSection
from ncsi.report.measures.passengers_rows import DomainScore, OperatorChange, OperatorScore
from ncsi.report.measures.tables import OneMeasure
from ncsi.report.result_rows import of, read
from ncsi.report.text import NONE, NOTHING, Pair, phrase
from ncsi.results.measures.passenger_domains import NOT_TOLD
from ncsi.spec.measures.passengers import DomainColumn, PassengersDefinition
from ncsi.tables import OUT_PASSENGERS, OUT_PASSENGERS_BY_DOMAIN, OUT_PASSENGERS_CHANGES

PUBLISHED = "published"
_TONES: dict[str, Tone] = {"above": "up", "rose": "up", "below": "down", "fell": "down"}


@dataclass(frozen=True, slots=True, eq=False)
class OnePassengers(OneMeasure):
    """The tables of a survey of passengers, and the definition of its measure."""

    definition: PassengersDefinition

    @property
    def operators(self) -> list[OperatorScore]:
        """Operators by their main part, the highest first, those that are hidden last."""
        return sorted(
            self.scores("part", question=self.definition.main),
            key=lambda row: (math.isnan(row.score), -row.score if row.status == PUBLISHED else 0.0, row.unit),
        )

    def scores(self, level: str, **keys: str) -> list[OperatorScore]:
        """Rows of parts or of questions, in the order of the definition."""
        return read(OperatorScore, of(self.frame(OUT_PASSENGERS.name), level=level, **keys))

    def domains(self, unit: str, part: str, dimension: str) -> list[DomainScore]:
        """Domains of a column of an operator, by score; hidden ones, then those of whom it is not told, last."""
        own = of(self.frame(OUT_PASSENGERS_BY_DOMAIN.name), unit=unit, question=part, dimension=dimension)
        return sorted(
            read(DomainScore, own),
            key=lambda row: (row.domain == NOT_TOLD, math.isnan(row.score), -row.score, row.domain),
        )

    def changes(self, **keys: str) -> list[OperatorChange]:
        """Changes since the period before."""
        return read(OperatorChange, of(self.frame(OUT_PASSENGERS_CHANGES.name), **keys))

    @property
    def labels(self) -> dict[str, Pair]:
        """What parts and questions are called."""
        parts = self.definition.parts
        return {one.id: text.pair(one.label) for one in self.definition.questions} | {
            one.id: text.pair(one.label) for one in parts
        }

    @property
    def cluster(self) -> Pair:
        """What one of the trains or flights is called."""
        return Pair(self.definition.cluster.zh, self.definition.cluster.one)

    @property
    def clusters(self) -> Pair:
        """What several of them are called."""
        return Pair(self.definition.cluster.zh, self.definition.cluster.plural)

    @property
    def clusters_head(self) -> Pair:
        """The same above a column."""
        return Pair(self.definition.cluster.zh, self.definition.cluster.plural.capitalize())

    @property
    def level(self) -> str:
        """Level of intervals in per cent."""
        return f"{100 * self.about.level:g}"


def operators_section(one: OnePassengers) -> MeasureSection:
    """Operators by their main part; with their places only where they are compared."""
    changed = {row.unit: row for row in one.changes(question=one.definition.main)}
    ranked = one.definition.comparable
    rows = tuple(
        axis_row(
            row.name, row,
            (
                *([cell(rank_set(row.rank_low, row.rank_high))] if ranked else []), _change_cell(changed.get(row.unit)),
                cell(text.count(row.n)), cell(text.count(row.clusters)),
            ),
            href=f"units/{unit_file(row.unit)}.html",
        )
        for row in one.operators
    )  # fmt: skip
    heads = (
        *([phrase("passengers_rank_set")] if ranked else []), phrase("passengers_change"),
        phrase("passengers_passengers"), one.clusters_head,
    )  # fmt: skip
    note = "passengers_operators_note" if ranked else "passengers_uncompared_note"
    return MeasureSection(
        "operators", one.labels[one.definition.main], one.about.units_name, phrase("passengers_score"), heads, rows,
        axis_of(rows), NO_LINE, phrase(note, level=one.level, clusters=one.clusters),
    )  # fmt: skip


def scores_section(one: OnePassengers, unit: str, level: str) -> MeasureSection:
    """Parts of an operator, or its questions with their places; the lowest of these last."""
    changed = {row.question: row for row in one.changes(unit=unit, level=level)}
    found = one.scores(level, unit=unit)
    if level == "question":
        found = sorted(found, key=lambda row: (math.isnan(row.score), -row.score))
    whole = next(row for row in one.scores("part", unit=unit) if row.question == one.definition.main)
    rows = tuple(
        axis_row(
            one.labels[row.question], row,
            (
                cell(rank_set(row.rank_low, row.rank_high) if level == "question" else text.number(row.deff, 2)),
                _change_cell(changed.get(row.question)), cell(text.count(row.n)),
            ),
            below=one.labels[row.part] if level == "question" else NOTHING,
        )
        for row in found
    )  # fmt: skip
    first = "passengers_rank_set" if level == "question" else "passengers_deff"
    heads = (phrase(first), phrase("passengers_change"), phrase("passengers_passengers"))
    reference = whole.score if whole.status == PUBLISHED and level == "question" else NO_LINE
    return MeasureSection(
        f"{level}s", phrase(f"passengers_{level}s"), phrase(f"passengers_{level}"), phrase("passengers_score"), heads,
        rows, axis_of(rows), reference, phrase(f"passengers_{level}s_note", level=one.level, clusters=one.clusters),
    )  # fmt: skip


def domain_section(one: OnePassengers, unit: str, column: DomainColumn) -> MeasureSection | None:
    """Domains of a column by the main part, against the operator."""
    found = one.domains(unit, one.definition.main, column.id)
    if not found:
        return None
    whole = next(row for row in one.operators if row.unit == unit)
    rows = tuple(
        axis_row(
            domain_name(column, row.domain), row,
            (_difference_cell(row), cell(text.count(row.n)), cell(text.count(row.clusters))),
            below=_alone(one, row), tone=_TONES.get(row.verdict, ""),
        )
        for row in found
    )  # fmt: skip
    return MeasureSection(
        column.id, phrase("passengers_by", dimension=text.pair(column.label)), text.pair(column.label),
        phrase("passengers_score"), (phrase("passengers_apart"), phrase("passengers_passengers"), one.clusters_head),
        rows, axis_of(rows), whole.score if whole.status == PUBLISHED else NO_LINE,
        phrase("passengers_by_note", level=one.level, unit=whole.name),
    )  # fmt: skip


def domain_name(column: DomainColumn, domain: str) -> Pair:
    """What a domain is called."""
    if domain == NOT_TOLD:
        return phrase("passengers_not_told")
    label = column.words.get(domain)
    return text.same(domain) if label is None else text.pair(label)


def parts_grid(one: OnePassengers) -> Grid:
    """Parts × operators."""
    scores = {(row.question, row.unit): row for row in one.scores("part")}
    heads = [phrase("passengers_part"), *(row.name for row in one.operators)]
    rows = [
        [
            cell(text.pair(part.label)),
            *(figure(scores.get((part.id, row.unit))) for row in one.operators),
        ]
        for part in one.definition.parts
    ]
    note = phrase("passengers_parts_by_operator_note", level=one.level)
    return grid("passengers_parts_by_operator", heads, rows, note)


def domain_grids(one: OnePassengers, unit: str) -> Sequence[Grid]:
    """Domains × parts, a table a column."""
    made = []
    for column in one.definition.domains:
        by_part = {part.id: one.domains(unit, part.id, column.id) for part in one.definition.parts}
        cells = {(row.domain, part): row for part, rows in by_part.items() for row in rows}
        names = [row.domain for row in by_part[one.definition.main]]
        heads = [text.pair(column.label), *(text.pair(part.label) for part in one.definition.parts)]
        rows = [
            [
                cell(domain_name(column, name)),
                *(_domain_cell(cells.get((name, part.id))) for part in one.definition.parts),
            ]
            for name in names
        ]  # fmt: skip
        made.append(
            grid("passengers_domain_parts", heads, rows, phrase("passengers_domain_parts_note"),
                 dimension=text.pair(column.label))
        )  # fmt: skip
    return [one for one in made if one.rows]


def _alone(one: OnePassengers, row: DomainScore) -> Pair:
    """Said of a domain that is shown without an interval."""
    if row.status != PUBLISHED or not math.isnan(row.low):
        return NOTHING
    return phrase(
        "passengers_one_cluster" if row.clusters == 1 else "passengers_no_interval", cluster=one.cluster
    )


def _domain_cell(row: DomainScore | None) -> Cell:
    if row is None or row.status != PUBLISHED:
        return cell(NONE)
    return cell(text.number(row.score), text.signed(row.difference), _TONES.get(row.verdict, ""))


def _difference_cell(row: DomainScore) -> Cell:
    if row.status != PUBLISHED:
        return cell(NONE)
    star = "*" if row.verdict in _TONES else ""
    ends = "" if math.isnan(row.difference_low) else text.interval(row.difference_low, row.difference_high)
    return cell(text.signed(row.difference) + star, ends, _TONES.get(row.verdict, ""))


def _change_cell(row: OperatorChange | None) -> Cell:
    if row is None or math.isnan(row.difference):
        return cell(NONE)
    star = "*" if row.verdict in _TONES else ""
    ends = text.interval(row.difference_low, row.difference_high)
    return cell(text.signed(row.difference) + star, ends, _TONES.get(row.verdict, ""))
