"""Whether the figures of consistent PLS can be those of any population: checks that other programs make silently."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.model.inference.implied import implied_constructs, implied_items
from ncsi.model.pls.consistent import attenuation
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import layout_of


def admissibility(fit: PlsFit) -> pd.DataFrame:
    """check, holds, worst, where: of the fit corrected for unreliability (Dijkstra & Henseler 2015), without raising.

    loadings: none above 1 in size. reliability: each ρ_A in (0, 1]. correlations: of no two constructs above 1 in size.
    constructs: their correlations positive definite (worst: the least eigenvalue). items: the correlations the model
    implies positive definite. A check that cannot be made, because a reliability is not positive, does not hold.
    """
    layout, ids = layout_of(fit.instrument), np.array(fit.instrument.construct_ids, dtype=object)
    reliability, loadings = attenuation(fit)
    root = np.sqrt(np.where(reliability > 0, reliability, np.nan))
    phi = fit.construct_correlations.to_numpy(dtype=float) / np.outer(root, root)
    np.fill_diagonal(phi, 1.0)
    off = np.abs(np.triu(phi, 1))
    a, b = np.unravel_index(int(np.nan_to_num(off, nan=np.inf).argmax()), off.shape)
    R = fit.moments.correlations
    least = _least(phi)
    implied = np.nan
    if least > 0:
        constructs = implied_constructs(phi[..., None], layout)
        implied = _least(implied_items(R[..., None], loadings[:, None], constructs, layout)[..., 0])
    items = np.array(fit.instrument.item_ids, dtype=object)
    size = np.nan_to_num(np.abs(loadings), nan=np.inf)
    off_range = np.where(reliability > 0, reliability, np.inf)
    rows = [
        ("loadings", bool(size.max() <= 1), float(size.max()), items[size.argmax()]),
        (
            "reliability",
            bool(off_range.max() <= 1),
            float(reliability[off_range.argmax()]),
            ids[off_range.argmax()],
        ),
        ("correlations", bool(off[a, b] <= 1), float(off[a, b]), f"{ids[a]}, {ids[b]}"),
        ("constructs", bool(least > 0), least, ""),
        ("items", bool(implied > 0), implied, ""),
    ]
    return pd.DataFrame(rows, columns=["check", "holds", "worst", "where"])


def _least(S: Array) -> float:
    """Least eigenvalue; NaN where an entry is missing."""
    return float(np.linalg.eigvalsh(S)[0]) if np.isfinite(S).all() else float("nan")
