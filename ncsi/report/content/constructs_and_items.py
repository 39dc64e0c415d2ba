"""A sector's model in figures: its constructs, what drives the index, the paths, every item and question."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ncsi.report import text
from ncsi.report.axis_rows import AxisRow, ChangedRow, index_fields, score
from ncsi.report.content.labels import construct_labels, is_rate, item_labels, scored
from ncsi.report.evidence_rows import ItemSummary
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.result_rows import (
    Change,
    Driver,
    PathEstimate,
    SectorIndex,
    Tables,
    of,
    read,
    read_by,
)
from ncsi.report.text import NONE, Pair, phrase
from ncsi.spec import Instrument
from ncsi.tables import (
    OUT_CHANGES,
    OUT_DRIVERS_BY_CONSTRUCT,
    OUT_INDEX_BY_SECTOR,
    OUT_ITEMS_BY_SECTOR,
    OUT_PATHS_BY_SECTOR,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstructRow(ChangedRow):
    """A construct's index with its change."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow(AxisRow):
    """An item's mean, how many answered it, and the four kinds of missing."""

    id: str
    answered: str
    blank: str
    dont_know: str
    refused: str
    not_asked: str


@dataclass(frozen=True, slots=True)
class DriverRow:
    """A construct of the importance-performance map."""

    name: Pair
    quadrant: Pair
    importance: str
    importance_interval: Pair
    performance: str
    performance_interval: Pair


@dataclass(frozen=True, slots=True)
class PathRow:
    """A path of the diagram; a star where its interval excludes zero."""

    cause: Pair
    effect: Pair
    value: str
    interval: Pair
    star: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it was asked."""

    id: str
    question: Pair
    construct: Pair


def constructs(tables: Tables, own: Tables, spec: ReleaseSpec, sector_id: str) -> tuple[ConstructRow, ...]:
    """Every construct: index with interval, change."""
    labels = construct_labels(spec.instruments[sector_id])
    changes = read_by("construct", Change, of(tables[OUT_CHANGES.name], level="sector", unit=sector_id))
    return tuple(
        ConstructRow(
            **index_fields(
                labels[one.construct], one, changes.get(one.construct),
                rate=is_rate(one.construct, spec, sector_id),
            ),
            id=one.construct,
        )
        for one in read(SectorIndex, own[OUT_INDEX_BY_SECTOR.name])
    )  # fmt: skip


def drivers(own: Tables, instrument: Instrument) -> tuple[DriverRow, ...]:
    """What the importance-performance map shows, the most important first."""
    labels = construct_labels(instrument)
    rows = sorted(read(Driver, own[OUT_DRIVERS_BY_CONSTRUCT.name]), key=lambda one: -one.importance)
    return tuple(
        DriverRow(
            labels[one.construct],
            phrase(one.quadrant),
            text.number(one.importance, 2),
            text.interval(one.importance_low, one.importance_high, 2),
            text.number(one.performance),
            text.interval(one.performance_low, one.performance_high),
        )
        for one in rows
    )


def paths(own: Tables, instrument: Instrument) -> tuple[PathRow, ...]:
    """What the path diagram shows."""
    labels = construct_labels(instrument)
    return tuple(
        PathRow(
            labels[one.source],
            labels[one.target],
            text.number(one.estimate, 2),
            text.interval(one.low, one.high, 2),
            "*" if one.significant else "",
        )
        for one in read(PathEstimate, own[OUT_PATHS_BY_SECTOR.name])
    )


def items(own: Tables, instrument: Instrument) -> tuple[ItemRow, ...]:
    """Every item: mean with interval, answers, the four kinds of missing."""
    labels, blocks, scores = item_labels(instrument), construct_labels(instrument), scored(instrument)
    return tuple(
        ItemRow(
            id=one.item,
            name=labels[one.item],
            below=blocks[one.construct],
            rate=one.item not in scores,
            value=score(one.mean_0_100, one.item not in scores),
            shown=not math.isnan(one.mean_0_100),
            note=text.same(NONE),
            x=one.mean_0_100,
            x_low=one.low,
            x_high=one.high,
            interval=text.interval(one.low, one.high),
            answered=text.count(one.answered),
            blank=text.count(one.blank),
            dont_know=text.count(one.dont_know),
            refused=text.count(one.refused),
            not_asked=text.count(one.not_asked),
        )
        for one in read(ItemSummary, own[OUT_ITEMS_BY_SECTOR.name])
    )


def questions(instrument: Instrument) -> tuple[Question, ...]:
    """The questionnaire."""
    return tuple(
        Question(item.id, text.set_in_type(text.pair(item.question)), text.pair(construct.label))
        for construct in instrument.constructs
        for item in construct.items
    )
