"""A sector's responses weighted by the wave's declaration, the model fitted to them, and its replicates."""

from __future__ import annotations

import warnings
from collections.abc import Container, Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from ncsi import weighting
from ncsi.errors import ModelError
from ncsi.model import Bootstrap, PlsFit, bootstrap, replicated
from ncsi.model.cautions import ModelWarning
from ncsi.model.pls.fit import fit_columns
from ncsi.model.resampling.bootstrap import ALONE
from ncsi.model.resampling.parts import Asked, Hands, Part
from ncsi.model.resampling.streams import Share
from ncsi.model.resampling.totals import Totals
from ncsi.quality import Columns, Quality
from ncsi.results.accepted import Accepted
from ncsi.results.declared import empty
from ncsi.spec import PLAIN, RULE, Instrument, Missing, Wave
from ncsi.spec.hashing import seed_of
from ncsi.spec.plan import WavePlan
from ncsi.tables import (
    OUT_WEIGHTING_BY_MARGIN,
    OUT_WEIGHTING_BY_SECTOR,
    OUT_WEIGHTING_BY_STEP,
    OUT_WEIGHTING_LARGEST,
    background_column,
)
from ncsi.weighting import Used, Weighed, weigh
from ncsi.weighting.attrition import CLASS, SHARE
from ncsi.weighting.targets import named

Frames = dict[str, pd.DataFrame]
OF_A_RELEASE = 5000
"""Replicates from which intervals of HTMT are computed too: a draft does without."""
_STRATUM, _CLUSTER = "design stratum", "design cluster"
"""Columns of the design beside the items; with a space no item can be called so."""


def weighed_responses(plan: WavePlan, sector_id: str, kept: pd.DataFrame) -> Weighed:
    """The weights of a sector's responses, by the wave's declaration. Raises WeightingError."""
    wave = plan.wave
    seed = seed_of(wave.seed, wave.id, sector_id, "replicate weights")
    return weigh(kept, wave, wave.sector(sector_id), plan.totals, seed)


def weighing_columns(wave: Wave) -> set[str]:
    """The columns of responses that they are weighted by."""
    return {"brand", "weight_base", CLASS, SHARE, *map(background_column, named(wave.weighting or PLAIN))}


def fitted_columns(instrument: Instrument, accepted: Accepted) -> set[str]:
    """The columns of responses that the model is fitted to, and its index told with and without some of them. What is
    missing counts where somebody was not asked."""
    lacking = (f"{item}_missing" for item in instrument.item_ids)
    asked_of_some = {name for name in lacking if accepted.has(name, Missing.NOT_ASKED.value)}
    return {"brand", "weight_base", *instrument.item_ids, *asked_of_some}


def kept_responses(responses: pd.DataFrame, quality: Quality) -> pd.DataFrame:
    """The responses that response quality leaves in the model. Raises ModelError when none is left."""
    require_some(quality)
    return responses[quality.kept].reset_index(drop=True)


def require_some(quality: Quality) -> None:
    """Raise ModelError where response quality leaves nobody in the model."""
    if not quality.kept.any():
        raise ModelError(
            f"all {len(quality.kept)} accepted responses are excluded for their quality. See "
            "core_quality_by_respondent."
        )


def weighting_tables(weighed: Weighed) -> Frames:
    """The tables of a weighting as a whole, without their wave and sector columns."""
    margins = weighting.by_margin(weighed)
    return {
        OUT_WEIGHTING_BY_SECTOR.name: weighting.by_sector(weighed),
        OUT_WEIGHTING_BY_MARGIN.name: margins if len(margins) else empty(OUT_WEIGHTING_BY_MARGIN.name),
        OUT_WEIGHTING_BY_STEP.name: weighting.by_step(weighed),
        OUT_WEIGHTING_LARGEST.name: weighting.largest(weighed),
    }


def with_design(wave: Wave, kept: pd.DataFrame, weighed: Weighed) -> pd.DataFrame:
    """The responses with their weight, stratum and cluster."""
    return kept.assign(**design_columns(wave, weighed))


def design_columns(wave: Wave, weighed: Weighed) -> dict[str, NDArray[Any]]:
    """Weight of each response, and where they are declared its stratum and cluster."""
    design, declared = weighed.design, wave.weighting or PLAIN
    codes = dict[str, NDArray[Any]]()
    if declared.strata:
        codes[_STRATUM] = design.stratum_of_cluster[design.cluster]
    if declared.cluster:
        codes[_CLUSTER] = design.cluster
    return {"weight": weighed.weights, **codes}


def replicates_of(
    plan: WavePlan, sector_id: str, fit: PlsFit, weighed: Used, totals: Totals | None = None,
    hands: Hands = ALONE,
) -> Bootstrap:  # fmt: skip
    """The replicates of a fit to weighed responses, and `totals` in each; `hands` as `bootstrap`.

    With replicate weights these carry every figure through moments, outer weights, index and ranks; without,
    respondents (or the clusters declared) are drawn again. Raises ModelError.
    """
    wave = plan.wave
    htmt = wave.replicates >= OF_A_RELEASE
    with _judged_by_the_gate():
        if weighed.replicates is None:
            seed = seed_of(wave.seed, wave.id, sector_id)
            return bootstrap(
                fit,
                wave.replicates,
                seed,
                wave.level,
                htmt=htmt,
                totals=totals,
                hands=hands,
                wanted=_told(fit),
            )
        sets = weighed.replicates
        return replicated(
            fit, pd.DataFrame(sets.weights, copy=False), sets.scale, sets.rscales,
            df=weighed.degrees_of_freedom, level=wave.level, htmt=htmt, totals=totals, hands=hands,
        )  # fmt: skip


def _told(fit: PlsFit) -> Container[object]:
    """Brands that may be published, whose errors are wanted: of some of the others a cluster sample may hold nobody."""
    if fit.by is None:
        return ()
    rows = fit.index_by
    return frozenset(rows.loc[rows["n_eff"] >= RULE.indicative, fit.by])


def part_of_replicates(
    plan: WavePlan, sector_id: str, fit: PlsFit, totals: Totals, share: Share
) -> Part | None:
    """A share of the replicates of `replicates_of`, where they are drawn; None where the share has none."""
    wave = plan.wave
    seed, htmt = seed_of(wave.seed, wave.id, sector_id), wave.replicates >= OF_A_RELEASE
    return Asked(fit, wave.replicates, seed, htmt, totals).part(share)


def fit_weighed(plan: WavePlan, sector_id: str, data: Columns) -> PlsFit:
    """The model of weighed responses. Raises ModelError."""
    declared = plan.wave.weighting or PLAIN
    with _judged_by_the_gate():
        return fit_columns(
            data,
            plan.instruments[sector_id],
            weights="weight",
            by="brand" if plan.wave.sector(sector_id).brands else None,
            strata=_STRATUM if declared.strata else None,
            clusters=_CLUSTER if declared.cluster else None,
        )


@contextmanager
def _judged_by_the_gate() -> Iterator[None]:
    """What the model warns an analyst of is judged here by its gate and told in the results: once is enough."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)
        yield
