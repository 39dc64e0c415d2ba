"""Measures of quality beside the index: records in, rows of their result tables out. Computes everything, hides
nothing."""

from ncsi.results.measures.asked import WHOLE, Asked, last_month

__all__ = ["WHOLE", "Asked", "last_month"]
