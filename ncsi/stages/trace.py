"""From a figure back to what it was made from: files, rows, exclusions, specs, code. Counts, never answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ncsi.errors import InputError
from ncsi.spec.plan import WavePlan
from ncsi.store import Warehouse
from ncsi.store import open as open_store
from ncsi.tables import (
    CORE_PARTITIONS,
    CORE_QUALITY_BY_RESPONDENT,
    CORE_REJECTS,
    OUT_INDEX_BY_BRAND,
    OUT_INDEX_BY_SECTOR,
    OUT_SAMPLE_BY_SECTOR,
    RAW_FILES,
)


@dataclass(frozen=True, slots=True)
class TracedFile:
    """A file of the figure's wave and sector. `accepted`: its rows in the figure's sector, or of its brand; `rejected`:
    rows by rule, of the sector or of one that could not be told; `left_out`: empty, or why its rows do not count."""

    name: str
    sha256: str
    reading_sha256: str | None
    read: int
    accepted: int
    rejected: Mapping[str, int]
    instrument: str
    instrument_version: str
    instrument_sha256: str
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """A figure's lineage. `figure`: n, n_eff, index_0_100, low, high; `by_status` and `excluded`: accepted responses by
    status, and those left out by reason; `weight_version` of the stored results; `weighting`: hashes of the totals as
    they are now; `release`: what the manifest of the release that is out says, None where none is."""

    wave: str
    sector: str
    brand: str | None
    figure: Mapping[str, float]
    files: tuple[TracedFile, ...]
    by_status: Mapping[str, int]
    excluded: Mapping[str, int]
    weight_version: str
    weighting: Mapping[str, str]
    release: Mapping[str, Any] | None

    @property
    def without_score(self) -> int:
        """Responses that are not left out and have no score, as the items of a construct were not answered."""
        kept = sum(self.by_status.values()) - self.by_status.get("excluded", 0)
        return kept - int(self.figure["n"])


def trace_index(plan: WavePlan, sector: str, brand: str | None = None) -> Trace:
    """The lineage of the sector's index, or of a brand's in it, from the stored results.

    Raises InputError where the wave has no such sector or brand, or it was not estimated.
    """
    store = open_store(plan.workspace.warehouse)
    if sector not in plan.sector_ids:
        raise InputError(
            "--sector", f"'{sector[:60]}' is not in wave {plan.wave.id}", _named(plan.sector_ids)
        )
    brands = tuple(one.id for one in plan.wave.sector(sector).brands)
    if brand is not None and brand not in brands:
        raise InputError("--brand", f"'{brand[:60]}' is not in sector {sector}", _named(brands))
    with store.session():
        quality = store.table(CORE_QUALITY_BY_RESPONDENT.name, plan.wave.id, sector)
        if brand is not None:
            quality = quality[quality["brand"] == brand]
        left = quality.loc[quality["status"] == "excluded", "reasons"]
        return Trace(
            plan.wave.id, sector, brand, _figure(store, plan, sector, brand),
            _files(store, plan.wave.id, sector, brand), _counts(quality["status"]), _counts(left),
            str(store.table(OUT_SAMPLE_BY_SECTOR.name, plan.wave.id, sector)["weight_version"].iloc[0]),
            {name: table.sha256 for name, table in sorted(plan.totals.items())}, _release(plan, sector),
        )  # fmt: skip


def _figure(store: Warehouse, plan: WavePlan, sector: str, brand: str | None) -> dict[str, float]:
    table = OUT_INDEX_BY_SECTOR if brand is None else OUT_INDEX_BY_BRAND
    rows = store.table(table.name, plan.wave.id, sector)
    rows = rows[rows["construct"] == plan.instruments[sector].target]
    if brand is not None:
        rows = rows[rows["brand"] == brand]
    if rows.empty:
        raise InputError(
            f"wave {plan.wave.id}, sector {sector}",
            "its results are not there",
            f"Run `ncsi estimate --wave {plan.wave.id}` first",
        )
    return {name: float(rows[name].iloc[0]) for name in ("n", "n_eff", "index_0_100", "low", "high")}


def _files(store: Warehouse, wave: str, sector: str, brand: str | None) -> tuple[TracedFile, ...]:
    cards = store.table(RAW_FILES.name, wave).sort_values(["source_name", "ingested_at"])
    parts = store.table(CORE_PARTITIONS.name, wave, sector).set_index("source_sha256")
    rejects = store.table(CORE_REJECTS.name, wave)
    rejects = rejects[rejects["sector"].isna() | (rejects["sector"] == sector)]
    accepted = store.respondents(wave, sector)
    if brand is not None:
        accepted = accepted[accepted["brand"] == brand]
    found = []
    for card in cards.to_dict("records"):
        sha256 = card["source_sha256"]
        own = rejects[rejects["source_sha256"] == sha256]
        left_out = _left_out(card)
        if sha256 not in parts.index and own.empty and not left_out:
            continue
        asked = {
            name: str(parts.loc[sha256, name]) if sha256 in parts.index else ""
            for name in ("instrument", "instrument_version", "spec_sha256")
        }
        found.append(
            TracedFile(
                str(card["source_name"]), str(sha256),
                None if pd.isna(card["reading_sha256"]) else str(card["reading_sha256"]), int(card["rows_read"]),
                int((accepted["source_sha256"] == sha256).sum()), _counts(own["rule"]),
                asked["instrument"], asked["instrument_version"], asked["spec_sha256"], left_out,
            )
        )  # fmt: skip
    return tuple(found)


def _left_out(card: Mapping[Any, Any]) -> str:
    if not pd.isna(card["superseded_by"]):
        return f"replaced by {str(card['superseded_by'])[:12]}"
    return "" if pd.isna(card["withdrawn_at"]) else f"withdrawn on {card['withdrawn_at']:%Y-%m-%d}"


def _release(plan: WavePlan, sector: str) -> dict[str, Any] | None:
    path = plan.workspace.releases / plan.wave.id / "manifest.json"
    if not path.is_file():
        return None
    told = json.loads(path.read_text(encoding="utf-8"))
    instrument = f"instrument {plan.instruments[sector].id} "
    specs = {
        name: digest
        for name, digest in told["spec_sha256"].items()
        if not name.startswith(("instrument ", "reading of ")) or name.startswith(instrument)
    }
    kept = {name: told[name] for name in ("release_id", "revision", "seed", "replicates", "versions")}
    return kept | {"spec_sha256": specs}


def _counts(values: pd.Series) -> dict[str, int]:
    return {str(name): int(count) for name, count in values.value_counts().sort_index().items()}


def _named(known: tuple[str, ...]) -> str:
    return f"There are: {', '.join(known) or 'none'}"
