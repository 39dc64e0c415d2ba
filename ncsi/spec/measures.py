"""What an instrument publishes beside its constructs: sub-indices, NPS, shares of answers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ncsi.spec.base import Identifier, Label, Spec
from ncsi.spec.fieldwork import Answers

MeasureName = Literal["nps", "top_two_box", "complaint_rate", "complaints_handled"]


class SubIndex(Spec):
    """An index of some `items` of one construct, by their outer weights in it, re-normalised to sum 1."""

    id: Identifier
    label: Label
    items: Annotated[tuple[Identifier, ...], Field(min_length=1)]


class Measure(Spec):
    """A share of answers to `item`, or its net promoter score.

    `answers` count: by default the two highest of the scale for `top_two_box`, the highest for `complaint_rate`;
    `complaints_handled` must name them. `nps` is of a 0-10 item: promoters 9 and 10, detractors 0 to 6.
    """

    measure: MeasureName
    item: Identifier
    answers: Answers | None = None
