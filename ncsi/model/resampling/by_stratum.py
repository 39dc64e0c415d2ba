"""Replicates of many rows in few strata: rows are summed stratum by stratum, and what brings a stratum back to its
total is applied to its sums. Units are counted once so; to weigh each row as it is summed they would be counted before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ncsi.arrays import Array, Positions
from ncsi.model.moments.row_blocks import row_blocks
from ncsi.model.moments.sample import Sample
from ncsi.model.resampling.counters import runs, runs_among
from ncsi.model.resampling.counts_by_block import CountsByBlock
from ncsi.model.resampling.streams import WHOLE, Share, restoring, some_counts
from ncsi.model.resampling.threads import Map

AT_A_TIME = 512
"""Rows whose weights are made while they are in the processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class ByStratum:
    """A batch of B replicates by how often each row is drawn, `times` (B, n), for `weights` (n,) each time; strata
    begin at `starts` (H,) of the rows, and weigh `whole` (H,)."""

    times: CountsByBlock
    weights: Array
    starts: Positions
    whole: Array

    def __len__(self) -> int:
        return len(self.times)

    def part(self, rows: slice, room: Array | None = None) -> Array:
        """Weights (B, m) of the rows, by which no stratum is brought back to its total yet; in some `room`, whatever is
        there."""
        times, weights = self.times.part(rows), self.weights[rows, None]
        V = np.empty(times.shape[::-1]) if room is None else room[: times.size].reshape(times.shape[::-1])
        for start in range(0, len(V), AT_A_TIME):
            some = slice(start, start + AT_A_TIME)
            own = V[some]
            own[:] = times[:, some].T
            own *= weights[some]
        return V.T

    def strata(self, rows: slice) -> Iterator[tuple[int, slice]]:
        """The strata that some rows are in, and where among them."""
        first, at = runs_among(self.starts, rows)
        edges = pairwise((*at.tolist(), rows.stop - rows.start))
        for stratum, (start, stop) in enumerate(edges, first):
            yield stratum, slice(start, stop)

    def factor(self, stratum: int, left: Array) -> Array:
        """What brings a stratum from what is `left` of it (B,) back to its total."""
        return restoring(self.whole[stratum : stratum + 1], left)


def in_few_strata(sample: Sample) -> bool:
    """Whether rows are drawn, many of them, and so that a block of them lies in one stratum mostly."""
    blocks = len(row_blocks(len(sample.weights)))
    return sample.units is None and blocks > 1 and int(sample.stratum[-1]) < blocks


def replicates_by_stratum(
    sample: Sample, replicates: int, seed: int, each: Map = map, share: Share = WHOLE
) -> Iterator[ByStratum]:
    """The replicates of `ncsi.model.resampling.streams.drawn_replicates`, of rows in few strata."""
    starts, _ = runs(sample.stratum)
    whole = np.add.reduceat(sample.weights, starts)
    for times in some_counts(sample.stratum, replicates, seed, each, share):
        if not isinstance(times, CountsByBlock):
            raise TypeError("rows are so few that their counts are held: `in_few_strata` is asked before")
        yield ByStratum(times, sample.weights, starts, whole)
