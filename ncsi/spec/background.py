"""Background variables of a wave: region, city tier, age group … and the only values that are stored of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from ncsi.spec.building_blocks import Identifier, Label, Spec

REGION = "region"
"""The one variable that files need not carry, and that maps name among the canonical columns."""

OTHER, UNKNOWN = "other", "unknown"
"""What a value outside the declared list is stored as; the cell of respondents without a value."""

ValueId = Annotated[str, Field(pattern=r"^[^\W_][\w .-]{0,39}$")]
"""Letters and digits of any script, space, point, hyphen and underscore."""


class Category(Spec):
    """A value that a variable may take, and what readers call it."""

    id: ValueId
    label: Label


class Variable(Spec):
    """What readers call a variable, and its values; whatever else a file holds is stored as `other`.

    A cluster or stratum may have none: it is stored as a keyed pseudonym and no subgroup.
    """

    label: Label
    values: tuple[Category, ...] = ()

    @property
    def ids(self) -> frozenset[str]:
        """Ids of the declared values; empty where pseudonyms are stored."""
        return frozenset(one.id for one in self.values)

    def label_of(self, value: str) -> Label | None:
        """What readers call a value; None where it is not declared."""
        return next((one.label for one in self.values if one.id == value), None)


def _refuse_names(declared: object) -> object:
    """Until 0.1 variables were a list of names, and any text of a file was a value."""
    if not isinstance(declared, (list, tuple)):
        return declared
    names = ", ".join(str(one)[:40] for one in declared) or "none"
    raise PydanticCustomError(
        "names_alone",
        "lists names alone ({names}), as versions before 0.2 did: a text that no list declares is never stored",
        {
            "names": names,
            "cure": "Declare each, and region where files have one, with its values: "
            "`city_tier: {label: {zh: …, en: …}, values: [{id: tier_1, label: {zh: …, en: …}}]}`; "
            "a cluster needs its label alone",
        },
    )


Background = Annotated[dict[Identifier, Variable], BeforeValidator(_refuse_names)]
