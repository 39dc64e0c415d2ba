"""One sector: from its accepted responses to the rows of all its result tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from ncsi import weighting
from ncsi.clean_process import give_back
from ncsi.errors import ModelError, NotConverged
from ncsi.model import Bootstrap, PlsFit, check_errors, drivers, engines, fit_cbsem_on, gate
from ncsi.model.resampling.bootstrap import ALONE
from ncsi.model.resampling.parts import Hands, Part
from ncsi.model.resampling.streams import Share
from ncsi.quality import Assessed, assessed
from ncsi.results import sector_rows
from ncsi.results.accepted import WHO, Accepted, Fitted
from ncsi.results.comparisons import comparison_tables
from ncsi.results.declared import empty, of_sector, within_limits
from ncsi.results.model_assessment import assessment_tables
from ncsi.results.panel import EarlierWave, Measured, panel_table
from ncsi.results.panel_attrition import PanelKeeping, panel_tables
from ncsi.results.questionnaire_change import questionnaire_change
from ncsi.results.requested_totals import requested_totals_of, summed_columns
from ncsi.results.response_quality import quality_tables
from ncsi.results.spooled_rows import Rows, spooled
from ncsi.results.weighted_model import (
    design_columns,
    fit_weighed,
    fitted_columns,
    part_of_replicates,
    replicates_of,
    require_some,
    weighed_responses,
    weighing_columns,
    weighting_tables,
)
from ncsi.results.withheld import without_withheld
from ncsi.spec import Instrument, Wave, spec_sha256
from ncsi.spec.hashing import sha256_of
from ncsi.spec.plan import WavePlan
from ncsi.tables import (
    CORE_ERRORS_BY_QUANTITY,
    CORE_QUALITY_BY_RESPONDENT,
    CORE_WEIGHTS_BY_RESPONDENT,
    OUT_ASSESSMENT_BY_SECTOR,
    OUT_CBSEM_ESTIMATES,
    OUT_CBSEM_FIT,
    OUT_DRIVERS_BY_CONSTRUCT,
    OUT_DRIVERS_BY_ITEM,
    OUT_EFFECTS_BY_SECTOR,
    OUT_ENGINES,
    OUT_HTMT_BY_SECTOR,
    OUT_INDEX_BY_BRAND,
    OUT_INDEX_BY_SECTOR,
    OUT_ITEMS_BY_SECTOR,
    OUT_PANEL,
    OUT_PATHS_BY_SECTOR,
    OUT_QUALITY_BY_CONSTRUCT,
    OUT_QUESTIONNAIRE_CHANGES,
    OUT_RANK_BY_BRAND,
    OUT_SAMPLE_BY_SECTOR,
    OUT_WEIGHTS_BY_ITEM,
)
from ncsi.weighting import Weighed

Frames = dict[str, pd.DataFrame]
ShownBrands = Callable[[pd.DataFrame, str], Sequence[str]]
"""From the sector's index by brand and the target construct: the brands that may be shown."""


@dataclass(frozen=True, slots=True, eq=False)
class Computed:
    """Result tables of a sector by name, without their wave and sector columns; those `of_respondents` in a file where
    they have many rows."""

    tables: Frames
    of_respondents: dict[str, Rows]


def compute_sector(
    plan: WavePlan,
    sector_id: str,
    accepted: Accepted,
    rejected: int,
    shown_brands: ShownBrands,
    earlier: EarlierWave | None = None,
    asked_otherwise: EarlierWave | None = None,
    kept_up: PanelKeeping | None = None,
    hands: Hands = ALONE,
) -> Computed:
    """All result tables of one sector.

    `accepted` are rows as the store returns them, of which those in the model are set apart here; `shown_brands` says
    which brands are ranked and compared with one another; `earlier` is the sector in the wave before, where its
    respondents are of the same panel; `asked_otherwise` the same, where its questionnaire was another; `hands` as
    `bootstrap`. Raises
    ModelError (NotConverged included) when the PLS model cannot be estimated, WeightingError when responses cannot be
    weighted as declared; a covariance model that cannot be estimated is a row that says so.
    """
    wave, instrument, entry = plan.wave, plan.instruments[sector_id], plan.wave.sector(sector_id)
    found = assessed(accepted.columns, instrument)
    quality = found.judged()
    require_some(quality)
    of_respondents = {CORE_QUALITY_BY_RESPONDENT.name: spooled(_judged(found, accepted))}
    del found
    _give_back(accepted)
    accepted.set_apart(quality.kept)
    inside = accepted.inside
    weighed = weighed_responses(plan, sector_id, inside.frame(weighing_columns(wave)))
    of_respondents[CORE_WEIGHTS_BY_RESPONDENT.name] = spooled(_weighed(weighed, accepted))
    results, used, design = weighting_tables(weighed), weighed.used(), design_columns(wave, weighed)
    del weighed
    _give_back(accepted)
    fitted = Fitted(inside, fitted_columns(instrument, accepted), design)
    fit = fit_weighed(plan, sector_id, fitted)
    _give_back(accepted)
    results |= quality_tables(accepted.left_out, quality, fitted, fit)
    answered = sector_rows.answered_items(fitted, inside, instrument)
    data = pd.DataFrame()  # nothing below is of it, but where another wave is looked at
    if earlier is not None or asked_otherwise is not None:
        data = inside.frame().assign(**design)
    del quality, design, fitted
    _give_back(accepted)
    requested = requested_totals_of(fit, inside.frame(summed_columns(instrument, wave)), wave)
    _give_back(accepted)
    boot = replicates_of(plan, sector_id, fit, used, requested.totals, hands)
    _give_back(accepted)
    judged = gate(boot)
    judged.require()
    _give_back(accepted)
    version = weight_version(fit.weights, instrument, wave)
    sample = sector_rows.sample(fit, used, len(accepted), rejected, entry, version)
    results |= {OUT_SAMPLE_BY_SECTOR.name: sample} | _of_the_model(fit, boot, answered)
    index = sector_rows.index_by_brand(fit, boot) if entry.brands else empty(OUT_INDEX_BY_BRAND.name)
    shown = shown_brands(index, instrument.target)
    ranks = sector_rows.rank_by_brand(boot, shown, instrument.target, wave.level)
    results |= {OUT_INDEX_BY_BRAND.name: index, OUT_RANK_BY_BRAND.name: ranks} | _covariance_model(fit, boot)
    results[CORE_ERRORS_BY_QUANTITY.name] = _errors_checked(boot)
    if used.by_share:
        results[OUT_INDEX_BY_SECTOR.name] = sector_rows.with_brand_share_errors(
            results[OUT_INDEX_BY_SECTOR.name], index, entry
        )
    measured = Measured(plan, fit, data, used, results)
    results[OUT_PANEL.name] = panel_table(sector_id, measured, earlier)
    results |= panel_tables(kept_up, wave)
    results[OUT_QUESTIONNAIRE_CHANGES.name] = questionnaire_change(sector_id, measured, asked_otherwise)
    results |= comparison_tables(
        requested, boot, results[OUT_INDEX_BY_SECTOR.name], index, results[OUT_DRIVERS_BY_ITEM.name], shown
    )
    whole = OUT_ASSESSMENT_BY_SECTOR.name
    results[whole] = results[whole].assign(**_counted(results[CORE_ERRORS_BY_QUANTITY.name], shown))
    return Computed(within_limits(without_withheld(results, judged)), of_respondents)


def _give_back(accepted: Accepted) -> None:
    """Of many responses, give the system what a step took and the next does not use: else it is held beside that."""
    if accepted.in_file:
        give_back()


def _judged(found: Assessed, accepted: Accepted) -> Iterator[pd.DataFrame]:
    """Rows of core_quality_by_respondent, some at a time."""
    at = 0
    for who in accepted.blocks(WHO):
        run = slice(at, at + len(who))
        yield of_sector(CORE_QUALITY_BY_RESPONDENT.name, found.rows(run, *(who[name] for name in WHO)))
        at = run.stop


def _weighed(weighed: Weighed, accepted: Accepted) -> Iterator[pd.DataFrame]:
    """Rows of core_weights_by_respondent, some at a time."""
    at = 0
    for who in accepted.inside.blocks(WHO):
        run = slice(at, at + len(who))
        yield of_sector(CORE_WEIGHTS_BY_RESPONDENT.name, weighting.by_respondent(weighed, who, run))
        at = run.stop


def part_of_sector(plan: WavePlan, sector_id: str, accepted: Accepted, share: Share) -> Part | None:
    """A share of the replicates of `compute_sector`, which draws them; None where the share has none. Raises as it
    does."""
    instrument = plan.instruments[sector_id]
    quality = assessed(accepted.columns, instrument).judged()
    require_some(quality)
    accepted.set_apart(quality.kept)
    inside = accepted.inside
    weighed = weighed_responses(plan, sector_id, inside.frame(weighing_columns(plan.wave)))
    data = Fitted(inside, fitted_columns(instrument, accepted), design_columns(plan.wave, weighed))
    del quality, weighed
    fit = fit_weighed(plan, sector_id, data)
    del data
    totals = requested_totals_of(fit, inside.frame(summed_columns(instrument, plan.wave)), plan.wave).totals
    return part_of_replicates(plan, sector_id, fit, totals, share)


def _of_the_model(fit: PlsFit, boot: Bootstrap, answered: pd.DataFrame) -> Frames:
    """What the PLS model says of the whole sector, whose items were `answered` so, and how it is assessed."""
    performance = drivers(fit, boot)
    of_constructs = performance["item"].isna()
    return {
        OUT_INDEX_BY_SECTOR.name: sector_rows.index_by_sector(fit, boot),
        OUT_PATHS_BY_SECTOR.name: sector_rows.paths(boot),
        OUT_EFFECTS_BY_SECTOR.name: boot.total_effects,
        OUT_WEIGHTS_BY_ITEM.name: sector_rows.weights_by_item(fit, boot),
        OUT_QUALITY_BY_CONSTRUCT.name: sector_rows.quality_by_construct(fit, fit.instrument),
        OUT_HTMT_BY_SECTOR.name: sector_rows.htmt(fit, boot),
        OUT_DRIVERS_BY_CONSTRUCT.name: performance[of_constructs],
        OUT_DRIVERS_BY_ITEM.name: performance[~of_constructs],
        OUT_ITEMS_BY_SECTOR.name: sector_rows.items_by_sector(answered, boot),
        **assessment_tables(fit, boot),
    }


def _errors_checked(boot: Bootstrap) -> pd.DataFrame:
    """The standard errors held against those of the infinitesimal jackknife; no rows where replicates are of given
    weights, whose calibration it does not know, and where outer weights do not settle when a moment moves."""
    if boot.seed is None:
        return empty(CORE_ERRORS_BY_QUANTITY.name)
    try:
        return check_errors(boot).errors
    except NotConverged:
        return empty(CORE_ERRORS_BY_QUANTITY.name)


def _counted(checked: pd.DataFrame, shown: Sequence[str]) -> dict[str, pd.Series]:
    """How many of the checked errors may be told of, those of brands that are not shown left out, and how many differ;
    both missing where none was checked."""
    of_brands = checked["quantity"] == "index_by"
    told = checked[~of_brands | checked["first"].isin([str(one) for one in shown])]
    counts = (len(told), int(told["differs"].sum())) if len(told) else (None, None)
    names = ("errors_checked", "errors_apart")
    return {name: pd.Series([one], dtype="Int64") for name, one in zip(names, counts, strict=True)}


def _covariance_model(fit: PlsFit, boot: Bootstrap) -> Frames:
    """The covariance SEM that confirms or doubts the PLS model; its failure is a result, not an error."""
    try:
        fitted = fit_cbsem_on(fit.moments, fit.instrument, fit.sample)
    except NotConverged as error:
        return _no_covariance_model("not_converged", error, boot)
    except ModelError as error:
        return _no_covariance_model("not_estimable", error, boot)
    return {
        OUT_CBSEM_FIT.name: sector_rows.cbsem_fit(fitted),
        OUT_CBSEM_ESTIMATES.name: sector_rows.cbsem_estimates(fitted),
        OUT_ENGINES.name: engines(boot, fitted),
    }


def _no_covariance_model(status: str, error: ModelError, boot: Bootstrap) -> Frames:
    return {
        OUT_CBSEM_FIT.name: sector_rows.cbsem_failed(status, str(error)),
        OUT_CBSEM_ESTIMATES.name: empty(OUT_CBSEM_ESTIMATES.name),
        OUT_ENGINES.name: engines(boot, None),
    }


def weight_version(weights: pd.DataFrame, instrument: Instrument, wave: Wave) -> str:
    """Twelve hex digits that change with the instrument, the wave file or any outer weight."""
    return sha256_of(spec_sha256(instrument), spec_sha256(wave), weights["weight"].round(12).to_list())[:12]
