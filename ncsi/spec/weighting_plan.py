"""How a wave's responses are weighted: frame, classes, margins, bounds, the design that the sample was drawn by."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ncsi.spec.building_blocks import Flag, Identifier, Real, Spec, Whole

MarginFile = Annotated[str, Field(pattern=r"^margins/[A-Za-z0-9][A-Za-z0-9_.-]{0,80}\.csv$")]


class MarginSource(Spec):
    """Totals of a population: `by` the columns it crosses (brand, region or background variables), in `file`.

    The file has the columns of `by`, `total`, `source`, `year`, and `sector` where sectors differ. Totals are
    counts of one population, or shares. `missing`: respondents without a value are an error, or keep the share
    that they have by base weights (`own_share`).
    """

    by: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=4)]
    file: MarginFile
    missing: Literal["error", "own_share"] = "error"


class Bounds(Spec):
    """Smallest and largest weight allowed, as multiples of the mean weight."""

    low: Annotated[Real, Field(ge=0, lt=1)]
    high: Annotated[Real, Field(gt=1)]


class Replication(Spec):
    """Replicate weights of the design: the Rao-Wu bootstrap, or the jackknife, which leaves out a cluster each."""

    method: Literal["rao_wu", "jackknife"] = "rao_wu"
    number: Annotated[Whole, Field(ge=100, le=10_000)] = 500


class Weighting(Spec):
    """The weighting of a wave. Stages that are not declared are left out.

    `frame`: units in the sampling frame by stratum, with the column `drawn`; the base weight is units per unit
    drawn, times the weight in the data. `nonresponse`: totals of those drawn by class, up to which the
    respondents of each class are weighted. `margins`: calibrated to by `method`, together with the brands' shares
    where `brand_share` and the wave has them; one margin alone is post-stratification. `bounds`: trimming.
    `strata` and `cluster`: columns of the design; without a cluster each respondent is one, without either the
    brands are strata. `replicates`: errors come from replicate weights, each calibrated anew, in place of the
    bootstrap of respondents. `lonely`: a stratum of one cluster is an error, or counts as drawn with certainty.
    """

    frame: MarginSource | None = None
    nonresponse: MarginSource | None = None
    margins: tuple[MarginSource, ...] = ()
    brand_share: Flag = True
    method: Literal["raking", "linear"] = "raking"
    bounds: Bounds | None = None
    strata: tuple[Identifier, ...] = ()
    cluster: Identifier | None = None
    replicates: Replication | None = None
    lonely: Literal["error", "certainty"] = "error"

    @property
    def sources(self) -> tuple[MarginSource, ...]:
        """Every declared file of totals."""
        return tuple(one for one in (self.frame, self.nonresponse, *self.margins) if one is not None)

    @property
    def variables(self) -> tuple[str, ...]:
        """Every column that the weighting needs."""
        named = [name for one in self.sources for name in one.by]
        return tuple(dict.fromkeys([*named, *self.strata, *((self.cluster,) if self.cluster else ())]))


PLAIN = Weighting()
"""What a wave without a weighting has: base weights, brands by their shares."""
