"""The notice of one unit: its score and place, its parts against last year and the whole, what stands first."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ncsi.report import text
from ncsi.report.composite.bulletin import ends_of, file_of, interval_of, level_name, period, score_name
from ncsi.report.composite.pages import NodeRow, PlaceStrip, UnitPage
from ncsi.report.composite.rows import WHOLE, NodeInfo, OneIndex, PartInfo, RankInfo, UnitInfo
from ncsi.report.composite.standing import levels_grid, vetoes_grid
from ncsi.report.content.axis_rows import Axis, axis
from ncsi.report.content.grids import Line, line
from ncsi.report.content.heading import Heading
from ncsi.report.text import NONE, NOTHING, Pair, Shown, each, phrase
from ncsi.spec.index_plan import IndexPlan

_NAMED = 3
_STEPS = (1, 2, 5, 10, 20)


def notice(
    one: OneIndex, plan: IndexPlan, unit: str, head: Heading, editions: tuple[Shown, ...] = ("both",)
) -> UnitPage:
    """The page of a unit that has a score. KeyError for a unit that the tables do not tell of."""
    own, rank = one.units[unit], one.ranks.get(unit)
    parts = tuple(_rows(one, unit))
    return UnitPage(
        **(head | {"title": one.name, "label": period(one)}),
        tree=one.tree,
        unit=file_of(unit),
        kind=phrase("composite_notice", name=one.name),
        name=own.name,
        score_name=score_name(one),
        value=text.number(own.score),
        interval=interval_of(own),
        band=_word(one, unit),
        headline=_headline(one, own, rank),
        findings=tuple(_findings(one, plan, own, rank)),
        parts_title=phrase("composite_unit_parts"),
        parts=parts,
        axis=_axis(parts),
        parts_note=phrase(
            "composite_unit_parts_note", whole=_reference_name(one, plan),
            year=_last_year(one, unit) or phrase("the_year_before"),
        ),
        rank_set=_rank_set(one, plan, own, rank),
        robust=_robust(plan, own, rank),
        action=phrase("composite_first_look") if _weakest(one, unit) else NOTHING,
        action_text=_action(one, plan, unit),
        undecided=phrase("composite_undecided" if interval_of(own) else "composite_undecided_unknown"),
        grids=tuple(made for made in (vetoes_grid(one, unit), levels_grid(one, unit)) if made is not None),
        sample=tuple(_sample(one, own, rank)),
        editions=editions,
    )  # fmt: skip


def _word(one: OneIndex, unit: str) -> Pair:
    """Its class on a scorecard, else its band."""
    own = one.classes.get(unit)
    if own is not None:
        return Pair(own.label_zh, own.label_en) if own.class_awarded else phrase("class_undecided")
    return one.band_of(unit) or NOTHING


def _headline(one: OneIndex, own: UnitInfo, rank: RankInfo | None) -> Pair:
    move = one.moves.get((own.unit, one.about.root))
    if move is not None and one.counted(own.unit):
        key = "unit_rose" if move.change > 0.005 else "unit_fell" if move.change < -0.005 else "unit_still"
        return phrase(key, size=text.number(abs(move.change), 2), year=move.previous_year)
    if rank is not None and rank.rank_low is not None and not one.counted(own.unit):
        return phrase("unit_in_set", ranks=ends_of(rank.rank_low, rank.rank_high), ranked=rank.ranked)
    return phrase("unit_scored", value=text.number(own.score))


def _findings(one: OneIndex, plan: IndexPlan, own: UnitInfo, rank: RankInfo | None) -> Iterable[Pair]:
    reference = one.reference.get(one.about.root, math.nan)
    if not math.isnan(reference):
        yield phrase(
            "unit_against_whole", value=text.number(own.score, 2), whole=_reference_name(one, plan),
            reference=text.number(reference, 2), difference=text.signed(own.score - reference, 2),
        )  # fmt: skip
    move = one.moves.get((own.unit, one.about.root))
    if move is not None and not one.counted(own.unit):
        yield phrase("unit_change_untested", size=text.signed(move.change, 2), year=move.previous_year)
    if rank is not None:
        yield from _placed(one, own, rank)
    told = one.classes.get(own.unit)
    if told is not None and told.class_awarded != told.class_by_score:
        yield phrase("unit_vetoed" if told.class_awarded else "unit_veto_unknown")
    for key, chosen in (
        ("unit_strong", _against(one, own.unit)[-_NAMED:][::-1]),
        ("unit_weak", _against(one, own.unit)[:_NAMED]),
    ):
        named = [
            (node, gap) for node, gap in chosen if (gap > 0) == (key == "unit_strong") and abs(gap) >= 0.05
        ]
        if named:
            words = [phrase("mover", name=node.name, size=text.signed(gap)) for node, gap in named]
            yield phrase(key, parts=text.joined(words), whole=_reference_name(one, plan))
    if own.observed < 1:
        yield phrase("unit_observed", share=text.share(own.observed), group=one.nodes[own.emptiest].name,
                     least=text.share(own.emptiest_observed))  # fmt: skip


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


def _weakest(one: OneIndex, unit: str) -> tuple[NodeInfo, float] | None:
    """The indicator whose shortfall, by its weight in the index, is the largest; none where nothing falls short."""
    short = [(node, gap) for node, gap in _against(one, unit) if gap < -0.05]
    return min(short, key=lambda each: each[1] * each[0].weight_global) if short else None


def _action(one: OneIndex, plan: IndexPlan, unit: str) -> Pair:
    weakest = _weakest(one, unit)
    if weakest is None:
        return NOTHING
    node, gap = weakest
    return phrase(
        "composite_first_look_text", name=node.name, score=text.number(one.parts[unit, node.node].score),
        gap=text.number(-gap), whole=_reference_name(one, plan), weight=f"{100 * node.weight_global:.1f}%",
        points=text.number(-gap * node.weight_global, 2),
    )  # fmt: skip


def _reference_name(one: OneIndex, plan: IndexPlan) -> Pair:
    """What a unit is held against: figures of the whole, else the mean of all units."""
    if WHOLE in one.units:
        return text.pair(plan.definition.whole)
    return phrase("mean_of", units=Pair(one.about.unit_zh, one.about.unit_many))


def _last_year(one: OneIndex, unit: str) -> str:
    move = one.moves.get((unit, one.about.root))
    return str(move.previous_year) if move else ""


def _rows(one: OneIndex, unit: str) -> Iterable[NodeRow]:
    for node in one.nodes.values():
        own = one.parts.get((unit, node.node))
        if own is None or node.depth == 0:
            continue
        move, reference = one.moves.get((unit, node.node)), one.reference.get(node.node, math.nan)
        shown = not math.isnan(own.score)
        yield NodeRow(
            name=node.name,
            id=node.node,
            level=node.depth + 1,
            value=text.number(own.score),
            interval="",
            x=own.score if shown else None,
            x_low=own.score if shown else None,
            x_high=own.score if shown else None,
            shown=shown,
            note=NOTHING if shown else phrase("part_missing"),
            below=_figure(node, own),
            last=text.number(move.was) if move else NONE,
            x_last=move.was if move else None,
            reference=text.number(reference),
            x_reference=None if math.isnan(reference) else reference,
            change=text.signed(move.change) if move else NONE,
            star="",
            difference=text.signed(own.score - reference) if shown else NONE,
            difference_tone="",
            has_last=move is not None,
            has_reference=not math.isnan(reference),
        )


def _figure(node: NodeInfo, own: PartInfo) -> Pair:
    """The figure as given with its unit, and what became of it."""
    if not node.indicator or math.isnan(own.value_used):
        return NOTHING
    unit = Pair(node.unit_zh, node.unit_en)
    figure = own.value if not math.isnan(own.value) else own.value_used
    mark = phrase(f"cell_{own.change}") if own.change not in ("observed", "missing", "") else NOTHING
    return each(lambda language: f"{figure:,.4g} {unit.of(language)} {mark.of(language)}".strip())


def _axis(rows: tuple[NodeRow, ...]) -> Axis:
    ends = [value for row in rows for value in (row.x, row.x_last, row.x_reference) if value is not None]
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
