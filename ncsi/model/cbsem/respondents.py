"""From a data frame to a covariance SEM: the same respondents as the PLS model, on the items' own scales."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import numpy as np
import pandas as pd

from ncsi.errors import ModelError
from ncsi.model.cbsem.full_fit import fit_full_information
from ncsi.model.cbsem.robust import influence_of
from ncsi.model.cbsem.scales import on_scale
from ncsi.model.cbsem.solution import CbsemFit, Missing, fit_cbsem_moments
from ncsi.model.moments.sample import Sample, Units, sample_of
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
    missing: Missing = "two_stage",
) -> CbsemFit:
    """Fit the instrument as a covariance SEM by maximum likelihood to the rows of `df`.

    Rows, eligibility and weights are those of `fit_pls`; missing answers enter through EM moments or, with
    `missing="fiml"`, through the likelihood of every answer given, whose χ² is the likelihood ratio; weights through
    weighted moments and likelihoods. Standard errors assume normal answers; `robust` ones (lavaan's MLR) hold for
    skewed answers, weights, missing answers and `clusters`, drawn within `strata` where these are given (without
    clusters, respondents were), and bring a scaled χ². The scores of a stratum's m clusters count m/(m − 1) fold, as
    with lavaan's `cluster=`. Raises ModelError and NotConverged naming construct and item.
    """
    if missing not in get_args(Missing):
        raise ModelError(f"missing='{missing}' is not known. Use {' or '.join(get_args(Missing))}.")
    require_robust(clusters, strata, robust)
    sample = sample_of(df, inst, weights, by=None, strata=strata, clusters=clusters)
    if strata and not clusters:
        sample = replace(sample, units=respondents_drawn(sample, strata))
    moments = sample.moments()
    if missing == "fiml":
        return fit_full_information(sample, moments, inst, robust, sample.units)
    return fit_cbsem_on(moments, inst, sample if robust else None)


def require_robust(clusters: str | None, strata: str | None, robust: bool) -> None:
    """Raise ModelError for a design that would change nothing."""
    for kind, name in (("clusters", clusters), ("strata", strata)):
        if name and not robust:
            raise ModelError(f"{kind} '{name}' change standard errors only. Ask for robust ones too.")


def respondents_drawn(sample: Sample, strata: str) -> Units:
    """Respondents as what was drawn within the column `strata`. Raises ModelError for a stratum of one."""
    if (np.bincount(sample.stratum) < 2).any():
        raise ModelError(
            f"column '{strata}': a stratum holds a single respondent, so its variance is unknown. Join strata."
        )
    return Units(np.arange(len(sample.X)), sample.stratum)


def fit_cbsem_on(moments: Moments, inst: Instrument, sample: Sample | None = None) -> CbsemFit:
    """The same from moments of items on 0-100, as a `PlsFit` holds them; robust where their `sample` is given."""
    influence = None if sample is None else influence_of(sample, moments)
    return fit_cbsem_moments(*on_scale(moments, inst), moments.n, inst, influence)
