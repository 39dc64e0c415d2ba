"""Differences with their tests: brands in pairs, a brand's constructs and items against the sector and its best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncsi.arrays import Array, Mask, Positions
from ncsi.model.inference.changes import holm
from ncsi.model.moments.coded import taken
from ncsi.model.pls.scores import weighted_means
from ncsi.model.resampling.freedom import Spread, satterthwaite, stacked
from ncsi.model.resampling.intervals import t_reach, two_sided
from ncsi.model.resampling.replicates import Bootstrap
from ncsi.model.resampling.totals import Quantity


def t_tests(boot: Bootstrap, difference: Quantity, added: Array | float = 0.0) -> pd.DataFrame:
    """difference, se, df, low, high, p: a t interval, and the two-sided test that agrees with it.

    `added`: a variance that the replicates do not hold, taken as known.
    """
    gap, df = difference.estimate, np.asarray(boot.intervals.freedom(difference.spread.df))
    se = boot.intervals.se(gap, difference.pick)
    if np.any(added):
        parts = np.array(np.broadcast_arrays(se**2, added))
        se, df = np.sqrt(parts.sum(axis=0)), satterthwaite(parts, np.array([df, np.full(df.shape, np.inf)]))
    reach = t_reach(boot.level, df) * se
    z = np.divide(gap, se, out=np.where(gap == 0, 0.0, np.nan), where=~(se <= 0))
    known = np.where(np.isinf(df), np.nan, df)
    return pd.DataFrame(
        {
            "difference": gap,
            "se": se,
            "df": known,
            "low": gap - reach,
            "high": gap + reach,
            "p": two_sided(z, df),
        }
    )


def verdicts(frame: pd.DataFrame, level: float, above: str, below: str, neither: str) -> NDArray[np.str_]:
    """A word for each row by the sign of `difference`, where p_holm is under 1 − `level`."""
    significant = frame["p_holm"] < 1 - level
    return np.select(
        [significant & (frame["difference"] > 0), significant & (frame["difference"] < 0)],
        [above, below],
        neither,
    )


def brand_differences(boot: Bootstrap, construct: str, among: list[str]) -> pd.DataFrame:
    """All pairs of the by-groups `among`, the higher index first: group, other, difference, se, low, high, p,
    p_holm (over the pairs), verdict (above or no_significant_difference)."""
    k, groups = boot.fit.instrument.construct_ids.index(construct), list(boot.fit.sample.groups)
    rows = boot.index_by[boot.index_by["construct"] == construct].set_index(str(boot.fit.by))["estimate"]
    names = sorted(among, key=lambda name: -rows[name])
    at = np.array([groups.index(name) for name in names], dtype=np.intp)
    y = rows[names].to_numpy(dtype=np.float64)
    i, j = np.triu_indices(len(names), 1)
    own = stacked([boot.spreads.index_by[g] for g in at]).part((slice(None), k))
    spread = own.part(i).apart(own.part(j))
    pairs = t_tests(
        boot, Quantity(y[i] - y[j], lambda d: d.index_by[k][at[i]] - d.index_by[k][at[j]], spread)
    )
    frame = pairs.assign(p_holm=holm(pairs["p"]))
    labels = np.array(names, dtype=object)
    return frame.assign(
        group=labels[i], other=labels[j],
        verdict=verdicts(frame, boot.level, "above", "below", "no_significant_difference"),
    )  # fmt: skip


def against_all(boot: Bootstrap, added: Array | float = 0.0) -> pd.DataFrame:
    """Index of every by-group and construct minus that of all respondents: group, construct, difference, se, df, low,
    high, p.

    The replicates of the two go together, so that a group that makes up much of the whole is not counted as apart from
    it. `added` (K,): variance of each construct's index that the replicates do not hold (shares that are not exact).
    """
    ids, groups = list(boot.fit.instrument.construct_ids), list(boot.fit.sample.groups)
    G, K = len(groups), len(ids)
    by = boot.index_by.set_index([str(boot.fit.by), "construct"])["estimate"]
    own = by.reindex(pd.MultiIndex.from_product([groups, ids])).to_numpy(dtype=np.float64)
    spread = stacked(boot.spreads.index_by).apart(boot.spreads.index)
    gap = Quantity(
        own - np.tile(boot.index["estimate"].to_numpy(dtype=np.float64), G),
        lambda d: (np.swapaxes(d.index_by, 0, 1) - d.index).reshape(G * K, -1),
        Spread(spread.variance.ravel(), spread.df.ravel()),
    )
    labels = np.repeat(np.array(groups, dtype=object), K)
    frame = t_tests(boot, gap, np.tile(np.broadcast_to(added, K), G))
    return frame.assign(group=labels, construct=ids * G)


def item_gaps(boot: Bootstrap, among: list[str], compared: Mask | None = None) -> pd.DataFrame:
    """Item means of the by-groups `among` against the mean of all and the best of `among`; Holm within group. Only rows
    of the groups and items that are `compared` (groups, items); None for all.

    Columns: brand, item, mean_0_100, gap_mean with low, high, p_holm, verdict; best, gap_best with low, high,
    behind_best.
    """
    items, names = list(boot.fit.instrument.item_ids), np.array(among, dtype=object)
    own, draws, spread = _item_means(boot, among, compared)
    to_mean = _by_group(
        boot,
        own - boot.items["estimate"].to_numpy(),
        draws - boot.draws.items,
        spread.apart(boot.spreads.items),
    )
    gaps = gaps_to_best(boot, among, compared)
    to_best = _by_group(boot, gaps.estimate, gaps.draws, gaps.spread)
    best = gaps.best
    ends = ("", "_low", "_high")
    made = pd.DataFrame(
        {
            "brand": np.repeat(names, len(items)),
            "item": items * len(among),
            "mean_0_100": own.ravel(),
            **dict(zip([f"gap_mean{end}" for end in ends], _ends(to_mean), strict=True)),
            "p_holm": to_mean["p_holm"],
            "verdict": verdicts(to_mean, boot.level, "strength", "short_board", "level"),
            "best": np.tile(names[best], len(among)),
            **dict(zip([f"gap_best{end}" for end in ends], _ends(to_best), strict=True)),
            "behind_best": (to_best["p_holm"] < 1 - boot.level) & (to_best["difference"] < 0),
        }
    )
    return made if compared is None else made[compared.ravel()].reset_index(drop=True)


@dataclass(frozen=True, slots=True)
class GapsToBest:
    """Item means of by-groups minus the highest of each item: `estimate` (groups, items), 0 for the best, its `draws`
    (groups, items, R), their `spread`; `best` (items,): position of the best group."""

    estimate: Array
    draws: Array
    spread: Spread
    best: Positions


def gaps_to_best(boot: Bootstrap, among: list[str], compared: Mask | None = None) -> GapsToBest:
    """Of the by-groups `among`; the best is that of the sample, in every replicate. NaN where not `compared`."""
    own, draws, spread = _item_means(boot, among, compared)
    best, columns = np.where(np.isnan(own), -np.inf, own).argmax(axis=0), np.arange(own.shape[1])
    top = Spread(spread.variance[best, columns], spread.df[best, columns])
    return GapsToBest(own - own[best, columns], draws - draws[best, columns], spread.apart(top), best)


def _item_means(boot: Bootstrap, among: list[str], compared: Mask | None) -> tuple[Array, Array, Spread]:
    """Item means (groups, items) of by-groups, their replicates (groups, items, R), and their spread; NaN where not
    `compared`."""
    sample = boot.fit.sample
    groups = [sample.groups.index(name) for name in among]
    rows = [np.flatnonzero(sample.group == g) for g in groups]
    own = np.array([weighted_means(taken(sample.answers, one), sample.weights[one]) for one in rows])
    spread = stacked([boot.spreads.items_by[g] for g in groups])
    draws = boot.draws.items_by[:, groups].swapaxes(0, 1)
    if compared is None or compared.all():
        return own, draws, spread
    return np.where(compared, own, np.nan), np.where(compared[:, :, None], draws, np.nan), spread


def _by_group(boot: Bootstrap, gaps: Array, draws: Array, spread: Spread) -> pd.DataFrame:
    """Tests of gaps (groups, items) with replicates (groups, items, R); Holm within each group."""
    flattened = Spread(spread.variance.ravel(), spread.df.ravel())
    flat = draws.reshape(gaps.size, -1)
    frame = t_tests(boot, Quantity(gaps.ravel(), lambda _: flat, flattened))
    adjusted = [holm(part) for part in frame["p"].to_numpy().reshape(gaps.shape)]
    return frame.assign(p_holm=np.concatenate(adjusted))


def _ends(frame: pd.DataFrame) -> list[pd.Series]:
    return [frame[name] for name in ("difference", "low", "high")]
