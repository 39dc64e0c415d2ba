"""Importance-performance analysis of what drives the target construct (Ringle & Sarstedt 2016)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncsi.arrays import Array, Mask
from ncsi.model.inference.advice import with_quadrants
from ncsi.model.inference.contrasts import gaps_to_best
from ncsi.model.moments.row_blocks import row_blocks
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import Layout, layout_of
from ncsi.model.resampling.draws import Draws, Pick, score_sd
from ncsi.model.resampling.replicates import Bootstrap


def drivers(fit: PlsFit, boot: Bootstrap | None = None) -> pd.DataFrame:
    """Importance and performance of every construct that acts on the target, and of its items.

    Columns: construct, item (missing in a construct's row), importance (unstandardised total effect on the
    target with items on 0-100: points of the target per point of the driver; an item's is its construct's, divided by
    the number of its items), performance (index or item mean, 0-100), actionable (as the instrument declares),
    quadrant (keep_up, improve_first, low_priority, possible_overkill: by the means of the actionable, constructs and
    items apart; not_actionable for the others), and with `boot` importance_low, importance_high, performance_low,
    performance_high. With `boot`, quadrant is `undecided` where an interval reaches a mean (docs/method.md §16).
    """
    inst, layout = fit.instrument, layout_of(fit.instrument)
    impact = _impact(fit, layout)
    acting, rows = _acting(impact, layout)
    owner = layout.owner[rows]
    share = 1 / np.bincount(layout.owner, minlength=layout.K)[owner]
    names, levers = np.array(inst.construct_ids, dtype=object), inst.actionable_constructs
    items = fit.weights.loc[rows, ["construct", "item"]].reset_index(drop=True)
    of_constructs = pd.DataFrame(
        {
            "construct": names[acting],
            "item": pd.Series([None] * len(acting), dtype="str"),
            "importance": impact[acting],
            "performance": fit.index["index_0_100"].to_numpy()[acting],
            "actionable": [one in levers for one in names[acting]],
        }
    )
    of_items = items.assign(
        importance=impact[owner] * share,
        performance=_item_means(fit)[rows],
        actionable=items["item"].isin(inst.actionable_items),
    )
    if boot is not None:
        spreads = boot.spreads
        of_constructs = _with_intervals(
            of_constructs,
            boot,
            lambda d: d.impact[acting],
            lambda d: d.index[acting],
            spreads.index.df[acting],
        )
        of_items = _with_intervals(
            of_items, boot, lambda d: d.impact[owner] * share[:, None], lambda d: d.items[rows],
            spreads.items.df[rows],
        )  # fmt: skip
    return pd.concat([with_quadrants(of_constructs), with_quadrants(of_items)], ignore_index=True)


def item_effects(boot: Bootstrap) -> pd.DataFrame:
    """What one point of an item brings the target by the model, in points: construct, item, effect, low, high.

    Its construct's importance times its unstandardised outer weight, for the items of `drivers`, in their order.
    """
    fit, layout = boot.fit, layout_of(boot.fit.instrument)
    impact = _impact(fit, layout)
    _, rows = _acting(impact, layout)
    owner = layout.owner[rows]
    effect = impact[owner] * fit.outer[rows]
    ends = boot.intervals.of(effect, lambda d: d.impact[owner] * d.weights[rows], boot.spreads.others)
    items = fit.weights.loc[rows, ["construct", "item"]].reset_index(drop=True)
    return items.assign(effect=effect, low=ends["low"], high=ends["high"])


def gains_of_brands(boot: Bootstrap, among: list[str], compared: Mask | None = None) -> pd.DataFrame:
    """What closing an item's gap to the best of the by-groups `among` would bring a group's target index, by the model,
    in points: group, construct, item, gain, se, low, high.

    The effect of `item_effects` times the gap, in every replicate, so that the interval carries the errors of both; on
    the fewer degrees of freedom of the two. 0 for the best itself. `compared`: as of `item_gaps`.
    """
    fit, layout = boot.fit, layout_of(boot.fit.instrument)
    impact = _impact(fit, layout)
    _, rows = _acting(impact, layout)
    owner, gaps = layout.owner[rows], gaps_to_best(boot, among, compared)
    gain = (-gaps.estimate[:, rows] * (impact[owner] * fit.outer[rows])).ravel()

    def pick(draws: Draws) -> Array:
        effect = draws.impact[owner] * draws.weights[rows]
        made: Array = (-gaps.draws[:, rows] * effect).reshape(gain.size, -1)
        return made

    ends = boot.intervals.of(gain, pick, np.minimum(gaps.spread.df[:, rows].ravel(), boot.spreads.others))
    items = pd.concat([fit.weights.loc[rows, ["construct", "item"]]] * len(among), ignore_index=True)
    made = items.assign(
        group=np.repeat(np.array(among, dtype=object), len(rows)),
        gain=gain,
        **{name: ends[name] for name in ("se", "low", "high")},
    )
    return made if compared is None else made[compared[:, rows].ravel()].reset_index(drop=True)


def _acting(impact: Array, layout: Layout) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The constructs that act on the target, and the rows of their items."""
    acting = np.flatnonzero(impact != 0)
    return acting, np.flatnonzero(np.isin(layout.owner, acting))


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
    sums, total = np.zeros(len(fit.weights)), np.zeros(len(fit.weights))
    for rows in row_blocks(fit.n):
        X = fit.sample.answers[rows]
        weights = fit.sample.weights[rows, None] * ~np.isnan(X)
        sums += (weights * np.nan_to_num(X)).sum(axis=0)
        total += weights.sum(axis=0)
    return np.asarray(sums / total)


def _with_intervals(
    frame: pd.DataFrame, boot: Bootstrap, importance: Pick, performance: Pick, df: Array
) -> pd.DataFrame:
    a = boot.intervals.of(frame["importance"].to_numpy(), importance, boot.spreads.others)
    b = boot.intervals.of(frame["performance"].to_numpy(), performance, df)
    return frame.assign(
        importance_low=a["low"],
        importance_high=a["high"],
        performance_low=b["low"],
        performance_high=b["high"],
    )
