"""The sector list: groups, sectors, and the shares that aggregate them to a nation."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ncsi.spec.building_blocks import Flag, Identifier, Label, Real, Spec, Year


class Group(Spec):
    """A family of sectors, as the policy names them."""

    id: Identifier
    label: Label


class Share(Spec):
    """An aggregation share in the nation, with where and when it comes from.

    `se` is its standard error, where the source gives one.
    """

    value: Annotated[Real, Field(gt=0, le=1)]
    se: Annotated[Real, Field(ge=0, lt=1)] | None = None
    source: Annotated[str, Field(min_length=1)]
    year: Year
    illustrative: Flag = False


class Sector(Spec):
    """A sector: its group, the instrument that measures it, its share in the nation."""

    id: Identifier
    label: Label
    group: Identifier
    instrument: Identifier
    share: Share


class SectorList(Spec):
    """Groups and sectors; the shares of all sectors sum to 1."""

    spec: Literal["ncsi/sectors/1"]
    version: str
    groups: Annotated[tuple[Group, ...], Field(min_length=1)]
    sectors: Annotated[tuple[Sector, ...], Field(min_length=1)]

    def sector(self, sector_id: str) -> Sector:
        """The sector of that id; KeyError when there is none."""
        return {sector.id: sector for sector in self.sectors}[sector_id]

    def group(self, group_id: str) -> Group:
        """The group of that id; KeyError when there is none."""
        return {group.id: group for group in self.groups}[group_id]
