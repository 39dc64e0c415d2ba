"""The nation in five sentences, each with what its chart draws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from ncsi.report import text
from ncsi.report.axis_rows import Axis, RankedRow, axis_of, changes_of, tone_of
from ncsi.report.chart_data import ChartData, Span, Spans
from ncsi.report.content.findings import first_and_last, how_many_moved
from ncsi.report.content.heading import previous_label
from ncsi.report.content.labels import area, dimension, several
from ncsi.report.content.provinces import provinces_of
from ncsi.report.content.tiles import Tile, approval_line, map_in_words, tiles_of
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.result_rows import Against, AreaIndex, Change, Driver, Tables, of, read
from ncsi.report.text import NOTHING, Pair, phrase
from ncsi.results.item_contrasts import area_samples, areas_against_others
from ncsi.spec import RULE
from ncsi.tables import OUT_CHANGES, OUT_DRIVERS_BY_CONSTRUCT, OUT_INDEX_BY_AREA, OUT_INDEX_BY_SUBGROUP

_ENDS = 2
_TILED = 10
"""Provinces that a wave must have at least for a grid of tiles."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A bar: how many of `total`, and its share for drawing (0-100)."""

    name: Pair
    count: int
    sure: int
    share: float


@dataclass(frozen=True, slots=True)
class AreaTold:
    """A dimension of areas in one sentence; tiles where they are provinces; counts above, level, below, withheld;
    `approval`: what is printed under a map of them, empty where the publisher brings none."""

    name: Pair
    text: Pair
    tiles: tuple[Tile, ...]
    counts: tuple[int, int, int, int]
    approval: Pair = NOTHING

    @property
    def split(self) -> ChartData:
        """How many areas stand where."""
        return ChartData(("above", "level", "below", "withheld"), (self.counts,))

    @property
    def on_the_map(self) -> Pair:
        """What a map of them shows, in words."""
        return map_in_words(self.name, self.tiles)

    @property
    def data(self) -> ChartData:
        """The tiles as they are written."""
        rows = tuple(
            (*one.name, one.value.en, one.state, "indicative" if one.indicative else "") for one in self.tiles
        )
        return ChartData(("label_zh", "label_en", "value", "state", "status"), rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Five sentences at most, in the order of the page; an empty one is left out.

    `ends`: the first and the last of the ranking, on `axis`; `changes`: every sector's change, None where none can be
    told; `drivers`: in how many sectors a construct has the largest effect.
    """

    opening: tuple[Pair, ...]
    places: Pair
    ends: tuple[RankedRow, ...]
    axis: Axis
    moved: Pair
    changes: Spans | None
    drives: Pair
    drivers: tuple[Counted, ...]
    areas: tuple[AreaTold, ...]

    @property
    def counts(self) -> ChartData:
        """In how many sectors a construct has the largest effect, and in how many surely."""
        rows = tuple((*one.name, one.count, one.sure) for one in self.drivers)
        return ChartData(("label_zh", "label_en", "sectors", "sectors_sure"), rows)


def story(
    tables: Tables, spec: ReleaseSpec, ranking: Sequence[RankedRow], labels: Mapping[str, Pair],
    opening: Sequence[Pair],
) -> Story:  # fmt: skip
    """The story from published tables. `labels`: what constructs are called; `opening`: how the index stands, how it
    changed."""
    ends = (*ranking[:_ENDS], *ranking[-_ENDS:]) if len(ranking) >= 2 * _ENDS else tuple(ranking)
    drives, drivers = _drivers(tables, spec, labels)
    return Story(
        opening=tuple(opening),
        places=text.sentences(first_and_last(tables, ranking)),
        ends=ends,
        axis=axis_of(ends, *(one.x for one in ranking if one.x is not None)),
        moved=text.sentences(how_many_moved(tables, spec)),
        changes=sector_changes(tables, spec),
        drives=drives,
        drivers=drivers,
        areas=_areas(tables, spec),
    )


def sector_changes(tables: Tables, spec: ReleaseSpec) -> Spans | None:
    """Every sector's change that can be told, the largest fall first."""
    if not several(spec):
        return None
    found = changes_of(tables, "sector", spec.target)
    rows = sorted((one for one in found.values() if one.verdict != "trend_break"), key=lambda one: one.change)
    if len(rows) < 2:
        return None
    frame = of(tables[OUT_CHANGES.name], level="sector", construct=spec.target)
    kept = ["unit", "previous_0_100", "index_0_100", "change", "low", "high", "p_holm", "verdict"]
    nation = changes_of(tables, "nation", spec.target).get("nation")
    spans = tuple(_span(one, text.pair(spec.sectors.sector(one.unit).label)) for one in rows)
    whole = (
        None if nation is None or nation.verdict == "trend_break" else _span(nation, phrase("story_nation"))
    )
    return Spans(spans, whole, previous_label(spec), text.pair(spec.wave.label), ChartData.of(frame[kept]))


def _span(one: Change, name: Pair) -> Span:
    return Span(
        name, one.previous_0_100, one.index_0_100, one.change, one.low, one.high, tone_of(one.verdict)
    )


def _drivers(
    tables: Tables, spec: ReleaseSpec, labels: Mapping[str, Pair]
) -> tuple[Pair, tuple[Counted, ...]]:
    """In how many sectors each construct has the largest effect on satisfaction, and in how many its interval lies
    above all others, of which there are some."""
    first, sure, total = Counter[str](), Counter[str](), 0
    for _, part in tables[OUT_DRIVERS_BY_CONSTRUCT.name].groupby("sector", sort=False):
        ordered = sorted(read(Driver, part), key=lambda one: -one.importance)
        if not ordered:
            continue
        total += 1
        first[ordered[0].construct] += 1
        if ordered[1:] and all(one.importance_high < ordered[0].importance_low for one in ordered[1:]):
            sure[ordered[0].construct] += 1
    if not total:
        return NOTHING, ()
    rows = tuple(Counted(labels[name], k, sure[name], 100 * k / total) for name, k in first.most_common())
    top = rows[0]
    if not several(spec):
        return phrase("story_drives_one", name=top.name), ()
    told = phrase("story_drives", name=top.name, k=top.count, total=total, sure=top.sure)
    return told, rows


def _areas(tables: Tables, spec: ReleaseSpec) -> tuple[AreaTold, ...]:
    own = of(tables[OUT_INDEX_BY_AREA.name], construct=spec.target)
    cells = tables[OUT_INDEX_BY_SUBGROUP.name]
    asked = cells.groupby("dimension")["subgroup"].unique()
    sizes = area_samples(
        of(cells, construct=spec.target), {one.id: one.share.value for one in spec.sectors.sectors}
    )
    enough = {key for key, n_eff in sizes.items() if RULE.status(n_eff) == "published"}
    tested = areas_against_others(own, spec.wave.level)
    verdicts: dict[tuple[str, str], Against] = {
        (str(one["dimension"]), str(one["area"])): one["verdict"] for _, one in tested.iterrows()
    }
    return tuple(
        made
        for name, part in own.groupby("dimension", sort=False)
        if (made := _area_told(str(name), part, verdicts, list(asked.get(name, ())), enough, spec))
        is not None
    )


def _area_told(
    name: str,
    part: pd.DataFrame,
    verdicts: Mapping[tuple[str, str], Against],
    asked: Sequence[str],
    enough: Collection[object],
    spec: ReleaseSpec,
) -> AreaTold | None:
    """`asked`: areas that a sector has respondents in, whether or not a figure of them is shown; `enough`: dimensions
    and areas whose effective sample is known to reach that of a published figure: others are indicative."""
    rows = sorted(read(AreaIndex, part), key=lambda one: -one.index_0_100)
    shown = [one for one in rows if (name, one.area) in verdicts]
    if len(shown) < 2:
        return None
    labels = {one.area: area(name, one.area, spec.wave) for one in rows}
    by = {state: [one for one in shown if verdicts[name, one.area] == state] for state in ("above", "below")}
    up, down = len(by["above"]), len(by["below"])
    counts = (up, len(shown) - up - down, down, len(rows) - len(shown))
    called = dimension(name, spec.wave)
    ends = {
        "high": labels[shown[0].area], "high_value": text.number(shown[0].index_0_100),
        "low": labels[shown[-1].area], "low_value": text.number(shown[-1].index_0_100),
    }  # fmt: skip
    key = "story_areas_level" if not up + down else "story_areas"
    told = phrase(key, name=called, k=len(shown), up=up, down=down, **ends)
    places = provinces_of({one.area: labels[one.area].zh for one in rows})
    surveyed = {
        found.code for one in asked for found in provinces_of({one: area(name, one, spec.wave).zh}).values()
    }
    if len(places) < _TILED:
        return AreaTold(called, told, (), counts)
    figures = {places[one.area].code: one for one in rows}
    states = {places[one.area].code: verdicts[name, one.area] for one in shown}
    approval = NOTHING if spec.province_map is None else approval_line(spec.province_map)
    indicative = {place.code for one, place in places.items() if (name, one) not in enough}
    return AreaTold(called, told, tiles_of(figures, states, surveyed, indicative), counts, approval)
