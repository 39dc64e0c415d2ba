"""Sums of a sample's rows under batches of replicates, all in one pass: blocks of many rows are made ready once for
several batches, and what each of them sums comes out the same whichever others it is summed beside."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Protocol

import numpy as np

from ncsi.arrays import Array, Positions
from ncsi.model.moments.respondents import ROWS, Respondents
from ncsi.model.moments.row_blocks import row_blocks
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import Layout
from ncsi.model.pls.score_cells import Cells, GapTable, Linear, answered_whole, cells_of
from ncsi.model.resampling.by_stratum import ByStratum
from ncsi.model.resampling.counters import runs, runs_among
from ncsi.model.resampling.streams import RowWeights
from ncsi.model.resampling.threads import Map

SHORT = 128
"""Rows of a group in a run on average: to sum everything of smaller ones, each in turn, costs more than it saves."""


class Summed(Protocol):
    """What is to be summed in every replicate besides: `ncsi.model.resampling.totals.Totals`."""

    def under(self, row_weights: RowWeights, each: Map = map) -> tuple[Array, Array]:
        """Sums (T, B) and sizes (U, B) under a batch of row weights; `each` block of rows."""

    def nothing(self, replicates: int) -> tuple[Array, Array]:
        """Those of no rows."""

    def within(self, block: int) -> Callable[[Array], tuple[Array, Array]]:
        """What makes those over a block of rows, under any weights (B, m) of theirs."""


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums in a batch of replicates: `moments` (q, B) and `weight` (B,), those by `cells`, and `totals` where asked
    for."""

    moments: Array
    weight: Array
    cells: Linear
    totals: tuple[Array, Array] | None

    @property
    def arrays(self) -> list[Array]:
        """All of them, replicate axis last."""
        gaps = [] if self.cells.gaps is None else [self.cells.gaps]
        return [self.moments, self.weight, self.cells.whole, *gaps, *(self.totals or ())]


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The same over some rows, of a `stratum` where it is brought back to its total afterwards: `whole` by group,
    `gaps` of the cells `at` some places."""

    stratum: int | None
    moments: Array
    weight: Array
    whole: dict[int, Array]
    gaps: Array | None
    at: Positions | None
    totals: tuple[Array, Array] | None

    def add_to(self, sums: Sums) -> None:
        """Add them up."""
        np.add(sums.moments, self.moments, out=sums.moments)
        np.add(sums.weight, self.weight, out=sums.weight)
        for g, own in self.whole.items():
            sums.cells.whole[:, g] += own
        if sums.cells.gaps is not None and self.gaps is not None:
            sums.cells.gaps[self.at] += self.gaps
        for into, added in zip(sums.totals or (), self.totals or (), strict=True):
            np.add(into, added, out=into)


class _Collected:
    """The sums of a batch as the blocks come: `total`, and those of the stratum that is not over yet."""

    def __init__(self, batch: RowWeights, nothing: Callable[[int], Sums]) -> None:
        self.batch, self.total = batch, nothing(len(batch))
        self.open = nothing(len(batch)) if isinstance(batch, ByStratum) else self.total
        self.stratum: int | None = None

    def add(self, part: _Part) -> None:
        """Add the sums over the rows that come next."""
        if part.stratum != self.stratum:
            self.close()
            self.stratum = part.stratum
        part.add_to(self.open)

    def close(self) -> Sums:
        """Bring the stratum that is over back to its total; all sums."""
        if isinstance(self.batch, ByStratum) and self.stratum is not None:
            factor = self.batch.factor(self.stratum, self.open.weight)
            for into, own in zip(self.total.arrays, self.open.arrays, strict=True):
                own *= factor
                into += own
                own[:] = 0.0
        return self.total


@dataclass(frozen=True, slots=True, eq=False)
class RowSums:
    """A sample's rows, to be summed under any weights; `sd` (p,) of the items. `few`: all of them made ready, None of
    many."""

    respondents: Respondents
    cells: Cells
    sd: Array
    few: _Ready | None

    @classmethod
    def of(cls, fit: PlsFit, layout: Layout) -> RowSums:
        """Of the rows that a model was fitted to."""
        sample = fit.sample
        made = Respondents.of(sample.answers, sample.weights, fit.moments)
        cells, blocks = cells_of(sample, layout), row_blocks(len(sample.weights))
        few = _Ready.of(made, cells, blocks[0]) if len(blocks) == 1 else None
        return cls(made, cells, fit.moments.sd, few)

    def under(self, batches: Sequence[RowWeights], totals: Summed | None, each: Map) -> list[Sums]:
        """What is summed in each batch: sums over `each` block, added in the order of the blocks."""
        found = [_Collected(batch, partial(self._nothing, totals)) for batch in batches]
        blocks = range(len(row_blocks(len(self.respondents.Z))))
        for of_block in each(partial(self._within, batches, totals, deque[_Room]()), blocks):
            for collected, parts in zip(found, of_block, strict=True):
                for part in parts:
                    collected.add(part)
        return [one.close() for one in found]

    def _nothing(self, totals: Summed | None, replicates: int) -> Sums:
        return Sums(
            np.zeros((len(self.respondents.base), replicates)),
            np.zeros(replicates),
            self.cells.nothing(replicates),
            None if totals is None else totals.nothing(replicates),
        )

    def _within(
        self, batches: Sequence[RowWeights], totals: Summed | None, rooms: deque[_Room], block: int
    ) -> list[list[_Part]]:
        """Of each batch the sums over a block of rows, or over the strata in it; in one of the `rooms` that other
        blocks are done with, or one of its own."""
        rows = row_blocks(len(self.respondents.Z))[block]
        try:
            room = rooms.pop()
        except IndexError:
            room = _Room.of(self, batches, rows.stop - rows.start)
        ready = self.few or _Ready.of(self.respondents, self.cells, rows, room.moments)
        extra = None if totals is None else totals.within(block)
        found = []
        for batch in batches:
            W = batch.part(rows, room.weights) if isinstance(batch, ByStratum) else batch.part(rows)
            whole: list[tuple[int | None, slice]] = [(None, slice(0, W.shape[1]))]
            some = batch.strata(rows) if isinstance(batch, ByStratum) else whole
            found.append([ready.under(W, stratum, run, extra) for stratum, run in some])
        rooms.append(room)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _Room:
    """Where the `moments` of a block of rows and the `weights` of a batch are put, one after the other: for 50 MB that
    are given back and asked for again each time, the system takes as long as to compute what is in them."""

    moments: Array
    weights: Array

    @classmethod
    def of(cls, sums: RowSums, batches: Sequence[RowWeights], rows: int) -> _Room:
        """For so many rows, or fewer."""
        most = max((len(batch) for batch in batches if isinstance(batch, ByStratum)), default=0)
        return cls(np.empty(0 if sums.few else _height(sums.cells.layout) * rows), np.empty(most * rows))


@dataclass(frozen=True, slots=True, eq=False)
class _Ready:
    """A block of rows made ready: `runs` of them, and of each the `q` moments, 1, and what cells sum (q + 1 + p + K,
    m); the `group` of each row, and where groups begin; what sums their gaps."""

    q: int
    runs: tuple[tuple[slice, Array], ...]
    group: Positions
    starts: Positions
    gaps: GapTable | None

    @classmethod
    def of(cls, respondents: Respondents, cells: Cells, rows: slice, room: Array | None = None) -> _Ready:
        """Of rows (a run whose first is a multiple of 1,024), in some `room`."""
        q, layout = len(respondents.base), cells.layout
        made_of, height = [], _height(layout)
        room = np.empty(height * (rows.stop - rows.start)) if room is None else room
        for start in range(rows.start, rows.stop, ROWS):
            part = slice(start, min(start + ROWS, rows.stop))
            first, stop = (height * (one - rows.start) for one in (part.start, part.stop))
            made = respondents.made(part, room[first:stop].reshape(height, -1))
            made[q] = 1.0
            made[q + 1 :] = answered_whole(layout, cells.X[part]).T
            made_of.append((slice(start - rows.start, part.stop - rows.start), made))
        group = cells.group[rows]
        return cls(q, tuple(made_of), group, runs(group)[0], cells.table(rows))

    def under(
        self,
        W: Array,
        stratum: int | None,
        rows: slice,
        totals: Callable[[Array], tuple[Array, Array]] | None,
    ) -> _Part:
        """Sums over some of the block's rows, and `totals` of them, under the weights (B, m) of all of it."""
        q = self.q
        summed = np.zeros((q + 1, len(W)))
        whole: dict[int, Array] = {}
        for part, made in self._runs_of(rows):
            V, groups = W[:, part].T, self._groups_of(part)
            apart = len(groups) * SHORT > len(V)
            if apart:
                summed += made[: q + 1] @ V
            for g, of_group in groups:
                own = made[q + 1 if apart else 0 :, of_group] @ V[of_group]
                if not apart:
                    summed += own[: q + 1]
                    own = own[q + 1 :]
                whole[g] = whole[g] + own if g in whole else own
        is_all, at, gaps, extra = rows == slice(0, W.shape[1]), None, None, None
        if self.gaps is not None:
            at, of_rows = self.gaps.at, self.gaps.sums if is_all else self.gaps.sums[:, rows]
            gaps = of_rows @ np.ascontiguousarray(W[:, rows].T)
        if totals is not None:
            extra = totals(W if is_all else _alone(W, rows))
        return _Part(stratum, summed[:q], summed[q], whole, gaps, at, extra)

    def _runs_of(self, rows: slice) -> Iterator[tuple[slice, Array]]:
        """The runs that some of the rows are in, cut to these."""
        for part, made in self.runs:
            start, stop = max(part.start, rows.start), min(part.stop, rows.stop)
            if start < stop:
                yield slice(start, stop), made[:, start - part.start : stop - part.start]

    def _groups_of(self, part: slice) -> list[tuple[int, slice]]:
        """The groups that a run of rows is in, and where in it."""
        _, at = runs_among(self.starts, part)
        edges = pairwise((*at.tolist(), part.stop - part.start))
        return [(int(self.group[part.start + start]), slice(start, stop)) for start, stop in edges]


def _height(layout: Layout) -> int:
    """How many numbers are summed of a row: moments, 1, and what cells sum."""
    p = layout.p
    return p + p * (p + 1) // 2 + 1 + p + layout.K


def _alone(W: Array, rows: slice) -> Array:
    """Weights (B, m) of some rows, of all others 0."""
    found = np.zeros(W.shape[::-1]).T
    found[:, rows] = W[:, rows]
    return found
