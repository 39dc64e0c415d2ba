"""Indices, changes and ranks: what a release prints first."""

from __future__ import annotations

from ncsi.tables.base import (
    BRAND,
    CONSTRUCT,
    FREEDOM,
    INDEX,
    INTERVAL,
    RANK,
    SECTOR,
    SIZE,
    STATUS,
    WAVE,
    Column,
    Table,
    difference,
    integer,
    number,
    text,
)
from ncsi.tables.rules import (
    OF_FIELDWORK,
    OF_SECTORS,
    OF_THE_NATION,
    WITHIN_LEVEL,
    BrandIndex,
    BrandRanks,
    Brands,
)

_SUMMED = (
    integer("sectors", "sectors that stand: measured, or carried forward", "sectors"),
    integer("n", "respondents with a score", "respondents"),
    INDEX,
    *INTERVAL,
    FREEDOM,
    number("index_equal_0_100", "the same with every sector weighted equally", "0-100"),
)
_CARRIED = (
    integer("sectors_carried", "sectors carried forward from an earlier wave", "sectors"),
    number("coverage_carried", "part of the coverage that they hold", "0-1"),
)
OUT_SAMPLE_BY_SECTOR = Table(
    "out_sample_by_sector",
    "From rows read to respondents in the model",
    ("wave", "sector"),
    (
        WAVE,
        SECTOR,
        text("instrument", "instrument id"),
        text("instrument_version", "instrument version"),
        integer("rows_accepted", "responses accepted", "rows"),
        integer("rows_rejected", "rows rejected with this sector known", "rows"),
        integer("excluded", "accepted responses with too few answers for the model", "respondents"),
        integer("excluded_quality", "accepted responses excluded for their quality", "respondents"),
        integer("n", "respondents in the model", "respondents"),
        number("n_eff", "effective sample size (Σw)²/Σw²", "respondents"),
        number("deff", "Kish design effect n/n_eff", digits=4),
        number("weight_min", "smallest weight, mean 1", digits=4),
        number("weight_max", "largest weight, mean 1", digits=4),
        integer("brands", "brands measured", "brands"),
        number("coverage", "market share the measured brands hold", "0-1", nullable=True),
        text("brand_weighting", "market_share or sample_share"),
        text("weight_version", "hash of instrument, wave and outer weights"),
    ),
    disclosure=(OF_FIELDWORK,),
)
OUT_INDEX_BY_BRAND = Table(
    "out_index_by_brand",
    "Index of every construct by brand, by the sector's pooled outer weights",
    ("wave", "sector", "brand", "construct"),
    (
        WAVE,
        SECTOR,
        BRAND,
        CONSTRUCT,
        *SIZE,
        INDEX,
        *INTERVAL,
        FREEDOM,
        number("index_own_0_100", "the same with weights fitted to the brand alone", "0-100", nullable=True),
        number("index_equal_0_100", "the same with equal item weights", "0-100", nullable=True),
        number("index_pc1_0_100", "the same with first-principal-component weights", "0-100", nullable=True),
        STATUS,
    ),
    disclosure=(
        BrandIndex(
            (
                "index_0_100",
                "se",
                "low",
                "high",
                "df",
                "index_own_0_100",
                "index_equal_0_100",
                "index_pc1_0_100",
            )
        ),
    ),
    may_be_empty=True,
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
        FREEDOM,
        number("sd", "standard deviation of respondents' scores", "0-100"),
        number("index_equal_0_100", "the same with equal item weights", "0-100"),
        number("index_pc1_0_100", "the same with first-principal-component weights", "0-100"),
        STATUS,
    ),
    disclosure=(OF_SECTORS,),
)
OUT_INDEX_BY_GROUP = Table(
    "out_index_by_group",
    "Index by group of sectors, sectors by their shares",
    ("wave", "group", "construct"),
    (
        WAVE,
        text("group", "group id"),
        CONSTRUCT,
        *_SUMMED,
        number("coverage", "share of the group's sectors that stands", "0-1"),
        *_CARRIED,
    ),
    disclosure=(OF_THE_NATION,),
)
OUT_INDEX_NATIONAL = Table(
    "out_index_national",
    "National index, sectors by their shares",
    ("wave", "construct"),
    (
        WAVE,
        CONSTRUCT,
        *_SUMMED,
        number("coverage", "share of the sector list that stands", "0-1"),
        *_CARRIED,
    ),
    disclosure=(OF_THE_NATION,),
)
OUT_CHANGES = Table(
    "out_changes",
    "Change of an index against the previous wave; Holm within level and construct",
    ("wave", "level", "unit", "sector", "construct"),
    (
        WAVE,
        text("previous", "wave compared with"),
        text("level", "nation, group, sector or brand"),
        text("unit", "id of the group, sector or brand; `nation`"),
        text("sector", "sector of a brand; otherwise empty text"),
        CONSTRUCT,
        number("index_0_100", "index in this wave", "0-100"),
        number("previous_0_100", "index in the previous wave", "0-100"),
        difference("change", "difference of the two"),
        number("se", "√(SE₁²+SE₀²−2·correlation·SE₁·SE₀)", "points", digits=3),
        number(
            "df",
            "its degrees of freedom (Welch-Satterthwaite); null: it is known",
            nullable=True,
            digits=1,
        ),
        integer(
            "overlap",
            "respondents of both waves, in a panel; null: no panel, not matched, or 1 to 29",
            "respondents",
            nullable=True,
        ),
        number(
            "correlation",
            "of the two indices, by what both rest on: the overlap, results carried forward; null: nothing known",
            "correlation",
            nullable=True,
        ),
        Column("low", "number", "lower end of the interval", "points", estimate="change"),
        number("high", "upper end of the interval", "points"),
        number(
            "p", "two-sided p; null without a standard error, and over a trend break", "0-1", nullable=True
        ),
        number("p_holm", "p adjusted by Holm", "0-1", nullable=True),
        text("verdict", "rose, fell, no_significant_change or trend_break"),
    ),
    disclosure=(Brands(("unit",), by_construct=True, level="level"), WITHIN_LEVEL),
    may_be_empty=True,
)
OUT_RANK_BY_BRAND = Table(
    "out_rank_by_brand",
    "Rank of each publishable brand in its sector with its simultaneous confidence set",
    ("wave", "sector", "brand"),
    (WAVE, SECTOR, BRAND, number("index_0_100", "satisfaction index", "0-100"), *RANK),
    disclosure=(BrandRanks(),),
    may_be_empty=True,
)
OUT_RANK_BY_SECTOR = Table(
    "out_rank_by_sector",
    "Rank of each sector with its simultaneous confidence set",
    ("wave", "sector"),
    (WAVE, SECTOR, number("index_0_100", "satisfaction index", "0-100"), *RANK),
    disclosure=(OF_SECTORS,),
)
