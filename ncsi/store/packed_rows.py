"""Rows of a table that wait to be stored, compressed: few in memory, many in a temporary file without a name, so that
what a process takes does not grow with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pickle import PickleBuffer
from tempfile import SpooledTemporaryFile
from typing import SupportsIndex

import pyarrow as pa

from ncsi.errors import StoreError

IN_MEMORY = 2**22
"""Bytes of rows from which they wait in a file: it has no name, is its owner's alone, and is gone with the process."""
_OUT_OF_BAND = 5
"""Protocol of pickle from which buffers may go beside the rest."""
_LEVEL = 1
"""Of zstd: what there is to gain are texts that repeat; digests and weights stay as they are."""
_NO_ROOM = "Free disk space, or name another folder in TMPDIR. Nothing was stored."


@dataclass(frozen=True, slots=True, eq=False)
class PackedRows:
    """Batches of rows as streams of Arrow's format, one after the other in `file`, each of so many bytes (`sizes`), and
    their common `schema`."""

    schema: pa.Schema
    file: SpooledTemporaryFile[bytes]
    sizes: tuple[int, ...]
    num_rows: int

    @classmethod
    def of(cls, schema: pa.Schema, tables: Iterable[pa.Table]) -> PackedRows:
        """Pack some tables, one after the other. StoreError where there is no room for them."""
        rows = 0

        def streams() -> Iterator[pa.Buffer]:
            nonlocal rows
            options = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", compression_level=_LEVEL))
            for table in tables:
                sink = pa.BufferOutputStream()
                with pa.ipc.new_stream(sink, schema, options=options) as stream:
                    stream.write_table(table)
                rows += table.num_rows
                yield sink.getvalue()

        file, sizes = _kept(streams())
        return cls(schema, file, sizes, rows)

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[object, ...]:
        """To another process they go as they are packed, and to another machine without a copy, as Dask asks for."""
        as_sent = PickleBuffer if protocol.__index__() >= _OUT_OF_BAND else bytes
        return _unpickled, (self.schema, [as_sent(one) for one in self._packed()], self.num_rows)

    def reader(self) -> pa.RecordBatchReader:
        """The rows, unpacked as they are read."""
        return pa.RecordBatchReader.from_batches(self.schema, self._unpacked())

    def _unpacked(self) -> Iterator[pa.RecordBatch]:
        for one in self._packed():
            with pa.ipc.open_stream(one) as stream:
                yield from stream

    def _packed(self) -> Iterator[bytes]:
        start = 0
        for size in self.sizes:
            self.file.seek(start)
            yield self.file.read(size)
            start += size


def _kept(streams: Iterable[pa.Buffer | bytes]) -> tuple[SpooledTemporaryFile[bytes], tuple[int, ...]]:
    file = SpooledTemporaryFile(max_size=IN_MEMORY, prefix="ncsi-rows-")  # noqa: SIM115 - as long as the rows
    sizes = list[int]()
    for one in streams:
        try:
            sizes.append(file.write(one))
            file.flush()  # where there is no room, it is said here, not as the rows are read
        except OSError as error:
            raise StoreError(
                f"temporary files: rows cannot be kept until they are stored ({error.strerror or error}). {_NO_ROOM}"
            ) from error
    return file, tuple(sizes)


def _unpickled(schema: pa.Schema, packed: Sequence[bytes], num_rows: int) -> PackedRows:
    return PackedRows(schema, *_kept(packed), num_rows)
