"""The report on a survey of passengers, over all operators and of each: scores by design, routes and classes against
the operator, what changed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ncsi.report import text
from ncsi.report.content.grids import Fact, Paragraph
from ncsi.report.content.heading import Heading
from ncsi.report.measures.answers_rows import rank_set
from ncsi.report.measures.heading import period_label, unit_file
from ncsi.report.measures.pages import MeasurePage, MeasurePages
from ncsi.report.measures.passengers_parts import (
    PUBLISHED,
    OnePassengers,
    domain_grids,
    domain_name,
    domain_section,
    operators_section,
    parts_grid,
    scores_section,
)
from ncsi.report.measures.passengers_rows import OperatorScore
from ncsi.report.result_rows import Tables
from ncsi.report.text import NOTHING, Pair, phrase
from ncsi.spec.measures import MeasurePlan, PassengersDefinition
from ncsi.tables import TABLES_OF_KIND

FILES = TABLES_OF_KIND["passengers"]
_LOWEST = 3


def passengers_pages(
    tables: Tables, plan: MeasurePlan[PassengersDefinition], head: Heading, folder: str = ""
) -> MeasurePages:
    """The pages of a survey of passengers from the disclosed tables of its release: one for every operator."""
    one = OnePassengers(tables, plan.id, plan.definition)
    up = "../" * len(Path(folder).parts)
    return MeasurePages(
        folder,
        replace(_main(one, head), up=up),
        tuple(replace(_operator(one, row, head), up=f"{up}../") for row in one.operators),
    )


def _main(one: OnePassengers, head: Heading) -> MeasurePage:
    operators = one.operators
    only = operators[0] if len(operators) == 1 else None
    shown = only is not None and only.status == PUBLISHED
    return MeasurePage(
        **(head | {"title": one.about.name, "label": one.period}),
        measure=one.measure,
        unit="",
        name=NOTHING,
        kind=phrase("passengers_kind"),
        headline=_headline(one),
        score_name=one.labels[one.definition.main] if only else phrase("passengers_operators"),
        value=text.number(only.score) if shown and only else text.count(len(operators)),
        interval=_interval(only) if shown and only else text.NOTHING,
        verdict=NOTHING,
        findings=tuple(_findings(one)),
        facts=_facts(one, operators),
        sections=(operators_section(one),),
        grids=(parts_grid(one),),
        changed=tuple(_moved(one)),
        undecided=tuple(_unmoved(one)),
        method=_method(one),
        files=FILES,
    )


def _interval(row: OperatorScore) -> text.Pair:
    return text.NOTHING if math.isnan(row.low) else text.interval(row.low, row.high)


def _facts(one: OnePassengers, operators: list[OperatorScore]) -> tuple[Fact, ...]:
    return (
        Fact(text.count(sum(row.n for row in operators)), phrase("passengers_passengers")),
        Fact(text.count(sum(row.clusters for row in operators)), one.clusters),
        Fact(one.about.period, phrase("fact_period")),
    )


def _headline(one: OnePassengers) -> Pair:
    shown = [row for row in one.operators if row.status == PUBLISHED]
    ranked = [row for row in shown if not math.isnan(row.rank_low)]
    if len(shown) == 1:
        return phrase(
            "passengers_headline_of", score=text.number(shown[0].score), interval=_interval(shown[0])
        )
    if len(ranked) < 2:
        return phrase("passengers_headline_plain", n=len(one.operators), units=one.about.units_name)
    first = [row for row in ranked if row.rank_low == 1]
    if len(first) == len(ranked):
        return phrase("passengers_headline_level", units=one.about.units_name)
    key = "passengers_headline_one" if len(first) == 1 else "passengers_headline_first"
    return phrase(key, names=text.joined([row.name for row in first]), n=len(first))


def _findings(one: OnePassengers) -> Iterator[Pair]:
    yield phrase(
        "passengers_told_sample", n=text.count(sum(row.n for row in one.operators)), clusters=one.clusters,
        drawn=text.count(sum(row.clusters for row in one.operators)),
    )  # fmt: skip
    if not one.definition.comparable and len(one.operators) > 1:
        yield phrase("passengers_told_uncompared", units=one.about.units_name)
    yield from _moved(one)
    yield from _unmoved(one)
    hidden = [row.name for row in one.operators if row.status != PUBLISHED]
    if hidden:
        yield phrase("passengers_told_hidden", names=text.joined(hidden))


def _moved(one: OnePassengers) -> Iterator[Pair]:
    """Operators whose main part changed, by Holm among the parts of each."""
    for row in one.changes(question=one.definition.main):
        if row.verdict in ("rose", "fell"):
            yield phrase(
                f"passengers_{row.verdict}", name=row.name, part=one.labels[row.question],
                before=period_label(row.previous_period), size=text.number(abs(row.difference)),
                interval=_size(row.difference_low, row.difference_high),
            )  # fmt: skip


def _size(low: float, high: float) -> text.Pair:
    """The interval of a change, as of its size."""
    return text.interval(low, high) if low + high >= 0 else text.interval(-high, -low)


def _unmoved(one: OnePassengers) -> Iterator[Pair]:
    found = one.changes(question=one.definition.main)
    level = [row.name for row in found if row.verdict == "no_significant_change"]
    if level:
        part = one.labels[one.definition.main]
        yield phrase("passengers_unchanged", names=text.joined(level), part=part)
    known = {row.unit for row in found}
    first = [row.name for row in one.operators if row.unit not in known]
    if first:
        yield phrase("passengers_uncompared", names=text.joined(first))


def _operator(one: OnePassengers, row: OperatorScore, head: Heading) -> MeasurePage:
    shown = row.status == PUBLISHED
    sections = (
        scores_section(one, row.unit, "part"),
        *(domain_section(one, row.unit, column) for column in one.definition.domains),
        scores_section(one, row.unit, "question"),
    )
    return MeasurePage(
        **(head | {"title": one.about.name, "label": one.period}),
        measure=one.measure,
        unit=row.unit,
        name=row.name,
        kind=phrase("passengers_kind"),
        headline=_operator_headline(one, row),
        score_name=phrase("passengers_score_of", part=one.labels[one.definition.main]),
        value=text.number(row.score) if shown else text.NONE,
        interval=_interval(row) if shown else text.NOTHING,
        verdict=NOTHING if shown else phrase(f"passengers_status_{row.status}"),
        findings=tuple(_told_of(one, row)),
        facts=(
            Fact(text.count(row.n), phrase("passengers_passengers")),
            Fact(text.count(row.clusters), one.clusters),
            Fact(text.number(row.deff, 2), phrase("passengers_deff")),
        ),
        sections=tuple(made for made in sections if made is not None),
        grids=tuple(domain_grids(one, row.unit)),
        files=FILES,
        editions=("both",),
        pdf=unit_file(row.unit),
        whole="../index.html",
    )


def _operator_headline(one: OnePassengers, row: OperatorScore) -> Pair:
    moved = next((each for each in one.changes(unit=row.unit, question=one.definition.main)), None)
    part = one.labels[one.definition.main]
    if moved is not None and moved.verdict in ("rose", "fell"):
        return phrase(
            f"passengers_headline_{moved.verdict}", part=part, size=text.number(abs(moved.difference))
        )
    if not math.isnan(row.rank_low):
        ranked = sum(not math.isnan(each.rank_low) for each in one.operators)
        return phrase(
            "passengers_headline_rank",
            n=ranked,
            ranks=rank_set(row.rank_low, row.rank_high),
            units=one.about.units_name,
        )
    return phrase("passengers_headline_part", part=part)


def _told_of(one: OnePassengers, row: OperatorScore) -> Iterator[Pair]:
    if row.status != PUBLISHED:
        yield phrase("passengers_told_hidden", names=row.name)
        return
    if math.isnan(row.low):
        yield phrase("passengers_told_one", n=text.count(row.n), cluster=one.cluster)
    else:
        yield phrase(
            "passengers_told_deff", n=text.count(row.n), drawn=text.count(row.clusters), clusters=one.clusters,
            deff=text.number(row.deff, 2), alone=text.count(round(row.n / row.deff)),
        )  # fmt: skip
    yield from _domains_told(one, row.unit)
    asked = [each for each in one.scores("question", unit=row.unit) if each.status == PUBLISHED]
    if len(asked) > _LOWEST:
        lowest = sorted(asked, key=lambda each: each.score)[:_LOWEST]
        yield phrase("passengers_told_lowest", questions=text.clauses([
            phrase("passengers_question_score", name=one.labels[each.question], score=text.number(each.score),
                   interval=text.interval(each.low, each.high))
            for each in lowest
        ]))  # fmt: skip
    yield from _changes_told(one, row.unit)


def _domains_told(one: OnePassengers, unit: str) -> Iterator[Pair]:
    """Domains that differ from the operator, and those that are hidden, of every column."""
    hidden = 0
    for column in one.definition.domains:
        found = one.domains(unit, one.definition.main, column.id)
        hidden += sum(row.status != PUBLISHED for row in found)
        named = {
            verdict: [domain_name(column, row.domain) for row in found if row.verdict == verdict]
            for verdict in ("below", "above")
        }
        for verdict, names in named.items():
            if names:
                label = text.pair(column.label)
                yield phrase(f"passengers_told_{verdict}", names=text.joined(names), dimension=label)
        tested = [row for row in found if row.verdict]
        if tested and not any(named.values()):
            yield phrase("passengers_told_alike", dimension=text.pair(column.label), n=len(tested))
    if hidden:
        yield phrase("passengers_told_few", n=hidden)


def _changes_told(one: OnePassengers, unit: str) -> Iterator[Pair]:
    found = one.changes(unit=unit, level="part")
    moved = [row for row in found if row.verdict in ("rose", "fell")]
    for verdict in ("rose", "fell"):
        parts = [
            phrase("passengers_part_moved", part=one.labels[row.question], size=text.number(abs(row.difference)),
                   interval=_size(row.difference_low, row.difference_high))
            for row in moved
            if row.verdict == verdict
        ]  # fmt: skip
        if parts:
            before = period_label(found[0].previous_period)
            yield phrase(f"passengers_told_{verdict}", parts=text.clauses(parts), before=before)
    if found and not moved:
        yield phrase("passengers_told_flat", before=period_label(found[0].previous_period))


def _method(one: OnePassengers) -> tuple[Paragraph, ...]:
    scale = one.definition.scale
    words: dict[str, dict[str, object]] = {
        "scoring": {
            "low": scale.lowest,
            "high": scale.highest,
            "least": text.share(one.definition.least_answered),
        },
        "sampling": {"cluster": one.cluster, "clusters": one.clusters},
        "comparing": {"level": one.level},
        "shown": {},
    }
    return (
        *one.method(),
        *(
            Paragraph(phrase(f"passengers_{key}_name"), phrase(f"passengers_{key}_text", **more))
            for key, more in words.items()
        ),
    )
