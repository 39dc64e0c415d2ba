"""Rows by respondent that are not needed for a while: of many, in a temporary file without a name.

It is its owner's alone, in the folder that TMPDIR names, and gone with the process. Each column of a block lies apart,
so that one is read without the others.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncsi.arrays import Mask
from ncsi.errors import StoreError

ROWS = 16_384
"""Rows of a block; so few are not many."""
_SPAN = 100
"""Whole numbers so far apart at most are written as categories."""
_WORDS = 32_000
"""Categories of a column at most: one that has more comes back as texts."""


class _Categories(NamedTuple):
    """Places of a block's values among the categories of the column."""

    codes: NDArray[np.integer[Any]]


class _Numbers(NamedTuple):
    """A block's whole numbers from `low` on; −1 where missing."""

    low: int
    codes: NDArray[np.int8]


@dataclass(slots=True, eq=False)
class _Kind:
    """How a column comes back: by the `categories` or whole numbers (`low` to `high`) of all blocks, or where these are
    too many (`plain`) as the texts or numbers that they were. `dtype`: of what was read since the last was written, as
    pandas looks through the categories of each that is made."""

    categories: pd.Index | None = None
    low: int | None = None
    high: int = 0
    plain: bool = False
    dtype: pd.CategoricalDtype | None = None

    def written(self, values: Any) -> Any:
        """What is written of a block, which may widen the kind."""
        self.dtype = None
        if isinstance(values.dtype, pd.CategoricalDtype):
            codes = self._codes_of(values)
            return values.astype(values.categories.dtype) if self.plain else _Categories(codes)
        if not isinstance(values.dtype, pd.Int16Dtype):
            return values
        numbers, missing = values.to_numpy(dtype=np.int16, na_value=0), values.isna()
        known = numbers[~missing]
        low, high = (int(known.min()), int(known.max())) if len(known) else (self.low or 0, self.high)
        if len(known):
            self.low, self.high = (
                (low, high) if self.low is None else (min(low, self.low), max(high, self.high))
            )
            self.plain = self.plain or self.high - self.low > _SPAN
        if high - low > _SPAN:
            return values
        return _Numbers(low, np.where(missing, -1, numbers - low).astype(np.int8))

    def read(self, written: Any) -> Any:
        """The values of a block, as all blocks have them."""
        if isinstance(written, _Categories):
            if self.categories is None:
                raise TypeError("codes without categories")
            if self.plain:
                return self.categories.array.take(written.codes, allow_fill=True)
            return self._categories(written.codes, self.categories)
        if isinstance(written, _Numbers):
            missing, low = written.codes < 0, self.low or 0
            if self.plain:
                return pd.arrays.IntegerArray(written.codes.astype(np.int16) + np.int16(written.low), missing)
            places = written.codes + np.int32(
                written.low - low
            )  # of a block of missing ones far below or above
            codes = np.where(missing, -1, places).astype(np.int8)
            return self._categories(codes, pd.RangeIndex(low, max(self.high, low) + 1))
        return written

    def _categories(self, codes: NDArray[np.integer[Any]], among: pd.Index) -> Any:
        self.dtype = self.dtype or pd.CategoricalDtype(among)
        return pd.Categorical.from_codes(codes, dtype=self.dtype, validate=False)

    def _codes_of(self, values: pd.Categorical) -> NDArray[np.integer[Any]]:
        known, codes = self.categories, np.asarray(values.codes)
        if known is None:
            known = values.categories
        elif not known.equals(values.categories):
            known = known.append(values.categories[known.get_indexer(values.categories) < 0])
            places = np.append(known.get_indexer(values.categories), -1)  # the last is that of a missing one
            codes = places[codes]
        self.categories, self.plain = known, self.plain or len(known) > _WORDS
        return codes.astype(np.int8 if len(known) < 2**7 else np.int16)


@dataclass(frozen=True, slots=True, eq=False)
class SpooledRows:
    """Rows in a file. `kinds`: of each column how it comes back; `places`: of each block, where a column begins and of
    how many bytes it is; `sizes`: how many rows a block has."""

    file: IO[bytes]
    kinds: dict[str, _Kind] = field(default_factory=dict)
    places: list[dict[str, tuple[int, int]]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, blocks: Iterable[pd.DataFrame]) -> SpooledRows:
        """Write the rows of frames with the same columns, one after the other. Small whole numbers with some missing
        come back as categories, a byte each; categories of blocks as those of all; all else as it was. StoreError
        where there is no room, or no folder for it."""
        try:
            file = TemporaryFile(prefix="ncsi-rows-")  # noqa: SIM115 - as long as the rows
        except OSError as error:
            raise _no_room(error) from error
        made = cls(file)
        for block in blocks:
            made._add(block)
        return made

    def __len__(self) -> int:
        return sum(self.sizes)

    def __contains__(self, name: object) -> bool:
        return name in self.kinds

    @property
    def names(self) -> tuple[str, ...]:
        """Its columns."""
        return tuple(self.kinds)

    def __getitem__(self, name: str) -> pd.Series:
        """One column of all rows."""
        return pd.Series(_joined([self._read(k, name) for k in range(len(self.places))]), copy=False)

    def blocks(self, names: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
        """All rows in their order, or some of their columns, a block at a time."""
        start = 0
        for k, size in enumerate(self.sizes):
            columns = {name: self._read(k, name) for name in (self.kinds if names is None else names)}
            yield pd.DataFrame(columns, index=pd.RangeIndex(start, start + size), copy=False)
            start += size

    def these(self, names: Sequence[str], among: Mask) -> pd.DataFrame:
        """Some columns of the rows `among` (n,) all, numbered from 0."""
        edges = [slice(a, b) for a, b in pairwise(np.cumsum([0, *self.sizes]).tolist())]
        found = {
            name: _joined([self._read(k, name)[among[own]] for k, own in enumerate(edges)]) for name in names
        }
        return pd.DataFrame(found, index=pd.RangeIndex(int(among.sum())), copy=False)

    def _add(self, block: pd.DataFrame) -> None:
        start, packed, places = self.file.seek(0, 2), list[bytes](), {}
        for name, column in block.items():
            kind = self.kinds.setdefault(str(name), _Kind())
            packed.append(pickle.dumps(kind.written(column.array), protocol=5))
            places[str(name)] = start, len(packed[-1])
            start += len(packed[-1])
        try:
            self.file.writelines(packed)
            self.file.flush()  # where there is no room, it is said here
        except OSError as error:
            raise _no_room(error) from error
        self.places.append(places)
        self.sizes.append(len(block))

    def _read(self, block: int, name: str) -> Any:
        start, size = self.places[block][name]
        self.file.seek(start)
        return self.kinds[name].read(pickle.loads(self.file.read(size)))  # noqa: S301 - what this object wrote


def _no_room(error: OSError) -> StoreError:
    return StoreError(
        f"temporary files: responses cannot be kept while they are estimated ({error.strerror or error}). "
        "Free disk space, or name another folder in TMPDIR. Nothing was stored."
    )


Rows = pd.DataFrame | SpooledRows
"""Rows of few respondents, or of many."""


def spooled(blocks: Iterable[pd.DataFrame]) -> Rows:
    """The rows of some blocks, of which the first has all where they are few: themselves then, else in a file."""
    rest = iter(blocks)
    first = next(rest)
    second = next(rest, None)
    return first if second is None else SpooledRows.of(chain((first, second), rest))


def blocks_of(rows: Rows, names: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
    """The rows in their order, or some of their columns, some at a time; one block of none where there are none."""
    if isinstance(rows, SpooledRows):
        yield from rows.blocks(names)
        return
    chosen = rows if names is None else rows[list(names)]
    for start in range(0, max(len(rows), 1), ROWS):
        yield chosen.iloc[start : start + ROWS]


def of_these(rows: Rows, names: Sequence[str], among: Mask) -> pd.DataFrame:
    """Some columns of some rows, numbered from 0."""
    if isinstance(rows, pd.DataFrame):
        return rows.loc[among, list(names)].reset_index(drop=True)
    return rows.these(names, among)


def _joined(parts: Sequence[Any]) -> Any:
    """The values of blocks, one after the other."""
    if isinstance(parts[0], pd.Categorical):
        return pd.Categorical.from_codes(
            np.concatenate([one.codes for one in parts]), dtype=parts[0].dtype, validate=False
        )
    return pd.concat([pd.Series(one, copy=False) for one in parts], ignore_index=True).array
