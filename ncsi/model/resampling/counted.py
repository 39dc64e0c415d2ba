"""Replicates of whole-number answers that weigh alike: sums that are exact, whatever their order or the processor.

Answers on a scale of whole numbers have, about a middle one, products that are whole numbers, and so is how often a
respondent is drawn. Single precision holds whole numbers to 2²⁴: a block of respondents whose sums stay below is summed
in it, in half the time; where they do not, in double precision, which holds them to 2⁵³.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from ncsi.arrays import Array
from ncsi.model.moments.respondents import moment_rows
from ncsi.model.moments.row_blocks import row_blocks
from ncsi.model.moments.sample import Sample
from ncsi.model.resampling.counters import Times
from ncsi.model.resampling.counts_by_block import CountsByBlock, times_of
from ncsi.model.resampling.streams import WHOLE, Share, drawn_factors, some_counts
from ncsi.model.resampling.threads import Map

if TYPE_CHECKING:
    from ncsi.spec.instrument import Instrument

EXACT = 2.0**24
"""Whole numbers up to it are exact in single precision, in whatever order they are added."""
ROWS = 2048
"""Respondents at once: their moments stay in the processor's cache; so few or fewer have theirs kept."""
FEWEST = 64
"""Rows of a stratum on average: sums of smaller strata, each in turn, cost more than they save."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Complete answers of respondents who all weigh `weight`: whole numbers `codes` (n, p) about `middle` (p,) on
    0-100, one of them `unit` (p,) points. `parts`: runs of rows in one stratum by first, last + 1, stratum, group.
    `kept`: the moments of the rows of each part, where they are few."""

    codes: Array
    middle: Array
    unit: Array
    weight: float
    groups: int
    parts: tuple[tuple[int, int, int, int], ...]
    kept: tuple[Array, ...]

    @classmethod
    def of(cls, sample: Sample, inst: Instrument) -> Answers | None:
        """None where an answer is missing or no whole number of its scale, products would not be whole in single
        precision, weights differ, clusters were sampled, or strata are small."""
        starts = np.flatnonzero(np.r_[True, np.diff(sample.stratum) > 0])
        alike = sample.units is None and bool((sample.weights == sample.weights[0]).all())
        n, p = sample.answers.shape
        if not alike or not sample.complete or len(starts) * FEWEST > n:
            return None
        low = np.array([item.scale.min for item in inst.items], dtype=np.float64)
        reach = np.array([item.scale.max for item in inst.items], dtype=np.float64) - low
        codes, sums = np.empty((n, p), dtype=np.float32), np.zeros(p)
        for rows in row_blocks(n):
            X = sample.answers[rows]
            own = np.rint(X * reach / 100)
            if (100.0 * own / reach != X).any() or (own > EXACT).any():
                return None
            codes[rows] = own
            sums += own.sum(axis=0)
        middle = np.rint(sums / n)
        if np.abs([codes.max(axis=0) - middle, codes.min(axis=0) - middle]).max() ** 2 > EXACT:
            return None
        edges = [*starts.tolist(), n]
        parts = tuple(
            (first, min(first + ROWS, edges[h + 1]), h, int(sample.group[first]))
            for h in range(len(starts))
            for first in range(edges[h], edges[h + 1], ROWS)
        )
        codes -= middle.astype(np.float32)
        kept = tuple(_moments(codes[a:b]) for a, b, *_ in parts) if n <= ROWS else ()
        groups = max(1, len(sample.groups))
        return cls(codes, 100 * middle / reach, 100 / reach, float(sample.weights[0]), groups, parts, kept)

    def moments(self, part: int) -> Array:
        """The moments (q + 1, m) of the rows of a part, and 1."""
        if self.kept:
            return self.kept[part]
        first, stop, *_ = self.parts[part]
        return _moments(self.codes[first:stop])


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """A batch of replicates of `answers`: `times` (B, n) each row is drawn, each time for `factor` (B, strata)."""

    answers: Answers
    times: Times | CountsByBlock
    factor: Array

    def __len__(self) -> int:
        return len(self.times)

    def part(self, rows: slice) -> Array:
        """Weights (B, m) of some rows."""
        W = times_of(self.times, rows).astype(np.float64)
        for a, b, h, _ in self.answers.parts:
            first, stop = max(a, rows.start), min(b, rows.stop)
            if first < stop:
                W[:, first - rows.start : stop - rows.start] *= self.factor[:, h, None]
        return W

    def sums(self, each: Map = map) -> tuple[Array, Array, Array]:
        """Mean moments (q, B) of the codes; by group, sums of answers on 0-100 (p, G, B) and of weights (G, B). `each`
        part of the rows is summed as it says."""
        ours, B = self.answers, len(self.times)
        p = ours.codes.shape[1]
        step = np.zeros((p + p * (p + 1) // 2, B))
        items, weights = np.zeros((p, ours.groups, B)), np.zeros((ours.groups, B))
        own = np.empty((len(step) + 1, B))
        for (h, g), parts in self._strata(each):
            np.multiply(reduce(_both, parts), self.factor[:, h], out=own)
            step += own[:-1]
            items[:, g] += own[:p]
            weights[g] += own[-1]
        step /= ours.weight * len(ours.codes)
        return step, items * ours.unit[:, None, None] + ours.middle[:, None, None] * weights, weights

    def _strata(self, each: Map) -> Iterator[tuple[tuple[int, int], Iterator[Array]]]:
        """Each stratum and its group, with sums of its rows' moments (q + 1, B) by part: whole numbers, exact in the
        precision that they come in."""
        peak, parts = max(1.0, float(np.abs(self.answers.codes).max())), self.answers.parts

        def summed(part: int) -> Array:
            first, stop, *_ = parts[part]
            return _exact(self.answers.moments(part), times_of(self.times, slice(first, stop)), peak)

        sums = zip(parts, each(summed, range(len(parts))), strict=True)
        for (h, g), runs in groupby(sums, key=lambda one: one[0][2:]):
            yield (h, g), (own for _, own in runs)


def counted_replicates(
    answers: Answers, sample: Sample, replicates: int, seed: int, each: Map = map, share: Share = WHOLE
) -> Iterator[Counted]:
    """The replicates of `replicate_weights`, which this sample's answers are summed under as they are counted."""
    for times in some_counts(sample.stratum, replicates, seed, each, share):
        yield Counted(answers, times, answers.weight * drawn_factors(times, sample.stratum, each))


def _moments(codes: Array) -> Array:
    return np.concatenate([moment_rows(codes), np.ones((1, len(codes)), dtype=codes.dtype)])


def _both(one: Array, other: Array) -> Array:
    return np.add(one, other, dtype=np.float64)


def _exact(moments: Array, times: Times, peak: float) -> Array:
    """Sums (q + 1, B) of moments (q + 1, m) of which none is larger than `peak` squared, the last 1."""
    sums = moments @ times.astype(np.float32).T
    if sums[-1].max() * peak**2 >= EXACT:
        sums = moments.astype(np.float64) @ times.T.astype(np.float64)
    return sums
