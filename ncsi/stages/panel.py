"""The wave before, from the store: of a panel, for its respondents to be matched; where another questionnaire was
asked, for the two to be linked."""

from __future__ import annotations

import pandas as pd

from ncsi.results.panel import EarlierWave
from ncsi.spec.plan import WavePlan, load_earlier_plan
from ncsi.stages.panel_members import responses_of
from ncsi.stages.register import withdrawn_waves
from ncsi.store import Store
from ncsi.tables import OUT_INDEX_BY_BRAND, OUT_INDEX_BY_SECTOR, OUT_SAMPLE_BY_SECTOR


def earlier_wave(store: Store, plan: WavePlan, sector_id: str) -> EarlierWave | None:
    """The sector in the wave before; None where that is not of the same panel, has no responses or results of the
    sector (any more), is withdrawn, or measured it by another instrument or version.

    Raises SpecError where the wave before is of the panel, and its files do not load.
    """
    return _from_store(store, plan, sector_id) if is_followed(store, plan, sector_id) else None


def is_followed(store: Store, plan: WavePlan, sector_id: str) -> bool:
    """Whether `earlier_wave` finds the sector in the wave before."""
    workspace, wave = plan.workspace, plan.wave
    if wave.panel is None or wave.previous is None or wave.previous not in workspace.wave_ids():
        return False
    if wave.previous in withdrawn_waves(store):
        return False
    before = workspace.wave_alone(wave.previous)
    if before.panel != wave.panel or sector_id not in store.sectors(before.id):
        return False
    if sector_id not in {one.id for one in before.sectors}:
        return False
    return asked_in(store, before.id, sector_id) == _asked(plan, sector_id)


def asked_otherwise(store: Store, plan: WavePlan, sector_id: str) -> EarlierWave | None:
    """The sector in the wave before, which measured it by another instrument or version; its responses are empty where
    they are not kept any more. None where it was not measured, asked the same, or is withdrawn. Raises as
    `earlier_wave`."""
    wave = plan.wave
    if wave.previous is None or wave.previous not in plan.workspace.wave_ids():
        return None
    if wave.previous in withdrawn_waves(store):
        return None
    then = asked_in(store, wave.previous, sector_id)
    if then in (None, _asked(plan, sector_id)):
        return None
    found = _from_store(store, plan, sector_id)
    own = found.plan.instruments.get(sector_id)
    return found if own is not None and (own.id, own.version) == then else None


def asked_in(store: Store, wave: str, sector_id: str) -> tuple[str, str] | None:
    """Instrument and version that a wave's stored results of the sector are of; None where there are none."""
    sample = store.table(OUT_SAMPLE_BY_SECTOR.name, wave, sector_id)
    found = set(zip(sample["instrument"], sample["instrument_version"], strict=True))
    return next(iter(found)) if len(found) == 1 else None


def _asked(plan: WavePlan, sector_id: str) -> tuple[str, str]:
    return plan.instruments[sector_id].id, plan.instruments[sector_id].version


def _from_store(store: Store, plan: WavePlan, sector_id: str) -> EarlierWave:
    before = str(plan.wave.previous)
    results = {
        name: store.read(name, wave=before, sector=sector_id)
        for name in (OUT_INDEX_BY_SECTOR.name, OUT_INDEX_BY_BRAND.name)
    }
    kept = sector_id in store.sectors(before)
    earlier = load_earlier_plan(plan.workspace, before)
    responses = responses_of(store, earlier, sector_id) if kept else pd.DataFrame()
    return EarlierWave(earlier, responses, results)
