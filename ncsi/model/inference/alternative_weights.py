"""A group's index by other outer weights than the pooled ones: its own, equal ones, the first component's."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncsi.arrays import Array
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.labels import equal_weights, first_component
from ncsi.model.pls.positions import layout_of
from ncsi.model.pls.scores import Scores, held, of_rows, weighted_means
from ncsi.model.resampling.replicates import Bootstrap

_ROUNDING = 1e-9
"""What a mean may be off by."""


def index_variants(boot: Bootstrap) -> pd.DataFrame:
    """Index of every by-group and construct under each: the by-column, construct, index_own_0_100,
    index_equal_0_100, index_pc1_0_100.

    Own weights are those of a fit to the group's rows alone, with missing answers from one corrected EM step off
    the pooled moments; NaN where it does not settle, or where weights of both signs bring it out of 0-100, as they do
    in a group of a few.
    """
    fit = boot.fit
    layout, ids, groups = layout_of(fit.instrument), fit.instrument.construct_ids, fit.sample.groups
    R = fit.moments.correlations
    return pd.DataFrame(
        {
            str(fit.by): np.repeat(np.array(groups, dtype=object), len(ids)),
            "construct": list(ids) * len(groups),
            "index_own_0_100": np.where(_within(boot.own), boot.own, np.nan).T.ravel(),
            "index_equal_0_100": _by_group(fit, equal_weights(layout)).ravel(),
            "index_pc1_0_100": _by_group(fit, first_component(R, fit.moments.sd, layout)).ravel(),
        }
    )


def _within(index: Array) -> NDArray[np.bool_]:
    """Which are indices: within 0-100, but for rounding."""
    return (index >= -_ROUNDING) & (index <= 100 + _ROUNDING)


def _by_group(fit: PlsFit, outer: Array) -> Array:
    """Index (G, K) under unstandardised outer weights (p,)."""
    sample = fit.sample
    scores = held(Scores.of(sample.answers, outer, layout_of(fit.instrument).blocks, None))
    rows = [sample.rows_of(g) for g in range(len(sample.groups))]
    of_groups = (np.ascontiguousarray(of_rows(scores, one)[:]) for one in rows)
    return np.array(
        [weighted_means(own, sample.weights[one]) for own, one in zip(of_groups, rows, strict=True)]
    )
