"""The page of a measure, over all its units or of one: what any kind of measure has to say, in parts that pages draw
alike."""

from __future__ import annotations

from dataclasses import dataclass

from ncsi.report.axis_rows import Axis, AxisRow
from ncsi.report.chart_data import Control, Trend
from ncsi.report.content.grids import Cell, Fact, Grid, Paragraph
from ncsi.report.measures.grade_list import CertificateBox, GradeList
from ncsi.report.pages import ReleasePage, words
from ncsi.report.text import Pair, Shown


@dataclass(frozen=True, slots=True)
class MeasureChart:
    """A chart under its title; `id` is unique in a page. `note`: how to read it."""

    id: str
    title: Pair
    drawn: Control | Trend
    note: Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureRow(AxisRow):
    """A unit on an axis, and further `cells` beside it, one for each of the section's `heads`."""

    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class MeasureSection:
    """Units on one axis: `what` they are, what is measured (`value`), further columns (`heads`), a line to hold them
    against (`reference`; one off the axis is not drawn)."""

    id: str
    title: Pair
    what: Pair
    value: Pair
    heads: tuple[Pair, ...]
    rows: tuple[MeasureRow, ...]
    axis: Axis
    reference: float
    note: Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurePage(ReleasePage):
    """A measure over all its units, or of one (`unit`, and `name` then).

    A figure in large type with what it is, its interval and a verdict; findings; facts; charts; sections; grids;
    sections of `evidence`; how it was made. Parts that a kind does not have are empty, and nothing is drawn of them.
    `changed` and `undecided`: what the situation report of a wave says of it, changes that are significant (with the
    correction) and what cannot be told. `file` and `pdf`: names of its page and PDF without ending; `whole`: where the
    page over all units lies, empty on that page itself; `files`: tables to offer as CSV.
    """

    measure: str
    unit: str
    name: Pair
    kind: Pair
    headline: Pair
    score_name: Pair
    value: str
    interval: Pair
    verdict: Pair
    findings: tuple[Pair, ...]
    facts: tuple[Fact, ...]
    charts: tuple[MeasureChart, ...] = ()
    sections: tuple[MeasureSection, ...] = ()
    grids: tuple[Grid, ...] = ()
    evidence: tuple[MeasureSection, ...] = ()
    about_method: tuple[Grid, ...] = ()
    method: tuple[Paragraph, ...] = ()
    files: tuple[str, ...] = ()
    grade_list: GradeList | None = None
    certificates: tuple[CertificateBox, ...] = ()
    editions: tuple[Shown, ...] = ("both", "zh", "en")
    changed: tuple[Pair, ...] = ()
    undecided: tuple[Pair, ...] = ()
    file: str = "index"
    pdf: str = "measure"
    whole: str = ""


@dataclass(frozen=True, slots=True)
class MeasurePages:
    """The pages of one measure, and the folder of the release that they lie in, empty for the release's own."""

    folder: str
    main: MeasurePage
    units: tuple[MeasurePage, ...]

    @property
    def texts(self) -> dict[str, str]:
        """All texts by what they are of: what the fonts must hold."""
        found = {f"measure {self.main.measure}": words(self.main)}
        return found | {f"{one.measure} {one.unit}": words(one) for one in self.units}
