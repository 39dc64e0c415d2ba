"""Rows of the DuckDB tables: read, insert and delete by wave and sector; values are always parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import pandas as pd
import pyarrow as pa

from ncsi.errors import StoreError
from ncsi.store.declared_frames import to_arrow, to_frame
from ncsi.store.duck import quoted
from ncsi.store.packed_rows import PackedRows
from ncsi.tables import ESTIMATED, TABLES, Table


def declared(name: str) -> Table:
    """The declared DuckDB table of that name. StoreError when there is none."""
    table = TABLES.get(name)
    if table is None or table.kept_in != "duckdb":
        known = ", ".join(one.name for one in TABLES.values() if one.kept_in == "duckdb")
        raise StoreError(f"the store has no table {name[:60]!r}. Tables are: {known}.")
    return table


def insert(connection: duckdb.DuckDBPyConnection, table: Table, frame: pd.DataFrame) -> None:
    """Insert the rows of a frame that fits the declaration."""
    insert_rows(connection, table, to_arrow(table, frame))


def insert_rows(connection: duckdb.DuckDBPyConnection, table: Table, rows: pa.Table | PackedRows) -> None:
    """Insert rows that are as declared."""
    if rows.num_rows == 0:
        return
    names = ", ".join(quoted(name) for name in table.names)
    query = f"INSERT INTO {quoted(table.name)} ({names}) SELECT {names} FROM incoming"  # noqa: S608
    blocks = _Blocks(rows.reader()) if isinstance(rows, PackedRows) else None
    connection.register("incoming", blocks or rows)
    stored = 0
    for _ in [None] if blocks is None else blocks.each():
        stored += sum(count for (count,) in connection.execute(query).fetchall())
    connection.unregister("incoming")
    if (
        stored != rows.num_rows
    ):  # as where a DuckDB scans a block twice, of which it has the second time nothing
        raise StoreError(
            f"{table.name}: of {rows.num_rows:,} rows DuckDB took {stored:,}. Nothing was stored. "
            "This is a fault of ncsi, please report it."
        )


AT_ONCE = 2**17
"""Rows that are inserted at once: each time, DuckLake writes a file."""


class _Blocks:
    """Rows that DuckDB is given a block at a time: each time it scans them, the block of now. Of a reader it asks for
    blocks far ahead of what it writes, and what is registered within a transaction it keeps until that ends."""

    def __init__(self, reader: pa.RecordBatchReader) -> None:
        self._reader, self._now = reader, list[pa.RecordBatch]()

    def each(self) -> Iterator[None]:
        """Once for each block, which is gone after that."""
        for one in self._reader:
            self._now.append(one)
            del one
            if sum(each.num_rows for each in self._now) >= AT_ONCE:
                yield
        if self._now:
            yield

    def __arrow_c_schema__(self) -> object:
        """What DuckDB asks for first."""
        return self._reader.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The block of now, once."""
        now, self._now = self._now, []
        reader = pa.RecordBatchReader.from_batches(self._reader.schema, now)
        return reader.__arrow_c_stream__(requested_schema)


def delete(connection: duckdb.DuckDBPyConnection, table: Table, wave: str, sector: str | None) -> None:
    """Delete the rows of a wave, or of one sector of it."""
    where, values = _where(table, wave, sector)
    connection.execute(f"DELETE FROM {quoted(table.name)}{where}", values)  # noqa: S608


def delete_of_sectors(
    connection: duckdb.DuckDBPyConnection, table: Table, wave: str, sectors: Sequence[str]
) -> None:
    """Delete the rows of some sectors of a wave."""
    connection.execute(
        f"DELETE FROM {quoted(table.name)} WHERE wave = ? AND list_contains(?, sector)",  # noqa: S608
        [wave, list(sectors)],
    )


def delete_of_file(connection: duckdb.DuckDBPyConnection, table: Table, wave: str, sha256: str) -> None:
    """Delete the rows that come from one file of a wave."""
    connection.execute(
        f"DELETE FROM {quoted(table.name)} WHERE wave = ? AND source_sha256 = ?",  # noqa: S608
        [wave, sha256],
    )


def keep_as(connection: duckdb.DuckDBPyConnection, table: Table, wave: str, revision: int, of: int) -> None:
    """Rows of a wave's revision in place of those that there are, the same as those of another one: without a way
    through this process, which is given two texts a respondent."""
    name = quoted(table.name)
    names = ", ".join(quoted(one) for one in table.names)
    copied = ", ".join("?" if one == "revision" else quoted(one) for one in table.names)
    connection.execute(f"DELETE FROM {name} WHERE wave = ? AND revision = ?", [wave, revision])  # noqa: S608
    connection.execute(
        f"INSERT INTO {name} ({names}) SELECT {copied} FROM {name} WHERE wave = ? AND revision = ? ORDER BY rowid",  # noqa: S608
        [revision, wave, of],
    )


def select(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    wave: str | None = None,
    sector: str | None = None,
    released: bool = False,
) -> pd.DataFrame:
    """Rows in the order they were stored; `released`: those of revisions that are out alone."""
    where, values = _where(table, wave, sector)
    if released:
        where += f"{' AND' if where else ' WHERE'} revision <> {ESTIMATED}"
    names = ", ".join(quoted(name) for name in table.names)
    query = f"SELECT {names} FROM {quoted(table.name)}{where} ORDER BY rowid"  # noqa: S608
    return to_frame(table, connection.execute(query, values).to_arrow_table())


def fingerprint(connection: duckdb.DuckDBPyConnection, table: Table) -> str:
    """How many rows there are, and the sum of their hashes."""
    query = f"SELECT count(*), sum(hash(t)::HUGEINT) FROM {quoted(table.name)} t"  # noqa: S608
    return repr(connection.execute(query).fetchone())


def counts(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    by: Sequence[str],
    wave: str,
    sector: str | None = None,
) -> pd.DataFrame:
    """How many `rows` there are by the values of some columns, nulls among them; sorted."""
    where, values = _where(table, wave, sector)
    wanted = [column for name in by for column in table.columns if column.name == name]
    names = ", ".join(quoted(column.name) for column in wanted)
    query = f"SELECT {names}, count(*) AS rows FROM {quoted(table.name)}{where} GROUP BY ALL ORDER BY ALL"  # noqa: S608
    frame: pd.DataFrame = connection.execute(query, values).to_arrow_table().to_pandas()
    return frame


def _where(table: Table, wave: str | None, sector: str | None) -> tuple[str, list[str]]:
    """Identifiers come from the declaration only."""
    wanted = {"wave": wave, "sector": sector}
    given = {name: value for name, value in wanted.items() if value is not None}
    for name in given:
        if name not in table.names:
            raise StoreError(f"{table.name} has no column {name}: read it without one.")
    clause = " AND ".join(f"{quoted(name)} = ?" for name in given)
    return (f" WHERE {clause}" if clause else ""), list(given.values())
