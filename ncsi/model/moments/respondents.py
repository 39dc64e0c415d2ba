"""Moments of single respondents, summed under row weights: made of some thousand rows at a time, held for few.

What a replicate's moments are, those of a relabelled group, and what the sandwich is made of. All of them at once would
be three hundred numbers a respondent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ncsi.arrays import Array, Positions
from ncsi.model.moments.coded import Answers, is_complete, standardised
from ncsi.model.moments.em_update import Completed, Lacking, completed
from ncsi.model.moments.row_blocks import row_blocks
from ncsi.model.moments.weighted import Moments, varies

ROWS = 1024
"""Respondents at once: their moments stay in the processor's cache."""


def moment_rows(X: Array, into: Array | None = None) -> Array:
    """Moments of single respondents (p + p(p+1)/2, n): the values of X (n, p), then their products on and above
    the diagonal; the first rows of `into` where it is given."""
    p, at = X.shape[1], X.shape[1]
    rows = np.empty((p + p * (p + 1) // 2, len(X)), dtype=X.dtype) if into is None else into
    rows[:p] = X.T
    for i in range(p):
        np.multiply(rows[i], rows[i:p], out=rows[at : at + p - i])
        at += p - i
    return rows


@dataclass(frozen=True, slots=True, eq=False)
class Respondents:
    """Respondents by their standardised items `Z` (n, p), expected ones where answers are missing, whose products
    lack what stands in `lacking`.

    `kept`: the moment rows (q, n) of few; None of many, who have theirs made anew for each sum. `base` (q, 1): mean
    moments under the sample's own weights. `correction` (q, q) of a step away from it, None where no answer is missing.
    """

    Z: Answers | Completed
    lacking: tuple[Lacking, ...]
    correction: Array | None
    kept: Array | None
    base: Array

    @classmethod
    def of(cls, X: Answers, weights: Array, moments: Moments) -> Respondents:
        """Rows of X (n, p), NaN where missing, in the standard deviations of `moments`."""
        if is_complete(X):
            return cls.complete(standardised(X, moments.mean, moments.sd), weights)
        return cls._made(*completed(X, weights, moments), weights)

    @classmethod
    def complete(cls, Z: Answers, weights: Array) -> Respondents:
        """Those who answered everything, by their standardised items."""
        return cls._made(Z, (), None, _sums_of_complete(Z, weights), weights)

    @classmethod
    def _made(
        cls, Z: Answers | Completed, lacking: tuple[Lacking, ...], correction: Array | None, sums: Array,
        weights: Array,
    ) -> Respondents:  # fmt: skip
        kept = _rows(Z[:], lacking, 0, None) if len(row_blocks(len(Z))) <= 1 else None
        return cls(Z, lacking, correction, kept, sums / weights.sum())

    def blocks(self, among: slice | None = None) -> Iterator[tuple[slice, Array]]:
        """Moment rows (q, m) of all respondents, or of a run of them, some at a time; not to be written to."""
        among = among or slice(0, len(self.Z))
        for start in range(among.start, among.stop, ROWS):
            part = slice(start, min(start + ROWS, among.stop))
            yield part, self.made(part) if self.kept is None else self.kept[:, part]

    def made(self, part: slice, into: Array | None = None) -> Array:
        """Moment rows (q, m) of a run of respondents, made anew; the first rows of `into` where it is given."""
        return _rows(self.Z[part], self.lacking, part.start, into)

    def sums(self, W: Array) -> Array:
        """Weighted sums of the moments (q, B) under batches of row weights (B, n)."""
        return self.sums_within(slice(0, len(self.Z)), W)

    def sums_within(self, among: slice, W: Array) -> Array:
        """The same over some of the respondents (a run whose first is a multiple of 1,024), under their weights
        (B, m)."""
        total = np.zeros((len(self.base), len(W)))
        for part, rows in self.blocks(among):
            total += rows @ W[:, part.start - among.start : part.stop - among.start].T
        return total

    def under(self, W: Array) -> Array:
        """Moments (q, B) under batches of row weights (B, n)."""
        return self.corrected(self.sums(W) / W.sum(axis=1))

    def corrected(self, step: Array) -> Array:
        """Mean moments (q, B) under some weights taken as one EM step, where answers are missing, and made whole."""
        if self.correction is None:
            return step
        found = np.asarray(self.base + self.correction @ (step - self.base))
        mean, own = slice(0, self.Z.shape[1]), squares(self.Z.shape[1])
        alike = ~varies(step[own] - step[mean] ** 2, step[own])
        for part in (mean, own):  # who is drawn answered alike: there is nothing to correct but rounding
            found[part] = np.where(alike, step[part], found[part])
        return found


def squares(p: int) -> Positions:
    """Where in the moments of p items their products with themselves are (p,)."""
    return p + np.flatnonzero(np.equal(*np.triu_indices(p)))


def _sums_of_complete(Z: Answers, weights: Array) -> Array:
    """Sums (q, 1) of the moment rows of who answered everything, under their weights (n,)."""
    p = Z.shape[1]
    first, second = np.zeros(p), np.zeros((p, p))
    for rows in row_blocks(len(Z)):
        own, w = Z[rows], weights[rows]
        first += w @ own
        second += (own.T * w) @ own
    return np.concatenate([first, second[np.triu_indices(p)]])[:, None]


def _rows(Z: Array, lacking: tuple[Lacking, ...], start: int, into: Array | None) -> Array:
    """Moment rows (q, m) of the respondents from `start` on whose items are Z (m, p)."""
    rows = moment_rows(Z, into)
    for one in lacking:
        one.add(rows, start)
    return rows
