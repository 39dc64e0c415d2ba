"""The kinds of measures there are: how each is read, checked, computed, shown and invented for an example."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from ncsi.disclosure.small_groups import domain_status, question_status
from ncsi.disclosure.small_projects import builder_status, buyer_status, project_status
from ncsi.ingest.records import Checks, Field, Records
from ncsi.ingest.records.complaints import complaints_checks, complaints_fields
from ncsi.ingest.records.grades import grades_checks, grades_fields
from ncsi.ingest.records.passengers import passengers_checks, passengers_fields
from ncsi.ingest.records.product_test import product_test_checks, product_test_fields
from ncsi.ingest.records.projects import projects_checks, projects_fields
from ncsi.ingest.records.purchases import purchases_checks, purchases_fields
from ncsi.ingest.records.visits import visits_checks, visits_fields
from ncsi.report.measures import PagesOf
from ncsi.report.measures.complaints import complaints_pages
from ncsi.report.measures.grades import grades_pages
from ncsi.report.measures.passengers import passengers_pages
from ncsi.report.measures.product_test import product_test_pages
from ncsi.report.measures.projects import projects_pages
from ncsi.report.measures.purchases import purchases_pages
from ncsi.report.measures.visits import visits_pages
from ncsi.results.measures import Asked
from ncsi.results.measures.answers_counted import projects_counted, purchases_counted
from ncsi.results.measures.complaints import complaints_periods, complaints_tables, complaints_units
from ncsi.results.measures.complaints_counted import complaints_counted
from ncsi.results.measures.grades import grades_counted, grades_periods, grades_tables, grades_units
from ncsi.results.measures.passengers import Statuses, passengers_tables, passengers_units
from ncsi.results.measures.passengers_counted import passengers_counted
from ncsi.results.measures.product_test import product_test_counted, product_test_tables, product_test_units
from ncsi.results.measures.projects import projects_tables
from ncsi.results.measures.purchases import purchases_tables
from ncsi.results.measures.scores import answer_periods, units_of
from ncsi.results.measures.visits import visits_counted, visits_tables, visits_units
from ncsi.simulate.measures import (
    example_complaints,
    example_grades,
    example_passengers,
    example_product_test,
    example_projects,
    example_purchases,
    example_visits,
)
from ncsi.spec.measures import MeasurePlan

Plan = MeasurePlan[Any]


@dataclass(frozen=True, slots=True)
class MeasureKind:
    """A kind of measure.

    `about`: one line for the command line. `fields` and `checks`: of its files, by the definition. `periods`: those
    that records can publish, earliest first; none where records carry no time, and the period is asked for.
    `units`: how many units the records are of. `tables`: every table of the kind without `wave` and `measure`;
    `pages`: from the disclosed tables; `example`: synthetic records as an office sends them, by a seed. `counted`:
    which units that are not named, or respondents, the published figures count, cell by cell, as `counted_frame`:
    what the gate of publication holds against cells of few, and against releases that are out.
    """

    kind: str
    about: str
    fields: Callable[[Any], tuple[Field, ...]]
    checks: Callable[[Any], Checks]
    periods: Callable[[Records], tuple[str, ...]]
    units: Callable[[Plan, Records], int]
    tables: Callable[[Plan, Records, Asked], dict[str, pd.DataFrame]]
    pages: PagesOf
    example: Callable[[Plan, int], pd.DataFrame]
    counted: Callable[[Plan, Records, Asked], pd.DataFrame]


def _asked_for(_records: Records) -> tuple[str, ...]:
    """Records that carry no time: the period is asked for."""
    return ()


KINDS = (
    MeasureKind(
        "complaints",
        "complaints per million, satisfaction with handling, control charts",
        complaints_fields,
        complaints_checks,
        complaints_periods,
        complaints_units,
        complaints_tables,
        complaints_pages,
        example_complaints,
        complaints_counted,
    ),
    MeasureKind(
        "grades",
        "grades of units or products by their bounds, with a list of certificates",
        grades_fields,
        grades_checks,
        grades_periods,
        grades_units,
        grades_tables,
        grades_pages,
        example_grades,
        grades_counted,
    ),
    MeasureKind(
        "product_test",
        "laboratory results: conformity in three answers, scores with rank sets, precision of laboratories",
        product_test_fields,
        product_test_checks,
        _asked_for,
        product_test_units,
        product_test_tables,
        product_test_pages,
        example_product_test,
        product_test_counted,
    ),
    MeasureKind(
        "visits",
        "mystery visits: chains over their stores, pass rates of items, effect of shoppers",
        visits_fields,
        visits_checks,
        _asked_for,
        visits_units,
        visits_tables,
        visits_pages,
        example_visits,
        visits_counted,
    ),
    MeasureKind(
        "passengers",
        "answers of passengers: operators by the design of their trains or flights, routes and classes against them",
        passengers_fields,
        passengers_checks,
        answer_periods,
        passengers_units,
        partial(passengers_tables, statuses=Statuses(question_status, domain_status)),
        passengers_pages,
        example_passengers,
        passengers_counted,
    ),
    MeasureKind(
        "projects",
        "construction projects by their owners and occupants, builders over their projects",
        projects_fields,
        projects_checks,
        answer_periods,
        partial(units_of, "project"),
        partial(projects_tables, project_status=project_status, builder_status=builder_status),
        projects_pages,
        example_projects,
        projects_counted,
    ),
    MeasureKind(
        "purchases",
        "suppliers of raw materials by their buyers, weighted by volume, key accounts held back",
        purchases_fields,
        purchases_checks,
        answer_periods,
        partial(units_of, "supplier"),
        partial(purchases_tables, status=buyer_status),
        purchases_pages,
        example_purchases,
        purchases_counted,
    ),
)
_BY_NAME: Mapping[str, MeasureKind] = {one.kind: one for one in KINDS}


def kind_of(plan: Plan) -> MeasureKind:
    """The kind of a measure; every kind that a definition can have is there."""
    return _BY_NAME[plan.definition.kind]
