"""Frames against declarations: columns, types, nulls and keys are checked before anything is written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.extensions import ExtensionDtype

from ncsi.errors import ImpossibleFigure, StoreError
from ncsi.tables import Column, Kind, Table
from ncsi.tables.possible import impossible

_ARROW: dict[Kind, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "flag": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "numbers": pa.list_(pa.float64()),
    "binary": pa.binary(),
}
_PANDAS: dict[Kind, ExtensionDtype | np.dtype[Any]] = {
    "integer": np.dtype("int64"),
    "number": np.dtype("float64"),
    "flag": np.dtype("bool"),
    "date": np.dtype("datetime64[s]"),
    "timestamp": np.dtype("datetime64[us]"),
    "numbers": np.dtype("object"),
    "binary": pd.ArrowDtype(pa.binary()),
}


_PYTHON: dict[Kind, type] = {"text": str, "binary": bytes}
"""What a value of a column is; of all others, a date."""


def to_arrow(
    table: Table,
    frame: pd.DataFrame,
    constants: Mapping[str, str] | None = None,
    known_to_differ: bool = False,
) -> pa.Table:
    """The frame as declared; `constants` are text columns that it lacks, the same in every row. `known_to_differ`: that
    no two rows have the same key is looked at by whoever asks.

    StoreError naming table and column where it is not as declared, ImpossibleFigure where a figure cannot be.
    """
    constants = constants or {}
    _check_columns(table, frame, constants)
    if not len(frame):
        return schema(table.columns).empty_table()
    arrays = [
        pa.repeat(pa.scalar(constants[column.name]), len(frame))
        if column.name in constants
        else _array(table, column, frame[column.name])
        for column in table.columns
    ]
    if not known_to_differ:
        _check_key(table, frame, [name for name in table.key if name not in constants])
    said = impossible(table, frame)
    if said is not None:
        raise ImpossibleFigure(f"{table.name}: {said}: no such figure can be. Nothing was stored.")
    return pa.table(arrays, schema=schema(table.columns))


def to_frame(table: Table, rows: pa.Table) -> pd.DataFrame:
    """Stored rows as pandas; integers and flags with nulls become nullable types."""
    if not rows.num_rows:
        return _empty(table, pd.get_option("mode.string_storage")).copy()
    threads = rows.num_rows > _MANY  # to wake them takes longer than small tables
    frame: pd.DataFrame = rows.select(list(table.names)).to_pandas(date_as_object=False, use_threads=threads)
    found = frame.dtypes.to_dict()
    wanted = {one.name: _dtype(one, rows.column(one.name).null_count > 0) for one in table.columns}
    for name, dtype in wanted.items():
        if found[name] != dtype:  # of a few columns sooner than by `astype` of all
            frame[name] = frame[name].astype(dtype)
    return frame


@cache
def _empty(table: Table, texts: str) -> pd.DataFrame:  # noqa: ARG001 - what pandas holds its texts in
    return pd.DataFrame({one.name: pd.Series(dtype=_dtype(one, False)) for one in table.columns})


def _dtype(column: Column, has_null: bool) -> ExtensionDtype | np.dtype[Any]:
    if has_null and column.kind in ("integer", "flag"):
        return pd.Int64Dtype() if column.kind == "integer" else pd.BooleanDtype()
    return pd.StringDtype(na_value=np.nan) if column.kind == "text" else _PANDAS[column.kind]


def schema(columns: tuple[Column, ...]) -> pa.Schema:
    """Arrow schema of declared columns."""
    return pa.schema([pa.field(one.name, _ARROW[one.kind], nullable=one.nullable) for one in columns])


def _check_columns(table: Table, frame: pd.DataFrame, constants: Mapping[str, str]) -> None:
    wanted = [name for name in table.names if name not in constants]
    missing = [name for name in wanted if name not in frame.columns]
    unknown = [str(name) for name in frame.columns if name not in wanted]
    if missing or unknown:
        wrong = [f"lacks {', '.join(missing)}"] if missing else []
        wrong += [f"has unknown {', '.join(unknown)}"] if unknown else []
        raise StoreError(f"{table.name}: the frame {' and '.join(wrong)}. Nothing was stored.")


_MANY = 5_000
"""Rows from which pandas knows sooner whether two are alike."""


def _check_key(table: Table, frame: pd.DataFrame, key: list[str]) -> None:
    if key and len(frame) < _MANY and _all_differ([frame[name].tolist() for name in key]):
        return
    twice = frame.duplicated(key) if key else pd.Series(np.arange(len(frame)) > 0, index=frame.index)
    if twice.any():
        first = frame.loc[twice, key].iloc[0].to_dict()
        raise StoreError(
            f"{table.name}: {int(twice.sum())} rows repeat a key, first {first}. Nothing was stored."
        )


def _all_differ(columns: list[list[Any]]) -> bool:
    """Whether no two rows are alike: of small tables known sooner than by pandas. Where a text or number is missing,
    which is like another that is missing, False: look again."""
    if len(set(zip(*columns, strict=True))) < len(columns[0]):
        return False
    return not any(one is None or one is pd.NA or one != one for column in columns for one in set(column))


def _array(table: Table, column: Column, series: pd.Series) -> pa.Array:
    """Whole columns where their type says what they hold; else Python values, one by one."""
    quick = _quick(column, series)
    if quick is not None:
        return quick
    values = [
        None if null else value for value, null in zip(series.tolist(), series.isna().tolist(), strict=True)
    ]
    missing = sum(value is None for value in values)
    if missing and not column.nullable:
        raise StoreError(
            f"{table.name}: column {column.name}: {missing} of {len(values)} values are missing. "
            "Nothing was stored."
        )
    try:
        if not all(value is None or _fits(column.kind, value) for value in values):
            raise pa.ArrowTypeError(f"{series.dtype} is not {column.kind}")
        return pa.array(values, type=_ARROW[column.kind])
    except (pa.ArrowException, OverflowError) as error:
        raise StoreError(
            f"{table.name}: column {column.name} holds {series.dtype} where {column.kind} belongs. "
            "Nothing was stored."
        ) from error


def _quick(column: Column, series: pd.Series) -> pa.Array | None:
    """A column of finite numbers, of texts or of bytes; None for all that needs a look at each value."""
    if column.kind in ("number", "integer") and series.dtype in (np.float64, np.int64):
        values = series.to_numpy()
        null = np.isnan(values)
        whole = column.kind == "number" or series.dtype == np.int64
        if whole and not np.isinf(values).any() and (column.nullable or not null.any()):
            return pa.array(values, type=_ARROW[column.kind], mask=null)
    if column.kind == "text" and _is_text(series):
        texts = _texts(series)
        return texts if column.nullable or not texts.null_count else None
    if column.kind == "binary" and series.dtype == _PANDAS["binary"]:
        return pa.array(series.array)
    return _lists(series) if column.kind == "numbers" else None


def _is_text(series: pd.Series) -> bool:
    return (
        isinstance(series.dtype, pd.StringDtype) or pd.api.types.infer_dtype(series, skipna=True) == "string"
    )


def _texts(series: pd.Series) -> pa.Array | pa.ChunkedArray:
    """Texts that are kept as such go over as they are; no object of Python is made of each."""
    if not isinstance(series.dtype, pd.StringDtype) or series.dtype.storage != "pyarrow":
        return pa.array(series.to_numpy(dtype=object), type=pa.string(), from_pandas=True)
    return pa.array(series.array).cast(pa.string())


def _lists(series: pd.Series) -> pa.Array | None:
    """Lists of finite numbers; None for all that needs a look at each."""
    lists = series.to_list()
    different = {id(one): one for one in lists}.values()  # where there are no replicates, one for all
    if not lists or not all(isinstance(one, np.ndarray) and one.dtype == np.float64 for one in different):
        return None
    if not any(len(one) for one in different):
        return pa.ListArray.from_arrays(
            pa.array(np.zeros(len(lists) + 1, dtype=np.int32)), pa.array(np.empty(0))
        )
    values = np.concatenate(lists)
    if not np.isfinite(values).all():
        return None
    ends = np.cumsum([len(one) for one in lists])
    return pa.ListArray.from_arrays(pa.array(np.append(0, ends), type=pa.int32()), pa.array(values))


def _fits(kind: Kind, value: Any) -> bool:
    """Whether a value is of that kind without a silent change (7.5 never becomes 8, inf is refused)."""
    if kind == "numbers":
        return isinstance(value, np.ndarray) and value.dtype == np.float64 and bool(np.isfinite(value).all())
    if kind == "flag":
        return isinstance(value, (bool, np.bool_))
    if kind in ("integer", "number"):
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.number)):
            return False
        return math.isfinite(value) and (kind == "number" or float(value).is_integer())
    return isinstance(value, _PYTHON.get(kind, date))
