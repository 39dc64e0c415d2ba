"""Responses → result tables: one sector at a time, then the nation. Load, compute, save."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pandas as pd

from ncsi.errors import ModelError, NcsiError, NotConverged
from ncsi.ingest.weigh import design_weights
from ncsi.model import bootstrap, drivers, fit_cbsem, fit_pls
from ncsi.spec import Instrument, Wave, WaveSector, Workspace, spec_sha256
from ncsi.stages import frames
from ncsi.store import Store

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


def estimate_sector(workspace: Workspace, wave_id: str, sector_id: str) -> SectorOutcome:
    """Estimate one sector of a wave and replace its result tables; a fault of the data comes back as `problem`."""
    wave, instrument = workspace.wave(wave_id), workspace.instrument_of(sector_id)
    store = Store.open(workspace.warehouse)
    responses = store.responses(wave_id, sector_id)
    rejected = int((store.read("core_rejects", wave=wave_id)["sector"] == sector_id).sum())
    try:
        results = compute_sector(responses, rejected, instrument, wave, wave.sector(sector_id))
    except ModelError as error:
        return SectorOutcome(sector_id, len(responses), problem=str(error))
    keys = {"wave": wave_id, "sector": sector_id}
    store.replace(
        wave_id, {name: frames.stamp(name, frame, **keys) for name, frame in results.items()}, sector=sector_id
    )
    index = results["out_index_by_sector"].set_index("construct").loc[instrument.target]
    return SectorOutcome(sector_id, int(index["n"]), index["index_0_100"], index["low"], index["high"])


def compute_sector(
    responses: pd.DataFrame, rejected: int, instrument: Instrument, wave: Wave, entry: WaveSector
) -> Frames:
    """All result tables of one sector, without their wave and sector columns.

    `responses` are accepted rows as the store returns them. Raises ModelError (NotConverged included) when
    the PLS model cannot be estimated; a covariance model that cannot be is a row that says so.
    """
    if responses.empty:
        raise ModelError(f"sector {entry.id}: no accepted responses. Ingest its file, or take it out of the wave.")
    shares = {brand.id: brand.share for brand in entry.brands if brand.share is not None}
    data = responses.assign(weight=design_weights(responses, shares))
    fit = fit_pls(data, instrument, weights="weight", by="brand" if entry.brands else None)
    boot = bootstrap(fit, replicates=wave.replicates, seed=sector_seed(wave, entry.id), level=wave.level)
    performance = drivers(fit, boot)
    of_constructs = performance["item"].isna()
    version = weight_version(fit.weights, instrument, wave)
    results: Frames = {
        "out_sample_by_sector": frames.sample(fit, responses, data["weight"], rejected, instrument, entry, version),
        "out_index_by_sector": frames.index_by_sector(fit, boot),
        "out_paths_by_sector": frames.paths(boot),
        "out_effects_by_sector": boot.total_effects,
        "out_weights_by_item": frames.weights_by_item(fit, boot),
        "out_quality_by_construct": frames.quality_by_construct(fit, instrument),
        "out_htmt_by_sector": fit.htmt,
        "out_drivers_by_construct": performance[of_constructs],
        "out_drivers_by_item": performance[~of_constructs],
        "out_items_by_sector": frames.items_by_sector(data, boot, instrument),
    }
    if entry.brands:
        brands = frames.index_by_brand(fit, boot)
        results["out_index_by_brand"] = brands
        results["out_rank_by_brand"] = frames.rank_by_brand(boot, brands, instrument.target, wave.level)
    return results | _covariance_model(data, instrument)


def _covariance_model(data: pd.DataFrame, instrument: Instrument) -> Frames:
    """The covariance SEM that confirms or doubts the PLS model; its failure is a result, not an error."""
    try:
        fit = fit_cbsem(data, instrument, weights="weight")
    except NotConverged as error:
        return {"out_cbsem_fit_by_sector": frames.cbsem_failed("not_converged", str(error))}
    except ModelError as error:
        return {"out_cbsem_fit_by_sector": frames.cbsem_failed("not_estimable", str(error))}
    return {"out_cbsem_fit_by_sector": frames.cbsem_fit(fit), "out_cbsem_estimates_by_sector": fit.estimates}


def sector_seed(wave: Wave, sector_id: str) -> int:
    """A seed of its own for each sector, so that sectors can run in any order, derived from the wave's."""
    digest = hashlib.sha256(f"{wave.seed}/{wave.id}/{sector_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big")


def weight_version(weights: pd.DataFrame, instrument: Instrument, wave: Wave) -> str:
    """Twelve hex digits that change with the instrument, the wave file or any outer weight."""
    body = f"{spec_sha256(instrument)}/{spec_sha256(wave)}/{weights['weight'].round(12).to_list()}"
    return hashlib.sha256(body.encode()).hexdigest()[:12]


def require_all(wave_id: str, outcomes: tuple[SectorOutcome, ...]) -> None:
    """Raise EstimationFailed naming every sector with a problem."""
    if any(outcome.problem for outcome in outcomes):
        raise EstimationFailed(wave_id, outcomes)


def estimate_wave(workspace: Workspace, wave_id: str) -> tuple[SectorOutcome, ...]:
    """All sectors of a wave in order, then the nation: the flow `estimate` without Prefect."""
    outcomes = tuple(
        estimate_sector(workspace, wave_id, sector.id) for sector in workspace.wave(wave_id).sectors
    )
    require_all(wave_id, outcomes)
    return outcomes


__all__ = [
    "EstimationFailed",
    "NcsiError",
    "SectorOutcome",
    "compute_sector",
    "estimate_sector",
    "estimate_wave",
    "require_all",
]
