"""Answers of many respondents as codes, a byte each: eight times as many fit as of numbers, and come out the same.

A question has few answers, so that each is told by its place among them. Numbers are made of some thousand rows at a
time, by the arithmetic that all of them would have had.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ncsi.arrays import Array, Codes, Mask, Positions, narrowest
from ncsi.model.moments.row_blocks import row_blocks

MISSING = 255
"""The code of an answer that is missing; as many codes are left for the others."""
Rows = slice | Codes


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """Answers (n, p): those of each item by `codes` (p, n), which stand for `values` (p, 256); the last of them is NaN,
    for a missing one. Rows are taken as of an array, and are one then."""

    codes: NDArray[np.uint8]
    values: Array

    @classmethod
    def of(cls, columns: Iterable[Array], n: int, p: int) -> Coded | None:
        """Of whole numbers (n,) item by item, NaN where missing; None where some are no whole numbers, or reach over
        more than 254."""
        codes, values = np.empty((p, n), dtype=np.uint8), np.full((p, MISSING + 1), np.nan)
        for k, column in enumerate(columns):
            lowest = np.fmin.reduce(column, initial=np.inf)
            if lowest == -np.inf:
                return None
            low = lowest if np.isfinite(lowest) else 0.0
            place = column - low
            missing = np.isnan(place)
            place[missing] = MISSING
            if place.max(initial=0.0) > MISSING or (place == MISSING).sum() > missing.sum():
                return None
            codes[k] = place
            if (codes[k] != place).any():
                return None
            values[k, :MISSING] = low + np.arange(MISSING)
        return cls(codes, values)

    def __len__(self) -> int:
        return int(self.codes.shape[1])

    @property
    def shape(self) -> tuple[int, int]:
        """Respondents and items."""
        p, n = self.codes.shape
        return n, p

    def __getitem__(self, rows: Rows) -> Array:
        """The answers (m, p) of some respondents, those to an item side by side."""
        own = self.codes[:, rows] if isinstance(rows, slice) else self.codes.take(rows, axis=1)
        found: Array = np.empty(own.shape)
        for values, codes, into in zip(self.values, own, found, strict=True):
            values.take(codes, out=into, mode="clip")  # a byte is a place always, and nothing is copied first
        return found.T

    def column(self, item: int) -> Array:
        """All answers (n,) to an item."""
        return np.asarray(self.values[item].take(self.codes[item]))

    def of_items(self, items: Sequence[int]) -> Coded:
        """Those to some items alone."""
        return Coded(np.ascontiguousarray(self.codes[items]), self.values[items])

    def counts(self) -> Positions:
        """How many gave each answer (p, 255)."""
        found = np.zeros((len(self.codes), MISSING + 1), dtype=np.intp)
        for rows in row_blocks(len(self)):
            for own, codes in zip(found, self.codes, strict=True):
                own += np.bincount(codes[rows], minlength=MISSING + 1)
        return found[:, :MISSING]

    def taken(self, rows: Rows) -> Coded:
        """Of some respondents alone."""
        own = self.codes[:, rows] if isinstance(rows, slice) else self.codes.take(rows, axis=1)
        return replace(self, codes=np.ascontiguousarray(own))

    def brought(self, rows: Positions) -> Coded:
        """Of some respondents alone, in that order; in the place of all, whose codes are gone then."""
        (p, _), m, flat = self.codes.shape, len(rows), self.codes.reshape(-1)
        for k, own in enumerate(self.codes):
            flat[k * m : (k + 1) * m] = own.take(rows)  # nothing is written over that is still to be taken
        return replace(self, codes=flat[: p * m].reshape(p, m))

    def ends(self) -> tuple[Array, Array]:
        """The lowest and the highest answer to each item (p,), NaN where nobody answered."""
        given = np.where(self.counts() > 0, self.values[:, :MISSING], np.nan)
        return np.fmin.reduce(given, axis=1), np.fmax.reduce(given, axis=1)

    def changed(self, values: Array) -> Coded:
        """The same answers by other values (p, 256)."""
        return replace(self, values=values)


Answers = Array | Coded
"""Answers (n, p), NaN where missing: of few respondents as they are, of many as codes where they can be."""


def whole(answers: Answers) -> Array:
    """All of them as numbers."""
    return answers[slice(None)] if isinstance(answers, Coded) else answers


def column_of(answers: Answers, item: int) -> Array:
    """All answers (n,) to an item."""
    return answers.column(item) if isinstance(answers, Coded) else np.asarray(answers[:, item])


def taken(answers: Answers, rows: Rows) -> Answers:
    """Those of some respondents, kept as they were."""
    return answers.taken(rows) if isinstance(answers, Coded) else np.asarray(answers[rows])


def ends_of(answers: Answers) -> tuple[Array, Array]:
    """The lowest and the highest answer to each item (p,), NaN where nobody answered."""
    if isinstance(answers, Coded):
        return answers.ends()
    return np.fmin.reduce(answers, axis=0), np.fmax.reduce(answers, axis=0)


def items_of(answers: Answers, items: Sequence[int]) -> Answers:
    """Those to some items alone, kept as they were; to all of them the same answers."""
    if list(items) == list(range(answers.shape[1])):
        return answers
    return answers.of_items(items) if isinstance(answers, Coded) else np.asarray(answers[:, items])


def lacking(answers: Answers, rows: Rows) -> Mask:
    """Which answers (m, p) of some respondents are missing."""
    if isinstance(answers, Coded):
        return np.asarray((answers.codes[:, rows] == MISSING).T)
    return np.isnan(answers[rows])


def is_complete(answers: Answers) -> bool:
    """Whether no answer is missing."""
    if isinstance(answers, Coded):
        return not any((one == MISSING).any() for one in answers.codes)
    return not bool(np.isnan(answers).any())


def answered_of(answers: Answers, items: Sequence[int]) -> Codes:
    """How many of some items each respondent answered (n,)."""
    if not isinstance(answers, Coded):
        return np.asarray((~np.isnan(answers[:, items])).sum(axis=1))
    found = np.zeros(len(answers), dtype=narrowest(len(items) + 1))
    for k in items:
        found += answers.codes[k] != MISSING
    return found


def standardised(answers: Answers, mean: Array, sd: Array) -> Answers:
    """Answers about a mean (p,), in standard deviations (p,)."""
    if isinstance(answers, Coded):
        return answers.changed((answers.values - mean[:, None]) / sd[:, None])
    return np.asarray((answers - mean) / sd)
