"""How far the model's implied correlations are from those observed, and how far they would be if it were true.

A diagnosis with SRMR, never a gate: what is tested is that the composites carry all that the blocks have in common,
which nobody believes of items that measure well. Null distribution of Beran & Srivastava (1985): the data are turned
so that the model holds in them exactly, drawn anew and fitted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Mask
from ncsi.errors import ModelError, NotConverged
from ncsi.model.inference.drawn_weights import row_weights
from ncsi.model.inference.implied import (
    geodesic_distance,
    implied_constructs,
    implied_items,
    squared_distance,
)
from ncsi.model.moments.respondents import Respondents
from ncsi.model.pls import kernel
from ncsi.model.pls.fit import TOLERANCE, PlsFit
from ncsi.model.pls.positions import Layout, layout_of
from ncsi.model.resampling.draws import correlations_of
from ncsi.model.resampling.intervals import require_level, require_whole

KINDS = ("estimated", "saturated")
STATISTICS = ("srmr", "dG", "dL")
WORST_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class FitTest:
    """`distances` (kind, statistic, estimate, critical, p): estimated tests measurement and paths, saturated
    measurement alone; srmr, dG = ½Σ(ln φ)², dL = ½Σ(s − σ)². `critical` is the quantile at `level` if the model were
    true, p = (1 + count)/(1 + replicates); both missing where none were asked for."""

    distances: pd.DataFrame
    level: float
    replicates: int
    failed: int


def fit_test(fit: PlsFit, replicates: int = 1000, seed: int = 1, level: float = 0.95) -> FitTest:
    """Distances of implied from observed correlations, weighted; tested with `replicates` (0: distances alone).

    Respondents, or clusters, are drawn within strata. Raises ModelError for a test with missing answers: nobody knows
    what they would be if the model were true. NotConverged where more than 1 % of the replicates fail.
    """
    require_level(level)
    require_whole(replicates=replicates, seed=seed)
    layout = layout_of(fit.instrument)
    R = fit.moments.correlations[..., None]
    loadings, phi = fit.weights["loading"].to_numpy(dtype=float)[:, None], fit.construct_correlations
    implied = _implied(R, loadings, phi.to_numpy(dtype=float)[..., None], layout)
    own = np.array([_distances(R, one)[:, 0] for one in implied])
    frame = pd.DataFrame(
        [(kind, name, own[i, k]) for i, kind in enumerate(KINDS) for k, name in enumerate(STATISTICS)],
        columns=["kind", "statistic", "estimate"],
    )
    if replicates == 0:
        return FitTest(frame.assign(critical=np.nan, p=np.nan), level, 0, 0)
    if not fit.sample.complete:
        raise ModelError(
            f"{int(np.isnan(fit.sample.X).any(axis=1).sum())} respondents have missing answers, and the test needs "
            "whole ones. Fit the model to those without, or ask for replicates=0."
        )
    null, settled = zip(
        *(_drawn(fit, one[..., 0], layout, replicates, seed, i) for i, one in enumerate(implied)), strict=True
    )
    failed = int((~np.logical_and(*settled)).sum())
    if failed > WORST_SHARE * replicates:
        raise NotConverged(f"test of fit: {failed} of {replicates} replicates did not converge.")
    kept = [draws[:, good] for draws, good in zip(null, settled, strict=True)]
    p = [
        (1 + (draws >= mine[:, None]).sum(axis=1)) / (1 + draws.shape[1])
        for draws, mine in zip(kept, own, strict=True)
    ]
    critical = [np.quantile(draws, level, axis=1) for draws in kept]
    return FitTest(
        frame.assign(critical=np.concatenate(critical), p=np.concatenate(p)),
        level,
        replicates - failed,
        failed,
    )


def _implied(R: Array, loadings: Array, phi: Array, layout: Layout) -> tuple[Array, Array]:
    """Correlations of items that the model implies with the paths, and with the constructs correlated as observed."""
    return (
        implied_items(R, loadings, implied_constructs(phi, layout), layout),
        implied_items(R, loadings, phi, layout),
    )


def _distances(R: Array, implied: Array) -> Array:
    """srmr, dG, dL (3, B)."""
    p, squared = len(R), squared_distance(R, implied)
    return np.array([np.sqrt(2 * squared / (p * (p + 1))), geodesic_distance(R, implied), squared])


def _root(S: Array, power: float) -> Array:
    values, vectors = np.linalg.eigh(S)
    if values[0] <= 0:
        raise ModelError(
            "the implied correlations are no correlation matrix, so nothing can be drawn from them."
        )
    return np.asarray((vectors * values**power) @ vectors.T)


def _drawn(
    fit: PlsFit, implied: Array, layout: Layout, replicates: int, seed: int, kind: int
) -> tuple[Array, Mask]:
    """Distances (3, B) under the model `implied`, and which replicates settled."""
    sample, sd = fit.sample, fit.moments.sd
    turned = _root(fit.moments.correlations, -0.5)
    Z = (sample.X - fit.moments.mean) / sd @ turned @ _root(implied, 0.5)
    drawn_from, start = (
        Respondents.complete(Z, sample.weights),
        fit.weights["weight_std"].to_numpy(dtype=float),
    )
    parts, settled = [], []
    for W in row_weights(sample, replicates, seed):
        with np.errstate(divide="ignore", invalid="ignore"):
            drawn, _ = correlations_of(drawn_from.under(W), layout.p)
            solution = kernel.solve(drawn, layout, kernel.SCHEMES[fit.scheme], TOLERANCE, start=start)
        loadings = solution.cross[np.arange(layout.p), layout.owner]
        parts.append(_distances(drawn, _implied(drawn, loadings, solution.phi, layout)[kind]))
        settled.append(solution.converged & np.isfinite(parts[-1]).all(axis=0))
    return np.concatenate(parts, axis=1), np.concatenate(settled)
