"""`datapackage.json`: a Data Package 2.0 descriptor of the CSV files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from ncsi.report.bundle.cover import Cover
from ncsi.report.bundle.manifest import sha256
from ncsi.tables import TABLES, Column

_FIELD_TYPES = {
    "text": "string", "integer": "integer", "number": "number", "flag": "boolean", "date": "date",
    "timestamp": "datetime",
}  # fmt: skip
_KEYS = {
    "codes_groups": ["group"], "codes_sectors": ["sector"], "codes_brands": ["sector", "brand"],
    "codes_background": ["dimension", "value"],
    "codes_constructs": ["instrument", "construct"], "codes_items": ["instrument", "item"],
    "codes_bands": ["band"], "codes_subindices": ["instrument", "subindex"],
}  # fmt: skip
_NEUTRAL = "an apostrophe before a leading =, +, -, @, tab or return keeps spreadsheets from running it"


def data_package(
    tables: dict[str, pd.DataFrame], lists: dict[str, pd.DataFrame], cover: Cover, data: Path
) -> dict[str, Any]:
    """The descriptor of the CSV files that lie in `data`."""
    resources = [_table(name, data) for name in tables]
    resources += [_list(name, frame, data) for name, frame in lists.items()]
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": f"ncsi-{cover.id.lower()}",
        "id": cover.release_id,
        "title": f"{cover.title.zh} {cover.title.en}, {cover.id}",
        "description": " ".join([f"{cover.title.en}, {cover.label.en}.", *(one.en for one in cover.warnings)]),
        "synthetic": cover.synthetic,
        "version": cover.release_id,
        "created": f"{cover.release_date.isoformat()}T00:00:00Z",
        "licenses": [
            {"name": "CC-BY-4.0", "title": "Creative Commons Attribution 4.0",
             "path": "https://creativecommons.org/licenses/by/4.0/"}
        ],
        "contributors": [{"title": f"{cover.publisher.zh} {cover.publisher.en}", "roles": ["publisher"]}],
        "resources": resources,
    }  # fmt: skip


def _table(name: str, data: Path) -> dict[str, Any]:
    table = TABLES[name]
    return _described(name, table.about, [_field(one) for one in table.columns], list(table.key), data)


def _field(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": _FIELD_TYPES[column.kind],
        "description": column.about,
        **({"unit": column.unit} if column.unit else {}),
        **({"constraints": {"required": True}} if _always(column) else {}),
    }


def _always(column: Column) -> bool:
    """Whether every cell holds something: an empty text is written as an empty cell."""
    return not column.nullable and column.kind != "text"


def _list(name: str, frame: pd.DataFrame, data: Path) -> dict[str, Any]:
    fields = [{"name": column, "type": _list_type(frame[column])} for column in frame.columns]
    return _described(name, f"Code list with labels in zh and en; {_NEUTRAL}", fields, _KEYS[name], data)


def _list_type(column: pd.Series) -> str:
    kinds = {"b": "boolean", "i": "integer", "f": "number"}
    return kinds.get(column.dtype.kind, "string")


def _described(
    name: str, about: str, fields: list[dict[str, Any]], key: list[str], data: Path
) -> dict[str, Any]:
    path = data / f"{name}.csv"
    content = path.read_bytes()
    return {
        "name": name.replace("_", "-"),
        "path": f"data/{path.name}",
        "type": "table",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "description": about,
        "bytes": len(content),
        "hash": f"sha256:{sha256(content)}",
        "schema": {"fields": fields, "primaryKey": key},
    }
