"""An instrument: a questionnaire plus a path model."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from ncsi.spec.base import Identifier, Label, Spec
from ncsi.spec.fieldwork import AttentionCheck, Contradiction, Item, Route
from ncsi.spec.measures import Measure, SubIndex


class Missing(StrEnum):
    """The four kinds of missing answer, kept apart through every table."""

    BLANK = "blank"
    DONT_KNOW = "dont_know"
    REFUSED = "refused"
    NOT_ASKED = "not_asked"


class MissingCodes(Spec):
    """File codes that stand for a kind of missing; an empty cell is always `blank`."""

    blank: tuple[str, ...] = ()
    dont_know: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    not_asked: tuple[str, ...] = ()


class Component(Spec):
    """A part of a higher-order construct: some of its items, in their order."""

    id: Identifier
    label: Label
    items: Annotated[tuple[Identifier, ...], Field(min_length=1)]


class Construct(Spec):
    """A latent variable measured by `items`; Mode A (reflective) or B (formative).

    With `components` it is of higher order: they share out its items, each component is measured by its own (Mode A),
    and `mode` says how the components make the construct.
    """

    id: Identifier
    label: Label
    mode: Literal["A", "B"] = "A"
    items: Annotated[tuple[Item, ...], Field(min_length=1)]
    components: tuple[Component, ...] = ()


class Path(Spec):
    """A directed effect between two constructs."""

    source: Identifier = Field(alias="from")
    target: Identifier = Field(alias="to")


class Instrument(Spec):
    """A questionnaire and its path model. `target` is the construct whose index is published.

    `satisfaction` in METHOD's sense is the target construct; its items are never imputed for the index.
    `higher_order` says how constructs with components are estimated: in two stages, components first, or in one, the
    construct repeating their items. `required` items must be answered, `routing` says who is asked what, `attention`
    checks and `contradictions` serve response quality. `beside` are questions asked but not in the model
    (recommendation on 0-10, how a complaint was handled); `subindices` and `measures` are published with the index.
    """

    spec: Literal["ncsi/instrument/1"]
    id: Identifier
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    label: Label
    respondent: Label
    modelled_on: str
    missing: MissingCodes = MissingCodes()
    constructs: Annotated[tuple[Construct, ...], Field(min_length=2)]
    paths: Annotated[tuple[Path, ...], Field(min_length=1)]
    target: Identifier = "Satisfaction"
    higher_order: Literal["two_stage", "repeated"] = "two_stage"
    attention: tuple[AttentionCheck, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    routing: tuple[Route, ...] = ()
    required: tuple[Identifier, ...] = ()
    beside: tuple[Item, ...] = ()
    subindices: tuple[SubIndex, ...] = ()
    measures: tuple[Measure, ...] = ()

    @property
    def items(self) -> tuple[Item, ...]:
        """All items, in construct order."""
        return tuple(item for construct in self.constructs for item in construct.items)

    @property
    def item_ids(self) -> tuple[str, ...]:
        """Item ids in construct order: the column order of every item matrix."""
        return tuple(item.id for item in self.items)

    @property
    def fielded(self) -> tuple[Item, ...]:
        """All questions that an export holds: the items, those beside the model, the attention checks."""
        return (*self.items, *self.beside, *self.attention)

    @property
    def construct_ids(self) -> tuple[str, ...]:
        """Construct ids in declared order."""
        return tuple(construct.id for construct in self.constructs)

    def construct(self, construct_id: str) -> Construct:  # type: ignore[override]  # hides a deprecated one
        """The construct of that id; KeyError when there is none."""
        return {construct.id: construct for construct in self.constructs}[construct_id]

    def construct_of(self, item_id: str) -> Construct:
        """The construct that holds the item; KeyError when none does."""
        return {item.id: construct for construct in self.constructs for item in construct.items}[item_id]
