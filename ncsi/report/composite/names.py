"""What kinds of units are called, and their pages."""

from __future__ import annotations

from ncsi.report import text
from ncsi.report.text import Pair, each
from ncsi.spec import Language
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


def with_unit(figure: str, unit: str, language: Language) -> str:
    """A figure with its unit as a sentence has it: no gap in Chinese nor before a per cent sign, and a multiplication
    sign before a unit that begins with a figure itself."""
    if not unit or language == "zh" or unit.startswith("%"):
        return f"{figure}{unit}"
    return f"{figure} × {unit}" if unit[0].isdigit() else f"{figure} {unit}"
