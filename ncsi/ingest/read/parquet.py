"""Parquet as text."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ncsi.errors import ReadError
from ncsi.ingest.read.table import MAX_COLUMNS, Raw

MAX_UNPACKED = 4 * 1024**3


def read_parquet(name: str, content: bytes) -> Raw:
    """Header and cells; the first data row is 2, as if the names stood above. Raises ReadError."""
    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        _check_size(name, file.metadata)
        table = file.read()
    except (pa.ArrowException, OSError) as error:
        raise ReadError(name, "the Parquet file is damaged or cut off", "Export or copy it again") from error
    columns = [
        _as_text(name, str(key), column)
        for key, column in zip(table.column_names, table.columns, strict=True)
    ]
    cells = pa.table(columns, names=[str(k) for k in range(len(columns))])
    return Raw([str(key) for key in table.column_names], cells)


def _check_size(name: str, metadata: pq.FileMetaData) -> None:
    unpacked = sum(metadata.row_group(k).total_byte_size for k in range(metadata.num_row_groups))
    if metadata.num_columns > MAX_COLUMNS or unpacked > MAX_UNPACKED:
        raise ReadError(
            name,
            f"it unpacks to {metadata.num_columns} columns and {unpacked / 1024**2:.0f} MiB",
            f"At most {MAX_COLUMNS} columns and {MAX_UNPACKED // 1024**2} MiB: split it",
        )


def _as_text(name: str, key: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    try:
        return pc.fill_null(column.cast(pa.string()), "")
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise ReadError(
            f"{name}, column {key[:60]}", f"it holds {column.type}, which is not text", "Drop the column"
        ) from error
