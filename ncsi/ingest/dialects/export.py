"""Exports of survey platforms: recognised by their own marks, each read by its conventions.

Every platform says: does this table look like mine, and what are its columns. Order matters: the surest marks first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from ncsi.errors import ConformError
from ncsi.ingest.dialects.names import Column
from ncsi.ingest.read import TextTable


@dataclass(frozen=True, slots=True, eq=False)
class Export:
    """A table as a platform means it.

    `roles`: canonical name → header. `own`: the platform's columns that nothing needs. `missing`: kind → codes that
    the platform writes for it. `recode`: header, or canonical name, → its text → code, where the platform writes texts.
    """

    dialect: str
    table: TextTable
    columns: tuple[Column, ...]
    roles: Mapping[str, str] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    recode: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform's conventions: whether a table bears its marks, how to read it, whether it can be so read at all."""

    id: str
    looks_like: Callable[[TextTable], bool]
    read: Callable[[TextTable], Export]
    fits: Callable[[TextTable], bool] | None = None


def recognised(table: TextTable, dialect: str | None = None) -> Export:
    """The table as the named dialect reads it, else as the platform whose marks it bears, else as it stands.

    Raises ConformError when the named dialect is unknown, or the table does not look like it.
    """
    from ncsi.ingest.dialects.platforms import PLATFORMS

    if dialect is None:
        platform = next((one for one in PLATFORMS if one.looks_like(table)), PLATFORMS[-1])
        return platform.read(table)
    platform = {one.id: one for one in PLATFORMS}[dialect]
    if not (platform.fits or platform.looks_like)(table):
        raise ConformError(
            table.name,
            f"it does not look like an export of dialect {dialect}",
            "Leave `dialect` out, so that it is recognised, or name another: " + ", ".join(DIALECTS),
        )
    return platform.read(table)


DIALECTS = (
    "wjx_text", "wjx_score", "wjx_index", "qualtrics", "surveymonkey", "tencent", "limesurvey", "kobo", "spss", "plain",
)  # fmt: skip
"""Ids of the dialects, in the order in which they are tried."""


def without_rows(table: TextTable, count: int) -> TextTable:
    """The table without its first rows: they were a header too."""
    return replace(table, values=table.values.slice(count), row_numbers=table.row_numbers[count:])


def cell(table: TextTable, column: str, row: int = 0) -> str:
    """A cell, "" where there is no such row."""
    return str(table.values.column(column)[row].as_py()) if row < table.rows else ""


def filled_share(table: TextTable, column: str, rows: int = 200) -> float:
    """Share (0-1) of the first rows that are not empty."""
    head = table.values.column(column).slice(0, rows).to_pylist()
    return float(np.mean([bool(one.strip()) for one in head])) if head else 0.0


def roles_in(table: TextTable, known: Mapping[str, str]) -> dict[str, str]:
    """Canonical name → column, of the platform's columns that the file has; the first named wins."""
    found: dict[str, str] = {}
    for column, role in known.items():
        if column in table.columns:
            found.setdefault(role, column)
    return found


def outcomes(table: TextTable, column: str, known: Mapping[str, str], filled: str = "") -> dict[str, str]:
    """A platform's words for how an interview ended → disposition; `filled` stands for words not known, "" is none."""
    if column not in table.columns:
        return {}
    words = table.values.column(column).unique().to_pylist()
    return {word: known.get(word.strip(), filled if word.strip() else "") for word in words}
