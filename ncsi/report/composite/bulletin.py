"""The bulletin of a composite index: the whole, its units by kind, its parts, how far the order can be trusted."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ncsi.report import text
from ncsi.report.composite.evidence import (
    bands_note,
    benchmarks_grid,
    checks_grid,
    diagnostics_grid,
    filled_grid,
    sensitivity_grids,
    tree_grid,
)
from ncsi.report.composite.findings import findings, headline
from ncsi.report.composite.heat import heats, is_heat
from ncsi.report.composite.names import level_name
from ncsi.report.composite.over_time import movers, splices, trend, versions
from ncsi.report.composite.pages import CompositePage
from ncsi.report.composite.ranking import interval_of, unit_sections
from ncsi.report.composite.rows import (
    WHOLE,
    NodeInfo,
    OneIndex,
)
from ncsi.report.composite.standing import agreement_grid, classes_grid, levels_grid, vetoes_grid
from ncsi.report.content.grids import Fact, Grid, Paragraph, cell, grid
from ncsi.report.content.heading import Heading
from ncsi.report.text import NONE, Pair, phrase, same
from ncsi.spec.index_plan import IndexPlan

_PLACE_OF_PARTS = 40
"""Units up to which their parts stand in one table; the files hold all."""
FILES = (
    "out_composite_by_unit",
    "out_composite_node_by_unit",
    "out_composite_rank_by_unit",
    "out_composite_tests_by_unit",
)


def bulletin(one: OneIndex, plan: IndexPlan, head: Heading) -> CompositePage:
    """The page over all units, from the disclosed tables of one index."""
    whole = one.units.get(WHOLE)
    sections = tuple(unit_sections(one, plan))
    return CompositePage(
        **(head | {"title": one.name, "label": period(one)}),
        tree=one.tree,
        kind=phrase("composite_bulletin"),
        headline=headline(one, plan, whole, sections),
        score_name=score_name(one),
        value=text.number(one.reference.get(one.about.root, math.nan)),
        interval=interval_of(whole) if whole else text.NOTHING,
        band=one.band_name(WHOLE),
        findings=tuple(findings(one, plan, whole, sections)),
        facts=_facts(one),
        trend=trend(one),
        trend_note=phrase("composite_series_note", versions=same(", ".join(versions(one)))),
        sections=sections,
        heats=tuple(heats(one, plan)),
        grids=tuple(
            made
            for made in (
                movers(one), _groups(one, plan), *_parts(one, plan), classes_grid(one), vetoes_grid(one),
                levels_grid(one), agreement_grid(one), splices(one),
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


def _facts(one: OneIndex) -> tuple[Fact, ...]:
    units = Pair(one.about.unit_zh, one.about.unit_many)
    return (
        Fact(text.count(one.about.units), units),
        Fact(str(one.about.indicators), phrase("fact_indicators")),
        Fact(str(one.about.year), phrase("fact_year")),
        Fact(text.count(one.about.source_rows), phrase("fact_rows")),
    )


def _groups(one: OneIndex, plan: IndexPlan) -> Grid | None:
    own = [row for row in one.groups if row.dimension != WHOLE]
    if not own:
        return None
    top = _top_nodes(one)
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


def _top_nodes(one: OneIndex) -> list[NodeInfo]:
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
