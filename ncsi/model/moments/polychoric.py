"""Polychoric correlations: of normal variables of which the answers are categories (Olsson 1979), in two steps."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import ndtr, ndtri

from ncsi.arrays import Array
from ncsi.errors import ModelError, NotConverged

MOST_CATEGORIES = 15
PAIRS = 128
"""Pairs of items at once."""
FAR = 9.0
"""A threshold beyond which nobody lies."""
STEPS, TOLERANCE = 100, 1e-10
LARGEST = 0.9999
_NODES, _SHARES = np.polynomial.legendre.leggauss(48)


@dataclass(frozen=True, slots=True)
class Polychoric:
    """`correlations` (p, p), and of each item its `thresholds` between the answers that occur."""

    correlations: Array
    thresholds: tuple[Array, ...]


def polychoric(X: Array, weights: Array, names: tuple[str, ...]) -> Polychoric:
    """Of items X (n, p), NaN where missing: thresholds from each item's weighted margin, then every correlation by
    maximum likelihood over the respondents who answered both.

    Raises ModelError for an item of more than 15 different answers, and correlations that no normal variables have;
    NotConverged.
    """
    codes, thresholds = [], []
    for k, name in enumerate(names):
        given = ~np.isnan(X[:, k])
        values, of = np.unique(X[given, k], return_inverse=True)
        if len(values) > MOST_CATEGORIES:
            raise ModelError(
                f"item {name} has {len(values)} different answers; polychoric correlations are for at most "
                f"{MOST_CATEGORIES} categories. Its answers are as good as numbers: use the fit itself."
            )
        code = np.full(len(X), -1)
        code[given] = of.ravel()
        codes.append(code)
        share = np.bincount(of.ravel(), weights[given])
        thresholds.append(ndtri(np.cumsum(share)[:-1] / share.sum()))
    pairs = list(combinations(range(len(names)), 2))
    R = np.eye(len(names))
    for start in range(0, len(pairs), PAIRS):
        some = pairs[start : start + PAIRS]
        found = _pairwise(codes, thresholds, weights, some)
        for (i, j), r in zip(some, found, strict=True):
            R[i, j] = R[j, i] = r
    smallest = float(np.linalg.eigvalsh(R)[0])
    if smallest < 1e-8:
        raise ModelError(
            f"the polychoric correlations do not form a valid correlation matrix (smallest eigenvalue {smallest:.3f}). "
            "Too few respondents or too rare answers: join categories."
        )
    return Polychoric(R, tuple(thresholds))


def below(h: Array, k: Array, r: Array) -> Array:
    """Standard bivariate normal distribution function, by Plackett's integral over the correlation."""
    top = np.arcsin(r)[..., None]
    angle = top * (_NODES + 1) / 2
    sine, cosine = np.sin(angle), np.cos(angle) ** 2
    h, k = h[..., None], k[..., None]
    inside = np.exp(-(h**2 + k**2 - 2 * h * k * sine) / (2 * cosine))
    integral = (inside * _SHARES).sum(axis=-1) * top[..., 0] / 2
    return np.asarray(ndtr(h[..., 0]) * ndtr(k[..., 0]) + integral / (2 * np.pi))


def _pairwise(
    codes: list[Array], thresholds: list[Array], weights: Array, pairs: list[tuple[int, int]]
) -> Array:
    """Correlations (P,) by Fisher's scoring from 0."""
    size = 1 + max(len(thresholds[i]) for pair in pairs for i in pair)
    tables = np.zeros((len(pairs), size, size))
    for at, (i, j) in enumerate(pairs):
        both = (codes[i] >= 0) & (codes[j] >= 0)
        cells = np.bincount(codes[i][both] * size + codes[j][both], weights[both], size * size)
        tables[at] = cells.reshape(size, size) / cells.sum()
    H, K = (np.array([_padded(thresholds[pair[side]], size) for pair in pairs]) for side in (0, 1))
    h, k = H[:, :, None] + np.zeros((1, 1, size + 1)), K[:, None, :] + np.zeros((1, size + 1, 1))
    r, moving = np.zeros(len(pairs)), np.arange(len(pairs))
    for _ in range(STEPS):
        now, some = r[moving], tables[moving]
        wide = np.broadcast_to(now[:, None, None], h[moving].shape)
        cells = np.maximum(_cells(below(h[moving], k[moving], wide)), 1e-300)
        slopes = _cells(_density(h[moving], k[moving], wide))
        likely = cells > 1e-12
        gradient = np.where(likely, some * slopes / cells, 0.0).sum(axis=(1, 2))
        information = np.where(likely, slopes**2 / cells, 0.0).sum(axis=(1, 2))
        step = np.clip(gradient / information, -0.3, 0.3)
        r[moving] = np.clip(now + step, -LARGEST, LARGEST)
        moving = moving[np.abs(r[moving] - now) > TOLERANCE]
        if not len(moving):
            return r
    raise NotConverged(f"polychoric correlations: {len(moving)} pairs still moved after {STEPS} steps.")


def _padded(thresholds: Array, size: int) -> Array:
    found = np.full(size + 1, FAR)
    found[0] = -FAR
    found[1 : 1 + len(thresholds)] = thresholds
    return found


def _density(h: Array, k: Array, r: Array) -> Array:
    rest = 1 - r**2
    return np.asarray(np.exp(-(h**2 + k**2 - 2 * r * h * k) / (2 * rest)) / (2 * np.pi * np.sqrt(rest)))


def _cells(corners: Array) -> Array:
    """Of what lies below corners (P, c + 1, c + 1), what lies in the cells (P, c, c)."""
    return np.asarray(np.diff(np.diff(corners, axis=1), axis=2))
