"""Beyond one index: subgroups, sub-indices, other measures, modelled brands, gaps, common faults, what-if."""

from __future__ import annotations

from ncsi.tables.base import (
    BIASED,
    BRAND,
    CONSTRUCT,
    FREEDOM,
    INDEX,
    INTERVAL,
    ITEM,
    LARGEST,
    SECTOR,
    SIZE,
    WAVE,
    Column,
    Table,
    difference,
    integer,
    interval,
    number,
    text,
)
from ncsi.tables.rules import AMONG_CELLS, NEVER, OF_SECTORS, WITHIN_BRAND, Brands, Cells

_DIFFERENCE = (
    number("p", "two-sided p of the difference", "0-1", nullable=True),
    number("p_holm", "p adjusted by Holm", "0-1", nullable=True),
)
_OF_SUBGROUPS = (
    "index_0_100", "se", "low", "high", "difference", "difference_low", "difference_high", "p",
)  # fmt: skip
OUT_INDEX_BY_SUBGROUP = Table(
    "out_index_by_subgroup",
    "Index of every construct by background of the respondents; a cell of fewer than 30 stays blank",
    ("wave", "sector", "dimension", "subgroup", "construct"),
    (
        WAVE,
        SECTOR,
        text("dimension", "background variable: region, city tier, age, gender, channel …"),
        text("subgroup", "its value as mapped"),
        CONSTRUCT,
        *SIZE,
        LARGEST,
        INDEX,
        *INTERVAL,
        FREEDOM,
        difference("difference", "index minus that of all other respondents", nullable=True),
        number("difference_low", "lower end of its interval", "points", nullable=True),
        number("difference_high", "upper end of its interval", "points", nullable=True),
        *_DIFFERENCE,
        text("verdict", "above, below, no_significant_difference, or too_few; Holm within construct"),
    ),
    disclosure=(
        Cells("n_eff", "subgroup", _OF_SUBGROUPS, ("sector", "dimension", "construct")),
        AMONG_CELLS,
    ),
    may_be_empty=True,
)
OUT_SUBINDEX = Table(
    "out_subindex_by_brand",
    "Sub-indices that the instrument declares, by the same pooled outer weights",
    ("wave", "sector", "subindex", "brand"),
    (
        WAVE,
        SECTOR,
        text("subindex", "sub-index id of the instrument"),
        text("brand", "brand id; empty text for the sector"),
        *SIZE,
        LARGEST,
        INDEX,
        *INTERVAL,
    ),
    disclosure=(
        Cells(
            "n_eff",
            "subgroup",
            ("index_0_100", "se", "low", "high"),
            ("sector", "subindex"),
            "brand",
        ),
        Brands(),
    ),
    may_be_empty=True,
)
OUT_MEASURES = Table(
    "out_measures_by_brand",
    "Shares and scores beside the index: top-two box, NPS, complaint rate, complaints handled well, means",
    ("wave", "sector", "measure", "item", "brand"),
    (
        WAVE,
        SECTOR,
        text("measure", "top_two_box, nps, complaint_rate, complaints_handled or mean"),
        ITEM,
        text("brand", "brand id; empty text for the sector"),
        integer("n", "respondents who answered", "respondents"),
        number("n_eff", "effective sample size (Σw)²/Σw²", "respondents"),
        LARGEST,
        number(
            "estimate",
            "share in per cent; NPS from −100 to 100; mean on 0-100",
            "%",
            nullable=True,
            limits=(-100, 100),
        ),
        *interval("estimate"),
    ),
    disclosure=(
        Cells(
            "n_eff",
            "subgroup",
            ("estimate", "se", "low", "high"),
            ("sector", "measure", "item"),
            "brand",
        ),
        Brands(),
    ),
    may_be_empty=True,
)
OUT_MODELLED = Table(
    "out_modelled_by_brand",
    "MODELLED index of brands below the publication threshold, drawn towards the sector's mean; never published: with "
    "the sector's figures it would give the hidden measurement away",
    ("wave", "sector", "brand"),
    (
        WAVE,
        SECTOR,
        BRAND,
        CONSTRUCT,
        integer("n", "respondents with a score", "respondents"),
        number("modelled_0_100", "empirical best linear predictor (Fay-Herriot)", "0-100"),
        *interval("modelled_0_100"),
    ),
    disclosure=(NEVER,),
    may_be_empty=True,
)
OUT_GAPS = Table(
    "out_gaps_by_brand",
    "Item means of each brand against the sector's mean and its best brand; Holm within brand",
    ("wave", "sector", "brand", "item"),
    (
        WAVE,
        SECTOR,
        BRAND,
        CONSTRUCT,
        ITEM,
        number("mean_0_100", "weighted mean of the item", "0-100"),
        difference("gap_mean", "mean minus the sector's"),
        number("gap_mean_low", "lower end of its interval", "points"),
        number("gap_mean_high", "upper end of its interval", "points"),
        number(
            "p_holm", "p of that gap, adjusted by Holm; null without a standard error", "0-1", nullable=True
        ),
        text("verdict", "strength, short_board or level: significantly above, below, neither"),
        text("best", "the brand with the highest mean of this item"),
        difference("gap_best", "mean minus the best brand's; 0 for the best"),
        number("gap_best_low", "lower end of its interval", "points"),
        number("gap_best_high", "upper end of its interval", "points"),
        Column("behind_best", "flag", "significantly behind the best after Holm"),
    ),
    disclosure=(Brands(),),
    may_be_empty=True,
)
OUT_STANDINGS = Table(
    "out_standing_by_brand",
    "Index of every construct of a brand against its sector's; Holm within brand",
    ("wave", "sector", "brand", "construct"),
    (
        WAVE,
        SECTOR,
        BRAND,
        CONSTRUCT,
        difference("difference", "index of the brand minus the sector's, which holds the brand"),
        *interval("difference"),
        FREEDOM,
        *_DIFFERENCE,
        text("verdict", "above or below the sector's significantly, else level"),
    ),
    disclosure=(Brands(by_construct=True), WITHIN_BRAND),
    may_be_empty=True,
)
OUT_GAINS = Table(
    "out_gains_by_brand",
    "What a brand's target index would gain if an item's gap to the best brand closed, through the model's effects",
    ("wave", "sector", "brand", "item"),
    (
        WAVE,
        SECTOR,
        BRAND,
        CONSTRUCT,
        ITEM,
        number("gain", "item's effect on the target times its gap to the best; 0 for the best", "points"),
        *interval("gain", skewed=BIASED),
    ),
    disclosure=(Brands(),),
    may_be_empty=True,
)
OUT_DIFFERENCES = Table(
    "out_differences_by_brand",
    "Target index of the brands of a sector in pairs, the higher first; Holm within sector",
    ("wave", "sector", "brand", "other"),
    (
        WAVE,
        SECTOR,
        BRAND,
        text("other", "the brand compared with"),
        difference("difference", "index of the brand minus that of the other"),
        number("se", "standard error of the difference", "points", digits=3),
        Column("low", "number", "lower end of its interval", "points", estimate="difference"),
        number("high", "upper end of its interval", "points"),
        number("p", "two-sided p; null without a standard error", "0-1", nullable=True),
        number("p_holm", "p adjusted by Holm", "0-1", nullable=True),
        text("verdict", "above or no_significant_difference"),
    ),
    disclosure=(Brands(("brand", "other")),),
    may_be_empty=True,
)
OUT_FAULTS = Table(
    "out_common_faults_by_item",
    "Items against their national mean: a common fault when over two thirds of the sector's brands are below",
    ("wave", "sector", "item"),
    (
        WAVE,
        SECTOR,
        CONSTRUCT,
        ITEM,
        integer("brands", "brands that may be shown", "brands"),
        number("share_below", "share of them below the national mean of the item", "0-1"),
        number("sector_mean_0_100", "mean of the item in the sector", "0-100"),
        number("national_mean_0_100", "mean over the sectors that ask it, by their shares", "0-100"),
        integer("sectors", "sectors that ask it", "sectors"),
        Column("common_fault", "flag", "share_below over two thirds"),
    ),
    disclosure=(OF_SECTORS,),
    may_be_empty=True,
)
OUT_WHATIF = Table(
    "out_whatif_by_item",
    "What the target index would gain if an item rose, all else equal, through the model's total effects",
    ("wave", "sector", "item"),
    (
        WAVE,
        SECTOR,
        CONSTRUCT,
        ITEM,
        number("mean_0_100", "mean of the item now", "0-100"),
        number("step", "rise assumed: 5, or what is left up to 100", "points"),
        number("effect", "the construct's total effect times the item's outer weight", "points per point"),
        number("effect_low", "lower end of its interval", "points per point", skewed=BIASED),
        number("effect_high", "upper end of its interval", "points per point"),
        number("gain", "points of the target index", "points"),
        number("gain_low", "lower end of its interval", "points", skewed=BIASED),
        number("gain_high", "upper end of its interval", "points"),
        number("index_after_0_100", "target index then", "0-100"),
    ),
    disclosure=(OF_SECTORS,),
    may_be_empty=True,
)
