"""Score tests of all two-way splits of respondents by declared columns, with p for the best of the search.

A split is judged by what respondents add to the slope equations (or to the mean) of the model that holds for all: their
weighted scores, summed over one side, are 0 but for chance if the sides do not differ (Zeileis, Hothorn & Hornik 2008).
Signs drawn for whole sampling units give the largest statistic of the same search when nothing differs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from ncsi.arrays import Array, Mask, Positions
from ncsi.errors import ModelError
from ncsi.model.moments.sample import told_apart
from ncsi.survey import effective_size

MOST_ORDERED, MOST_UNORDERED = 20, 8
"""Levels of a column: 19 splits in order, 127 without one."""

RANK = 1e-10
"""Directions that vary by less than this share of the most variable one are none."""


@dataclass(frozen=True, slots=True)
class Column:
    """A declared column: the level of each respondent (n,) in `levels`, which may have an order."""

    name: str
    levels: tuple[str, ...]
    ordered: bool
    of_row: Positions

    @classmethod
    def of(cls, values: pd.Series, name: str) -> Column:
        """Raises ModelError for missing values, one level, and more levels than can be searched."""
        if values.isna().any():
            raise ModelError(
                f"column '{name}': {int(values.isna().sum())} rows have no value. Give them a level of their own."
            )
        if isinstance(values.dtype, pd.CategoricalDtype):
            kept = values.cat.remove_unused_categories()
            ordered, names, codes = bool(kept.cat.ordered), kept.cat.categories, kept.cat.codes.to_numpy()
        else:
            number = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
            codes, names = told_apart(values, name, "level")
            ordered = bool(number)
        most = MOST_ORDERED if ordered else MOST_UNORDERED
        if not 2 <= len(names) <= most:
            cure = (
                "Cut it into bands (pandas.cut)"
                if ordered
                else "Merge levels, or make it an ordered categorical"
            )
            raise ModelError(
                f"column '{name}' has {len(names)} level(s); a split needs 2 to {most}. "
                f"{cure if len(names) > most else 'Leave it out'}."
            )
        return cls(name, tuple(str(one) for one in names), ordered, codes.astype(np.intp))

    def sides(self, there: Positions) -> Iterator[tuple[int, ...]]:
        """The levels on one side of each split of the levels that are `there`; the other side has the last of them."""
        if self.ordered:
            yield from (tuple(there[:k].tolist()) for k in range(1, len(there)))
            return
        *free, _ = there.tolist()
        for size in range(1, len(there)):
            yield from combinations(free, size)


@dataclass(frozen=True, slots=True)
class Split:
    """One side's levels of a column, the statistic (χ² on `df`), p alone and p of the search."""

    column: Column
    levels: tuple[int, ...]
    statistic: float
    df: int
    p: float
    p_search: float

    def side(self, rows: Positions) -> Mask:
        """Which of the `rows` are on the side of `levels`."""
        return np.isin(self.column.of_row[rows], self.levels)


@dataclass(frozen=True, slots=True)
class Node:
    """Respondents in search of a split: their `rows` in the sample, weights (n,), sampling units (n,) from 0 on, and
    standardised scores: y (n,) and the causes (n, k) of each equation, or y alone where the mean is asked for."""

    rows: Positions
    weights: Array
    units: Positions
    equations: tuple[tuple[Array, Array], ...]
    means: bool


def tested(node: Node, columns: list[Column], least: float, signs: int, seed: int) -> list[Split]:
    """All splits that leave at least `least` effective respondents on each side, the largest statistic first."""
    rng = np.random.Generator(np.random.Philox(key=[seed, len(node.rows)]))
    drawn = rng.choice(np.array([-1.0, 1.0]), size=(signs, int(node.units.max()) + 1))
    largest, found = np.zeros(signs), []
    for column in columns:
        here = column.of_row[node.rows]
        equations = _scores(node, here)
        for levels in column.sides(np.unique(here)):
            left = np.isin(here, levels)
            if min(effective_size(node.weights[left]), effective_size(node.weights[~left])) < least:
                continue
            statistic, df, null = _statistic(node, equations, left, drawn)
            np.maximum(largest, null, out=largest)
            found.append((column, levels, statistic, df))
    found.sort(key=lambda one: -one[2])
    return [
        Split(
            *one,
            p=float(chdtrc(one[3], one[2])),
            p_search=float((1 + (largest >= one[2] - 1e-9).sum()) / (1 + signs)),
        )
        for one in found
    ]


def _scores(node: Node, here: Positions) -> list[tuple[Array, Array]]:
    """Regressors (n, k) and weighted scores (n, k), residual × regressor, of each equation whose slopes hold for all
    and whose intercepts are those of the levels, so that levels that differ in the mean alone do not pass for different
    slopes; or of the mean alone."""
    w = node.weights
    found: list[tuple[Array, Array]] = []
    for y, X in node.equations:
        one = np.ones((len(y), 1)) if node.means else _centred(X, here, w)
        own = y if node.means else _centred(y[:, None], here, w)[:, 0]
        root = np.sqrt(w)
        fitted = one @ np.linalg.lstsq(one * root[:, None], own * root, rcond=None)[0]
        found.append((one, one * (w * (own - fitted))[:, None]))
    return found


def _centred(X: Array, here: Positions, w: Array) -> Array:
    share = np.bincount(here, w)
    means = (
        np.column_stack([np.bincount(here, w * one) for one in X.T]) / np.where(share > 0, share, 1)[:, None]
    )
    return np.asarray(X - means[here])


def _statistic(
    node: Node, equations: list[tuple[Array, Array]], left: Mask, signs: Array
) -> tuple[float, int, Array]:
    """T'V⁻¹T of the scores summed over the left side less what its part of the information expects of all, its rank,
    and the same under `signs` (R, units) of the units' sums."""
    w, parts = node.weights, []
    for X, scores in equations:
        whole = (X * w[:, None]).T @ X
        own = (X[left] * w[left, None]).T @ X[left]
        parts.append(scores * left[:, None] - scores @ np.linalg.pinv(whole) @ own)
    each = np.column_stack(parts)
    sums = np.zeros((signs.shape[1], each.shape[1]))
    np.add.at(sums, node.units, each)
    values, vectors = np.linalg.eigh(sums.T @ sums)
    kept = values > RANK * values[-1]
    half = sums @ (vectors[:, kept] / np.sqrt(values[kept]))
    return float((half.sum(axis=0) ** 2).sum()), int(kept.sum()), ((signs @ half) ** 2).sum(axis=1)
