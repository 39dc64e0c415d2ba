"""Rows of a composite index's tables, and all of one index at hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from ncsi.report.axis_rows import Tone
from ncsi.report.result_rows import Tables, of, read
from ncsi.report.text import NOTHING, Pair, phrase, typed
from ncsi.tables import (
    OUT_COMPOSITE_BAND_BY_UNIT,
    OUT_COMPOSITE_BY_GROUP,
    OUT_COMPOSITE_BY_UNIT,
    OUT_COMPOSITE_CLASS_BY_UNIT,
    OUT_COMPOSITE_LEVEL_BY_UNIT,
    OUT_COMPOSITE_MOVERS,
    OUT_COMPOSITE_NODE_BY_UNIT,
    OUT_COMPOSITE_NODES,
    OUT_COMPOSITE_RANK_BY_UNIT,
    OUT_COMPOSITE_SERIES,
    OUT_COMPOSITE_TESTS,
    OUT_COMPOSITE_VETO_BY_UNIT,
    OUT_COMPOSITES,
)

BEFORE, MEAN = "year_before", "mean"
"""What a difference is tested against."""
WHOLE = "all"
"""Id of the unit, and of the group, that is all units together."""


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A row of out_composites."""

    label_zh: str
    label_en: str
    version: str
    kind: str
    about_zh: str
    about_en: str
    unit_zh: str
    unit_one: str
    unit_many: str
    year: int
    first_year: int
    units: int
    indicators: int
    root: str
    scale_low: float
    scale_high: float
    normalise: str
    aggregate: str
    benchmark_version: str
    named_units: bool
    illustrative: bool
    level: float
    source_name: str
    source_sha256: str
    source_rows: int
    errors: str


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """A row of out_composite_nodes."""

    node: str
    parent: str
    depth: int
    indicator: bool
    label_zh: str
    label_en: str
    direction: str
    unit_zh: str
    unit_en: str
    weight_local: float
    weight_global: float
    lower: float
    upper: float
    se_kind: str
    illustrative: bool
    source_zh: str
    source_en: str
    weight_source_zh: str
    weight_source_en: str
    benchmark_source_zh: str
    benchmark_source_en: str

    @property
    def name(self) -> Pair:
        """What it is called."""
        return typed(self.label_zh, self.label_en)


@dataclass(frozen=True, slots=True)
class UnitInfo:
    """A row of out_composite_by_unit."""

    unit: str
    label_zh: str
    label_en: str
    level: str
    score: float
    se: float
    low: float
    high: float
    observed: float
    emptiest: str
    emptiest_observed: float
    status: str

    @property
    def name(self) -> Pair:
        """What it is called."""
        return typed(self.label_zh, self.label_en)

    @property
    def shown(self) -> bool:
        """Whether it has a score."""
        return self.score == self.score


@dataclass(frozen=True, slots=True)
class RankInfo:
    """A row of out_composite_rank_by_unit; ends are missing where nothing is known."""

    level: str
    unit: str
    rank: int
    ranked: int
    rank_low: int | None
    rank_high: int | None
    rank_set: str
    robust_low: int | None
    robust_high: int | None
    combined_low: int | None
    combined_high: int | None


@dataclass(frozen=True, slots=True)
class PartInfo:
    """A row of out_composite_node_by_unit."""

    unit: str
    node: str
    score: float
    se: float
    low: float
    high: float
    value: float
    value_se: float
    value_used: float
    change: str


@dataclass(frozen=True, slots=True)
class MoveInfo:
    """A row of out_composite_movers."""

    unit: str
    node: str
    previous_year: int
    was: float
    score: float
    change: float
    contribution: float


@dataclass(frozen=True, slots=True)
class TestInfo:
    """A row of out_composite_tests_by_unit."""

    unit: str
    node: str
    against: str
    reference: float
    difference: float
    low: float
    high: float
    verdict: str

    @property
    def tone(self) -> Tone:
        """Good news, bad news, or neither: more is better of every score."""
        return "up" if self.verdict == "higher" else "down" if self.verdict == "lower" else ""

    @property
    def mark(self) -> str:
        """What doubles the tone."""
        return {"up": "▲", "down": "▼"}.get(self.tone, "")


@dataclass(frozen=True, slots=True)
class SeriesInfo:
    """A row of out_composite_series."""

    unit: str
    node: str
    year: int
    version: str
    score: float
    previous_year: int | None
    change: float
    splice: bool
    splice_difference: float


@dataclass(frozen=True, slots=True)
class GroupInfo:
    """A row of out_composite_by_group."""

    dimension: str
    group: str
    label_zh: str
    label_en: str
    node: str
    units: int
    basis: str
    score: float
    sd: float

    @property
    def name(self) -> Pair:
        """What it is called."""
        return typed(self.label_zh, self.label_en)


@dataclass(frozen=True, slots=True)
class BandInfo:
    """A row of out_composite_band_by_unit."""

    unit: str
    bands: str
    bands_source: str
    band: str
    band_low: str
    band_high: str
    label_zh: str
    label_en: str
    from_score: float

    @property
    def sure(self) -> bool:
        """Whether the whole interval lies in it; also where nothing is known of its error."""
        return self.band_low in ("", self.band) and self.band_high in ("", self.band)


@dataclass(frozen=True, slots=True)
class ClassInfo:
    """A row of out_composite_class_by_unit."""

    unit: str
    class_by_score: str
    class_awarded: str
    label_zh: str
    label_en: str
    vetoes: int
    undecided: int


@dataclass(frozen=True, slots=True)
class VetoInfo:
    """A row of out_composite_veto_by_unit."""

    unit: str
    label_zh: str
    label_en: str
    value: float
    least: float
    verdict: str


@dataclass(frozen=True, slots=True)
class LevelInfo:
    """A row of out_composite_level_by_unit."""

    unit: str
    node: str
    self_level: float
    audit_level: float
    calibrated_level: float
    basis: str
    gap: int | None
    flag: str


@dataclass(frozen=True, eq=False)
class OneIndex:
    """The tables of one composite index, as rows by what they belong to."""

    tables: Tables
    tree: str
    about: IndexRow = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "about", read(IndexRow, self.frame(OUT_COMPOSITES.name))[0])

    def frame(self, name: str) -> pd.DataFrame:
        """The index's own rows of a table; of the published year and the benchmarks in force, where it tells them."""
        frame = of(self.tables[name], tree=self.tree)
        if "year" in frame.columns and name not in (OUT_COMPOSITE_SERIES.name, OUT_COMPOSITES.name):
            frame = frame[frame["year"] == self.about.year]
            if "version" in frame.columns:
                frame = frame[frame["version"] == self.about.benchmark_version]
        return frame

    @property
    def name(self) -> Pair:
        """What the index is called."""
        return typed(self.about.label_zh, self.about.label_en)

    @cached_property
    def nodes(self) -> dict[str, NodeInfo]:
        """The tree, from the index down."""
        frame = self.frame(OUT_COMPOSITE_NODES.name).sort_values("position")
        return {one.node: one for one in read(NodeInfo, frame)}

    @cached_property
    def units(self) -> dict[str, UnitInfo]:
        """Every unit that is told of, in the order of the table."""
        return {one.unit: one for one in read(UnitInfo, self.frame(OUT_COMPOSITE_BY_UNIT.name))}

    @cached_property
    def ranks(self) -> dict[str, RankInfo]:
        """Ranks by unit."""
        return {
            one.unit: one for one in read(RankInfo, _or_none(self.frame(OUT_COMPOSITE_RANK_BY_UNIT.name)))
        }

    @cached_property
    def parts(self) -> dict[tuple[str, str], PartInfo]:
        """Scores by unit and node."""
        rows = read(PartInfo, self.frame(OUT_COMPOSITE_NODE_BY_UNIT.name))
        return {(one.unit, one.node): one for one in rows}

    def counted(self, unit: str) -> bool:
        """Whether every figure of a unit is declared free of sampling error. A standard error of 0 alone does not say
        so: figures beyond their benchmarks all have the same score, however well they are known."""
        return self.units[unit].se == 0 and unit not in self._with_error

    @cached_property
    def _with_error(self) -> frozenset[str]:
        """Units of which some figure has a standard error, or none declared."""
        given = (one for one in self.parts.values() if one.value == one.value)
        return frozenset(one.unit for one in given if one.value_se != 0)

    @cached_property
    def moves(self) -> dict[tuple[str, str], MoveInfo]:
        """Changes since the year before, by unit and node."""
        return {(one.unit, one.node): one for one in read(MoveInfo, self.frame(OUT_COMPOSITE_MOVERS.name))}

    @cached_property
    def tests(self) -> dict[tuple[str, str, str], TestInfo]:
        """Tested differences, by unit, node and what against."""
        rows = read(TestInfo, self.frame(OUT_COMPOSITE_TESTS.name))
        return {(one.unit, one.node, one.against): one for one in rows}

    @cached_property
    def groups(self) -> list[GroupInfo]:
        """Means of groups."""
        return read(GroupInfo, self.frame(OUT_COMPOSITE_BY_GROUP.name))

    @cached_property
    def bands(self) -> list[BandInfo]:
        """Words for scores, by table of bands."""
        return read(BandInfo, self.frame(OUT_COMPOSITE_BAND_BY_UNIT.name))

    @cached_property
    def classes(self) -> dict[str, ClassInfo]:
        """Classes of a scorecard by unit."""
        return {one.unit: one for one in read(ClassInfo, self.frame(OUT_COMPOSITE_CLASS_BY_UNIT.name))}

    @cached_property
    def vetoes(self) -> list[VetoInfo]:
        """Vetoes that hold or cannot be told."""
        return read(VetoInfo, self.frame(OUT_COMPOSITE_VETO_BY_UNIT.name))

    @cached_property
    def maturity(self) -> dict[tuple[str, str], LevelInfo]:
        """Maturity levels by unit and node."""
        rows = read(LevelInfo, _or_none(self.frame(OUT_COMPOSITE_LEVEL_BY_UNIT.name)))
        return {(one.unit, one.node): one for one in rows}

    @cached_property
    def series(self) -> list[SeriesInfo]:
        """The index and its nodes over the years."""
        frame = self.frame(OUT_COMPOSITE_SERIES.name).sort_values(["unit", "node", "year"], kind="stable")
        return read(SeriesInfo, frame)

    @cached_property
    def reference(self) -> dict[str, float]:
        """Score of each node of all units together: as computed from figures of the whole, else their mean."""
        if WHOLE in self.units:
            return {node: one.score for (unit, node), one in self.parts.items() if unit == WHOLE}
        return {one.node: one.score for one in self.groups if one.dimension == WHOLE}

    def band_of(self, unit: str) -> BandInfo | None:
        """The band of the first table of bands."""
        return next((one for one in self.bands if one.unit == unit), None)

    def band_name(self, unit: str) -> Pair:
        """The word of that band where its interval lies in it, else that it is open; nothing without bands."""
        own = self.band_of(unit)
        if own is None:
            return NOTHING
        return typed(own.label_zh, own.label_en) if own.sure else phrase("band_open")


def _or_none(frame: pd.DataFrame) -> pd.DataFrame:
    """Whole numbers as Python's, None where there is none."""
    whole = [name for name in frame.columns if pd.api.types.is_integer_dtype(frame[name])]
    return frame.assign(
        **{
            name: pd.Series([None if pd.isna(one) else int(one) for one in frame[name]], frame.index, object)
            for name in whole
        }
    )
