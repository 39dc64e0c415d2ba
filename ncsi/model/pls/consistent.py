"""Consistent PLS: a sensitivity beside the published figures, never in their place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.errors import ModelError
from ncsi.model.pls import kernel, labels
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import Layout, layout_of
from ncsi.model.pls.reliability import average_variance_extracted, composite_reliability


@dataclass(frozen=True, slots=True)
class PlscFit:
    """Consistent PLS: `paths`, `total_effects` (from, to, estimate), `r2` (construct, r2), `loadings`
    (construct, item, loading), `quality` (construct, rho_a, rho_c, ave, of the consistent loadings), and
    `construct_correlations` corrected for attenuation. `separable` is False when a path exceeds 1 in size."""

    paths: pd.DataFrame
    total_effects: pd.DataFrame
    r2: pd.DataFrame
    loadings: pd.DataFrame
    quality: pd.DataFrame
    construct_correlations: pd.DataFrame
    separable: bool


def plsc(fit: PlsFit) -> PlscFit:
    """Correct a PLS fit for the unreliability of its Mode A blocks (Dijkstra & Henseler 2015).

    φ*_ij = φ_ij / √(ρ_A,i ρ_A,j), λ* = w √ρ_A / w'w; Mode B and single-item constructs count as free of error.
    Raises ModelError naming the constructs when a reliability is not positive, or when corrected correlations
    do not form a valid correlation matrix (constructs that cannot be told apart).
    """
    inst, layout = fit.instrument, layout_of(fit.instrument)
    ids = list(inst.construct_ids)
    reliability, loadings = attenuation(fit)
    phi = disattenuated(fit.construct_correlations.to_numpy(), reliability, ids)
    paths, r2 = kernel.structural(phi[..., None], layout)
    path_table = labels.path_frame(inst, paths[..., 0])
    return PlscFit(
        paths=path_table,
        total_effects=labels.effect_frame(inst, layout, kernel.total_effects(paths, layout)[..., 0]),
        r2=pd.DataFrame({"construct": [ids[j] for j in layout.equations], "r2": r2[[*layout.equations], 0]}),
        loadings=fit.weights[["construct", "item"]].assign(loading=loadings),
        quality=pd.DataFrame(
            {
                "construct": ids,
                "rho_a": reliability,
                "rho_c": [composite_reliability(loadings[block]) for block in layout.blocks],
                "ave": [average_variance_extracted(loadings[block]) for block in layout.blocks],
            }
        ),
        construct_correlations=pd.DataFrame(phi, index=ids, columns=ids),
        separable=bool((path_table["estimate"].abs() <= 1).all()),
    )


def disattenuated(phi: Array, reliability: Array, ids: list[str]) -> Array:
    """Correlations (K, K) of constructs without the error that their reliabilities (K,) leave. Raises ModelError naming
    the constructs where a reliability is not positive, or the corrected correlations are not valid."""
    _refuse_unreliable(reliability, ids)
    root = np.sqrt(reliability)
    found = phi / np.outer(root, root)
    np.fill_diagonal(found, 1.0)
    _refuse_indefinite(found, ids)
    return np.asarray(found)


def corrected(layout: Layout) -> list[int]:
    """Constructs measured with error: Mode A with several items."""
    return [
        k
        for k, b in enumerate(layout.blocks)
        if b.stop - b.start > 1 and not layout.formative[k] and k not in layout.higher
    ]


def attenuation(fit: PlsFit) -> tuple[Array, Array]:
    """ρ_A of every construct (K,), 1 where there is nothing to correct, and the corrected loadings (p,), NaN where a
    reliability is negative."""
    layout = layout_of(fit.instrument)
    reliability = np.ones(layout.K)
    chosen = corrected(layout)
    reliability[chosen] = fit.quality["rho_a"].to_numpy(dtype=float)[chosen]
    root = np.sqrt(np.where(reliability >= 0, reliability, np.nan))
    return reliability, _loadings(fit, layout, root)


def _refuse_unreliable(reliability: Array, ids: list[str]) -> None:
    faulty = [ids[k] for k in range(len(ids)) if not reliability[k] > 0]
    if faulty:
        raise ModelError(
            f"consistent PLS: the reliability of {', '.join(faulty)} is not positive. Check whether its items "
            "measure one thing, and in one direction."
        )


def _loadings(fit: PlsFit, layout: Layout, root: Array) -> Array:
    loadings = fit.weights["loading"].to_numpy(dtype=float).copy()
    weights = fit.weights["weight_std"].to_numpy(dtype=float)
    for k in corrected(layout):
        own = weights[layout.blocks[k]]
        loadings[layout.blocks[k]] = own * root[k] / (own @ own)
    return loadings


def _refuse_indefinite(phi: Array, ids: list[str]) -> None:
    values, vectors = np.linalg.eigh(phi)
    if values[0] > 0:
        return
    off = np.abs(np.triu(phi, 1))
    a, b = np.unravel_index(off.argmax(), phi.shape)
    involved = ", ".join(ids[k] for k in np.flatnonzero(np.abs(vectors[:, 0]) > 0.2))
    raise ModelError(
        f"consistent PLS: corrected correlations of {involved} do not form a valid correlation matrix (largest: "
        f"{ids[a]} with {ids[b]}, {phi[a, b]:.3f}). These constructs cannot be told apart; use Mode A."
    )
