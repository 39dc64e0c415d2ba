"""How far a wave has come: answers against quotas, results, release."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ncsi.spec import Workspace
from ncsi.stages.withdrawal import withdrawals
from ncsi.store import Store
from ncsi.tables import CORE_REJECTS, OUT_SAMPLE_BY_SECTOR


@dataclass(frozen=True, slots=True)
class SectorStatus:
    """A sector's field progress; `short` counts brands with fewer accepted responses than the quota."""

    sector: str
    accepted: int
    rejected: int
    brands: int
    quota: int | None
    short: int
    estimated: bool

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class WithdrawnFile:
    """A delivery that was taken out of the wave: when, by whom and why."""

    source_path: str
    source_sha256: str
    withdrawn_on: date
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class WaveStatus:
    """A wave's sectors, its release's page where there is one, paths of the files that count, files withdrawn."""

    sectors: tuple[SectorStatus, ...]
    release: Path | None
    files: tuple[str, ...] = ()
    withdrawn: tuple[WithdrawnFile, ...] = ()


def wave_status(workspace: Workspace, wave_id: str) -> WaveStatus:
    """How far the wave has come."""
    wave = workspace.wave(wave_id)
    if not workspace.warehouse.exists():
        empty = (SectorStatus(s.id, 0, 0, len(s.brands), s.quota, len(s.brands), False) for s in wave.sectors)
        return WaveStatus(tuple(empty), None)
    store = Store.open(workspace.warehouse)
    rejects = store.read(CORE_REJECTS.name, wave=wave_id)["sector"].value_counts()
    estimated = set(store.read(OUT_SAMPLE_BY_SECTOR.name, wave=wave_id)["sector"])
    rows = []
    for entry in wave.sectors:
        brands = store.respondents(wave_id, entry.id)["brand"]
        counts = brands.value_counts()
        short = sum(counts.get(brand.id, 0) < entry.quota for brand in entry.brands) if entry.quota else 0
        rows.append(
            SectorStatus(
                entry.id, len(brands), int(rejects.get(entry.id, 0)), len(entry.brands), entry.quota, short,
                entry.id in estimated,
            )
        )  # fmt: skip
    page = workspace.releases / wave_id / "index.html"
    return WaveStatus(
        tuple(rows),
        page if page.exists() else None,
        tuple(store.sources(wave_id)["source_path"].astype(str)),
        tuple(_withdrawn(store, wave_id)),
    )


def _withdrawn(store: Store, wave_id: str) -> Iterator[WithdrawnFile]:
    for card in withdrawals(store, wave_id).to_dict("records"):
        yield WithdrawnFile(
            str(card["source_path"]), str(card["source_sha256"]), card["withdrawn_at"].date(),
            str(card["withdrawn_by"]), str(card["withdrawn_reason"]),
        )  # fmt: skip
