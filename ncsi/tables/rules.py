"""Disclosure rules: what of a table may leave the house. Declared with each table, applied by `ncsi.disclosure`.

Thresholds are those of `ncsi.spec.RULE` (docs/method.md §13, §15), by name: `brand` or `subgroup`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Threshold = Literal["brand", "subgroup"]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a table's rules share: the columns of the table that a rule reads or blanks."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the table must have."""
        return ()


@dataclass(frozen=True, slots=True)
class Never(Rule):
    """Respondents, or anything close to them: never in a release."""


@dataclass(frozen=True, slots=True)
class Public(Rule):
    """Published as it is; `why` says what keeps its figures from being those of a few respondents."""

    why: str


@dataclass(frozen=True, slots=True)
class Brands(Rule):
    """Rows of brands: only those whose index is shown; empty text in `names` stands for the sector as a whole.

    `by_construct`: only those whose figure of the row's construct is shown. `level`: the column that says of a row
    whether it is one of brands; the others stay.
    """

    names: tuple[str, ...] = ("brand",)
    by_construct: bool = False
    level: str = ""

    @property
    def columns(self) -> tuple[str, ...]:  # noqa: D102
        construct = ("construct",) if self.by_construct else ()
        return ("sector", *self.names, *construct, *((self.level,) if self.level else ()))


@dataclass(frozen=True, slots=True)
class BrandIndex(Rule):
    """The index by brand itself: `status` says which brands are shown, `figures` of the others are blank."""

    figures: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:  # noqa: D102
        return ("sector", "brand", "construct", "n_eff", "status", *self.figures)


@dataclass(frozen=True, slots=True)
class BrandRanks(Rule):
    """Ranks of brands: counted again among those shown."""

    @property
    def columns(self) -> tuple[str, ...]:  # noqa: D102
        return ("sector", "brand", "rank", "rank_low", "rank_high", "rank_low_marginal", "rank_high_marginal")


@dataclass(frozen=True, slots=True)
class Cells(Rule):
    """Cells of respondents: `figures` are blank where `count` is under the threshold or one respondent dominates the
    cell by its `largest_share`, and where a total of its `block` (columns that name it; none: cells add up to
    nothing) would give such a cell away.

    `whole`: a column that is empty text in the row of the total itself, which stays.
    """

    count: str
    least: Threshold
    figures: tuple[str, ...]
    block: tuple[str, ...] = ()
    whole: str = ""
    largest_share: str = "largest_share"

    @property
    def columns(self) -> tuple[str, ...]:  # noqa: D102
        return (
            self.count,
            self.largest_share,
            *self.figures,
            *self.block,
            *((self.whole,) if self.whole else ()),
        )


@dataclass(frozen=True, slots=True)
class Verdicts(Rule):
    """Holm and verdicts of differences, recounted `within` these columns among the rows that have a p.

    `neither`, `untested`: the verdict of a difference that is not significant, and of one without a p.
    """

    within: tuple[str, ...]
    neither: str
    untested: str

    @property
    def columns(self) -> tuple[str, ...]:  # noqa: D102
        return (*self.within, "difference", "p", "p_holm", "verdict")


@dataclass(frozen=True, slots=True)
class ChangeVerdicts(Rule):
    """Holm and verdicts of changes against another wave, recounted `within` these columns among the rows that are
    tested: a trend break is not."""

    within: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:  # noqa: D102
        return (*self.within, "change", "p", "p_holm", "verdict")


@dataclass(frozen=True, slots=True)
class LeftOut(Rule):
    """A `figure` that differs from another by some respondents, counted in `left_out`: blank where they are fewer
    than a subgroup's threshold, or where fewer are left in `left`."""

    figure: str
    left_out: str
    left: str = ""

    @property
    def columns(self) -> tuple[str, ...]:  # noqa: D102
        return (self.figure, self.left_out, *((self.left,) if self.left else ()))


@dataclass(frozen=True, slots=True)
class NamedUnits(Rule):
    """Units of a composite index or of a measure, named by the column `of`: only of one that publishes its units by
    name, else what is of all of them.

    `cell`, of a measure: columns that name the cell of a row of all units; one of too few, or that one dominates, stops
    publication. `figures`: of several that count different units in it.
    """

    of: str = "tree"
    cell: tuple[str, ...] = ()
    figures: tuple[str, ...] = ("",)

    @property
    def columns(self) -> tuple[str, ...]:  # noqa: D102
        return (self.of, "unit", *self.cell)


@dataclass(frozen=True, slots=True)
class UnitGroups(Rule):
    """Groups of units that are not named: none of fewer units than may be shown, whose label tells of them;
    `figures` blank where one unit dominates a group, where the rest of its `block` would give another away, where
    groups of several dimensions together would, and of all parts of a group of which one is blank."""

    figures: tuple[str, ...]
    block: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:  # noqa: D102
        return (
            "tree", "year", "dimension", "group", "node", "units", "largest_share", *self.figures, *self.block,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class FewUnits(Rule):
    """Figures of groups of units of a measure (chains of stores), unless it publishes its units by name: blank of fewer
    units, in `count`, than may be shown together, and where one dominates.

    `cell`: columns that name the group, `figure`: where it counts other units than other figures of the group. `block`:
    columns of what is blank as a whole where one of its rows is. `whole`: a column that is empty text in the row of all
    groups together, which is blank where one of them is that has units enough.
    """

    count: str
    figures: tuple[str, ...]
    cell: tuple[str, ...]
    figure: str = ""
    block: tuple[str, ...] = ()
    whole: str = ""

    @property
    def columns(self) -> tuple[str, ...]:  # noqa: D102
        whole = (self.whole,) if self.whole else ()
        return ("measure", self.count, *self.figures, *self.cell, *self.block, *whole)


@dataclass(frozen=True, slots=True)
class UnitCounts(Rule):
    """How many units of a measure there are by `part`, where it does not name them: none of the `counts` of 1 to 4, or
    of parts that one unit dominates, nor what their total would give away; of the counts `among` those of the first
    none that is, or leaves, so few. The cell of a count is part and count."""

    part: str
    counts: tuple[str, ...]
    among: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:  # noqa: D102
        return ("measure", self.part, *self.counts, *self.among)


@dataclass(frozen=True, slots=True)
class SmallDomains(Rule):
    """Figures of respondents by question, or by domain where `domains`: those of a row whose `status` is not
    `published` are blank, nor is that of any row which its counts or its total do not let be shown."""

    figures: tuple[str, ...]
    domains: bool = False

    @property
    def columns(self) -> tuple[str, ...]:  # noqa: D102
        beside = ("dimension", "domain", "share") if self.domains else ("part",)
        return (
            "measure",
            "unit",
            "level",
            "question",
            "n",
            "n_eff",
            "largest_share",
            "status",
            *beside,
            *self.figures,
        )


@dataclass(frozen=True, slots=True)
class NamedParts(Rule):
    """Rows of which a column `names` a unit, of a measure that publishes its units by name; of others only rows where
    it is empty text."""

    names: str

    @property
    def columns(self) -> tuple[str, ...]:  # noqa: D102
        return ("measure", self.names)


@dataclass(frozen=True, slots=True)
class NamedWhere(Rule):
    """A `name` that is empty text wherever `flag` does not say that it may be published."""

    name: str
    flag: str

    @property
    def columns(self) -> tuple[str, ...]:  # noqa: D102
        return (self.name, self.flag)


@dataclass(frozen=True, slots=True)
class Ratings(Rule):
    """How ratings of units agree, by `statistic`, of which `counted` has the number of units: where they are not named,
    none of fewer units than may be shown."""

    counted: str

    @property
    def columns(self) -> tuple[str, ...]:  # noqa: D102
        return ("tree", "year", "statistic", "n")


@dataclass(frozen=True, slots=True)
class WholeOfUnits(Rule):
    """Of an index over all its units: where they are not named, nothing of fewer than may be shown, in all or by the
    row's count of units, `counted`."""

    counted: str = ""

    @property
    def columns(self) -> tuple[str, ...]:  # noqa: D102
        return ("tree", *((self.counted,) if self.counted else ()))


@dataclass(frozen=True, slots=True)
class SmallProjects(Rule):
    """Projects and roles within them: `figures` are blank where few answered or one respondent carries much of them,
    and where a builder's mean, or a project's, would give such a one away."""

    figures: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:  # noqa: D102
        return (
            "measure", "part", "builder", "unit", "role", "n", "weight", "largest_share", "status", *self.figures,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SmallBuilders(Rule):
    """Builders over their projects: `figures` are blank where few answered or one respondent carries much of them."""

    figures: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:  # noqa: D102
        return ("n", "largest_share", "status", *self.figures)


@dataclass(frozen=True, slots=True)
class DominantBuyers(Rule):
    """Suppliers by their buyers: `weighted` figures are blank where few buyers answered or the largest carry more of
    the volume than their limits, `plain` ones too unless `plain_allowed` where buyers are enough; `kept` never leave.
    """

    weighted: tuple[str, ...]
    plain: tuple[str, ...]
    kept: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:  # noqa: D102
        return (
            "n", "least_buyers", "largest_share", "largest_limit", "top_share", "top_limit", "plain_allowed", "status",
            *self.weighted, *self.plain, *self.kept,
        )  # fmt: skip


NEVER = Never()
AMONG_CELLS = Verdicts(("sector", "construct"), "no_significant_difference", "too_few")
WITHIN_LEVEL = ChangeVerdicts(("level", "construct"))
WITHIN_BRAND = Verdicts(("sector", "brand"), "level", "level")
OF_SECTORS = Public("of a whole sector, and a sector below the threshold of a brand stops publication")
OF_THE_NATION = Public("of the nation or of groups of sectors, each above the threshold of a brand")
OF_FIELDWORK = Public("counts of rows or of weights, no answers")
