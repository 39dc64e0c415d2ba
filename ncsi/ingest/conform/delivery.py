"""A file to be conformed: its cells by meaning, what it may hold, and what a column step makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ncsi.errors import ConformError
from ncsi.ingest.cells import Coded, coded, translated
from ncsi.ingest.conform.facts import Fact
from ncsi.ingest.conform.row_faults import Faults
from ncsi.ingest.conform.whole_file import WholeFile, recoding, whole_file
from ncsi.ingest.dialects import Layout
from ncsi.ingest.personal_data import personal_name
from ncsi.ingest.read import TextTable
from ncsi.ingest.read.blocks import InMemory
from ncsi.spec import FieldDates, Instrument


@dataclass(frozen=True, slots=True)
class Scope:
    """What a file may hold: the instrument of each sector, and the brands of each.

    No brands (empty): the sector is measured without. `None`: any brand is taken as it comes (a check without
    a wave). `sector` is the constant of a file of one sector, `field` the days of fieldwork where known,
    `panel` the panel that its respondents belong to. `values`: what may be stored of each background variable
    (none: a pseudonym); without it, as in a check without a wave, nothing is stored of them.
    """

    wave: str
    instruments: Mapping[str, Instrument]
    brands: Mapping[str, tuple[str, ...] | None]
    sector: str | None = None
    field: FieldDates | None = None
    panel: str | None = None
    values: Mapping[str, frozenset[str]] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A file column with a meaning: its header, its cells, and what the map makes of each of their words."""

    name: str
    cells: Coded
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Delivery:
    """Some rows of a file: their cells by header, which header means what, and what the file may hold; `key` makes
    pseudonyms. `whole`: what is known of all rows."""

    table: TextTable
    cells: Mapping[str, Coded]
    layout: Layout
    scope: Scope
    key: bytes
    whole: WholeFile

    @property
    def rows(self) -> int:
        """Data rows."""
        return self.table.rows

    def column(self, meaning: str) -> Column | None:
        """The column of a canonical name or background variable, None where the file has none."""
        name = self.layout.columns.get(meaning, self.layout.background.get(meaning))
        if name is None:
            return None
        codes, cells = recoding(self.layout, meaning), self.cells[name]
        words = tuple(translated(word, codes) for word in cells.words) if codes else cells.words
        return Column(name, cells, words)


def deliveries(table: TextTable, layout: Layout, scope: Scope, key: bytes) -> Iterator[Delivery]:
    """The rows block by block, with the cells that the layout uses. ConformError where the header of one looks
    personal: faults name columns, and are kept."""
    used = _used(table, layout)
    whole = whole_file(table, layout)
    for block in table.blocks:
        cells = {column: coded(block.values.column(column)) for column in used}
        yield Delivery(replace(table, blocks=InMemory(block)), cells, layout, scope, key, whole)


def _used(table: TextTable, layout: Layout) -> tuple[str, ...]:
    used = dict.fromkeys(
        [*layout.columns.values(), *layout.background.values(), *layout.items.values(), *layout.identity]
    )
    for number, column in enumerate(table.columns, 1):
        kind = personal_name(column) if column in used else None
        if kind:
            raise ConformError(
                f"{table.name}, column {number}",
                f"its header looks like personal data ({kind})",
                "Give the column another header, and name that in the map: headers are stored with what is wrong",
            )
    return tuple(used)


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What a step made: one value per row for storage, and the faults of rows whose cell does not fit."""

    values: npt.NDArray[Any] | pd.Categorical
    faults: tuple[Faults, ...] = ()


Step = Callable[[Delivery], Made]
"""A column step: the file → one stored column."""


def by_word(
    column: Column, values: npt.NDArray[Any], rule: str = "", wrong: Sequence[Fact | None] = ()
) -> Made:
    """Rows from one value a word; a word with a fact in `wrong` is a fault of `rule` wherever it stands."""
    made = values[column.cells.codes]
    if not any(wrong):
        return Made(made)
    bad = np.array([one is not None for one in wrong], dtype=bool)
    positions = np.flatnonzero(bad[column.cells.codes])
    facts = [fact for code in column.cells.codes[positions] if (fact := wrong[code]) is not None]
    return Made(made, (Faults(rule, column.name, positions, facts),))


def nothing(file: Delivery, value: object = None) -> Made:
    """The column of a file that does not have it: one value for all rows."""
    return Made(np.full(file.rows, value, dtype=object if value is None else None))


def objects(values: Sequence[object]) -> npt.NDArray[np.object_]:
    """One object a place, whatever they are."""
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made
