"""What a report says when it is taken along: a finding as title of each part, a chart, a table, a note."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ncsi.report import text
from ncsi.report.axis_rows import AxisRow, RankedRow
from ncsi.report.chart_data import DotRow, Dots, Trend
from ncsi.report.content.grids import Cell, Grid, Paragraph, cell
from ncsi.report.pages import ReleasePage
from ncsi.report.text import NOTHING, Pair, phrase
from ncsi.spec import Language

_NAMED = 3
_WORD = re.compile(r"[A-Za-z]{3}|[\u2e80-\uffff]")
"""What no figure has: three letters in a row, or a Chinese sign."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part. `title`: what was found; `picture`: name of a drawing of the report in place of `dots`, empty for none;
    `slide`: whether a presentation has it; `paragraphs` stand before the chart, `note` under it; `alone`: the note of a
    chart that stands without the grid, or of a slide that also says what has none of its own."""

    title: Pair
    dots: Dots | None = None
    picture: str = ""
    grid: Grid | None = None
    paragraphs: tuple[Pair, ...] = ()
    note: Pair = NOTHING
    alone: Pair = NOTHING
    slide: bool = True

    @property
    def chart_note(self) -> Pair:
        """The note under the chart where the grid is left out."""
        return self.alone if self.alone.zh else self.note


@dataclass(frozen=True, slots=True)
class Outline:
    """A report in the order it is read. `page`: its marks and dates; `subject`: the wave, or a sector and the wave;
    `measured`: on how many answers it stands; `method`: texts under their own names; `place`: its page in the release.
    """

    page: ReleasePage
    subject: Pair
    headline: Pair
    index_name: Pair
    value: str
    interval: Pair
    findings: tuple[Pair, ...]
    parts: tuple[Part, ...]
    measured: Pair
    method: tuple[Paragraph, ...] = ()
    trend: Trend | None = None
    place: str = ""

    def address(self, language: Language) -> str:
        """Where its page is published, in a language; empty where that is not known."""
        return f"{self.page.address}{self.place}?lang={language}" if self.page.address else ""

    @property
    def source(self) -> Pair:
        """Where its figures are from, in one line."""
        page = self.page
        return phrase(
            "share_source", title=page.title, label=page.label, release=page.release, date=page.date
        )


def ranked_dots(
    rows: Sequence[RankedRow], measure: Pair, reference: float | None, reference_name: Pair
) -> Dots | None:
    """Ranked rows as a chart, those written out that share the first and the last place; None for fewer than two."""
    told = [one for one in rows if one.shown and not one.rate and one.x is not None]
    if len(told) < 2:
        return None
    ends = {one.name for one in (*first_of(told), *last_of(told))}
    return Dots(
        measure,
        tuple(_dot(one, marked=one.name in ends or one.name == told[0].name) for one in told),
        reference,
        reference_name,
    )


def _dot(one: AxisRow, *, marked: bool) -> DotRow:
    name = text.followed(one.name, one.note) if one.indicative else one.name
    return DotRow(name, _number(one.x), _number(one.x_low), _number(one.x_high), marked=marked)


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def first_of(rows: Sequence[RankedRow]) -> list[RankedRow]:
    """Those that do not differ significantly from the first: its tier."""
    ranked = [one for one in rows if one.place is not None]
    return [one for one in ranked if one.tier == ranked[0].tier]


def last_of(rows: Sequence[RankedRow]) -> list[RankedRow]:
    """The last tier."""
    ranked = [one for one in rows if one.place is not None]
    return [one for one in ranked if one.tier == ranked[-1].tier]


def ranking_title(rows: Sequence[RankedRow], unit: Mapping[str, Pair]) -> Pair:
    """Who is first and who is last, each with those of its tier. `unit`: `units`, what is ranked."""
    ranked = [one for one in rows if one.place is not None]
    if not ranked:
        return phrase("share_unranked", **unit)
    first, last = first_of(ranked), last_of(ranked)
    if first == last:
        return phrase("share_all_alike", k=len(ranked), **unit)
    return text.clauses([_end("first", first, unit), _end("last", last, unit)])


def _end(which: str, rows: Sequence[RankedRow], unit: Mapping[str, Pair]) -> Pair:
    if len(rows) > _NAMED:
        return phrase(f"share_{which}_many", k=len(rows), **unit)
    key = "one" if len(rows) == 1 else "tied"
    return phrase(f"share_{which}_{key}", names=text.joined([one.name for one in rows]))


def are_figures(grid: Grid, k: int, language: Language) -> bool:
    """Whether most cells of a column hold figures, which stand to the right; one that is not published is words."""
    figures = [not _WORD.search(row[k].text.of(language)) for row in grid.rows]
    return k > 0 and 2 * sum(figures) > len(figures)


def ranking_grid(name: str, rows: Sequence[RankedRow], unit: Pair) -> Grid:
    """A ranking as a table; a figure that is not published says so."""
    return table(
        name,
        ("rank", unit, "index", "rank_set", "tier", "change", "sample"),
        [
            (
                cell(one.rank), cell(one.name, one.note if one.shown else NOTHING),
                cell(one.value, one.interval) if one.shown else cell(one.note),
                cell(one.rank_set), cell(one.tier), cell(one.change + one.star, tone=one.tone), cell(one.n),
            )
            for one in rows
        ],
    )  # fmt: skip


def table(name: str, heads: Sequence[str | Pair], rows: Sequence[Sequence[Cell]]) -> Grid:
    """A table without a title of its own; heads are phrases or texts."""
    return Grid(
        name,
        NOTHING,
        tuple(one if isinstance(one, Pair) else phrase(one) for one in heads),
        tuple(tuple(row) for row in rows),
        NOTHING,
        (),
    )


def trend_dots(trend: Trend | None, measure: Pair) -> Dots | None:
    """The waves of a trend as a chart; not joined where the series begins anew."""
    if trend is None or len(trend.points) < 2:
        return None
    rows = tuple(DotRow(one.label, one.index_0_100, one.low, one.high, marked=True) for one in trend.points)
    return Dots(measure, rows, joined=not any(one.broken for one in trend.points))
