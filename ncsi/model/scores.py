"""Cells: everything an index needs of the rows, by group and by which items of a construct were answered.

A respondent's score uses the answered items with the weights re-normalised, so within a cell a mean score is
linear in the weights. Sums over cells replace the rows, whatever outer weights a replicate comes to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ncsi.model.kernel import Layout
from ncsi.model.sample import Sample

Array = NDArray[np.floating]
Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Cell:
    """One construct, one group, one answer pattern: its rows and the positions of the answered items."""

    construct: int
    group: int
    items: Index
    rows: Index


def cells_of(sample: Sample, layout: Layout) -> tuple[Cell, ...]:
    """All cells with at least one answered item."""
    answered = ~np.isnan(sample.X)
    groups = [np.flatnonzero(sample.group == g) for g in range(max(1, len(sample.groups)))]
    cells = []
    for k, block in enumerate(layout.blocks):
        for g, rows in enumerate(groups):
            patterns, where = np.unique(answered[rows, block], axis=0, return_inverse=True)
            for number, pattern in enumerate(patterns):
                items = np.flatnonzero(pattern) + block.start
                if items.size:
                    cells.append(Cell(k, g, items, rows[where.ravel() == number]))
    return tuple(cells)


@dataclass(frozen=True, slots=True)
class Sums:
    """Per construct and group, over a batch: weighted sum of scores and of weights (K, G, B), and per item
    the weighted sum of answers and of weights (p, B)."""

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
        return _ratio(self.item_sums, self.item_weights)


def sums_of(
    cells: tuple[Cell, ...], sample: Sample, layout: Layout, row_weights: Array, outer: Array
) -> Sums:
    """Sums under row weights (B, n) and unstandardised outer weights (p, B) that sum to 1 in each block."""
    B, G = row_weights.shape[0], max(1, len(sample.groups))
    scores, weights = np.zeros((layout.K, G, B)), np.zeros((layout.K, G, B))
    item_sums, item_weights = np.zeros((layout.p, B)), np.zeros((layout.p, B))
    for cell in cells:
        w = row_weights[:, cell.rows]
        sums = (w @ sample.X[np.ix_(cell.rows, cell.items)]).T
        total = w.sum(axis=1)
        share = outer[cell.items]
        scores[cell.construct, cell.group] += (share * sums).sum(axis=0) / share.sum(axis=0)
        weights[cell.construct, cell.group] += total
        item_sums[cell.items] += sums
        item_weights[cell.items] += total
    return Sums(scores, weights, item_sums, item_weights)


def row_scores(sample: Sample, layout: Layout, outer: Array) -> Array:
    """Score of every respondent on every construct (n, K) under outer weights (p,); NaN with no answer."""
    answered = ~np.isnan(sample.X)
    values = np.where(answered, sample.X, 0.0) * outer
    top = np.add.reduceat(values, layout.starts, axis=1)
    return _ratio(top, np.add.reduceat(answered * outer, layout.starts, axis=1))


def unstandardised(weights: Array, sd: Array, layout: Layout) -> Array:
    """w_k = w_k_std / sd_k, normalised to sum 1 within each construct; (p, B) from (p, B) and (p, B)."""
    raw = weights / sd
    return raw / np.add.reduceat(raw, layout.starts, axis=0)[layout.owner]


def _ratio(top: Array, bottom: Array) -> Array:
    return np.divide(top, bottom, out=np.full_like(top, np.nan), where=bottom != 0)
