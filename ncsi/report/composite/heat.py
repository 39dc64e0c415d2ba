"""The heat table of an index: units by its parts, each score printed on a tint of its size."""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from ncsi.report import text
from ncsi.report.axis_rows import axis
from ncsi.report.composite.names import file_of, level_name
from ncsi.report.composite.pages import Heat, HeatCell, HeatRow, HeatStep
from ncsi.report.composite.rows import MEAN, NodeInfo, OneIndex, UnitInfo
from ncsi.report.text import NOTHING, phrase
from ncsi.spec.index_plan import IndexPlan

FEWEST, MOST = 4, 14
"""Parts of an index that a heat table has place for."""
_STEPS = (1, 2, 5, 10, 20)


def is_heat(one: OneIndex) -> bool:
    """Whether the parts right below the index are as many as a heat table is for."""
    return FEWEST <= len(_parts(one)) <= MOST


def heats(one: OneIndex, plan: IndexPlan) -> Iterable[Heat]:
    """One for each kind of units that have scores, highest first."""
    if not is_heat(one):
        return
    for dimension in plan.definition.dimensions:
        own = [unit for unit in one.units.values() if unit.level == dimension.id and unit.shown]
        if len(own) > 1:
            yield _heat(one, plan, dimension.id, sorted(own, key=lambda unit: (-unit.score, unit.unit)))


def _parts(one: OneIndex) -> list[NodeInfo]:
    return [node for node in one.nodes.values() if node.depth == 1]


def _heat(one: OneIndex, plan: IndexPlan, level: str, units: Sequence[UnitInfo]) -> Heat:
    parts, what = _parts(one), level_name(level, plan)
    scores = [
        own.score
        for unit in units
        for node in parts
        if (own := one.parts.get((unit.unit, node.node))) is not None
    ]
    edges = [float(tick) for tick in axis(scores, _STEPS).ticks]
    cut = line_of(plan)
    rows = tuple(
        HeatRow(
            unit.name, f"units/{file_of(unit.unit)}.html", text.number(unit.score),
            tuple(_cell(one, unit.unit, node.node, edges, cut) for node in parts),
        )
        for unit in units
    )  # fmt: skip
    steps = tuple(HeatStep(k, f"{low:g}–{high:g}") for k, (low, high) in enumerate(pairwise(edges)))
    tested = any(against == MEAN for *_, against in one.tests)
    line = phrase("heat_line", cut=f"{cut:g}") if cut is not None and tested else NOTHING
    note = text.sentences([phrase("heat_note", what=what), phrase("heat_marks") if tested else NOTHING, line])
    return Heat(
        f"heat-{level}",
        phrase("heat_title", what=what),
        what,
        tuple(node.name for node in parts),
        rows,
        steps,
        note,
    )


def line_of(plan: IndexPlan) -> float | None:
    """The score that divides a table of two bands; None where the index has another table, or none."""
    bands = next(iter(plan.bands.values()), None)
    return float(bands.bands[1].low) if bands is not None and len(bands.bands) == 2 else None


def _cell(one: OneIndex, unit: str, node: str, edges: Sequence[float], cut: float | None) -> HeatCell:
    own, test = one.parts.get((unit, node)), one.tests.get((unit, node, MEAN))
    if own is None or math.isnan(own.score):
        return HeatCell(text.number(math.nan), 0, "", "", bold=False)
    step = min(max(bisect.bisect_right(edges, own.score) - 1, 0), len(edges) - 2)
    sure = cut is not None and own.se > 0 and own.low >= cut
    return HeatCell(
        text.number(own.score), step, test.mark if test else "", test.tone if test else "", bold=sure
    )
