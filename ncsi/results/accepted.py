"""The accepted responses of a sector: of many in a file from the moment they are read, column by column in memory where
one is asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncsi.arrays import Mask
from ncsi.quality import Columns
from ncsi.results.spooled_rows import Rows, blocks_of, of_these, spooled

WHO = ("brand", "respondent")
"""Columns that tell whose a row is."""


@dataclass(frozen=True, slots=True, eq=False)
class Inside:
    """The rows in the model, `kept` of all, in their order."""

    rows: Rows
    kept: Mask

    def __len__(self) -> int:
        return int(self.kept.sum())

    def __contains__(self, name: object) -> bool:
        return name in _names(self.rows)

    def __getitem__(self, name: str) -> pd.Series:
        """One column."""
        return of_these(self.rows, [name], self.kept)[name]

    def frame(self, wanted: Collection[str] | None = None) -> pd.DataFrame:
        """Those of the columns `wanted` that there are, or all; rows numbered from 0."""
        names = [name for name in _names(self.rows) if wanted is None or name in wanted]
        return of_these(self.rows, names, self.kept)

    def blocks(self, names: Sequence[str]) -> Iterator[pd.DataFrame]:
        """Some columns, some rows at a time."""
        at = 0
        for block in blocks_of(self.rows, names):
            yield block[self.kept[at : at + len(block)]]
            at += len(block)


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """Columns of the rows in the model that are `wanted`, read when they are looked at; and others that are `held`."""

    inside: Inside
    wanted: Collection[str]
    held: Mapping[str, NDArray[Any]]

    def __len__(self) -> int:
        return len(self.inside)

    def __contains__(self, name: object) -> bool:
        return name in self.held or (name in self.wanted and name in self.inside)

    def __getitem__(self, name: str) -> pd.Series:
        """One column."""
        return pd.Series(self.held[name], copy=False) if name in self.held else self.inside[name]


class Accepted:
    """Accepted rows as the store returns them, told block by block and column by column."""

    def __init__(self, responses: Rows) -> None:
        self._rows = responses
        self._kept: Mask = np.ones(len(responses), dtype=bool)

    @classmethod
    def of(cls, blocks: Iterable[pd.DataFrame]) -> Accepted:
        """Of rows that come block by block; one of them at least. StoreError where there is no room for them."""
        return cls(spooled(blocks))

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def in_file(self) -> bool:
        """Whether they are many."""
        return not isinstance(self._rows, pd.DataFrame)

    @property
    def columns(self) -> Columns:
        """Columns of all rows."""
        return self._rows

    @property
    def names(self) -> tuple[str, ...]:
        """Those that there are."""
        return _names(self._rows)

    def has(self, name: str, value: str) -> bool:
        """Whether there is such a column, and it has the value in some row, or might have."""
        if name not in self.names:
            return False
        column = self._rows[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            return value in column.cat.categories
        return bool((column == value).any())

    @property
    def inside(self) -> Inside:
        """The rows in the model."""
        return Inside(self._rows, self._kept)

    @property
    def left_out(self) -> pd.DataFrame:
        """The rows that are not in the model, numbered from 0."""
        return of_these(self._rows, self.names, ~self._kept)

    def set_apart(self, kept: Mask) -> None:
        """Say which rows are in the model: all of them until then."""
        self._kept = kept

    def blocks(self, names: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
        """All rows in their order, or some of their columns, some at a time; one block of none where there are none."""
        return blocks_of(self._rows, names)


def _names(rows: Rows) -> tuple[str, ...]:
    return tuple(map(str, rows.columns)) if isinstance(rows, pd.DataFrame) else rows.names
