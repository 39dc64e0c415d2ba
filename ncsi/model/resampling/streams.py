"""Bootstrap resamples from counter-based random streams.

Replicates come in blocks of 64, each with its own Philox stream keyed by (seed, block), so a result does not
depend on how many blocks are computed at a time, in what order, or by whom.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ncsi.arrays import Array, Positions
from ncsi.model.moments.respondents import row_blocks
from ncsi.model.moments.sample import Units
from ncsi.model.resampling.threads import Map

Times = NDArray[np.uint8]
"""How often each unit is drawn (B, C). None is drawn 256 times: of n draws from n, one in 10⁵⁰⁰ would be."""
Places = NDArray[np.int32]
BLOCK = 64
BYTES_AT_A_TIME = 32_000_000
"""Bounds memory: of row weights held at once."""
COUNTS_AT_A_TIME = 32_000_000
"""The same of counts, a byte each: row weights are made of them for some thousand rows at a time."""
DRAWN_AT_A_TIME = 4_000_000
"""The same of draws before they are counted."""
FEW_CELLS = 500_000
"""Replicates × rows so few that blocks are counted together, which saves calls."""
SHORT = 64
"""Rows of a stratum in a block on average: to look at smaller ones, each in turn, costs more than it saves."""
BLOCKS_AT_A_TIME = 8
"""What is computed at once should stay in the processor's cache; fewer cost more calls for each replicate."""

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

    From each stratum (`stratum` ascending) of n_h rows, n_h − 1 are drawn with replacement, which makes the
    variance of small strata unbiased (Rao & Wu 1988); a stratum of one row always keeps it and adds no variance.
    With `units`, whole units are drawn so, from the strata of units. Each stratum of rows keeps its full-sample
    weight total in every replicate, so that declared market shares hold in each; one that is left without rows
    weighs nothing in that replicate.
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
    """Replicates by how often each unit is drawn: `times` (B, C), units in the order of their strata. A row weighs
    `weights` (n,) each time (None: 1), and `factor` (B, H), or (1, H) in all, times that by its stratum, which begin at
    `starts` (H,) of the rows. `of_row` (n,): the unit of each row, None where rows are drawn."""

    times: Times
    weights: Array | None
    starts: Positions
    factor: Array
    of_row: Positions | None

    def __len__(self) -> int:
        return len(self.times)

    def part(self, rows: slice) -> Array:
        """Weights (B, m) of the rows."""
        first, last = np.searchsorted(self.starts, [rows.start, rows.stop - 1], side="right") - 1
        sizes = np.diff([rows.start, *self.starts[first + 1 : last + 1], rows.stop])
        factor, times = self.factor[:, first : last + 1], self._times(rows)
        if (
            rows.stop - rows.start < self.rows
        ):  # a row's weights side by side, as sums over some rows want them
            V = np.ascontiguousarray(times.T) * (1.0 if self.weights is None else self.weights[rows, None])
            if len(sizes) * SHORT > len(V):
                V *= np.repeat(factor.T, sizes, axis=0)
            else:
                for own, run in zip(factor.T, np.split(V, np.cumsum(sizes)[:-1]), strict=True):
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

    def restored(self, weights: Array) -> Drawn:
        """The same with what brings each stratum of rows, of which each weighs `weights` (n,), back to its total."""
        left = np.zeros((len(self.times), len(self.starts)))
        for rows in row_blocks(len(weights)):
            first, last = np.searchsorted(self.starts, [rows.start, rows.stop - 1], side="right") - 1
            at = np.maximum(self.starts[first : last + 1] - rows.start, 0)
            left[:, first : last + 1] += np.add.reduceat(self._times(rows) * weights[rows], at, axis=1)
        return replace(self, weights=weights, factor=_factors(np.add.reduceat(weights, self.starts), left))

    def _times(self, rows: slice) -> Times:
        return self.times[:, rows if self.of_row is None else self.of_row[rows]]


def drawn_replicates(
    weights: Array, stratum: Positions, replicates: int, seed: int, units: Units | None = None,
    at_a_time: int = COUNTS_AT_A_TIME, each: Map = map, share: Share = WHOLE,
) -> Iterator[Drawn]:  # fmt: skip
    """The replicates of `replicate_weights`, in batches of at most `at_a_time` replicates × rows, or of a block; `each`
    block is drawn as it says, and only those of a `share`."""
    starts, sizes = _runs(stratum)
    of_row = None if units is None else units.of_row
    alike = units is None and bool((weights == weights[0]).all())
    factor = (weights[:1] * sizes / _drawn(sizes))[None]
    drawn_from = stratum if units is None else units.stratum
    for times in _batches(drawn_from, replicates, seed, at_a_time // len(weights), each, share):
        bare = Drawn(times, None, starts, factor, of_row)
        yield bare if alike else bare.restored(weights)


def row_counts(
    stratum: Positions, replicates: int, seed: int, each: Map = map, share: Share = WHOLE
) -> Iterator[Times]:
    """Batches (B, n) of how often each row is drawn in the replicates of `replicate_weights`."""
    yield from _batches(stratum, replicates, seed, COUNTS_AT_A_TIME // len(stratum), each, share)


def drawn_factors(stratum: Positions) -> Array:
    """What a row drawn from each stratum counts for, n_h / (n_h − 1), so that they sum to n_h (strata,)."""
    _, sizes = _runs(stratum)
    return np.asarray(sizes / _drawn(sizes))


def drawn_counts(stratum: Positions, replicates: int, seed: int) -> Iterator[Array]:
    """Batches (B, n) of how often each unit is drawn, n_h − 1 of the n_h in a stratum (in any order), times
    n_h / (n_h − 1), so that they sum to n_h; a unit alone in its stratum stays as it is."""
    order = np.argsort(stratum, kind="stable")
    starts, sizes = _runs(stratum[order])
    factor = np.repeat(sizes / _drawn(sizes), sizes)
    for block in range(-(-replicates // BLOCK)):
        counts = np.empty((BLOCK, len(stratum)))
        counts[:, order] = _counts(seed, range(block, block + 1), starts, sizes, map) * factor
        yield counts[: replicates - block * BLOCK]


def _runs(stratum: Positions) -> tuple[Positions, Positions]:
    """Where each run of equal values starts, and how long it is."""
    starts = np.flatnonzero(np.r_[True, stratum[1:] != stratum[:-1]])
    return starts, np.diff(np.append(starts, len(stratum)))


def _factors(whole: Array, left: Array) -> Array:
    """What brings each stratum from what is `left` (B, strata) back to its total; 1 where nothing is left of it."""
    return np.divide(whole, left, out=np.ones_like(left), where=left > 0)


def _drawn(sizes: Positions) -> Positions:
    """Rows drawn from strata of these sizes."""
    return np.maximum(sizes - 1, 1)


def left_out_weights(weights: Array, stratum: Positions, units: Units | None = None) -> Iterator[Array]:
    """Batches (B, n) of jackknife weights, each without one row (or unit), or without one of 1,000 groups of
    them that are spread over the strata; each stratum of rows keeps its weight total."""
    group = (np.arange(len(weights)) if units is None else units.of_row) % MAX_LEFT_OUT
    starts, sizes = _runs(stratum)
    for first in range(0, int(group.max()) + 1, BLOCK):
        out = np.arange(first, min(first + BLOCK, int(group.max()) + 1))[:, None]
        W = np.where(group == out, 0.0, weights)
        left, whole = np.add.reduceat(W, starts, axis=1), np.add.reduceat(weights, starts)
        W *= np.repeat(_factors(whole, left), sizes, axis=1)
        yield W


def _batches(
    stratum: Positions, replicates: int, seed: int, at_a_time: int, each: Map, share: Share
) -> Iterator[Times]:
    """Batches of how often each of the C units of `stratum` is drawn (B, C), about `at_a_time` replicates each."""
    drawn_from, blocks = _runs(stratum), -(-replicates // BLOCK)
    together = max(1, min(BLOCKS_AT_A_TIME, at_a_time // BLOCK))
    for start in share.of_batches(range(0, blocks, together)):
        there = range(start, min(start + together, blocks))
        yield _counts(seed, there, *drawn_from, each)[: replicates - start * BLOCK]


def _counts(seed: int, blocks: range, starts: Positions, sizes: Positions, each: Map) -> Times:
    """How often each unit is drawn (64 a block, C)."""
    counts = np.empty((BLOCK * len(blocks), int(sizes.sum())), dtype=np.uint8)
    streams = [np.random.Generator(np.random.Philox(key=[seed, block])) for block in blocks]
    if counts.size <= FEW_CELLS:
        _count(_drawn_together(streams, starts, sizes), counts)
        return counts
    parts = (counts[k * BLOCK : (k + 1) * BLOCK] for k in range(len(streams)))
    for _ in each(lambda one: _count_block(*one, starts, sizes), zip(streams, parts, strict=True)):
        pass
    return counts


def _count_block(rng: np.random.Generator, into: Times, starts: Positions, sizes: Positions) -> None:
    """Count how often each unit is drawn in a block of replicates (64, C)."""
    for run in _runs_of_strata(sizes):
        there = into[:, starts[run][0] : starts[run][-1] + sizes[run][-1]]
        if len(sizes[run]) > 1:
            _count(_drawn_together([rng], starts[run] - starts[run][0], sizes[run]), there)
        else:
            _count_large(rng, there)


def _runs_of_strata(sizes: Positions) -> Iterator[slice]:
    """Strata that are drawn from together: as many as go on with `DRAWN_AT_A_TIME`, or one."""
    first, held = 0, 0
    for h, size in enumerate(sizes.tolist()):
        if held and (held + size) * BLOCK > DRAWN_AT_A_TIME:
            yield slice(first, h)
            first, held = h, 0
        held += size
    yield slice(first, len(sizes))


def _count_large(rng: np.random.Generator, into: Times) -> None:
    """Draw from one stratum (64, n_h), some replicates at a time."""
    size = into.shape[1]
    times = max(size - 1, 1)
    at_a_time = max(1, DRAWN_AT_A_TIME // times)
    for first in range(0, BLOCK, at_a_time):
        some = into[first : first + at_a_time]
        _count(rng.integers(0, size, size=(len(some), times), dtype=np.int32), some)


def _drawn_together(streams: list[np.random.Generator], starts: Positions, sizes: Positions) -> Places:
    """Units drawn (64 a stream, Σm)."""
    m = _drawn(sizes)
    drawn = np.empty((BLOCK * len(streams), int(m.sum())), dtype=np.int32)
    for k, rng in enumerate(streams):
        own, at = k * BLOCK, 0
        for start, size, times in zip(starts, sizes, m, strict=True):
            picked = rng.integers(0, size, size=(BLOCK, times), dtype=np.int32)
            np.add(picked, np.int32(start), out=drawn[own : own + BLOCK, at : at + times])
            at += times
    return drawn


def _count(drawn: Places, into: Times) -> None:
    """Count what was drawn (B, m) of the units of `into` (B, C).

    A sparse matrix made dense adds up what falls on one place, at a fraction of the cost of np.bincount.
    """
    ends = np.arange(0, drawn.size + 1, drawn.shape[1], dtype=np.int32)
    table = csr_array((np.ones(drawn.size, dtype=np.uint8), drawn.ravel(), ends), shape=into.shape)
    into[:] = table.toarray()
