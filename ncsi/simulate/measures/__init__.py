"""Synthetic records of measures, as offices send them."""

from ncsi.simulate.measures.answers import example_projects, example_purchases
from ncsi.simulate.measures.complaints import example_complaints
from ncsi.simulate.measures.grades import example_grades
from ncsi.simulate.measures.passengers import example_passengers
from ncsi.simulate.measures.product_test import example_product_test
from ncsi.simulate.measures.visits import example_visits

__all__ = [
    "example_complaints",
    "example_grades",
    "example_passengers",
    "example_product_test",
    "example_projects",
    "example_purchases",
    "example_visits",
]
