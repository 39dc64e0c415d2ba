"""Response quality: indices of careless responding, flags, status and reasons, outcome rates. Arrays in, values out."""

from ncsi.model.moments.scaled import Columns
from ncsi.quality.careless import even_odd, irv, longest_run, mahalanobis
from ncsi.quality.flag_rules import FAMILIES
from ncsi.quality.outcome_rates import outcome_rates, participation_rate
from ncsi.quality.status import Assessed, Quality, assess, assessed

__all__ = [
    "FAMILIES",
    "Assessed",
    "Columns",
    "Quality",
    "assess",
    "assessed",
    "even_odd",
    "irv",
    "longest_run",
    "mahalanobis",
    "outcome_rates",
    "participation_rate",
]
