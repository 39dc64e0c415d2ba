"""How a file is read, as a hash: what decides, beside its bytes, which rows are accepted and what they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from ncsi.ingest.conform.delivery import Scope
from ncsi.ingest.dialects import Layout
from ncsi.ingest.read import TextTable
from ncsi.spec import spec_sha256
from ncsi.spec.hashing import sha256_of


def reading_of(table: TextTable, layout: Layout, scope: Scope, sheet: str | None) -> str:
    """SHA-256 (hex) of columns, layout (map, dialect, codings, reversed items) and scope (instruments, brands, values,
    days of fieldwork). A word of the map that changes none of these changes no hash."""
    instruments = {one.id: spec_sha256(one) for one in scope.instruments.values()}
    return sha256_of(
        sheet,
        list(table.columns),
        {one.name: _plain(getattr(layout, one.name)) for one in fields(layout)},
        {sector: instruments[one.id] for sector, one in sorted(scope.instruments.items())},
        {sector: _plain(scope.brands[sector]) for sector in sorted(scope.instruments)},
        scope.sector,
        [scope.field.start.isoformat(), scope.field.end.isoformat()] if scope.field else None,
        scope.panel,
        _plain(scope.values),
    )


def _plain(value: Any) -> Any:
    """As JSON, in an order that is always the same: of codes and columns none goes before another."""
    if isinstance(value, Mapping):
        return {key: _plain(value[key]) for key in sorted(value)}
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else value
