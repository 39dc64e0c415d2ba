"""Units of a composite index by kind, in their order, each with its interval and its places."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from ncsi.report import text
from ncsi.report.axis_rows import axis_of
from ncsi.report.composite.names import file_of, level_name
from ncsi.report.composite.pages import UnitRow, UnitSection
from ncsi.report.composite.rows import (
    BEFORE,
    WHOLE,
    OneIndex,
    RankInfo,
    UnitInfo,
)
from ncsi.report.text import NONE, NOTHING, Pair, phrase, typed
from ncsi.spec.index_plan import IndexPlan


def unit_sections(one: OneIndex, plan: IndexPlan) -> Iterable[UnitSection]:
    """One ranking for each kind of unit that has units."""
    for dimension in plan.definition.dimensions:
        own = [unit for unit in one.units.values() if unit.level == dimension.id and unit.unit != WHOLE]
        if own:
            yield _section(one, plan, dimension.id, own)


def _section(one: OneIndex, plan: IndexPlan, level: str, units: Sequence[UnitInfo]) -> UnitSection:
    what = level_name(level, plan)
    own = {unit.unit: one.ranks.get(unit.unit) for unit in units}
    order = sorted(units, key=lambda unit: (_place(own[unit.unit]), unit.unit))
    rows = tuple(_row(one, unit, own[unit.unit]) for unit in order)
    reference = one.reference.get(one.about.root, math.nan)
    sampled = any(unit.se == unit.se and unit.se > 0 for unit in units)
    known = any(rank is not None and rank.rank_set == "computed" for rank in own.values())
    counted = any(rank is not None and rank.rank_set == "full_count" for rank in own.values())
    robust = any(rank is not None and rank.robust_low is not None for rank in own.values())
    note = phrase(
        "units_note" if sampled or known else "units_note_counted" if counted else "units_note_unknown",
        level=f"{100 * one.about.level:g}",
    )
    more = phrase("units_note_robust") if robust else NOTHING
    return UnitSection(
        id=f"by-{level.replace('_', '-')}",
        title=phrase("units_ranking", what=what),
        what=what,
        rows=rows,
        axis=axis_of(rows),
        reference=-1.0 if math.isnan(reference) else reference,
        note=text.sentences([note, more]),
        ranked=known,
        robust=robust,
        changed=any(row.change != NONE for row in rows),
        graded=any(row.grade.zh for row in rows),
    )


def _place(rank: RankInfo | None) -> int:
    return int(rank.rank) if rank else 1_000_000


def _row(one: OneIndex, unit: UnitInfo, rank: RankInfo | None) -> UnitRow:
    move = one.moves.get((unit.unit, one.about.root))
    tested = one.tests.get((unit.unit, one.about.root, BEFORE))
    told = unit.se == unit.se and unit.se > 0
    return UnitRow(
        name=unit.name,
        value=text.number(unit.score),
        interval=text.interval(unit.low, unit.high) if told else text.NOTHING,
        x=unit.score if unit.shown else None,
        x_low=(unit.low if told else unit.score) if unit.shown else None,
        x_high=(unit.high if told else unit.score) if unit.shown else None,
        shown=unit.shown,
        note=NOTHING if unit.shown else phrase("insufficient_data"),
        href=f"units/{file_of(unit.unit)}.html" if unit.shown else "",
        place=int(rank.rank) if rank else None,
        rank=str(rank.rank) if rank else NONE,
        rank_set=ends_of(rank.rank_low, rank.rank_high) if rank else NONE,
        robust=ends_of(rank.robust_low, rank.robust_high) if rank else NONE,
        change=text.signed(move.change) if move else NONE,
        change_raw=move.change if move else 0.0,
        star=tested.mark if tested else "",
        tone=tested.tone if tested else "",
        grade=_grade(one, unit.unit),
    )


def _grade(one: OneIndex, unit: str) -> Pair:
    own = one.classes.get(unit)
    if own is not None:
        return typed(own.label_zh, own.label_en) if own.class_awarded else phrase("class_undecided")
    return one.band_name(unit)


def interval_of(unit: UnitInfo) -> Pair:
    """Its interval by sampling; nothing where all was counted or nothing is known."""
    return text.interval(unit.low, unit.high) if unit.se == unit.se and unit.se > 0 else NOTHING


def ends_of(low: int | None, high: int | None) -> str:
    """A set or range of ranks; a dash where there is none."""
    return NONE if low is None or high is None else text.ranks(int(low), int(high))
