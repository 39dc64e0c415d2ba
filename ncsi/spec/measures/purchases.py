"""Raw materials as a measure: business buyers answer for what they bought; which buyers may not dominate a figure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ncsi.errors import SpecError
from ncsi.spec.building_blocks import Label, Real, Spec, Whole
from ncsi.spec.measures.answers import AnswersDefinition
from ncsi.spec.problems import Where

Unweighted = Literal["never", "where_dominated"]
FEWEST_BUYERS = 5


class Dominance(Spec):
    """An (n, k) rule: a figure is withheld where the largest buyer carries more than `largest` of the volume, or the
    `count` largest more than `top`, or fewer than `buyers` answer. Shares 0-1."""

    buyers: Annotated[Whole, Field(ge=FEWEST_BUYERS, le=50)] = FEWEST_BUYERS
    largest: Annotated[Real, Field(gt=0, le=0.6)] = 0.5
    count: Annotated[Whole, Field(ge=2, le=5)] = 2
    top: Annotated[Real, Field(gt=0, le=0.95)] = 0.8


class PurchasesDefinition(AnswersDefinition):
    """Raw materials: buyers of a supplier answer, each with the weight of what it bought.

    `volume`: what purchases are measured in. `unweighted`: whether the plain mean of buyers is published where
    dominance withholds the weighted one.
    """

    kind: Literal["purchases"]
    volume: Label
    dominance: Dominance = Dominance()
    unweighted: Unweighted = "never"

    def check(self, where: Where) -> None:
        """Raise SpecError; also for a rule by which several buyers may carry less than one of them."""
        super().check(where)
        if self.dominance.top < self.dominance.largest:
            raise SpecError(
                where("dominance", "top"), f"{self.dominance.top:g} of several buyers is below the "
                f"{self.dominance.largest:g} that one of them may carry", "Give a larger share",
            )  # fmt: skip
