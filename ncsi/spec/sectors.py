"""The sector list: groups, sectors, and the shares that aggregate them to a nation."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ncsi.spec.building_blocks import Flag, Identifier, Label, Real, Spec, Year, none_declared


class Units(Spec):
    """What is measured within a sector, as readers call it: brands, institutions, projects, suppliers, cities.

    `zh` is one word for one and several; `one` and `many` are English, `many` with an s unless it says otherwise.
    """

    zh: Annotated[str, Field(min_length=1, max_length=20)]
    one: Annotated[str, Field(min_length=1, max_length=30)]
    many: Annotated[str, Field(min_length=1, max_length=30)] | None = None

    @property
    def plural(self) -> str:
        """Several, in English."""
        return self.many or f"{self.one}s"


BRANDS = Units(zh="品牌", one="brand")


class Group(Spec):
    """A family of sectors, as the policy names them; `units`: what is measured in those that do not say."""

    id: Identifier
    label: Label
    units: Units | None = None


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
    """A sector: its group, the instrument that measures it, its share in the nation, what is measured within it.

    `formerly` are names that it had in earlier waves: else an id whose name reads otherwise in both languages counts as
    given to another sector.
    """

    id: Identifier
    label: Label
    group: Identifier
    instrument: Identifier
    share: Share
    units: Units | None = None
    formerly: tuple[Label, ...] = Field(default=(), exclude_if=none_declared)


class SectorList(Spec):
    """Groups and sectors; the shares of all sectors sum to 1.

    `scope` is what they make up together, as an adjective: 全国 national, 机场 airport. A wave may name its own.
    """

    spec: Literal["ncsi/sectors/1"]
    version: str
    scope: Label | None = None
    groups: Annotated[tuple[Group, ...], Field(min_length=1)]
    sectors: Annotated[tuple[Sector, ...], Field(min_length=1)]

    def sector(self, sector_id: str) -> Sector:
        """The sector of that id; KeyError when there is none."""
        return {sector.id: sector for sector in self.sectors}[sector_id]

    def group(self, group_id: str) -> Group:
        """The group of that id; KeyError when there is none."""
        return {group.id: group for group in self.groups}[group_id]

    def units_of(self, sector_id: str) -> Units:
        """What is measured within a sector: its own word, else that of its group, else brands."""
        sector = self.sector(sector_id)
        return sector.units or self.group(sector.group).units or BRANDS
