"""How a panel is kept up: how long its members stay, how many are to be new, how those who left are made up for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ncsi.spec.background import ValueId
from ncsi.spec.building_blocks import Identifier, Real, Spec, WaveId, Whole, none_declared, wave_order


class RotationGroup(Spec):
    """A part of a panel that is asked from the wave in which it `enters` until the one in which it `leaves`, which does
    not ask it any more; without, it stays. `id` is a value of the background variable that tells the groups apart."""

    id: ValueId
    enters: WaveId
    leaves: WaveId | None = None

    def asked_in(self, wave: str) -> bool:
        """Whether its members are to be asked in that wave."""
        at = wave_order(wave)
        return wave_order(self.enters) <= at and (self.leaves is None or at < wave_order(self.leaves))


class Rotation(Spec):
    """Who of a panel is asked: its members in `stay` waves of the panel that they are in, one after the other, and then
    no more; or the `groups` of the background variable `by`, each in its own waves. `refreshment`: the share of a
    wave's respondents that is to be new."""

    stay: Annotated[Whole, Field(ge=2, le=40)] | None = Field(default=None, exclude_if=none_declared)
    by: Identifier | None = Field(default=None, exclude_if=none_declared)
    groups: tuple[RotationGroup, ...] = Field(default=(), exclude_if=none_declared)
    refreshment: Annotated[Real, Field(gt=0, lt=1)] | None = None

    def asked_in(self, wave: str) -> frozenset[str]:
        """Ids of the groups whose members are to be asked in that wave."""
        return frozenset(one.id for one in self.groups if one.asked_in(wave))


class Attrition(Spec):
    """Respondents who were asked again stand for those who did not answer again, within classes of the wave before: the
    fifths of their satisfaction then, crossed with what was stored of them under `by`. Classes of which fewer than
    `least` answered again are merged."""

    by: Annotated[tuple[Identifier, ...], Field(max_length=3)] = ()
    least: Annotated[Whole, Field(ge=30, le=1000)] = 30
