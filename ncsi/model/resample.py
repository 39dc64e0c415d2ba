"""Bootstrap: every published quantity from one pass over replicate moments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncsi.errors import NotConverged
from ncsi.model import kernel
from ncsi.model.em_update import completed_rows, moment_rows
from ncsi.model.layout import Layout, layout_of
from ncsi.model.pls import PlsFit, effect_pairs
from ncsi.model.scores import Sums, cells_of, sums_of, unstandardised
from ncsi.model.streams import replicate_weights

Array = NDArray[np.floating]
TOLERANCE = 1e-7
WORST_SHARE = 0.001
"""Largest share of replicates that may fail to converge; they are left out and counted."""


@dataclass(frozen=True, slots=True)
class Draws:
    """Replicates of every quantity, replicate axis last: paths and effects (K, K, R) from row to column,
    unstandardised `weights` (p, R), `index` (K, R), `index_by` (K, G, R), `items` means on 0-100 (p, R),
    `impact` (K, R): unstandardised total effect on the target."""

    paths: Array
    effects: Array
    weights: Array
    index: Array
    index_by: Array
    items: Array
    impact: Array

    def kept(self, good: NDArray[np.bool_]) -> Draws:
        """The replicates marked good."""
        return Draws(*(getattr(self, name)[..., good] for name in self.__dataclass_fields__))


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Bootstrap of a `PlsFit`. Frames carry estimate, se, low, high (percentile interval at `level`):
    `paths`, `total_effects` (from, to), `weights` (construct, item), `index` (construct), `index_by`
    (by-column, construct), `items` (item; mean on 0-100). `replicates` kept, `failed` not converged.
    `draws` are the replicates, for rank sets and differences.
    """

    fit: PlsFit = field(repr=False)
    replicates: int
    failed: int
    seed: int
    level: float
    paths: pd.DataFrame
    total_effects: pd.DataFrame
    weights: pd.DataFrame
    index: pd.DataFrame
    index_by: pd.DataFrame
    items: pd.DataFrame
    draws: Draws = field(repr=False)

    @property
    def draws_index_by(self) -> Array:
        """Index replicates (R, groups, constructs)."""
        return np.transpose(self.draws.index_by, (2, 1, 0))


def bootstrap(fit: PlsFit, replicates: int = 5000, seed: int = 1, level: float = 0.95) -> Bootstrap:
    """Resample respondents within strata and re-estimate everything, outer weights included.

    Strata are the by-groups, crossed with `strata` where the fit was given it. Intervals are percentiles
    (Efron & Tibshirani 1993). With missing answers each replicate's moments are re-estimated by a corrected
    EM step. Raises NotConverged when more than 0.1 % of the replicates do not settle.
    """
    parts = list(_batches(fit, replicates, seed))
    good = np.concatenate([converged for _, converged in parts])
    failed = int((~good).sum())
    if failed > WORST_SHARE * replicates:
        raise NotConverged(
            f"bootstrap of {fit.instrument.id}: {failed} of {replicates} replicates did not converge. "
            "Look for collinear items, or for constructs that hardly vary in small groups."
        )
    draws = Draws(
        *(
            np.concatenate([getattr(part, name) for part, _ in parts], axis=-1)
            for name in Draws.__dataclass_fields__
        )
    ).kept(good)
    return _labelled(fit, draws, int(good.sum()), failed, seed, level)


def _batches(fit: PlsFit, replicates: int, seed: int) -> Iterator[tuple[Draws, NDArray[np.bool_]]]:
    sample, layout = fit.sample, layout_of(fit.instrument)
    cells = cells_of(sample, layout)
    if sample.complete:
        rows, correction = moment_rows((sample.X - fit.moments.mean) / fit.moments.sd), None
    else:
        rows, correction = completed_rows(sample.X, sample.weights, fit.moments)
    total = sample.weights.sum()
    base = rows @ sample.weights / total
    start = fit.weights["weight_std"].to_numpy()
    for W in replicate_weights(sample.weights, sample.stratum, replicates, seed):
        step = rows @ W.T / total
        if correction is not None:
            step = base[:, None] + correction @ (step - base[:, None])
        R, sd = _correlations(step, layout.p)
        solution = kernel.solve(R, layout, kernel.SCHEMES[fit.scheme], TOLERANCE, start=start)
        outer = unstandardised(solution.weights, sd * fit.moments.sd[:, None], layout)
        sums = sums_of(cells, W, outer)
        yield _draws(fit, layout, solution, outer, sd * fit.moments.sd[:, None], sums), solution.converged


def _correlations(step: Array, p: int) -> tuple[Array, Array]:
    """Correlations (p, p, B) and standard deviations (p, B) from moment columns (q, B)."""
    i, j = np.triu_indices(p)
    flat = step[p:] - step[i] * step[j]
    variance = flat[i == j]
    sd = np.sqrt(variance)
    flat /= sd[i] * sd[j]
    R = np.empty((p, p, step.shape[1]))
    R[i, j] = flat
    R[j, i] = flat
    return R, sd


def _draws(
    fit: PlsFit, layout: Layout, solution: kernel.Solution, outer: Array, sd: Array, sums: Sums
) -> Draws:
    paths, _ = kernel.structural(solution.phi, layout)
    effects = kernel.total_effects(paths, layout)
    spread = score_sd(solution.weights, sd, layout)
    target = fit.instrument.construct_ids.index(fit.instrument.target)
    impact = effects[:, target] * spread[target] / spread
    return Draws(paths, effects, outer, sums.overall, sums.by_group, sums.item_means, impact)


def score_sd(weights: Array, sd: Array, layout: Layout) -> Array:
    """Standard deviation of each construct's score on 0-100 (K, B): 1/Σ(w_std/sd), by the normalisation."""
    return 1.0 / np.add.reduceat(weights / sd, layout.starts, axis=0)


def summary(estimate: Array, draws: Array, level: float) -> dict[str, Array]:
    """Estimate with bootstrap standard error and percentile interval; draws have replicates last."""
    tail = (1 - level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=-1)
    return {"estimate": estimate, "se": draws.std(axis=-1, ddof=1), "low": low, "high": high}


def _labelled(fit: PlsFit, draws: Draws, replicates: int, failed: int, seed: int, level: float) -> Bootstrap:
    inst, layout = fit.instrument, layout_of(fit.instrument)
    ids = inst.construct_ids
    arcs = [(ids.index(p.source), ids.index(p.target)) for p in inst.paths]
    pairs = effect_pairs(layout)

    def framed(keys: pd.DataFrame, estimate: pd.Series, replicate: Array) -> pd.DataFrame:
        return keys.reset_index(drop=True).assign(**summary(estimate.to_numpy(dtype=float), replicate, level))

    by_keys = fit.index_by[[fit.by, "construct"]] if fit.by else fit.index_by[["construct"]]
    by_draws = np.swapaxes(draws.index_by, 0, 1).reshape(-1, replicates)[: len(by_keys)]
    cells = cells_of(fit.sample, layout)
    item_means = sums_of(cells, fit.sample.weights[None], fit.weights[["weight"]].to_numpy()).item_means
    return Bootstrap(
        fit=fit,
        replicates=replicates,
        failed=failed,
        seed=seed,
        level=level,
        paths=framed(
            fit.paths[["from", "to"]], fit.paths["estimate"], np.stack([draws.paths[a] for a in arcs])
        ),
        total_effects=framed(
            fit.total_effects[["from", "to"]],
            fit.total_effects["estimate"],
            np.stack([draws.effects[a] for a in pairs]),
        ),
        weights=framed(fit.weights[["construct", "item"]], fit.weights["weight"], draws.weights),
        index=framed(fit.index[["construct"]], fit.index["index_0_100"], draws.index),
        index_by=framed(by_keys, fit.index_by["index_0_100"], by_draws),
        items=framed(pd.DataFrame({"item": inst.item_ids}), pd.Series(item_means[:, 0]), draws.items),
        draws=draws,
    )
