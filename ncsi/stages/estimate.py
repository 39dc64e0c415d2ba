"""Responses → result tables: one sector at a time, then the nation. Load, compute, save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from ncsi.errors import ModelError, NotConverged
from ncsi.model import Bootstrap, PlsFit, drivers, engines, fit_cbsem_on
from ncsi.model.inference.aggregation import with_share_errors
from ncsi.quality import assess
from ncsi.results import sector_rows
from ncsi.results.comparisons import comparison_tables
from ncsi.results.model_assessment import assessment_tables
from ncsi.results.requested_totals import asked_of
from ncsi.results.response_quality import quality_tables
from ncsi.spec import Instrument, Wave, WaveSector, spec_sha256
from ncsi.spec.hashing import sha256_of
from ncsi.spec.plan import WavePlan
from ncsi.stages.weights import (
    fit_weighed,
    kept_responses,
    replicates_of,
    weighed_responses,
    weighting_tables,
    with_design,
)
from ncsi.store import SectorTables, Store, sector_tables

Frames = dict[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class SectorOutcome:
    """What a sector's estimation came to; `problem` is empty when it worked."""

    sector: str
    n: int = 0
    index_0_100: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    problem: str = ""


class EstimationFailed(ModelError):
    """Some sectors could not be estimated; the others are stored."""

    def __init__(self, wave: str, outcomes: tuple[SectorOutcome, ...]) -> None:
        self.outcomes = tuple(outcome for outcome in outcomes if outcome.problem)
        reasons = "".join(f"\n  {outcome.sector}: {outcome.problem}" for outcome in self.outcomes)
        super().__init__(
            f"wave {wave}: {len(self.outcomes)} of {len(outcomes)} sectors could not be estimated, so nothing "
            f"is published. Correct their files or take them out of the wave file, then run again.{reasons}"
        )


@dataclass(frozen=True, slots=True, eq=False)
class SectorResults:
    """What a sector came to, and its result tables until those of the wave are stored together; None when it
    could not be estimated."""

    outcome: SectorOutcome
    tables: SectorTables | None = None


def estimate_sector(store: Store, plan: WavePlan, sector_id: str) -> SectorResults:
    """Estimate one sector of a wave; a fault of the data comes back as `problem`.

    Its rows by respondent are stored at once: rows stay in the store. Its results are for `store_results`.
    """
    wave, instrument = plan.wave, plan.instruments[sector_id]
    try:
        with store.session():
            responses = _responses(store, wave.id, sector_id)
            rejected = len(store.read("core_rejects", wave=wave.id, sector=sector_id))
        results = compute_sector(plan, sector_id, responses, rejected)
    except ModelError as error:
        return SectorResults(SectorOutcome(sector_id, problem=str(error)))
    tables = {name: sector_rows.of_sector(name, frame) for name, frame in results.items()}
    rows = {name: tables.pop(name) for name in results if name.startswith("core_")}
    store.replace_sectors([sector_tables(wave.id, sector_id, rows)])
    indices = results["out_index_by_sector"]
    index = indices[indices["construct"] == instrument.target].to_dict("records")[0]
    outcome = SectorOutcome(sector_id, int(index["n"]), index["index_0_100"], index["low"], index["high"])
    return SectorResults(outcome, sector_tables(wave.id, sector_id, tables))


def store_results(store: Store, results: Sequence[SectorResults]) -> None:
    """Replace the result tables of the sectors that could be estimated, all of them or none."""
    store.replace_sectors([one.tables for one in results if one.tables is not None])


def _responses(store: Store, wave: str, sector: str) -> pd.DataFrame:
    if sector not in store.sectors(wave):
        raise ModelError("no accepted responses; ingest its file, or take it out of the wave")
    return store.responses(wave, sector)


def compute_sector(plan: WavePlan, sector_id: str, responses: pd.DataFrame, rejected: int) -> Frames:
    """All result tables of one sector, without their wave and sector columns.

    `responses` are accepted rows as the store returns them. Raises ModelError (NotConverged included) when
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
    results |= _brands(fit, boot, instrument, wave, entry) | _covariance_model(fit, boot)
    index = results["out_index_by_brand"]
    if weighed.by_share:
        results["out_index_by_sector"] = _with_share_errors(results["out_index_by_sector"], index, entry)
    return results | comparison_tables(asked, boot, index, performance[~of_constructs])


def _with_share_errors(sector: pd.DataFrame, brands: pd.DataFrame, entry: WaveSector) -> pd.DataFrame:
    """The sector's indices with the uncertainty of its brands' shares, where these are declared with one."""
    shares = {brand.id: brand.share for brand in entry.brands if brand.share is not None}
    unsure = {brand.id: brand.share_se for brand in entry.brands if brand.share_se}
    return with_share_errors(sector, brands, shares, unsure) if unsure else sector


def _brands(fit: PlsFit, boot: Bootstrap, instrument: Instrument, wave: Wave, entry: WaveSector) -> Frames:
    """Brand tables; without rows in a sector that has no brands."""
    if not entry.brands:
        return {name: sector_rows.empty(name) for name in ("out_index_by_brand", "out_rank_by_brand")}
    index = sector_rows.index_by_brand(fit, boot)
    ranks = sector_rows.rank_by_brand(boot, index, instrument.target, wave.level)
    return {"out_index_by_brand": index, "out_rank_by_brand": ranks}


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
        "out_cbsem_estimates_by_sector": sector_rows.empty("out_cbsem_estimates_by_sector"),
        "out_engines_by_sector": engines(boot, None),
    }


def weight_version(weights: pd.DataFrame, instrument: Instrument, wave: Wave) -> str:
    """Twelve hex digits that change with the instrument, the wave file or any outer weight."""
    return sha256_of(spec_sha256(instrument), spec_sha256(wave), weights["weight"].round(12).to_list())[:12]


def require_all(wave_id: str, outcomes: tuple[SectorOutcome, ...]) -> None:
    """Raise EstimationFailed naming every sector with a problem."""
    if any(outcome.problem for outcome in outcomes):
        raise EstimationFailed(wave_id, outcomes)
