"""Parts of pages of grades: the list, certificates, the figures of an entry gate by gate, counts."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ncsi.report import text
from ncsi.report.axis_rows import Axis, axis
from ncsi.report.content.grids import Cell, Grid, cell, grid
from ncsi.report.measures.grade_list import Badge, CertificateBox, CutLine, GradeList, GradeRow, GradeText
from ncsi.report.measures.grades_rows import EntryRow, GateRow, OneList
from ncsi.report.measures.heading import period_label, unit_file
from ncsi.report.text import NOTHING, Pair, clauses, phrase, same
from ncsi.spec.measures.grade_certificate import GradeCertificate

_STEPS = (0.5, 1, 2, 5, 10, 20)
_SHORT = 16
_SURE = 0.99


def grade_list(one: OneList) -> GradeList | None:
    """The list of entries; None where units are not named."""
    if not one.entries:
        return None
    first = one.first
    rows = tuple(_row(one, entry) for entry in one.entries)
    lines = tuple(
        CutLine(_drawn(gate, gate.cut), _line_name(gate))
        for gates in one.gates.values()
        for gate in gates
        if (gate.quantity, gate.side) == (first.quantity, first.side)
    )
    return GradeList(
        id="grades",
        title=phrase("grades_list"),
        what=_what(one),
        score=phrase("grades_axis", name=first.name, bound=first.bound_name),
        value=_with_unit(first),
        bound=phrase(f"grades_bound_{first.side}", name=NOTHING),
        others=tuple(gate.bound_name for gate in _others(one)),
        rules=tuple(_rule(gates) for gates in one.gates.values()),
        rules_note=phrase("grades_all_gates"),
        rows=rows,
        axis=_axis([*(row.x for row in rows), *(row.foot for row in rows)], lines),
        lines=lines,
        note=_note(one, first),
    )


def _axis(values: list[float], lines: tuple[CutLine, ...]) -> Axis:
    return axis([*values, *(one.at for one in lines)], _STEPS)


def _what(one: OneList) -> Pair:
    rule, about = one.rule, one.about
    unit = Pair(about.unit_zh, about.unit_one.capitalize())
    if not rule.product_zh:
        return unit
    product = Pair(rule.product_zh, rule.product_one)
    return phrase("grades_unit_and_product", unit=unit, product=product)


def _others(one: OneList) -> list[GateRow]:
    return list(one.quantities.values())[1:]


def _line_name(gate: GateRow) -> Pair:
    return Pair(f"{gate.label_zh} {gate.cut_text}", f"{gate.label_en} {gate.cut_text}")


def _drawn(gate: GateRow, value: float) -> float:
    """A value as it stands on the axis: a share in per cent."""
    return 100 * value if gate.quantity_kind == "share" else value


def _with_unit(gate: GateRow) -> Pair:
    if not gate.unit_zh:
        return gate.name
    return Pair(f"{gate.quantity_zh}（{gate.unit_zh}）", f"{gate.quantity_en} ({gate.unit_en})")


def _rule(gates: list[GateRow]) -> GradeText:
    words = [
        Pair(
            f"{gate.bound_name.zh}{_sign(gate)}{gate.cut_text}",
            f"{gate.bound_name.en} {_sign(gate)} {gate.cut_text}",
        )
        for gate in gates
    ]
    return GradeText(gates[0].grade_name, clauses(words))


def _sign(gate: GateRow) -> str:
    return "≥" if gate.side == "at_least" else "≤"


def _note(one: OneList, first: GateRow) -> Pair:
    level = f"{100 * (1 - first.alpha):g}"
    words = [phrase("grades_note", level=level, bound=first.bound_name)]
    if any(gate.quantity_kind == "share" for gate in one.quantities.values()):
        words.append(phrase("grades_note_share", level=level))
    words.append(phrase("grades_note_borderline"))
    if any(entry.held for entry in one.entries):
        words.append(phrase("grades_note_held"))
    words.append(phrase("grades_note_chance", name=first.name))
    return text.sentences(words)


def _row(one: OneList, entry: EntryRow) -> GradeRow:
    first, figures = one.first, one.figures[entry.key]
    own = figures[first.quantity]
    foot = own.low if first.side == "at_least" else own.high
    point, awarded = one.place(entry.point), one.place(entry.awarded)
    withdrawn = entry.standing == "withdrawn"
    tags = [("grades_borderline", entry.borderline), ("grades_held", entry.held and not withdrawn)]
    return GradeRow(
        name=entry.name,
        below=entry.product_name,
        href=f"units/{unit_file(entry.unit)}.html",
        tags=tuple(phrase(key) for key, given in tags if given),
        value=first.written(own.value),
        bound=first.written(foot),
        x=_drawn(first, own.value),
        foot=_drawn(first, foot),
        bounds=tuple(_bound(one, entry, gate) for gate in _others(one)),
        point=one.name_of(entry.point, "below"),
        moved=withdrawn or point != awarded or entry.standing == "undetermined",
        awarded=one.name_of(entry.awarded, entry.standing),
        badge=badge_of(one, entry),
        binding=binding_of(one, entry),
        chance=_chance(entry.chance),
    )


def _bound(one: OneList, entry: EntryRow, gate: GateRow) -> str:
    own = one.figures[entry.key][gate.quantity]
    return gate.written(own.low if gate.side == "at_least" else own.high)


def badge_of(one: OneList, entry: EntryRow) -> Badge:
    """How the grade of an entry is drawn."""
    if entry.standing == "withdrawn":
        return "withdrawn"
    if not entry.awarded:
        return "open" if entry.standing == "undetermined" else "below"
    place = one.place(entry.awarded)
    return "best" if place == 0 else "pass" if place == len(one.gates) - 1 else "good"


def binding_of(one: OneList, entry: EntryRow) -> Pair:
    """What stands between an entry and the next better grade: gates with the bounds that fail them, the rule for the
    list, or nothing."""
    if entry.standing == "withdrawn":
        return phrase("grades_withdrawn_because", reason=one.certificates[entry.key].reason)
    if entry.held:
        failed = [
            _failed(one, row.grade, row.quantity, row.side, row.bound) for row in one.binding[entry.key]
        ]
        return phrase("grades_held_although", failed=clauses(failed))
    words = [_failed(one, row.grade, row.quantity, row.side, row.bound) for row in one.binding[entry.key]]
    if entry.by_list:
        above = list(one.gates)[one.place(entry.awarded) - 1]
        p = one.chances[*entry.key, above].p
        words.append(phrase("grades_by_list", p=text.number(p, 3)))
    if words:
        return clauses(words)
    return phrase("grades_all_passed")


def _failed(one: OneList, grade: str, quantity: str, side: str, bound: float) -> Pair:
    gate = one.gate(grade, quantity, side)
    sign = "<" if side == "at_least" else ">"
    figures = f"{gate.against(bound)} {sign} {gate.cut_text}"
    return Pair(f"{gate.bound_name.zh} {figures}", f"{gate.bound_name.en} {figures}")


def _chance(value: float) -> Pair:
    if math.isnan(value):
        return same(text.NONE)
    if value > _SURE:
        return phrase("grades_over", share=text.share(_SURE))
    if value < 1 - _SURE:
        return phrase("grades_under", share=text.share(1 - _SURE))
    return same(text.share(value))


def counts_grid(one: OneList) -> Grid:
    """Entries by grade: by the bare figures, and as awarded."""
    rows = [
        [
            cell(row.name),
            *(
                cell(text.NONE if count is None else str(count))
                for count in (row.by_point, row.entries, row.held, row.borderline)
            ),
        ]
        for row in one.counts
        if row.entries != 0 or row.by_point != 0 or row.grade in one.gates
    ]
    heads = (
        "grades_grade",
        "grades_by_point",
        "grades_awarded",
        "grades_of_it_held",
        "grades_of_it_borderline",
    )
    return grid("grades_counts", heads, rows, phrase("grades_counts_note"))


def rules_grid(one: OneList) -> Grid:
    """The rules, where no list shows them: every grade with its gates."""
    rules = [_rule(gates) for gates in one.gates.values()]
    rows = [[cell(rule.name), cell(rule.gates)] for rule in rules]
    return grid(
        "grades_rules", ("grades_grade", "grades_gates"), rows, phrase("grades_all_gates"), wide=(0, 1)
    )


def certificates_grid(one: OneList) -> Grid:
    """The certificate list: entry, grade, the beginning of its SHA-256, whether it holds."""
    rows = []
    for entry in one.entries:
        own = one.certificates.get(entry.key)
        if own is not None:
            name = entry.name if not entry.product_zh else _entry_name(entry)
            rows.append([
                cell(name), cell(Pair(own.grade_zh, own.grade_en)), cell(f"{own.certificate[:_SHORT]}…"),
                cell(phrase(f"grades_status_{own.status}")),
            ])  # fmt: skip
    heads = (_what(one), "grades_grade", "grades_certificate", "grades_status")
    return grid(
        "grades_certificates", heads, rows, phrase("grades_certificates_note", release=one.about.period)
    )


def _entry_name(entry: EntryRow) -> Pair:
    if not entry.product_zh:
        return entry.name
    return Pair(f"{entry.label_zh} {entry.product_zh}", f"{entry.label_en}, {entry.product_en}")


def certificate_box(one: OneList, entry: EntryRow) -> CertificateBox:
    """The certificate of an entry, or that it has none and why."""
    own, grade = one.certificates.get(entry.key), one.name_of(entry.awarded, entry.standing)
    badge = badge_of(one, entry)
    if own is None:
        return CertificateBox(name=entry.name, below=entry.product_name, grade=grade, badge=badge,
                              why=phrase(f"grades_why_{entry.standing}"))  # fmt: skip
    line = GradeCertificate(
        measure=one.measure, rule=own.rule, period=own.period, unit=own.unit, product=own.product, grade=own.grade,
        grade_zh=own.grade_zh, grade_en=own.grade_en, evidence=own.evidence,
    )  # fmt: skip
    withdrawn = own.status == "withdrawn"
    why = phrase("grades_withdrawn_because", reason=own.reason) if withdrawn else NOTHING
    return CertificateBox(
        name=entry.name, below=entry.product_name, grade=grade, badge=badge, why=why, rule=own.rule,
        period=period_label(own.period), status=phrase(f"grades_status_{own.status}"), sha256=own.certificate,
        line=line.line, check=f"ncsi verify RELEASE --certificate {unit_file(entry.unit)}.pdf",
    )  # fmt: skip


def gates_grid(one: OneList, entry: EntryRow) -> Grid:
    """The figures of an entry against every gate: the bound, the cut of each grade, whether it passes."""
    rows: list[list[Cell]] = []
    for quantity, first in one.quantities.items():
        own = one.figures[entry.key][quantity]
        bound = own.low if first.side == "at_least" else own.high
        cells = [cell(_with_unit(first)), cell(first.written(own.value), _evidence(one, entry, quantity))]
        cells.append(cell(first.written(bound)))
        rows.append([*cells, *_against(one, quantity, first.side, bound)])
    grades = tuple(gates[0].grade_name for gates in one.gates.values())
    name = "grades_gates_of_product" if entry.product_zh else "grades_gates_of"
    return grid(name, ("grades_quantity", "grades_figure", "grades_bound", *grades), rows,
                phrase("grades_gates_note"), product=entry.product_name)  # fmt: skip


def _against(one: OneList, quantity: str, side: str, bound: float) -> Iterator[Cell]:
    for gates in one.gates.values():
        gate = next((own for own in gates if (own.quantity, own.side) == (quantity, side)), None)
        if gate is None:
            yield cell(text.NONE)
        else:
            passes = bound >= gate.cut if side == "at_least" else bound <= gate.cut
            yield cell(
                phrase("grades_passes" if passes else "grades_fails", cut=f"{_sign(gate)}{gate.cut_text}")
            )


def _evidence(one: OneList, entry: EntryRow, quantity: str) -> str:
    """What the figure rests on: found of tested, or its standard error, and measurements where they are known."""
    own, gate = one.figures[entry.key][quantity], one.quantities[quantity]
    if own.tested is not None:
        return f"{text.count(own.found or 0)} / {text.count(own.tested)}"
    if gate.quantity_kind == "fact":
        return ""
    return f"SE {text.number(own.se, 2)}" + (f", n = {text.count(own.n)}" if own.n is not None else "")
