"""Satisfaction bands: words for stretches of the 0-100 index. Publishers disagree, so they are data."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ncsi.errors import SpecError
from ncsi.spec.building_blocks import Identifier, Label, Real, Spec
from ncsi.spec.problems import Where, check_labels, check_unique


class Band(Spec):
    """One band: from `low` (included) up to the next band's `low`."""

    id: Identifier
    label: Label
    low: Annotated[Real, Field(ge=0, lt=100)]


class Bands(Spec):
    """Bands from lowest to highest; the first starts at 0, the last ends at 100."""

    spec: Literal["ncsi/bands/1"]
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    source: Annotated[str, Field(min_length=1)]
    bands: Annotated[tuple[Band, ...], Field(min_length=1)]

    def of(self, index_0_100: float) -> Band:
        """The band that holds an index of 0-100; ValueError outside that range, NaN included."""
        if not 0 <= index_0_100 <= 100:
            raise ValueError(f"an index must lie between 0 and 100, not at {index_0_100}")
        return next(band for band in reversed(self.bands) if band.low <= index_0_100)


def check_bands(bands: Bands, where: Where) -> None:
    """Raise SpecError unless ids are unique and the bands rise from 0."""
    check_unique("band", ((one.id, ("bands", k, "id")) for k, one in enumerate(bands.bands)), where)
    check_labels("bands", ((one.label, ("bands", k, "label")) for k, one in enumerate(bands.bands)), where)
    if bands.bands[0].low != 0:
        problem = f"the lowest band starts at {bands.bands[0].low:g}"
        raise SpecError(where("bands", 0, "low"), problem, "Start it at 0, so that every index has a band")
    for k in range(1, len(bands.bands)):
        if bands.bands[k].low <= bands.bands[k - 1].low:
            problem = f"the band '{bands.bands[k].id}' does not start above '{bands.bands[k - 1].id}'"
            raise SpecError(where("bands", k, "low"), problem, "List the bands from lowest to highest")
