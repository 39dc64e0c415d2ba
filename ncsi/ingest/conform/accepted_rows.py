"""Accepted rows of a sector, block by block: in memory, or in a temporary file without a name where they are many."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from tempfile import TemporaryFile
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from ncsi.errors import ReadError

_ODD = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))
_PSEUDONYM = 32
_WHOLE = {pa.int16(): pd.Int16Dtype()}
_WORDS = ("wave", "sector", "brand", "source_sha256")


@dataclass(slots=True, eq=False)
class _Kept:
    """Blocks as they came: tables in memory, or places in a file."""

    file: IO[bytes] | None
    tables: list[pa.Table] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def add(self, table: pa.Table) -> None:
        if self.file is None:
            self.tables.append(table)
            return
        self.names = table.column_names
        self.places.append(self.file.seek(0, 2))
        with pa.ipc.new_stream(self.file, table.schema) as stream:
            stream.write_table(table)
        self.file.flush()  # where there is no room, it is said here, not as the rows are read

    def blocks(self, columns: Sequence[str] | None) -> Iterator[pa.Table]:
        """The blocks, or some of their columns."""
        for table in self.tables:
            yield table if columns is None else table.select(list(columns))
        for place in self.places:
            fields = None if columns is None else sorted(self.names.index(name) for name in columns)
            table = _read(self.file, place, fields)
            yield table if columns is None else table.select(list(columns))


def _read(file: IO[bytes] | None, place: int, fields: list[int] | None) -> pa.Table:
    if file is None:
        raise ValueError("rows in memory have no place in a file")
    file.seek(place)
    options = pa.ipc.IpcReadOptions(use_threads=False, included_fields=fields)
    return pa.ipc.open_stream(file, options=options).read_all()


@dataclass(frozen=True, slots=True, eq=False)
class AcceptedRows:
    """Rows of a sector as `core_responses_by_respondent` declares them, without those `left_out` (numbers of rows,
    sorted). Categories are those that occur, of items the kinds of missing that there are."""

    kept: _Kept
    rows: int
    brands: tuple[str, ...]
    left_out: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def __len__(self) -> int:
        return self.rows

    def tables(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """The rows, or some of their columns, block by block."""
        if not len(self.left_out):
            yield from self.kept.blocks(columns)
            return
        wanted = None if columns is None else list(dict.fromkeys([*columns, "source_row"]))
        for table in self.kept.blocks(wanted):
            out = np.isin(table.column("source_row").to_numpy(), self.left_out)
            one = table.filter(pa.array(~out))
            yield one if columns is None else one.select(list(columns))

    def frames(self, columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
        """The same as frames."""
        return (_frame(one) for one in self.tables(columns))

    def frame(self) -> pd.DataFrame:
        """All rows at once; those of a large file take as much memory as they are many."""
        frame = _frame(pa.concat_tables(map(_wide, self.tables())).unify_dictionaries())
        for name in _WORDS:
            frame[name] = frame[name].cat.remove_unused_categories()
        return frame

    def without(self, source_rows: Collection[int] | npt.NDArray[np.int64]) -> AcceptedRows:
        """The same without these rows of the file."""
        gone = np.unique(np.fromiter(source_rows, dtype=np.int64, count=len(source_rows)))
        if not len(gone):
            return self
        left = replace(self, left_out=np.union1d(self.left_out, gone))
        rows, brands = 0, set[str]()
        for one in left.tables(["brand"]):
            rows, brands = rows + one.num_rows, brands.union(one.column(0).unique().to_pylist())
        return replace(left, rows=rows, brands=tuple(sorted(brands)))


@dataclass(slots=True, eq=False)
class Accepting:
    """Accepted rows of a sector, as blocks of them come, and 64 bits of each one's brand and respondent."""

    kept: _Kept
    rows: int = 0
    brands: set[str] = field(default_factory=set)
    keys: list[npt.NDArray[np.uint64]] = field(default_factory=list)

    @classmethod
    def begun(cls, many: bool) -> Accepting:
        """None yet; `many`: there may be too many for memory. Raises ReadError where there is no folder for them."""
        try:
            return cls(_Kept(TemporaryFile(prefix="ncsi-rows-") if many else None))
        except OSError as error:
            raise _no_room(error) from error

    def add(self, rows: pd.DataFrame) -> None:
        """Add a block. Raises ReadError where there is no room for it."""
        table = pa.table({name: _array(rows[name]) for name in rows.columns})
        try:
            self.kept.add(table)
        except OSError as error:
            raise _no_room(error) from error
        brand = table.column("brand").chunk(0)
        self.brands.update(brand.unique().to_pylist())
        self.keys.append(_keys(brand, table.column("respondent")))
        self.rows += table.num_rows

    def twice(self) -> pd.DataFrame:
        """Those whose brand and respondent another one may have (sector, brand, respondent, source_row), in order; the
        first two rows where there are none."""
        ordered = np.concatenate(self.keys)
        ordered.sort()
        again = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
        del ordered
        if not len(again):
            return self._at(np.arange(min(2, self.rows)))
        return self._at(np.flatnonzero(np.concatenate([np.isin(one, again) for one in self.keys])))

    def _at(self, positions: npt.NDArray[np.int64]) -> pd.DataFrame:
        found, begin = [], 0
        for table in self.kept.blocks(["sector", "brand", "respondent", "source_row"]):
            own = positions[(positions >= begin) & (positions < begin + table.num_rows)] - begin
            if len(own):
                found.append(
                    table.select(["sector", "brand", "respondent", "source_row"]).take(pa.array(own))
                )
            begin += table.num_rows
            if begin > positions[-1]:
                break
        plain = pa.schema([(name, pa.string()) for name in ("sector", "brand", "respondent")])
        rows = [one.cast(plain.append(pa.field("source_row", pa.int64()))) for one in found]
        frame: pd.DataFrame = pa.concat_tables(rows).to_pandas()
        return frame

    def done(self, without: Collection[int]) -> AcceptedRows:
        """The rows, those numbers left out."""
        return AcceptedRows(self.kept, self.rows, tuple(sorted(self.brands))).without(without)


def _no_room(error: OSError) -> ReadError:
    problem = f"its rows cannot be kept while they are judged ({error.strerror or error})"
    return ReadError("temporary files", problem, "Free disk space, or name another folder in TMPDIR")


def _keys(brand: pa.DictionaryArray, respondent: pa.ChunkedArray) -> npt.NDArray[np.uint64]:
    words = pd.util.hash_array(np.array(brand.dictionary.to_pylist(), dtype=object), categorize=False)
    text = pa.concat_arrays(respondent.cast(pa.string()).chunks)
    data = np.frombuffer(text.buffers()[2], dtype=np.uint8)[: _PSEUDONYM * len(text)]
    halves = np.ascontiguousarray(data.reshape(len(text), _PSEUDONYM)[:, :16]).view("<u8")
    return np.asarray(
        words[brand.indices.to_numpy()] + halves[:, 0] * _ODD[0] + halves[:, 1] * _ODD[1], dtype=np.uint64
    )


def _array(column: pd.Series) -> pa.Array:
    """A column as Arrow has it: categories as such, text as text."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return pa.array(column.array)
    if column.dtype == object:
        return pa.array(column.to_numpy(), pa.string(), from_pandas=True)
    return pa.array(column, from_pandas=True)


def _wide(table: pa.Table) -> pa.Table:
    """The same with places of four bytes where blocks have words of their own: one of few joins one of many."""
    for name in _WORDS:
        column = table.column(name)
        wide = column.cast(pa.dictionary(pa.int32(), column.type.value_type))
        table = table.set_column(table.schema.get_field_index(name), name, wide)
    return table


def _frame(table: pa.Table) -> pd.DataFrame:
    columns: dict[str, Any] = {}
    for field_, column in zip(table.schema, table.columns, strict=True):
        if pa.types.is_string(field_.type):
            columns[field_.name] = pd.Series(column.to_numpy(zero_copy_only=False), dtype="object")
        elif pa.types.is_int16(field_.type):
            columns[field_.name] = column.to_pandas(types_mapper=_WHOLE.get)
        else:
            columns[field_.name] = column.to_pandas()
    return pd.DataFrame(columns, copy=False)
