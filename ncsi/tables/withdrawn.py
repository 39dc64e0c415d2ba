"""Files of figures and records that were taken out of indices and measures: their cards, which stay."""

from __future__ import annotations

from ncsi.tables.base import Column, Table, integer, text
from ncsi.tables.rules import NEVER

CORE_WITHDRAWN_RECORDS = Table(
    "core_withdrawn_records",
    "Cards of withdrawn files of composite indices and measures: which they were, when, why and by whom",
    ("wave", "beside", "source_sha256"),
    (
        text("wave", "release: a wave's id, or index and year, measure and period of one run by itself"),
        text("beside", "id of the index or measure"),
        text("source_name", "name of the file"),
        text("source_sha256", "SHA-256 of the file"),
        integer("source_rows", "rows in it; of replicates those of the figures beside them", "rows"),
        Column("withdrawn_at", "timestamp", "when it was withdrawn, UTC"),
        text("withdrawn_reason", "why"),
        text("withdrawn_by", "who withdrew it"),
    ),
    disclosure=(NEVER,),
    may_be_empty=True,
)
