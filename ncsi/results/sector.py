"""One sector: from its accepted responses to the rows of all its result tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from ncsi.errors import ModelError, NotConverged
from ncsi.model import Bootstrap, PlsFit, drivers, engines, fit_cbsem_on
from ncsi.model.inference.aggregation import with_share_errors
from ncsi.quality import assess
from ncsi.results import sector_rows
from ncsi.results.comparisons import comparison_tables
from ncsi.results.declared import empty
from ncsi.results.model_assessment import assessment_tables
from ncsi.results.requested_totals import asked_of
from ncsi.results.response_quality import quality_tables
from ncsi.results.weighted_model import (
    fit_weighed,
    kept_responses,
    replicates_of,
    weighed_responses,
    weighting_tables,
    with_design,
)
from ncsi.spec import Instrument, Wave, WaveSector, spec_sha256
from ncsi.spec.hashing import sha256_of
from ncsi.spec.plan import WavePlan

Frames = dict[str, pd.DataFrame]
ShownBrands = Callable[[pd.DataFrame, str], Sequence[str]]
"""From the sector's index by brand and the target construct: the brands that may be shown."""


def compute_sector(
    plan: WavePlan, sector_id: str, responses: pd.DataFrame, rejected: int, shown_brands: ShownBrands
) -> Frames:
    """All result tables of one sector, without their wave and sector columns.

    `responses` are accepted rows as the store returns them; `shown_brands` says which brands are ranked and compared
    with one another. Raises ModelError (NotConverged included) when
    the PLS model cannot be estimated, WeightingError when they cannot be weighted as declared; a covariance model
    that cannot be is a row that says so.
    """
    wave, instrument, entry = plan.wave, plan.instruments[sector_id], plan.wave.sector(sector_id)
    quality = assess(responses, instrument)
    kept = kept_responses(responses, quality)
    weighed = weighed_responses(plan, sector_id, kept)
    data = with_design(kept, weighed)
    fit = fit_weighed(plan, sector_id, data)
    asked = asked_of(fit, data, wave)
    boot = replicates_of(plan, sector_id, fit, weighed, asked.totals)
    performance = drivers(fit, boot)
    of_constructs = performance["item"].isna()
    version = weight_version(fit.weights, instrument, wave)
    results: Frames = {
        "out_sample_by_sector": sector_rows.sample(fit, weighed, len(responses), rejected, entry, version),
        "out_index_by_sector": sector_rows.index_by_sector(fit, boot),
        "out_paths_by_sector": sector_rows.paths(boot),
        "out_effects_by_sector": boot.total_effects,
        "out_weights_by_item": sector_rows.weights_by_item(fit, boot),
        "out_quality_by_construct": sector_rows.quality_by_construct(fit, instrument),
        "out_htmt_by_sector": sector_rows.htmt(fit, boot),
        "out_drivers_by_construct": performance[of_constructs],
        "out_drivers_by_item": performance[~of_constructs],
        "out_items_by_sector": sector_rows.items_by_sector(data, boot, instrument),
    }
    results |= weighting_tables(weighed, kept) | quality_tables(responses, quality, data, fit)
    results |= assessment_tables(fit, boot)
    index = sector_rows.index_by_brand(fit, boot) if entry.brands else empty("out_index_by_brand")
    shown = shown_brands(index, instrument.target)
    ranks = sector_rows.rank_by_brand(boot, shown, instrument.target, wave.level)
    results |= {"out_index_by_brand": index, "out_rank_by_brand": ranks} | _covariance_model(fit, boot)
    if weighed.by_share:
        results["out_index_by_sector"] = _with_share_errors(results["out_index_by_sector"], index, entry)
    return results | comparison_tables(asked, boot, index, performance[~of_constructs], shown)


def _with_share_errors(sector: pd.DataFrame, brands: pd.DataFrame, entry: WaveSector) -> pd.DataFrame:
    """The sector's indices with the uncertainty of its brands' shares, where these are declared with one."""
    shares = {brand.id: brand.share for brand in entry.brands if brand.share is not None}
    unsure = {brand.id: brand.share_se for brand in entry.brands if brand.share_se}
    return with_share_errors(sector, brands, shares, unsure) if unsure else sector


def _covariance_model(fit: PlsFit, boot: Bootstrap) -> Frames:
    """The covariance SEM that confirms or doubts the PLS model; its failure is a result, not an error."""
    try:
        fitted = fit_cbsem_on(fit.moments, fit.instrument, fit.sample)
    except NotConverged as error:
        return _no_covariance_model("not_converged", error, boot)
    except ModelError as error:
        return _no_covariance_model("not_estimable", error, boot)
    return {
        "out_cbsem_fit_by_sector": sector_rows.cbsem_fit(fitted),
        "out_cbsem_estimates_by_sector": fitted.estimates,
        "out_engines_by_sector": engines(boot, fitted),
    }


def _no_covariance_model(status: str, error: ModelError, boot: Bootstrap) -> Frames:
    return {
        "out_cbsem_fit_by_sector": sector_rows.cbsem_failed(status, str(error)),
        "out_cbsem_estimates_by_sector": empty("out_cbsem_estimates_by_sector"),
        "out_engines_by_sector": engines(boot, None),
    }


def weight_version(weights: pd.DataFrame, instrument: Instrument, wave: Wave) -> str:
    """Twelve hex digits that change with the instrument, the wave file or any outer weight."""
    return sha256_of(spec_sha256(instrument), spec_sha256(wave), weights["weight"].round(12).to_list())[:12]
