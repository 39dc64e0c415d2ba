"""Parquet as text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ncsi.errors import ReadError
from ncsi.ingest.read.blocks import BLOCK
from ncsi.ingest.read.table import MAX_COLUMNS, Raw, refuse_rows
from ncsi.ingest.read.text_columns import by_words

MAX_UNPACKED = 4 * 1024**3
_SHORT = 64
"""Bytes of words that stay within that, however often they occur."""


def read_parquet(name: str, source: Any) -> Raw:
    """Header and cells, block by block; the first data row is 2, as if the names stood above. `source`: what Arrow
    reads, a file or bytes. Raises ReadError, also as its blocks are read."""
    with _whole(name):
        _check_size(name, pq.read_metadata(source))
        file = pq.ParquetFile(source, read_dictionary=_text_columns(pq.read_schema(source)))
        names = [str(key) for key in file.schema_arrow.names]
    blocks = _blocks(name, names, file)
    return Raw(names, next(blocks), more=blocks)


@contextmanager
def _whole(name: str) -> Iterator[None]:
    """A block in which what Arrow cannot read is a ReadError."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise ReadError(
            name, "the Parquet file is damaged or truncated", "Export or copy it again"
        ) from error


def _blocks(name: str, names: list[str], file: pq.ParquetFile) -> Iterator[pa.Table]:
    """The rows as text by their words, at least one block."""
    unpacked, keys = [0] * len(names), [str(k) for k in range(len(names))]
    for group in _groups(name, file):
        for k, column in enumerate(group.columns):
            unpacked[k] += _unfolded(column)
            _refuse_unfolded(name, names[k], unpacked[k])
        texts = [_as_text(name, key, one) for key, one in zip(names, group.columns, strict=True)]
        yield pa.table(texts, names=keys)


def _groups(name: str, file: pq.ParquetFile) -> Iterator[pa.Table]:
    """Rows of one or several row groups, or some of one; an empty table where there is none."""
    waiting, rows, schema = list[pa.RecordBatch](), 0, file.schema_arrow
    batches = chain.from_iterable(  # each group's reader keeps what it read
        file.iter_batches(BLOCK, row_groups=[k], use_threads=False) for k in range(file.num_row_groups)
    )
    while True:
        with _whole(name):
            batch = next(batches, None)
        if batch is None or rows + batch.num_rows > BLOCK:
            if waiting or batch is None:
                yield pa.Table.from_batches(waiting) if waiting else schema.empty_table()
            waiting, rows = [], 0
        if batch is None:
            return
        waiting, rows = [*waiting, batch], rows + batch.num_rows


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
    """Bytes of a dictionary column as text, of short words no fewer; 0 for another."""
    if not (pa.types.is_dictionary(column.type) and _is_text(column.type.value_type)):
        return 0
    longest = max((pc.max(pc.binary_length(one.dictionary)).as_py() or 0 for one in column.chunks), default=0)
    if longest <= _SHORT:
        return longest * len(column)
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
        if not len(column):  # of whatever type: that there is no row is told where the table is judged
            column = pa.chunked_array([pa.array([], pa.string())])
        column = column.cast(pa.string()) if pa.types.is_null(column.type) else column
        values = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        values = values.combine_chunks() if values.num_chunks != 1 else values.chunk(0)
        return by_words(
            pa.chunked_array(
                [pa.DictionaryArray.from_arrays(values.indices, values.dictionary.cast(pa.string()))]
            )
        )
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise ReadError(
            f"{name}, column {key[:60]}", f"it holds {column.type}, which is not text", "Drop the column"
        ) from error
