"""Rows of what stands behind a sector's figures: sample, weights, response quality, fit. Read as `result_rows` says."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sample:
    """The row of a sector in out_sample_by_sector."""

    sector: str
    rows_accepted: int
    rows_rejected: int
    excluded: int
    excluded_quality: int
    n: int
    n_eff: float
    deff: float
    weight_min: float
    weight_max: float
    brands: int
    brand_weighting: str
    coverage: float
    weight_version: str


@dataclass(frozen=True, slots=True)
class Weighting:
    """The row of a sector in out_weighting_by_sector."""

    method: str
    n: int
    n_eff: float
    deff: float
    weight_min: float
    weight_max: float
    weight_p05: float
    weight_p95: float
    trimmed: int
    strata: int
    clusters: int
    degrees_of_freedom: int
    replicates: int


@dataclass(frozen=True, slots=True)
class WeightingStep:
    """A row of out_weighting_by_step."""

    step: str
    deff: float
    deff_of_step: float


@dataclass(frozen=True, slots=True)
class Margin:
    """A row of out_weighting_by_margin."""

    margin: str
    category: str
    source: str
    year: int
    target: float
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class ResponseQuality:
    """The row of a sector in out_response_quality_by_sector."""

    responses: int
    valid: int
    flagged: int
    excluded: int
    index_0_100: float
    index_valid_0_100: float
    index_all_0_100: float


@dataclass(frozen=True, slots=True)
class JudgedByRule:
    """A row of out_response_quality_by_rule."""

    rule: str
    checked: int
    flagged: int


@dataclass(frozen=True, slots=True)
class Block:
    """A row of out_quality_by_construct."""

    sector: str
    construct: str
    r2: float
    alpha: float
    rho_c: float
    ave: float
    flags: str


@dataclass(frozen=True, slots=True)
class Residuals:
    """The row of a sector in out_assessment_by_sector."""

    srmr_saturated: float
    srmr_estimated: float
    errors_checked: int | None
    errors_apart: int | None


@dataclass(frozen=True, slots=True)
class Withheld:
    """A row of out_withheld_by_construct."""

    construct: str
    item: str
    weight_std: float
    weight_low: float
    weight_high: float


@dataclass(frozen=True, slots=True)
class EnginePath:
    """A row of out_engines_by_sector."""

    cause: str = field(metadata={"column": "from"})
    effect: str = field(metadata={"column": "to"})
    pls: float
    pls_low: float
    pls_high: float
    plsc: float
    cbsem: float
    cbsem_low: float
    cbsem_high: float
    verdict: str


@dataclass(frozen=True, slots=True)
class CovarianceFit:
    """The row of a sector in out_cbsem_fit_by_sector."""

    sector: str
    status: str
    cfi: float
    rmsea: float
    srmr: float


@dataclass(frozen=True, slots=True)
class Warned:
    """A row of out_cbsem_estimates_by_sector: a parameter, and what to be careful about."""

    lhs: str
    op: str
    rhs: str
    caution: str | None


@dataclass(frozen=True, slots=True)
class ItemSummary:
    """A row of out_items_by_sector."""

    construct: str
    item: str
    answered: int
    blank: int
    dont_know: int
    refused: int
    not_asked: int
    mean_0_100: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class CommonFault:
    """A row of out_common_faults_by_item."""

    item: str
    share_below: float
    sector_mean_0_100: float
    national_mean_0_100: float


@dataclass(frozen=True, slots=True)
class Measure:
    """A row of out_measures_by_brand; `brand` empty for the sector."""

    brand: str
    measure: str
    item: str
    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SubIndex:
    """A row of out_subindex_by_brand; `brand` empty for the sector."""

    brand: str
    subindex: str
    index_0_100: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Cohort:
    """A row of out_panel_attrition_by_cohort."""

    cohort: str
    entered: int
    asked_again: int
    returned: int
    new: int
    respondents: int
    retention: float


@dataclass(frozen=True, slots=True)
class Retention:
    """A row of out_panel_retention_by_part."""

    dimension: str
    value: str
    asked_again: int
    returned: int
    retention: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Leavers:
    """A row of out_panel_leavers_by_sector."""

    stayed_0_100: float
    left_0_100: float
    difference: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class QuestionnaireChange:
    """A row of out_questionnaire_changes_by_sector."""

    instrument: str
    instrument_version: str
    previous_instrument: str
    previous_version: str
    items: int
    shared: int
    reason: str
    change: float
    low: float
    high: float
