"""Bootstrap resamples: batches of replicates, as how often each unit is drawn and as the weights of rows.

What is drawn is told by counters (`ncsi.model.resampling.counters`), so a result does not depend on how many replicates
are made at a time, in what order, or by whom.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import numpy as np

from ncsi.arrays import Array, Positions
from ncsi.model.moments.row_blocks import row_blocks
from ncsi.model.moments.sample import Units
from ncsi.model.resampling.counters import Times, blocks_of, count, runs, runs_among, together
from ncsi.model.resampling.counts_by_block import CountsByBlock, times_of
from ncsi.model.resampling.threads import Map

BLOCK = 64
"""Replicates: a batch is a multiple of them."""
BYTES_AT_A_TIME = 32_000_000
"""Bounds memory: of row weights held at once."""
COUNTS_AT_A_TIME = 32_000_000
"""The same of counts, a byte each: row weights are made of them for some thousand rows at a time."""
SHORT = 64
"""Rows of a stratum in a block on average: to look at smaller ones, each in turn, costs more than it saves."""
AS_NEEDED = 4
"""Blocks of replicates of many rows, whose counts are not held: rows are looked at once for each of these batches, and
who makes parts of a bootstrap gets whole ones."""
BLOCKS_AT_A_TIME = 10
"""What is computed at once should stay in the processor's cache; fewer cost more calls for each replicate."""
OF_COUNTS = 2
"""Times as many where no weights are made of the counts of few rows: at every call threads wait for each other."""

MAX_LEFT_OUT = 1000


@dataclass(frozen=True, slots=True)
class Share:
    """One of `parts` of the batches of a bootstrap, from 0: a run of them. The first has one at least."""

    which: int
    parts: int

    def of_batches(self, batches: range) -> range:
        """Those of the share; none where the batches are fewer than the parts, and it is one of the last."""
        parts = min(self.parts, len(batches))
        if self.which >= parts:
            return batches[:0]
        return batches[len(batches) * self.which // parts : len(batches) * (self.which + 1) // parts]


WHOLE = Share(0, 1)


def replicate_weights(
    weights: Array, stratum: Positions, replicates: int, seed: int, units: Units | None = None
) -> Iterator[Array]:
    """Batches (B, n) of replicate weights, `replicates` rows in all.

    In a stratum (`stratum` ascending) of 100 rows or more each is drawn Poisson(1) times; from a smaller one of n_h,
    n_h − 1 are drawn with replacement, which makes its variance unbiased (Rao & Wu 1988); a stratum of one row always
    keeps it and adds no variance. With `units`, whole units are drawn so, from the strata of units. Each stratum of
    rows keeps its full-sample weight total in every replicate, so that declared market shares hold in each; one that is
    left without rows weighs nothing in that replicate.
    """
    for drawn in drawn_replicates(weights, stratum, replicates, seed, units, BYTES_AT_A_TIME // 8):
        yield drawn.part(slice(0, len(weights)))


class RowWeights(Protocol):
    """A batch of B replicates, whose row weights are made for some rows at a time."""

    def __len__(self) -> int:
        """B."""

    def part(self, rows: slice) -> Array:
        """Weights (B, m) of a run of rows, given by its first and its last + 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """Row weights `W` (B, n) that are there."""

    W: Array

    def __len__(self) -> int:
        return len(self.W)

    def part(self, rows: slice) -> Array:
        """Weights (B, m) of the rows."""
        return self.W[:, rows]


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Replicates by how often each unit is drawn: `times` (B, C), units in the order of their strata, where they are
    many counted when they are asked for. A row weighs
    `weights` (n,) each time (None: 1), and `factor` (B, H) times that by its stratum, which begin at `starts` (H,) of
    the rows. `of_row` (n,): the unit of each row, None where rows are drawn."""

    times: Times | CountsByBlock
    weights: Array | None
    starts: Positions
    factor: Array
    of_row: Positions | None

    def __len__(self) -> int:
        return len(self.times)

    def part(self, rows: slice) -> Array:
        """Weights (B, m) of the rows."""
        first, at = runs_among(self.starts, rows)
        sizes = np.diff(np.append(at, rows.stop - rows.start))
        factor, times = self.factor[:, first : first + len(at)], self._times(rows)
        if (
            rows.stop - rows.start < self.rows
        ):  # a row's weights side by side, as sums over some rows want them
            V = np.ascontiguousarray(times.T) * (1.0 if self.weights is None else self.weights[rows, None])
            if len(sizes) * SHORT > len(V):
                V *= np.repeat(factor.T, sizes, axis=0)
            else:
                for own, run in zip(factor.T, np.split(V, at[1:]), strict=True):
                    run *= own
            return V.T
        if self.weights is None:
            return np.asarray(times * np.repeat(factor, sizes, axis=1))
        W = times * self.weights[rows]
        W *= np.repeat(factor, sizes, axis=1)
        return np.asarray(W)

    @property
    def rows(self) -> int:
        """How many there are."""
        return self.times.shape[1] if self.of_row is None else len(self.of_row)

    def restored(self, weights: Array, each: Map = map) -> Drawn:
        """The same with what brings each stratum of rows, of which each weighs `weights` (n,), back to its total;
        `each` block of rows is weighed as it says."""
        whole = np.add.reduceat(weights, self.starts)
        if isinstance(self.times, CountsByBlock):
            left = self.times.left(weights, each)
            return replace(self, weights=weights, factor=restoring(whole, left))
        left = np.zeros((len(self.times), len(self.starts)))
        blocks = row_blocks(len(weights))
        for first, own in each(lambda k: self._left(weights, blocks[k]), range(len(blocks))):
            left[:, first : first + own.shape[1]] += own
        return replace(self, weights=weights, factor=restoring(whole, left))

    def _left(self, weights: Array, rows: slice) -> tuple[int, Array]:
        """What a run of rows weighs by stratum (B, H'), and the first of these strata."""
        first, at = runs_among(self.starts, rows)
        times, own = self._times(rows), weights[rows]
        if len(at) * SHORT > len(own):
            return first, np.add.reduceat(times * own, at, axis=1)
        strata = zip(np.split(times, at[1:], axis=1), np.split(own, at[1:]), strict=True)
        return first, np.column_stack([drawn.astype(np.float64) @ w for drawn, w in strata])

    def _times(self, rows: slice) -> Times:
        if self.of_row is None or isinstance(self.times, CountsByBlock):
            return times_of(self.times, rows)
        return self.times[:, self.of_row[rows]]


def holds_every_row(batch: RowWeights) -> bool:
    """Whether something is held of every row: weights that were given, or how often each is drawn. Other weights are
    made as they are asked for."""
    return isinstance(batch, Given) or (
        isinstance(batch, Drawn) and not isinstance(batch.times, CountsByBlock)
    )


def drawn_replicates(
    weights: Array, stratum: Positions, replicates: int, seed: int, units: Units | None = None,
    at_a_time: int | None = None, each: Map = map, share: Share = WHOLE,
) -> Iterator[Drawn]:  # fmt: skip
    """The replicates of `replicate_weights`, in batches of at most `at_a_time` replicates × rows, or of a block; `each`
    block is drawn as it says, and only those of a `share`. None: as many as are summed best."""
    starts, _ = runs(stratum)
    of_row = None if units is None else units.of_row
    alike = units is None and bool((weights == weights[0]).all())
    drawn_from = stratum if units is None else units.stratum
    for times in _of_units(drawn_from, replicates, seed, units is None and at_a_time is None,
                           (at_a_time or COUNTS_AT_A_TIME) // len(weights), each, share):  # fmt: skip
        if alike:
            yield Drawn(times, None, starts, weights[0] * drawn_factors(times, stratum, each), of_row)
        else:
            yield Drawn(times, None, starts, np.empty(0), of_row).restored(weights, each)


def some_counts(
    stratum: Positions, replicates: int, seed: int, each: Map = map, share: Share = WHOLE
) -> Iterator[Times | CountsByBlock]:
    """The same as of `row_counts`, of many rows counted when they are asked for."""
    at_a_time = COUNTS_AT_A_TIME // len(stratum)
    yield from _of_units(stratum, replicates, seed, True, at_a_time, each, share, OF_COUNTS)


def _of_units(
    stratum: Positions, replicates: int, seed: int, as_needed: bool, at_a_time: int, each: Map, share: Share,
    fold: int = 1,
) -> Iterator[Times | CountsByBlock]:  # fmt: skip
    if not as_needed or len(row_blocks(len(stratum))) == 1:
        yield from _batches(stratum, replicates, seed, at_a_time, each, share, fold)
        return
    for some in _runs_of(replicates, min(AS_NEEDED, BLOCKS_AT_A_TIME), share):
        yield CountsByBlock.of(seed, some, stratum)


def row_counts(
    stratum: Positions, replicates: int, seed: int, each: Map = map, share: Share = WHOLE
) -> Iterator[Times]:
    """Batches (B, n) of how often each row is drawn in the replicates of `replicate_weights`."""
    yield from _batches(stratum, replicates, seed, COUNTS_AT_A_TIME // len(stratum), each, share)


def drawn_factors(times: Times | CountsByBlock, stratum: Positions, each: Map = map) -> Array:
    """What a row drawn `times` (B, n) counts for in each stratum (B, H), so that they sum to its n_h: exact, whatever
    the processor, up to one division."""
    starts, sizes = runs(stratum)
    if isinstance(times, CountsByBlock):
        return restoring(sizes.astype(np.float64), times.left(None, each))
    if len(starts) * SHORT > len(stratum):
        left = np.add.reduceat(times, starts, axis=1, dtype=np.float64)
    else:
        strata = np.split(times, starts[1:], axis=1)
        left = np.column_stack([one.sum(axis=1, dtype=np.uint32) for one in strata]).astype(np.float64)
    return restoring(sizes.astype(np.float64), left)


def drawn_counts(stratum: Positions, replicates: int, seed: int) -> Iterator[Array]:
    """Batches (B, n) of how often each unit is drawn, of strata in any order, brought back to n_h in each; a unit alone
    in its stratum stays as it is."""
    order = np.argsort(stratum, kind="stable")
    _, sizes = runs(stratum[order])
    for times in _batches(stratum[order], replicates, seed, BLOCK, map, WHOLE):
        counts = np.empty(times.shape)
        counts[:, order] = times * np.repeat(drawn_factors(times, stratum[order]), sizes, axis=1)
        yield counts


def restoring(whole: Array, left: Array) -> Array:
    """What brings each stratum from what is `left` (B, strata) back to its total; 1 where nothing is left of it."""
    return np.divide(whole, left, out=np.ones_like(left), where=left > 0)


def left_out_weights(weights: Array, stratum: Positions, units: Units | None = None) -> Iterator[Array]:
    """Batches (B, n) of jackknife weights, each without one row (or unit), or without one of 1,000 groups of
    them that are spread over the strata; each stratum of rows keeps its weight total."""
    group = (np.arange(len(weights)) if units is None else units.of_row) % MAX_LEFT_OUT
    starts, sizes = runs(stratum)
    for first in range(0, int(group.max()) + 1, BLOCK):
        out = np.arange(first, min(first + BLOCK, int(group.max()) + 1))[:, None]
        W = np.where(group == out, 0.0, weights)
        left, whole = np.add.reduceat(W, starts, axis=1), np.add.reduceat(weights, starts)
        W *= np.repeat(restoring(whole, left), sizes, axis=1)
        yield W


def _batches(
    stratum: Positions, replicates: int, seed: int, at_a_time: int, each: Map, share: Share,
    fold: int = 1,
) -> Iterator[Times]:  # fmt: skip
    """Batches of how often each of the C units of `stratum` is drawn (B, C), about `at_a_time` replicates each, and at
    most `fold` times as many as others."""
    blocks = blocks_of(stratum)
    for some in _runs_of(replicates, max(1, min(fold * BLOCKS_AT_A_TIME, at_a_time // BLOCK)), share):
        times = np.empty((len(some), len(stratum)), dtype=np.uint8)
        for _ in each(partial(count, seed, some, times), together(blocks, len(some))):
            pass
        yield times


def _runs_of(replicates: int, step: int, share: Share) -> Iterator[range]:
    """Batches of so many blocks of replicates, those of a share."""
    for start in share.of_batches(range(0, -(-replicates // BLOCK), step)):
        yield range(start * BLOCK, min((start + step) * BLOCK, replicates))
