"""What a wave declares of a sector, as far as it tells which column is what and what its values mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ncsi.ingest.proposed_map.coded_values import Known, known_values
from ncsi.spec import Wave
from ncsi.spec.background import REGION


@dataclass(frozen=True, slots=True)
class Declared:
    """A sector's brands, the wave's regions, its other background variables: what each is called, and its values.

    None: not known, any will do. No brands or no regions (empty): the file's are not wanted.
    """

    brands: Known | None = None
    regions: Known | None = None
    background: Mapping[str, tuple[tuple[str, ...], Known]] = field(default_factory=dict)
    of_sector: bool = False


def declared_by(wave: Wave, sector: str) -> Declared:
    """What the wave declares of that sector. KeyError where it does not measure it."""
    values = {
        name: known_values((one.id, one.label) for one in v.values) for name, v in wave.background.items()
    }
    return Declared(
        known_values((one.id, one.label) for one in wave.sector(sector).brands),
        values.get(REGION, {}),
        {
            name: ((name, wave.background[name].label.zh, wave.background[name].label.en), values[name])
            for name in wave.carried
        },
        of_sector=True,
    )
