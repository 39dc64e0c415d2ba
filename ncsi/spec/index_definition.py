"""What an index publishes beside its tree: whose figures it takes, how files name them, where each part comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from ncsi.spec.building_blocks import Flag, Identifier, Label, Real, Spec, Whole, Year
from ncsi.spec.sectors import Units
from ncsi.spec.tree import NodeCode

IndexKind = Literal["index", "scorecard", "maturity", "points"]
VersionId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]


class Origin(Spec):
    """Where something comes from. `illustrative`: nobody published it, it is ours and shows how the index works."""

    text: Label
    year: Year
    illustrative: Flag = False


class NodeOrigin(Spec):
    """Sources, by id, of a node of the tree: that there is one, its weight, its benchmarks."""

    node: Identifier
    weight: Identifier | None = None
    benchmarks: Identifier | None = None


class Ends(Spec):
    """Two values on the raw scale, `lower` below `upper`."""

    lower: Real
    upper: Real


class EarlierBenchmarks(Spec):
    """Benchmarks that a year was scored with before those of the tree: the years `first` to `last`, and the indicators
    whose benchmarks were others. A year of two versions is published under both, with the difference."""

    version: VersionId
    first: Year
    last: Year
    benchmarks: Mapping[NodeCode, Ends]


class Indicator(Spec):
    """How files name an indicator (besides code and labels), and which values it can have at all: within `plausible`,
    in steps of `step`. `levels`: what is there at level 1, 2 … of a maturity criterion."""

    names: tuple[str, ...] = ()
    plausible: Ends | None = None
    step: Annotated[Real, Field(gt=0)] | None = None
    levels: tuple[Label, ...] = ()


class Dimension(Spec):
    """A column that units are told apart or summed by. `list` names a list of units, none takes any name; `whole` are
    the words that stand for all of them together; `names` further heads of the column."""

    id: Identifier
    label: Label
    list: Identifier | None = None
    whole: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class Screening(Spec):
    """Least shares of a unit's indicators: of all, and of each group of
    indicators (the nodes right above them)."""

    units: Annotated[Real, Field(gt=0, le=1)] = 0.65
    groups: Annotated[Real, Field(ge=0, le=1)] = 0.5


class PublishedCheck(Spec):
    """Figures published for a year, by node: each aggregate of them must follow from those below it."""

    year: Year
    values: Mapping[NodeCode, Real]
    tolerance: Annotated[Real, Field(gt=0)]
    source: Identifier


class ScoreClass(Spec):
    """A class of a scorecard, from the score `low` (included) up to that of the next."""

    id: Identifier
    label: Label
    low: Real


class Veto(Spec):
    """A rule that no score makes good: whose `column` holds `least` or more gets no class above `at_best`."""

    id: Identifier
    label: Label
    least: Real
    at_best: Identifier
    source: Identifier
    names: tuple[str, ...] = ()


class IndexDefinition(Spec):
    """An index as published on a tree: `ncsi/index/1`, named by the id of its tree.

    `kind`: of figures, a scorecard with classes and vetoes, a questionnaire of maturity levels, or one of points.
    `units` are what is scored, told apart by one or two `dimensions`; `named_units`: whether they may be published by
    name, else only groups of them are. `groups`: columns they are summed by; `whole`: what
    all of them together are called. `since`: first year of the tree's own
    benchmarks. `population`: a figure to hold the index against, named by its heads. `checks`: published figures.
    """

    spec: Literal["ncsi/index/1"]
    tree: Identifier
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    kind: IndexKind
    about: Label
    units: Units
    dimensions: Annotated[tuple[Dimension, ...], Field(min_length=1, max_length=2)]
    named_units: Flag
    groups: tuple[Dimension, ...] = ()
    whole: Label = Label(zh="总体", en="Whole")
    since: Year = 2000
    earlier: tuple[EarlierBenchmarks, ...] = ()
    screening: Screening = Screening()
    carry_years: Annotated[Whole, Field(ge=1, le=5)] = 1
    bands: tuple[Identifier, ...] = ()
    classes: tuple[ScoreClass, ...] = ()
    vetoes: tuple[Veto, ...] = ()
    checks: tuple[PublishedCheck, ...] = ()
    sources: Mapping[Identifier, Origin] = {}
    origins: Mapping[NodeCode, NodeOrigin] = {}
    indicators: Mapping[NodeCode, Indicator] = {}

    def indicator(self, code: str) -> Indicator:
        """What is declared of it; nothing where nothing is."""
        return self.indicators.get(code, Indicator())


class UnitGroup(Spec):
    """A group of the units of a list; `names`: what files call it besides."""

    id: Identifier
    label: Label
    names: tuple[str, ...] = ()


class UnitEntry(UnitGroup):
    """A unit of a list, and the group it belongs to."""

    group: Identifier | None = None


class UnitList(Spec):
    """Units that files name in many ways: `ncsi/units/1`. `grouping`: id of the dimension their groups make."""

    spec: Literal["ncsi/units/1"]
    id: Identifier
    source: Origin
    grouping: Identifier | None = None
    groups: tuple[UnitGroup, ...] = ()
    units: Annotated[tuple[UnitEntry, ...], Field(min_length=1)]


class TableMap(Spec):
    """How a file of indicators names things: `ncsi/tree_map/1`.

    `columns`: what it is for us → its head in the file. `units`: name of a unit in the file → ours. `factors`: code →
    what the file's figures are multiplied by to be in the declared unit. `ignore`: heads of columns that are dropped.
    """

    spec: Literal["ncsi/tree_map/1"]
    id: Identifier
    tree: Identifier
    sheet: Annotated[str, Field(min_length=1, max_length=31)] | None = None
    columns: Mapping[NodeCode, str] = {}
    units: Mapping[str, str] = {}
    factors: Mapping[NodeCode, Annotated[Real, Field(gt=0)]] = {}
    ignore: tuple[str, ...] = ()
