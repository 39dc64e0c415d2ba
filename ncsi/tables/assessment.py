"""How well the PLS model holds: effect sizes, collinearity, prediction, fit, cross-loadings, components."""

from __future__ import annotations

from math import inf

from ncsi.tables.base import (
    CONSTRUCT,
    ESTIMATE,
    FROM_TO,
    INDEX,
    ITEM,
    SECTOR,
    WAVE,
    Table,
    integer,
    number,
    text,
)
from ncsi.tables.rules import OF_SECTORS

OUT_ASSESSMENT_BY_SECTOR = Table(
    "out_assessment_by_sector",
    "Fit of the whole PLS model",
    ("wave", "sector"),
    (
        WAVE,
        SECTOR,
        text("scheme", "inner weighting: path, factorial or centroid"),
        integer("iterations", "until no outer weight moved"),
        number("gof", "√(mean communality · mean R²), no test of fit", "0-1", nullable=True),
        number(
            "srmr_saturated",
            "standardised root mean square residual, construct correlations as observed",
            digits=4,
            limits=(0, inf),
        ),
        number(
            "srmr_estimated", "the same, construct correlations as the paths imply", digits=4, limits=(0, inf)
        ),
        integer(
            "errors_checked",
            "standard errors of paths, total effects, weights, loadings and indices (also of the brands shown) held "
            "against the infinitesimal jackknife's; null: none, as of replicate weights",
            nullable=True,
        ),
        integer(
            "errors_apart",
            "of them those that differ: by more than 10 %, and four times what the replicates' number explains",
            nullable=True,
        ),
    ),
    disclosure=(OF_SECTORS,),
)
OUT_ASSESSMENT_BY_PATH = Table(
    "out_assessment_by_path",
    "Effect size and collinearity of every path",
    ("wave", "sector", "from", "to"),
    (
        WAVE,
        SECTOR,
        *FROM_TO,
        number(
            "f2",
            "Cohen's f²: R² lost without the path over what stays unexplained",
            digits=4,
            limits=(0, inf),
        ),
        number(
            "vif",
            "variance inflation of the cause among the effect's causes; wanted below 5",
            digits=3,
            limits=(1, inf),
        ),
    ),
    disclosure=(OF_SECTORS,),
)
OUT_INDIRECT_BY_SECTOR = Table(
    "out_indirect_by_sector",
    "Standardised indirect effects: total minus direct, where there is a way round",
    ("wave", "sector", "from", "to"),
    (WAVE, SECTOR, *FROM_TO, *ESTIMATE),
    disclosure=(OF_SECTORS,),
    may_be_empty=True,
)
OUT_ASSESSMENT_BY_ITEM = Table(
    "out_assessment_by_item",
    "Collinearity of every item, and out-of-sample prediction of the items of endogenous constructs",
    ("wave", "sector", "construct", "item"),
    (
        WAVE,
        SECTOR,
        CONSTRUCT,
        ITEM,
        number(
            "vif",
            "variance inflation of the item within its block; wanted below 5",
            digits=3,
            limits=(1, inf),
        ),
        number(
            "q2",
            "Q²predict by 10 folds; above 0 predicts better than the mean",
            nullable=True,
            digits=4,
            limits=(-inf, 1),
        ),
        number("rmse", "root mean square error of prediction", "0-100", nullable=True),
        number("rmse_lm", "that of a linear regression on the items of the causes", "0-100", nullable=True),
    ),
    disclosure=(OF_SECTORS,),
)
OUT_CROSS_LOADINGS = Table(
    "out_cross_loadings_by_item",
    "Correlation of every item with every construct; its own should be the largest",
    ("wave", "sector", "item", "construct"),
    (WAVE, SECTOR, ITEM, CONSTRUCT, number("loading", "correlation", "correlation")),
    disclosure=(OF_SECTORS,),
)
OUT_COMPONENTS = Table(
    "out_components_by_construct",
    "Components of higher-order constructs",
    ("wave", "sector", "construct", "component"),
    (
        WAVE,
        SECTOR,
        CONSTRUCT,
        text("component", "component id of the instrument"),
        number("weight_std", "outer weight of its standardised composite", "standardised", digits=6),
        number("loading", "correlation of its composite with the construct", "correlation"),
        number("weight", "its share in the construct's index; sums to 1 within the construct", digits=6),
        INDEX,
    ),
    disclosure=(OF_SECTORS,),
    may_be_empty=True,
)
