"""Weights of a sector's responses: frame, non-response, margins, trimming, replicates; and what they achieved."""

from ncsi.ingest.weigh.report import by_margin, by_respondent, by_sector, largest
from ncsi.ingest.weigh.steps import Weighed, weigh

__all__ = ["Weighed", "by_margin", "by_respondent", "by_sector", "largest", "weigh"]
