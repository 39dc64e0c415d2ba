"""JSON lines, or a JSON array of records, as text: a column a key, nested keys joined by a slash. The array may be the
only one of an object, as interfaces of platforms answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from ncsi.errors import ReadError
from ncsi.ingest.read.encoding import decoded
from ncsi.ingest.read.table import MAX_COLUMNS, Raw, refuse_rows

_DEPTH, _SHOWN = 8, 5
_CURE = "Export it again, one record per line"


def read_json(name: str, content: bytes) -> tuple[str, Raw]:
    """Encoding, header and cells. Raises ReadError naming the line: no JSON, no record, a key twice, lists."""
    encoding, utf8 = decoded(name, content)
    text = utf8.decode("utf-8")
    records, beside = _records(name, text)
    columns: dict[str, list[str]] = {}
    rows = 0
    for where, record in records:
        for key, value in _flat(where, record, "", 0):
            column = columns.setdefault(key, [])
            if len(column) > rows:
                raise ReadError(where, f"the key '{key[:60]}' occurs twice in one record", _CURE)
            column.extend([""] * (rows - len(column)))
            column.append(value)
        refuse_rows(where, rows)
        if len(columns) > MAX_COLUMNS:
            raise ReadError(where, f"there are more than {MAX_COLUMNS} keys", "Export fewer questions")
        rows += 1
    cells = [column + [""] * (rows - len(column)) for column in columns.values()]
    arrays = [pa.chunked_array([_array_of(name, key, one)]) for key, one in zip(columns, cells, strict=True)]
    return encoding, Raw(
        list(columns),
        pa.table(arrays, names=[str(k) for k in range(len(arrays))]),
        first_row=1,
        passed_over=beside,
    )


def _records(name: str, text: str) -> tuple[Iterator[tuple[str, Any]], tuple[str, ...]]:
    """Each record with where it stands, and what stands beside them in words."""
    if text.lstrip().startswith("["):
        return _array(name, _parsed(name, text)), ()
    whole = _whole(text)
    lists = [key for key, value in whole if _is_of_records(value)]
    if not lists:
        return _lines(name, text), ()
    if len(lists) > 1:
        shown = ", ".join(f"'{key[:60]}'" for key in lists[:_SHOWN])
        raise ReadError(name, f"it holds {len(lists)} lists of records ({shown})", "Export one of them alone")
    own = next(value for key, value in whole if key == lists[0])
    beside = tuple(f"the key '{key[:60]}' stands beside the records" for key, _ in whole if key != lists[0])
    return _array(name, own), beside


def _whole(text: str) -> _Pairs:
    """The only object that the text is, else nothing: lines of JSON are several."""
    try:
        value = _loaded(text)
    except (json.JSONDecodeError, RecursionError):
        return _Pairs()
    return value if isinstance(value, _Pairs) else _Pairs()


def _is_of_records(value: Any) -> bool:
    return (
        isinstance(value, list)
        and not isinstance(value, _Pairs)
        and bool(value)
        and all(isinstance(one, _Pairs) for one in value)
    )


def _array_of(name: str, key: str, cells: list[str]) -> pa.Array:
    try:
        return pa.array(cells, pa.string())
    except UnicodeEncodeError as error:
        row = next(k for k, cell in enumerate(cells, 1) if not _is_text(cell))
        where = f"{name}, record {row}, key '{key[:60]}'"
        raise ReadError(where, "it contains half a character (a lone surrogate)", _CURE) from error


def _is_text(cell: str) -> bool:
    try:
        cell.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _lines(name: str, text: str) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield _record(f"{name}, line {number}", _parsed(f"{name}, line {number}", line))


def _array(name: str, records: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    for number, one in enumerate(records, 1):
        yield _record(f"{name}, record {number}", one)


def _parsed(where: str, text: str) -> Any:
    try:
        return _loaded(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ReadError(where, "it is not JSON, or it is truncated", _CURE) from error


def _loaded(text: str) -> Any:
    """Numbers stay as they are written: 98.0 and long ids are not to be rounded."""
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_Pairs)


class _Pairs(list[tuple[str, Any]]):
    """An object as its pairs, so that a key that stands twice is seen."""


def _record(where: str, value: Any) -> tuple[str, Any]:
    if not isinstance(value, _Pairs):
        raise ReadError(where, "it is not a record of names and values", _CURE)
    return where, value


def _flat(
    where: str, record: Iterable[tuple[str, Any]], prefix: str, depth: int
) -> Iterator[tuple[str, str]]:
    if depth > _DEPTH:
        raise ReadError(where, f"its records are nested more than {_DEPTH} deep", _CURE)
    for key, value in record:
        if isinstance(value, _Pairs):
            yield from _flat(where, value, f"{prefix}{key}/", depth + 1)
        elif isinstance(value, list):
            yield prefix + key, " ".join(_text(one) for one in value if not isinstance(one, list))
        else:
            yield prefix + key, _text(value)


def _text(value: Any) -> str:
    if value is None or isinstance(value, _Pairs):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
