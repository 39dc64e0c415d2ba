"""What the model says: paths, weights, quality, drivers, items, the covariance check."""

from __future__ import annotations

from math import inf

from ncsi.tables.base import (
    BIASED,
    CONSTRUCT,
    ESTIMATE,
    FROM_TO,
    ITEM,
    SECTOR,
    WAVE,
    Column,
    Table,
    integer,
    interval,
    number,
    text,
)
from ncsi.tables.rules import OF_SECTORS

OUT_PATHS_BY_SECTOR = Table(
    "out_paths_by_sector",
    "Standardised PLS path coefficients",
    ("wave", "sector", "from", "to"),
    (WAVE, SECTOR, *FROM_TO, *ESTIMATE, Column("significant", "flag", "the interval excludes zero")),
    disclosure=(OF_SECTORS,),
)
OUT_EFFECTS_BY_SECTOR = Table(
    "out_effects_by_sector",
    "Standardised total effects",
    ("wave", "sector", "from", "to"),
    (WAVE, SECTOR, *FROM_TO, *ESTIMATE),
    disclosure=(OF_SECTORS,),
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
        number("weight_std", "outer weight for the standardised item", "standardised", digits=6),
        number("weight", "unstandardised outer weight, sums to 1 within the construct", digits=6),
        number("loading", "Mode A loading", "correlation"),
        *interval("weight", 6, 6, BIASED),
        number("share_not_positive", "share of replicates in which weight or loading is not positive", "0-1"),
    ),
    disclosure=(OF_SECTORS,),
)
OUT_WITHHELD = Table(
    "out_withheld_by_construct",
    "Items that by chance count backwards in a construct other than the target: its figures are withheld",
    ("wave", "sector", "construct", "item"),
    (
        WAVE,
        SECTOR,
        CONSTRUCT,
        ITEM,
        number("weight_std", "outer weight for the standardised item", "standardised", digits=6),
        number("weight_low", "lower end of the interval of the unstandardised weight", digits=6),
        number("weight_high", "its upper end", digits=6),
        number("loading", "Mode A loading", "correlation"),
        number("loading_low", "lower end of its interval", "correlation", skewed=BIASED),
        number("loading_high", "its upper end", "correlation"),
        number("share_not_positive", "share of replicates in which weight or loading is not positive", "0-1"),
    ),
    disclosure=(OF_SECTORS,),
    may_be_empty=True,
)
OUT_QUALITY_BY_CONSTRUCT = Table(
    "out_quality_by_construct",
    "Reliability and fit of each block; from Mode A loadings",
    ("wave", "sector", "construct"),
    (
        WAVE,
        SECTOR,
        CONSTRUCT,
        integer("items", "items in the block", "items"),
        number(
            "alpha", "Cronbach's α; below 0 where items disagree", nullable=True, digits=4, limits=(-inf, 1)
        ),
        number("rho_a", "Dijkstra-Henseler ρ_A; of a poor block it may leave 0-1", nullable=True, digits=4),
        number("rho_c", "composite reliability", "0-1", nullable=True),
        number("ave", "average variance extracted", "0-1", nullable=True),
        number("r2", "variance explained, for endogenous constructs", "0-1", nullable=True),
        text("flags", "space-separated warnings (alpha_low, ave_low, …); empty when none"),
    ),
    disclosure=(OF_SECTORS,),
)
OUT_HTMT_BY_SECTOR = Table(
    "out_htmt_by_sector",
    "Heterotrait-monotrait ratio of correlations",
    ("wave", "sector", "construct_a", "construct_b"),
    (
        WAVE,
        SECTOR,
        text("construct_a", "first construct"),
        text("construct_b", "second construct"),
        number("htmt", "ratio", nullable=True, digits=4, limits=(0, inf)),
        Column(
            "low",
            "number",
            "lower end of its interval; null in a draft of fewer than 5,000 replicates",
            nullable=True,
            digits=4,
            estimate="htmt",
            skewed=BIASED,
        ),
        number(
            "high",
            "upper end of its interval, the bound that discriminant validity asks for",
            nullable=True,
            digits=4,
        ),
    ),
    disclosure=(OF_SECTORS,),
)
_DRIVER = (
    number(
        "importance",
        "unstandardised total effect on the target, an item's: its construct's over its number of items",
        "points per point",
    ),
    number("importance_low", "lower end", nullable=True, digits=4, skewed=BIASED),
    number("importance_high", "upper end", nullable=True, digits=4),
    number("performance", "index of the construct, mean of the item", "0-100"),
    number("performance_low", "lower end", "0-100", nullable=True),
    number("performance_high", "upper end", "0-100", nullable=True),
    Column("actionable", "flag", "a lever, as the instrument declares; undeclared counts as one"),
    text(
        "quadrant",
        "keep_up, improve_first, low_priority, possible_overkill by the means of the actionable; undecided where an "
        "interval reaches a mean; not_actionable",
    ),
)
OUT_DRIVERS_BY_CONSTRUCT = Table(
    "out_drivers_by_construct",
    "Importance-performance of the constructs that act on the target",
    ("wave", "sector", "construct"),
    (WAVE, SECTOR, CONSTRUCT, *_DRIVER),
    disclosure=(OF_SECTORS,),
)
OUT_DRIVERS_BY_ITEM = Table(
    "out_drivers_by_item",
    "Importance-performance of the items of those constructs",
    ("wave", "sector", "construct", "item"),
    (WAVE, SECTOR, CONSTRUCT, ITEM, *_DRIVER),
    disclosure=(OF_SECTORS,),
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
        integer("answered", "answers on the scale"),
        integer("blank", "no answer"),
        integer("dont_know", "don't know"),
        integer("refused", "refused"),
        integer("not_asked", "not asked"),
        number("mean", "weighted mean on the item's scale", "scale points", nullable=True),
        number("sd", "weighted standard deviation", "scale points", nullable=True, limits=(0, inf)),
        number("mean_0_100", "weighted mean on 0-100", "0-100", nullable=True),
        *interval("mean_0_100"),
    ),
    disclosure=(OF_SECTORS,),
)
OUT_CBSEM_ESTIMATES = Table(
    "out_cbsem_estimates_by_sector",
    "Covariance SEM (maximum likelihood) estimates: a check on the PLS model",
    ("wave", "sector", "lhs", "op", "rhs"),
    (
        WAVE,
        SECTOR,
        text("lhs", "left-hand side"),
        text("op", "=~, ~ or ~~"),
        text("rhs", "right-hand side"),
        number("estimate", "estimate", digits=4),
        number("se", "standard error; null where fixed or not separable", nullable=True, digits=4),
        number("z", "z value", nullable=True, digits=3),
        number("p", "two-sided p", "0-1", nullable=True),
        number("std", "completely standardised estimate", nullable=True, digits=4),
        number("std_se", "standard error of the standardised estimate (robust)", nullable=True, digits=4),
        text(
            "caution",
            "what to be careful about: negative_variance, no_standardised_value, or, where the data do not "
            "tell its two sides apart, beyond_one or not_located; null: nothing",
            nullable=True,
        ),
    ),
    disclosure=(OF_SECTORS,),
    may_be_empty=True,
)
OUT_CBSEM_FIT = Table(
    "out_cbsem_fit_by_sector",
    "Covariance SEM fit measures by lavaan's definitions",
    ("wave", "sector"),
    (
        WAVE,
        SECTOR,
        text("status", "converged, not_converged or not_estimable"),
        text("note", "why, and what the fit warns of, in words; empty when nothing"),
        number("n", "observations", "respondents", nullable=True),
        number("chisq", "χ²", nullable=True, digits=3, limits=(0, inf)),
        number("df", "degrees of freedom", nullable=True, digits=0),
        number("pvalue", "p of χ²", "0-1", nullable=True),
        number("cfi", "comparative fit index", "0-1", nullable=True),
        number("tli", "Tucker-Lewis index", nullable=True, digits=4),
        number("rmsea", "root mean square error of approximation", nullable=True, digits=4, limits=(0, inf)),
        number("rmsea_low", "lower end, 90 %", nullable=True, digits=4),
        number("rmsea_high", "upper end, 90 %", nullable=True, digits=4),
        number("srmr", "standardised root mean square residual", nullable=True, digits=4, limits=(0, inf)),
        number(
            "chisq_scaled",
            "χ² over its scaling for non-normal, weighted, missing answers",
            nullable=True,
            digits=3,
            limits=(0, inf),
        ),
        number("pvalue_scaled", "p of the scaled χ²", "0-1", nullable=True),
        number("cfi_robust", "CFI rid of what non-normal answers add", "0-1", nullable=True),
        number("tli_robust", "TLI likewise", nullable=True, digits=4),
        number("rmsea_robust", "RMSEA likewise", nullable=True, digits=4, limits=(0, inf)),
    ),
    disclosure=(OF_SECTORS,),
)
OUT_ENGINES = Table(
    "out_engines_by_sector",
    "Where PLS and covariance SEM agree: each path by both, standardised, with intervals at the wave's level",
    ("wave", "sector", "from", "to"),
    (
        WAVE,
        SECTOR,
        *FROM_TO,
        number("pls", "PLS path, the published figure", "standardised"),
        number("pls_low", "lower end (bootstrap)", "standardised", skewed=BIASED),
        number("pls_high", "upper end (bootstrap)", "standardised"),
        number("plsc", "consistent PLS path: PLS corrected for unreliability", "standardised", nullable=True),
        number("cbsem", "covariance SEM path", "standardised", nullable=True),
        number("cbsem_low", "lower end (normal)", "standardised", nullable=True),
        number("cbsem_high", "upper end (normal)", "standardised", nullable=True),
        text(
            "verdict",
            "both_effect, both_none, pls_only, cbsem_only, opposite, not_separable or no_cbsem",
        ),
    ),
    disclosure=(OF_SECTORS,),
)
