"""From a data frame to a covariance SEM: the same respondents as the PLS model, on the items' own scales."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ncsi.model.cbsem.fit import CbsemFit, fit_cbsem_moments
from ncsi.model.moments import Moments
from ncsi.model.sample import sample_of

if TYPE_CHECKING:
    from ncsi.spec.instrument import Instrument


def fit_cbsem(df: pd.DataFrame, inst: Instrument, weights: str | None = None) -> CbsemFit:
    """Fit the instrument as a covariance SEM by maximum likelihood to the rows of `df`.

    Rows, eligibility and weights are those of `fit_pls`; missing answers enter through EM moments, weights
    through weighted moments. Raises ModelError and NotConverged naming construct and item.
    """
    return fit_cbsem_on(sample_of(df, inst, weights, by=None, strata=None).moments(), inst)


def fit_cbsem_on(moments: Moments, inst: Instrument, n_eff: float | None = None) -> CbsemFit:
    """The same from moments of items on 0-100, as a `PlsFit` holds them; `n_eff` stands for the rows in χ² and
    standard errors where these are weighted."""
    low = np.array([item.scale.min for item in inst.items], dtype=np.float64)
    unit = np.array([item.scale.max - item.scale.min for item in inst.items], dtype=np.float64) / 100
    return fit_cbsem_moments(
        moments.cov * np.outer(unit, unit), low + moments.mean * unit, n_eff or moments.n, inst
    )
