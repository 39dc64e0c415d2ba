"""Paths compared between groups: all pairs at once, one pair at a time, and all groups together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd
from scipy.special import fdtrc

from ncsi.arrays import Array, Mask, Positions
from ncsi.errors import ModelError
from ncsi.model.inference.changes import holm
from ncsi.model.inference.group_distance import group_distances, require_exchangeable
from ncsi.model.inference.group_replicates import GroupReplicates, apart, group_replicates
from ncsi.model.inference.joint_tests import on_normal_scale, stepped_down
from ncsi.model.inference.micom import micom, require_groups
from ncsi.model.moments.sample import groups_in
from ncsi.model.pls.fit import PlsFit, SchemeName, fit_pls
from ncsi.model.resampling.freedom import satterthwaite
from ncsi.model.resampling.intervals import require_level, require_whole, t_reach, two_sided
from ncsi.survey import Replicates

if TYPE_CHECKING:
    from ncsi.spec.instrument import Instrument

GroupMethod = Literal["welch", "wald", "henseler", "permutation", "omnibus"]
_PAIR = ["group_a", "group_b", "from", "to", "estimate_a", "estimate_b", "difference"]


@dataclass(frozen=True, slots=True)
class GroupComparison:
    """Groups compared by `method`.

    `groups` (group, n, n_eff). `paths`, all pairs of groups × paths: group_a, group_b, from, to, estimate_a,
    estimate_b, difference (a − b), se, df, low, high (welch alone), p, p_adjusted (over all rows, by `adjustment`); no
    rows for wald and omnibus. `omnibus`: of wald from, to (missing: all paths at once), statistic (F), df1, df2, p,
    p_adjusted (Holm over the paths); of omnibus statistic (dG and dL of items and constructs), estimate, p; else no
    rows. `draws`: replicates or permutations kept, `failed` those that did not converge.
    """

    method: GroupMethod
    groups: pd.DataFrame
    paths: pd.DataFrame
    omnibus: pd.DataFrame
    adjustment: str | None
    draws: int
    failed: int
    level: float


def compare_groups(
    df: pd.DataFrame,
    inst: Instrument,
    group: str,
    method: GroupMethod = "welch",
    replicates: int | Replicates | None = None,
    seed: int = 1,
    weights: str | None = None,
    strata: str | None = None,
    clusters: str | None = None,
    scheme: SchemeName = "path",
    level: float = 0.95,
) -> GroupComparison:
    """Whether paths differ between the groups in column `group`; rows without a group stay out. Ask `micom` first.

    welch: t of each difference, its error from replicates of every group, on Welch-Satterthwaite's degrees of freedom;
    p_adjusted by max-|t| with step-down over pairs × paths. wald: all groups at once, each path and all paths, F from
    the replicates' covariance. Both hold under weights, strata, clusters and, as `replicates`, replicate weights.
    henseler: the share of pairs of replicates that contradict the difference (Henseler, Ringle & Sinkovics 2009), here
    two-sided. permutation: path differences under exchanged labels (Chin & Dibbern 2010). omnibus: distances of what
    the model implies, over all groups, labels exchanged (Klesel et al. 2019), within `strata`. Neither takes clusters,
    nor groups that are weighted unlike. `replicates`: 5,000 of the bootstrap, 1,000 permutations by default. Raises
    ModelError for fewer than two groups, one too small for the model, a method that the design does not allow and a
    level that is not between 0 and 1; NotConverged.
    """
    require_level(level)
    require_whole(seed=seed)
    if not isinstance(replicates, Replicates | None):
        require_whole(replicates=replicates)
    if method not in get_args(GroupMethod):
        raise ModelError(f"there is no method '{method}'. Use {', '.join(get_args(GroupMethod))}.")
    pooled, used = _pooled(df, inst, group, weights, strata, clusters, scheme)
    sized = pooled.index_by.drop_duplicates(group)[[group, "n", "n_eff"]].rename(columns={group: "group"})
    if method in ("welch", "wald", "henseler"):
        asked = _of_rows(5000 if replicates is None else replicates, df[group].notna().to_numpy())
        made = _by_replicates(method, pooled, used, weights, asked, seed, level)
    else:
        made = _by_permutation(method, pooled, used, weights, strata, _permutations(replicates), seed)
    return GroupComparison(method, sized.reset_index(drop=True), *made, level)


_Made = tuple[pd.DataFrame, pd.DataFrame, str | None, int, int]
"""paths, omnibus, adjustment, draws, failed."""


def _by_replicates(
    method: GroupMethod, pooled: PlsFit, df: pd.DataFrame, weights: str | None, replicates: int | Replicates,
    seed: int, level: float,
) -> _Made:  # fmt: skip
    if method == "henseler" and isinstance(replicates, Replicates):
        raise ModelError("replicate weights are not draws, which 'henseler' counts. Use method='welch'.")
    if method == "henseler" and not apart(pooled.sample):
        raise ModelError(
            f"clusters have respondents in several groups of '{pooled.by}', which 'henseler' takes for independent. "
            "Use method='welch'."
        )
    drawn = group_replicates(pooled, df, weights, replicates, seed)
    if method == "wald":
        return pd.DataFrame(), _wald(pooled, drawn), "Holm", drawn.kept, drawn.failed
    if method == "henseler":
        return _henseler(pooled, drawn), pd.DataFrame(), "Holm", drawn.kept, drawn.failed
    return _welch(pooled, drawn, level), pd.DataFrame(), "max-|t|", drawn.kept, drawn.failed


def _by_permutation(
    method: GroupMethod, pooled: PlsFit, df: pd.DataFrame, weights: str | None, strata: str | None,
    permutations: int, seed: int,
) -> _Made:  # fmt: skip
    require_exchangeable(pooled)
    if method == "omnibus":
        within = None if strata is None else pd.factorize(df[strata])[0][pooled.sample.rows]
        table, failed = group_distances(pooled, within, permutations, seed)
        return pd.DataFrame(), table, None, permutations - failed, failed
    if strata is not None:
        raise ModelError("'permutation' exchanges single respondents of all strata. Use method='welch'.")
    found = micom(df, pooled.instrument, str(pooled.by), permutations, seed, weights, pooled.scheme)
    paths = found.paths[[*_PAIR, "p"]].assign(p_adjusted=holm(found.paths["p"]))
    return paths, pd.DataFrame(), "Holm", found.permutations, found.failed


def _of_rows(replicates: int | Replicates, used: Mask) -> int | Replicates:
    """A design's replicate weights of the rows that have a group, on the degrees of freedom of all."""
    if not isinstance(replicates, Replicates) or len(replicates.weights) != len(used):
        return replicates
    return replace(replicates, weights=replicates.weights[used], df=replicates.degrees_of_freedom())


def _permutations(replicates: int | Replicates | None) -> int:
    if isinstance(replicates, Replicates):
        raise ModelError("replicate weights are no permutations. Use method='welch' or 'wald'.")
    count = 1000 if replicates is None else replicates
    if count < 20:
        raise ModelError(f"{count} permutations give no p below {1 / (max(count, 0) + 1):.2f}. Use 1000.")
    return count


def _pooled(
    df: pd.DataFrame, inst: Instrument, group: str, weights: str | None, strata: str | None,
    clusters: str | None, scheme: SchemeName,
) -> tuple[PlsFit, pd.DataFrame]:  # fmt: skip
    groups_in(df, group)
    used = df[df[group].notna()]
    pooled = fit_pls(used, inst, weights=weights, by=group, scheme=scheme, strata=strata, clusters=clusters)
    require_groups(pooled, inst, group)
    return pooled, used


def _pairs(pooled: PlsFit, drawn: GroupReplicates) -> tuple[pd.DataFrame, Positions, Positions]:
    """Keys and estimates of pairs × paths, and which flat estimates (group × path) each row compares."""
    names, P = pooled.sample.groups, drawn.estimate.shape[1]
    pairs = list(combinations(range(len(names)), 2))
    a, b = (np.concatenate([pair[side] * P + np.arange(P) for pair in pairs]) for side in (0, 1))
    flat = drawn.estimate.ravel()
    keys = pd.concat([pooled.paths[["from", "to"]]] * len(pairs), ignore_index=True)
    labels = pd.DataFrame(
        {
            "group_a": [names[i] for i, _ in pairs for _ in range(P)],
            "group_b": [names[j] for _, j in pairs for _ in range(P)],
        }
    )
    frame = pd.concat([labels, keys], axis=1)
    return frame.assign(estimate_a=flat[a], estimate_b=flat[b], difference=flat[a] - flat[b]), a, b


def _welch(pooled: PlsFit, drawn: GroupReplicates, level: float) -> pd.DataFrame:
    frame, a, b = _pairs(pooled, drawn)
    V, P = drawn.covariance, drawn.estimate.shape[1]
    own = np.diag(V)
    se = np.sqrt(np.maximum(own[a] + own[b] - 2 * V[a, b], 0.0))
    df = np.minimum(
        satterthwaite(np.array([own[a], own[b]]), np.array([drawn.df[a // P], drawn.df[b // P]])),
        drawn.df_all,
    )
    gap = frame["difference"].to_numpy(dtype=float)
    flat = drawn.draws.reshape(drawn.estimate.size, -1)
    t = np.divide(gap, se, out=np.full(len(gap), np.nan), where=se > 0)
    reach = t_reach(level, df) * se
    joint = stepped_down(on_normal_scale(gap, se, df), (flat[a] - flat[b] - gap[:, None]) / se[:, None])
    return frame.assign(
        se=se, df=df, low=gap - reach, high=gap + reach, t=t, p=two_sided(t, df), p_adjusted=joint.p_joint
    )


def _henseler(pooled: PlsFit, drawn: GroupReplicates) -> pd.DataFrame:
    """p = 2·min(q, 1 − q), q the share of pairs (i, j) of replicates in which the one group's, centred on its estimate
    by twice the mean, is not above the other's; a share of none counts as one of the pairs."""
    frame, a, b = _pairs(pooled, drawn)
    flat = np.sort(drawn.draws.reshape(drawn.estimate.size, -1), axis=1)
    mean, J = flat.mean(axis=1), flat.shape[1]
    above = np.array(
        [
            J**2 - np.searchsorted(flat[j], flat[i] - 2 * mean[i] + 2 * mean[j], side="right").sum()
            for i, j in zip(a, b, strict=True)
        ]
    )
    q = 1 - above / J**2
    p = np.maximum(2 * np.minimum(q, 1 - q), 1 / J**2)
    return frame.assign(p=p, p_adjusted=holm(p))


def _wald(pooled: PlsFit, drawn: GroupReplicates) -> pd.DataFrame:
    """F of every path, and of all paths at once: groups 2 … G less the first."""
    G, P = drawn.estimate.shape
    each = [_f(drawn, np.arange(1, G) * P + k, np.full(G - 1, k)) for k in range(P)]
    others = np.arange(P, G * P)
    whole = _f(drawn, others, others % P)
    keys = pooled.paths[["from", "to"]]
    table = pd.DataFrame(each, columns=["statistic", "df1", "df2", "p"])
    paths = pd.concat([keys, table.assign(p_adjusted=holm(table["p"]))], axis=1)
    last = pd.DataFrame([(None, None, *whole, whole[-1])], columns=paths.columns)
    return pd.concat([paths, last.astype(paths.dtypes.to_dict())], ignore_index=True)


def _f(drawn: GroupReplicates, rows: Positions, base: Positions) -> tuple[float, float, float, float]:
    """F, its degrees of freedom and p of the differences rows − base; missing where there are too few of them. The
    covariance is known no better than by the replicates that it was made from (Hotelling 1931)."""
    V, flat = drawn.covariance, drawn.estimate.ravel()
    gap = flat[rows] - flat[base]
    spread: Array = (
        V[np.ix_(rows, rows)] + V[np.ix_(base, base)] - V[np.ix_(rows, base)] - V[np.ix_(base, rows)]
    )
    q, df = len(rows), min(drawn.df_all, drawn.kept - 1.0)
    left = df - q + 1
    if left <= 0:
        return float("nan"), float(q), float(left), float("nan")
    statistic = float(gap @ np.linalg.solve(spread, gap)) * left / (df * q)
    return statistic, float(q), float(left), float(fdtrc(q, left, max(statistic, 0.0)))
