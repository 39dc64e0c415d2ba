"""What a part of responses holds: rows as declared, items beside what is missing of them, as Parquet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Protocol

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ncsi.errors import StoreError
from ncsi.store.declared_frames import schema
from ncsi.tables import BACKGROUND, CORE_RESPONSES

MISSING = "_missing"
"""How the column of an item's missing answers ends, which says of what kind they are."""
_ROWS = 2**17
"""Rows of a row group, written at once."""
_FIXED = schema(CORE_RESPONSES.columns)
_OF = ("wave", "sector")
_NEVER_TWICE = ("respondent", "source_row")
_COMPRESSION = "zstd"


class RowBlocks(Protocol):
    """Rows that come block by block, for those that are too many to be held at once: tables of Arrow, categories as
    dictionaries. `brands`: those that occur, sorted."""

    @property
    def brands(self) -> tuple[str, ...]:
        """Brands that occur, sorted."""
        ...

    def __len__(self) -> int:
        """How many rows there are."""
        ...

    def tables(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """The rows, or some of their columns, block by block; at least one block."""
        ...


def declared_of(wave: str, sector: str, rows: pd.DataFrame | RowBlocks) -> pa.Schema:
    """Schema of these rows: the declared columns, the background, then ID and ID_missing of each item, nothing else."""
    first = rows if isinstance(rows, pd.DataFrame) else next(rows.tables())
    names = list(first.columns) if isinstance(first, pd.DataFrame) else first.column_names
    background = sorted(name for name in names if name.startswith(BACKGROUND))
    known = {*CORE_RESPONSES.names, *background}
    items = [name for name in names if name not in known and not name.endswith(MISSING)]
    wanted = [
        *CORE_RESPONSES.names,
        *background,
        *(name for item in items for name in (item, item + MISSING)),
    ]
    if sorted(wanted) != sorted(names):
        odd = sorted(set(wanted) ^ set(names))
        raise StoreError(
            f"{CORE_RESPONSES.name}: columns do not pair up: {', '.join(odd)}. Nothing was stored."
        )
    if isinstance(rows, pd.DataFrame) and not ((rows["wave"] == wave) & (rows["sector"] == sector)).all():
        raise _of_another(wave, sector)
    fields = [pa.field(name, pa.string()) for name in background]
    fields += [
        field
        for item in items
        for field in (pa.field(item, pa.int16()), pa.field(item + MISSING, pa.string()))
    ]
    return pa.schema([*_FIXED, *fields])


def _of_another(wave: str, sector: str) -> StoreError:
    return StoreError(f"{CORE_RESPONSES.name}: rows of another wave or sector than {wave}, {sector}.")


def write_blocks(sink: Any, rows: pd.DataFrame | RowBlocks, declared: pa.Schema, of: tuple[str, str]) -> None:
    """Write the rows by blocks, so that they are never whole in Arrow's form too. The file does not tell categories
    from texts, nor hold those of other rows (brands of other sectors), nor look for repeated ones where each row has
    its own."""
    blocks = _of_frame(rows, declared) if isinstance(rows, pd.DataFrame) else _of_tables(rows, declared, of)
    first = next(blocks)
    repeated = [name for name in declared.names if name not in _NEVER_TWICE]
    with pq.ParquetWriter(
        sink, first.schema, compression=_COMPRESSION, use_dictionary=repeated, store_schema=False
    ) as writer:
        for block in chain([first], blocks):
            writer.write_table(block)


def _of_frame(rows: pd.DataFrame, declared: pa.Schema) -> Iterator[pa.Table]:
    """The rows as declared, as many at once as a row group has."""
    known = [name for name in CORE_RESPONSES.names if isinstance(rows[name].dtype, pd.CategoricalDtype)]
    rows = rows.assign(**{name: rows[name].cat.remove_unused_categories() for name in known})
    for start in range(0, max(len(rows), 1), _ROWS):
        block = rows.iloc[start : start + _ROWS]
        yield _block((_array(block[one.name], one) for one in declared), declared)


def _of_tables(rows: RowBlocks, declared: pa.Schema, of: tuple[str, str]) -> Iterator[pa.Table]:
    """The same of rows that come block by block, whatever their blocks are. StoreError where one is of another wave or
    sector than all are said to be `of`."""
    waiting, held = list[pa.Table](), 0
    for table in rows.tables():
        if any(
            table.column(k).unique().to_pylist() not in ([one], []) for k, one in zip(_OF, of, strict=True)
        ):
            raise _of_another(*of)
        columns = ((_of_own_words(one.name, table.column(one.name), rows), one) for one in declared)
        waiting.append(_block((_declared(*one) for one in columns), declared))
        held += table.num_rows
        while held >= _ROWS:
            whole = pa.concat_tables(waiting)
            yield whole.slice(0, _ROWS).combine_chunks()
            waiting, held = [whole.slice(_ROWS)], held - _ROWS
    if held or not len(rows):
        yield pa.concat_tables(waiting).combine_chunks()


def _block(arrays: Iterable[pa.Array], declared: pa.Schema) -> pa.Table:
    """Some rows as declared, categories as such."""
    try:
        made = list(arrays)
        fields = [one.with_type(array.type) for one, array in zip(declared, made, strict=True)]
        return pa.table(made, schema=pa.schema(fields))
    except (pa.ArrowException, OverflowError, ValueError) as error:
        raise StoreError(f"{CORE_RESPONSES.name}: {error}. Nothing was stored.") from error


def _array(column: pd.Series, declared: pa.Field) -> pa.Array:
    """A column as declared; one of categories of text has them, and is not spelt out. ValueError where nothing may be
    missing and is."""
    categories = isinstance(column.dtype, pd.CategoricalDtype)
    values = pa.array(column.array) if categories else pa.array(column, declared.type, from_pandas=True)
    return _declared(values, declared)


def _of_own_words(name: str, column: pa.ChunkedArray, rows: RowBlocks) -> pa.Array:
    """A column as one array; one of brands, or of what all rows have, by the words of these rows, in their order."""
    one = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if name not in CORE_RESPONSES.names or not pa.types.is_dictionary(one.type):
        return one
    words = pa.array(rows.brands if name == "brand" else one.unique().to_pylist(), one.type.value_type)
    places = pc.index_in(one.dictionary, words).take(one.indices)
    return pa.DictionaryArray.from_arrays(places, words)


def _declared(values: pa.Array, declared: pa.Field) -> pa.Array:
    """An array as declared. ValueError where nothing may be missing and is."""
    categories = pa.types.is_dictionary(values.type)
    if values.null_count and not declared.nullable:
        raise ValueError(
            f"Field {declared} was non-nullable but pandas column had {values.null_count} null values"
        )
    if not categories and values.type != declared.type:
        return values.cast(declared.type)
    spelt = categories and not (pa.types.is_string(declared.type) and _is_text(values.type.value_type))
    return values.cast(declared.type) if spelt else values


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
