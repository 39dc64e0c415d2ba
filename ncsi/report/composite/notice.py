"""The notice of one unit: its score and place, its parts against last year and the whole, what stands first."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ncsi.report import text
from ncsi.report.axis_rows import Axis, axis
from ncsi.report.composite.bulletin import period, score_name
from ncsi.report.composite.heat import line_of
from ncsi.report.composite.names import file_of, level_name, with_unit
from ncsi.report.composite.pages import NodeRow, PlaceStrip, UnitPage
from ncsi.report.composite.ranking import ends_of, interval_of
from ncsi.report.composite.rows import (
    BEFORE,
    MEAN,
    NodeInfo,
    OneIndex,
    PartInfo,
    RankInfo,
    UnitInfo,
)
from ncsi.report.composite.standing import levels_grid, vetoes_grid
from ncsi.report.composite.unit_sentences import (
    findings,
    first_look,
    headline,
    reference_name,
    undecided,
    weakest,
    word,
)
from ncsi.report.content.grids import Grid, Line, cell, grid, line
from ncsi.report.content.heading import Heading
from ncsi.report.text import NONE, NOTHING, Pair, Shown, each, phrase, same
from ncsi.spec.index_plan import IndexPlan

_MOST_ROWS = 30
"""Indicators that a notice draws in one table with the parts above them."""
_STEPS = (1, 2, 5, 10, 20)


def notice(
    one: OneIndex, plan: IndexPlan, unit: str, head: Heading, editions: tuple[Shown, ...] = ("both",)
) -> UnitPage:
    """The page of a unit that has a score. KeyError for a unit that the tables do not tell of."""
    own, rank = one.units[unit], one.ranks.get(unit)
    parts, cut = tuple(_rows(one, unit)), line_of(plan)
    tested = any((unit, node, MEAN) in one.tests for node in one.nodes)
    return UnitPage(
        **(head | {"title": one.name, "label": period(one)}),
        tree=one.tree,
        unit=file_of(unit),
        kind=phrase("composite_notice", name=one.name),
        name=own.name,
        score_name=score_name(one),
        value=text.number(own.score),
        interval=interval_of(own),
        band=word(one, unit),
        headline=headline(one, plan, own, rank),
        findings=tuple(findings(one, plan, own, rank)),
        parts_title=phrase("composite_unit_parts"),
        parts=parts,
        axis=_axis(parts, cut),
        cut=cut or 0.0,
        has_cut=cut is not None,
        parts_note=phrase(
            "composite_unit_parts_tested" if tested else "composite_unit_parts_note",
            level=f"{100 * one.about.level:g}",
            whole=reference_name(one, plan),
            year=_last_year(one, unit) or phrase("the_year_before"),
        ),
        rank_set=_rank_set(one, plan, own, rank),
        robust=_robust(plan, own, rank),
        action=phrase("composite_first_look") if weakest(one, unit) else NOTHING,
        action_text=first_look(one, plan, unit),
        undecided=undecided(one, own, tested),
        grids=tuple(
            made
            for made in (_indicators(one, plan, unit), vetoes_grid(one, unit), levels_grid(one, unit))
            if made is not None
        ),
        sample=tuple(_sample(one, own, rank)),
        editions=editions,
    )  # fmt: skip


def _last_year(one: OneIndex, unit: str) -> str:
    move = one.moves.get((unit, one.about.root))
    return str(move.previous_year) if move else ""


def _rows(one: OneIndex, unit: str) -> Iterable[NodeRow]:
    """The parts of the index; of more indicators than a page holds only those above them, by score."""
    own = [node for node in one.nodes.values() if node.depth and (unit, node.node) in one.parts]
    if not _is_long(one):
        return [_row(one, unit, node) for node in own]
    above = [node for node in own if not node.indicator]
    return [_row(one, unit, node) for node in sorted(above, key=lambda node: -_score(one, unit, node))]


def _is_long(one: OneIndex) -> bool:
    return sum(node.indicator for node in one.nodes.values()) > _MOST_ROWS


def _score(one: OneIndex, unit: str, node: NodeInfo) -> float:
    score = one.parts[unit, node.node].score
    return -math.inf if math.isnan(score) else score


def _row(one: OneIndex, unit: str, node: NodeInfo) -> NodeRow:
    own = one.parts[unit, node.node]
    move, reference = one.moves.get((unit, node.node)), one.reference.get(node.node, math.nan)
    change, gap = (one.tests.get((unit, node.node, against)) for against in (BEFORE, MEAN))
    shown, told = not math.isnan(own.score), own.se > 0
    return NodeRow(
        name=node.name,
        id=node.node,
        level=node.depth + 1,
        shade=node.depth == 1 and not _is_long(one),
        value=text.number(own.score),
        interval=text.interval(own.low, own.high) if shown and told else text.NOTHING,
        x=own.score if shown else None,
        x_low=(own.low if told else own.score) if shown else None,
        x_high=(own.high if told else own.score) if shown else None,
        shown=shown,
        note=NOTHING if shown else phrase("part_missing"),
        below=_figure(node, own),
        last=text.number(move.was) if move else NONE,
        x_last=move.was if move else None,
        reference=text.number(reference),
        x_reference=None if math.isnan(reference) else reference,
        change=text.signed(move.change) if move else NONE,
        tone=change.tone if change else "",
        star=change.mark if change else "",
        difference=(text.signed(own.score - reference) if shown else NONE) + (gap.mark if gap else ""),
        difference_tone=gap.tone if gap else "",
        has_last=move is not None,
        has_reference=not math.isnan(reference),
    )


def _indicators(one: OneIndex, plan: IndexPlan, unit: str) -> Grid | None:
    """Every indicator of an index that has more than a page holds, by part."""
    if not _is_long(one):
        return None
    rows = []
    for node in one.nodes.values():
        own = one.parts.get((unit, node.node))
        if not node.indicator or own is None:
            continue
        row = _row(one, unit, node)
        rows.append([
            cell(one.nodes[node.parent].name), cell(node.name), cell(row.value, row.interval),
            cell(row.reference), cell(f"{row.change}{row.star}", tone=row.tone),
            cell(row.difference, tone=row.difference_tone),
        ])  # fmt: skip
    heads = ("part", "indicator", "score", "reference_score", "change", "against_reference")
    note = phrase("composite_indicators_note", whole=reference_name(one, plan))
    return grid("composite_indicators", heads, rows, note, wide=(0, 1), n=same(str(len(rows))))


def _figure(node: NodeInfo, own: PartInfo) -> Pair:
    """The figure as given with its unit, and what became of it."""
    if not node.indicator or math.isnan(own.value_used):
        return NOTHING
    unit = Pair(node.unit_zh, node.unit_en)
    figure = own.value if not math.isnan(own.value) else own.value_used
    mark = phrase(f"cell_{own.change}") if own.change not in ("observed", "missing", "") else NOTHING
    return each(
        lambda language: (
            f"{with_unit(f'{figure:,.4g}', unit.of(language), language)} {mark.of(language)}".strip()
        )
    )


def _axis(rows: tuple[NodeRow, ...], cut: float | None) -> Axis:
    ends = [
        value
        for row in rows
        for value in (row.x, row.x_low, row.x_high, row.x_last, row.x_reference, cut)
        if value is not None
    ]
    return axis(ends, _STEPS)


def _rank_set(one: OneIndex, plan: IndexPlan, own: UnitInfo, rank: RankInfo | None) -> PlaceStrip | None:
    if rank is None:
        return None
    title = phrase("rank_set_title")
    if one.counted(own.unit):
        return PlaceStrip(
            title, phrase("rank_set_counted"), rank.ranked, rank.rank, rank.rank, rank.rank, given=False
        )
    if rank.rank_low is None or rank.rank_high is None:
        return PlaceStrip(
            title, phrase("rank_set_unknown"), rank.ranked, rank.rank, rank.rank, rank.rank, given=False
        )
    note = phrase(
        "rank_set_note", ranks=ends_of(rank.rank_low, rank.rank_high), level=f"{100 * one.about.level:g}",
        what=level_name(own.level, plan),
    )  # fmt: skip
    return PlaceStrip(
        title, note, rank.ranked, rank.rank, int(rank.rank_low), int(rank.rank_high), given=True
    )


def _robust(plan: IndexPlan, own: UnitInfo, rank: RankInfo | None) -> PlaceStrip | None:
    if rank is None or rank.robust_low is None or rank.robust_high is None:
        return None
    note = phrase(
        "robust_note", ranks=ends_of(rank.robust_low, rank.robust_high), what=level_name(own.level, plan)
    )
    return PlaceStrip(
        phrase("robust_title"),
        note,
        rank.ranked,
        rank.rank,
        int(rank.robust_low),
        int(rank.robust_high),
        given=True,
    )


def _sample(one: OneIndex, own: UnitInfo, rank: RankInfo | None) -> Iterable[Line]:
    if rank is not None and rank.combined_low is not None:
        yield line("line_combined", ends_of(rank.combined_low, rank.combined_high))
    yield line("line_observed", text.share(own.observed))
    yield line(
        "line_emptiest",
        each(
            lambda language: (
                f"{one.nodes[own.emptiest].name.of(language)} {text.share(own.emptiest_observed)}"
            )
        ),
    )
    yield line("benchmark_version", one.about.benchmark_version or NONE)
    yield line("line_error", text.number(own.se, 3) if own.se == own.se else phrase("error_unknown"))
