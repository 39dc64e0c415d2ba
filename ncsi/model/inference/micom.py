"""Measurement invariance of composites (MICOM) and permutation tests of path differences between groups."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Mask
from ncsi.errors import ModelError, NotConverged
from ncsi.model.inference.changes import holm
from ncsi.model.moments.sample import groups_in
from ncsi.model.pls.fit import PlsFit, SchemeName, fit_pls
from ncsi.model.pls.positions import layout_of, path_ends
from ncsi.model.resampling.intervals import require_level, require_whole
from ncsi.model.resampling.permutation import Labelled, observed, permuted, pooled_of

if TYPE_CHECKING:
    from ncsi.spec.instrument import Instrument

WORST_SHARE = 0.01
"""Largest share of permutations that may fail to converge; they are left out and counted."""


@dataclass(frozen=True, slots=True)
class Micom:
    """MICOM and path differences for every pair of groups.

    `groups` (group, n, n_eff). `configural` (group_a, group_b, holds, note): step 1. `composition` (group_a,
    group_b, construct, c, c_low, p): step 2, c below `c_low` at `alpha` speaks against equal composites.
    `equality` (…, construct, mean_difference, mean_p, log_variance_ratio, variance_p): step 3, in pooled standard
    deviations, a − b. `verdict` (…, construct, invariance): none, partial or full. `paths` (…, from, to,
    estimate_a, estimate_b, difference, p, p_holm). `permutations` kept, `failed` not converged, over all pairs.
    """

    groups: pd.DataFrame
    configural: pd.DataFrame
    composition: pd.DataFrame
    equality: pd.DataFrame
    verdict: pd.DataFrame
    paths: pd.DataFrame
    permutations: int
    failed: int
    alpha: float
    seed: int


def micom(
    df: pd.DataFrame,
    inst: Instrument,
    group: str,
    permutations: int = 1000,
    seed: int = 1,
    weights: str | None = None,
    scheme: SchemeName = "path",
    alpha: float = 0.05,
) -> Micom:
    """Whether the groups in column `group` may be pooled and their paths compared, by permutation.

    Step 1: the same items, coding and algorithm, given here by construction. Step 2: composites made with either
    group's outer weights correlate at c = 1 over the pooled data; p = share of permutations with c as small.
    Step 3: equal means and variances of the pooled composites, two-sided. Path differences likewise, Holm-adjusted
    within a pair. p = (1 + count)/(1 + permutations). Weights travel with their respondents; rows without a
    group stay out. With missing answers observed and permuted groups alike use one corrected EM step from the
    pooled moments, which leaves the test exact. Raises ModelError for a group too small to carry the model,
    fewer than two groups or an `alpha` that is not between 0 and 1, NotConverged.
    Henseler, Ringle & Sarstedt (2016); Chin & Dibbern (2010).
    """
    require_level(alpha, "alpha", 0.05)
    require_whole(permutations=permutations, seed=seed)
    if permutations < 20:
        raise ModelError(
            f"{permutations} permutations give no p below {1 / (max(permutations, 0) + 1):.2f}. Use 1000."
        )
    pairs = [_pair(df, inst, group, pair, permutations, seed, weights, scheme, alpha)
             for pair in combinations(groups_in(df, group), 2)]  # fmt: skip
    stacked = ("configural", "composition", "equality", "verdict", "paths")
    joined = {name: pd.concat([pair.tables[name] for pair in pairs], ignore_index=True) for name in stacked}
    groups = pd.concat([pair.groups for pair in pairs], ignore_index=True)
    return Micom(
        groups=groups.drop_duplicates("group", ignore_index=True),
        **joined,
        permutations=sum(pair.kept for pair in pairs),
        failed=sum(pair.failed for pair in pairs),
        alpha=alpha,
        seed=seed,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """Two groups compared: result tables by name, the groups' sizes, permutations that converged, and that failed."""

    tables: dict[str, pd.DataFrame]
    groups: pd.DataFrame
    kept: int
    failed: int


def _pair(
    df: pd.DataFrame, inst: Instrument, group: str, pair: tuple[Any, ...], permutations: int, seed: int,
    weights: str | None, scheme: SchemeName, alpha: float,
) -> _Pair:  # fmt: skip
    fit = fit_pls(df[df[group].isin(pair)], inst, weights=weights, by=group, scheme=scheme)
    require_groups(fit, inst, group)
    pooled = pooled_of(
        fit.sample, fit.moments, layout_of(inst), scheme, fit.weights["weight_std"].to_numpy(dtype=float)
    )
    first = fit.sample.group == list(fit.sample.groups).index(pair[0])
    at_hand = observed(pooled, first)
    draws = permuted(pooled, first, permutations, seed)
    failed = int((~draws.converged).sum())
    if not at_hand.converged.all() or failed > WORST_SHARE * permutations:
        raise NotConverged(
            f"groups {pair[0]} and {pair[1]} of '{group}', instrument {inst.id}: the outer weights of "
            f"{'a group' if not at_hand.converged.all() else f'{failed} of {permutations} permutations'} did not "
            "converge. Look for a group that is small or whose items hardly vary."
        )
    labels = {"group_a": pair[0], "group_b": pair[1]}
    tables = _tables(fit, at_hand, draws, alpha)
    sized = fit.index_by.drop_duplicates(group)[[group, "n", "n_eff"]].rename(columns={group: "group"})
    configural = pd.DataFrame({"holds": [True], "note": ["same items, coding, weights and algorithm"]})
    tables["configural"] = configural
    stamped = {name: frame.assign(**labels)[[*labels, *frame.columns]] for name, frame in tables.items()}
    return _Pair(stamped, sized, permutations - failed, failed)


def require_groups(fit: PlsFit, inst: Instrument, group: str) -> None:
    """Raise ModelError for a by-group that is too small for the model, has no eligible respondent, or an item without
    variance."""
    p = len(inst.item_ids)
    for k, name in enumerate(fit.sample.groups):
        n = int((fit.sample.group == k).sum())
        if n <= p:
            raise ModelError(
                f"group {name} of '{group}': {n} eligible respondents for {p} items of instrument {inst.id}. "
                "Merge small groups, or leave the group out."
            )
        _require_answers(fit.sample.X[fit.sample.group == k], inst, f"group {name} of '{group}'")


def _require_answers(X: Array, inst: Instrument, who: str) -> None:
    for k, item in enumerate(inst.item_ids):
        answered = X[~np.isnan(X[:, k]), k]
        if answered.size == 0 or (answered == answered[0]).all():
            fault = "every answer is the same" if answered.size else "nobody answered it"
            raise ModelError(
                f"{who}: construct {inst.construct_of(item).id}, item {item}: {fault}. "
                "Leave the group or the item out."
            )


def _tables(fit: PlsFit, at_hand: Labelled, draws: Labelled, alpha: float) -> dict[str, pd.DataFrame]:
    good = draws.converged
    construct = pd.DataFrame({"construct": fit.instrument.construct_ids})
    c, c_draws = at_hand.c[:, 0], draws.c[:, good]
    composition = construct.assign(
        c=c,
        c_low=np.quantile(c_draws, alpha, axis=1),
        p=_share(c_draws <= c[:, None] + 1e-12),
    )
    equality = construct.assign(
        mean_difference=at_hand.mean[:, 0],
        mean_p=_two_sided(at_hand.mean[:, 0], draws.mean[:, good]),
        log_variance_ratio=at_hand.log_variance[:, 0],
        variance_p=_two_sided(at_hand.log_variance[:, 0], draws.log_variance[:, good]),
    )
    partial = (composition["p"] >= alpha).to_numpy()
    equal = ((equality["mean_p"] >= alpha) & (equality["variance_p"] >= alpha)).to_numpy()
    verdict = construct.assign(invariance=np.select([partial & equal, partial], ["full", "partial"], "none"))
    return {
        "composition": composition,
        "equality": equality,
        "verdict": verdict,
        "paths": _paths(fit, at_hand.paths[..., 0], draws.paths[..., good]),
    }


def _paths(fit: PlsFit, found: Array, draws: Array) -> pd.DataFrame:
    ends = path_ends(fit.instrument)
    a, b = (found[side][ends] for side in (0, 1))
    spread = draws[0][ends] - draws[1][ends]
    p = _two_sided(a - b, spread)
    table = fit.paths[["from", "to"]].assign(estimate_a=a, estimate_b=b, difference=a - b, p=p)
    return table.assign(p_holm=holm(table["p"]))


def _two_sided(found: Array, draws: Array) -> Array:
    return _share(np.abs(draws) >= np.abs(found)[:, None] - 1e-12)


def _share(extreme: Mask) -> Array:
    return np.asarray((1 + extreme.sum(axis=1)) / (1 + extreme.shape[1]))
