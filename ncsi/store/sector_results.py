"""Result tables of sectors: checked where they are made, many sectors stored at once.

To put 35 tables of one sector into DuckDB takes half a second, whatever they hold; of 27 sectors, hardly more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pandas as pd
import pyarrow as pa

from ncsi.errors import StoreError
from ncsi.store.declared_frames import to_arrow
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


@dataclass(frozen=True, slots=True, eq=False)
class SectorTables:
    """Rows of a sector's result tables by name, as declared: ready for `Store.replace_sectors`."""

    wave: str
    sector: str
    tables: Mapping[str, pa.Table]

    @property
    def most_rows(self) -> int:
        """Rows of its longest table."""
        return max((table.num_rows for table in self.tables.values()), default=0)


def sector_tables(wave: str, sector: str, frames: Mapping[str, pd.DataFrame]) -> SectorTables:
    """Check the frames of a sector, which have neither wave nor sector yet, and set both.

    StoreError naming table and column where one is not as declared.
    """
    keys = {"wave": wave, "sector": sector}
    return SectorTables(
        wave, sector, {name: to_arrow(result_table(name), frame, keys) for name, frame in frames.items()}
    )


def replace_sectors(connection: duckdb.DuckDBPyConnection, parts: Sequence[SectorTables]) -> None:
    """Put the parts in place of what their waves and sectors had in those tables."""
    for wave in dict.fromkeys(part.wave for part in parts):
        of_wave = [part for part in parts if part.wave == wave]
        for name in dict.fromkeys(name for part in of_wave for name in part.tables):
            having = {part.sector: part.tables[name] for part in of_wave if name in part.tables}
            delete_of_sectors(connection, declared(name), wave, list(having))
            insert_rows(connection, declared(name), pa.concat_tables(having.values()))


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
