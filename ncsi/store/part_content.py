"""What a part of responses holds: rows as declared, items beside what is missing of them, as Parquet."""

from __future__ import annotations

from itertools import chain
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ncsi.errors import StoreError
from ncsi.store.declared_frames import schema
from ncsi.tables import BACKGROUND, CORE_RESPONSES

MISSING = "_missing"
"""How the column of an item's missing answers ends, which says of what kind they are."""
_ROWS = 2**17
"""Rows of a row group, written at once."""
_FIXED = schema(CORE_RESPONSES.columns)
_NEVER_TWICE = ("respondent", "source_row")
_COMPRESSION = "zstd"


def declared_of(wave: str, sector: str, rows: pd.DataFrame) -> pa.Schema:
    """Schema of these rows: the declared columns, the background, then ID and ID_missing of each item, nothing else."""
    background = sorted(name for name in rows.columns if name.startswith(BACKGROUND))
    known = {*CORE_RESPONSES.names, *background}
    items = [name for name in rows.columns if name not in known and not name.endswith(MISSING)]
    wanted = [
        *CORE_RESPONSES.names,
        *background,
        *(name for item in items for name in (item, item + MISSING)),
    ]
    if sorted(wanted) != sorted(rows.columns):
        odd = sorted(set(wanted) ^ set(rows.columns))
        raise StoreError(
            f"{CORE_RESPONSES.name}: columns do not pair up: {', '.join(odd)}. Nothing was stored."
        )
    if not ((rows["wave"] == wave) & (rows["sector"] == sector)).all():
        raise StoreError(f"{CORE_RESPONSES.name}: rows of another wave or sector than {wave}, {sector}.")
    fields = [pa.field(name, pa.string()) for name in background]
    fields += [
        field
        for item in items
        for field in (pa.field(item, pa.int16()), pa.field(item + MISSING, pa.string()))
    ]
    return pa.schema([*_FIXED, *fields])


def write_blocks(sink: Any, rows: pd.DataFrame, declared: pa.Schema) -> None:
    """Write the rows by blocks, so that they are never whole in Arrow's form too. The file does not tell categories
    from texts, nor hold those of other rows (brands of other sectors), nor look for repeated ones where each row has
    its own."""
    known = [name for name in CORE_RESPONSES.names if isinstance(rows[name].dtype, pd.CategoricalDtype)]
    rows = rows.assign(**{name: rows[name].cat.remove_unused_categories() for name in known})
    starts = range(0, max(len(rows), 1), _ROWS)
    blocks = (_block(rows.iloc[start : start + _ROWS], declared) for start in starts)
    first = next(blocks)
    repeated = [name for name in declared.names if name not in _NEVER_TWICE]
    with pq.ParquetWriter(
        sink, first.schema, compression=_COMPRESSION, use_dictionary=repeated, store_schema=False
    ) as writer:
        for block in chain([first], blocks):
            writer.write_table(block)


def _block(rows: pd.DataFrame, declared: pa.Schema) -> pa.Table:
    """Some rows as declared, categories as such."""
    try:
        arrays = [_array(rows[one.name], one) for one in declared]
        fields = [one.with_type(array.type) for one, array in zip(declared, arrays, strict=True)]
        return pa.table(arrays, schema=pa.schema(fields))
    except (pa.ArrowException, OverflowError, ValueError) as error:
        raise StoreError(f"{CORE_RESPONSES.name}: {error}. Nothing was stored.") from error


def _array(column: pd.Series, declared: pa.Field) -> pa.Array:
    """A column as declared; one of categories of text has them, and is not spelt out. ValueError where nothing may be
    missing and is."""
    categories = isinstance(column.dtype, pd.CategoricalDtype)
    values = pa.array(column.array) if categories else pa.array(column, declared.type, from_pandas=True)
    if values.null_count and not declared.nullable:
        raise ValueError(
            f"Field {declared} was non-nullable but pandas column had {values.null_count} null values"
        )
    spelt = categories and not (pa.types.is_string(declared.type) and _is_text(values.type.value_type))
    return values.cast(declared.type) if spelt else values


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
