"""Cells of a file block by block: all in memory, or in a temporary file that has no name and ends with who reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ncsi.ingest.read.text_columns import by_words, own_words

BLOCK = 2**17
"""Rows that are held at once."""
HEAD = 1000
"""Rows that tell how a file is written."""
_FEW, _SHORT = 1000, 2**15
"""Words of a column that are kept beside the blocks, and the characters that they have together."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some rows: their text by columns, and the number of each."""

    values: pa.Table
    numbers: npt.NDArray[np.int64]


class Blocks(Protocol):
    """The rows of a file, in their order."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        ...

    @property
    def rows(self) -> int:
        """How many there are."""
        ...

    def __iter__(self) -> Iterator[Block]:
        """The rows, at most `BLOCK` at a time, at least one block."""
        ...

    def only(self, names: Sequence[str]) -> Iterator[pa.Table]:
        """Some of the columns, block by block."""
        ...

    def head(self) -> pa.Table:
        """The first rows, at most `HEAD`."""
        ...

    def whole(self) -> Block:
        """All of it at once."""
        ...

    def words(self, column: str) -> list[str]:
        """The distinct texts of a column, in the order in which they occur first."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class InMemory:
    """Blocks of a table that is in memory."""

    table: Block

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(self.table.values.column_names)

    @property
    def rows(self) -> int:
        """How many there are."""
        return int(self.table.values.num_rows)

    def __iter__(self) -> Iterator[Block]:
        """The rows, at most `BLOCK` at a time, at least one block."""
        for start in range(0, max(self.rows, 1), BLOCK):
            yield Block(self.table.values.slice(start, BLOCK), self.table.numbers[start : start + BLOCK])

    def only(self, names: Sequence[str]) -> Iterator[pa.Table]:
        """Some of the columns, block by block."""
        return (one.values.select(list(names)) for one in self)

    def head(self) -> pa.Table:
        """The first rows."""
        return self.table.values.slice(0, HEAD)

    def whole(self) -> Block:
        """All of it at once."""
        return self.table

    def words(self, column: str) -> list[str]:
        """The distinct texts of a column, in the order in which they occur first."""
        found: list[str] = self.table.values.column(column).unique().to_pylist()
        return found


def joined(blocks: Sequence[Block]) -> Block:
    """Blocks as one, by words of its own."""
    if len(blocks) == 1:
        return blocks[0]
    tables = [one.values for one in blocks]
    values = {
        name: by_words(pa.chunked_array([_wide(table.column(name).chunk(0)) for table in tables]))
        for name in tables[0].column_names
    }
    return Block(pa.table(values), np.concatenate([one.numbers for one in blocks]))


def _wide(column: pa.DictionaryArray) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(column.indices.cast(pa.int32()), column.dictionary)


NOTHING = InMemory(Block(pa.table({}), np.zeros(0, dtype=np.int64)))
"""No rows: those of a table are handed over elsewhere."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of blocks beside the temporary file: their columns, where each begins and how many rows it has, and
    the words of columns that have few."""

    columns: tuple[str, ...]
    places: tuple[tuple[int, int], ...]
    few: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Spooled:
    """Blocks in a temporary file, each a stream of Arrow's of its own: by its own words, numbers of rows last."""

    file: IO[bytes]
    told: Told
    top: pa.Table
    held: list[Block] = field(default_factory=list)
    """All of it, once somebody has asked for it."""

    @classmethod
    def of(cls, file: IO[bytes], told: Told) -> Spooled:
        """The blocks of a file of which that is told."""
        upto = np.cumsum([rows for _, rows in told.places])
        first = told.places[: int(np.searchsorted(upto, HEAD)) + 1]
        top = joined([block_at(file, told, k) for k in range(len(first))])
        return cls(file, told, top.values.slice(0, HEAD))

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self.told.columns

    @property
    def rows(self) -> int:
        """How many there are."""
        return sum(rows for _, rows in self.told.places)

    def __iter__(self) -> Iterator[Block]:
        """The rows, at most `BLOCK` at a time, at least one block."""
        return (block_at(self.file, self.told, k) for k in range(len(self.told.places)))

    def only(self, names: Sequence[str]) -> Iterator[pa.Table]:
        """Some of the columns, block by block."""
        wanted = [self.columns.index(name) for name in names]
        names = [self.columns[k] for k in sorted(wanted)]
        tables = (_read(self.file, place, sorted(wanted)) for place, _ in self.told.places)
        return (one.rename_columns(names) for one in tables)

    def head(self) -> pa.Table:
        """The first rows."""
        return self.top

    def whole(self) -> Block:
        """All of it at once."""
        if not self.held:
            self.held.append(joined(list(self)))
        return self.held[0]

    def words(self, column: str) -> list[str]:
        """The distinct texts of a column, in the order in which they occur first."""
        few = self.told.few.get(column)
        if few is not None:
            return list(few)
        found: dict[str, None] = {}
        for table in self.only([column]):
            found.update(dict.fromkeys(table.column(0).unique().to_pylist()))
        return list(found)


def block_at(file: IO[bytes], told: Told, number: int) -> Block:
    """A block of those that are in a temporary file."""
    table = _read(file, told.places[number][0], None)
    last = table.num_columns - 1
    values = table.select(range(last)).rename_columns(list(told.columns))
    return Block(values, table.column(last).to_numpy())


def _read(file: IO[bytes], place: int, fields: list[int] | None) -> pa.Table:
    file.seek(place)
    options = pa.ipc.IpcReadOptions(use_threads=False, included_fields=fields)
    return pa.ipc.open_stream(file, options=options).read_all()


@dataclass(slots=True, eq=False)
class Spool:
    """A temporary file being written, by the process that reads the delivered one."""

    file: IO[bytes]
    columns: tuple[str, ...] = ()
    places: list[tuple[int, int]] = field(default_factory=list)
    few: dict[str, dict[str, None]] = field(default_factory=dict)

    def write(self, block: Block) -> None:
        """Write a block behind those that there are."""
        if not self.places:
            self.columns = tuple(block.values.column_names)
            self.few = {name: {} for name in self.columns}
        place, numbers = self.file.tell(), pa.array(block.numbers)
        names = [str(k) for k in range(len(self.columns) + 1)]
        values = [own_words(by_words(one)) for one in block.values.columns]
        table = pa.table([*values, numbers], names=names)
        with pa.ipc.new_stream(self.file, table.schema) as stream:
            stream.write_table(table)
        self.places.append((place, table.num_rows))
        for name, known in tuple(self.few.items()):
            words = block.values.column(name).unique()
            if len(words) <= _FEW:
                known.update(dict.fromkeys(words.to_pylist()))
            if max(len(words), len(known)) > _FEW or sum(map(len, known)) > _SHORT:
                del self.few[name]

    def told(self) -> dict[str, Any]:
        """What `Told` is made of, as JSON; of a single block, which tells them itself, without words."""
        few = self.few if len(self.places) > 1 else {}
        return {
            "columns": self.columns, "places": self.places,
            "few": {name: list(known) for name, known in few.items()},
        }  # fmt: skip


def told_of(facts: Mapping[str, Any]) -> Told:
    """What `Spool.told` told."""
    places = tuple((int(place), int(rows)) for place, rows in facts["places"])
    return Told(tuple(facts["columns"]), places, {name: tuple(one) for name, one in facts["few"].items()})
