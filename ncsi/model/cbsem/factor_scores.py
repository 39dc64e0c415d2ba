"""Scores of respondents by a covariance SEM: what it expects of each construct given the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Positions
from ncsi.model.cbsem.scales import on_items_scale
from ncsi.model.cbsem.solution import CbsemFit
from ncsi.model.moments.sample import sample_of

if TYPE_CHECKING:
    from ncsi.spec.instrument import Instrument


def factor_scores(fit: CbsemFit, df: pd.DataFrame, inst: Instrument) -> pd.DataFrame:
    """Regression scores (Thurstone 1935) of the respondents that `fit_cbsem` takes of `df`: a row each, with the index
    of `df`, a column a construct, in the units of its first item and about the construct's mean, 0.

    E(construct | answers) under the estimated model; where answers are missing, given the others. A construct of one
    item is its answer less the mean. They vary less than the constructs do, and their index is none. Raises ModelError
    for answers off their scale and missing columns.
    """
    sample = sample_of(df, inst, None, None, None)
    order = np.argsort(sample.rows)
    X = on_items_scale(sample.X[order], inst) - _mean(fit)
    names, covariance = _joint(fit, inst)
    items = np.array([names[one] for one in inst.item_ids], dtype=np.intp)
    constructs = np.array([names[one] for one in inst.construct_ids], dtype=np.intp)
    return pd.DataFrame(
        _expected(X, covariance, items, constructs),
        index=df.index[sample.rows[order]],
        columns=list(inst.construct_ids),
    )


def _mean(fit: CbsemFit) -> Array:
    return np.zeros(len(fit.cov)) if fit.mean is None else fit.mean.to_numpy(dtype=np.float64)


def _joint(fit: CbsemFit, inst: Instrument) -> tuple[dict[str, int], Array]:
    """Positions of items and latent variables by name, and their implied covariance; a construct or component of one
    item is that item."""
    single = {one.id: one.items[0].id for one in inst.constructs if len(one.items) == 1}
    single |= {c.id: c.items[0] for one in inst.constructs for c in one.components if len(c.items) == 1}
    names = {name: k for k, name in enumerate(inst.item_ids)}
    sides = list(zip(*(fit.estimates[side] for side in ("lhs", "op", "rhs")), strict=True))
    for left, _, right in sides:
        for name in (left, right):
            names.setdefault(name, names[single[name]] if name in single else len(set(names.values())))
    size = len(set(names.values()))
    effects, disturbances = np.zeros((2, size, size))
    for (left, op, right), value in zip(sides, fit.estimates["estimate"].astype(float), strict=True):
        a, b = names[left], names[right]
        if op == "~~":
            disturbances[a, b] = disturbances[b, a] = value
        elif op == "=~":
            effects[b, a] = value
        else:
            effects[a, b] = value
    total = np.linalg.inv(np.eye(size) - effects)
    return names, total @ disturbances @ total.T


def _expected(X: Array, covariance: Array, items: Positions, constructs: Positions) -> Array:
    """E(constructs | answers) (n, K) of X (n, p) about its mean, by pattern of what is missing."""
    scores = np.empty((len(X), len(constructs)))
    patterns, of = np.unique(~np.isnan(X), axis=0, return_inverse=True)
    for k, pattern in enumerate(patterns):
        rows, seen = np.flatnonzero(of.ravel() == k), items[pattern]
        weights = np.linalg.solve(covariance[np.ix_(seen, seen)], covariance[np.ix_(seen, constructs)])
        scores[rows] = X[np.ix_(rows, np.flatnonzero(pattern))] @ weights
    return scores
