"""Survey statistics by design: means and their errors, calibration, replicate weights. Pure: frames and arrays."""

from ncsi.survey.calibrate import calibrate, post_stratify
from ncsi.survey.columns import design_of
from ncsi.survey.design import Design
from ncsi.survey.estimate import survey_mean, survey_proportion, survey_ratio, survey_total
from ncsi.survey.raking import rake
from ncsi.survey.replicate import Replicates, jackknife, rao_wu
from ncsi.survey.trim import trim

__all__ = [
    "Design",
    "Replicates",
    "calibrate",
    "design_of",
    "jackknife",
    "post_stratify",
    "rake",
    "rao_wu",
    "survey_mean",
    "survey_proportion",
    "survey_ratio",
    "survey_total",
    "trim",
]
