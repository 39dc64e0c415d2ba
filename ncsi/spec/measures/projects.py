"""Construction projects as a measure: the roles of respondents, and what a project's estimate is drawn towards."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ncsi.spec.building_blocks import Flag, Identifier, Label, Spec
from ncsi.spec.measures.answers import AnswersDefinition
from ncsi.spec.problems import Where, check_unique

Toward = Literal["all", "type", "builder"]


class Role(Spec):
    """Who answers: an owner, an occupant. `names`: further words for it in files; `required`: whether every project
    must have rows of it."""

    id: Identifier
    label: Label
    names: tuple[str, ...] = ()
    required: Flag = False


class ProjectsDefinition(AnswersDefinition):
    """Construction projects: owners and occupants answer, the project is the unit.

    `toward`: whose mean the estimate of a project is drawn towards: of projects of its type, of its builder's, of all.
    """

    kind: Literal["projects"]
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    toward: Toward = "type"

    def check(self, where: Where) -> None:
        """Raise SpecError; also for a role twice."""
        super().check(where)
        check_unique("role", ((one.id, ("roles", k, "id")) for k, one in enumerate(self.roles)), where)
