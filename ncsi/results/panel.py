"""A sector in two waves of a panel: what its indices share through those who answered in both (docs/method.md §8).

The wave before is fitted again, to its stored responses by its own declarations. Where that does not give the indices
that were stored (its data or its files have changed since), nothing is matched, and the samples count as independent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.errors import ModelError, WeightingError
from ncsi.model import PlsFit, paired
from ncsi.quality import assess
from ncsi.results.declared import empty
from ncsi.results.sector_rows import with_brand_share_errors
from ncsi.results.weighted_model import fit_weighed, kept_responses, weighed_responses, with_design
from ncsi.spec import RULE
from ncsi.spec.hashing import seed_of
from ncsi.spec.plan import WavePlan
from ncsi.tables import OUT_INDEX_BY_BRAND, OUT_INDEX_BY_SECTOR, OUT_PANEL
from ncsi.weighting import Used

_SAME = 1e-6
"""Points by which an index fitted again may be off: another processor's rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class EarlierWave:
    """A sector in the wave before: its accepted `responses`, and its stored results by table."""

    plan: WavePlan
    responses: pd.DataFrame
    results: Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A sector as a wave measured it: the fit to the rows of `data`, how they were weighed, and the results."""

    plan: WavePlan
    fit: PlsFit
    data: pd.DataFrame
    weighed: Used
    results: Mapping[str, pd.DataFrame]


def panel_table(sector_id: str, now: Measured, earlier: EarlierWave | None) -> pd.DataFrame:
    """Respondents of both waves and correlation of the indices, for the sector and its brands, without their wave and
    sector columns; empty where nothing can be matched. Cells that share some respondents, but fewer than a subgroup's
    threshold, are left out: their correlation would be that of a few people.
    """
    before = None if earlier is None else measured_again(sector_id, earlier)
    if before is None or before.fit.instrument.construct_ids != now.fit.instrument.construct_ids:
        return empty(OUT_PANEL.name)
    wave = now.plan.wave
    seed = seed_of(wave.seed, wave.id, sector_id, "panel")
    found = paired(now.fit, before.fit, *_persons(now.data, before.data), wave.replicates, seed)
    sampled = _sampled(sector_id, now) * _sampled(sector_id, before)
    whole = found.index.assign(
        brand="", correlation=found.index["correlation"] * found.index["construct"].map(sampled)
    )
    rows = pd.concat([whole, found.index_by], ignore_index=True) if len(found.index_by) else whole
    most = min(one.weighed.degrees_of_freedom for one in (now, before))
    told = (rows["shared"] == 0) | (rows["shared"] >= RULE.subgroup)
    return rows[told].assign(previous=before.plan.wave.id, df_change=rows["df_change"].clip(upper=most))


def measured_again(sector_id: str, earlier: EarlierWave) -> Measured | None:
    """A sector in an earlier wave, fitted again to its responses; None where that does not give what is stored."""
    plan = earlier.plan
    try:
        kept = kept_responses(earlier.responses, assess(earlier.responses, plan.instruments[sector_id]))
        weighed = weighed_responses(plan, sector_id, kept)
        data = with_design(plan.wave, kept, weighed)
        fit = fit_weighed(plan, sector_id, data)
    except (ModelError, WeightingError):
        return None
    made = {OUT_INDEX_BY_SECTOR.name: (fit.index, ["construct"])}
    if plan.wave.sector(sector_id).brands:
        made[OUT_INDEX_BY_BRAND.name] = (fit.index_by, ["brand", "construct"])
    same = all(_is_stored(frame, earlier.results[name], keys) for name, (frame, keys) in made.items())
    return Measured(plan, fit, data, weighed.used(), earlier.results) if same else None


def _is_stored(made: pd.DataFrame, stored: pd.DataFrame, keys: list[str]) -> bool:
    both = stored.merge(made[[*keys, "index_0_100"]], on=keys, how="left", suffixes=("", "_again"))
    return len(stored) > 0 and bool(
        np.allclose(both["index_0_100"], both["index_0_100_again"], rtol=0, atol=_SAME)
    )


def _persons(now: pd.DataFrame, before: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Who gave each row: the respondent, or, where some answered for several brands, each with each brand."""
    frames = (now, before)
    if any(frame["respondent"].duplicated().any() for frame in frames):
        one, other = (frame["brand"] + "\x1f" + frame["respondent"] for frame in frames)
    else:
        one, other = (frame["respondent"] for frame in frames)
    return one, other


def _sampled(sector_id: str, measured: Measured) -> pd.Series:
    """By construct, the part of the sector's standard error that is due to its respondents, not to unsure shares."""
    sectors = measured.results[OUT_INDEX_BY_SECTOR.name].set_index("construct", drop=False)
    if not measured.weighed.by_share:
        return sectors["se"] ** 0
    brands, entry = measured.results[OUT_INDEX_BY_BRAND.name], measured.plan.wave.sector(sector_id)
    of_shares = with_brand_share_errors(sectors.assign(se=0.0), brands, entry)["se"]
    part = (of_shares / sectors["se"]).where(sectors["se"] > 0, 0.0)
    return (1 - part.clip(upper=1.0) ** 2) ** 0.5
