"""The wave before of a panel's wave, from the store, for its respondents to be matched."""

from __future__ import annotations

from ncsi.results.panel import EarlierWave
from ncsi.spec.plan import WavePlan, load_plan
from ncsi.store import Store
from ncsi.tables import OUT_INDEX_BY_BRAND, OUT_INDEX_BY_SECTOR, OUT_SAMPLE_BY_SECTOR


def earlier_wave(store: Store, plan: WavePlan, sector_id: str) -> EarlierWave | None:
    """The sector in the wave before; None where that is not of the same panel, has no responses or results of the
    sector (any more), or measured it by another instrument or version.

    Raises SpecError where the wave before is of the panel, and its files do not load.
    """
    workspace, wave = plan.workspace, plan.wave
    if wave.panel is None or wave.previous is None or wave.previous not in workspace.wave_ids():
        return None
    before = workspace.wave(wave.previous)
    if before.panel != wave.panel or sector_id not in store.sectors(before.id):
        return None
    if sector_id not in {one.id for one in before.sectors}:
        return None
    asked = plan.instruments[sector_id]
    sample = store.read(OUT_SAMPLE_BY_SECTOR.name, wave=before.id, sector=sector_id)
    versions = set(zip(sample["instrument"], sample["instrument_version"], strict=True))
    if versions != {(asked.id, asked.version)}:
        return None
    results = {
        name: store.read(name, wave=before.id, sector=sector_id)
        for name in (OUT_INDEX_BY_SECTOR.name, OUT_INDEX_BY_BRAND.name)
    }
    return EarlierWave(load_plan(workspace, before.id), store.responses(before.id, sector_id), results)
