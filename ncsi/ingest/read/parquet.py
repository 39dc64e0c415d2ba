"""Parquet as text."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ncsi.errors import ReadError
from ncsi.ingest.read.table import MAX_COLUMNS, Raw, refuse_rows

MAX_UNPACKED = 4 * 1024**3


def read_parquet(name: str, content: bytes) -> Raw:
    """Header and cells; the first data row is 2, as if the names stood above. Raises ReadError."""
    try:
        _check_size(name, pq.read_metadata(pa.BufferReader(content)))
        texts = _text_columns(pq.read_schema(pa.BufferReader(content)))
        table = pq.read_table(pa.BufferReader(content), read_dictionary=texts, use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise ReadError(
            name, "the Parquet file is damaged or truncated", "Export or copy it again"
        ) from error
    columns = [
        _as_text(name, str(key), column)
        for key, column in zip(table.column_names, table.columns, strict=True)
    ]
    cells = pa.table(columns, names=[str(k) for k in range(len(columns))])
    return Raw([str(key) for key in table.column_names], cells)


def _check_size(name: str, metadata: pq.FileMetaData) -> None:
    unpacked = sum(metadata.row_group(k).total_byte_size for k in range(metadata.num_row_groups))
    refuse_rows(name, metadata.num_rows)
    if metadata.num_columns > MAX_COLUMNS or unpacked > MAX_UNPACKED:
        raise ReadError(
            name,
            f"it unpacks to {metadata.num_columns} columns and {unpacked / 1024**2:.0f} MiB",
            f"At most {MAX_COLUMNS} columns and {MAX_UNPACKED // 1024**2} MiB: split it",
        )


def _text_columns(schema: pa.Schema) -> list[str]:
    """Kept as dictionaries until their size as text is known: few bytes may stand for one long word a million times."""
    return [one.name for one in schema if pa.types.is_string(one.type) or pa.types.is_large_string(one.type)]


def _unfolded(column: pa.ChunkedArray) -> int:
    """Bytes of a dictionary column as text."""
    sizes = [
        pc.sum(pc.take(pc.cast(pc.binary_length(chunk.dictionary), pa.int64()), chunk.indices)).as_py() or 0
        for chunk in column.chunks
    ]
    return sum(sizes)


def _as_text(name: str, key: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        if pa.types.is_string(column.type.value_type) and _unfolded(column) > MAX_UNPACKED:
            raise ReadError(
                f"{name}, column {key[:60]}",
                f"its distinct values unpack to more than {MAX_UNPACKED // 1024**2} MiB",
                "Split the file, or drop the column",
            )
        column = column.cast(column.type.value_type)
    try:
        return pc.fill_null(column.cast(pa.string()), "")
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise ReadError(
            f"{name}, column {key[:60]}", f"it holds {column.type}, which is not text", "Drop the column"
        ) from error
