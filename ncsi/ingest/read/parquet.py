"""Parquet as text."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ncsi.errors import ReadError
from ncsi.ingest.read.table import MAX_COLUMNS, Raw, refuse_rows
from ncsi.ingest.read.text_columns import by_words

MAX_UNPACKED = 4 * 1024**3


def read_parquet(name: str, content: bytes) -> Raw:
    """Header and cells; the first data row is 2, as if the names stood above. Raises ReadError."""
    try:
        _check_size(name, pq.read_metadata(pa.BufferReader(content)))
        texts = _text_columns(pq.read_schema(pa.BufferReader(content)))
        file = pq.ParquetFile(pa.BufferReader(content), read_dictionary=texts)
        names = [str(key) for key in file.schema_arrow.names]
        unpacked, groups = [0] * len(names), []
        for group in _groups(file):
            for k, column in enumerate(group.columns):
                unpacked[k] += _unfolded(column)
                _refuse_unfolded(name, names[k], unpacked[k])
            groups.append([_as_text(name, *one) for one in zip(names, group.columns, strict=True)])
    except (pa.ArrowException, OSError) as error:
        raise ReadError(
            name, "the Parquet file is damaged or truncated", "Export or copy it again"
        ) from error
    columns = [by_words(pa.chunked_array(parts)) for parts in zip(*groups, strict=True)]
    return Raw(names, pa.table(columns, names=[str(k) for k in range(len(columns))]))


def _groups(file: pq.ParquetFile) -> Iterator[pa.Table]:
    """The row groups, one after another; an empty table where there is none."""
    if not file.num_row_groups:
        yield file.schema_arrow.empty_table()
    for k in range(file.num_row_groups):
        yield file.read_row_group(k, use_threads=False)


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
    return [one.name for one in schema if _is_text(one.type)]


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _unfolded(column: pa.ChunkedArray) -> int:
    """Bytes of a dictionary column as text; 0 for another."""
    if not (pa.types.is_dictionary(column.type) and _is_text(column.type.value_type)):
        return 0
    sizes = [
        pc.sum(pc.take(pc.cast(pc.binary_length(chunk.dictionary), pa.int64()), chunk.indices)).as_py() or 0
        for chunk in column.chunks
    ]
    return sum(sizes)


def _refuse_unfolded(name: str, key: str, size: int) -> None:
    if size > MAX_UNPACKED:
        raise ReadError(
            f"{name}, column {key[:60]}",
            f"its distinct values unpack to more than {MAX_UNPACKED // 1024**2} MiB",
            "Split the file, or drop the column",
        )


def _as_text(name: str, key: str, column: pa.ChunkedArray) -> pa.DictionaryArray:
    """A column by its words: each distinct value is written once."""
    try:
        values = (
            column.combine_chunks()
            if pa.types.is_dictionary(column.type)
            else column.dictionary_encode().combine_chunks()
        )
        return pa.DictionaryArray.from_arrays(values.indices, values.dictionary.cast(pa.string()))
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise ReadError(
            f"{name}, column {key[:60]}", f"it holds {column.type}, which is not text", "Drop the column"
        ) from error
