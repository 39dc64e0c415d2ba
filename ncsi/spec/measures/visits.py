"""Experience surveys by mystery visits (体验式调查) as a measure: what shoppers look at, and when a visit counts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ncsi.errors import SpecError
from ncsi.spec.building_blocks import Flag, Identifier, Label, Real, Spec
from ncsi.spec.measures.definition import MeasureDefinition
from ncsi.spec.problems import Where, check_known, check_labels, check_unique


class VisitItem(Spec):
    """What a shopper answers with yes, no or not applicable: its weight, and whether failing it is `critical`."""

    id: Identifier
    label: Label
    source: Identifier
    names: tuple[str, ...] = ()
    weight: Annotated[Real, Field(gt=0)] = 1.0
    critical: Flag = False


class VisitsDefinition(MeasureDefinition):
    """Visits to the stores of chains: `units` are the stores, which `named_units` keeps from being published by name.

    `chains`: what stores belong to, published by name from five stores on. `most_not_applicable` (0-1): share of items
    above which a visit does not count. `critical_cap`: the most that a visit can score which fails a critical item;
    none: no cap. `shoppers`: their names in files; none: any. `rho` (0-1): how alike visits of one store are; none: as
    the visits show.
    """

    kind: Literal["visits"]
    items: Annotated[tuple[VisitItem, ...], Field(min_length=1)]
    chains: Label = Label(zh="连锁企业", en="Chain")
    most_not_applicable: Annotated[Real, Field(ge=0, lt=1)] = 0.30
    critical_cap: Annotated[Real, Field(ge=0, le=100)] | None = None
    shoppers: tuple[str, ...] = ()
    rho: Annotated[Real, Field(ge=0, le=1)] | None = None

    def check(self, where: Where) -> None:
        """Raise SpecError: an item twice, a source that is not there, a critical item that nothing follows from."""
        rows = tuple(enumerate(self.items))
        check_unique("item", ((one.id, ("items", k, "id")) for k, one in rows), where)
        check_labels("items", ((one.label, ("items", k, "label")) for k, one in rows), where)
        for k, one in rows:
            check_known(one.source, tuple(self.sources), "source", where("items", k, "source"))
            if one.critical and self.critical_cap is None:
                raise SpecError(
                    where("items", k, "critical"), "failing it has no consequence", "Give `critical_cap`"
                )
