"""A wave against its workspace: what it names in other files is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ncsi.errors import SpecError
from ncsi.spec.background import REGION
from ncsi.spec.load import load_wave
from ncsi.spec.problems import check_known
from ncsi.spec.wave import ColumnMap, Wave
from ncsi.spec.yaml_documents import Document

if TYPE_CHECKING:
    from ncsi.spec.workspace import Workspace


def check_references(workspace: Workspace, wave: Wave, document: Document) -> None:
    """Raise SpecError unless sectors are in the list, their instruments load, agencies are declared, and maps name what
    exists."""
    sectors = workspace.sectors()
    known = tuple(sector.id for sector in sectors.sectors)
    for k, one in enumerate(wave.sectors):
        check_known(one.id, known, "sector", document.where("sectors", k, "id"))
    agencies = (
        tuple(one.id for one in workspace.agencies())
        if wave.deliveries or any(one.agency for one in wave.sources)
        else ()
    )
    for k, owed in enumerate(wave.deliveries):
        check_known(
            owed.agency, agencies, "agency in agencies.yaml", document.where("deliveries", k, "agency")
        )
    for k, source in enumerate(wave.sources):
        if source.agency is not None:
            check_known(
                source.agency, agencies, "agency in agencies.yaml", document.where("sources", k, "agency")
            )
    items = {
        sector: [item.id for item in asked.fielded]
        for sector, asked in workspace.instruments_of(wave).items()
    }
    for source in wave.sources:
        if source.map is not None:
            measured = [one for one in wave.sectors if source.sector in (None, one.id)]
            asked = {item for one in measured for item in items[one.id]}
            _check_map(workspace, source.map, wave, sorted(asked), known, [one.id for one in measured])


def _check_map(
    workspace: Workspace,
    map_id: str,
    wave: Wave,
    items: list[str],
    sectors: tuple[str, ...],
    measured: list[str],
) -> None:
    """What a map names exists: variables of the wave, items asked, sectors of the list, brands of a wave."""
    document, column_map = workspace.map_document(map_id)
    for name in column_map.background:
        where = document.where("background", name)
        check_known(name, wave.carried, "background variable", where)
    if REGION in column_map.columns and REGION not in wave.background:
        raise SpecError(
            document.where("columns", REGION),
            f"wave {wave.id} declares no regions",
            "Declare `background: {region: {label: …, values: […]}}` in the wave file, or name the column "
            "under `ignore:`",
        )
    _check_coded_values(workspace, document, column_map, wave)
    for name in column_map.items:
        check_known(name, items, "item", document.where("items", name))
    for code, sector_id in column_map.values.get("sector", {}).items():
        check_known(sector_id, sectors, "sector", document.where("values", "sector", code))
    coded = column_map.values.get("brand", {})
    brands = {brand.id for one in measured for brand in wave.sector(one).brands}
    if brands and not brands.issuperset(coded.values()):
        brands |= _brands_of_all_waves(workspace)
    for code, brand in coded.items():
        if brands:
            check_known(brand, sorted(brands), "brand", document.where("values", "brand", code))


def _check_coded_values(workspace: Workspace, document: Document, column_map: ColumnMap, wave: Wave) -> None:
    """Codes of background variables become declared values, of this wave or of another; or blank."""
    for name, declared in wave.values.items():
        coded = column_map.values.get(name, {})
        known = set(declared)
        if declared and not known.issuperset(value for value in coded.values() if value):
            known |= {one for other in _waves(workspace) for one in other.values.get(name, ())}
        for code, value in coded.items():
            if declared and value:
                check_known(value, sorted(known), f"value of {name}", document.where("values", name, code))


def _brands_of_all_waves(workspace: Workspace) -> set[str]:
    """Brand ids of every wave file: a map may serve waves that measure other brands."""
    return {brand.id for wave in _waves(workspace) for sector in wave.sectors for brand in sector.brands}


def _waves(workspace: Workspace) -> list[Wave]:
    """Every wave file, each checked by itworkspace."""
    return [load_wave(workspace.root / "waves" / f"{one}.yaml") for one in workspace.wave_ids()]
