"""Measures that are answers of respondents: questions on one scale, in parts whose scores are their means."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ncsi.errors import SpecError
from ncsi.spec.building_blocks import Identifier, Label, Real, Spec, Whole
from ncsi.spec.measures.definition import MeasureDefinition
from ncsi.spec.problems import Where, check_known, check_unique


class Question(Spec):
    """A question that respondents answer by a whole number; `names`: what files call it besides id and label."""

    id: Identifier
    label: Label
    names: tuple[str, ...] = ()


class Part(Spec):
    """A construct: its score is the mean of its questions."""

    id: Identifier
    label: Label
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]


class Scale(Spec):
    """The lowest and the highest answer; they are 0 and 100 of every score."""

    lowest: Whole
    highest: Whole


class AnswersDefinition(MeasureDefinition):
    """What measures of answers share.

    `main`: the part that is told first. `missing`: what stands for no answer (do not know, refused, not asked).
    `least_answered`: share of a part's questions that a respondent must answer to have a score of it.
    """

    scale: Scale
    missing: tuple[str, ...] = ()
    parts: Annotated[tuple[Part, ...], Field(min_length=1)]
    main: Identifier
    least_answered: Annotated[Real, Field(gt=0, le=1)] = 0.5

    @property
    def questions(self) -> tuple[Question, ...]:
        """Of all parts, in their order."""
        return tuple(one for part in self.parts for one in part.questions)

    def check(self, where: Where) -> None:
        """Raise SpecError: a part or question twice, a scale without length, a main part that is not there."""
        super().check(where)
        check_unique("part", ((one.id, ("parts", k, "id")) for k, one in enumerate(self.parts)), where)
        told = [
            (one.id, ("parts", k, "questions", i, "id"))
            for k, part in enumerate(self.parts)
            for i, one in enumerate(part.questions)
        ]
        check_unique("question", told, where)
        check_known(self.main, tuple(one.id for one in self.parts), "part", where("main"))
        low, high = self.scale.lowest, self.scale.highest
        if high <= low:
            problem = f"the scale ends at {high}, and begins at {low}"
            raise SpecError(where("scale", "highest"), problem, "Give the lowest answer first")
