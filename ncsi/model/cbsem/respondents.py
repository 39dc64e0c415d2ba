"""From a data frame to a covariance SEM: the same respondents as the PLS model, on the items' own scales."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.errors import ModelError
from ncsi.model.cbsem.robust import influence_of
from ncsi.model.cbsem.solution import CbsemFit, fit_cbsem_moments
from ncsi.model.moments.sample import Sample, sample_of
from ncsi.model.moments.weighted import Moments

if TYPE_CHECKING:
    from ncsi.spec.instrument import Instrument


def fit_cbsem(
    df: pd.DataFrame,
    inst: Instrument,
    weights: str | None = None,
    clusters: str | None = None,
    robust: bool = False,
    strata: str | None = None,
) -> CbsemFit:
    """Fit the instrument as a covariance SEM by maximum likelihood to the rows of `df`.

    Rows, eligibility and weights are those of `fit_pls`; missing answers enter through EM moments, weights
    through weighted moments. Standard errors assume normal answers; `robust` ones (lavaan's MLR) hold for skewed
    answers, weights, missing answers and `clusters`, drawn within `strata` where these are given, and bring a scaled
    χ². The scores of a stratum's m clusters count m/(m − 1) fold, as with lavaan's `cluster=`. Raises ModelError and
    NotConverged naming construct and item.
    """
    if strata and not clusters:
        raise ModelError(
            f"strata '{strata}' count where clusters are drawn from them. Name the clusters too."
        )
    if clusters and not robust:
        raise ModelError(f"clusters '{clusters}' change standard errors only. Ask for robust ones too.")
    sample = sample_of(df, inst, weights, by=None, strata=strata, clusters=clusters)
    return fit_cbsem_on(sample.moments(), inst, sample if robust else None)


def fit_cbsem_on(moments: Moments, inst: Instrument, sample: Sample | None = None) -> CbsemFit:
    """The same from moments of items on 0-100, as a `PlsFit` holds them; robust where their `sample` is given."""
    influence = None if sample is None else influence_of(sample, moments)
    return fit_cbsem_moments(*on_scale(moments, inst), moments.n, inst, influence)


def on_scale(moments: Moments, inst: Instrument) -> tuple[Array, Array]:
    """Covariance and mean on the items' own scales, from moments on 0-100."""
    _, unit = _scales(inst)
    return moments.cov * np.outer(unit, unit), on_items_scale(moments.mean, inst)


def on_items_scale(X: Array, inst: Instrument) -> Array:
    """Answers or means (…, p) from 0-100 to the items' own scales."""
    low, unit = _scales(inst)
    return np.asarray(low + X * unit)


def _scales(inst: Instrument) -> tuple[Array, Array]:
    """Lowest answer (p,) of each item, and a hundredth of its scale."""
    low = np.array([item.scale.min for item in inst.items], dtype=np.float64)
    high = np.array([item.scale.max for item in inst.items], dtype=np.float64)
    return low, (high - low) / 100
