"""Surveys of passengers as a measure: how trains or flights were drawn, by what passengers are told apart."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ncsi.errors import SpecError
from ncsi.spec.building_blocks import Flag, Identifier, Label, Spec
from ncsi.spec.measures.answers import AnswersDefinition
from ncsi.spec.problems import Where, check_unique
from ncsi.spec.sectors import Units

Lonely = Literal["error", "average", "adjust"]


class DomainColumn(Spec):
    """A column by whose values passengers are told apart, such as route or class. `words`: what its values are called
    in English and, where files write a code, in Chinese."""

    id: Identifier
    label: Label
    names: tuple[str, ...] = ()
    words: Annotated[dict[str, Label], Field(default_factory=dict)]


class PassengersDefinition(AnswersDefinition):
    """A survey of passengers of one operator or more: `cluster`, what was drawn first (trains, flights).

    `domains` are told apart one column at a time. `lonely`: of a stratum of which one cluster was drawn: refused, or
    its variance taken as that of the others (average), or about the mean of all (adjust). `comparable`: whether the
    operators were surveyed alike, so that they may be ranked.
    """

    kind: Literal["passengers"]
    cluster: Units
    domains: tuple[DomainColumn, ...] = ()
    lonely: Lonely = "error"
    comparable: Flag = False

    def check(self, where: Where) -> None:
        """Raise SpecError; also for a domain twice, or operators without names."""
        super().check(where)
        check_unique("domain", ((one.id, ("domains", k, "id")) for k, one in enumerate(self.domains)), where)
        taken = {one.id for one in self.questions}
        for k, one in enumerate(self.domains):
            if one.id in taken:
                raise SpecError(
                    where("domains", k, "id"), f"'{one.id}' is a question too", "Rename one of them"
                )
        if not self.named_units:
            raise SpecError(
                where("named_units"), "operators are published by name", "Write `named_units: true`"
            )
