"""What the definitions of all kinds of measures have in common, and how a file of records names things."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from ncsi.spec.building_blocks import Flag, Identifier, Label, Spec
from ncsi.spec.index_definition import Origin
from ncsi.spec.problems import Where
from ncsi.spec.sectors import Units


class MeasureDefinition(Spec):
    """A measure of quality, `ncsi/measure/1`, in a file named by its id: the keys that every kind has.

    `units` are what is told apart (firms, products, stores, projects); `named_units`: whether they may be published by
    name. `sources` say where each part comes from, and which of them are ours (`illustrative`).
    """

    spec: Literal["ncsi/measure/1"]
    id: Identifier
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    kind: str
    label: Label
    about: Label
    units: Units
    named_units: Flag
    sources: Mapping[Identifier, Origin] = {}

    @property
    def illustrative(self) -> bool:
        """Whether any of it is ours and was published by nobody."""
        return any(one.illustrative for one in self.sources.values())

    @property
    def lists(self) -> tuple[str, ...]:
        """Ids of the lists of units that it refers to."""
        return ()

    def check(self, where: Where) -> None:
        """Raise SpecError, saying by `where` which key, unless the definition holds together."""


class RecordMap(Spec):
    """How a file of records names things: `ncsi/record_map/1`.

    `columns`: field → its head in the file. `values`: field → word of the file → ours. `ignore`: heads of columns that
    are dropped.
    """

    spec: Literal["ncsi/record_map/1"]
    id: Identifier
    measure: Identifier
    sheet: Annotated[str, Field(min_length=1, max_length=31)] | None = None
    columns: Mapping[Identifier, str] = {}
    values: Mapping[Identifier, Mapping[str, str]] = {}
    ignore: tuple[str, ...] = ()
