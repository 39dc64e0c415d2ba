"""The accepted responses of a sector: whole until it is known whom response quality leaves in, then of many in a file,
but for what the model is fitted to."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ncsi.arrays import Mask
from ncsi.results.spooled_rows import Rows, blocks_of, spooled

Columns = dict[str, pd.api.extensions.ExtensionArray]


class Accepted:
    """Accepted rows as the store returns them. Those in the model are given to whoever sets them apart, and not held
    here; all of them are told block by block."""

    def __init__(self, responses: pd.DataFrame) -> None:
        self._whole: pd.DataFrame | None = responses
        self._rows: Rows = responses
        self._kept: Mask | None = None
        self._left_out = responses

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def whole(self) -> pd.DataFrame:
        """All rows; only before they are set apart."""
        if self._whole is None:
            raise RuntimeError("the responses are set apart already: take them by blocks")
        return self._whole

    @property
    def left_out(self) -> pd.DataFrame:
        """The rows that are not in the model."""
        return self._left_out

    @property
    def files(self) -> pd.Series:
        """The file (SHA-256) of each row."""
        return self._rows["source_sha256"]

    def set_apart(self, kept: Mask) -> pd.DataFrame:
        """The rows in the model, numbered from 0, without the pseudonyms."""
        columns = _columns(self.whole)
        self._kept, self._rows, self._whole = kept, spooled(self.whole), None
        inside, self._left_out = _parted(columns, kept)
        return inside

    def given_up(self, kept: Mask) -> pd.DataFrame:
        """The same, where the others are wanted no more: nothing is held here from then on."""
        columns = _columns(self.whole)
        self._rows = self._left_out = self.whole.iloc[:0].copy()
        self._kept, self._whole = np.zeros(0, dtype=bool), None
        return _parted(columns, kept)[0]

    def with_pseudonyms(self, kept: pd.DataFrame) -> pd.DataFrame:
        """The rows in the model with who responded."""
        who = self._rows["respondent"]
        return kept.assign(respondent=(who if self._kept is None else who[self._kept]).array)

    def blocks(self) -> Iterator[pd.DataFrame]:
        """All rows in their order, some at a time; one block of none where there are none."""
        return blocks_of(self._rows)


def _columns(whole: pd.DataFrame) -> Columns:
    return {str(name): column.array for name, column in whole.items()}


def _parted(columns: Columns, kept: Mask) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows that are kept, without the pseudonyms, and the others; column by column, each of which is taken out of
    `columns`, as both would be twice as much as one."""
    inside, outside, others = {}, {}, ~kept
    for name in list(columns):
        column = columns.pop(name)
        outside[name] = column[others]
        if name != "respondent":
            inside[name] = column[kept]
    return pd.DataFrame(inside, copy=False), pd.DataFrame(outside, copy=False)
