"""Bootstrap resamples from counter-based random streams.

Replicates come in blocks of 64, each with its own Philox stream keyed by (seed, block), so a result does not
depend on how many blocks are computed at a time, in what order, or by whom.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_array

from ncsi.arrays import Array, Positions
from ncsi.model.moments.sample import Units

BLOCK = 64
BYTES_AT_A_TIME = 32_000_000
"""Bounds memory: of replicates × rows held at once."""
FEW_CELLS = 500_000
"""Replicates × rows so few that blocks are counted together, which saves calls."""
BLOCKS_AT_A_TIME = 8
"""What is computed at once should stay in the processor's cache; fewer cost more calls for each replicate."""

MAX_LEFT_OUT = 1000


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
    starts, sizes = _runs(stratum)
    drawn_from = stratum if units is None else units.stratum
    for counts in _batches(drawn_from, replicates, seed, np.dtype(np.float64), len(weights)):
        W = counts if units is None else counts[:, units.of_row]
        if units is None and (weights == weights[0]).all():
            W *= np.repeat(weights[0] * sizes / _drawn(sizes), sizes)
        else:
            W *= weights
            W *= np.repeat(_factors(weights, W, starts), sizes, axis=1)
        yield W


def row_counts(stratum: Positions, replicates: int, seed: int) -> Iterator[Array]:
    """Batches (B, n) of how often each row is drawn, in single precision, in the replicates of `replicate_weights`."""
    yield from _batches(stratum, replicates, seed, np.dtype(np.float32), len(stratum))


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
        counts[:, order] = (
            _counts(seed, range(block, block + 1), starts, sizes, np.dtype(np.float64)) * factor
        )
        yield counts[: replicates - block * BLOCK]


def _runs(stratum: Positions) -> tuple[Positions, Positions]:
    """Where each run of equal values starts, and how long it is."""
    starts = np.flatnonzero(np.r_[True, stratum[1:] != stratum[:-1]])
    return starts, np.diff(np.append(starts, len(stratum)))


def _factors(weights: Array, W: Array, starts: Positions) -> Array:
    """What brings each stratum of W (B, n) back to its total (B, strata); 1 where nothing is left of it."""
    left = np.add.reduceat(W, starts, axis=1)
    whole = np.add.reduceat(weights, starts)
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
        W *= np.repeat(_factors(weights, W, starts), sizes, axis=1)
        yield W


def _batches(stratum: Positions, replicates: int, seed: int, kind: np.dtype, rows: int) -> Iterator[Array]:
    """Batches of how often each of the n units of `stratum` is drawn (B, n); `rows` of data are held for each."""
    drawn_from, blocks = _runs(stratum), -(-replicates // BLOCK)
    at_a_time = max(1, min(BLOCKS_AT_A_TIME, BYTES_AT_A_TIME // (kind.itemsize * BLOCK * rows)))
    for start in range(0, blocks, at_a_time):
        there = range(start, min(start + at_a_time, blocks))
        yield _counts(seed, there, *drawn_from, kind)[: replicates - start * BLOCK]


def _counts(seed: int, blocks: range, starts: Positions, sizes: Positions, kind: np.dtype) -> Array:
    """How often each row is drawn (64 a block, n).

    A sparse matrix made dense adds up what falls on one place, at a fraction of the cost of np.bincount; of blocks of
    many rows one at a time.
    """
    m, n = _drawn(sizes), int(sizes.sum())
    counts = np.empty((BLOCK * len(blocks), n), dtype=kind)
    together = len(blocks) if counts.size <= FEW_CELLS else 1
    drawn = np.empty((BLOCK * together, int(m.sum())), dtype=np.int32)
    wide = drawn.size > np.iinfo(np.int32).max  # else ends of the kind of `drawn`, which is not copied then
    ends = np.arange(0, drawn.size + 1, drawn.shape[1], dtype=np.int64 if wide else np.int32)
    ones = np.ones(drawn.size, dtype=kind)
    for k, block in enumerate(blocks):
        rng, own, at = np.random.Generator(np.random.Philox(key=[seed, block])), k % together * BLOCK, 0
        for start, size, times in zip(starts, sizes, m, strict=True):
            picked = rng.integers(0, size, size=(BLOCK, times), dtype=np.int32)
            np.add(picked, np.int32(start), out=drawn[own : own + BLOCK, at : at + times])
            at += times
        if k % together == together - 1:
            there = counts[(k + 1 - together) * BLOCK : (k + 1) * BLOCK]
            csr_array((ones, drawn.ravel(), ends), shape=there.shape).toarray(out=there)
    return counts
