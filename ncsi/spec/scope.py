"""What a wave is about, in words: what its sectors make up together, what is measured within them."""

from __future__ import annotations

from ncsi.spec.building_blocks import Label
from ncsi.spec.sectors import SectorList, Units
from ncsi.spec.wave import Wave

ONE_SECTOR = Label(zh="行业", en="sector")
SEVERAL = Label(zh="总体", en="overall")
MIXED = Units(zh="测评对象", one="unit")


def scope_of(wave: Wave, sectors: SectorList) -> Label:
    """The adjective of the wave's index: national only where wave or sector list says so."""
    return wave.scope or sectors.scope or (ONE_SECTOR if len(wave.sectors) == 1 else SEVERAL)


def units_of(wave: Wave, sectors: SectorList, sector_id: str) -> Units:
    """What is measured within a sector: as the wave says, else the sector list."""
    return wave.sector(sector_id).units or sectors.units_of(sector_id)


def units_of_wave(wave: Wave, sectors: SectorList) -> Units:
    """What is measured within all sectors that have brands: their common word, else units."""
    words = {units_of(wave, sectors, one.id) for one in wave.sectors if one.brands}
    return words.pop() if len(words) == 1 else MIXED
