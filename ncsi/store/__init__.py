"""The store: the only door to DuckDB and to the Parquet files of a warehouse. Atomic, idempotent, locked."""

from ncsi.store.delivered_files import Partition, SourceCard, counting
from ncsi.store.duck import settle
from ncsi.store.migration import Migrated, migrate
from ncsi.store.moving import Moved, move
from ncsi.store.moving_tables import MovedTables, as_file, move_tables
from ncsi.store.parts import part_bytes
from ncsi.store.place import Place
from ncsi.store.revise import Revision
from ncsi.store.sector_results import SectorTables, sector_tables
from ncsi.store.store import Store
from ncsi.store.warehouse import Warehouse, open, reading

__all__ = [
    "Migrated",
    "Moved",
    "MovedTables",
    "Partition",
    "Place",
    "Revision",
    "SectorTables",
    "SourceCard",
    "Store",
    "Warehouse",
    "as_file",
    "counting",
    "migrate",
    "move",
    "move_tables",
    "open",
    "part_bytes",
    "reading",
    "sector_tables",
    "settle",
]
