"""Whether a delivery is in the wave already, by bytes or content: it counts, or was superseded or withdrawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ncsi.errors import ConformError
from ncsi.ingest.conform import REPEATED, Conformed, without_rows
from ncsi.ingest.read import TextTable
from ncsi.store import Store, counting
from ncsi.tables import CORE_REJECTS, RAW_FILES

MIN_ROWS_SAME = 10
"""Fewer rows than this may be alike by chance; then only the bytes say that two files are the same."""

Card = dict[str, Any]
"""A row of `raw_files`."""


def counting_card(cards: pd.DataFrame, sha256: str, content: str | None = None, rows: int = 0) -> Card | None:
    """The card whose rows count and whose bytes these are, or else, of enough rows, whose content."""
    return _card(counting(cards), sha256, content, rows)


def withdrawn_card(
    cards: pd.DataFrame, sha256: str, content: str | None = None, rows: int = 0
) -> Card | None:
    """The card of a withdrawn file with these bytes, or else, of enough rows, this content."""
    return _card(cards[cards["withdrawn_at"].notna()], sha256, content, rows)


def is_superseded(cards: pd.DataFrame, sha256: str, path: str) -> bool:
    """Whether these bytes were superseded by a file at another path that stands.

    Bytes that were superseded at this very path come back as a correction of the correction; those whose successor was
    withdrawn, in its place.
    """
    own = cards[(cards["source_sha256"] == sha256) & cards["superseded_by"].notna()]
    if own.empty:
        return False
    withdrawn = cards.loc[cards["withdrawn_at"].notna(), "source_sha256"]
    here = counting(cards)["source_path"] == path
    return not (own["superseded_by"].isin(withdrawn).any() or here.any())


def without_forgotten(
    store: Store, wave: str, table: TextTable, found: Conformed, known: Card | None
) -> tuple[Conformed, int]:
    """What was found without the rows that were removed from the store since the file was read, and how many.

    Removed rows are in the file still: neither accepted nor rejected in the store. Raises ConformError where a reading
    might bring back a person who was removed.
    """
    if known is None or not store.table(RAW_FILES.name, wave)["rows_forgotten"].any():
        return found, 0
    sha256 = str(known["source_sha256"])
    gone: list[int] = []
    if known["rows_forgotten"]:
        if sha256 != table.sha256:
            raise _might_come_back(
                table, f"{known['source_name']}, whose content it has, lost rows at a wish"
            )
        gone = _forgotten_rows(store, wave, table)
    found = without_rows(found, gone)
    rejects = store.table(CORE_REJECTS.name, wave)
    repeats = rejects[(rejects["source_sha256"] == sha256) & rejects["rule"].isin(REPEATED)]["source_row"]
    accepted = (one["source_row"] for rows in found.rows.values() for one in rows.frames(["source_row"]))
    back = [int(own[own.isin(repeats)].min()) for own in accepted if own.isin(repeats).any()]
    if back:
        raise _might_come_back(table, f"row {min(back)} was left out as a repeated answer")
    return found, len(gone)


def _forgotten_rows(store: Store, wave: str, table: TextTable) -> list[int]:
    accepted = [rows["source_row"] for rows in store.responses_of(wave, table.sha256).values()]
    rejects = store.table(CORE_REJECTS.name, wave)
    read = np.concatenate([block.numbers for block in table.blocks])
    there = [*accepted, rejects.loc[rejects["source_sha256"] == table.sha256, "source_row"]]
    return [int(row) for row in np.setdiff1d(read, np.concatenate(there))]


def _might_come_back(table: TextTable, why: str) -> ConformError:
    return ConformError(
        table.name,
        f"it would be read otherwise than before, and people were removed from the wave since: {why}, so that it might "
        "bring one of them back",
        "Delete the rows of people who were removed from the export, and ingest it under the same name",
    )


def _card(cards: pd.DataFrame, sha256: str, content: str | None, rows: int) -> Card | None:
    own = cards[cards["source_sha256"] == sha256]
    if own.empty and content is not None and rows >= MIN_ROWS_SAME:
        own = cards[cards["content_sha256"] == content]
    if own.empty:
        return None
    return {str(name): value for name, value in own.iloc[0].items()}
