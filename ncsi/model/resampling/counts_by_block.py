"""How often units are drawn, counted when a run of them is asked for: of replicates times units nothing is held."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock

import numpy as np

from ncsi.arrays import Array, Positions
from ncsi.model.resampling.counters import Block, Times, blocks_of, count, runs, together
from ncsi.model.resampling.threads import Map

HELD = 4
"""Blocks whose counts are kept: runs of rows begin in the midst of one, and threads look at several."""

APART = 64
"""Bytes beside the counts of a replicate: runs of a power of two would all fall on the same lines of a cache."""


@dataclass(frozen=True, slots=True, eq=False)
class CountsByBlock:
    """Counts (B, C) of a run of `replicates` of the units of `stratum` (C,), ascending: by `groups` of blocks that are
    counted in one go. Each is counted once, by whichever thread asks first, as long as it is kept."""

    seed: int
    replicates: range
    stratum: Positions
    groups: tuple[tuple[Block, ...], ...]
    held: OrderedDict[int, Future[Times]] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    @classmethod
    def of(cls, seed: int, replicates: range, stratum: Positions) -> CountsByBlock:
        """Of these units."""
        return cls(seed, replicates, stratum, tuple(together(blocks_of(stratum), len(replicates))))

    @property
    def shape(self) -> tuple[int, int]:
        """Replicates and units."""
        return len(self.replicates), len(self.stratum)

    def __len__(self) -> int:
        return len(self.replicates)

    def part(self, run: slice) -> Times:
        """Counts (B, m) of a run of units, not to be written to."""
        found = []
        for k in range(self._at(run.start), len(self.groups)):
            first, stop = _run_of(self.groups[k])
            if first >= run.stop:
                break
            found.append(self._group(k)[:, max(run.start - first, 0) : min(run.stop, stop) - first])
        if len(found) == 1:
            return found[0]
        return np.concatenate(found, axis=1, out=self._room(run.stop - run.start))

    def left(self, weights: Array | None, each: Map) -> Array:
        """What each stratum weighs (B, H) by the counts and `weights` (C,), None: 1 each; `each` group as it says."""
        starts, _ = runs(self.stratum)
        left = np.zeros((len(self), len(starts)))
        for first, own in each(lambda k: self._left(k, weights), range(len(self.groups))):
            h = int(np.searchsorted(starts, first, side="right")) - 1
            left[:, h : h + own.shape[1]] += own
        return left

    def _left(self, k: int, weights: Array | None) -> tuple[int, Array]:
        """What a group leaves of its strata (B, H'), and its first unit."""
        group, times = self.groups[k], self._counted(k)
        first, stop = _run_of(group)
        if weights is None:
            at = [one.first - first for one in group]
            return first, np.add.reduceat(times, at, axis=1, dtype=np.float64)
        if group[0].large:
            return first, (times.astype(np.float64) @ weights[first:stop])[:, None]
        return first, np.add.reduceat(
            times * weights[first:stop], [one.first - first for one in group], axis=1
        )

    def _at(self, unit: int) -> int:
        """The group that a unit is in."""
        return bisect_right(self.groups, unit, key=lambda group: group[0].first) - 1

    def _group(self, k: int) -> Times:
        with self.lock:
            found = self.held.get(k)
            ours = found is None
            if found is None:
                found = self.held[k] = Future()
                while len(self.held) > HELD:
                    self.held.popitem(last=False)
        if ours:
            try:
                found.set_result(self._counted(k))
            except BaseException as error:
                found.set_exception(error)
                raise
        return found.result()

    def _room(self, units: int) -> Times:
        """Counts (B, C) that are not there yet."""
        return np.empty((len(self), units + APART), dtype=np.uint8)[:, :units]

    def _counted(self, k: int) -> Times:
        first, stop = _run_of(self.groups[k])
        own = self._room(stop - first)
        count(self.seed, self.replicates, own, tuple(one.from_unit(first) for one in self.groups[k]))
        return own


def _run_of(group: tuple[Block, ...]) -> tuple[int, int]:
    """The first of a group's units, and the last + 1."""
    return group[0].first, group[-1].stop


def times_of(times: Times | CountsByBlock, run: slice) -> Times:
    """Counts (B, m) of a run of units."""
    return times.part(run) if isinstance(times, CountsByBlock) else times[:, run]
