"""Response quality: indices of careless responding, flags, status and reasons, outcome rates. Arrays in, values out."""

from ncsi.ingest.quality.assess import Quality, assess
from ncsi.ingest.quality.careless import even_odd, irv, longest_run, mahalanobis
from ncsi.ingest.quality.rates import outcome_rates, participation_rate
from ncsi.ingest.quality.rules import FAMILIES

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
