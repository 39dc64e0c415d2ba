"""What an instrument says of its fieldwork: attention checks, contradictions, routing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar

from pydantic import Field

from ncsi.spec.base import Identifier, Label, Spec

if TYPE_CHECKING:
    import pandas as pd

    from ncsi.arrays import Array

Answers = Annotated[tuple[int, ...], Field(min_length=1)]
T = TypeVar("T", float, "Array", "pd.Series")


class Scale(Spec):
    """Closed integer answer scale; the index maps `min` to 0 and `max` to 100."""

    min: int = 1
    max: int = 10

    def on_0_100(self, answers: T) -> T:
        """Answers, or means of them, from this scale to 0-100; missing stays missing."""
        return 100.0 * (answers - self.min) / (self.max - self.min)


class Item(Spec):
    """One question: short `label` for charts, `question` as fielded, answer `scale`."""

    id: Identifier
    label: Label
    question: Label
    scale: Scale = Scale()


class AttentionCheck(Item):
    """A question with a known answer ("please choose 3"); it is no part of the model.

    Failing it excludes; among three or more of them, failing two does.
    """

    expected: Answers


class Condition(Spec):
    """The answer to `item` is one of `answers`."""

    item: Identifier
    answers: Answers


class Contradiction(Spec):
    """Answers that cannot all be meant: when every condition holds, the response is flagged."""

    id: Identifier
    label: Label
    when: Annotated[tuple[Condition, ...], Field(min_length=2)]


class Route(Spec):
    """`item` is asked only of those who gave `asked_if`; an answer of anyone else is a fault."""

    item: Identifier
    asked_if: Condition
