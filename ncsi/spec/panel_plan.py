"""How a panel is kept up: how long its members stay, how many are to be new, how those who left are made up for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ncsi.spec.building_blocks import Identifier, Real, Spec, Whole


class Rotation(Spec):
    """Members are asked in `stay` waves of the panel that they are in, one after the other, and then released;
    `refreshment`: the share of a wave's respondents that is to be new."""

    stay: Annotated[Whole, Field(ge=2, le=40)]
    refreshment: Annotated[Real, Field(gt=0, lt=1)] | None = None


class Attrition(Spec):
    """Respondents who were asked again stand for those who did not answer again, within classes of the wave before: the
    fifths of their satisfaction then, crossed with what was stored of them under `by`. Classes of which fewer than
    `least` answered again are merged."""

    by: Annotated[tuple[Identifier, ...], Field(max_length=3)] = ()
    least: Annotated[Whole, Field(ge=30, le=1000)] = 30
