"""Weights of a sector's responses: frame, non-response, margins, trimming, replicates; and what they achieved."""

from ncsi.weighting.achieved import by_margin, by_respondent, by_sector, by_step, largest
from ncsi.weighting.steps import Used, Weighed, weigh

__all__ = ["Used", "Weighed", "by_margin", "by_respondent", "by_sector", "by_step", "largest", "weigh"]
