"""Every stored table, declared once: columns, type, unit, grain, key. DDL, comments and docs derive from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "integer", "number", "flag", "date", "timestamp"]
DUCKDB_TYPES: dict[Kind, str] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "flag": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: name, kind, what it holds, its unit where it has one, whether it may be null."""

    name: str
    kind: Kind
    about: str
    unit: str = ""
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table: layer and grain are in the name; `key` is unique; `public` tables travel in a release."""

    name: str
    about: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    public: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in stored order."""
        return tuple(column.name for column in self.columns)


def _t(name: str, about: str, unit: str = "", nullable: bool = False) -> Column:
    return Column(name, "text", about, unit, nullable)


def _i(name: str, about: str, unit: str = "count", nullable: bool = False) -> Column:
    return Column(name, "integer", about, unit, nullable)


def _n(name: str, about: str, unit: str = "", nullable: bool = False) -> Column:
    return Column(name, "number", about, unit, nullable)


WAVE = _t("wave", "wave id")
SECTOR = _t("sector", "sector id")
BRAND = _t("brand", "brand id")
CONSTRUCT = _t("construct", "construct id of the instrument")
ITEM = _t("item", "item id of the instrument")
SIZE = (
    _i("n", "respondents with a score", "respondents"),
    _n("n_eff", "effective sample size (Σw)²/Σw²", "respondents"),
    _n("deff", "Kish design effect n/n_eff"),
)
INDEX = _n("index_0_100", "satisfaction-type index", "0-100", nullable=True)
INTERVAL = (
    _n("se", "bootstrap standard error", "as the estimate", nullable=True),
    _n("low", "lower end of the interval at the wave's level", "as the estimate", nullable=True),
    _n("high", "upper end of the interval at the wave's level", "as the estimate", nullable=True),
)
ESTIMATE = (_n("estimate", "point estimate", "standardised"), *INTERVAL)
RANK = (
    _i("rank", "position by index, 1 is highest", "rank"),
    _i("rank_low", "best rank in the simultaneous confidence set", "rank"),
    _i("rank_high", "worst rank in the simultaneous confidence set", "rank"),
    _t("tier", "A, B, …: not significantly different from the tier's leader"),
    _n("p_top_third", "bootstrap probability of a rank in the top third", "0-1"),
)
STATUS = _t("status", "published, indicative or suppressed by effective sample size")

RAW_FILES = Table(
    "raw_files",
    "Identity card of every ingested file",
    ("wave", "source_sha256"),
    (
        WAVE,
        _t("source_sha256", "SHA-256 of the file's bytes"),
        _t("source_name", "file name as delivered"),
        _t("format", "csv, xlsx, xls or parquet"),
        _t("encoding", "text encoding found", nullable=True),
        _t("dialect", "dialect the columns were read by"),
        _t("map_id", "column map used", nullable=True),
        _i("bytes", "file size", "bytes"),
        _i("rows_read", "data rows in the file", "rows"),
        _i("rows_accepted", "rows stored as responses", "rows"),
        _i("rows_rejected", "rows stored as rejects", "rows"),
        Column("ingested_at", "timestamp", "UTC time of the commit", "UTC"),
    ),
    public=False,
)
CORE_PARTITIONS = Table(
    "core_partitions",
    "Catalogue of the Parquet files that hold core_responses_by_respondent",
    ("wave", "sector", "source_sha256"),
    (
        WAVE,
        SECTOR,
        _t("source_sha256", "file the rows come from"),
        _t("path", "Parquet file, relative to the warehouse"),
        _i("rows", "rows in the file", "rows"),
        _t("instrument", "instrument id"),
        _t("instrument_version", "instrument version"),
        _t("spec_sha256", "hash of the instrument spec the rows were cast by"),
    ),
    public=False,
)
CORE_REJECTS = Table(
    "core_rejects",
    "Rows that were read and not accepted, each with its first fault; never the answer itself",
    ("wave", "source_sha256", "source_row"),
    (
        WAVE,
        _t("source_sha256", "file the row comes from"),
        _t("source_name", "file name as delivered"),
        _i("source_row", "row number as a spreadsheet shows it, header is 1", "row"),
        _t("sector", "sector id where known", nullable=True),
        _t("column", "file column at fault", nullable=True),
        _t("rule", "rule id"),
        _t("value_class", "what kind of value was found, never the value", nullable=True),
        _t("reason_zh", "reason and cure"),
        _t("reason_en", "reason and cure"),
    ),
    public=False,
)
OUT_SAMPLE_BY_SECTOR = Table(
    "out_sample_by_sector",
    "From rows read to respondents in the model",
    ("wave", "sector"),
    (
        WAVE,
        SECTOR,
        _t("instrument", "instrument id"),
        _t("instrument_version", "instrument version"),
        _i("rows_accepted", "responses accepted", "rows"),
        _i("rows_rejected", "rows rejected with this sector known", "rows"),
        _i("excluded", "accepted responses with too few answers for the model", "respondents"),
        _i("n", "respondents in the model", "respondents"),
        _n("n_eff", "effective sample size (Σw)²/Σw²", "respondents"),
        _n("deff", "Kish design effect n/n_eff"),
        _n("weight_min", "smallest weight, mean 1"),
        _n("weight_max", "largest weight, mean 1"),
        _i("brands", "brands measured", "brands"),
        _n("coverage", "market share the measured brands hold", "0-1", nullable=True),
        _t("brand_weighting", "market_share or sample_share"),
        _t("weight_version", "hash of instrument, wave and outer weights"),
    ),
)
OUT_INDEX_BY_BRAND = Table(
    "out_index_by_brand",
    "Index of every construct by brand, by the sector's pooled outer weights",
    ("wave", "sector", "brand", "construct"),
    (WAVE, SECTOR, BRAND, CONSTRUCT, *SIZE, INDEX, *INTERVAL, STATUS),
)
OUT_INDEX_BY_SECTOR = Table(
    "out_index_by_sector",
    "Index of every construct by sector",
    ("wave", "sector", "construct"),
    (
        WAVE,
        SECTOR,
        CONSTRUCT,
        *SIZE,
        INDEX,
        *INTERVAL,
        _n("sd", "standard deviation of respondents' scores", "0-100"),
        _n("index_equal_0_100", "the same with equal item weights", "0-100"),
        _n("index_pc1_0_100", "the same with first-principal-component weights", "0-100"),
        STATUS,
    ),
)
OUT_INDEX_BY_GROUP = Table(
    "out_index_by_group",
    "Index by group of sectors, sectors by their shares",
    ("wave", "group", "construct"),
    (
        WAVE,
        _t("group", "group id"),
        CONSTRUCT,
        _i("sectors", "sectors measured", "sectors"),
        _i("n", "respondents with a score", "respondents"),
        INDEX,
        *INTERVAL,
    ),
)
OUT_INDEX_NATIONAL = Table(
    "out_index_national",
    "National index, sectors by their shares",
    ("wave", "construct"),
    (
        WAVE,
        CONSTRUCT,
        _i("sectors", "sectors measured", "sectors"),
        _i("n", "respondents with a score", "respondents"),
        INDEX,
        *INTERVAL,
        _n("index_equal_0_100", "the same with every sector weighted equally", "0-100"),
        _n("coverage", "share of the sector list that was measured", "0-1"),
    ),
)
OUT_CHANGES = Table(
    "out_changes",
    "Change of an index against the previous wave; Holm within level and construct",
    ("wave", "level", "unit", "sector", "construct"),
    (
        WAVE,
        _t("previous", "wave compared with"),
        _t("level", "nation, group, sector or brand"),
        _t("unit", "id of the group, sector or brand; `nation`"),
        _t("sector", "sector of a brand; otherwise empty text"),
        CONSTRUCT,
        _n("index_0_100", "index in this wave", "0-100"),
        _n("previous_0_100", "index in the previous wave", "0-100"),
        _n("change", "difference of the two", "points"),
        _n("se", "√(SE₁²+SE₀²)", "points"),
        _n("low", "lower end of the interval", "points"),
        _n("high", "upper end of the interval", "points"),
        _n("p", "two-sided p of z", "0-1"),
        _n("p_holm", "p adjusted by Holm", "0-1"),
        _t("verdict", "rose, fell, no_significant_change or trend_break"),
    ),
)
OUT_RANK_BY_BRAND = Table(
    "out_rank_by_brand",
    "Rank of each publishable brand in its sector with its simultaneous confidence set",
    ("wave", "sector", "brand"),
    (WAVE, SECTOR, BRAND, _n("index_0_100", "satisfaction index", "0-100"), *RANK),
)
OUT_RANK_BY_SECTOR = Table(
    "out_rank_by_sector",
    "Rank of each sector with its simultaneous confidence set",
    ("wave", "sector"),
    (WAVE, SECTOR, _n("index_0_100", "satisfaction index", "0-100"), *RANK),
)
_FROM_TO = (_t("from", "cause construct"), _t("to", "effect construct"))
OUT_PATHS_BY_SECTOR = Table(
    "out_paths_by_sector",
    "Standardised PLS path coefficients",
    ("wave", "sector", "from", "to"),
    (WAVE, SECTOR, *_FROM_TO, *ESTIMATE, Column("significant", "flag", "the interval excludes zero")),
)
OUT_EFFECTS_BY_SECTOR = Table(
    "out_effects_by_sector",
    "Standardised total effects",
    ("wave", "sector", "from", "to"),
    (WAVE, SECTOR, *_FROM_TO, *ESTIMATE),
)
OUT_WEIGHTS_BY_ITEM = Table(
    "out_weights_by_item",
    "Outer weights and loadings",
    ("wave", "sector", "construct", "item"),
    (
        WAVE,
        SECTOR,
        CONSTRUCT,
        ITEM,
        _n("weight_std", "outer weight for the standardised item", "standardised"),
        _n("weight", "unstandardised outer weight, sums to 1 within the construct"),
        _n("loading", "Mode A loading", "correlation"),
        *INTERVAL,
    ),
)
OUT_QUALITY_BY_CONSTRUCT = Table(
    "out_quality_by_construct",
    "Reliability and fit of each block; from Mode A loadings",
    ("wave", "sector", "construct"),
    (
        WAVE,
        SECTOR,
        CONSTRUCT,
        _i("items", "items in the block", "items"),
        _n("alpha", "Cronbach's α", nullable=True),
        _n("rho_a", "Dijkstra-Henseler ρ_A", nullable=True),
        _n("rho_c", "composite reliability", nullable=True),
        _n("ave", "average variance extracted", nullable=True),
        _n("r2", "variance explained, for endogenous constructs", nullable=True),
        _t("flags", "space-separated warnings (alpha_low, ave_low, …); empty when none"),
    ),
)
OUT_HTMT_BY_SECTOR = Table(
    "out_htmt_by_sector",
    "Heterotrait-monotrait ratio of correlations",
    ("wave", "sector", "construct_a", "construct_b"),
    (
        WAVE,
        SECTOR,
        _t("construct_a", "first construct"),
        _t("construct_b", "second construct"),
        _n("htmt", "ratio", nullable=True),
    ),
)
_DRIVER = (
    _n("importance", "unstandardised total effect on the target, items on 0-100", "points per point"),
    _n("importance_low", "lower end", nullable=True),
    _n("importance_high", "upper end", nullable=True),
    _n("performance", "index of the driver", "0-100"),
    _n("performance_low", "lower end", "0-100", nullable=True),
    _n("performance_high", "upper end", "0-100", nullable=True),
    _t("quadrant", "keep_up, improve_first, low_priority or possible_overkill"),
)
OUT_DRIVERS_BY_CONSTRUCT = Table(
    "out_drivers_by_construct",
    "Importance-performance of the constructs that act on the target",
    ("wave", "sector", "construct"),
    (WAVE, SECTOR, CONSTRUCT, *_DRIVER),
)
OUT_DRIVERS_BY_ITEM = Table(
    "out_drivers_by_item",
    "Importance-performance of the items of those constructs",
    ("wave", "sector", "construct", "item"),
    (WAVE, SECTOR, CONSTRUCT, ITEM, *_DRIVER),
)
OUT_ITEMS_BY_SECTOR = Table(
    "out_items_by_sector",
    "Answers and the four kinds of missing of every item, among accepted responses",
    ("wave", "sector", "item"),
    (
        WAVE,
        SECTOR,
        CONSTRUCT,
        ITEM,
        _i("answered", "answers on the scale"),
        _i("blank", "no answer"),
        _i("dont_know", "don't know"),
        _i("refused", "refused"),
        _i("not_asked", "not asked"),
        _n("mean", "weighted mean on the item's scale", "scale points", nullable=True),
        _n("sd", "weighted standard deviation", "scale points", nullable=True),
        _n("mean_0_100", "weighted mean on 0-100", "0-100", nullable=True),
        *INTERVAL,
    ),
)
OUT_CBSEM_ESTIMATES = Table(
    "out_cbsem_estimates_by_sector",
    "Covariance SEM (maximum likelihood) estimates: a check on the PLS model",
    ("wave", "sector", "lhs", "op", "rhs"),
    (
        WAVE,
        SECTOR,
        _t("lhs", "left-hand side"),
        _t("op", "=~, ~ or ~~"),
        _t("rhs", "right-hand side"),
        _n("estimate", "estimate"),
        _n("se", "standard error; null where fixed or not separable", nullable=True),
        _n("z", "z value", nullable=True),
        _n("p", "two-sided p", nullable=True),
        _n("std", "completely standardised estimate", nullable=True),
    ),
)
OUT_CBSEM_FIT = Table(
    "out_cbsem_fit_by_sector",
    "Covariance SEM fit measures by lavaan's definitions",
    ("wave", "sector"),
    (
        WAVE,
        SECTOR,
        _t("status", "converged, not_converged or not_estimable"),
        _t("note", "why, and which constructs are not separable; empty when none"),
        _n("n", "observations", "respondents", nullable=True),
        _n("chisq", "χ²", nullable=True),
        _n("df", "degrees of freedom", nullable=True),
        _n("pvalue", "p of χ²", nullable=True),
        _n("cfi", "comparative fit index", nullable=True),
        _n("tli", "Tucker-Lewis index", nullable=True),
        _n("rmsea", "root mean square error of approximation", nullable=True),
        _n("rmsea_low", "lower end, 90 %", nullable=True),
        _n("rmsea_high", "upper end, 90 %", nullable=True),
        _n("srmr", "standardised root mean square residual", nullable=True),
    ),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        RAW_FILES, CORE_PARTITIONS, CORE_REJECTS,
        OUT_SAMPLE_BY_SECTOR, OUT_INDEX_BY_BRAND, OUT_INDEX_BY_SECTOR, OUT_INDEX_BY_GROUP,
        OUT_INDEX_NATIONAL, OUT_CHANGES, OUT_RANK_BY_BRAND, OUT_RANK_BY_SECTOR,
        OUT_PATHS_BY_SECTOR, OUT_EFFECTS_BY_SECTOR, OUT_WEIGHTS_BY_ITEM, OUT_QUALITY_BY_CONSTRUCT,
        OUT_HTMT_BY_SECTOR, OUT_DRIVERS_BY_CONSTRUCT, OUT_DRIVERS_BY_ITEM, OUT_ITEMS_BY_SECTOR,
        OUT_CBSEM_ESTIMATES, OUT_CBSEM_FIT,
    )
}  # fmt: skip
"""All tables by name, in the order of their making."""
