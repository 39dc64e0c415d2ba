"""Parts of a page of grades: the list with each entry's bar to its bound, and the certificate of an entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ncsi.report.axis_rows import Axis
from ncsi.report.chart_data import ChartData
from ncsi.report.text import NOTHING, Pair

Badge = Literal["best", "good", "pass", "open", "below", "withdrawn"]
"""How an awarded grade is drawn: filled for the best, tinted between, outlined for the lowest; dashed where none is."""


@dataclass(frozen=True, slots=True)
class CutLine:
    """A line of the axis where a grade begins, and the name of the grade."""

    at: float
    name: Pair


@dataclass(frozen=True, slots=True)
class GradeText:
    """A grade and its gates in words."""

    name: Pair
    gates: Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeRow:
    """An entry: the figure `x` and a bar to the one bound `foot` that decides; `bounds` of the other quantities.

    `point` → `awarded` with an arrow where they differ (`moved`); `tags`: borderline, held; `binding`: what stands
    between it and the next grade; `chance`: of reaching the point grade.
    """

    name: Pair
    below: Pair
    href: str
    tags: tuple[Pair, ...]
    value: str
    bound: str
    x: float
    foot: float
    bounds: tuple[str, ...]
    point: Pair
    moved: bool
    awarded: Pair
    badge: Badge
    binding: Pair
    chance: Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeList:
    """The list. `value`, `bound`, `others`: heads of the figure, of its bound, of the other quantities' bounds."""

    id: str
    title: Pair
    what: Pair
    score: Pair
    value: Pair
    bound: Pair
    others: tuple[Pair, ...]
    rules: tuple[GradeText, ...]
    rules_note: Pair
    rows: tuple[GradeRow, ...]
    axis: Axis
    lines: tuple[CutLine, ...]
    note: Pair

    @property
    def data(self) -> ChartData:
        """Its figures and grades as they are written."""
        rows = tuple((*one.name, one.value, one.bound, *one.awarded) for one in self.rows)
        return ChartData(("label_zh", "label_en", "value", "bound", "grade_zh", "grade_en"), rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateBox:
    """The certificate of an entry, or that it has none (`sha256` empty). `line`: what is hashed, as JSON; `check`: the
    command that looks it up; `status`: whether it holds."""

    name: Pair
    below: Pair
    grade: Pair
    badge: Badge
    why: Pair
    rule: str = ""
    period: Pair = NOTHING
    status: Pair = NOTHING
    sha256: str = ""
    line: str = ""
    check: str = ""
