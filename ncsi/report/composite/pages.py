"""Pages of a composite index: the bulletin over all units, and the notice of one unit."""

from __future__ import annotations

from dataclasses import dataclass

from ncsi.report.axis_rows import Axis, AxisRow, Tone
from ncsi.report.chart_data import ChartData, Trend
from ncsi.report.content.grids import Fact, Grid, Line, Paragraph
from ncsi.report.pages import ReleasePage
from ncsi.report.text import NOTHING, Pair, Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRow(AxisRow):
    """A unit in the ranking of its kind.

    `rank_set`: the ranks that sampling error leaves open; `robust`: those that other choices of method give. They are
    two things and never one column. `grade`: the band of its score, or its class.
    """

    place: int | None
    rank: str
    rank_set: str
    robust: str
    change: str
    change_raw: float
    star: str
    grade: Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSection:
    """The units of one kind, ranked: provinces, industries, cities, firms. Columns without any figure are not drawn."""

    id: str
    title: Pair
    what: Pair
    rows: tuple[UnitRow, ...]
    axis: Axis
    reference: float
    note: Pair
    ranked: bool
    robust: bool
    changed: bool
    graded: bool


@dataclass(frozen=True, slots=True)
class HeatCell:
    """A score: its step on the scale of tints (0 lightest), marked where it differs significantly from the mean, bold
    where its interval lies above the line."""

    value: str
    step: int
    mark: str
    tone: Tone
    bold: bool


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A unit and its parts."""

    name: Pair
    href: str
    index: str
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True, slots=True)
class HeatStep:
    """A tint and the scores that it stands for."""

    step: int
    scores: str


@dataclass(frozen=True, slots=True)
class Heat:
    """Units by the parts of their index, every score printed on its tint."""

    id: str
    title: Pair
    what: Pair
    heads: tuple[Pair, ...]
    rows: tuple[HeatRow, ...]
    steps: tuple[HeatStep, ...]
    note: Pair

    @property
    def data(self) -> ChartData:
        """Its scores as they are written."""
        heads = ("label_zh", "label_en", "index", *(one.en for one in self.heads))
        rows = tuple((*one.name, one.index, *(cell.value for cell in one.cells)) for one in self.rows)
        return ChartData(heads, rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositePage(ReleasePage):
    """The bulletin: what was found, the whole, the units of each kind, their parts, how sure the order is, the tree."""

    tree: str
    kind: Pair
    headline: Pair
    score_name: Pair
    value: str
    interval: Pair
    band: Pair
    findings: tuple[Pair, ...]
    facts: tuple[Fact, ...]
    trend: Trend | None
    trend_note: Pair
    sections: tuple[UnitSection, ...]
    heats: tuple[Heat, ...]
    grids: tuple[Grid, ...]
    """Parts of the index by unit, movers, regions, agreement, vetoes: what this index has."""
    about_method: tuple[Grid, ...]
    """The tree with weights and benchmarks, importance, sensitivity, missing cells."""
    bands: Pair
    method: tuple[Paragraph, ...]
    files: tuple[str, ...]
    """Tables to offer as CSV, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRow(AxisRow):
    """A part of the index in one unit: its score on the axis, last period's, the reference's, the differences."""

    id: str
    level: int
    shade: bool
    last: str
    x_last: float | None
    reference: str
    x_reference: float | None
    change: str
    star: str
    difference: str
    difference_tone: Tone
    has_last: bool
    has_reference: bool


@dataclass(frozen=True, slots=True)
class PlaceStrip:
    """Ranks from 1 to `units` on an axis: one rank and the stretch from low to high. `given`: false where it cannot be
    computed, and `note` says why."""

    title: Pair
    note: Pair
    units: int
    rank: int
    low: int
    high: int
    given: bool

    @property
    def data(self) -> ChartData:
        """The rank and its stretch."""
        return ChartData(("rank", "low", "high", "units"), ((self.rank, self.low, self.high, self.units),))


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPage(ReleasePage):
    """The notice of one unit."""

    tree: str
    unit: str
    kind: Pair
    name: Pair
    score_name: Pair
    value: str
    interval: Pair
    band: Pair
    headline: Pair
    findings: tuple[Pair, ...]
    parts_title: Pair
    parts: tuple[NodeRow, ...]
    axis: Axis
    parts_note: Pair
    cut: float
    """The score that the best band begins at, where `has_cut`."""
    has_cut: bool
    rank_set: PlaceStrip | None
    robust: PlaceStrip | None
    action: Pair
    action_text: Pair
    undecided: Pair
    grids: tuple[Grid, ...]
    sample: tuple[Line, ...]
    editions: tuple[Shown, ...]
    whole: str = "index.html"
    none: Pair = NOTHING
