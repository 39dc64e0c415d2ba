"""Cells: everything an index needs of the rows, by group and by which items of a construct were answered.

A respondent's score uses the answered items with the weights re-normalised, so within a cell a mean score is
linear in the weights. Sums over cells replace the rows, whatever outer weights a replicate comes to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ncsi.arrays import Array, Mask, Positions
from ncsi.model.moments.coded import Answers, lacking
from ncsi.model.moments.row_blocks import row_blocks
from ncsi.model.moments.sample import Sample
from ncsi.model.pls.positions import Layout


@dataclass(frozen=True, slots=True)
class Gaps:
    """Cells of respondents who left out part of a construct.

    `keys`: what tells the cells of each construct, ascending: group and which of its items were answered. `items` (M,)
    of the cells in turn; `starts`, `construct`, `group` (N,): first item, construct and group of each cell. `by_item`
    (2pG, M + N), sparse: adds up the cells' answers to each item in each group, then their weights.
    """

    keys: tuple[Keys, ...]
    items: Positions
    starts: Positions
    construct: Positions
    group: Positions
    by_item: Any

    @property
    def sums(self) -> int:
        """M + N: what is summed of the rows, answers to the items of the cells, then who is in each."""
        return len(self.items) + len(self.starts)

    def table(self, layout: Layout, group: Positions, X: Array) -> GapTable:
        """What sums some rows, by their groups (m,) and answers (m, p)."""
        answered, M = ~np.isnan(X), len(self.items)
        counts = np.diff(np.append(self.starts, M))
        values, sums, rows, first = [], [], [], 0
        for k, known in enumerate(self.keys):
            who, keys = _partial(layout, k, group, answered)
            cells = first + np.searchsorted(known, keys)
            first += len(known)
            each = np.repeat(np.arange(len(who)), counts[cells])
            at = np.arange(len(each)) - np.repeat(np.cumsum(counts[cells]) - counts[cells], counts[cells])
            own = self.starts[cells[each]] + at
            values += [X[who[each], self.items[own]], np.ones(len(who))]
            sums += [own, M + cells]
            rows += [who[each], who]
        at, place = np.unique(_joined(sums), return_inverse=True)
        places = (place.ravel(), _joined(rows))
        return GapTable(at, csr_array((np.concatenate(values), places), shape=(len(at), len(X))))


@dataclass(frozen=True, slots=True, eq=False)
class GapTable:
    """Of the sums (M + N,) that `Gaps` tells apart, those `at` which some rows add anything, and what sums these rows:
    sparse, `sums` (len(at), m)."""

    at: Positions
    sums: Any


Keys = NDArray[np.bytes_]


@dataclass(frozen=True, slots=True)
class Cells:
    """Answers `X` (n, p) and `group` (n,) of the respondents. `groups`: the rows of each group. `gaps`: those who left
    out part of a construct, None when no answer is missing."""

    layout: Layout
    groups: tuple[slice, ...]
    X: Answers
    group: Positions
    gaps: Gaps | None

    def nothing(self, replicates: int) -> Linear:
        """Sums over no rows."""
        whole = np.zeros((self.layout.p + self.layout.K, len(self.groups), replicates))
        return Linear(whole, None if self.gaps is None else np.zeros((self.gaps.sums, replicates)))

    def table(self, rows: slice) -> GapTable | None:
        """What sums the gaps of some rows, None where there are none."""
        if self.gaps is None:
            return None
        return self.gaps.table(self.layout, self.group[rows], self.X[rows])

    def add_to(self, total: Linear, rows: slice, W: Array) -> None:
        """Add the sums over a run of rows under their weights (B, m)."""
        own, table = answered_whole(self.layout, self.X[rows]), self.table(rows)
        for g, of_group in self._within(rows):
            total.whole[:, g] += own[of_group].T @ W.T[of_group]
        if table is not None and total.gaps is not None:
            total.gaps[table.at] += table.sums @ np.ascontiguousarray(W.T)

    def _within(self, rows: slice) -> Iterator[tuple[int, slice]]:
        """Groups with some of the rows, and where among these they are."""
        for g, one in enumerate(self.groups):
            first, stop = max(one.start, rows.start), min(one.stop, rows.stop)
            if first < stop:
                yield g, slice(first - rows.start, stop - rows.start)


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """What is summed before the outer weights are known. `whole` (p + K, G, B): answers of those who answered all of a
    construct, then whether they did; `gaps` (M + N, B): answers of the cells of others, then who is in each."""

    whole: Array
    gaps: Array | None


def cells_of(sample: Sample, layout: Layout) -> Cells:
    """The cells of a sample, whose rows are sorted by group."""
    edges = np.searchsorted(sample.group, np.arange(max(1, len(sample.groups)) + 1))
    groups = tuple(slice(int(a), int(b)) for a, b in pairwise(edges))
    gaps = None if sample.complete else _gaps(sample, layout)
    return Cells(layout, groups, sample.answers, sample.group, gaps)


def answered_whole(layout: Layout, X: Array) -> Array:
    """Answers (m, p + K) of those who answered all of a construct, zero for others; whether they did."""
    full = np.logical_and.reduceat(~np.isnan(X), layout.starts, axis=1)
    return np.hstack([np.where(full[:, layout.owner], X, 0.0), full])


def _partial(layout: Layout, k: int, group: Positions, answered: Mask) -> tuple[Positions, Keys]:
    """Who of some rows answered part of construct k, and what tells their cells."""
    own = answered[:, layout.blocks[k]]
    who = np.flatnonzero(own.any(axis=1) & ~own.all(axis=1))
    told = [group[who].astype(">u4").view(np.uint8).reshape(-1, 4), np.packbits(own[who], axis=1)]
    joined = np.ascontiguousarray(np.hstack(told))
    return who, joined.view(f"S{joined.shape[1]}").ravel()


def _gaps(sample: Sample, layout: Layout) -> Gaps:
    known = [np.zeros(0, dtype=np.bytes_) for _ in layout.blocks]
    for rows in row_blocks(len(sample.weights)):
        answered, group = ~lacking(sample.answers, rows), sample.group[rows]
        for k, one in enumerate(known):
            known[k] = np.union1d(one, _partial(layout, k, group, answered)[1])
    cells = [
        (k, int.from_bytes(one.ljust(4, b"\0")[:4], "big"), one[4:])
        for k, keys in enumerate(known)
        for one in keys.tolist()
    ]
    items = [_items_of(layout.blocks[k], told) for k, _, told in cells]
    counts = np.array([len(one) for one in items], dtype=np.intp)
    construct, group = np.array([one[:2] for one in cells], dtype=np.intp).reshape(-1, 2).T
    of_items, G = _joined(items), max(1, len(sample.groups))
    cell = np.repeat(np.arange(len(counts)), counts)
    place, M = of_items * G + group[cell], len(of_items)
    by_item = csr_array(
        (np.ones(2 * M), (np.append(place, place + layout.p * G), np.append(np.arange(M), M + cell))),
        shape=(2 * layout.p * G, M + len(counts)),
    )
    return Gaps(tuple(known), of_items, np.cumsum(counts) - counts, construct, group, by_item)


def _items_of(block: slice, told: bytes) -> Positions:
    """Items of a construct that were answered, from the end of a cell's key."""
    size = block.stop - block.start
    packed = np.frombuffer(told.ljust(-(-size // 8), b"\0"), dtype=np.uint8)
    return np.asarray(np.flatnonzero(np.unpackbits(packed, count=size)) + block.start)


def _joined(parts: list[Positions]) -> Positions:
    return np.concatenate([np.zeros(0, dtype=np.intp), *parts])


@dataclass(frozen=True, slots=True)
class Sums:
    """Per construct and group, over a batch: weighted sum of scores and of weights (K, G, B), and per item
    and group the weighted sum of answers and of weights (p, G, B)."""

    scores: Array
    weights: Array
    item_sums: Array
    item_weights: Array

    @property
    def by_group(self) -> Array:
        """Index (K, G, B); NaN where a group has no score."""
        return _ratio(self.scores, self.weights)

    @property
    def overall(self) -> Array:
        """Index (K, B)."""
        return _ratio(self.scores.sum(axis=1), self.weights.sum(axis=1))

    @property
    def item_means(self) -> Array:
        """Item means on 0-100 (p, B)."""
        return _ratio(self.item_sums.sum(axis=1), self.item_weights.sum(axis=1))

    @property
    def items_by_group(self) -> Array:
        """Item means on 0-100 (p, G, B); NaN where a group has no answer."""
        return _ratio(self.item_sums, self.item_weights)


def sums_of(cells: Cells, row_weights: Array, outer: Array) -> Sums:
    """Sums under row weights (B, n) and unstandardised outer weights (p, B) that sum to 1 in each block."""
    total = cells.nothing(len(row_weights))
    for rows in row_blocks(len(cells.X)):
        cells.add_to(total, rows, row_weights[:, rows])
    return scored(cells, total, outer)


def scored(cells: Cells, linear: Linear, outer: Array) -> Sums:
    """The same from what was summed before the outer weights were known."""
    layout, gaps, whole = cells.layout, cells.gaps, linear.whole
    p = layout.p
    weights, scores = whole[p:], _scores(layout, whole[:p], outer)
    if gaps is None or linear.gaps is None:
        return Sums(scores, weights, whole[:p], weights[layout.owner])
    sums = linear.gaps
    share, M = outer[gaps.items], len(gaps.items)
    means = np.add.reduceat(share * sums[:M], gaps.starts) / np.add.reduceat(share, gaps.starts)
    items = (gaps.by_item @ sums).reshape(2, p, *scores.shape[1:]) + np.stack(
        [whole[:p], weights[layout.owner]]
    )
    np.add.at(scores, (gaps.construct, gaps.group), means)
    np.add.at(weights, (gaps.construct, gaps.group), sums[M:])
    return Sums(scores, weights, items[0], items[1])


def sums_of_complete(layout: Layout, items: Array, weights: Array, outer: Array) -> Sums:
    """Sums where no answer is missing, from those of answers (p, G, B) and of weights (G, B)."""
    of_scores = np.broadcast_to(weights, (layout.K, *weights.shape))
    of_items = np.broadcast_to(weights, items.shape)
    return Sums(_scores(layout, items, outer), of_scores, items, of_items)


def _scores(layout: Layout, items: Array, outer: Array) -> Array:
    """Sums of scores (K, G, B) of those who answered all of a construct, from their sums of answers (p, G, B)."""
    scores = np.empty((layout.K, *items.shape[1:]))
    for k, block in enumerate(layout.blocks):
        np.einsum("igb,ib->gb", items[block], outer[block], out=scores[k])
    return scores


def _ratio(top: Array, bottom: Array) -> Array:
    nothing = bottom == 0
    if not nothing.any():
        return np.asarray(top / bottom)
    return np.divide(top, bottom, out=np.full_like(top, np.nan), where=~nothing)
