"""Result tables of sectors: checked where they are made, many sectors stored at once.

To put 35 tables of one sector into DuckDB takes half a second, whatever they hold; of 27 sectors, hardly more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from ncsi.errors import StoreError
from ncsi.store.declared_frames import schema, to_arrow
from ncsi.store.packed_rows import PackedRows
from ncsi.store.table_rows import declared, delete_of_sectors, insert_rows
from ncsi.tables import (
    CORE_ERRORS_BY_QUANTITY,
    CORE_FIGURES_BY_SECTOR,
    CORE_HELD_BY_SECTOR,
    CORE_INPUTS_BY_SECTOR,
    CORE_LEFT_OUT_BY_SECTOR,
    CORE_LINEAGE_BY_COMPONENT,
    CORE_LINEAGE_BY_FILE,
    CORE_LINEAGE_BY_INDEX,
    CORE_LINEAGE_BY_REASON,
    CORE_PUBLISHED_BY_MEASURED_UNIT,
    CORE_PUBLISHED_BY_RESPONDENT,
    CORE_PUBLISHED_BY_UNIT,
    CORE_QUALITY_BY_RESPONDENT,
    CORE_WEIGHTS_BY_RESPONDENT,
    CORE_WITHDRAWN_RECORDS,
    Layer,
    Table,
)

_COMPUTED = (
    CORE_QUALITY_BY_RESPONDENT.name,
    CORE_WEIGHTS_BY_RESPONDENT.name,
    CORE_PUBLISHED_BY_RESPONDENT.name,
    CORE_FIGURES_BY_SECTOR.name,
    CORE_HELD_BY_SECTOR.name,
    CORE_ERRORS_BY_QUANTITY.name,
    CORE_INPUTS_BY_SECTOR.name,
    CORE_LEFT_OUT_BY_SECTOR.name,
    CORE_LINEAGE_BY_INDEX.name,
    CORE_LINEAGE_BY_FILE.name,
    CORE_LINEAGE_BY_REASON.name,
    CORE_LINEAGE_BY_COMPONENT.name,
    CORE_PUBLISHED_BY_UNIT.name,
    CORE_PUBLISHED_BY_MEASURED_UNIT.name,
    CORE_WITHDRAWN_RECORDS.name,
)
"""Tables of raw_ and core_ that a stage computes; all others are ingest's."""
KEPT = (
    CORE_PUBLISHED_BY_RESPONDENT.name,
    CORE_FIGURES_BY_SECTOR.name,
    CORE_PUBLISHED_BY_UNIT.name,
    CORE_PUBLISHED_BY_MEASURED_UNIT.name,
    CORE_LINEAGE_BY_INDEX.name,
    CORE_LINEAGE_BY_FILE.name,
    CORE_LINEAGE_BY_REASON.name,
    CORE_LINEAGE_BY_COMPONENT.name,
    CORE_WITHDRAWN_RECORDS.name,
)
"""Of those, tables that say what releases were made of: nothing makes their rows of revisions that are out anew."""


PACKED = 16_384
"""Rows from which a table is packed, so many at a time."""
MEMORY = "64MB"
"""What DuckDB holds of many rows that are stored: it writes them to its file as they come then."""
Blocks = Iterable[pd.DataFrame]
"""A frame in parts, one after the other."""


@dataclass(frozen=True, slots=True, eq=False)
class SectorTables:
    """Rows of a sector's result tables by name, as declared, many of them packed: ready for `Store.replace_sectors`."""

    wave: str
    sector: str
    tables: Mapping[str, pa.Table | PackedRows]

    @property
    def most_rows(self) -> int:
        """Rows of its longest table."""
        return max((table.num_rows for table in self.tables.values()), default=0)


def sector_tables(wave: str, sector: str, frames: Mapping[str, pd.DataFrame | Blocks]) -> SectorTables:
    """Check the frames of a sector, which have neither wave nor sector yet, and set both. Of many rows a frame may come
    in parts.

    StoreError naming table and column where one is not as declared.
    """
    keys = {"wave": wave, "sector": sector}
    tables: dict[str, pa.Table | PackedRows] = {}
    for name, frame in frames.items():
        table = result_table(name)
        if isinstance(frame, pd.DataFrame) and len(frame) <= PACKED:
            tables[name] = to_arrow(table, frame, keys)
        else:
            tables[name] = _packed(table, frame, keys)
    return SectorTables(wave, sector, tables)


def _packed(table: Table, frame: pd.DataFrame | Blocks, keys: Mapping[str, str]) -> PackedRows:
    """The rows of a frame, or of the frames that make it, packed. Whether two have the same key is told by numbers of
    64 bits, which two of a million rows have in common by chance once in 40 million times."""
    key = [name for name in table.key if name not in keys]
    hashes: list[NDArray[np.uint64]] = []

    def checked() -> Iterator[pa.Table]:
        for block in _blocks(frame):
            if key:
                own: Any = pd.util.hash_pandas_object(block[key], index=False, categorize=False)
                hashes.append(own.to_numpy(dtype=np.uint64))
            yield to_arrow(table, block, keys, known_to_differ=bool(key))

    rows = PackedRows.of(schema(table.columns), checked())
    told = np.sort(np.concatenate([np.zeros(0, dtype=np.uint64), *hashes]))
    repeated = int((told[1:] == told[:-1]).sum())
    if repeated:
        raise StoreError(f"{table.name}: {repeated} rows repeat a key. Nothing was stored.")
    return rows


def _blocks(frame: pd.DataFrame | Blocks) -> Blocks:
    if not isinstance(frame, pd.DataFrame):
        return frame
    return (frame.iloc[start : start + PACKED] for start in range(0, len(frame), PACKED))


def replace_sectors(connection: duckdb.DuckDBPyConnection, parts: Sequence[SectorTables]) -> bool:
    """Put the parts in place of what their waves and sectors had in those tables. Whether DuckDB was bound to MEMORY
    for it, as of many rows it is: its connection is not to be used for long after that."""
    many = any(part.most_rows > PACKED for part in parts)
    if many:
        connection.execute(f"SET memory_limit = '{MEMORY}'")
    for wave in dict.fromkeys(part.wave for part in parts):
        of_wave = [part for part in parts if part.wave == wave]
        for name in dict.fromkeys(name for part in of_wave for name in part.tables):
            having = {part.sector: part.tables[name] for part in of_wave if name in part.tables}
            delete_of_sectors(connection, declared(name), wave, list(having))
            packed = [one for one in having.values() if isinstance(one, PackedRows)]
            plain = [one for one in having.values() if not isinstance(one, PackedRows)]
            for rows in ([pa.concat_tables(plain)] if plain else []) + packed:
                insert_rows(connection, declared(name), rows)
    return many


def result_table(name: str) -> Table:
    """A table that stages may replace. StoreError for all others."""
    table = declared(name)
    if not is_result(name):
        raise StoreError(f"{name} is written by ingest only. Nothing was stored.")
    return table


def is_result(name: str) -> bool:
    """Whether a stage computes the table from what ingest stored."""
    return name in _COMPUTED or Layer.of(name) is Layer.OUT


def check_scope(name: str, frame: pd.DataFrame, wave: str, sector: str | None) -> None:
    """Rows outside of what is replaced would stay for ever: refuse them."""
    for column, value in (("wave", wave), ("sector", sector)):
        if value is None or frame.empty:
            continue
        if column not in frame.columns:
            raise StoreError(f"{name}: the frame lacks {column}. Nothing was stored.")
        if not (frame[column] == value).all():
            raise StoreError(f"{name}: rows of another {column} than {value!r}. Nothing was stored.")
