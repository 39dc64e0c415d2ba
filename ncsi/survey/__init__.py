"""Survey statistics by design: means and their errors, calibration, replicate weights. Pure: frames and arrays."""

from ncsi.survey.calibrate import calibrate, post_stratify
from ncsi.survey.design import Design
from ncsi.survey.design_columns import design_of
from ncsi.survey.domain_estimates import (
    survey_difference,
    survey_mean,
    survey_proportion,
    survey_ratio,
    survey_total,
)
from ncsi.survey.raking import rake, rake_design
from ncsi.survey.replicate_weights import (
    ReplicateDesign,
    Replicates,
    brr,
    jackknife,
    rao_wu,
    replicates_of,
)
from ncsi.survey.size import effective_size
from ncsi.survey.trim import trim

__all__ = [
    "Design",
    "ReplicateDesign",
    "Replicates",
    "brr",
    "calibrate",
    "design_of",
    "effective_size",
    "jackknife",
    "post_stratify",
    "rake",
    "rake_design",
    "rao_wu",
    "replicates_of",
    "survey_difference",
    "survey_mean",
    "survey_proportion",
    "survey_ratio",
    "survey_total",
    "trim",
]
