"""Replicates of one bootstrap made by several: threads of a process, and others who fitted the same model themselves.

A part is a run of whole batches, so that its bits are those of a bootstrap made by one alone. What travels are
replicates of figures, never rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import chain
from typing import Protocol

import numpy as np

from ncsi.arrays import Array, Mask
from ncsi.model.moments.row_blocks import row_blocks
from ncsi.model.moments.sample import Sample
from ncsi.model.pls.fit import PlsFit
from ncsi.model.resampling.by_stratum import in_few_strata, replicates_by_stratum
from ncsi.model.resampling.counted import Answers, counted_replicates
from ncsi.model.resampling.draws import Draws, draws_of, joined
from ncsi.model.resampling.replicates import one_pass
from ncsi.model.resampling.streams import RowWeights, Share, drawn_replicates
from ncsi.model.resampling.threads import Map, mapping
from ncsi.model.resampling.totals import Totals


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Replicates of a share, which of them `settled`, and the `key` of the answers that they were drawn from."""

    key: bytes
    draws: Draws
    settled: Mask


class Others(Protocol):
    """Who makes the parts of a bootstrap beside the first."""

    @property
    def parts(self) -> int:
        """How many there are with the first."""

    def part(self, which: int) -> Part | None:
        """One of them, from 1; None where it has no batch, or does not come."""


@dataclass(frozen=True, slots=True)
class Hands:
    """Who works on replicates: `threads` of this process, and `others`."""

    threads: int = 1
    others: Others | None = None

    def mapping(self, sample: Sample) -> AbstractContextManager[Map]:
        """How its blocks of rows are mapped: there is work for one thread a block. Where they are one, batches are."""
        blocks = len(row_blocks(len(sample.weights)))
        return mapping(self.threads if blocks == 1 else min(self.threads, blocks))


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What a bootstrap of `fit` is asked for."""

    fit: PlsFit
    replicates: int
    seed: int
    htmt: bool
    totals: Totals | None
    hands: Hands = field(default_factory=Hands)

    def part(self, share: Share) -> Part | None:
        """A share of the replicates; None where there are fewer batches than shares, and none is left for it."""
        with self.hands.mapping(self.fit.sample) as each:
            batches = self._batches(each, share)
            first = next(batches, None)
            if first is None:
                return None
            made = draws_of(self.fit, chain([first], batches), self.htmt, self.totals, each)
            return Part(key_of(self.fit), *made)

    def all_parts(self) -> tuple[Array, Draws, Mask]:
        """As `one_pass`: the first part made here, and what others do not bring, or made of other answers."""
        others = self.hands.others
        parts = 1 if others is None else others.parts
        with self.hands.mapping(self.fit.sample) as each:
            own, draws, settled = one_pass(
                self.fit, self._batches(each, Share(0, parts)), self.htmt, self.totals, each
            )
        if others is None:
            return own, draws, settled
        rest = [self._taken(others, which) for which in range(1, parts)]
        came = [one for one in rest if one is not None]
        return (
            own,
            joined([draws, *(one.draws for one in came)]),
            np.concatenate([settled, *(one.settled for one in came)]),
        )

    def _taken(self, others: Others, which: int) -> Part | None:
        part = others.part(which)
        if part is None or part.key != key_of(self.fit):
            return self.part(Share(which, others.parts))
        return part

    def _batches(self, each: Map, share: Share) -> Iterator[RowWeights]:
        sample, answers = self.fit.sample, Answers.of(self.fit.sample, self.fit.instrument)
        if (
            len(row_blocks(self.fit.n)) == 1
        ):  # threads make whole batches, which are drawn as they are asked for
            each = map
        if answers is not None:
            yield from counted_replicates(answers, sample, self.replicates, self.seed, each, share)
        elif in_few_strata(sample):
            yield from replicates_by_stratum(sample, self.replicates, self.seed, each, share)
        else:
            yield from drawn_replicates(
                sample.weights,
                sample.stratum,
                self.replicates,
                self.seed,
                sample.units,
                each=each,
                share=share,
            )


def key_of(fit: PlsFit) -> bytes:
    """What tells the answers of a fit from others; in single precision, since the last bits of weights may differ from
    one processor to another."""
    told = blake2b(digest_size=16)
    for array in (fit.sample.answers, fit.sample.weights, fit.sample.stratum):
        for rows in row_blocks(len(array)):
            told.update(np.ascontiguousarray(array[rows], dtype=np.float32).data)
    return told.digest()
