"""Regressions on construct scores and their products, in every replicate: outer weights, scores, then least squares.

Products need scores, not moments: with missing answers their place is taken by the expected answers given the others
(completed rows), which makes variances of products too small by what is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ncsi.arrays import Array, Mask
from ncsi.model.moments.respondents import Respondents
from ncsi.model.pls import kernel
from ncsi.model.pls.fit import TOLERANCE, PlsFit
from ncsi.model.pls.positions import layout_of
from ncsi.model.resampling.draws import correlations_of

Term = tuple[int, ...]
"""Constructs whose standardised scores are multiplied; one alone is the score itself."""


INDISTINCT = 1e-10
"""Terms one of whose combinations varies by less than this share of the most variable one follow from one another."""


@dataclass(frozen=True, slots=True)
class Regressions:
    """Coefficients (1 + terms, B), the intercept first, and R² (B,), missing where not `settled` or not `distinct`: in
    which replicates (B,) the outer weights settled, and the terms were told apart."""

    coefficients: Array
    r2: Array
    settled: Mask
    distinct: Mask

    @property
    def good(self) -> Mask:
        """Which replicates have coefficients (B,)."""
        return self.settled & self.distinct


def regressions(
    fit: PlsFit, respondents: Respondents, outcome: int, terms: list[Term], batches: Iterable[Array]
) -> Regressions:
    """Of the outcome's score on terms, under batches of row weights (B, n) that follow the fit's sample.

    `respondents` are the sample's, by the fit's moments. Scores have weighted mean 0 and variance 1 (divisor Σw) in
    every replicate; products are left as they come.
    """
    used = sorted({outcome, *(k for term in terms for k in term)})
    parts = []
    for scores, share, converged in drawn_scores(fit, respondents, used, batches):
        columns = [np.ones_like(share), *(_product([scores[k] for k in term]) for term in terms)]
        parts.append(least_squares(columns, scores[outcome], share, converged))
    return joined(parts)


def drawn_scores(
    fit: PlsFit, respondents: Respondents, used: Sequence[int], batches: Iterable[Array]
) -> Iterator[tuple[dict[int, Array], Array, Mask]]:
    """Standardised scores (n, B) of the constructs `used`, the rows' shares (n, B), and which replicates settled, of
    each batch of row weights (B, n)."""
    layout = layout_of(fit.instrument)
    Z = respondents.Z[:]
    start = fit.weights["weight_std"].to_numpy(dtype=float)
    for W in batches:
        with np.errstate(divide="ignore", invalid="ignore"):
            R, sd = correlations_of(respondents.under(W), layout.p)
            solution = kernel.solve(R, layout, kernel.SCHEMES[fit.scheme], TOLERANCE, start=start)
            raw = solution.weights / sd
        share = np.ascontiguousarray((W / W.sum(axis=1, keepdims=True)).T)
        scores = {k: standardised(Z[:, layout.blocks[k]] @ raw[layout.blocks[k]], share) for k in used}
        yield scores, share, solution.converged


def joined(parts: Sequence[Regressions]) -> Regressions:
    """The replicates of all parts, one after the other."""
    names = Regressions.__dataclass_fields__
    return Regressions(*(np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in names))


def standardised(S: Array, share: Array) -> Array:
    """Scores (n,) or (n, B) with mean 0 and variance 1 under shares that sum to 1 over the rows."""
    S = S - (share * S).sum(axis=0)
    return np.asarray(S / np.sqrt((share * S**2).sum(axis=0)))


def _product(scores: list[Array]) -> Array:
    product = scores[0]
    for one in scores[1:]:
        product = product * one
    return product


def least_squares(columns: list[Array], y: Array, share: Array, settled: Mask) -> Regressions:
    """Of y (n, B), whose mean is 0 and variance 1."""
    c, B = len(columns), y.shape[1]
    A, b = np.empty((B, c, c)), np.empty((B, c, 1))
    for i, left in enumerate(columns):
        weighted = share * left
        b[:, i, 0] = np.einsum("nb,nb->b", weighted, y)
        for j in range(i, c):
            A[:, i, j] = A[:, j, i] = np.einsum("nb,nb->b", weighted, columns[j])
    distinct = np.ones(B, dtype=bool)
    spread = np.linalg.eigvalsh(A[settled])
    distinct[settled] = spread[:, 0] > INDISTINCT * spread[:, -1]
    good = settled & distinct
    coefficients = np.full((c, B), np.nan)
    coefficients[:, good] = np.linalg.solve(A[good], b[good])[..., 0].T
    r2 = (coefficients.T * b[..., 0]).sum(axis=1)
    return Regressions(coefficients, np.asarray(r2), settled, distinct)
