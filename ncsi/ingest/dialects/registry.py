"""Where dialects register themselves, and where an export finds the one that it was written in.

Every dialect says: does this table look like mine, and what are its columns. Made from real exports where one could
be had (问卷星, Qualtrics, LimeSurvey, SPSS), else from the platform's documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import get_args

from ncsi.errors import ConformError
from ncsi.ingest.dialects.column_names import Column
from ncsi.ingest.read import TextTable
from ncsi.spec import Dialect


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


Looks = Callable[[TextTable], bool]
Reads = Callable[[TextTable], Export]

DIALECTS: tuple[str, ...] = get_args(Dialect)
"""Ids of the dialects."""


@dataclass(frozen=True, slots=True)
class _Dialect:
    """Conventions of a platform: whether a table bears its marks, whether it can be so read at all, how to read it."""

    order: int
    looks_like: Looks
    fits: Looks
    read: Reads


_KNOWN: dict[str, _Dialect] = {}


def dialect(name: str, order: int, looks_like: Looks, fits: Looks | None = None) -> Callable[[Reads], Reads]:
    """Register the decorated reader as a dialect: lower orders, those with the surest marks, are tried first.

    `fits`: whether a table may be so read where a map or the command line says so; `looks_like` if left out.
    """

    def register(read: Reads) -> Reads:
        _KNOWN[name] = _Dialect(order, looks_like, fits or looks_like, read)
        return read

    return register


def recognised(table: TextTable, name: str | None = None) -> Export:
    """The table as the named dialect reads it, else as the platform whose marks it bears, else as it stands.

    Raises ConformError when the table does not look like the named dialect.
    """
    if name is None:
        in_order = sorted(_KNOWN.values(), key=lambda one: one.order)
        return next(one for one in in_order if one.looks_like(table)).read(table)
    if not _KNOWN[name].fits(table):
        raise ConformError(
            table.name,
            f"it does not look like an export of dialect {name}",
            "Omit `dialect`, so that it is recognised, or name another: " + ", ".join(DIALECTS),
        )
    return _KNOWN[name].read(table)


def without_rows(table: TextTable, count: int) -> TextTable:
    """The table without its first rows: they were a header too."""
    return table.having(table.values.slice(count), table.row_numbers[count:])


def cell(table: TextTable, column: str, row: int = 0) -> str:
    """A cell, "" where there is no such row."""
    return str(table.blocks.head().column(column)[row].as_py()) if row < table.rows else ""


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
    return {word: known.get(word.strip(), filled if word.strip() else "") for word in table.words(column)}
