"""How far a wave has come: answers against quotas, results, release."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ncsi.spec import Workspace
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


def wave_status(workspace: Workspace, wave_id: str) -> tuple[tuple[SectorStatus, ...], Path | None]:
    """Status of every sector of the wave, and its release's page where there is one."""
    wave = workspace.wave(wave_id)
    if not workspace.warehouse.exists():
        empty = (SectorStatus(s.id, 0, 0, len(s.brands), s.quota, len(s.brands), False) for s in wave.sectors)
        return tuple(empty), None
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
    return tuple(rows), page if page.exists() else None
