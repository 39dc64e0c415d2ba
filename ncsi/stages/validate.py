"""Stored responses of a wave → its faults as a whole, and the page that shows all of its faults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from ncsi import atomic
from ncsi.errors import StoreError
from ncsi.ingest.whole_wave import sector_sums, wave_faults
from ncsi.report.validation import Validation, validation_page
from ncsi.spec import Instrument
from ncsi.spec.plan import WavePlan
from ncsi.stages.register import withdrawn_waves
from ncsi.store import Store
from ncsi.tables import CORE_FAULTS, CORE_PARTITIONS, CORE_REVISIONS


def validate_wave(plan: WavePlan) -> Path:
    """Judge the wave as a whole, store what was found, write `runs/<wave>/validation.html`; returns its path."""
    with Store.opened_alone(plan.workspace.warehouse) as store:
        store.replace_wave_faults(plan.wave.id, wave_faults(_sums(plan, store)))
        shown = _shown(plan, store)
    return _written(plan.runs, validation_page(shown))


def _written(folder: Path, page: str) -> Path:
    path = folder / "validation.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        atomic.write(path, page.encode())
    except OSError as error:
        raise StoreError(
            f"{path}: cannot write: {error.strerror}. Free disk space or make the folder writable, then run "
            "again; the responses are stored."
        ) from error
    return path


def _sums(plan: WavePlan, store: Store) -> pd.DataFrame:
    measured = store.sectors(plan.wave.id)
    before = _before(plan, store)
    frames = []
    for entry in plan.wave.sectors:
        if entry.id not in measured:
            continue
        instrument = plan.instruments[entry.id]
        responses = store.responses(plan.wave.id, entry.id, _columns(instrument))
        frames.append(sector_sums(responses, instrument, entry, before.get(entry.id, {})))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _columns(instrument: Instrument) -> list[str]:
    items = [name for item in instrument.item_ids for name in (item, f"{item}_missing")]
    return ["source_sha256", "brand", "weight_base", "interviewer", "duration_s", *items]


def _before(plan: WavePlan, store: Store) -> dict[str, dict[str, dict[str, Any]]]:
    """Last wave's items by sector and item, of the sectors whose instrument is the same; none of a wave that is
    withdrawn."""
    previous = plan.wave.previous
    if previous is None or previous in withdrawn_waves(store):
        return {}
    samples, items = (store.table(f"out_{name}_by_sector", previous) for name in ("sample", "items"))
    same = {
        str(row.sector)
        for row in samples.itertuples()
        if row.sector in plan.instruments
        and (row.instrument, row.instrument_version)
        == (plan.instruments[str(row.sector)].id, plan.instruments[str(row.sector)].version)
    }
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in items[items["answered"] > 0].to_dict("records"):
        if row["sector"] in same and not pd.isna(row["mean"]):
            found.setdefault(str(row["sector"]), {})[str(row["item"])] = {str(k): v for k, v in row.items()}
    return found


def _shown(plan: WavePlan, store: Store) -> Validation:
    wave = plan.wave.id
    partitions = store.table(CORE_PARTITIONS.name, wave)
    return Validation(
        wave=plan.wave,
        sectors=plan.sectors,
        files=store.sources(wave),
        faults=store.table(CORE_FAULTS.name, wave),
        accepted=partitions.groupby("sector")["rows"].sum().to_dict(),
        revisions=store.table(CORE_REVISIONS.name, wave),
    )
