"""Weights of respondents, and what the weighting of a wave achieved."""

from __future__ import annotations

from ncsi.tables.base import BRAND, SECTOR, WAVE, Column, Table, integer, number, text
from ncsi.tables.rules import NEVER, OF_FIELDWORK

CORE_WEIGHTS_BY_RESPONDENT = Table(
    "core_weights_by_respondent",
    "Weight of every response that quality leaves in, the factors that made it, and its replicate weights",
    ("wave", "sector", "brand", "respondent"),
    (
        WAVE,
        SECTOR,
        BRAND,
        text("respondent", "keyed pseudonym, the same in the waves of one panel only"),
        number("weight_base", "weight as delivered, 1 where the file has none", digits=6),
        number("factor_frame", "units in the frame for each unit drawn; 1 without a frame", digits=6),
        number("factor_nonresponse", "factor of the non-response class", digits=6),
        number(
            "factor_calibration",
            "factor of calibration to the margins, scaled to a mean weight of 1",
            digits=6,
        ),
        number("factor_trimming", "factor of trimming, raked again", digits=6),
        number("weight", "product of the five, mean 1 in the sector", digits=6),
        Column("replicates", "numbers", "replicate weights, each calibrated to the margins; empty without"),
    ),
    disclosure=(NEVER,),
)
OUT_WEIGHTING_BY_SECTOR = Table(
    "out_weighting_by_sector",
    "How the responses of a sector are weighted, and how unequally",
    ("wave", "sector"),
    (
        WAVE,
        SECTOR,
        text(
            "method",
            "steps taken, space-separated: base, frame, nonresponse, the calibration, trimming",
        ),
        integer("n", "responses weighted", "respondents"),
        number("n_eff", "effective sample size (Σw)²/Σw²", "respondents"),
        number("deff", "Kish design effect n/n_eff", digits=4),
        number("weight_min", "smallest weight", "times the mean"),
        number("weight_p05", "5 % of weights are below", "times the mean"),
        number("weight_median", "half of the weights are below", "times the mean"),
        number("weight_p95", "95 % of weights are below", "times the mean"),
        number("weight_max", "largest weight", "times the mean"),
        integer("trimmed", "weights cut to a bound", "respondents"),
        integer("strata", "strata of the design"),
        integer("clusters", "primary sampling units; respondents where none are declared"),
        integer("degrees_of_freedom", "clusters less strata"),
        integer("replicates", "replicate weights used for errors; 0: bootstrap of respondents"),
    ),
    disclosure=(OF_FIELDWORK,),
)
OUT_WEIGHTING_BY_MARGIN = Table(
    "out_weighting_by_margin",
    "Shares of each margin's categories: target, before and after calibration",
    ("wave", "sector", "margin", "category"),
    (
        WAVE,
        SECTOR,
        text("margin", "column of the margin, or columns crossed with ×"),
        text("category", "category, or categories crossed with ×"),
        integer("respondents", "responses in the category", "respondents"),
        number("target", "share in the population", "0-1"),
        number("before", "share by the weights before calibration", "0-1"),
        number("after", "share by final weights", "0-1"),
        text("source", "where the target comes from"),
        integer("year", "year the target is of", "year"),
    ),
    disclosure=(OF_FIELDWORK,),
    may_be_empty=True,
)
OUT_WEIGHTING_BY_STEP = Table(
    "out_weighting_by_step",
    "How unequal the weights of a sector are after each step of weighting",
    ("wave", "sector", "place"),
    (
        WAVE,
        SECTOR,
        integer("place", "1 is the first step", "place"),
        text("step", "base, frame, nonresponse, attrition, the calibration, trimming"),
        number("n_eff", "effective sample size (Σw)²/Σw² of the weights after it", "respondents"),
        number("deff", "Kish design effect n/n_eff after it", digits=4),
        number("deff_of_step", "deff after it over deff before it; below 1 where it evens weights", digits=4),
    ),
    disclosure=(OF_FIELDWORK,),
    may_be_empty=True,
)
OUT_WEIGHTING_LARGEST = Table(
    "out_weighting_largest",
    "The largest weights of a sector, without whose they are",
    ("wave", "sector", "place"),
    (
        WAVE,
        SECTOR,
        integer("place", "1 is the largest", "place"),
        number("weight", "weight", "times the mean"),
        number("share", "of the sector's total weight", "0-1", digits=6),
    ),
    disclosure=(OF_FIELDWORK,),
)
