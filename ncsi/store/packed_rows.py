"""Rows of a table that wait to be stored, compressed: of a million respondents a third of what they take unpacked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa

_LEVEL = 1
"""Of zstd: what there is to gain are texts that repeat; digests and weights stay as they are."""


@dataclass(frozen=True, slots=True, eq=False)
class PackedRows:
    """Batches of rows as streams of Arrow's format, one each, and their common `schema`."""

    schema: pa.Schema
    batches: tuple[pa.Buffer, ...]
    num_rows: int

    @classmethod
    def of(cls, schema: pa.Schema, tables: Iterable[pa.Table]) -> PackedRows:
        """Pack some tables, one after the other."""
        packed, rows = [], 0
        options = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", compression_level=_LEVEL))
        for table in tables:
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, schema, options=options) as stream:
                stream.write_table(table)
            packed.append(
                pa.py_buffer(sink.getvalue().to_pybytes())
            )  # as large as it is: a stream's has room left
            rows += table.num_rows
        return cls(schema, tuple(packed), rows)

    @property
    def nbytes(self) -> int:
        """What they take."""
        return sum(one.size for one in self.batches)

    def reader(self) -> pa.RecordBatchReader:
        """The rows, unpacked as they are read."""
        return pa.RecordBatchReader.from_batches(self.schema, self._unpacked())

    def _unpacked(self) -> Iterator[pa.RecordBatch]:
        for one in self.batches:
            with pa.ipc.open_stream(one) as stream:
                yield from stream
