"""The store: the only door to DuckDB and to the Parquet files of a warehouse. Atomic, idempotent, locked."""

from ncsi.store.results import SectorTables, sector_tables
from ncsi.store.revise import Revision
from ncsi.store.sources import Partition, SourceCard
from ncsi.store.store import Store
from ncsi.store.warehouse import Warehouse, open

__all__ = [
    "Partition",
    "Revision",
    "SectorTables",
    "SourceCard",
    "Store",
    "Warehouse",
    "open",
    "sector_tables",
]
