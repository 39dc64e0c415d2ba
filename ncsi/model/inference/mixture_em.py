"""A mixture of path models over given scores: expectation and maximisation of many starts at once.

Everything a class is made of follows from weighted products of scores, and a respondent's log density is linear in
their own products, so that both steps are one matrix product for all starts together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ncsi.arrays import Array, Mask, Positions

FLOOR = 0.001
"""Least residual variance of a class as a share of that of all: without one, a class of a few equal respondents would
have any likelihood."""
FARTHEST = 64.0
"""Steps ahead that are tried at most."""
RIDGE = 1e-11
"""Added to a class' moments, as a share of its size: a class may die out in a start."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Equations over columns 1 … K of scores, column 0 the constant: `outcomes` (E,), `causes` of each, which hold 0
    where there is an intercept; `least` (E,) variances that no class goes below."""

    outcomes: Positions
    causes: tuple[Positions, ...]
    least: Array

    @property
    def coefficients(self) -> int:
        """All of them, intercepts among them."""
        return sum(len(one) for one in self.causes)


@dataclass(frozen=True, slots=True)
class Classes:
    """Parameters of B starts with k classes: `share` (B, k), `slopes` (B, k, coefficients) equation by equation,
    `variance` (B, k, E)."""

    share: Array
    slopes: Array
    variance: Array

    def of(self, which: Mask | Positions) -> Classes:
        """Some of the starts."""
        return Classes(self.share[which], self.slopes[which], self.variance[which])

    def put(self, which: Positions, other: Classes) -> None:
        """Overwrite some of the starts."""
        for name in ("share", "slopes", "variance"):
            getattr(self, name)[which] = getattr(other, name)

    @property
    def vector(self) -> Array:
        """Everything in a row (B, D), shares and variances as logarithms."""
        parts = (np.log(np.maximum(self.share, 1e-300))[..., None], self.slopes, np.log(self.variance))
        return np.concatenate(parts, axis=-1).reshape(len(self.share), -1)

    def moved(self, vector: Array, paths: Paths) -> Classes:
        """The parameters that a row says, shares made to sum to 1."""
        B, k, c = self.slopes.shape
        rows = vector.reshape(B, k, -1)
        share = np.exp(np.minimum(rows[..., 0] - rows[..., 0].max(axis=1, keepdims=True), 0.0))
        variance = np.maximum(np.exp(np.clip(rows[..., 1 + c :], -60, 60)), paths.least)
        return Classes(share / share.sum(axis=1, keepdims=True), rows[..., 1 : 1 + c], variance)


def products(S: Array) -> Array:
    """Products (q, n) of the constant and scores (n, K), on and above the diagonal."""
    A = np.vstack([np.ones(len(S)), S.T])
    first, second = np.triu_indices(len(A))
    return np.asarray(A[first] * A[second])


def pooled(P: Array, weights: Array, outcomes: Positions, causes: tuple[Positions, ...]) -> Paths:
    """The equations, with the least variances that the fit of one class gives them."""
    bare = Paths(outcomes, causes, np.zeros(len(outcomes)))
    whole = maximised(P, (weights / weights.sum())[None, None], bare)
    return Paths(outcomes, causes, FLOOR * whole.variance[0, 0])


def maximised(P: Array, parts: Array, paths: Paths) -> Classes:
    """Classes from the parts (B, k, n) that respondents have in them, weights included; least squares in each."""
    B, k, n = parts.shape
    M = _square(parts.reshape(B * k, n) @ P.T)
    size = M[:, 0, 0]
    slopes, variance = [], np.empty((B * k, len(paths.outcomes)))
    for e, (y, x) in enumerate(zip(paths.outcomes, paths.causes, strict=True)):
        G = M[:, x[:, None], x] + (RIDGE * size)[:, None, None] * np.eye(len(x))
        g = M[:, x, y]
        b = np.linalg.solve(G + 1e-300 * np.eye(len(x)), g[..., None])[..., 0] if len(x) else g
        slopes.append(b)
        with np.errstate(divide="ignore", invalid="ignore"):
            variance[:, e] = np.nan_to_num((M[:, y, y] - (b * g).sum(axis=1)) / size, nan=1.0)
    variance = np.maximum(variance, paths.least)
    share = size.reshape(B, k)
    return Classes(
        share / share.sum(axis=1, keepdims=True),
        np.concatenate(slopes, axis=1).reshape(B, k, -1),
        variance.reshape(B, k, -1),
    )


def expected(P: Array, classes: Classes, paths: Paths) -> tuple[Array, Array]:
    """Posterior class of each respondent (B, k, n) and log density (B, n)."""
    B, k, _ = classes.slopes.shape
    logs = (_quadratic(classes, paths) @ P).reshape(B, k, -1)
    constant = -0.5 * np.log(2 * np.pi * classes.variance).sum(axis=-1)
    with np.errstate(divide="ignore"):
        logs += (constant + np.log(classes.share))[..., None]
    top = logs.max(axis=1, keepdims=True)
    logs -= top
    np.exp(logs, out=logs)
    total = logs.sum(axis=1, keepdims=True)
    logs /= total
    return logs, (np.log(total) + top)[:, 0]


def climbed(
    P: Array, weights: Array, paths: Paths, start: Classes, tolerance: float, cycles: int
) -> tuple[Classes, Array]:
    """From each start to where the mean log density (B,) gains less than `tolerance` in a cycle: two steps and one from
    as far in their direction as they bend (SQUAREM: Varadhan & Roland 2008), taken only where that is no worse."""
    w = weights / weights.sum()
    going = np.arange(len(start.share))
    found, height = start.of(going), np.full(len(going), -np.inf)
    for _ in range(cycles):
        now = found.of(going)
        one, before = _step(P, w, paths, now)
        two, after = _step(P, w, paths, one)
        first, second = one.vector - now.vector, two.vector - one.vector
        bend = np.sqrt(((second - first) ** 2).sum(axis=1))
        reach = np.maximum(np.sqrt((first**2).sum(axis=1)) / np.maximum(bend, 1e-300), 1.0)
        reach = np.minimum(reach, FARTHEST)[:, None]
        ahead = now.vector + 2 * reach * first + reach**2 * (second - first)
        better, there = _step(P, w, paths, now.moved(ahead, paths))
        worse = np.flatnonzero(~(there >= after))
        better.put(worse, two.of(worse))
        there[worse] = after[worse]
        found.put(going, better)
        height[going] = there
        going = going[there - before > tolerance]
        if not len(going):
            break
    return found, height


def _step(P: Array, w: Array, paths: Paths, classes: Classes) -> tuple[Classes, Array]:
    """One expectation and maximisation; the mean log density (B,) is that of what it began from."""
    posterior, log = expected(P, classes, paths)
    posterior *= w
    return maximised(P, posterior, paths), np.asarray(log @ w)


def _quadratic(classes: Classes, paths: Paths) -> Array:
    """What a respondent's products count in the log density (B·k, q): −½ Σ (y − x'b)²/σ², written out."""
    B, k, _ = classes.slopes.shape
    m = int(max(paths.outcomes.max(), *(one.max(initial=0) for one in paths.causes))) + 1
    Q, at = np.zeros((B * k, m, m)), 0
    for e, (y, x) in enumerate(zip(paths.outcomes, paths.causes, strict=True)):
        r = np.zeros((B * k, m))
        r[:, x] = -classes.slopes[..., at : at + len(x)].reshape(B * k, -1)
        r[:, y] += 1
        Q += (r / classes.variance[..., e].reshape(-1, 1))[:, :, None] * r[:, None, :]
        at += len(x)
    first, second = np.triu_indices(m)
    return np.asarray(-0.5 * Q[:, first, second] * np.where(first == second, 1.0, 2.0))


def _square(rows: Array) -> Array:
    """Symmetric matrices (C, m, m) from what lies on and above their diagonals (C, q)."""
    m = int((np.sqrt(8 * rows.shape[1] + 1) - 1) / 2)
    first, second = np.triu_indices(m)
    M = np.empty((len(rows), m, m))
    M[:, first, second] = rows
    M[:, second, first] = rows
    return M
