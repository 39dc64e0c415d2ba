"""Rows by respondent that are not needed for a while: of many, in a temporary file without a name.

It is its owner's alone, in the folder that TMPDIR names, and gone with the process. Each column of a block lies apart,
so that one is read without the others.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import IO, Any

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionDtype

from ncsi.errors import StoreError

ROWS = 16_384
"""Rows of a block; so few are not many."""
_SPAN = 100
"""Whole numbers so far apart at most are written as categories."""


@dataclass(frozen=True, slots=True, eq=False)
class SpooledRows:
    """Rows of a frame in a file. `kinds`: of each column its categories' dtype, or None where values are as they are;
    `places`: of each block, where a column begins and of how many bytes it is."""

    file: IO[bytes]
    rows: int
    kinds: dict[str, pd.CategoricalDtype | None] = field(default_factory=dict)
    places: list[dict[str, tuple[int, int]]] = field(default_factory=list)

    @classmethod
    def of(cls, frame: pd.DataFrame) -> SpooledRows:
        """Write the rows of a frame. Small whole numbers with some missing come back as categories, a byte each; all
        else as it was. StoreError where there is no room, or no folder for it."""
        try:
            file = TemporaryFile(prefix="ncsi-rows-")  # noqa: SIM115 - as long as the rows
        except OSError as error:
            raise _no_room(error) from error
        made = cls(file, len(frame))
        for name in frame.columns:
            values = _as_categories(frame[name].array)
            is_coded = isinstance(values, pd.Categorical)
            made.kinds[name] = values.dtype if is_coded else None
            for k, start in enumerate(range(0, len(frame), ROWS)):
                stop = min(start + ROWS, len(frame))
                own = values.codes[start:stop] if is_coded else values.take(np.arange(start, stop))
                if k == len(made.places):
                    made.places.append({})
                made.places[k][name] = made._written(pickle.dumps(own, protocol=5))
        return made

    def __len__(self) -> int:
        return self.rows

    def __getitem__(self, name: str) -> pd.Series:
        """One column of all rows."""
        parts = [self._read(k, name) for k in range(len(self.places))]
        kind = self.kinds[name]
        if kind is not None:
            return pd.Series(
                pd.Categorical.from_codes(np.concatenate([one.codes for one in parts]), dtype=kind)
            )
        return pd.concat([pd.Series(one) for one in parts], ignore_index=True)

    def blocks(self) -> Iterator[pd.DataFrame]:
        """All rows in their order, some at a time."""
        for k in range(len(self.places)):
            columns = {name: self._read(k, name) for name in self.kinds}
            start = k * ROWS
            index = pd.RangeIndex(start, min(start + ROWS, self.rows))
            yield pd.DataFrame(columns, index=index, copy=False)

    def _written(self, packed: bytes) -> tuple[int, int]:
        try:
            start = self.file.seek(0, 2)
            self.file.write(packed)
            self.file.flush()  # where there is no room, it is said here
        except OSError as error:
            raise _no_room(error) from error
        return start, len(packed)

    def _read(self, block: int, name: str) -> Any:
        start, size = self.places[block][name]
        self.file.seek(start)
        values, kind = pickle.loads(self.file.read(size)), self.kinds[name]  # noqa: S301 - what this object wrote
        return values if kind is None else pd.Categorical.from_codes(values, dtype=kind, validate=False)


def _no_room(error: OSError) -> StoreError:
    return StoreError(
        f"temporary files: responses cannot be kept while they are estimated ({error.strerror or error}). "
        "Free disk space, or name another folder in TMPDIR. Nothing was stored."
    )


Rows = pd.DataFrame | SpooledRows
"""Rows of few respondents, or of many."""


def spooled(frame: pd.DataFrame) -> Rows:
    """The rows of a frame: themselves where they are few, else in a file."""
    return frame if len(frame) <= ROWS else SpooledRows.of(frame)


def blocks_of(rows: Rows) -> Iterator[pd.DataFrame]:
    """The rows in their order, some at a time; one block of none where there are none."""
    if isinstance(rows, SpooledRows):
        yield from rows.blocks()
        return
    for start in range(0, max(len(rows), 1), ROWS):
        yield rows.iloc[start : start + ROWS]


def _as_categories(values: Any) -> Any:
    """Whole numbers with some missing, which are few different ones, as categories."""
    dtype: ExtensionDtype | np.dtype[Any] = values.dtype
    if not (isinstance(dtype, pd.Int16Dtype) and len(values)):
        return values
    numbers, missing = values.to_numpy(dtype=np.int16, na_value=0), values.isna()
    known = numbers[~missing]
    low, high = (int(known.min()), int(known.max())) if len(known) else (0, 0)
    if high - low > _SPAN:
        return values
    codes = np.where(missing, -1, numbers - low).astype(np.int8)
    kind = pd.CategoricalDtype(pd.RangeIndex(low, high + 1))
    return pd.Categorical.from_codes(codes, dtype=kind, validate=False)
