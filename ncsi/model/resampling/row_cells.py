"""Sums of columns over sets of rows that overlap, by the cells into which the sets cut the rows.

Subgroups of several dimensions are unions of cells: each row's weights are looked up and summed once, however many sets
hold it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ncsi.arrays import Array, Positions

SMALLEST = 16
"""Rows of a cell on average: to sum smaller ones, each in turn, costs more than to look rows up again."""


@dataclass(frozen=True, slots=True, eq=False)
class RowCells:
    """Places `rows` (m,) of the rows that lie in any of the sets, cell by cell; the `cells` among them; 1 where a set
    holds a cell, `members` (sets, cells)."""

    rows: NDArray[np.int32] | slice
    cells: tuple[slice, ...]
    members: Array

    @classmethod
    def of(cls, n: int, sets: Sequence[Positions | slice]) -> RowCells:
        """Of n rows."""
        code, held = np.zeros(n, dtype=np.intp), np.zeros((len(sets), n), dtype=bool)
        for mine, one in zip(held, sets, strict=True):
            code = _cut(code, one)
            mine[one] = True
        inside = np.flatnonzero(held.any(axis=0))
        _, first, which = np.unique(code[inside], return_index=True, return_inverse=True)
        place = np.argsort(np.argsort(first))  # cells as they come, so that runs of rows stay runs
        order = inside[np.argsort(place[which.ravel()], kind="stable")]
        edges = np.append(0, np.cumsum(np.bincount(place[which.ravel()], minlength=len(first))))
        is_run = len(order) > 0 and bool((np.diff(order) == 1).all())
        rows = slice(int(order[0]), int(order[-1]) + 1) if is_run else order.astype(np.int32)
        cells = tuple(slice(int(a), int(b)) for a, b in pairwise(edges))
        members = held[:, inside[np.sort(first)]].astype(np.float64)
        return cls(rows, cells, members)

    def ready(self, columns: Array) -> Array:
        """Columns (n, c) of the rows in the order of the cells (c, m)."""
        return np.ascontiguousarray(columns[self.rows].T)

    def under(self, W: Array, ours: Array) -> Array:
        """Sums (sets, c, B) of columns made `ready` (c, m) under weights (B, n)."""
        sums = np.empty((len(self.cells), len(ours), len(W)))
        apart = None if isinstance(self.rows, slice) or not W.flags.f_contiguous else self.rows
        own = W[:, self.rows].T if apart is None else W.T
        for into, cell in zip(sums, self.cells, strict=True):
            np.matmul(ours[:, cell], own[cell] if apart is None else own.take(apart[cell], axis=0), out=into)
        return np.tensordot(self.members, sums, 1)


def families(sets: Sequence[Positions | slice], n: int) -> list[list[int]]:
    """Sets, by position, that cut n rows into few enough cells to be summed together, in their order."""
    found: list[list[int]] = []
    code = np.zeros(n, dtype=np.intp)
    for k, one in enumerate(sets):
        cut = _cut(code, one)
        if not found or (int(cut.max(initial=0)) + 1) * SMALLEST > n:
            found.append([])
            cut = _cut(np.zeros(n, dtype=np.intp), one)
        found[-1].append(k)
        code = cut
    return found


def _cut(code: Positions, rows: Positions | slice) -> Positions:
    """Cells (n,), numbered from 0, cut in two where some of their rows are among `rows`."""
    cut = 2 * code
    cut[rows] += 1
    there = np.bincount(cut) > 0
    return (np.cumsum(there) - 1)[cut]
