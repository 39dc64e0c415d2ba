"""The accepted responses of a sector, held once: those that response quality leaves in the model, and the others."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ncsi.arrays import Mask

_WHO = ("brand", "respondent", "source_sha256")


class Accepted:
    """Accepted rows as the store returns them: whole until it is known whom response quality leaves in, then in two
    parts, of which neither is a copy. Who responded is told of all, and of those left in when it is asked for."""

    def __init__(self, responses: pd.DataFrame) -> None:
        self._whole: pd.DataFrame | None = responses
        self._kept = np.ones(len(responses), dtype=bool)
        self._order = list(responses.columns)
        self._who = responses[[name for name in _WHO if name in responses]]
        self._parts = (responses, responses)

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def whole(self) -> pd.DataFrame:
        """All rows; only before they are set apart."""
        if self._whole is None:
            raise RuntimeError("the responses are set apart already: take them by blocks")
        return self._whole

    @property
    def left_out(self) -> pd.DataFrame:
        """The rows that are not in the model."""
        return self._parts[1]

    @property
    def files(self) -> pd.Series:
        """The file (SHA-256) of each row."""
        return self._who["source_sha256"]

    def set_apart(self, kept: Mask) -> pd.DataFrame:
        """The rows in the model, numbered from 0, without the pseudonyms; column by column, as both would be twice as
        much as one."""
        whole = self.whole.copy(deep=False)
        self._whole, self._kept = None, kept
        inside: dict[str, pd.Series] = {}
        outside: dict[str, pd.Series] = {}
        for name in self._order:
            column = whole.pop(name)
            outside[name] = column[~kept].reset_index(drop=True)
            if name != "respondent":
                inside[name] = column[kept].reset_index(drop=True)
        self._parts = pd.DataFrame(inside, copy=False), pd.DataFrame(outside, copy=False)
        return self._parts[0]

    def with_pseudonyms(self, kept: pd.DataFrame) -> pd.DataFrame:
        """The rows in the model with who responded."""
        return kept.assign(respondent=self._who["respondent"][self._kept].array)

    def blocks(self, rows: int) -> Iterator[pd.DataFrame]:
        """All rows in their order, some at a time; one block of none where there are none."""
        ends = np.concatenate([[0], np.cumsum(self._kept)])
        inside, outside = self._parts
        for start in range(0, max(len(self), 1), rows):
            stop = min(start + rows, len(self))
            if self._whole is not None:
                yield self._whole.iloc[start:stop]
                continue
            a, b = int(ends[start]), int(ends[stop])
            who = self._who["respondent"].iloc[start:stop]
            here = self._kept[start:stop]
            joined = pd.concat(
                [inside.iloc[a:b].assign(respondent=who[here].array), outside.iloc[start - a : stop - b]]
            )
            order = np.empty(stop - start, dtype=np.intp)
            order[np.append(np.flatnonzero(here), np.flatnonzero(~here))] = np.arange(stop - start)
            yield joined.iloc[order][self._order].set_axis(range(start, stop))
