"""An instrument: a questionnaire, its path model, the rules of its fieldwork, what it publishes besides."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import Field

from ncsi.spec.building_blocks import Flag, Identifier, Label, Spec, Whole, none_declared

if TYPE_CHECKING:
    import pandas as pd

    from ncsi.arrays import Array

Answers = Annotated[tuple[Whole, ...], Field(min_length=1)]
T = TypeVar("T", float, "Array", "pd.Series")


class Scale(Spec):
    """Closed integer answer scale; the index maps `min` to 0 and `max` to 100."""

    min: Whole = 1
    max: Whole = 10

    def on_0_100(self, answers: T) -> T:
        """Answers, or means of them, from this scale to 0-100; missing stays missing."""
        return 100.0 * (answers - self.min) / (self.max - self.min)


class Item(Spec):
    """One question: short `label` for charts, `question` as fielded, answer `scale`.

    `actionable`: whether what it asks about can be changed by a decision of those measured; its construct's by default.
    """

    id: Identifier
    label: Label
    question: Label
    scale: Scale = Scale()
    actionable: Flag | None = None


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


MeasureName = Literal["nps", "top_two_box", "complaint_rate", "complaints_handled", "mean"]


class SubIndex(Spec):
    """An index of some `items` of one construct, by their outer weights in it, re-normalised to sum 1."""

    id: Identifier
    label: Label
    items: Annotated[tuple[Identifier, ...], Field(min_length=1)]


class Measure(Spec):
    """A share of answers to `item`, its net promoter score, or its mean on 0-100.

    `answers` count: by default the two highest of the scale for `top_two_box`, the highest for `complaint_rate`;
    `complaints_handled` must name them. `nps` is of a 0-10 item: promoters 9 and 10, detractors 0 to 6.
    """

    measure: MeasureName
    item: Identifier
    answers: Answers | None = None


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
    `actionable: false` keeps it out of advice: expectation and image are results of what was done before, and no lever
    of the next quarter. Where an instrument does not say, a construct counts as a lever, and reports say that it was
    not declared.
    """

    id: Identifier
    label: Label
    mode: Literal["A", "B"] = "A"
    items: Annotated[tuple[Item, ...], Field(min_length=1)]
    components: tuple[Component, ...] = ()
    actionable: Flag | None = None


class Path(Spec):
    """A directed effect between two constructs."""

    source: Identifier = Field(alias="from")
    target: Identifier = Field(alias="to")


class Interaction(Spec):
    """Whether the effect of `predictor` on `outcome` depends on `moderator`; the same construct twice asks for its
    square. `ncsi.moderation` estimates it in two stages: the path model and its indices stay as they are."""

    moderator: Identifier
    predictor: Identifier
    outcome: Identifier


class Instrument(Spec):
    """A questionnaire and its path model. `target` is the construct whose index is published.

    Its items are never imputed for the index (docs/method.md §2).
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
    interactions: tuple[Interaction, ...] = Field(default=(), exclude_if=none_declared)
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

    @property
    def actionable_constructs(self) -> frozenset[str]:
        """Ids of the constructs that advice may name."""
        return frozenset(one.id for one in self.constructs if one.actionable is not False)

    @property
    def actionable_items(self) -> frozenset[str]:
        """Ids of the items that advice may name: as the item says, else as its construct does."""
        return frozenset(
            item.id
            for one in self.constructs
            for item in one.items
            if (one.actionable if item.actionable is None else item.actionable) is not False
        )

    @property
    def declares_actionable(self) -> bool:
        """Whether the instrument says of any construct or item if it is a lever."""
        said = [one.actionable for one in self.constructs] + [one.actionable for one in self.items]
        return any(one is not None for one in said)
