"""SPSS and Stata files as text, with their texts, value labels and user-defined missing codes kept."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyreadstat

from ncsi.errors import ReadError
from ncsi.ingest.read.blocks import BLOCK
from ncsi.ingest.read.table import MAX_COLUMNS, Codebook, Raw
from ncsi.ingest.read.text_columns import by_words

_READERS = {"sav": pyreadstat.read_sav, "dta": pyreadstat.read_dta}
_OPEN_FILES = Path("/proc/self/fd")
"""Paths of this process's open files, on Linux."""


def read_statistical(name: str, content: bytes, kind: str) -> tuple[str, Raw]:
    """Encoding, header, cells and codebook of a sav, zsav or dta file, block by block: codes that it declares as
    missing are known when its last block is read. Raises ReadError: damaged or cut off, also as its blocks are read."""
    kept, path = _copied(content, kind)
    read, missing = partial(_read, name, _READERS[kind], path), dict[str, tuple[str, ...]]()
    about = read(metadataonly=True)[1]
    _refuse_wide(name, about.number_columns)
    blocks = _blocks(name, kept, read, about.number_rows, missing)
    cells = next(blocks)
    return about.file_encoding or "utf-8", Raw(
        list(about.column_names), cells, codebook=_codebook(about, missing), more=blocks
    )


def _copied(content: bytes, kind: str) -> tuple[AbstractContextManager[Any], Path]:
    """A temporary file with the content, and its path, which its library wants: where the system gives open files one,
    of a file without a name, so that a reader that is killed leaves none."""
    if _OPEN_FILES.exists():
        kept = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as its blocks are read
        kept.write(content)
        kept.flush()
        return kept, _OPEN_FILES / str(kept.fileno())
    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name) / f"export.{kind}"
    path.write_bytes(content)
    return folder, path


def _read(name: str, reader: Callable[..., Any], path: Path, **how: Any) -> tuple[Any, Any]:
    """What its library reads of the file."""
    try:
        columns, about = reader(str(path), output_format="dict", **how)
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, ValueError, OverflowError) as error:
        raise ReadError(
            name,
            f"the file cannot be read ({str(error)[:120]})",
            "It is damaged or truncated: export it again",
        ) from error
    return columns, about


def _blocks(
    name: str, kept: AbstractContextManager[Any], read: Callable[..., tuple[Any, Any]], declared: int | None,
    missing: dict[str, tuple[str, ...]],
) -> Iterator[pa.Table]:  # fmt: skip
    """The rows as text by their words, at least one block; `missing` is filled with the codes that occur."""
    rows, found = 0, dict[str, set[str]]()
    with kept:
        while True:
            columns, about = read(user_missing=True, row_offset=rows, row_limit=BLOCK)
            own = len(next(iter(columns.values()), []))
            arrays = _arrays(columns, about)
            for column, ranges in about.missing_ranges.items():
                words = (word for word in arrays[column].unique().to_pylist() if _inside(word, ranges))
                found.setdefault(column, set()).update(words)
            for column, letters in about.missing_user_values.items():  # .a to .z of Stata
                found.setdefault(column, set()).update(letters)
            table = pa.table(list(arrays.values()), names=[str(k) for k in range(len(arrays))])
            del columns, arrays  # before the next ones are read
            if own or not rows:
                yield table
            rows += own
            if own < BLOCK:
                break
    _refuse_short(name, declared, rows)
    missing.update({column: tuple(sorted(words)) for column, words in found.items()})


def _arrays(columns: Mapping[str, list[Any]], about: Any) -> dict[str, pa.DictionaryArray]:
    texts = {one for one, kind in about.readstat_variable_types.items() if kind == "string"}
    return {one: _of_text(values) if one in texts else _as_text(values) for one, values in columns.items()}


def _refuse_wide(name: str, columns: int) -> None:
    """Before any value is read: a header of a few megabytes can declare columns that take gigabytes."""
    if columns > MAX_COLUMNS:
        raise ReadError(name, f"it has {columns} columns, more than {MAX_COLUMNS}", "Export fewer variables")


def _refuse_short(name: str, declared: int | None, found: int) -> None:
    if declared is not None and declared >= 0 and found != declared:
        raise ReadError(
            name, f"it declares {declared} rows and holds {found}", "It is truncated: export or copy it again"
        )


def _of_text(values: list[str | None]) -> pa.DictionaryArray:
    """Text stays as it is: digits in a text column are an id, and keep their zeros."""
    return by_words(pa.chunked_array([values], pa.string()))


def _as_text(values: list[Any]) -> pa.DictionaryArray:
    """Numbers as whole numbers where they are; each distinct one is written once."""
    try:
        numbers = pa.array(values, pa.float64(), from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return by_words(pa.chunked_array([[_text(one) for one in values]], pa.string()))
    encoded = numbers.dictionary_encode()
    words = pa.array([_text(one) for one in encoded.dictionary.to_pylist()], pa.string())
    return by_words(pa.chunked_array([pa.DictionaryArray.from_arrays(encoded.indices, words)]))


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


def _codebook(about: Any, missing: Mapping[str, tuple[str, ...]]) -> Codebook:
    labels = {
        column: {_text(code): str(label) for code, label in codes.items()}
        for column, codes in about.variable_value_labels.items()
    }
    texts = {column: text for column, text in about.column_names_to_labels.items() if text}
    return Codebook(texts, labels, missing)


def _inside(word: str, ranges: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a value, as text, lies in one of the ranges that the file declares as missing."""
    return word != "" and any(_between(word, one["lo"], one["hi"]) for one in ranges)


def _between(word: str, low: Any, high: Any) -> bool:
    if isinstance(low, str) or isinstance(high, str):
        return str(low) <= word <= str(high)
    try:
        return bool(low <= float(word) <= high)
    except ValueError:  # a date: no number is it
        return False
