"""Parquet as text, as it is typed: each distinct value is spelt once."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ncsi.errors import ReadError
from ncsi.ingest.read.table import MAX_COLUMNS, Raw, refuse_rows

MAX_UNPACKED = 4 * 1024**3
_TEXT = pa.dictionary(pa.int32(), pa.string())


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
    """A column as text, each distinct value of it once: a number is written out as often as it differs, not as often
    as it occurs."""
    if pa.types.is_null(column.type):
        column = column.cast(pa.string())
    coded = pa.types.is_dictionary(column.type)
    kind = column.type.value_type if coded else column.type
    if coded and pa.types.is_string(kind) and _unfolded(column) > MAX_UNPACKED:
        raise ReadError(
            f"{name}, column {key[:60]}",
            f"its distinct values unpack to more than {MAX_UNPACKED // 1024**2} MiB",
            "Split the file, or drop the column",
        )
    try:
        chunks = (column if coded else column.dictionary_encode()).unify_dictionaries().chunks
        return pa.chunked_array([_filled(chunk) for chunk in chunks], _TEXT)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise ReadError(
            f"{name}, column {key[:60]}", f"it holds {kind}, which is not text", "Drop the column"
        ) from error


def _filled(column: pa.DictionaryArray) -> pa.DictionaryArray:
    """The same as text, "" where nothing is."""
    words = pc.fill_null(column.dictionary.cast(pa.string()), "")
    indices = column.indices.cast(pa.int32())
    if indices.null_count:
        indices = pc.fill_null(indices, pa.scalar(len(words), pa.int32()))
        words = pa.concat_arrays([words, pa.array([""], pa.string())])
    return pa.DictionaryArray.from_arrays(indices, words)
