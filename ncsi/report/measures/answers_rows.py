"""Rows of the tables of respondents' answers, and what their pages say alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from ncsi.report import text
from ncsi.report.axis_rows import Tone
from ncsi.report.content.grids import Cell, Paragraph, cell
from ncsi.report.measures.pages import MeasureRow
from ncsi.report.measures.tables import OneMeasure
from ncsi.report.text import NONE, NOTHING, Pair, phrase, typed
from ncsi.spec.measures.answers import AnswersDefinition

PUBLISHED = "published"
NO_LINE = -1.0
"""A reference off the axis of scores: none is drawn."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What the rows of all these tables have."""

    label_zh: str
    label_en: str
    n: int
    score: float
    se: float
    low: float
    high: float
    status: str

    @property
    def name(self) -> Pair:
        """What it is called."""
        return typed(self.label_zh, self.label_en)

    @property
    def shown(self) -> bool:
        """Whether its figure may be shown, and there is one."""
        return self.status == PUBLISHED and not pd.isna(self.score)


@dataclass(frozen=True, slots=True)
class ProjectRow(Scored):
    """A row of out_projects."""

    part: str
    unit: str
    builder: str
    type: str
    role: str
    population: float
    drawn_0_100: float
    drawn_low: float
    drawn_high: float
    toward_0_100: float
    own_share: float


@dataclass(frozen=True, slots=True)
class BuilderRow(Scored):
    """A row of out_projects_by_builder."""

    part: str
    unit: str
    projects: int
    rank: float
    rank_low: float
    rank_high: float


@dataclass(frozen=True, slots=True)
class SupplierRow(Scored):
    """A row of out_purchases."""

    part: str
    material: str
    unit: str
    buyers: float
    n_eff: float
    plain_score: float
    plain_low: float
    plain_high: float
    rank: float
    rank_low: float
    rank_high: float


@dataclass(frozen=True, slots=True, eq=False)
class OneOfAnswers(OneMeasure):
    """The tables of a measure of answers, and its definition."""

    definition: AnswersDefinition

    @property
    def parts(self) -> dict[str, Pair]:
        """What parts are called, in their order."""
        return {one.id: text.pair(one.label) for one in self.definition.parts}

    @property
    def main(self) -> Pair:
        """What the main part is called."""
        return self.parts[self.definition.main]

    def shown_of(self, keys: Sequence[str]) -> tuple[Paragraph, ...]:
        """What the measure is, and paragraphs of its method by their keys."""
        return (
            *self.method(),
            *(Paragraph(phrase(f"{key}_name"), phrase(f"{key}_text", **self._words)) for key in keys),
        )

    @property
    def _words(self) -> dict[str, str]:
        own = self.definition
        return {
            "low": str(own.scale.lowest),
            "high": str(own.scale.highest),
            "least": text.share(own.least_answered),
            "level": f"{100 * self.about.level:g}",
        }


class Told(Protocol):
    """A mean of respondents with its interval, and whether it may be shown."""

    @property
    def score(self) -> float: ...  # noqa: D102

    @property
    def low(self) -> float: ...  # noqa: D102

    @property
    def high(self) -> float: ...  # noqa: D102

    @property
    def status(self) -> str: ...  # noqa: D102


def axis_row(
    name: Pair, one: Told, cells: Sequence[Cell], *, why: Pair = NOTHING, href: str = "", below: Pair = NOTHING,
    tone: Tone = "",
) -> MeasureRow:  # fmt: skip
    """A figure on an axis; where it is not shown, why, by default as its status says. Without an interval the dot
    stands alone."""
    shown = one.status == PUBLISHED
    known = shown and not pd.isna(one.low)
    said = why if why.zh else phrase(f"answers_{one.status}") if not shown else NOTHING
    return MeasureRow(
        name=name, value=text.number(one.score) if shown else NONE,
        interval=text.interval(one.low, one.high) if known else text.NOTHING, x=one.score if shown else None,
        x_low=one.low if known else one.score if shown else None,
        x_high=one.high if known else one.score if shown else None, shown=shown, note=NOTHING if shown else said,
        href=href if shown else "", below=below, tone=tone, cells=tuple(cells),
    )  # fmt: skip


def rank_set(low: float, high: float) -> str:
    """A set of places; a dash where there is none."""
    return NONE if pd.isna(low) or pd.isna(high) else text.ranks(int(low), int(high))


def figure(one: Told | None) -> Cell:
    """A score with its interval below it; a dash where there is none to show."""
    if one is None or one.status != PUBLISHED:
        return cell(NONE)
    return cell(text.number(one.score), "" if pd.isna(one.low) else text.interval(one.low, one.high))


def by_score(rows: Sequence[Scored]) -> list[Scored]:
    """Shown ones first, the highest first."""
    return sorted(rows, key=lambda one: (not one.shown, -one.score if one.shown else 0.0, one.label_zh))
