"""Differences with their tests: brands in pairs, a brand's items against the sector and its best."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncsi.arrays import Array
from ncsi.model.inference.changes import holm
from ncsi.model.pls.scores import weighted_means
from ncsi.model.resampling.freedom import Spread, stacked
from ncsi.model.resampling.intervals import t_reach, two_sided
from ncsi.model.resampling.replicates import Bootstrap
from ncsi.model.resampling.totals import Quantity


def tested(boot: Bootstrap, difference: Quantity) -> pd.DataFrame:
    """difference, se, low, high, p: a t interval, and the two-sided test that agrees with it."""
    gap, df = difference.estimate, boot.intervals.freedom(difference.spread.df)
    se = boot.intervals.se(gap, difference.pick)
    reach = t_reach(boot.level, df) * se
    z = np.divide(gap, se, out=np.where(gap == 0, 0.0, np.nan), where=~(se <= 0))
    return pd.DataFrame(
        {"difference": gap, "se": se, "low": gap - reach, "high": gap + reach, "p": two_sided(z, df)}
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
    pairs = tested(boot, Quantity(y[i] - y[j], lambda d: d.index_by[k][at[i]] - d.index_by[k][at[j]], spread))
    frame = pairs.assign(p_holm=holm(pairs["p"]))
    labels = np.array(names, dtype=object)
    return frame.assign(
        group=labels[i], other=labels[j],
        verdict=verdicts(frame, boot.level, "above", "below", "no_significant_difference"),
    )  # fmt: skip


def item_gaps(boot: Bootstrap, among: list[str]) -> pd.DataFrame:
    """Item means of the by-groups `among` against the mean of all and the best of `among`; Holm within group.

    Columns: brand, item, mean_0_100, gap_mean with low, high, p_holm, verdict; best, gap_best with low, high,
    behind_best.
    """
    sample, items = boot.fit.sample, list(boot.fit.instrument.item_ids)
    groups = [sample.groups.index(name) for name in among]
    rows = [sample.group == g for g in groups]
    own = np.array([weighted_means(sample.X[one], sample.weights[one]) for one in rows])
    draws = boot.draws.items_by[:, groups].swapaxes(0, 1)
    best, columns = own.argmax(axis=0), np.arange(len(items))
    names = np.array(among, dtype=object)
    spread = Spread(
        *(np.array([getattr(boot.spreads.items_by[g], name) for g in groups]) for name in ("variance", "df"))
    )
    best_spread = Spread(spread.variance[best, columns], spread.df[best, columns])
    to_mean = _by_group(
        boot,
        own - boot.items["estimate"].to_numpy(),
        draws - boot.draws.items,
        spread.apart(boot.spreads.items),
    )
    to_best = _by_group(
        boot, own - own[best, columns], draws - draws[best, columns], spread.apart(best_spread)
    )
    ends = ("", "_low", "_high")
    return pd.DataFrame(
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


def _by_group(boot: Bootstrap, gaps: Array, draws: Array, spread: Spread) -> pd.DataFrame:
    """Tests of gaps (groups, items) with replicates (groups, items, R); Holm within each group."""
    flattened = Spread(spread.variance.ravel(), spread.df.ravel())
    flat = draws.reshape(gaps.size, -1)
    frame = tested(boot, Quantity(gaps.ravel(), lambda _: flat, flattened))
    adjusted = [holm(part) for part in frame["p"].to_numpy().reshape(gaps.shape)]
    return frame.assign(p_holm=np.concatenate(adjusted))


def _ends(frame: pd.DataFrame) -> list[pd.Series]:
    return [frame[name] for name in ("difference", "low", "high")]
