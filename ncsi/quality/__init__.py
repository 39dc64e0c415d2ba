"""Response quality: indices of careless responding, flags, status and reasons, outcome rates. Arrays in, values out."""

from ncsi.quality.careless import even_odd, irv, longest_run, mahalanobis
from ncsi.quality.flag_rules import FAMILIES
from ncsi.quality.outcome_rates import outcome_rates, participation_rate
from ncsi.quality.status import Quality, assess

__all__ = [
    "FAMILIES",
    "Quality",
    "assess",
    "even_odd",
    "irv",
    "longest_run",
    "mahalanobis",
    "outcome_rates",
    "participation_rate",
]
