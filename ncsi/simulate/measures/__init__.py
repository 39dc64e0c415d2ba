"""Synthetic records of measures, as offices send them."""

from ncsi.simulate.measures.complaints import example_complaints
from ncsi.simulate.measures.grades import example_grades

__all__ = ["example_complaints", "example_grades"]
