"""Regressions on construct scores and their products, in every replicate: outer weights, scores, then least squares.

Products need scores, not moments: with missing answers their place is taken by the expected answers given the others
(completed rows), which makes variances of products too small by what is missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ncsi.arrays import Array, Mask
from ncsi.model.moments.em_update import completed_rows, moment_rows
from ncsi.model.pls import kernel
from ncsi.model.pls.fit import TOLERANCE, PlsFit
from ncsi.model.pls.positions import layout_of
from ncsi.model.resampling.draws import correlations_of

Term = tuple[int, ...]
"""Constructs whose standardised scores are multiplied; one alone is the score itself."""


@dataclass(frozen=True, slots=True)
class Regressions:
    """Coefficients (1 + terms, B), the intercept first, R² (B,), and which replicates settled (B,)."""

    coefficients: Array
    r2: Array
    settled: Mask


def regressions(fit: PlsFit, outcome: int, terms: list[Term], batches: Iterable[Array]) -> Regressions:
    """Of the outcome's score on terms, under batches of row weights (B, n) that follow the fit's sample.

    Scores have weighted mean 0 and variance 1 (divisor Σw) in every replicate; products are left as they come.
    """
    sample, layout = fit.sample, layout_of(fit.instrument)
    if sample.complete:
        rows, correction = moment_rows((sample.X - fit.moments.mean) / fit.moments.sd), None
    else:
        rows, correction = completed_rows(sample.X, sample.weights, fit.moments)
    base = (rows @ sample.weights / sample.weights.sum())[:, None]
    Z, start = np.ascontiguousarray(rows[: layout.p].T), fit.weights["weight_std"].to_numpy(dtype=float)
    used = sorted({outcome, *(k for term in terms for k in term)})
    parts = []
    for W in batches:
        step = rows @ W.T / W.sum(axis=1)
        if correction is not None:
            step = base + correction @ (step - base)
        with np.errstate(divide="ignore", invalid="ignore"):
            R, sd = correlations_of(step, layout.p)
            solution = kernel.solve(R, layout, kernel.SCHEMES[fit.scheme], TOLERANCE, start=start)
            raw = solution.weights / sd
        share = np.ascontiguousarray((W / W.sum(axis=1, keepdims=True)).T)
        scores = {k: _standardised(Z[:, layout.blocks[k]] @ raw[layout.blocks[k]], share) for k in used}
        columns = [np.ones_like(share), *(_product([scores[k] for k in term]) for term in terms)]
        parts.append(
            (*_least_squares(columns, scores[outcome], share, solution.converged), solution.converged)
        )
    coefficients, r2, settled = (np.concatenate([part[k] for part in parts], axis=-1) for k in range(3))
    return Regressions(coefficients, r2, settled)


def _standardised(S: Array, share: Array) -> Array:
    S = S - (share * S).sum(axis=0)
    return np.asarray(S / np.sqrt((share * S**2).sum(axis=0)))


def _product(scores: list[Array]) -> Array:
    product = scores[0]
    for one in scores[1:]:
        product = product * one
    return product


def _least_squares(columns: list[Array], y: Array, share: Array, settled: Mask) -> tuple[Array, Array]:
    """Coefficients (c, B) and R² (B,) of y (n, B), whose mean is 0 and variance 1; NaN where not settled."""
    c, B = len(columns), y.shape[1]
    A, b = np.empty((B, c, c)), np.empty((B, c, 1))
    for i, left in enumerate(columns):
        weighted = share * left
        b[:, i, 0] = np.einsum("nb,nb->b", weighted, y)
        for j in range(i, c):
            A[:, i, j] = A[:, j, i] = np.einsum("nb,nb->b", weighted, columns[j])
    coefficients = np.full((c, B), np.nan)
    coefficients[:, settled] = np.linalg.solve(A[settled], b[settled])[..., 0].T
    r2 = (coefficients.T * b[..., 0]).sum(axis=1)
    return coefficients, np.asarray(r2)
