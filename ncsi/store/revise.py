"""What a re-delivered or withdrawn file does to the store: rows leave it, the card and the change stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import duckdb
import pandas as pd

from ncsi.errors import StoreError
from ncsi.store.delivered_files import SourceCard, counting
from ncsi.store.duck import quoted
from ncsi.store.table_rows import delete_of_file, insert, select
from ncsi.tables import CORE_FAULTS, CORE_PARTITIONS, CORE_REJECTS, CORE_REVISIONS, RAW_FILES

_OF_A_FILE = (CORE_PARTITIONS, CORE_REJECTS, CORE_FAULTS)


@dataclass(frozen=True, slots=True)
class Revision:
    """A file that replaces an earlier one (or itself, read otherwise), why, and how many accepted responses it adds,
    removes and changes."""

    earlier_sha256: str
    reason: str
    added: int
    removed: int
    changed: int


def supersede(connection: duckdb.DuckDBPyConnection, card: SourceCard, revisions: Sequence[Revision]) -> None:
    """Take the rows of the earlier files out of the wave and write the history, inside of a transaction.

    Revisions are numbered, not timed: a clock that runs backwards changes no order. StoreError for a file that
    is not in the wave, or was superseded already.
    """
    if not revisions:
        return
    files = counting(select(connection, RAW_FILES, card.wave))
    names = dict(zip(files["source_sha256"], files["source_name"].astype(str), strict=True))
    past = select(connection, CORE_REVISIONS, card.wave)
    for number, one in enumerate(revisions, 1 + int(past["revision"].max() if len(past) else 0)):
        if one.earlier_sha256 not in names:
            raise StoreError(
                f"{card.source_name}: the file it should replace is not in wave {card.wave}. Nothing was stored."
            )
        _take_out(connection, card, one.earlier_sha256)
        insert(connection, CORE_REVISIONS, _row(card, one, number, names[one.earlier_sha256]))


def remove_card(connection: duckdb.DuckDBPyConnection, card: SourceCard) -> None:
    """Remove the card that the file has from before, superseded, withdrawn or read otherwise; its history stays."""
    delete_of_file(connection, RAW_FILES, card.wave, card.source_sha256)


def take_out_file(connection: duckdb.DuckDBPyConnection, wave: str, sha256: str) -> None:
    """Take rows, rejects and faults of a file out of the wave; its card stays."""
    for table in _OF_A_FILE:
        delete_of_file(connection, table, wave, sha256)


def mark_withdrawn(
    connection: duckdb.DuckDBPyConnection, wave: str, sha256: str, reason: str, by: str
) -> None:
    """Write on the file's card that it was withdrawn, when, why and by whom."""
    connection.execute(
        f"UPDATE {quoted(RAW_FILES.name)} SET withdrawn_at = ?, withdrawn_reason = ?, withdrawn_by = ? "  # noqa: S608
        "WHERE wave = ? AND source_sha256 = ?",
        [datetime.now(UTC).replace(tzinfo=None), reason, by, wave, sha256],
    )


def _take_out(connection: duckdb.DuckDBPyConnection, card: SourceCard, earlier: str) -> None:
    take_out_file(connection, card.wave, earlier)
    connection.execute(
        f"UPDATE {quoted(RAW_FILES.name)} SET superseded_by = ? WHERE wave = ? AND source_sha256 = ?",  # noqa: S608
        [card.source_sha256, card.wave, earlier],
    )


def _row(card: SourceCard, one: Revision, number: int, earlier_name: str) -> pd.DataFrame:
    row = {
        **asdict(one),
        "wave": card.wave,
        "revision": number,
        "earlier_name": earlier_name,
        "source_sha256": card.source_sha256,
        "source_name": card.source_name,
        "revised_at": datetime.now(UTC).replace(tzinfo=None),
    }
    return pd.DataFrame([row])[list(CORE_REVISIONS.names)]
