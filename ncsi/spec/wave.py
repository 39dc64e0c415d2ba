"""A wave: which sectors and brands are measured when, and where their files are."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ncsi.spec.background import REGION, Background, Variable
from ncsi.spec.building_blocks import (
    Day,
    Flag,
    Identifier,
    Label,
    Moment,
    Period,
    Real,
    Spec,
    WaveId,
    Whole,
    Year,
    ZoneName,
    none_declared,
)
from ncsi.spec.panel_plan import Attrition, Rotation
from ncsi.spec.sectors import Units
from ncsi.spec.tree import NodeCode
from ncsi.spec.weighting_plan import Weighting

BrandId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]


class Brand(Spec):
    """A measured brand; `share` is its market share in the sector, where known, `share_se` its standard error.

    `formerly` is what the wave before called it, where its name changed in both languages: else it counts as another
    brand, and is not compared. The labels are anyone's text: a brand may be called `<script>` and prints as itself.
    """

    id: BrandId
    label: Label
    share: Annotated[Real, Field(gt=0, le=1)] | None = None
    share_se: Annotated[Real, Field(ge=0, lt=1)] | None = None
    formerly: Label | None = Field(default=None, exclude_if=none_declared)


class WaveSector(Spec):
    """A sector as this wave measures it. No brands: only the sector index is published.

    `units`: what its brands are, where the sector list does not say it right.
    """

    id: Identifier
    units: Units | None = None
    quota: Annotated[Whole, Field(ge=1)] | None = None
    brands: tuple[Brand, ...] = ()


class FieldDates(Spec):
    """First and last day of fieldwork, both included."""

    start: Day
    end: Day


Dialect = Literal[
    "wjx_text",
    "wjx_score",
    "wjx_index",
    "qualtrics",
    "surveymonkey",
    "tencent",
    "limesurvey",
    "kobo",
    "spss",
    "google_forms",
    "microsoft_forms",
    "plain",
]


class IdentityCard(Spec):
    """Who made the data, when, and under which licence: what a file does not say of itself."""

    producer: Annotated[str, Field(max_length=200)] | None = None
    collected: FieldDates | None = None
    licence: Annotated[str, Field(max_length=200)] | None = None


Pattern = Annotated[str, Field(min_length=1)]
"""A file, or a glob."""


class Source(Spec):
    """Files of the wave (a glob relative to the workspace, or a list of globs), how to read them, and what they lack.

    `dialect` is the platform that exported them, where its marks do not say it; `card` their origin.

    `map` names a column map in the workspace's `maps/`; none means columns already carry the canonical
    names. `sector` is the constant for files of one sector. `supersedes` names files (paths, or names alone)
    that these correct: their rows leave the wave. `agency` is who delivers them.
    """

    files: Pattern | Annotated[tuple[Pattern, ...], Field(min_length=1)]
    map: Identifier | None = None
    sector: Identifier | None = None
    dialect: Dialect | None = None
    supersedes: tuple[str, ...] = ()
    card: IdentityCard | None = None
    agency: Identifier | None = Field(default=None, exclude_if=none_declared)

    @property
    def patterns(self) -> tuple[str, ...]:
        """The globs of its files, in their order."""
        return (self.files,) if isinstance(self.files, str) else self.files


class Delivery(Spec):
    """What an agency of `agencies.yaml` owes the wave: files `every` day or week of fieldwork, or once, until its
    `deadline`, by default the last day of fieldwork."""

    agency: Identifier
    every: Literal["day", "week", "once"] = "day"
    deadline: Day | None = None


class FaultLimits(Spec):
    """Shares of faulty rows above which a wave is not estimated: of all rules together, and of single ones."""

    max_share: Annotated[Real, Field(ge=0, le=1)] | None = None
    rules: dict[str, Annotated[Real, Field(ge=0, le=1)]] = Field(default_factory=dict)


class SurveyIndicator(Spec):
    """An indicator of an index that the wave's own survey supplies, by the brands of a `sector`: the index of a
    `construct`, or the mean of an `item` that its instrument publishes (measure `mean`).

    Without `indicator`: every indicator of the tree that has the code of such an item.
    """

    sector: Identifier
    indicator: NodeCode | None = None
    of_construct: Identifier | None = Field(default=None, alias="construct")
    item: Identifier | None = None


class WaveIndex(Spec):
    """A composite index that joins the wave's release: its tree, its file of figures (relative to the workspace), how
    that names things (`maps/<id>.yaml`), the year to publish, by default the latest; a file of joint replicates of its
    survey figures, as beside it; what the wave's own `survey` supplies. Without a file, that is all of it."""

    tree: Identifier
    data: Annotated[str, Field(min_length=1)] | None = Field(default=None, exclude_if=none_declared)
    map: Identifier | None = None
    year: Year | None = None
    replicates: Annotated[str, Field(min_length=1)] | None = None
    survey: tuple[SurveyIndicator, ...] = Field(default=(), exclude_if=none_declared)


class WaveMeasure(Spec):
    """A measure of quality that joins the wave's release: its id, its file of records (relative to the workspace), how
    that names things (`maps/<id>.yaml`), the period to publish, by default the latest of the file."""

    measure: Identifier
    data: Annotated[str, Field(min_length=1)]
    map: Identifier | None = None
    period: Period | None = None


class RevisionNote(Spec):
    """What was corrected after publication, and when; `sectors` whose reports say so, none for all; `sector_list`:
    groups and shares are corrected too."""

    date: Day
    note: Label
    sectors: tuple[Identifier, ...] = ()
    sector_list: Flag = Field(default=False, exclude_if=none_declared)


class Wave(Spec):
    """One survey wave. `synthetic` marks every page and table of its release.

    `scope` is what its sectors make up together, as an adjective (全国 national, 城市 city): by default the sector
    list's, else 行业 sector for a wave of one and 总体 overall for several.

    `faults` are the shares of faulty rows above which nothing is estimated. `panel` names a panel whose members
    keep one pseudonym through all waves that name it; without, nobody can be linked between waves. `rotation` says how
    long its members stay and how many are to be new, `attrition` how those who did not answer again are made up for.
    `carry_forward` is for how many quarters the result of a sector that is not measured stands in the nation.
    `least_coverage` is the share of the sector list that must stand for the nation to be computed without sectors that
    are left out; without it, any.
    `background` are the variables that respondents are told apart by (region, city tier, age group, cluster), with
    the values they may take; every file of the wave carries those besides region.
    Its days begin at midnight of `timezone` (IANA), by default that of the command that schedules it.
    Before the time `embargo` (with its offset from UTC), its release goes to `releases/.embargo/`, each page marked.
    `deliveries` are what agencies owe the wave, and `quotas` the file (relative to the workspace) of answers wanted by
    cell. `composites` are indices on trees of indicators, and `measures` measures of quality (complaints and others),
    whose results join its release.
    `revisions`, the corrections since it was published, are shown in the reports they concern, earliest first.
    """

    spec: Literal["ncsi/wave/1"]
    id: WaveId
    label: Label
    title: Label
    publisher: Label
    scope: Label | None = None
    field: FieldDates
    release_date: Day
    embargo: Moment | None = None
    timezone: ZoneName | None = Field(default=None, exclude_if=none_declared)
    previous: WaveId | None = None
    carry_forward: Annotated[Whole, Field(ge=0, le=12)] = 0
    least_coverage: Annotated[Real, Field(gt=0, le=1)] | None = Field(default=None, exclude_if=none_declared)
    synthetic: Flag = False
    replicates: Annotated[Whole, Field(ge=100, le=100_000)] = 1000
    seed: Annotated[Whole, Field(ge=0, lt=2**32)] = 1
    level: Annotated[Real, Field(gt=0.5, lt=1)] = 0.95
    sectors: Annotated[tuple[WaveSector, ...], Field(min_length=1)]
    sources: tuple[Source, ...] = ()
    deliveries: tuple[Delivery, ...] = Field(default=(), exclude_if=none_declared)
    quotas: Annotated[str, Field(min_length=1)] | None = Field(default=None, exclude_if=none_declared)
    faults: FaultLimits = FaultLimits()
    panel: Identifier | None = None
    rotation: Rotation | None = Field(default=None, exclude_if=none_declared)
    attrition: Attrition | None = Field(default=None, exclude_if=none_declared)
    background: Background = Field(default_factory=dict)
    weighting: Weighting | None = None
    composites: tuple[WaveIndex, ...] = Field(default=(), exclude_if=none_declared)
    measures: tuple[WaveMeasure, ...] = Field(default=(), exclude_if=none_declared)
    revisions: tuple[RevisionNote, ...] = ()

    def sector(self, sector_id: str) -> WaveSector:
        """The wave's entry for that sector; KeyError when it does not measure it."""
        return {sector.id: sector for sector in self.sectors}[sector_id]

    @property
    def values(self) -> dict[str, frozenset[str]]:
        """The values that may be stored of each background variable; none where pseudonyms are."""
        return {name: one.ids for name, one in self.background.items()}

    @property
    def carried(self) -> tuple[str, ...]:
        """Background variables that every file has to carry: all but region."""
        return tuple(name for name in self.background if name != REGION)

    @property
    def dimensions(self) -> dict[str, Variable]:
        """Variables that make subgroups, region first: those with values, the cluster of a design aside."""
        cluster = self.weighting.cluster if self.weighting else None
        names = sorted(self.background, key=lambda name: name != REGION)
        return {
            name: self.background[name] for name in names if self.background[name].values and name != cluster
        }


CANONICAL_COLUMNS = (
    "respondent", "sector", "brand", "region", "weight", "submitted_at", "duration_s", "disposition",
    "interviewer", "device",
)  # fmt: skip
"""Columns besides the items that an export may be mapped to."""

EVERY_ITEM = "*"
"""Under `values:` of a column map: the codings of every item."""

RESERVED = frozenset({*CANONICAL_COLUMNS, "wave", "status", "source_row", "source_sha256", "source_name"})
"""Names no item or construct may take: stored tables use them."""


class ItemColumn(Spec):
    """An item's place in a file: its column (none is found by name) and whether its scale runs the other way.

    A reversed answer x is stored as the scale's lowest + highest - x.
    """

    column: str | None = None
    reverse: bool = False


class ColumnMap(Spec):
    """How one export's columns become canonical ones.

    `dialect`: the platform that wrote it; none is recognised by its marks. A column may be named by its header,
    its key (ImportId, question code), its question number or its question's text.

    `columns`: canonical name → file column (or wjx question number), for `respondent`, `sector`, `brand`,
    `region`, `weight`, `submitted_at`, `duration_s`. `background`: the wave's
    variable → file column. `items`: item id → file column, or `{column: ..., reverse: true}` where the export
    counts the best answer lowest. `sheet`: the sheet of a workbook that holds several; `header_row`: the row of its
    column names, where titles above cannot be told from them. `values`: canonical name, item or `"*"` (every item) →
    {file code → canonical id}. `identity`: file columns that identify a person and become the keyed
    pseudonym. `ignore`: file columns that are read and dropped; `"*"` drops every unmapped column.
    """

    spec: Literal["ncsi/map/1"]
    id: Identifier
    dialect: Dialect | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    background: dict[Identifier, str] = Field(default_factory=dict)
    items: dict[Identifier, str | ItemColumn] = Field(default_factory=dict)
    sheet: Annotated[str, Field(min_length=1, max_length=31)] | None = None
    header_row: Annotated[Whole, Field(ge=1, le=1000)] | None = Field(default=None, exclude_if=none_declared)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    identity: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    missing: dict[Literal["blank", "dont_know", "refused", "not_asked"], tuple[str, ...]] = Field(
        default_factory=dict
    )

    @property
    def item_columns(self) -> dict[str, str]:
        """Item id → file column, of the items whose column is named."""
        named = {item: one if isinstance(one, str) else one.column for item, one in self.items.items()}
        return {item: column for item, column in named.items() if column is not None}

    @property
    def reversed_items(self) -> frozenset[str]:
        """Ids of the items whose scale runs the other way in the file."""
        return frozenset(item for item, one in self.items.items() if not isinstance(one, str) and one.reverse)
