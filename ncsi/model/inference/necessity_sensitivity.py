"""How much of a necessity effect rests on few respondents: the effect size without those in the emptiest corner.

ESSE (effect size sensitivity extension) as the peers compute it, with the scope of all respondents held fixed: only for
that does t(1 − ln t) say what independent scores give.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.errors import ModelError
from ncsi.model.inference.ceilings import ceilings, ordered
from ncsi.model.inference.necessity import conditions_of
from ncsi.model.inference.weighted_ranks import ranked_scores
from ncsi.model.pls.fit import PlsFit

THRESHOLDS = tuple(np.round(np.arange(0, 0.0501, 0.005), 3).tolist())
ROWS = 512
"""Respondents whose corners are counted at once."""


@dataclass(frozen=True, slots=True)
class NecessitySensitivity:
    """`effects` (construct, threshold, kept, d, benchmark, excess): respondents whose corner (scores of the condition
    no higher, of the target no lower) holds at most `threshold` of all (weighted) are left out; d of the step function
    over the scope of all, NaN where nobody is left; benchmark t(1 − ln t), the empty area that this leaves among many
    of independent scores; excess = d − benchmark."""

    effects: pd.DataFrame
    target: str
    n: int


def necessity_sensitivity(
    fit: PlsFit, target: str | None = None, constructs: Sequence[str] | None = None,
    thresholds: Sequence[float] | float = THRESHOLDS,
) -> NecessitySensitivity:  # fmt: skip
    """Of the direct causes of `target` (the instrument's by default), or of the `constructs` named.

    Raises ModelError for constructs that are not in the model, and thresholds outside 0 to 0.5.
    """
    steps = [thresholds] if isinstance(thresholds, (int, float)) else list(thresholds)
    levels = np.unique(np.array(steps, dtype=float))
    if not levels.size or not ((levels >= 0) & (levels <= 0.5)).all():
        raise ModelError(f"thresholds {steps} are not all between 0 and 0.5. Use 0 to 0.05.")
    y, xs = conditions_of(fit, target, constructs)
    ids, scores = fit.instrument.construct_ids, ranked_scores(fit)
    given = ~np.isnan(scores[:, [y, *xs]]).any(axis=1)
    w = fit.sample.weights[given]
    parts = [_one(ids[x], scores[given, x], scores[given, y], w / w.sum(), levels) for x in xs]
    return NecessitySensitivity(pd.concat(parts, ignore_index=True), ids[y], int(given.sum()))


def benchmark(t: Array) -> Array:
    """The area in which u(1 − v) ≤ t for u, v uniform and independent: t(1 − ln t), 0 at 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(t > 0, t * (1 - np.log(t)), 0.0))


def _one(name: str, x: Array, y: Array, share: Array, levels: Array) -> pd.DataFrame:
    corner = _corners(x, y, share)
    scope = (float(x.min()), float(x.max()), float(y.min()), float(y.max()))
    kept, d = [], []
    for level in levels:
        stays = corner > level + 1e-12
        kept.append(int(stays.sum()))
        if not stays.any():
            d.append(np.nan)
            continue
        values, starts, order = ordered(x[stays])
        d.append(float(ceilings(values, starts, y[stays][order][:, None]).effect(scope)[0, 0]))
    usual = benchmark(levels)
    return pd.DataFrame(
        {
            "construct": name,
            "threshold": levels,
            "kept": kept,
            "d": d,
            "benchmark": usual,
            "excess": d - usual,
        }
    )


def _corners(x: Array, y: Array, share: Array) -> Array:
    """Share (n,) of the respondents whose x is no higher and whose y is no lower, oneself among them."""
    found = np.empty(len(x))
    for start in range(0, len(x), ROWS):
        part = slice(start, start + ROWS)
        found[part] = ((x <= x[part, None]) & (y >= y[part, None])) @ share
    return found
