"""Joint replicates of a sector's figures by brand, drawn again as when they were estimated, for indices of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.model import Bootstrap
from ncsi.model.resampling.intervals import Replicated
from ncsi.model.resampling.replicates import estimates_by
from ncsi.quality import assess
from ncsi.results import sector_rows
from ncsi.results.comparisons import measures
from ncsi.results.requested_totals import RequestedTotals, requested_totals_of
from ncsi.results.weighted_model import (
    fit_weighed,
    kept_responses,
    replicates_of,
    weighed_responses,
    with_design,
)
from ncsi.spec.hashing import seed_of
from ncsi.spec.plan import WavePlan

MEAN = "mean"
"""The measure that gives an item's mean."""
_KEYS = ["kind", "name", "brand"]
ROUNDING = 1e-6
"""Points by which figures of the same computation may differ between machines."""


@dataclass(frozen=True, slots=True, eq=False)
class SurveyReplicates:
    """Figures of a sector by brand as computed now: `figures`: kind (construct or item), name, brand, value (0-100),
    se. `draws`: by kind and name a row for each replicate and a column for each brand, on 0-100; a replicate is of one
    resample of respondents throughout, so errors of all figures correlate as they do."""

    figures: pd.DataFrame
    draws: Mapping[tuple[str, str], pd.DataFrame]

    def reproduces(self, stored: pd.DataFrame) -> bool:
        """Whether every one of the `stored` figures (kind, name, brand, value, se) comes out again, error included."""
        both = stored[[*_KEYS, "value", "se"]].merge(
            self.figures, on=_KEYS, how="left", suffixes=("", "_now")
        )
        gaps = (both[name] - both[f"{name}_now"] for name in ("value", "se"))
        return all(bool((gap.abs() <= ROUNDING).all()) for gap in gaps)


def survey_replicates(plan: WavePlan, sector_id: str, responses: pd.DataFrame) -> SurveyReplicates:
    """The sector's constructs and the items whose mean its instrument publishes, with their replicates.

    `responses`: accepted rows as the store returns them; everything is as `compute_sector` does it, from the same seed.
    Raises ModelError, WeightingError as it does.
    """
    kept = kept_responses(responses, assess(responses, plan.instruments[sector_id]))
    weighed = weighed_responses(plan, sector_id, kept)
    data = with_design(plan.wave, kept, weighed)
    fit = fit_weighed(plan, sector_id, data)
    requested = requested_totals_of(fit, data, plan.wave)
    boot = replicates_of(plan, sector_id, fit, weighed.used(), requested.totals)
    index = sector_rows.index_by_brand(fit, boot).rename(
        columns={"construct": "name", "index_0_100": "value"}
    )
    told = measures(requested, boot).rename(columns={"item": "name", "estimate": "value"})
    told = told[(told["measure"] == MEAN) & (told["brand"] != "")]
    columns = ["name", "brand", "value", "se"]
    figures = pd.concat(
        [index[columns].assign(kind="construct"), told[columns].assign(kind="item")], ignore_index=True
    )
    seed = seed_of(plan.wave.seed, plan.wave.id, sector_id, "draws of survey figures")
    return SurveyReplicates(figures, dict(_draws(boot, requested, seed)))


def _draws(
    boot: Bootstrap, requested: RequestedTotals, seed: int
) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
    instrument, brands = boot.fit.instrument, [str(one) for one in boot.fit.sample.groups]
    mix = _mixing(boot, seed)
    own = estimates_by(boot.fit)
    for k, construct in enumerate(instrument.construct_ids):
        yield (
            ("construct", construct),
            pd.DataFrame(_drawn(own[k], boot.draws.index_by[k], mix).T, columns=brands),
        )
    asked = [one.item if one.measure == MEAN else "" for one in instrument.measures]
    means = {brand: requested.totals.mean([requested.brands[brand]]) for brand in brands}
    picked = {
        brand: _drawn(one.estimate, one.pick(boot.draws), mix)[len(instrument.subindices) :]
        for brand, one in means.items()
    }
    for position, item in enumerate(asked):
        if item:
            columns = np.column_stack([picked[brand][position] for brand in brands])
            yield ("item", item), pd.DataFrame(columns, columns=brands)


def _mixing(boot: Bootstrap, seed: int) -> Array | None:
    """What replicates of a design are mixed by to become draws: a jackknife's lie too close together for that. Each
    draw is the estimate and a normal sum of all deviations, whose covariance is that of the design. None for a
    bootstrap, whose replicates are draws."""
    if not isinstance(boot.intervals, Replicated):
        return None
    scales = np.sqrt(boot.intervals.scale * boot.intervals.rscales)
    count = max(boot.replicates, 1000)
    normal = np.random.Generator(np.random.Philox(key=[seed, 0])).standard_normal((len(scales), count))
    return np.asarray(scales[:, None] * normal)


def _drawn(estimate: Array, replicates: Array, mix: Array | None) -> Array:
    """Draws (rows, K) of the `estimate` (rows,) from its replicates (rows, R)."""
    if mix is None:
        return replicates
    return np.asarray(estimate[:, None] + (replicates - estimate[:, None]) @ mix)
