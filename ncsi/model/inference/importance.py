"""Importance-performance analysis of what drives the target construct (Ringle & Sarstedt 2016)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import Layout, layout_of
from ncsi.model.resampling.draws import Pick, score_sd
from ncsi.model.resampling.replicates import Bootstrap


def drivers(fit: PlsFit, boot: Bootstrap | None = None) -> pd.DataFrame:
    """Importance and performance of every construct that acts on the target, and of its items.

    Columns: construct, item (missing in a construct's row), importance (unstandardised total effect on the
    target with items on 0-100: points of the target per point of the driver; an item's is its construct's
    times its outer weight), performance (index or item mean, 0-100), quadrant (keep_up, improve_first,
    low_priority, possible_overkill: by the mean of both axes, constructs and items apart), and with `boot`
    importance_low, importance_high, performance_low, performance_high.
    """
    inst, layout = fit.instrument, layout_of(fit.instrument)
    impact = _impact(fit, layout)
    acting = [k for k in range(layout.K) if impact[k] != 0]
    constructs = pd.DataFrame(
        {
            "construct": [inst.construct_ids[k] for k in acting],
            "item": pd.Series([None] * len(acting), dtype="str"),
            "importance": impact[acting],
            "performance": fit.index["index_0_100"].to_numpy()[acting],
        }
    )
    rows = np.flatnonzero(np.isin(layout.owner, acting))
    weights = fit.outer
    items = pd.DataFrame(
        {
            "construct": fit.weights["construct"].to_numpy()[rows],
            "item": fit.weights["item"].to_numpy()[rows],
            "importance": impact[layout.owner[rows]] * weights[rows],
            "performance": _item_means(fit)[rows],
        }
    )
    if boot is not None:
        owner = layout.owner[rows]
        constructs = _with_intervals(constructs, boot, lambda d: d.impact[acting], lambda d: d.index[acting])
        items = _with_intervals(
            items, boot, lambda d: d.impact[owner] * d.weights[rows], lambda d: d.items[rows]
        )
    return pd.concat([_with_quadrants(constructs), _with_quadrants(items)], ignore_index=True)


def _impact(fit: PlsFit, layout: Layout) -> Array:
    """Unstandardised total effect of each construct on the target (K,)."""
    ids = fit.instrument.construct_ids
    spread = score_sd(fit.weights[["weight_std"]].to_numpy(), fit.moments.sd[:, None], layout)[:, 0]
    target = ids.index(fit.instrument.target)
    on_target = fit.total_effects[fit.total_effects["to"] == fit.instrument.target]
    effects = dict(zip(on_target["from"], on_target["estimate"], strict=True))
    standardised = np.array([effects.get(name, 0.0) for name in ids], dtype=np.float64)
    impact: Array = standardised * spread[target] / spread
    return impact


def _item_means(fit: PlsFit) -> Array:
    answered = ~np.isnan(fit.sample.X)
    weights = fit.sample.weights[:, None] * answered
    means: Array = (weights * np.nan_to_num(fit.sample.X)).sum(axis=0) / weights.sum(axis=0)
    return means


def _with_intervals(
    frame: pd.DataFrame, boot: Bootstrap, importance: Pick, performance: Pick
) -> pd.DataFrame:
    a = boot.intervals.of(frame["importance"].to_numpy(), importance)
    b = boot.intervals.of(frame["performance"].to_numpy(), performance)
    return frame.assign(
        importance_low=a["low"],
        importance_high=a["high"],
        performance_low=b["low"],
        performance_high=b["high"],
    )


def _with_quadrants(frame: pd.DataFrame) -> pd.DataFrame:
    matters = frame["importance"] >= frame["importance"].mean()
    performs = frame["performance"] >= frame["performance"].mean()
    names = np.select(
        [matters & performs, matters & ~performs, ~matters & ~performs],
        ["keep_up", "improve_first", "low_priority"],
        default="possible_overkill",
    )
    return frame.assign(quadrant=names)
