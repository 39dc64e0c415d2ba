"""Trimming of raked weights to declared bounds, the excess spread over the untrimmed, and raked again.

Source: Potter, A study of procedures to identify and trim extreme sampling weights, ASA Proceedings (1990).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ncsi.errors import InputError, NotConverged
from ncsi.survey.design import Floats
from ncsi.survey.known_margins import Margin, Name, Totals, margin_of
from ncsi.survey.raking import raked

ROUNDS = 100
SLACK = 1e-6


def trim(
    frame: pd.DataFrame,
    weights: pd.Series,
    bounds: tuple[float, float],
    margins: Mapping[Name, Totals] | None = None,
) -> pd.Series:
    """Weights within `bounds`, which are multiples of their mean (0 <= low < 1 < high), meeting the margins still.

    Raises InputError for bounds that do not enclose 1, NotConverged when bounds and margins cannot both be met.
    """
    known = [margin_of(frame, name, totals) for name, totals in (margins or {}).items()]
    return pd.Series(trimmed(weights.to_numpy(dtype=float), bounds, known), index=frame.index, name="weight")


def trimmed(weights: Floats, bounds: tuple[float, float], margins: list[Margin]) -> Floats:
    """As `trim`, of an array (n,)."""
    low, high = bounds
    if not (0 <= low < 1 < high):
        raise InputError(
            "trimming",
            f"the bounds {low:g} and {high:g} do not enclose 1",
            "Give multiples of the mean weight",
        )
    ends = low * weights.mean(), high * weights.mean()
    own = weights
    for _ in range(ROUNDS):
        own = _spread(own, ends)
        if not margins:
            return own
        own = raked(own, margins)
        if (own >= ends[0] * (1 - SLACK)).all() and (own <= ends[1] * (1 + SLACK)).all():
            return own
    raise NotConverged(
        f"trimming: weights cannot stay within {low:g} and {high:g} times their mean and meet the margins too. "
        "Widen the bounds, or join margin categories with few respondents."
    )


def _spread(weights: Floats, ends: tuple[float, float]) -> Floats:
    """Clip; what was cut off goes to the weights between the bounds in proportion, until none is outside."""
    own = weights
    for _ in range(ROUNDS):
        clipped = np.clip(own, *ends)
        free = (clipped > ends[0]) & (clipped < ends[1])
        excess = float(own.sum() - clipped.sum())
        if abs(excess) <= 1e-12 * own.sum() or not free.any():
            return np.asarray(clipped)
        own = np.multiply(clipped, 1 + excess / clipped[free].sum(), out=clipped, where=free)
    return np.asarray(np.clip(own, *ends))
