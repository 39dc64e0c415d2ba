"""How a wave's responses are weighted: classes, margins, bounds, the design that the sample was drawn by."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ncsi.spec.base import Identifier, Spec

MarginFile = Annotated[str, Field(pattern=r"^margins/[A-Za-z0-9][A-Za-z0-9_.-]{0,80}\.csv$")]


class MarginSource(Spec):
    """A margin: `by` the columns it crosses (brand, region or background variables), `file` its totals.

    The file has the columns of `by`, `total`, `source`, `year`, and `sector` where sectors differ. Totals are
    counts of one population, or shares that sum to 1.
    """

    by: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=4)]
    file: MarginFile


class Bounds(Spec):
    """Smallest and largest weight allowed, as multiples of the mean weight."""

    low: Annotated[float, Field(ge=0, lt=1)]
    high: Annotated[float, Field(gt=1)]


class Weighting(Spec):
    """The weighting of a wave. Stages that are not declared are left out.

    `nonresponse`: totals of those drawn by class, up to which the respondents of each class are weighted.
    `margins`: raked to, together with the brands' shares where `brand_share` and the wave has them. `bounds`:
    trimming. `strata` and `cluster`: columns of the design; without a cluster each respondent is one, without
    either the brands are strata. `replicates`: number of Rao-Wu bootstrap weights.
    """

    nonresponse: MarginSource | None = None
    margins: tuple[MarginSource, ...] = ()
    brand_share: bool = True
    bounds: Bounds | None = None
    strata: tuple[Identifier, ...] = ()
    cluster: Identifier | None = None
    replicates: Annotated[int, Field(ge=100, le=10_000)] = 200

    @property
    def variables(self) -> tuple[str, ...]:
        """Every column that the weighting needs."""
        sources = (*self.margins, *((self.nonresponse,) if self.nonresponse else ()))
        named = [name for one in sources for name in one.by]
        return tuple(dict.fromkeys([*named, *self.strata, *((self.cluster,) if self.cluster else ())]))
