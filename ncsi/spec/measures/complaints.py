"""Complaints (申诉) as a measure: what they are counted against, the target of their handling, breaks, the season."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ncsi.spec.building_blocks import Flag, Identifier, Label, Month, Real, Spec, Whole
from ncsi.spec.measures.definition import MeasureDefinition
from ncsi.spec.problems import Where, check_known, check_unique

Applies = Literal["rate", "handling", "all"]


class Series(Spec):
    """One satisfaction with handling: of whose handling. `names`: what files call its counts, before 满意 and 有效."""

    id: Identifier
    label: Label
    names: tuple[str, ...] = ()


class Break(Spec):
    """From this month on another definition or route of complaint holds: nothing is compared over it, and charts begin
    anew. `applies`: to the rate, to handling, or to all."""

    month: Month
    applies: Applies = "all"
    reason: Label


class Season(Spec):
    """Months of the year (1-12) that are compared with the same month of the year before only."""

    label: Label
    months: Annotated[tuple[Annotated[Whole, Field(ge=1, le=12)], ...], Field(min_length=1, max_length=11)]


class ComplaintsDefinition(MeasureDefinition):
    """Complaints by firm and month, a million `items` handled, and satisfaction with how they were handled.

    `common_route`: whether all firms' complaints come by the same route, without which their rates are not compared.
    `whole`: the words of a row of all firms together, where the file has one. `line` (0-1): the target of handling;
    `default`: the series that it is meant of. `base_months`: months that the charts' limits are frozen from.
    """

    kind: Literal["complaints"]
    items: Label
    whole: tuple[str, ...] = ()
    common_route: Flag
    series: Annotated[tuple[Series, ...], Field(min_length=1)]
    default: Identifier
    line: Annotated[Real, Field(gt=0, lt=1)]
    line_source: Identifier
    base_months: Annotated[Whole, Field(ge=12, le=60)] = 12
    season: Season | None = None
    breaks: tuple[Break, ...] = ()

    def check(self, where: Where) -> None:
        """Raise SpecError: a series twice, a default or source that is not there, breaks out of order."""
        ids = tuple(one.id for one in self.series)
        check_unique("series", ((one, ("series", k, "id")) for k, one in enumerate(ids)), where)
        check_known(self.default, ids, "series", where("default"))
        check_known(self.line_source, tuple(self.sources), "source", where("line_source"))
        check_unique(
            "month", ((one.month, ("breaks", k, "month")) for k, one in enumerate(self.breaks)), where
        )

    def breaks_of(self, what: Literal["rate", "handling"]) -> tuple[Break, ...]:
        """Those that concern the rate, or handling, earliest first."""
        own = [one for one in self.breaks if one.applies in (what, "all")]
        return tuple(sorted(own, key=lambda one: one.month))
