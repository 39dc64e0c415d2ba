"""What an ingested file leaves in the store: its identity card, its rows by sector, its rejects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from ncsi.errors import StoreError
from ncsi.spec import IdentityCard
from ncsi.store.part_content import RowBlocks
from ncsi.tables import CORE_FAULTS, CORE_PARTITIONS, CORE_QUESTIONNAIRES, CORE_REJECTS, RAW_FILES


@dataclass(frozen=True, slots=True)
class SourceCard:
    """Identity card of a file: what was delivered, and how it was read."""

    wave: str
    source_sha256: str
    source_name: str
    format: str
    encoding: str | None
    dialect: str
    map_id: str | None
    bytes: int
    rows_read: int
    source_path: str = ""
    content_sha256: str = ""
    reading_sha256: str | None = None
    rows_forgotten: int = 0
    card: IdentityCard | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """Accepted rows of one sector, as `core_responses_by_respondent` declares them, and their instrument. Its canonical
    JSON, `content`, is kept as what the sector was asked in the wave."""

    sector: str
    instrument: str
    instrument_version: str
    spec_sha256: str
    rows: pd.DataFrame | RowBlocks
    content: str = ""


def counting(files: pd.DataFrame) -> pd.DataFrame:
    """The cards, of `raw_files`, of files whose rows count: no later delivery superseded them, nobody withdrew them."""
    return files[files["superseded_by"].isna() & files["withdrawn_at"].isna()].reset_index(drop=True)


def card_row(card: SourceCard, partitions: Sequence[Partition], rejects: pd.DataFrame) -> pd.DataFrame:
    """The row of `raw_files`. StoreError unless accepted + rejected + forgotten = read."""
    accepted = sum(len(part.rows) for part in partitions)
    if accepted + len(rejects) + card.rows_forgotten != card.rows_read:
        raise StoreError(
            f"{card.source_name}: {accepted} rows accepted, {len(rejects)} rejected, {card.rows_read} read. "
            "Nothing was stored; this is a bug in ncsi: please report it."
        )
    row = {
        **asdict(card),
        **_origin(card.card or IdentityCard()),
        "rows_accepted": accepted,
        "rows_rejected": len(rejects),
        "superseded_by": None,
        "withdrawn_at": pd.NaT,
        "withdrawn_by": None,
        "withdrawn_reason": None,
        "ingested_at": datetime.now(UTC).replace(tzinfo=None),
    }
    return pd.DataFrame([row])[list(RAW_FILES.names)]


def _origin(card: IdentityCard) -> dict[str, Any]:
    field = card.collected
    return {
        "producer": card.producer,
        "licence": card.licence,
        "collected_from": field.start if field else None,
        "collected_to": field.end if field else None,
    }


def partition_rows(card: SourceCard, written: Sequence[tuple[Partition, str]]) -> pd.DataFrame:
    """The rows of `core_partitions`: each partition with the path it was written to."""
    rows: list[dict[str, Any]] = [
        {
            "wave": card.wave,
            "sector": part.sector,
            "source_sha256": card.source_sha256,
            "path": path,
            "rows": len(part.rows),
            "instrument": part.instrument,
            "instrument_version": part.instrument_version,
            "spec_sha256": part.spec_sha256,
        }
        for part, path in written
    ]
    return pd.DataFrame(rows, columns=list(CORE_PARTITIONS.names))


def questionnaire_rows(wave: str, parts: Sequence[Partition]) -> pd.DataFrame:
    """The rows of `core_questionnaires_by_sector` of parts that bring the content of their instrument."""
    now = datetime.now(UTC).replace(tzinfo=None)
    rows: list[dict[str, Any]] = [
        {
            "wave": wave,
            "sector": part.sector,
            "instrument": part.instrument,
            "instrument_version": part.instrument_version,
            "spec_sha256": part.spec_sha256,
            "content": part.content,
            "pinned_at": now,
        }
        for part in parts
        if part.content
    ]
    return pd.DataFrame(rows, columns=list(CORE_QUESTIONNAIRES.names))


def fault_rows(card: SourceCard, faults: pd.DataFrame) -> pd.DataFrame:
    """The rows of `core_faults`, stamped with their file and numbered."""
    own = {"wave": card.wave, "source_sha256": card.source_sha256, "source_name": card.source_name}
    return faults.assign(**own, fault=range(1, len(faults) + 1))[list(CORE_FAULTS.names)]


def reject_rows(card: SourceCard, rejects: pd.DataFrame) -> pd.DataFrame:
    """The rows of `core_rejects`, stamped with their file."""
    stamped = rejects.assign(wave=card.wave, source_sha256=card.source_sha256, source_name=card.source_name)
    return stamped.reindex(columns=list(CORE_REJECTS.names))
