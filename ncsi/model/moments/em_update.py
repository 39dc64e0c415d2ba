"""One corrected EM step: how moments move when the rows are weighted anew, without iterating again.

A plain EM step from the full-sample solution falls short of the re-weighted optimum by the share of missing
information: θ₁−θ̂ ≈ (I−J)(θ*−θ̂), J being the derivative of the EM map at θ̂ (Dempster, Laird & Rubin 1977;
Meng & Rubin 1991), and I−J the observed over the complete information. Multiplying by its inverse takes the whole
step. Both informations need pattern sums only.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from ncsi.arrays import Array, Codes, Positions, narrowest
from ncsi.model.moments.coded import Answers, Coded, standardised
from ncsi.model.moments.em import AT_A_TIME, Patterns, Some, expected, patterns_of, regression
from ncsi.model.moments.weighted import Moments


@dataclass(frozen=True, slots=True, eq=False)
class Lacking:
    """What the products of expected answers lack: their covariance given what was answered. Respondents `rows` (R,),
    ascending, of answer pattern `pattern` (R,) lack `values` (P, c) at the moments `at` (P, c)."""

    rows: NDArray[np.int32]
    pattern: NDArray[np.int32]
    at: Positions
    values: Array

    def add(self, rows: Array, start: int) -> None:
        """Add it to the moment rows (q, m) of the respondents from `start` on."""
        own = slice(*np.searchsorted(self.rows, [start, start + rows.shape[1]]))
        pattern = self.pattern[own]
        rows[self.at[pattern], self.rows[own, None] - start] += self.values[pattern]


@dataclass(frozen=True, slots=True, eq=False)
class Completed:
    """Standardised answers, 0 where they are missing, with expected ones there: `values` (c,) of `items` (c,) of
    respondents `rows` (c,), ascending."""

    given: Coded
    rows: NDArray[np.int32]
    items: NDArray[np.uint16]
    values: Array

    def __len__(self) -> int:
        return len(self.given)

    @property
    def shape(self) -> tuple[int, int]:
        """Respondents and items."""
        return self.given.shape

    def __getitem__(self, run: slice) -> Array:
        """The answers (m, p) of a run of respondents; 0 of those who gave none."""
        found = self.given[run]
        start, stop, _ = run.indices(len(self))
        own = slice(*np.searchsorted(self.rows, [start, stop]))
        found[self.rows[own] - start, self.items[own]] = self.values[own]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _Expected:
    """What a step takes from who left something out: `values` (c,) expected of `items` (c,) of respondents `rows` (c,),
    ascending; what their products lack; (I−J)⁻¹ (q, q); and the `sums` (q, 1) of everybody's moments."""

    rows: NDArray[np.int32]
    items: NDArray[np.uint16]
    values: Array
    lacking: tuple[Lacking, ...]
    step: Array
    sums: Array


_LAST: dict[bytes, _Expected] = {}


def completed(
    X: Answers, weights: Array, moments: Moments
) -> tuple[Array | Completed, tuple[Lacking, ...], Array, Array]:
    """Standardised items (n, p), expected ones given what was answered where answers are missing, what their products
    lack, (I−J)⁻¹ (q, q), and the sums (q, 1) of the moment rows under the weights (n,).

    The mean of the moment rows under any row weights is one EM step from `moments`; times the matrix, it is the whole
    step. What was found last is kept, known by what it follows from: replicates, the influence of respondents and a
    covariance model ask for the same.
    """
    Z = standardised(X, moments.mean, moments.sd)
    key = _told(Z, weights, moments.correlations)
    found = _LAST.get(key)
    if found is None:
        found = _expected(Z, weights, moments.correlations)
        _LAST.clear()
        _LAST[key] = found
    if isinstance(Z, Coded):
        given = Z.changed(np.nan_to_num(Z.values))
        return Completed(given, found.rows, found.items, found.values), found.lacking, found.step, found.sums
    filled = np.nan_to_num(Z, copy=False)
    filled[found.rows, found.items] = found.values
    return filled, found.lacking, found.step, found.sums


def _told(Z: Answers, weights: Array, cov: Array) -> bytes:
    """What tells standardised answers, their weights and correlations from others."""
    told = blake2b(digest_size=16)
    for array in (*((Z.codes, Z.values) if isinstance(Z, Coded) else (Z,)), weights, cov):
        told.update(repr((array.shape, array.dtype)).encode())
        told.update(np.ascontiguousarray(array).data)
    return told.digest()


def _expected(Z: Answers, weights: Array, cov: Array) -> _Expected:
    p, precision = len(cov), np.linalg.inv(cov)
    groups = patterns_of(Z, weights)
    filled = _Filled.of(groups, len(Z))
    place = np.zeros((p, p), dtype=np.intp)
    place[np.triu_indices(p)] = np.arange(p, p + p * (p + 1) // 2)
    lacking = []
    for one in groups:
        if not one.missing.size:
            continue
        a, residual = regression(one, precision)
        for start in range(0, len(one.rows), AT_A_TIME):
            rows, pattern = one.rows[start : start + AT_A_TIME], one.pattern[start : start + AT_A_TIME]
            values = (a[pattern] @ np.nan_to_num(Z[rows])[:, :, None])[:, :, 0]
            filled.take(rows, one.missing[pattern], values)
        i, j = np.triu_indices(one.missing.shape[1])
        order = np.argsort(one.rows)
        at = place[one.missing[:, i], one.missing[:, j]]
        lacking.append(Lacking(one.rows[order], one.pattern[order], at, residual[:, i, j]))
    first, second = expected(groups, np.zeros(p), cov)
    answered = sum(weights[one.rows].sum() for one in groups)
    sums = answered * np.concatenate([first, second[np.triu_indices(p)]])[:, None]
    step = _whole_step(groups, precision)
    for array in (step, sums):
        array.flags.writeable = False
    return _Expected(filled.rows, filled.items, filled.values, tuple(lacking), step, sums)


@dataclass(frozen=True, slots=True, eq=False)
class _Filled:
    """Room for what is expected of who left something out: respondents, items and values (c,), in the order of the
    respondents, of whom each has his from `begin` (n,) on."""

    begin: Codes
    rows: NDArray[np.int32]
    items: NDArray[np.uint16]
    values: Array

    @classmethod
    def of(cls, groups: tuple[Patterns, ...], n: int) -> _Filled:
        """Of n respondents with these patterns."""
        most = max((one.missing.shape[1] for one in groups), default=0)
        lost = np.zeros(n, dtype=narrowest(most + 1))
        for one in groups:
            lost[one.rows] = one.missing.shape[1]
        count = int(lost.sum())
        begin = np.cumsum(lost, dtype=narrowest(count + 1))
        begin -= lost
        rows = np.repeat(np.arange(n, dtype=np.int32), lost)
        return cls(begin, rows, np.empty(count, dtype=np.uint16), np.empty(count))

    def take(self, rows: NDArray[np.int32], items: Positions, values: Array) -> None:
        """Put in the items (m, k) and the values (m, k) of some respondents (m,)."""
        at = self.begin[rows, None] + np.arange(items.shape[1])
        self.items[at], self.values[at] = items, values


def _whole_step(groups: tuple[Patterns, ...], precision: Array) -> Array:
    """(I−J)⁻¹ (q, q)."""
    complete, observed = _information(groups, precision)
    return np.asarray(np.linalg.solve(observed, complete))


def _information(groups: tuple[Patterns, ...], precision: Array) -> tuple[Array, Array]:
    """Information about mean and covariance (q, q) in complete data, and in the answers observed at mean 0.

    With W the inverse of the observed block (zero elsewhere), m and S the pattern's moments and M = WSW, a
    pattern's part is W for the means, W ⊗ Wm for means and covariances, W ⊗ (M − W/2) for covariances.
    """
    p = len(precision)
    i, j = np.triu_indices(p)
    observed = np.zeros((p + len(i), p + len(i)))
    cross, square = np.zeros((p * p, p)), np.zeros((p * p, p * p))
    for one in groups:
        for part in one.parts():
            W = _inverse_observed(part, precision)
            flat = (W * part.share[:, None, None]).reshape(-1, p * p)
            observed[:p, :p] += flat.sum(axis=0).reshape(p, p)
            cross += flat.T @ (W @ part.mean[:, :, None])[:, :, 0]
            square += flat.T @ (W @ part.second @ W - 0.5 * W).reshape(-1, p * p)
    twice = np.where(i != j, 1.0, 0.5)
    between = cross.reshape(p, p, p)
    observed[:p, p:] = twice * (between[:, i, j] + between[:, j, i])
    observed[p:, :p] = observed[:p, p:].T
    observed[p:, p:] = _paired(square + square.T, twice)
    complete = np.zeros_like(observed)
    complete[:p, :p] = precision
    complete[p:, p:] = _paired(np.multiply.outer(precision.ravel(), precision.ravel()), twice)
    return complete, observed


def _paired(products: Array, twice: Array) -> Array:
    """From Σ A ⊗ B (p², p²) to Σ ½ tr(A Eₖ B Eₗ), E the units of symmetric matrices (pairs, pairs)."""
    p = round(products.shape[0] ** 0.5)
    i, j = (side[:, None] for side in np.triu_indices(p))
    u, v = (side[None, :] for side in np.triu_indices(p))
    C = products.reshape(p, p, p, p)
    form = C[v, i, j, u] + C[v, j, i, u] + C[u, i, j, v] + C[u, j, i, v]
    return 0.5 * np.outer(twice, twice) * form


def _inverse_observed(one: Some, precision: Array) -> Array:
    """Inverse covariance of the observed items (P, p, p), zero elsewhere, by the Schur complement."""
    mask = one.observed
    rows = precision[one.missing] * mask[:, None, :]
    own = np.take_along_axis(precision[one.missing], one.missing[:, None, :], axis=2)
    inner = precision * mask[:, :, None] * mask[:, None, :]
    return inner - np.swapaxes(rows, 1, 2) @ np.linalg.solve(own, rows)
