"""Congruence of constructs (Franke, Sarstedt & Danks 2021): do two constructs go with all others in the same way?

Beside HTMT and no gate: the coefficient moves by .1 with the reliability that is put on the diagonal, and 1, which
would mean that two constructs are one, is the end of its range, so that no test of it is sound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.errors import ModelError
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.labels import pair_frame
from ncsi.model.pls.positions import Layout, layout_of
from ncsi.model.resampling.draws import Draws
from ncsi.model.resampling.replicates import Bootstrap

ReliabilityName = Literal["rho_a", "rho_c", "alpha", "one"]
WITHOUT_REPLICATES = "alpha"
"""It needs the items' correlations, which replicates do not keep."""


@dataclass(frozen=True, slots=True)
class Congruence:
    """`pairs` (construct_a, construct_b, estimate; with replicates se, low, high, df): Σxy/√(Σx²Σy²) over the two
    columns of the constructs' correlations, `reliability` on their diagonal."""

    pairs: pd.DataFrame
    reliability: ReliabilityName
    level: float | None


def congruence(fit: PlsFit | Bootstrap, reliability: ReliabilityName = "rho_a") -> Congruence:
    """Of all pairs of constructs; of a `Bootstrap` with intervals from its replicates, except with alpha.

    Constructs of a single item and of Mode B count as free of error. Raises ModelError for another reliability, and
    for fewer than three constructs, of which any two are alike.
    """
    if reliability not in get_args(ReliabilityName):
        raise ModelError(
            f"there is no reliability '{reliability}'. Use {', '.join(get_args(ReliabilityName))}."
        )
    of, boot = (fit.fit, fit) if isinstance(fit, Bootstrap) else (fit, None)
    layout = layout_of(of.instrument)
    if layout.K < 3:
        raise ModelError(
            f"the model has {layout.K} constructs; congruence compares two by all others. Use HTMT."
        )
    phi = of.construct_correlations.to_numpy()[..., None]
    estimate = coefficients(phi, _of_fit(of, layout, reliability)[:, None])[:, 0]
    frame = pair_frame(of.instrument, layout).assign(estimate=estimate)
    if boot is None or reliability == WITHOUT_REPLICATES:
        return Congruence(frame, reliability, None)

    def pick(draws: Draws) -> Array:
        return coefficients(draws.phi, _of_draws(draws, layout, reliability))

    made = boot.intervals.of(estimate, pick, boot.spreads.others)
    return Congruence(frame.assign(**made), reliability, boot.level)


def coefficients(phi: Array, diagonal: Array) -> Array:
    """Of each pair (P, B) from correlations (K, K, B) with `diagonal` (K, B) in place of 1."""
    filled = phi.copy()
    every = np.arange(len(phi))
    filled[every, every] = diagonal
    products = np.einsum("kib,kjb->ijb", filled, filled)
    first, second = np.triu_indices(len(phi), 1)
    return np.asarray(products[first, second] / np.sqrt(products[first, first] * products[second, second]))


def _of_fit(fit: PlsFit, layout: Layout, reliability: ReliabilityName) -> Array:
    """Reliability (K,)."""
    if reliability == "one":
        return np.ones(layout.K)
    return _known(fit.quality[reliability].to_numpy(dtype=float)[:, None], layout)[:, 0]


def _of_draws(draws: Draws, layout: Layout, reliability: ReliabilityName) -> Array:
    """Reliability (K, R) of the replicates."""
    if reliability == "rho_c":
        common = np.add.reduceat(draws.loadings, layout.starts, axis=0) ** 2
        unique = np.add.reduceat(1 - draws.loadings**2, layout.starts, axis=0)
        return _known(common / (common + unique), layout)
    if reliability == "one":
        return np.ones_like(draws.rho_a)
    return _known(draws.rho_a, layout)


def _known(found: Array, layout: Layout) -> Array:
    """1 where there is no error to speak of: a single item, Mode B."""
    sizes = np.diff(np.append(layout.starts, layout.p))
    free = (sizes < 2) | np.array(layout.formative)
    return np.asarray(np.where(free[:, None], 1.0, found))
