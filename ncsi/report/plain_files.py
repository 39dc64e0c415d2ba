"""Plain files: CSV that a spreadsheet will not run, Parquet, JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

_ROWS = 16_384
"""Rows that are held at once as objects."""
_KINDS = {
    "str": pa.large_string(), "float64": pa.float64(), "int64": pa.int64(), "Int64": pa.int64(), "bool": pa.bool_(),
    "boolean": pa.bool_(),
}  # fmt: skip
"""What Arrow calls most that a frame holds: to be told takes longer than to write a small table."""
_TEXTS = ("str", "string")
"""How pandas calls texts, whatever it says of missing ones."""
_RISKY = ("=", "+", "-", "@", "\t", "\r")


def make_private(folder: Path) -> None:
    """Make a folder, and the one that it lies in, for their owner's eyes only."""
    for place in (folder.parent, folder):
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        place.chmod(0o700)


def neutral(text: str) -> str:
    """Text that a spreadsheet will not run: a leading =, +, -, @, tab or return gets an apostrophe before it."""
    return f"'{text}" if text.startswith(_RISKY) else text


def plain(text: str) -> str:
    """The text that `neutral` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_RISKY) else text


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """UTF-8 without a byte-order mark, line feeds, full precision; texts neutralised."""
    if all(str(kind) in (*_KINDS, "object") for kind in frame.dtypes):
        with path.open("w", encoding="utf-8", newline="") as file:  # the same bytes, in half the time
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(frame.columns)
            for start in range(0, len(frame), _ROWS):
                rows = frame.iloc[start : start + _ROWS].to_numpy(dtype=object)
                writer.writerows(map(_cells, rows.tolist()))
        return
    texts = [name for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name])]
    safe = frame.assign(**{name: _safe(frame[name]) for name in texts})
    safe.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def _cells(row: list[Any]) -> list[Any]:
    return [
        neutral(one) if isinstance(one, str) else "" if one is pd.NA or one != one else one for one in row
    ]


def _safe(column: pd.Series) -> pd.Series:
    """Its texts neutralised; numbers among objects stay what they are, which `map` would make all of one kind."""
    if column.dtype != object:
        return column.map(_neutral)
    return pd.Series([_neutral(one) for one in column], index=column.index, dtype=object)


def _neutral(value: Any) -> Any:
    return neutral(value) if isinstance(value, str) else value


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Parquet with zstd; texts as they are, and of one type however pandas holds them."""
    kinds = {str(name): str(kind) for name, kind in frame.dtypes.items()}
    if all(kind in _KINDS for kind in kinds.values()):
        schema = pa.schema([pa.field(name, _KINDS[kind]) for name, kind in kinds.items()])
    else:
        found = pa.Schema.from_pandas(frame, preserve_index=False)
        fields = [one.with_type(pa.large_string()) if kinds[one.name] in _TEXTS else one for one in found]
        schema = pa.schema(fields)
    rows = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
    pq.write_table(rows, path, compression="zstd")


def as_json(content: Mapping[str, Any]) -> str:
    """Indented JSON with its characters as they are, and a line feed at its end."""
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
