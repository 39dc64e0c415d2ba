"""Tables of comparison of one sector: from what the bootstrap was requested to rows, one small function a table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ncsi.model import Bootstrap, holm
from ncsi.model.inference.contrasts import brand_differences, item_gaps, tested, verdicts
from ncsi.model.inference.importance import item_effects
from ncsi.model.inference.shares import wilson
from ncsi.model.inference.small_areas import fay_herriot
from ncsi.model.resampling.totals import joined
from ncsi.results.declared import empty
from ncsi.results.requested_totals import RequestedTotals, joined_sizes
from ncsi.spec import RULE
from ncsi.tables import (
    OUT_DIFFERENCES,
    OUT_GAPS,
    OUT_INDEX_BY_SUBGROUP,
    OUT_MEASURES,
    OUT_MODELLED,
    OUT_SUBINDEX,
    OUT_WHATIF,
)

Frames = dict[str, pd.DataFrame]
STEP = 5.0
"""Points by which an item is assumed to rise."""
FEWEST_TO_SHRINK = 3


def comparison_tables(
    requested: RequestedTotals,
    boot: Bootstrap,
    index: pd.DataFrame,
    drivers: pd.DataFrame,
    shown: Sequence[str],
) -> Frames:
    """Tables of comparison, without their wave and sector columns.

    `index` is out_index_by_brand, empty where there are no brands; `drivers` those of the items; `shown` the brands
    that are compared with one another.
    """
    return {
        OUT_INDEX_BY_SUBGROUP.name: subgroups(requested, boot),
        OUT_SUBINDEX.name: subindices(requested, boot),
        OUT_MEASURES.name: measures(requested, boot),
        OUT_MODELLED.name: modelled(index, boot),
        OUT_GAPS.name: gaps(boot, shown),
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
    gap = tested(boot, joined(gaps_))
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
    return judged_cells(frame, boot.level)


def _others(requested: RequestedTotals, cell: tuple[str, str]) -> list[int]:
    return [k for other, k in requested.subgroups.items() if other[0] == cell[0] and other != cell]


def judged_cells(frame: pd.DataFrame, level: float) -> pd.DataFrame:
    """Cells of subgroups with Holm within (sector and) construct over those that have a p, and a verdict."""
    frame = frame.reset_index(drop=True)
    shown = frame["p"].notna()
    p_holm = frame["p"].copy()
    keys = [name for name in ("sector", "construct") if name in frame]
    for _, part in frame[shown].groupby(keys):
        p_holm[part.index] = holm(part["p"])
    words = verdicts(frame.assign(p_holm=p_holm), level, "above", "below", "no_significant_difference")
    return frame.assign(p_holm=p_holm, verdict=np.where(shown, words, "too_few"))


def subindices(requested: RequestedTotals, boot: Bootstrap) -> pd.DataFrame:
    """Sub-indices of the instrument by brand and for the sector."""
    names = [one.id for one in boot.fit.instrument.subindices]
    if not names:
        return empty(OUT_SUBINDEX.name)
    rows = _by_unit(requested, boot, slice(len(names)), pd.DataFrame({"subindex": names}))
    return rows[rows["n"] > 0].rename(columns={"estimate": "index_0_100"})


def measures(requested: RequestedTotals, boot: Bootstrap) -> pd.DataFrame:
    """Shares with Wilson's interval, NPS with the bootstrap's, by brand and for the sector."""
    inst = boot.fit.instrument
    if not inst.measures:
        return empty(OUT_MEASURES.name)
    labels = pd.DataFrame({"measure": one.measure, "item": one.item} for one in inst.measures)
    rows = _by_unit(requested, boot, slice(len(inst.subindices), None), labels)
    share = rows["measure"] != "nps"
    estimate, se, n_eff = (rows[name].to_numpy(dtype=np.float64) for name in ("estimate", "se", "n_eff"))
    low, high = wilson(estimate, se, n_eff, boot.level)
    rows = rows.assign(low=rows["low"].mask(share, low), high=rows["high"].mask(share, high))
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


def gaps(boot: Bootstrap, shown: Sequence[str]) -> pd.DataFrame:
    """Item means of the brands shown against the sector's and the best of them."""
    if len(shown) < 2:
        return empty(OUT_GAPS.name)
    inst = boot.fit.instrument
    rows = item_gaps(boot, list(shown))
    return rows.assign(construct=rows["item"].map({i: inst.construct_of(i).id for i in inst.item_ids}))


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
