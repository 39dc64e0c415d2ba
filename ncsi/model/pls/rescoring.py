"""The target's index of other respondents, by the outer weights of a fit: one weight vector for all of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Mask
from ncsi.model.moments.sample import eligible, on_0_100
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import layout_of


def target_scores(fit: PlsFit, df: pd.DataFrame) -> Array:
    """Scores (0-100) on the target of the rows of `df`, NaN where they have too few answers for the model.

    By the fit's outer weights, re-normalised over the answered items. Raises ModelError for an answer that
    is off its scale.
    """
    X = on_0_100(df, fit.instrument)
    return np.where(eligible(df, X, fit.instrument), _scores(fit, X), np.nan)


def fitted_scores(fit: PlsFit, rows: int) -> Array:
    """The same for the `rows` rows the model was fitted to, in their order."""
    scores = np.full(rows, np.nan)
    scores[fit.sample.rows] = _scores(fit, fit.sample.X)
    return scores


def mean_score(scores: Array, weights: Array, who: Mask) -> float | None:
    """Weighted mean of the scores of `who`; None where none of them has a score."""
    kept = who & ~np.isnan(scores)
    return float(np.average(scores[kept], weights=weights[kept])) if kept.any() else None


def _scores(fit: PlsFit, X: Array) -> Array:
    layout = layout_of(fit.instrument)
    block = layout.blocks[fit.instrument.construct_ids.index(fit.instrument.target)]
    outer = fit.weights["weight"].to_numpy(dtype=np.float64)[block]
    answered = ~np.isnan(X[:, block])
    total = (answered * outer).sum(axis=1)
    top = (np.where(answered, X[:, block], 0.0) * outer).sum(axis=1)
    scores: Array = np.full_like(top, np.nan)
    np.divide(top, total, out=scores, where=total != 0)
    return scores
