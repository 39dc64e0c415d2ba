"""SPSS and Stata files as text, with their texts, value labels and user-defined missing codes kept."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyreadstat

from ncsi.errors import ReadError
from ncsi.ingest.read.table import MAX_COLUMNS, Codebook, Raw

_READERS = {"sav": pyreadstat.read_sav, "dta": pyreadstat.read_dta}


def read_statistical(name: str, content: bytes, kind: str) -> tuple[str, Raw]:
    """Encoding, header, cells and codebook of a sav, zsav or dta file. Raises ReadError: damaged or cut off."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"export.{kind}"
        path.write_bytes(content)
        try:
            columns, about = _READERS[kind](str(path), user_missing=True, output_format="dict")
        except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, ValueError, OverflowError) as error:
            raise ReadError(
                name,
                f"the file cannot be read ({str(error)[:120]})",
                "It is damaged or cut off: export it again",
            ) from error
    if len(columns) > MAX_COLUMNS:
        raise ReadError(
            name, f"it has {len(columns)} columns, more than {MAX_COLUMNS}", "Export fewer variables"
        )
    _refuse_short(name, about.number_rows, columns)
    arrays = [pa.chunked_array([_as_text(values)]) for values in columns.values()]
    cells = pa.table(arrays, names=[str(k) for k in range(len(arrays))])
    return about.file_encoding or "utf-8", Raw(list(columns), cells, codebook=_codebook(about, columns))


def _refuse_short(name: str, declared: int | None, columns: Mapping[str, list[Any]]) -> None:
    found = len(next(iter(columns.values()), []))
    if declared is not None and declared >= 0 and found != declared:
        raise ReadError(
            name, f"it declares {declared} rows and holds {found}", "It is cut off: export or copy it again"
        )


def _as_text(values: list[Any]) -> pa.Array:
    try:
        numbers = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        return pa.array([_text(one) for one in values], pa.string())
    missing = np.isnan(numbers)
    filled = np.where(missing, 0.0, numbers)
    if (filled == np.floor(filled)).all() and (np.abs(filled) < 1e15).all():
        text = pc.cast(pa.array(filled.astype(np.int64)), pa.string())
        return pc.if_else(pa.array(missing), "", text)
    return pa.array([_text(one) for one in values], pa.string())


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        if np.isnan(value):
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return value.isoformat() if isinstance(value, (date, time)) else str(value)


def _codebook(about: Any, columns: Mapping[str, list[Any]]) -> Codebook:
    labels = {
        column: {_text(code): str(label) for code, label in codes.items()}
        for column, codes in about.variable_value_labels.items()
    }
    missing = {
        column: tuple(sorted({_text(one) for one in columns[column] if _inside(one, ranges)}))
        for column, ranges in about.missing_ranges.items()
    }
    texts = {column: text for column, text in about.column_names_to_labels.items() if text}
    return Codebook(texts, labels, missing)


def _inside(value: Any, ranges: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a value lies in one of the ranges that the file declares as missing."""
    if value is None or value == "":
        return False
    return any(
        type(one["lo"]) is type(value) and one["lo"] <= value <= one["hi"] for one in ranges if value == value
    )
