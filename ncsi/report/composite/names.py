"""What kinds of units are called, and their pages."""

from __future__ import annotations

from ncsi.report import text
from ncsi.report.text import Pair, each
from ncsi.spec.index_plan import IndexPlan


def level_name(level: str, plan: IndexPlan) -> Pair:
    """What units of a level are called: of the dimension, or of two crossed."""
    own = {d.id: text.pair(d.label) for d in plan.definition.dimensions}
    if level in own:
        return own[level]
    names = list(own.values())
    return each(lambda language: " × ".join(name.of(language) for name in names))


def file_of(unit: str) -> str:
    """The name of a unit's page: its id, a slash between two parts as `--`."""
    return unit.replace("/", "--")
