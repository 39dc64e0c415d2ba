"""The pages of a list of grades: the list over all entries, and of each unit its certificates and its figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from ncsi.report import text
from ncsi.report.content.grids import Paragraph
from ncsi.report.content.heading import Heading
from ncsi.report.measures.grades_parts import (
    binding_of,
    certificate_box,
    certificates_grid,
    counts_grid,
    gates_grid,
    grade_list,
    rules_grid,
)
from ncsi.report.measures.grades_rows import EntryRow, OneList
from ncsi.report.measures.heading import unit_file
from ncsi.report.measures.pages import MeasurePage, MeasurePages
from ncsi.report.result_rows import Tables
from ncsi.report.text import NOTHING, Pair, joined, phrase
from ncsi.spec.measures import GradesDefinition, MeasurePlan
from ncsi.tables import (
    OUT_GRADE_CERTIFICATES,
    OUT_GRADE_COUNTS,
    OUT_GRADE_EVIDENCE,
    OUT_GRADE_GATES,
    OUT_GRADES_BY_UNIT,
)

FILES = tuple(
    one.name
    for one in (
        OUT_GRADES_BY_UNIT,
        OUT_GRADE_EVIDENCE,
        OUT_GRADE_GATES,
        OUT_GRADE_COUNTS,
        OUT_GRADE_CERTIFICATES,
    )
)
WITHOUT_UNITS = (OUT_GRADE_GATES.name, OUT_GRADE_COUNTS.name)
"""Tables to offer where units are not named: the others have no rows."""


def grades_pages(
    tables: Tables, plan: MeasurePlan[GradesDefinition], head: Heading, folder: str = ""
) -> MeasurePages:
    """The pages of grades from the disclosed tables of their release: one of every unit that is shown."""
    one = OneList(tables, plan.id)
    up = "../" * len(Path(folder).parts)
    units = list(dict.fromkeys(entry.unit for entry in one.entries))
    return MeasurePages(
        folder,
        replace(_whole(one, head), up=up),
        tuple(replace(_unit(one, unit, head), up=f"{up}../") for unit in units),
    )


def _whole(one: OneList, head: Heading) -> MeasurePage:
    graded = _sum(row.entries for row in one.counts if row.grade in one.gates)
    named = bool(one.entries)
    return MeasurePage(
        **(head | {"title": one.about.name, "label": one.period}),
        measure=one.measure,
        unit="",
        name=NOTHING,
        kind=phrase("grades_kind"),
        headline=_headline(one),
        score_name=phrase("grades_graded_of", entries=one.rule.entries, what=one.entries_name),
        value=text.NONE if graded is None else str(graded),
        interval=text.NOTHING,
        verdict=joined(
            [
                _counted(row.name, row.entries)
                for row in one.counts
                if row.grade in one.gates and row.entries is not None
            ]
        ),
        findings=tuple(_findings(one)),
        facts=(),
        grade_list=grade_list(one),
        grids=(counts_grid(one), certificates_grid(one)) if named else (rules_grid(one), counts_grid(one)),
        changed=tuple(_changed(one)),
        undecided=tuple(_undecided(one)),
        method=_method(one),
        files=FILES if named else WITHOUT_UNITS,
    )


def _sum(counts: Iterable[int | None]) -> int | None:
    """Counts added up; None where one of them is not shown."""
    known = list(counts)
    some = [one for one in known if one is not None]
    return sum(some) if len(some) == len(known) else None


def _counted(name: Pair, count: int) -> Pair:
    return phrase("grades_count", name=name, count=count)


def _headline(one: OneList) -> Pair:
    told = [_counted(row.name, row.entries) for row in one.counts if row.entries]
    if not told:
        return phrase("grades_headline_few", entries=one.rule.entries, what=one.entries_name)
    counts = joined(told)
    short = sum(
        one.place(entry.awarded) > one.place(entry.point)
        for entry in one.entries
        if entry.standing != "withdrawn"
    )
    what = one.entries_name
    if not one.entries or short == 0:
        return phrase("grades_headline", entries=one.rule.entries, what=what, counts=counts)
    return phrase("grades_headline_short", entries=one.rule.entries, what=what, counts=counts, short=short)


def _findings(one: OneList) -> Iterator[Pair]:
    rule, what = one.rule, one.entries_name
    lowest = list(one.gates.values())[-1][0]
    yield phrase("grades_told_bounds", grade=lowest.grade_name)
    undetermined = next(row.entries for row in one.counts if row.grade == "undetermined")
    if undetermined:
        yield phrase("grades_told_undetermined", count=undetermined, grade=lowest.grade_name)
    held = _sum(row.held for row in one.counts if row.grade != "withdrawn")
    alpha = f"{100 * rule.alpha:g}%"
    if rule.control == "bh":
        yield phrase("grades_told_bh", alpha=alpha, what=what)
    else:
        yield phrase("grades_told_expected", alpha=alpha, most=f"{rule.false_entries:g}", what=what)
    if held:
        yield phrase("grades_told_held", count=held)
    barred = sum(entry.by_list for entry in one.entries)
    if barred:
        yield phrase("grades_told_by_list", count=barred)
    for entry in one.entries:
        if entry.standing == "withdrawn":
            yield phrase("grades_told_withdrawn", name=entry.name, reason=one.certificates[entry.key].reason)
    if not one.entries:
        yield phrase("grades_told_unnamed")
    if any(row.entries is None or row.by_point is None for row in one.counts):
        yield phrase("grades_told_few")


def _changed(one: OneList) -> Iterator[Pair]:
    """Entries whose grade is another than last time, those that said which they held; certificates withdrawn."""
    standing = [entry for entry in one.entries if entry.standing != "withdrawn" and entry.last]
    moved = [(entry, one.place(entry.last) - one.place(entry.awarded)) for entry in standing]
    for key, sign in (("grades_state_up", 1), ("grades_state_down", -1)):
        names = [_named(entry) for entry, by in moved if by * sign > 0]
        if names:
            yield phrase(key, n=len(names), names=joined(names))
    for entry in one.entries:
        if entry.standing == "withdrawn":
            yield phrase("grades_told_withdrawn", name=entry.name, reason=one.certificates[entry.key].reason)


def _undecided(one: OneList) -> Iterator[Pair]:
    """Entries that bounds do not grade, or grade one way or the other."""
    undetermined = next(row.entries for row in one.counts if row.grade == "undetermined")
    if undetermined:
        lowest = list(one.gates.values())[-1][0]
        yield phrase("grades_told_undetermined", count=undetermined, grade=lowest.grade_name)
    names = [_named(entry) for entry in one.entries if entry.borderline and entry.standing != "withdrawn"]
    if names:
        yield phrase("grades_state_borderline", n=len(names), names=joined(names))


def _named(entry: EntryRow) -> Pair:
    """An entry by its unit and product."""
    if not entry.product:
        return entry.name
    return Pair(f"{entry.label_zh}{entry.product_zh}", f"{entry.label_en} {entry.product_en}")


def _unit(one: OneList, unit: str, head: Heading) -> MeasurePage:
    own = [entry for entry in one.entries if entry.unit == unit]
    first = one.first
    lead = own[0]
    figure = one.figures[lead.key][first.quantity]
    bound = first.written(figure.low if first.side == "at_least" else figure.high)
    name = first.name if len(own) == 1 else Pair(
        f"{lead.product_zh} {first.name.zh}", f"{lead.product_en}, {first.name.en}"
    )  # fmt: skip
    return MeasurePage(
        **(head | {"title": one.about.name, "label": one.period}),
        measure=one.measure,
        unit=unit,
        name=lead.name,
        kind=phrase("grades_kind"),
        headline=_unit_headline(one, own),
        score_name=name,
        value=first.written(figure.value),
        interval=text.NOTHING,
        verdict=Pair(f"{first.bound_name.zh} {bound}", f"{first.bound_name.en} {bound}"),
        findings=tuple(line for entry in own for line in _unit_findings(one, entry, len(own) > 1)),
        facts=(),
        certificates=tuple(certificate_box(one, entry) for entry in own),
        grids=tuple(gates_grid(one, entry) for entry in own),
        files=FILES,
        editions=("both",),
        pdf=unit_file(unit),
        whole="../index.html",
    )


def _unit_headline(one: OneList, own: list[EntryRow]) -> Pair:
    if len(own) == 1:
        return phrase("grades_unit_headline", grade=one.name_of(own[0].awarded, own[0].standing))
    words = [
        phrase(
            "grades_product_is", product=entry.product_name, grade=one.name_of(entry.awarded, entry.standing)
        )
        for entry in own
    ]
    return text.clauses(words)


def _unit_findings(one: OneList, entry: EntryRow, several: bool) -> Iterator[Pair]:
    """What stands out of an entry; of several products, in one line each, with its name."""
    words = list(_told(one, entry))
    if several:
        yield phrase("grades_of_product", product=entry.product_name, told=text.sentences(words))
    else:
        yield from words


def _told(one: OneList, entry: EntryRow) -> Iterator[Pair]:
    free = not (one.binding[entry.key] or entry.by_list or entry.standing == "withdrawn")
    yield phrase("grades_unit_free" if free else "grades_unit_binding", binding=binding_of(one, entry))
    if entry.point != entry.awarded and entry.standing != "withdrawn":
        yield phrase(
            "grades_unit_point", point=one.name_of(entry.point, "below"),
            awarded=one.name_of(entry.awarded, entry.standing),
        )  # fmt: skip
    if entry.held:
        yield phrase("grades_unit_held", grade=one.name_of(entry.last, entry.standing))
    if entry.borderline:
        yield phrase("grades_unit_borderline")


def _method(one: OneList) -> tuple[Paragraph, ...]:
    rule = one.rule
    thresholds = phrase("grades_thresholds", rule=rule.rule, source=Pair(rule.source_zh, rule.source_en))
    return (
        *one.method(),
        Paragraph(phrase("grades_rules"), text.sentences([thresholds, phrase("grades_method_bounds")])),
        Paragraph(phrase("grades_errors"), phrase(f"grades_method_{rule.control}")),
        Paragraph(phrase("grades_verify"), phrase("grades_method_verify")),
    )
