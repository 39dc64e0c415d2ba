"""Tables of comparison of one sector: from what the bootstrap was requested to rows, one small function a table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ncsi.arrays import Mask
from ncsi.model import Bootstrap, holm
from ncsi.model.inference.contrasts import against_all, brand_differences, item_gaps, t_tests, verdicts
from ncsi.model.inference.importance import gains_of_brands, item_effects
from ncsi.model.inference.shares import wilson
from ncsi.model.inference.small_areas import fay_herriot
from ncsi.model.moments.coded import column_of
from ncsi.model.resampling.totals import joined
from ncsi.results.declared import empty
from ncsi.results.requested_totals import RequestedTotals, joined_sizes
from ncsi.spec import RULE
from ncsi.survey.size import effective_size
from ncsi.tables import (
    AMONG_CELLS,
    OUT_DIFFERENCES,
    OUT_GAINS,
    OUT_GAPS,
    OUT_INDEX_BY_SUBGROUP,
    OUT_MEASURES,
    OUT_MODELLED,
    OUT_STANDINGS,
    OUT_SUBINDEX,
    OUT_WHATIF,
    WITHIN_BRAND,
    Verdicts,
)

Frames = dict[str, pd.DataFrame]
STEP = 5.0
"""Points by which an item is assumed to rise."""
FEWEST_TO_SHRINK = 3
NOT_SHARES = ("nps", "mean")
"""Measures that are no shares of answers."""


def comparison_tables(
    requested: RequestedTotals,
    boot: Bootstrap,
    sector: pd.DataFrame,
    index: pd.DataFrame,
    drivers: pd.DataFrame,
    shown: Sequence[str],
) -> Frames:
    """Tables of comparison, without their wave and sector columns.

    `sector` is out_index_by_sector, `index` out_index_by_brand, empty where there are no brands; `drivers` those of the
    items; `shown` the brands that are compared with one another.
    """
    return {
        OUT_INDEX_BY_SUBGROUP.name: subgroups(requested, boot),
        OUT_SUBINDEX.name: subindices(requested, boot),
        OUT_MEASURES.name: measures(requested, boot),
        OUT_MODELLED.name: modelled(index, boot),
        OUT_STANDINGS.name: standings(boot, sector, index),
        OUT_GAPS.name: gaps(boot, shown),
        OUT_GAINS.name: gains(boot, shown),
        OUT_DIFFERENCES.name: differences(boot, shown),
        OUT_WHATIF.name: whatif(boot, drivers),
    }


def subgroups(requested: RequestedTotals, boot: Bootstrap) -> pd.DataFrame:
    """Index of every construct by subgroup, and its difference from all others of the dimension."""
    if not requested.subgroups:
        return empty(OUT_INDEX_BY_SUBGROUP.name)
    cells, ids = list(requested.subgroups), list(boot.fit.instrument.construct_ids)
    own = [requested.totals.mean([k]) for k in requested.subgroups.values()]
    gaps_ = [
        one.minus(requested.totals.mean(_others(requested, cell)))
        for one, cell in zip(own, cells, strict=True)
    ]
    index = joined(own)
    sizes = joined_sizes([requested.sizes[k] for k in requested.subgroups.values()])
    gap = t_tests(boot, joined(gaps_))
    frame = pd.DataFrame(
        {
            "dimension": np.repeat(np.array([cell[0] for cell in cells], dtype=object), len(ids)),
            "subgroup": np.repeat(np.array([cell[1] for cell in cells], dtype=object), len(ids)),
            "construct": ids * len(cells), **sizes,
            **boot.intervals.of(index.estimate, index.pick, index.spread.df),
            "difference": gap["difference"], "difference_low": gap["low"], "difference_high": gap["high"],
            "p": gap["p"],
        }
    ).rename(columns={"estimate": "index_0_100"})  # fmt: skip
    return judged(frame, AMONG_CELLS, boot.level)


def _others(requested: RequestedTotals, cell: tuple[str, str]) -> list[int]:
    return [k for other, k in requested.subgroups.items() if other[0] == cell[0] and other != cell]


def judged(frame: pd.DataFrame, rule: Verdicts, level: float) -> pd.DataFrame:
    """Differences with Holm within the columns of the rule (those of them that are there) over those that have a p, and
    a verdict: above, below or the rule's words."""
    frame = frame.reset_index(drop=True)
    known = frame["p"].notna()
    p_holm = frame["p"].copy()
    for _, part in frame[known].groupby([name for name in rule.within if name in frame]):
        p_holm[part.index] = holm(part["p"])
    words = verdicts(frame.assign(p_holm=p_holm), level, "above", "below", rule.neither)
    return frame.assign(p_holm=p_holm, verdict=np.where(known, words, rule.untested))


def subindices(requested: RequestedTotals, boot: Bootstrap) -> pd.DataFrame:
    """Sub-indices of the instrument by brand and for the sector."""
    names = [one.id for one in boot.fit.instrument.subindices]
    if not names:
        return empty(OUT_SUBINDEX.name)
    rows = _by_unit(requested, boot, slice(len(names)), pd.DataFrame({"subindex": names}))
    return rows[rows["n"] > 0].rename(columns={"estimate": "index_0_100"})


def measures(requested: RequestedTotals, boot: Bootstrap) -> pd.DataFrame:
    """Shares with Wilson's interval, NPS and means with the bootstrap's, by brand and for the sector."""
    inst = boot.fit.instrument
    if not inst.measures:
        return empty(OUT_MEASURES.name)
    labels = pd.DataFrame({"measure": one.measure, "item": one.item} for one in inst.measures)
    rows = _by_unit(requested, boot, slice(len(inst.subindices), None), labels)
    share = ~rows["measure"].isin(NOT_SHARES)
    estimate, se, n_eff = (
        rows.loc[share, name].to_numpy(dtype=np.float64) for name in ("estimate", "se", "n_eff")
    )
    rows.loc[share, "low"], rows.loc[share, "high"] = wilson(estimate, se, n_eff, boot.level)
    return rows[rows["n"] > 0]


def _by_unit(
    requested: RequestedTotals, boot: Bootstrap, columns: slice, labels: pd.DataFrame
) -> pd.DataFrame:
    """Some columns (one a row of `labels`) for the sector, whose brand is "", and for each brand."""
    blocks = list(requested.brands.values())
    units = {"": blocks} | {name: [k] for name, k in requested.brands.items() if name}
    means = [requested.totals.mean(own).part(columns) for own in units.values()]
    sizes = joined_sizes([requested.sizes_of(own).part(columns) for own in units.values()])
    whole = joined(means)
    return pd.concat([labels] * len(units), ignore_index=True).assign(
        brand=np.repeat(np.array(list(units), dtype=object), len(labels)),
        **sizes, **boot.intervals.of(whole.estimate, whole.pick, whole.spread.df),
    )  # fmt: skip


def modelled(index: pd.DataFrame, boot: Bootstrap) -> pd.DataFrame:
    """Shrunken target index of the brands under the publication threshold, from all brands of the sector."""
    rows = index[index["construct"] == boot.fit.instrument.target] if len(index) else index
    known = rows[(rows["se"] > 0) & (rows["n_eff"] >= RULE.subgroup)] if len(rows) else rows
    small = (known["status"] == "suppressed").to_numpy(dtype=bool) if len(known) else np.zeros(0, dtype=bool)
    if len(known) < FEWEST_TO_SHRINK or not small.any():
        return empty(OUT_MODELLED.name)
    shrunk = fay_herriot(known["index_0_100"], known["se"])
    return pd.DataFrame(
        {
            "brand": known.loc[small, "brand"], "construct": boot.fit.instrument.target,
            "n": known.loc[small, "n"], "modelled_0_100": shrunk.estimate[small],
            "se": shrunk.se[small], "low": np.maximum(shrunk.low(boot.level)[small], 0),
            "high": np.minimum(shrunk.high(boot.level)[small], 100),
        }
    )  # fmt: skip


def standings(boot: Bootstrap, sector: pd.DataFrame, index: pd.DataFrame) -> pd.DataFrame:
    """Index of every brand and construct against the sector's, what its brands' shares are unsure by included; Holm
    within brand. Empty where a brand is the whole sector."""
    if index.empty or index["brand"].nunique() < 2:
        return empty(OUT_STANDINGS.name)
    unsure = sector["se"].to_numpy(dtype=np.float64) ** 2 - boot.index["se"].to_numpy(dtype=np.float64) ** 2
    rows = against_all(boot, np.where(unsure > 0, unsure, 0.0)).rename(columns={"group": "brand"})
    return judged(rows.dropna(subset=["difference"]), WITHIN_BRAND, boot.level)


def gains(boot: Bootstrap, shown: Sequence[str]) -> pd.DataFrame:
    """What each of the brands shown would gain if the gap of an item to the best of them closed."""
    if len(shown) < 2:
        return empty(OUT_GAINS.name)
    return gains_of_brands(boot, list(shown), _compared(boot, shown)).rename(columns={"group": "brand"})


def gaps(boot: Bootstrap, shown: Sequence[str]) -> pd.DataFrame:
    """Item means of the brands shown against the sector's and the best of them."""
    if len(shown) < 2:
        return empty(OUT_GAPS.name)
    inst = boot.fit.instrument
    rows = item_gaps(boot, list(shown), _compared(boot, shown))
    return rows.assign(construct=rows["item"].map({i: inst.construct_of(i).id for i in inst.item_ids}))


def _compared(boot: Bootstrap, shown: Sequence[str]) -> Mask:
    """Which items of the brands shown are compared (brands, items): those that somebody answered, and of them no item
    that too few of one of these brands did: its mean would be theirs, or what the other brands leave of the sector's.
    """
    sample = boot.fit.sample
    rows = [sample.rows_of(sample.groups.index(one)) for one in shown]
    shape = len(shown), sample.answers.shape[1]
    sums, n_eff, largest = np.empty(shape), np.empty(shape), np.empty(shape)
    for item in range(shape[1]):
        given = ~np.isnan(column_of(sample.answers, item))
        for k, own in enumerate(rows):
            w = sample.weights[own] * given[own]
            sums[k, item], n_eff[k, item], largest[k, item] = w.sum(), effective_size(w), w.max()
    few = (sums > 0) & ((n_eff < RULE.subgroup) | (largest > RULE.dominance * sums))
    made: Mask = (sums > 0) & ~few.any(axis=0)
    return made


def differences(boot: Bootstrap, shown: Sequence[str]) -> pd.DataFrame:
    """Target index of the brands shown, in pairs."""
    if len(shown) < 2:
        return empty(OUT_DIFFERENCES.name)
    pairs = brand_differences(boot, boot.fit.instrument.target, list(shown))
    return pairs.rename(columns={"group": "brand"})


def whatif(boot: Bootstrap, drivers: pd.DataFrame) -> pd.DataFrame:
    """What the target gains where an item of a driver rises by 5 points, or to 100."""
    step = np.minimum(STEP, 100 - drivers["performance"].to_numpy(dtype=np.float64))
    index = boot.index.set_index("construct")["estimate"][boot.fit.instrument.target]
    found = item_effects(boot).rename(columns={"low": "effect_low", "high": "effect_high"})
    gain = found["effect"] * step
    return found.assign(
        mean_0_100=drivers["performance"].to_numpy(), step=step, gain=gain, gain_low=found["effect_low"] * step,
        gain_high=found["effect_high"] * step, index_after_0_100=np.clip(index + gain, 0, 100),
    )  # fmt: skip
