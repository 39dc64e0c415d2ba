"""Whether a model is the same in all groups: mean distance of what it implies, by permutation (Klesel et al. 2019)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Positions
from ncsi.errors import ModelError, NotConverged
from ncsi.model.inference.implied import (
    geodesic_distance,
    implied_constructs,
    implied_items,
    squared_distance,
)
from ncsi.model.pls import kernel
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import layout_of
from ncsi.model.resampling.draws import TOLERANCE, correlations_of
from ncsi.model.resampling.permutation import Pooled, pooled_of

STATISTICS = ("dG_items", "dL_items", "dG_constructs", "dL_constructs")
WORST_SHARE = 0.01
UNLIKE = 1.25
"""Mean weights of two groups that differ by more than this factor are not those of one draw."""
BATCH = 128


def group_distances(
    pooled: PlsFit, strata: Positions | None, permutations: int, seed: int
) -> tuple[pd.DataFrame, int]:
    """statistic, estimate, p: distances of the implied correlations, the mean over all pairs of groups; and how many
    permutations failed.

    dG: ½Σ(ln φ)², φ the eigenvalues of one matrix in terms of the other; dL: ½Σ of squared differences; of items, and
    of constructs alone. Labels are permuted among all respondents, or within `strata` (n,); p = (1 + count)/(1 + R).
    Raises NotConverged when a group or more than 1 % of the permutations do not settle.
    """
    sample, layout = pooled.sample, layout_of(pooled.instrument)
    G = len(sample.groups)
    data = pooled_of(
        sample, pooled.moments, layout, pooled.scheme, pooled.weights["weight_std"].to_numpy(dtype=float)
    )
    own = _distances(data, sample.group[:, None], G)[:, 0]
    drawn = np.concatenate(
        [_distances(data, labels, G) for labels in _labels(sample.group, strata, permutations, seed)], axis=1
    )
    good = np.isfinite(drawn).all(axis=0)
    failed = int((~good).sum())
    known = np.isfinite(own).all()
    if not known or failed > WORST_SHARE * permutations:
        raise NotConverged(
            f"groups of '{pooled.by}': {f'{failed} of {permutations} permutations' if known else 'a group'} gave no "
            "model. Look for a group that is small or whose items hardly vary."
        )
    reached = (drawn[:, good] >= own[:, None] * (1 - 1e-12)).sum(axis=1)
    p = (1 + reached) / (1 + good.sum())
    return pd.DataFrame({"statistic": STATISTICS, "estimate": own, "p": p}), failed


def require_exchangeable(pooled: PlsFit) -> None:
    """Raise ModelError where respondents come in clusters or the by-groups of `pooled` are weighted unlike."""
    sample = pooled.sample
    if sample.units is not None:
        raise ModelError(
            "respondents come in clusters, so their group labels cannot be exchanged one by one. Use method='wald'."
        )
    means = np.bincount(sample.group, sample.weights) / np.bincount(sample.group)
    if means.max() > UNLIKE * means.min():
        raise ModelError(
            f"the groups of '{pooled.by}' are weighted unlike (mean weights {means.min():.3g} to {means.max():.3g}), "
            "so their respondents cannot be exchanged. Use method='wald'."
        )


def _labels(group: Positions, strata: Positions | None, permutations: int, seed: int) -> Iterator[Positions]:
    """Batches (n, B) of labels; permutation k has its own stream keyed by (seed, k)."""
    within = np.zeros(len(group), dtype=np.intp) if strata is None else strata
    at_home = np.argsort(within, kind="stable")
    for start in range(0, permutations, BATCH):
        labels = np.empty((len(group), min(BATCH, permutations - start)), dtype=np.intp)
        for k in range(labels.shape[1]):
            key = np.array([int(seed) % 2**64, start + k], dtype=np.uint64)
            stream = np.random.Generator(np.random.Philox(key=key))
            labels[at_home, k] = group[np.lexsort((stream.random(len(group)), within))]
        yield labels


def _distances(data: Pooled, labels: Positions, G: int) -> Array:
    """The statistics (4, B) under labels (n, B)."""
    implied = [_implied(data, np.where(labels == g, data.weights[:, None], 0.0)) for g in range(G)]
    pairs = list(combinations(range(G), 2))
    rows = [
        np.mean([distance(implied[a][side], implied[b][side]) for a, b in pairs], axis=0)
        for side in (0, 1)
        for distance in (geodesic_distance, squared_distance)
    ]
    return np.array(rows)


def _implied(data: Pooled, W: Array) -> tuple[Array, Array]:
    """Implied correlations of items (p, p, B) and constructs (K, K, B) under row weights (n, B); NaN where the outer
    weights did not settle."""
    layout = data.layout
    with np.errstate(divide="ignore", invalid="ignore"):
        R, _ = correlations_of(data.respondents.under(W.T), layout.p)
        solution = kernel.solve(R, layout, kernel.SCHEMES[data.scheme], TOLERANCE, start=data.outer)
    constructs = implied_constructs(solution.phi, layout)
    loadings = solution.cross[np.arange(layout.p), layout.owner]
    items = implied_items(R, loadings, constructs, layout)
    constructs[np.arange(layout.K), np.arange(layout.K)] = 1.0
    lost = np.where(solution.converged, 0.0, np.nan)
    return items + lost, constructs + lost
