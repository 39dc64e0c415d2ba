"""Synthetic records of measures, as offices send them."""

from ncsi.simulate.measures.complaints import example_complaints

__all__ = ["example_complaints"]
