"""Ordinal PLS (Cantaluppi & Boari 2016): the model on polychoric correlations, a sensitivity beside the fit.

An index on 0-100 has no meaning for variables behind the answers, so none is given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.errors import ModelError, NotConverged
from ncsi.model.moments.polychoric import Polychoric, polychoric
from ncsi.model.pls import kernel, labels
from ncsi.model.pls.consistent import corrected, disattenuated
from ncsi.model.pls.fit import TOLERANCE, PlsFit
from ncsi.model.pls.positions import Layout, layout_of
from ncsi.model.pls.reliability import rho_a_of_weights


@dataclass(frozen=True, slots=True)
class OrdinalFit:
    """`paths` (from, to, estimate: of the fit, ordinal, difference, ordinal_c: corrected for unreliability, missing
    where that is not admissible), `r2` (construct, estimate, ordinal), `loadings` (construct, item, estimate, ordinal),
    `correlations` (square), `thresholds` (item, category from 1, threshold: the upper end of the category)."""

    paths: pd.DataFrame
    r2: pd.DataFrame
    loadings: pd.DataFrame
    correlations: pd.DataFrame
    thresholds: pd.DataFrame
    pairwise: int


def ordinal_pls(fit: PlsFit) -> OrdinalFit:
    """The model of `fit` on the polychoric correlations of its items, by the weights of its respondents.

    Thresholds are those of each item's weighted margin; of missing answers, the pairs that were answered count
    (`pairwise`: respondents who lack some). No errors: the fit's own are near. Raises ModelError for an item of more
    than 15 different answers, and for correlations that do not form a valid matrix; NotConverged.
    """
    inst, layout = fit.instrument, layout_of(fit.instrument)
    found = polychoric(fit.sample.X, fit.sample.weights, inst.item_ids)
    R = found.correlations
    solution = kernel.solve(R[:, :, None], layout, kernel.SCHEMES[fit.scheme], TOLERANCE)
    if not solution.converged.all():
        raise NotConverged(
            f"ordinal PLS of {inst.id}: the outer weights still moved after {solution.iterations} steps."
        )
    paths, r2 = kernel.structural(solution.phi, layout)
    frame = fit.paths.assign(ordinal=labels.path_frame(inst, paths[..., 0])["estimate"].to_numpy())
    frame["difference"] = frame["ordinal"] - frame["estimate"]
    consistent = _consistent(solution, layout, list(inst.construct_ids))
    frame["ordinal_c"] = (
        np.nan if consistent is None else labels.path_frame(inst, consistent)["estimate"].to_numpy()
    )
    loadings = fit.weights[["construct", "item"]].assign(
        estimate=fit.weights["loading"], ordinal=solution.cross[np.arange(layout.p), layout.owner, 0]
    )
    explained = fit.r2.rename(columns={"r2": "estimate"}).assign(ordinal=r2[[*layout.equations], 0])
    return OrdinalFit(
        frame, explained, loadings, pd.DataFrame(R, index=list(inst.item_ids), columns=list(inst.item_ids)),
        _thresholds(found, inst.item_ids), int(np.isnan(fit.sample.X).any(axis=1).sum()),
    )  # fmt: skip


def _consistent(solution: kernel.Solution, layout: Layout, ids: list[str]) -> Array | None:
    """Paths (K, K) among correlations corrected for unreliability; None where these are not admissible."""
    reliability = np.ones(layout.K)
    chosen = corrected(layout)
    reliability[chosen] = rho_a_of_weights(solution.weights, layout)[chosen, 0]
    try:
        phi = disattenuated(solution.phi[..., 0], reliability, ids)
    except ModelError:
        return None
    return np.asarray(kernel.structural(phi[..., None], layout)[0][..., 0])


def _thresholds(found: Polychoric, items: tuple[str, ...]) -> pd.DataFrame:
    rows = [
        (item, category, float(one))
        for item, ends in zip(items, found.thresholds, strict=True)
        for category, one in enumerate(ends, 1)
    ]
    return pd.DataFrame(rows, columns=["item", "category", "threshold"])
