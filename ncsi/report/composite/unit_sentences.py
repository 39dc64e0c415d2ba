"""What a notice says of its unit, sentence by sentence: band, change, parts above and below the mean, where to look."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ncsi.report import text
from ncsi.report.composite.heat import line_of
from ncsi.report.composite.ranking import ends_of, interval_of
from ncsi.report.composite.rows import BEFORE, MEAN, WHOLE, NodeInfo, OneIndex, RankInfo, TestInfo, UnitInfo
from ncsi.report.text import NOTHING, Pair, phrase, typed
from ncsi.spec.index_plan import IndexPlan

_NAMED = 3


def word(one: OneIndex, unit: str) -> Pair:
    """Its class on a scorecard, else its band."""
    own = one.classes.get(unit)
    if own is not None:
        return typed(own.label_zh, own.label_en) if own.class_awarded else phrase("class_undecided")
    return one.band_name(unit)


def headline(one: OneIndex, plan: IndexPlan, own: UnitInfo, rank: RankInfo | None) -> Pair:
    """What was found first: its band and the parts below the mean, its change where counted, else its place."""
    move = one.moves.get((own.unit, one.about.root))
    band = one.band_of(own.unit)
    if band is not None and band.band_low and line_of(plan) is not None:
        reached = band.from_score >= (line_of(plan) or 0)
        key = "unit_band_open" if not band.sure else "unit_band_sure" if reached else "unit_band_below"
        first = phrase(key, band=typed(band.label_zh, band.label_en), cut=f"{line_of(plan) or 0:g}")
        weak = [node.name for node, _ in _significant(one, own.unit, "lower", MEAN)[:_NAMED]]
        return phrase("unit_and_below", first=first, parts=text.joined(weak)) if weak else first
    if move is not None and one.counted(own.unit):
        key = "unit_rose" if move.change > 0.005 else "unit_fell" if move.change < -0.005 else "unit_still"
        return phrase(key, size=text.number(abs(move.change), 2), year=move.previous_year)
    if rank is not None and rank.rank_low is not None and not one.counted(own.unit):
        return phrase("unit_in_set", ranks=ends_of(rank.rank_low, rank.rank_high), ranked=rank.ranked)
    return phrase("unit_scored", value=text.number(own.score))


def findings(one: OneIndex, plan: IndexPlan, own: UnitInfo, rank: RankInfo | None) -> Iterable[Pair]:
    """What the tables say of it, each with what is known of its error."""
    reference = one.reference.get(one.about.root, math.nan)
    if not math.isnan(reference):
        yield phrase(
            "unit_against_whole", value=text.number(own.score, 2), whole=reference_name(one, plan),
            reference=text.number(reference, 2), difference=text.signed(own.score - reference, 2),
        )  # fmt: skip
    yield from _banded(one, plan, own)
    yield from _moved(one, own)
    if rank is not None:
        yield from _placed(one, own, rank)
    told = one.classes.get(own.unit)
    if told is not None and told.class_awarded != told.class_by_score:
        yield phrase("unit_vetoed" if told.class_awarded else "unit_veto_unknown")
    yield from _tested_parts(one, plan, own.unit)
    for key, chosen in (
        ("unit_strong", _against(one, own.unit)[-_NAMED:][::-1]),
        ("unit_weak", _against(one, own.unit)[:_NAMED]),
    ):
        named = [
            (node, gap) for node, gap in chosen if (gap > 0) == (key == "unit_strong") and abs(gap) >= 0.05
        ]
        if named and not any(against == MEAN for *_, against in one.tests):
            words = [phrase("mover", name=node.name, size=text.signed(gap)) for node, gap in named]
            yield phrase(key, parts=text.joined(words), whole=reference_name(one, plan))
    if own.observed < 1:
        yield phrase("unit_observed", share=text.share(own.observed), group=one.nodes[own.emptiest].name,
                     least=text.share(own.emptiest_observed))  # fmt: skip


def _banded(one: OneIndex, plan: IndexPlan, own: UnitInfo) -> Iterable[Pair]:
    """Whether its interval lies in one band; where its error is known."""
    band, cut = one.band_of(own.unit), line_of(plan)
    if band is None or not band.band_low or cut is None:
        return
    key = (
        "unit_told_open"
        if not band.sure
        else "unit_told_reached"
        if band.from_score >= cut
        else "unit_told_below"
    )
    yield phrase(
        key, low=text.number(own.low), high=text.number(own.high), cut=f"{cut:g}",
        band=typed(band.label_zh, band.label_en),
    )  # fmt: skip


def _moved(one: OneIndex, own: UnitInfo) -> Iterable[Pair]:
    """Its change, tested where the errors of both years are known jointly."""
    move, test = one.moves.get((own.unit, one.about.root)), one.tests.get((own.unit, one.about.root, BEFORE))
    if move is None or one.counted(own.unit):
        return
    if test is None:
        yield phrase("unit_change_untested", size=text.signed(move.change, 2), year=move.previous_year)
        return
    key = {"higher": "unit_change_rose", "lower": "unit_change_fell"}.get(test.verdict, "unit_change_level")
    parts = [
        phrase("mover", name=node.name, size=text.signed(found.difference))
        for verdict in ("higher", "lower")
        for node, found in _significant(one, own.unit, verdict, BEFORE)
    ]
    told = phrase(
        key, size=text.signed(test.difference), year=move.previous_year,
        interval=text.interval(test.low, test.high), level=f"{100 * one.about.level:g}",
    )  # fmt: skip
    more = phrase("unit_parts_changed", parts=text.joined(parts)) if parts else phrase("unit_no_part_changed")
    yield text.sentences([told, more])


def _tested_parts(one: OneIndex, plan: IndexPlan, unit: str) -> Iterable[Pair]:
    """The parts that differ significantly from the mean of all units."""
    for key, verdict in (("unit_parts_above", "higher"), ("unit_parts_below", "lower")):
        found = _significant(one, unit, verdict, MEAN)
        if found:
            words = [
                phrase("mover", name=node.name, size=text.signed(test.difference)) for node, test in found
            ]
            yield phrase(key, parts=text.joined(words), whole=reference_name(one, plan))


def _significant(one: OneIndex, unit: str, verdict: str, against: str) -> list[tuple[NodeInfo, TestInfo]]:
    """Parts right below the index with that verdict, the largest difference first."""
    found = [
        (node, test)
        for node in one.nodes.values()
        if node.depth == 1
        and (test := one.tests.get((unit, node.node, against))) is not None
        and test.verdict == verdict
    ]
    return sorted(found, key=lambda each: -abs(each[1].difference))


def undecided(one: OneIndex, own: UnitInfo, tested: bool) -> Pair:
    """What the data do not tell apart."""
    if not tested:
        return phrase("composite_undecided" if interval_of(own).zh else "composite_undecided_unknown")
    level = [
        node.name
        for node in one.nodes.values()
        if node.depth == 1
        and (test := one.tests.get((own.unit, node.node, MEAN))) is not None
        and not test.tone
    ]
    return phrase("composite_undecided_parts", parts=text.joined(level)) if level else NOTHING


def _placed(one: OneIndex, own: UnitInfo, rank: RankInfo) -> Iterable[Pair]:
    if one.counted(own.unit):
        yield phrase("unit_rank_counted", rank=rank.rank, ranked=rank.ranked)
    elif rank.rank_low is not None:
        yield phrase(
            "unit_rank_set", rank=rank.rank, ranked=rank.ranked, ranks=ends_of(rank.rank_low, rank.rank_high)
        )
    else:
        yield phrase("unit_rank_unknown", rank=rank.rank, ranked=rank.ranked)


def _against(one: OneIndex, unit: str) -> list[tuple[NodeInfo, float]]:
    """Indicators by their difference from the whole, the weakest first."""
    found = []
    for node in one.nodes.values():
        own, reference = one.parts.get((unit, node.node)), one.reference.get(node.node, math.nan)
        if node.indicator and own is not None and not math.isnan(own.score) and not math.isnan(reference):
            found.append((node, own.score - reference))
    return sorted(found, key=lambda each: each[1])


def weakest(one: OneIndex, unit: str) -> tuple[NodeInfo, float] | None:
    """The indicator whose shortfall, by its weight in the index, is the largest; none where nothing falls short, or,
    where differences are tested, nothing significantly."""
    short = [(node, gap) for node, gap in _against(one, unit) if gap < -0.05]
    if any(against == MEAN for *_, against in one.tests):
        short = [
            (node, gap)
            for node, gap in short
            if (test := one.tests.get((unit, node.node, MEAN))) is not None and test.verdict == "lower"
        ]
    return min(short, key=lambda each: each[1] * each[0].weight_global) if short else None


def first_look(one: OneIndex, plan: IndexPlan, unit: str) -> Pair:
    """The weakest indicator and what its shortfall comes to; nothing without one."""
    found = weakest(one, unit)
    if found is None:
        return NOTHING
    node, gap = found
    return phrase(
        "composite_first_look_text", name=node.name, score=text.number(one.parts[unit, node.node].score),
        gap=text.number(-gap), whole=reference_name(one, plan), weight=f"{100 * node.weight_global:.1f}%",
        points=text.number(-gap * node.weight_global, 2),
    )  # fmt: skip


def reference_name(one: OneIndex, plan: IndexPlan) -> Pair:
    """What a unit is held against: figures of the whole, else the mean of all units."""
    if WHOLE in one.units:
        return text.pair(plan.definition.whole)
    return phrase("mean_of", units=Pair(one.about.unit_zh, one.about.unit_many))
