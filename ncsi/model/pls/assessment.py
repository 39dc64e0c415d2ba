"""Assessment of a PLS fit: effect sizes, collinearity, indirect effects, global fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.model.pls import kernel
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import Layout, layout_of


@dataclass(frozen=True, slots=True)
class Assessment:
    """`paths` (from, to, estimate, f2, vif), `indirect_effects` (from, to, estimate), `items` (construct, item,
    loading, vif), `gof`, `srmr_saturated`, `srmr_estimated`."""

    paths: pd.DataFrame
    indirect_effects: pd.DataFrame
    items: pd.DataFrame
    gof: float
    srmr_saturated: float
    srmr_estimated: float


def assess(fit: PlsFit) -> Assessment:
    """Figures that follow from the fit alone.

    f² = (R² − R² without the path)/(1 − R²) (Cohen 1988); VIF = diagonal of the inverse correlation, of a
    construct's causes and of a block's items, wanted below 5; indirect effect = total − direct effect;
    GoF = √(mean communality · mean R²) over blocks of several items (Tenenhaus et al. 2005), not a test of fit;
    SRMR over item correlations between blocks and within (divisor p(p+1)/2; Henseler et al. 2014), constructs as
    composites: correlations within a block are taken as they are, those between blocks are λ_i φ λ_j, with φ
    as observed (saturated) or as the paths imply (estimated).
    """
    layout = layout_of(fit.instrument)
    phi = fit.construct_correlations.to_numpy()
    totals = fit.total_effects.merge(
        fit.paths.rename(columns={"estimate": "direct"}), on=["from", "to"], how="left"
    )
    indirect = totals["estimate"] - totals["direct"].fillna(0.0)
    rows = [_has_indirect(layout, fit, a, b) for a, b in zip(totals["from"], totals["to"], strict=True)]
    R = fit.moments.correlations
    item_vif = np.concatenate([_vif(R[block, block]) for block in layout.blocks])
    return Assessment(
        paths=_path_table(fit, layout, phi),
        indirect_effects=totals[["from", "to"]].assign(estimate=indirect)[rows].reset_index(drop=True),
        items=fit.weights[["construct", "item", "loading"]].assign(vif=item_vif),
        gof=_goodness(fit, layout),
        srmr_saturated=_srmr(fit, layout, R, phi),
        srmr_estimated=_srmr(fit, layout, R, implied_correlations(phi, layout)),
    )


def _has_indirect(layout: Layout, fit: PlsFit, source: str, target: str) -> bool:
    """A route of two or more arrows leads from source to target."""
    ids = fit.instrument.construct_ids
    reached = {ids.index(source)}
    for j in layout.order:
        if reached & set(layout.causes[j]):
            reached.add(j)
    start, end = ids.index(source), ids.index(target)
    return any(cause in reached and cause != start for cause in layout.causes[end])


def _path_table(fit: PlsFit, layout: Layout, phi: Array) -> pd.DataFrame:
    ids = fit.instrument.construct_ids
    size, inflation = {}, {}
    for j in layout.equations:
        causes = list(layout.causes[j])
        full = _explained(phi, causes, j)
        vif = dict(zip(causes, _vif(phi[np.ix_(causes, causes)]), strict=True))
        for i in causes:
            without = _explained(phi, [k for k in causes if k != i], j)
            size[ids[i], ids[j]] = (full - without) / (1 - full)
            inflation[ids[i], ids[j]] = vif[i]
    keys = list(zip(fit.paths["from"], fit.paths["to"], strict=True))
    return fit.paths.assign(f2=[size[key] for key in keys], vif=[inflation[key] for key in keys])


def _explained(phi: Array, causes: list[int], j: int) -> float:
    """R² of construct j on some constructs."""
    if not causes:
        return 0.0
    beta = np.linalg.solve(phi[np.ix_(causes, causes)], phi[causes, j])
    return float(beta @ phi[causes, j])


def _vif(correlation: Array) -> Array:
    return np.diag(np.linalg.inv(correlation))


def _goodness(fit: PlsFit, layout: Layout) -> float:
    several = [block for block in layout.blocks if block.stop - block.start > 1]
    loadings = fit.weights["loading"].to_numpy(dtype=float)
    if not several:
        return float("nan")
    communality = np.concatenate([loadings[block] ** 2 for block in several]).mean()
    return float(np.sqrt(communality * fit.r2["r2"].mean()))


def implied_correlations(phi: Array, layout: Layout) -> Array:
    """Construct correlations (K, K) that the paths imply: exogenous ones as observed, the others by the path
    equations with uncorrelated errors."""
    paths = kernel.structural(phi[..., None], layout)[0][..., 0]
    exogenous = [j for j in layout.order if not layout.causes[j]]
    implied, known = np.eye(layout.K), list(exogenous)
    implied[np.ix_(known, known)] = phi[np.ix_(known, known)]
    for j in layout.order:
        if layout.causes[j]:
            implied[j, known] = implied[known, j] = implied[np.ix_(known, known)] @ paths[known, j]
            known.append(j)
    return implied


def residual_correlations(fit: PlsFit) -> pd.DataFrame:
    """Observed less implied correlation of every two items, by item id: what `srmr_estimated` is the root mean square
    of. 0 within a block, whose correlations are taken as they are."""
    layout = layout_of(fit.instrument)
    implied = implied_correlations(fit.construct_correlations.to_numpy(), layout)
    ids = list(fit.instrument.item_ids)
    return pd.DataFrame(_residuals(fit, layout, fit.moments.correlations, implied), index=ids, columns=ids)


def _residuals(fit: PlsFit, layout: Layout, R: Array, phi: Array) -> Array:
    loadings = fit.weights["loading"].to_numpy(dtype=float)
    implied = np.outer(loadings, loadings) * phi[np.ix_(layout.owner, layout.owner)]
    for block in layout.blocks:
        implied[block, block] = R[block, block]
    left: Array = R - implied
    return left


def _srmr(fit: PlsFit, layout: Layout, R: Array, phi: Array) -> float:
    p = layout.p
    left = _residuals(fit, layout, R, phi)
    return float(np.sqrt((left[np.tril_indices(p)] ** 2).sum() / (p * (p + 1) / 2)))
