"""The bulletin of a composite index: the whole, its units by kind, its parts, how far the order can be trusted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from ncsi.report import text
from ncsi.report.chart_data import ChartData, Trend, TrendPoint
from ncsi.report.composite.evidence import (
    bands_note,
    benchmarks_grid,
    checks_grid,
    diagnostics_grid,
    filled_grid,
    input_name,
    sensitivity_grids,
    tree_grid,
)
from ncsi.report.composite.heat import heats, is_heat, line_of
from ncsi.report.composite.names import file_of, level_name
from ncsi.report.composite.pages import CompositePage, UnitRow, UnitSection
from ncsi.report.composite.rows import (
    BEFORE,
    WHOLE,
    MoveInfo,
    NodeInfo,
    OneIndex,
    RankInfo,
    SeriesInfo,
    UnitInfo,
)
from ncsi.report.composite.standing import agreement_grid, classes_grid, levels_grid, vetoes_grid
from ncsi.report.content.axis_rows import axis_of
from ncsi.report.content.grids import Fact, Grid, Paragraph, cell, grid
from ncsi.report.content.heading import Heading
from ncsi.report.result_rows import of
from ncsi.report.text import NONE, NOTHING, Pair, phrase, same
from ncsi.spec.index_plan import IndexPlan
from ncsi.tables import OUT_COMPOSITE_SENSITIVITY, OUT_COMPOSITE_SERIES

_NAMED = 3
_NO_EFFECT = 1e-9
"""Shares of variance this close are one."""
_PLACE_OF_PARTS = 40
"""Units up to which their parts stand in one table; the files hold all."""
_CAUTIONED = ("independent", "held", "few_replicates")
"""How errors were taken together where that is worth a caution."""
FILES = (
    "out_composite_by_unit",
    "out_composite_node_by_unit",
    "out_composite_rank_by_unit",
    "out_composite_tests_by_unit",
)


def bulletin(one: OneIndex, plan: IndexPlan, head: Heading) -> CompositePage:
    """The page over all units, from the disclosed tables of one index."""
    whole = one.units.get(WHOLE)
    sections = tuple(_sections(one, plan))
    return CompositePage(
        **(head | {"title": one.name, "label": period(one)}),
        tree=one.tree,
        kind=phrase("composite_bulletin"),
        headline=_headline(one, plan, whole, sections),
        score_name=score_name(one),
        value=text.number(one.reference.get(one.about.root, math.nan)),
        interval=interval_of(whole) if whole else "",
        band=one.band_name(WHOLE),
        findings=tuple(_findings(one, plan, whole, sections)),
        facts=_facts(one),
        trend=_trend(one),
        trend_note=phrase("composite_series_note", versions=same(", ".join(_versions(one)))),
        sections=sections,
        heats=tuple(heats(one, plan)),
        grids=tuple(
            made
            for made in (
                _movers(one), _groups(one, plan), *_parts(one, plan), classes_grid(one), vetoes_grid(one),
                levels_grid(one), agreement_grid(one), _splices(one),
            )
            if made is not None
        ),
        about_method=tuple(
            made
            for made in (
                *sensitivity_grids(one), diagnostics_grid(one), tree_grid(one), benchmarks_grid(one), checks_grid(one),
                filled_grid(one),
            )
            if made is not None
        ),
        bands=bands_note(one),
        method=_method(one),
        files=FILES,
    )  # fmt: skip


def period(one: OneIndex) -> Pair:
    """The year that is told of."""
    return Pair(f"{one.about.year}年", str(one.about.year))


def score_name(one: OneIndex) -> Pair:
    """The index with the ends of its scale."""
    ends = f"{one.about.scale_low:g}–{one.about.scale_high:g}"
    return Pair(f"{one.name.zh}（{ends}）", f"{one.name.en} ({ends})")


def interval_of(unit: UnitInfo) -> str:
    """Its interval by sampling; nothing where all was counted or nothing is known."""
    return text.interval(unit.low, unit.high) if unit.se == unit.se and unit.se > 0 else ""


def _sections(one: OneIndex, plan: IndexPlan) -> Iterable[UnitSection]:
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
        interval=text.interval(unit.low, unit.high) if told else "",
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


def ends_of(low: int | None, high: int | None) -> str:
    """A set or range of ranks; a dash where there is none."""
    return NONE if low is None or high is None else text.ranks(int(low), int(high))


def _grade(one: OneIndex, unit: str) -> Pair:
    own = one.classes.get(unit)
    if own is not None:
        return Pair(own.label_zh, own.label_en) if own.class_awarded else phrase("class_undecided")
    return one.band_name(unit)


def _headline(
    one: OneIndex, plan: IndexPlan, whole: UnitInfo | None, sections: Sequence[UnitSection]
) -> Pair:
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


def _first(sections: Sequence[UnitSection]) -> list[UnitRow]:
    """The unit with the highest score of the first kind, or those that share it."""
    return [row for row in sections[0].rows if row.place == 1] if sections else []


def _findings(
    one: OneIndex, plan: IndexPlan, whole: UnitInfo | None, sections: Sequence[UnitSection]
) -> Iterable[Pair]:
    reference = one.reference.get(one.about.root, math.nan)
    if not math.isnan(reference):
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
    own = _indicator_moves(one)
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


def _indicator_moves(one: OneIndex) -> list[MoveInfo]:
    own = [m for (unit, node), m in one.moves.items() if unit == WHOLE and one.nodes[node].indicator]
    return sorted(own, key=lambda m: -m.contribution)


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


def _facts(one: OneIndex) -> tuple[Fact, ...]:
    units = Pair(one.about.unit_zh, one.about.unit_many)
    return (
        Fact(text.count(one.about.units), units),
        Fact(str(one.about.indicators), phrase("fact_indicators")),
        Fact(str(one.about.year), phrase("fact_year")),
        Fact(text.count(one.about.source_rows), phrase("fact_rows")),
    )


def _trend(one: OneIndex) -> Trend | None:
    """The whole over the years, each year by its latest version; a break where the version changes."""
    own = _whole_series(one)
    if len({row.year for row in own}) < 2:
        return None
    points, last = [], ""
    for row in own:
        told = [other for other in own if other.year == row.year]
        if row is not told[-1] or math.isnan(row.score):
            continue
        points.append(
            TrendPoint(
                same(str(row.year)), row.score, row.score, row.score, None, bool(last) and row.version != last
            )
        )
        last = row.version
    frame = of(one.frame(OUT_COMPOSITE_SERIES.name), unit=WHOLE, node=one.about.root)
    return Trend(tuple(points), ChartData.of(frame[["year", "version", "score", "splice_difference"]]))


def _whole_series(one: OneIndex) -> list[SeriesInfo]:
    return [row for row in one.series if row.unit == WHOLE and row.node == one.about.root]


def _versions(one: OneIndex) -> list[str]:
    return list(dict.fromkeys(row.version for row in _whole_series(one))) or [one.about.benchmark_version]


def _splices(one: OneIndex) -> Grid | None:
    """Years that two versions of the benchmarks score: both figures, never one put for the other."""
    own = [row for row in _whole_series(one) if row.splice]
    rows = [
        [
            cell(str(row.year)), cell(row.version), cell(text.number(row.score, 2)),
            cell(text.signed(row.splice_difference, 2)),
        ]
        for row in own
    ]  # fmt: skip
    heads = ("year", "benchmark_version", "score", "splice_difference")
    return grid("composite_splices", heads, rows, phrase("composite_splices_note")) if rows else None


def _movers(one: OneIndex) -> Grid | None:
    own = _indicator_moves(one)
    rows = [
        [
            cell(one.nodes[m.node].name), cell(text.number(m.was, 2)), cell(text.number(m.score, 2)),
            cell(text.signed(m.change, 2)), cell(text.signed(m.contribution, 3)),
        ]
        for m in own
    ]  # fmt: skip
    heads = ("indicator", "last_period", "score", "change", "contribution")
    return grid("composite_movers", heads, rows, phrase("composite_movers_note")) if rows else None


def _groups(one: OneIndex, plan: IndexPlan) -> Grid | None:
    own = [row for row in one.groups if row.dimension != WHOLE]
    if not own:
        return None
    top = top_nodes(one)
    labels = {d.id: text.pair(d.label) for d in plan.definition.groups}
    by_group = {(row.dimension, row.group, row.node): row for row in own}
    rows = []
    for dimension, group in dict.fromkeys((row.dimension, row.group) for row in own):
        first = next(row for row in own if (row.dimension, row.group) == (dimension, group))
        scores = [by_group.get((dimension, group, node.node)) for node in top]
        rows.append([
            cell(first.name), cell(labels.get(dimension, same(dimension))), cell(text.count(first.units)),
            *(cell(text.number(row.score, 2) if row else NONE) for row in scores),
        ])  # fmt: skip
    heads: list[str | Pair] = ["group_of_units", "group_by", "units_in_it", *(node.name for node in top)]
    weighted = any(row.basis == "weighted" for row in own)
    return grid(
        "composite_groups",
        heads,
        rows,
        phrase("composite_groups_weighted" if weighted else "composite_groups_equal"),
    )


def top_nodes(one: OneIndex) -> list[NodeInfo]:
    """The index and the nodes right below it."""
    return [node for node in one.nodes.values() if node.depth <= 1]


def _parts(one: OneIndex, plan: IndexPlan) -> Iterable[Grid]:
    """The nodes below the index by unit, where there are not too many units to read."""
    nodes = [node for node in one.nodes.values() if node.depth == 1]
    deeper = [node for node in one.nodes.values() if node.depth == 2 and not node.indicator]
    chosen = nodes if len(nodes) > 3 or not deeper else [*nodes, *deeper]
    for dimension in plan.definition.dimensions:
        own = [unit for unit in one.units.values() if unit.level == dimension.id and unit.shown]
        if not own or len(own) > _PLACE_OF_PARTS or len(chosen) > 12 or is_heat(one):
            continue
        own.sort(key=lambda unit: -unit.score)
        rows = [
            [cell(unit.name), *(cell(_part(one, unit.unit, node.node)) for node in chosen)] for unit in own
        ]
        yield grid("composite_parts", (level_name(dimension.id, plan), *(node.name for node in chosen)), rows,
                   what=level_name(dimension.id, plan))  # fmt: skip


def _part(one: OneIndex, unit: str, node: str) -> str:
    own = one.parts.get((unit, node))
    return text.number(own.score) if own else NONE


def _method(one: OneIndex) -> tuple[Paragraph, ...]:
    about = one.about
    told = [
        ("composite_about", Pair(about.about_zh, about.about_en)),
        ("composite_scoring", phrase(
            "composite_scoring_text", normalise=phrase(f"normalise_{about.normalise}"),
            aggregate=phrase(f"aggregate_{about.aggregate}"), low=f"{about.scale_low:g}", high=f"{about.scale_high:g}",
            version=about.benchmark_version)),
        ("composite_two_intervals", phrase("two_intervals")),
        ("composite_missing", phrase("composite_missing_text")),
    ]  # fmt: skip
    return tuple(Paragraph(phrase(key), words) for key, words in told)
