"""What the figures of a composite index say: a headline, and a sentence for each thing worth knowing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from ncsi.report import text
from ncsi.report.composite.evidence import (
    input_name,
)
from ncsi.report.composite.heat import line_of
from ncsi.report.composite.over_time import indicator_moves
from ncsi.report.composite.pages import UnitRow, UnitSection
from ncsi.report.composite.rows import (
    BEFORE,
    WHOLE,
    OneIndex,
    UnitInfo,
)
from ncsi.report.result_rows import of
from ncsi.report.text import NONE, Pair, phrase
from ncsi.spec.index_plan import IndexPlan
from ncsi.tables import OUT_COMPOSITE_SENSITIVITY

_NAMED = 3
_NO_EFFECT = 1e-9
"""Shares of variance this close are one."""
_CAUTIONED = ("independent", "held", "few_replicates")
"""How errors were taken together where that is worth a caution."""


def headline(one: OneIndex, plan: IndexPlan, whole: UnitInfo | None, sections: Sequence[UnitSection]) -> Pair:
    """The change of a counted whole; else who is first, alone, in a set, or with others."""
    move = one.moves.get((WHOLE, one.about.root))
    if whole is not None and one.counted(WHOLE) and move is not None:
        key = (
            "composite_rose"
            if move.change > 0.005
            else "composite_fell"
            if move.change < -0.005
            else "composite_still"
        )
        return phrase(
            key,
            whole=text.pair(plan.definition.whole),
            size=text.number(abs(move.change), 2),
            year=move.previous_year,
        )
    first = _first(sections)
    if not first:
        return phrase("composite_headline", name=one.name, year=one.about.year)
    if len(first) > 1:
        return phrase("composite_first_tied", what=sections[0].what, k=len(first))
    alone = first[0].rank_set == "1"
    return phrase("composite_first" if alone else "composite_first_shared", unit=first[0].name)


def findings(
    one: OneIndex, plan: IndexPlan, whole: UnitInfo | None, sections: Sequence[UnitSection]
) -> Iterable[Pair]:
    """What the page says before its tables: level, ends, bands, changes, and what to be careful about."""
    reference = one.reference.get(one.about.root, math.nan)
    if not math.isnan(reference) and (whole or one.about.units > 1):
        yield phrase(
            "index_told_whole" if whole else "index_told_mean",
            whole=text.pair(plan.definition.whole), value=text.number(reference, 2), n=one.about.units,
            units=Pair(one.about.unit_zh, one.about.unit_many),
        )  # fmt: skip
    for section in sections:
        yield from _ends(section)
    yield from _in_bands(one, plan)
    yield from _changed(one)
    if whole is not None and one.counted(WHOLE):
        yield from _moved(one)
    yield from _depends(one)
    missing = [unit for unit in one.units.values() if not unit.shown and unit.unit != WHOLE]
    if missing:
        yield phrase(
            "index_told_insufficient", k=len(missing), units=Pair(one.about.unit_zh, one.about.unit_many)
        )
    if one.about.errors in _CAUTIONED:
        yield phrase(f"index_told_{one.about.errors}")
    if one.about.illustrative:
        yield phrase("index_told_illustrative")


def _first(sections: Sequence[UnitSection]) -> list[UnitRow]:
    """The unit with the highest score of the first kind, or those that share it."""
    return [row for row in sections[0].rows if row.place == 1] if sections else []


def _in_bands(one: OneIndex, plan: IndexPlan) -> Iterable[Pair]:
    """How many units have their whole interval above the line, and how many lie across it; where errors are known."""
    cut = line_of(plan)
    sampled = [unit for unit in one.units.values() if unit.unit != WHOLE and unit.se > 0]
    if cut is None or not sampled:
        return
    upper = next(iter(plan.bands.values())).bands[1].label
    yield phrase(
        "index_told_bands", n=len(sampled), units=Pair(one.about.unit_zh, one.about.unit_many), band=text.pair(upper),
        cut=f"{cut:g}", sure=sum(unit.low >= cut for unit in sampled),
        open=sum(unit.low < cut <= unit.high for unit in sampled),
    )  # fmt: skip


def _changed(one: OneIndex) -> Iterable[Pair]:
    """How many units rose and fell significantly, each by its own interval."""
    own = [
        test for (_, node, against), test in one.tests.items() if node == one.about.root and against == BEFORE
    ]
    moves = [move for (unit, node), move in one.moves.items() if node == one.about.root and unit != WHOLE]
    if own:
        yield phrase(
            "index_told_changed", n=len(own), units=Pair(one.about.unit_zh, one.about.unit_many),
            year=moves[0].previous_year, rose=sum(test.verdict == "higher" for test in own),
            fell=sum(test.verdict == "lower" for test in own),
        )  # fmt: skip
    elif moves and one.about.errors not in ("counted", ""):
        yield phrase("index_told_untested", year=moves[0].previous_year)


def _ends(section: UnitSection) -> Iterable[Pair]:
    """The highest and the lowest unit of a kind, each with what is known of its place; their number where units share
    that place."""
    ranked = [row for row in section.rows if row.place is not None]
    if len(ranked) < 2:
        return
    top, bottom = ([row for row in ranked if row.place == end.place] for end in (ranked[0], ranked[-1]))
    if len(top) == len(ranked):
        yield phrase("index_told_all_equal", what=section.what, n=len(ranked), value=ranked[0].value)
        return
    if len(top) > 1 or len(bottom) > 1:
        yield phrase(
            "index_told_ends_tied", what=section.what, high=top[0].value, k_high=len(top), low=bottom[0].value,
            k_low=len(bottom), n=len(ranked),
        )  # fmt: skip
        return
    high, low = (
        phrase("unit_placed_in" if section.ranked and row.rank_set != NONE else "unit_placed",
               unit=row.name, value=row.value, ranks=row.rank_set)
        for row in (ranked[0], ranked[-1])
    )  # fmt: skip
    yield phrase("index_told_ends", what=section.what, high=high, low=low)


def _moved(one: OneIndex) -> Iterable[Pair]:
    """The indicators that moved the whole the most, as bulletins print them."""
    own = indicator_moves(one)
    rises, falls = (
        [m for m in own if m.contribution > 0][:_NAMED],
        [m for m in own[::-1] if m.contribution < 0][:_NAMED],
    )
    for key, chosen in (("index_told_rises", rises), ("index_told_falls", falls)):
        if chosen:
            named = [
                phrase("mover", name=one.nodes[m.node].name, size=text.signed(m.change, 2)) for m in chosen
            ]
            yield phrase(key, movers=text.joined(named), year=chosen[0].previous_year)


def _depends(one: OneIndex) -> Iterable[Pair]:
    """By choices of method alone, every combination of them."""
    frame = of(one.frame(OUT_COMPOSITE_SENSITIVITY.name), design="exact")
    if frame.empty:
        return
    shift = text.number(float(frame["mean_shift"].iloc[0]), 1)
    largest = frame["st"].max()
    if not largest > _NO_EFFECT:
        yield phrase("index_told_depends_on_none", shift=shift)
        return
    first = frame.loc[frame["st"] >= largest - _NO_EFFECT, "input"]
    yield phrase(
        "index_told_depends", shift=shift, choice=text.joined([input_name(str(name)) for name in first])
    )
