"""Measures of quality beside the index, as data: complaints and the other kinds, each with a definition of its own."""

from ncsi.spec.measures.complaints import ComplaintsDefinition
from ncsi.spec.measures.definition import MeasureDefinition, RecordMap
from ncsi.spec.measures.grades import GradesDefinition
from ncsi.spec.measures.passengers import PassengersDefinition
from ncsi.spec.measures.plan import MeasurePlan, load_measure, load_record_map, measure_ids
from ncsi.spec.measures.product_test import ProductTestDefinition
from ncsi.spec.measures.projects import ProjectsDefinition
from ncsi.spec.measures.purchases import PurchasesDefinition
from ncsi.spec.measures.visits import VisitsDefinition

__all__ = [
    "ComplaintsDefinition",
    "GradesDefinition",
    "MeasureDefinition",
    "MeasurePlan",
    "PassengersDefinition",
    "ProductTestDefinition",
    "ProjectsDefinition",
    "PurchasesDefinition",
    "RecordMap",
    "VisitsDefinition",
    "load_measure",
    "load_record_map",
    "measure_ids",
]
