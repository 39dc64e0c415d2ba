"""A plain table: one header row, whatever wrote it. Tried last, since every table is one."""

from __future__ import annotations

from ncsi.ingest.dialects.column_names import Column
from ncsi.ingest.dialects.registry import Export, dialect
from ncsi.ingest.read import TextTable


@dialect("plain", order=100, looks_like=lambda _: True)
def _plain(table: TextTable) -> Export:
    return Export("plain", table, tuple(Column(name, name) for name in table.columns))
