"""Whether a brand id stands for one brand in two waves, by what readers call it in either."""

from __future__ import annotations

from ncsi.spec.building_blocks import LANGUAGES, Label
from ncsi.spec.problems import reads_as
from ncsi.spec.wave import Brand, Wave


def called_otherwise(now: Wave, before: Wave) -> dict[tuple[str, str], tuple[Label, Label]]:
    """Labels now and then, by sector and id, of brands that are called otherwise in both languages than in the wave
    before, where `formerly` does not say so: an id that was given to another brand, or a change of name that nobody
    declared. A label that was corrected in one language is still known by the other."""
    then = {(sector.id, one.id): one.label for sector in before.sectors for one in sector.brands}
    return {
        (sector.id, one.id): (one.label, then[sector.id, one.id])
        for sector in now.sectors
        for one in sector.brands
        if (sector.id, one.id) in then and not _is_called(one, then[sector.id, one.id])
    }


def is_called(one: Label, other: Label) -> bool:
    """Whether a reader takes them for one name in either language."""
    return any(reads_as(one.text(language)) == reads_as(other.text(language)) for language in LANGUAGES)


def _is_called(brand: Brand, label: Label) -> bool:
    return any(is_called(one, label) for one in (brand.label, brand.formerly) if one is not None)
