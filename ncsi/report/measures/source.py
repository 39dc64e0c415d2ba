"""A measure as a release is given it: its plan, and what makes its pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ncsi.report.content.heading import Heading
from ncsi.report.measures.pages import MeasurePages
from ncsi.report.result_rows import Tables
from ncsi.spec.measures import MeasurePlan

PagesOf = Callable[[Tables, MeasurePlan[Any], Heading, str], MeasurePages]
"""Disclosed tables, the plan, what every page carries and the folder inside the release → the pages."""


@dataclass(frozen=True, slots=True)
class MeasureReport:
    """A measure of a release. `pages`: those of its kind."""

    plan: MeasurePlan[Any]
    pages: PagesOf
