"""How often each sampling unit is drawn in each replicate, by counters: any block of units in any run of replicates can
be made alone, and comes out the same whoever makes it, in whatever order and beside whatever else.

A stream is Philox keyed by (seed, stratum, block of 8,192 units within it); where in it a replicate begins is counted,
not gone through. Strata of 100 units or more draw each of them Poisson(1) times, and are brought back to their totals
afterwards; smaller ones draw n_h − 1 of n_h with replacement (Rao & Wu 1988).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ncsi.arrays import Positions

Times = NDArray[np.uint8]
"""How often each unit is drawn (B, C): at most 8 times in a large stratum, 98 in a small one."""
Words = NDArray[np.uint64]
UNITS = 8192
"""Units of a large stratum in a block."""
LARGE = 100
"""Units of a stratum from which on each is drawn by itself."""
POISSON = (24109, 24110, 12055, 4017, 1005, 201, 34, 4, 1)
"""How many of 2¹⁶ draws are 0, 1, …, 8: within 1.3 of Poisson's e⁻¹/k! each, with mean and variance exactly 1."""
AT_A_TIME = 1 << 17
"""Draws that are counted while they are in the processor's cache."""
PLACES_AT_A_TIME = 4_000_000
"""Draws from small strata that are held before they are counted."""


@dataclass(frozen=True, slots=True)
class Block:
    """Units that one stream draws: a small stratum's, or a run of a large one's. The `stratum`, the `number` of the
    block in it, the `first` of its units among all, how many, and whether each is drawn by itself."""

    stratum: int
    number: int
    first: int
    size: int
    large: bool

    @property
    def stop(self) -> int:
        """The last of its units + 1."""
        return self.first + self.size

    def from_unit(self, first: int) -> Block:
        """The same block, its place counted from a unit on."""
        return replace(self, first=self.first - first)

    def words(self, seed: int, replicates: range) -> Words:
        """Random words (R, w) of a run of replicates, each of which has as many steps of the counter to itself."""
        each = self.size if self.large else _drawn(self.size)
        steps = -(-each // (16 if self.large else 8))  # of 256 bits: 16 for a unit, 32 for a draw
        key = np.array([int(seed) % 2**64, (self.stratum << 32) + self.number], dtype=np.uint64)
        stream = np.random.Philox(key=key, counter=replicates.start * steps)
        drawn = stream.random_raw((len(replicates), 4 * steps))  # which no version of NumPy may change
        return drawn.astype("<u8", copy=False)


def blocks_of(stratum: Positions) -> tuple[Block, ...]:
    """Those of units whose strata are `stratum` (C,), ascending."""
    starts, sizes = runs(stratum)
    return tuple(
        Block(
            int(stratum[start]),
            number,
            start + at,
            min(UNITS, size - at) if size >= LARGE else size,
            size >= LARGE,
        )
        for start, size in zip(starts.tolist(), sizes.tolist(), strict=True)
        for number, at in enumerate(range(0, size, UNITS))
    )


def together(blocks: Sequence[Block], replicates: int) -> Iterator[tuple[Block, ...]]:
    """Blocks that are counted in one go: a large one, or as many small ones in a row as may be held."""
    held: list[Block] = []
    units = 0
    for one in blocks:
        if held and (one.large or (units + one.size) * replicates > PLACES_AT_A_TIME):
            yield tuple(held)
            held, units = [], 0
        if one.large:
            yield (one,)
        else:
            held.append(one)
            units += one.size
    if held:
        yield tuple(held)


def count(seed: int, replicates: range, into: Times, blocks: tuple[Block, ...]) -> None:
    """Count how often each unit of `blocks` (as `together` gives them) is drawn in a run of replicates, into the counts
    (R, C) of all units."""
    if blocks[0].large:
        _count_large(blocks[0], seed, replicates, into[:, blocks[0].first : blocks[0].stop])
    else:
        _count_small(blocks, seed, replicates, into[:, blocks[0].first : blocks[-1].stop])


def runs(stratum: Positions) -> tuple[Positions, Positions]:
    """Where each run of equal values starts, and how long it is."""
    starts = np.flatnonzero(np.r_[True, stratum[1:] != stratum[:-1]])
    return starts, np.diff(np.append(starts, len(stratum)))


def runs_among(starts: Positions, rows: slice) -> tuple[int, Positions]:
    """The first of the runs, which begin at `starts`, that some rows are in; and where among these rows it begins, and
    each of the others that they are in."""
    first, last = np.searchsorted(starts, [rows.start, rows.stop - 1], side="right") - 1
    return int(first), np.maximum(starts[first : last + 1] - rows.start, 0)


def _drawn(size: int) -> int:
    """Draws from a small stratum; a unit alone in it is drawn once."""
    return max(size - 1, 1)


def _count_large(block: Block, seed: int, replicates: range, into: Times) -> None:
    at_a_time = max(1, AT_A_TIME // block.size)
    for first in range(0, len(replicates), at_a_time):
        some = replicates[first : first + at_a_time]
        drawn = block.words(seed, some).view("<u2")
        into[first : first + len(some)] = _poisson(drawn)[:, : block.size]


def _poisson(drawn: NDArray[np.uint16]) -> Times:
    """What numbers from 0 to 2¹⁶ − 1 stand for: how many of the table's limits they reach."""
    first, *limits = np.cumsum(POISSON[:-1]).astype(np.uint16)
    times: Times = np.greater_equal(drawn, first).view(np.uint8)
    beyond = np.empty(drawn.shape, dtype=np.bool_)
    for limit in limits:
        np.greater_equal(drawn, limit, out=beyond)
        times += beyond.view(np.uint8)
    return times


def _count_small(blocks: tuple[Block, ...], seed: int, replicates: range, into: Times) -> None:
    """A sparse matrix made dense adds up what falls on one place, at a fraction of the cost of np.bincount."""
    places = np.empty((len(replicates), sum(_drawn(one.size) for one in blocks)), dtype=np.int32)
    at = 0
    for one in blocks:
        own = places[:, at : at + _drawn(one.size)]
        own[:] = one.first - blocks[0].first
        if one.size > 1:
            drawn = one.words(seed, replicates).view("<u4")[:, : own.shape[1]]
            own += (drawn * np.uint64(one.size) >> np.uint64(32)).astype(np.int32)
        at += own.shape[1]
    ends = np.arange(0, places.size + 1, places.shape[1], dtype=np.int32)
    table = csr_array((np.ones(places.size, dtype=np.uint8), places.ravel(), ends), shape=into.shape)
    into[:] = table.toarray()
