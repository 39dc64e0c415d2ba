"""Scores of respondents: weighted means of the items they answered, by outer weights, on 0-100."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Mask, Positions
from ncsi.model.moments.coded import MISSING, Answers, Coded, items_of, taken, whole
from ncsi.model.moments.row_blocks import row_blocks
from ncsi.model.moments.sample import eligible
from ncsi.model.moments.scaled import on_0_100
from ncsi.model.pls.positions import Layout, layout_of

if TYPE_CHECKING:
    from ncsi.model.pls.fit import PlsFit


_ROWS = 8192
"""Rows at once: they stay in the processor's cache."""
_HELD = 4_000_000
"""Scores that are held, eight bytes each: they are looked at a dozen times."""
_NOT_IN_TURN = 8
"""So many numbers side by side NumPy does not add up one after the other, as it does fewer."""


class Columns(Protocol):
    """Columns (n, c), NaN where missing: an array, or what makes some rows of one."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and columns."""

    def __getitem__(self, rows: slice, /) -> Array:
        """The columns (m, c) of a run of rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Scores (n, c) on composites of items by outer weights (p,), made of the answers of some rows at a time, and
    columns (n, d) `beside` them; `tops` as `tops_of`. `among`: those of the answers' rows that there are, None: all."""

    answers: Answers
    outer: Array
    composites: Sequence[Positions | slice]
    beside: Answers | None = None
    tops: Array | None = None
    among: Positions | slice | None = None

    @classmethod
    def of(
        cls, answers: Answers, outer: Array, composites: Sequence[Positions | slice], beside: Answers | None
    ) -> Scores:
        """Of these answers; what each of their codes adds to a score is looked up once."""
        return cls(answers, outer, composites, beside, tops_of(answers, outer))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self), len(self.composites) + (0 if self.beside is None else self.beside.shape[1])

    def __len__(self) -> int:
        if isinstance(self.among, slice):
            return len(range(*self.among.indices(len(self.answers))))
        return len(self.answers if self.among is None else self.among)

    def __getitem__(self, run: slice) -> Array:
        """Those (m, c + d) of a run of rows."""
        rows = rows_at(self.among, run, len(self.answers))
        scores = row_scores(taken(self.answers, rows), self.outer, self.composites, self.tops)
        if self.beside is None:
            return scores
        # Row after row, however each of both lies: sums of many rows round by that.
        return np.column_stack([scores, np.ascontiguousarray(self.beside[rows])])

    def in_turn(self) -> Iterator[Array]:
        """The columns of all rows, as many at a time as may be held."""
        step = max(1, _HELD // max(1, len(self)))
        for start in range(0, len(self.composites), step):
            yield replace(self, composites=self.composites[start : start + step], beside=None)[:]
        if self.beside is not None:
            of_rows, d = rows_at(self.among, slice(None), len(self.answers)), self.beside.shape[1]
            for start in range(0, d, step):
                yield whole(taken(items_of(self.beside, range(start, min(start + step, d))), of_rows))


def rows_at(among: Positions | slice | None, run: slice, n: int) -> Positions | slice:
    """A run of the rows `among` n, None: all."""
    if among is None:
        return run
    if not isinstance(among, slice):
        return among[run]
    own = range(*among.indices(n))[run]
    return slice(own.start, own.stop)


def scores_of(
    fit: PlsFit, composites: Sequence[Positions | slice], beside: Answers | None = None
) -> Array | Scores:
    """Scores of the respondents on composites of items, and columns beside them: so few that they may be held an array,
    with the same bits, more of them made as they are asked for."""
    return held(Scores.of(fit.sample.answers, fit.outer, composites, beside))


def held(scores: Scores) -> Array | Scores:
    """So few scores that they may be held as an array."""
    n, columns = scores.shape
    return scores[slice(None)] if n * columns <= _HELD else scores


def of_rows(columns: Array | Scores, rows: Positions | slice) -> Array | Scores:
    """The columns of some respondents alone, of all."""
    return replace(columns, among=rows) if isinstance(columns, Scores) else np.asarray(columns[rows])


def row_scores(
    X: Answers, outer: Array, composites: Sequence[Positions | slice], tops: Array | None = None
) -> Array:
    """Scores (n, c) of the rows of X (n, p), NaN for missing, on composites of items.

    `outer` (p,) are unstandardised weights; over the items that a respondent answered they are re-normalised.
    NaN where none is answered. `tops` are `tops_of` both, where they are known.
    """
    scores = np.full((len(composites), len(X)), np.nan).T
    tops = tops_of(X, outer) if tops is None else tops
    for start in range(0, len(X), _ROWS):
        rows = slice(start, min(start + _ROWS, len(X)))
        for c, items in enumerate(composites):
            if isinstance(X, Coded) and tops is not None:
                top, total = _sums_of_codes(X, outer, tops, rows, items)
            else:
                top, total = _sums(X[rows], outer, items)
            np.divide(top, total, out=scores[rows, c], where=total != 0)
    return scores if isinstance(X, Coded) else np.ascontiguousarray(scores)


def tops_of(answers: Answers, outer: Array) -> Array | None:
    """What each code (p, 256) of coded answers adds to a score, 0 where missing; None of others."""
    return np.nan_to_num(answers.values) * outer[:, None] if isinstance(answers, Coded) else None


def _sums(X: Array, outer: Array, items: Positions | slice) -> tuple[Array, Array]:
    """Sums (m,) of the answers that were given to some items times their outer weights, and of these weights."""
    own = np.ascontiguousarray(X[:, items])  # in whatever order they lie, they are added up in one
    given = ~np.isnan(own)
    top, total = (np.where(given, own, 0.0) * outer[items]).sum(axis=1), (given * outer[items]).sum(axis=1)
    return top, total


def _sums_of_codes(
    answers: Coded, outer: Array, tops: Array, rows: slice, items: Positions | slice
) -> tuple[Array, Array]:
    """The same of some rows, bit for bit, of answers that are looked up."""
    codes, own, outer_of = answers.codes[items, rows], tops[items], outer[items]
    if len(codes) >= _NOT_IN_TURN:
        return _sums(answers[rows], outer, items)
    top = own[0].take(codes[0])
    for values, one in zip(own[1:], codes[1:], strict=True):
        top += values.take(one)
    total, lacking = np.full(len(top), reduce(add, outer_of)), codes == MISSING
    some = np.flatnonzero(lacking.any(axis=0))
    total[some] = reduce(add, ~lacking[:, some] * outer_of[:, None])
    return top, total


def unstandardised(weights: Array, sd: Array, layout: Layout) -> Array:
    """w_k = w_k_std / sd_k, normalised to sum 1 within each construct; (p, B) from (p, B) and (p, B)."""
    raw = weights / sd
    return raw / np.add.reduceat(raw, layout.starts, axis=0)[layout.owner]


def weighted_means(values: Columns, weights: Array) -> Array:
    """Weighted mean of each column of `values` (n, c) over those who have one; NaN where none has."""
    total, sums = np.zeros(values.shape[1]), np.zeros(values.shape[1])
    for rows in row_blocks(len(weights)):
        own = values[rows]
        given = ~np.isnan(own)
        total += weights[rows] @ given
        sums += weights[rows] @ np.where(given, own, 0.0)
    means: Array = np.full(values.shape[1], np.nan)
    np.divide(sums, total, out=means, where=total > 0)
    return means


def score_frame(fit: PlsFit) -> pd.DataFrame:
    """Scores of the respondents in the fit on every construct, in the order and with the index of the data frame."""
    sample, order = fit.sample, np.argsort(fit.sample.rows)
    rows = sample.rows[order]
    scores = row_scores(sample.answers, fit.outer, layout_of(fit.instrument).blocks)[order]
    return pd.DataFrame(
        scores,
        index=pd.Index(rows) if sample.labels is None else sample.labels[rows],
        columns=list(fit.instrument.construct_ids),
    )


def target_scores(fit: PlsFit, df: pd.DataFrame) -> Array:
    """Scores (n,) on the target of other respondents, the rows of `df`, by the fit's outer weights.

    NaN where they have too few answers for the model. Raises ModelError for an answer that is off its scale.
    """
    X = on_0_100(df, fit.instrument)
    return np.where(eligible(df, X, fit.instrument), _on_target(fit, X), np.nan)


def fitted_scores(fit: PlsFit, rows: int) -> Array:
    """The same for the `rows` rows the model was fitted to, in their order."""
    scores = np.full(rows, np.nan)
    scores[fit.sample.rows] = _on_target(fit, fit.sample.answers)
    return scores


def mean_score(scores: Array, weights: Array, who: Mask | None = None) -> float | None:
    """Weighted mean of the scores of `who`, None: all; None where none of them has a score."""
    kept = ~np.isnan(scores)
    if who is not None:
        kept &= who
    if not kept.any():
        return None
    if kept.all():
        return float(np.average(scores, weights=weights))
    weighted = (scores * weights)[kept]
    return float(weighted.sum() / weights[kept].sum())


def _on_target(fit: PlsFit, X: Answers) -> Array:
    target = layout_of(fit.instrument).blocks[fit.instrument.construct_ids.index(fit.instrument.target)]
    return row_scores(X, fit.outer, [target])[:, 0]
