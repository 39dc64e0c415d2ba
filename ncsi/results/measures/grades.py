"""Grades of units or products: what each is awarded by its bounds, which gate binds, and the certificate list."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ncsi.composite.measures import (
    Estimate,
    Evidence,
    Gate,
    Grade,
    Graded,
    Share,
    false_entries,
    graded_list,
    p_of,
)
from ncsi.ingest.records import Records
from ncsi.results.measures.asked import Asked
from ncsi.results.measures.counted import Row as CountedRow
from ncsi.results.measures.counted import counted_frame
from ncsi.spec.measures import GradesDefinition, MeasurePlan
from ncsi.spec.measures.grade_certificate import GradeCertificate, evidence_sha256
from ncsi.spec.measures.grades import Quantity
from ncsi.tables import (
    OUT_GRADE_BINDING,
    OUT_GRADE_CERTIFICATES,
    OUT_GRADE_CHANCES,
    OUT_GRADE_COUNTS,
    OUT_GRADE_EVIDENCE,
    OUT_GRADE_GATES,
    OUT_GRADE_LISTS,
    OUT_GRADES_BY_UNIT,
    TABLES,
    cell_of,
)

Row = dict[str, Any]
OUTSIDE = {
    "undetermined": ("未定级", "Not graded"),
    "below": ("未达级", "Below the grades"),
    "withdrawn": ("已撤销", "Withdrawn"),
}
"""What an entry without a grade is called, by its standing."""
_SIGNIFICANT, _DIGITS = 9, 6
FILE = "file"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A unit, or one of its products, with the figures it is graded by, as rows and as evidence."""

    key: Row
    labels: Row
    last: str
    withdrawn: str
    withdrawn_en: str
    figures: tuple[Row, ...]
    evidence: Mapping[str, Evidence]


def grades_tables(
    plan: MeasurePlan[GradesDefinition], records: Records, asked: Asked
) -> dict[str, pd.DataFrame]:
    """Every table of grades, by name, without `wave` and `measure`. `records` as `grades_fields` read them, entries in
    the order of the file; their column `source` names the release that means of a wave come from.

    Figures are graded in the digits that they are published with, so that the published grades follow from them.
    """
    definition = plan.definition
    rules = grades_of(definition)
    entries, found = _graded(definition, records)
    certificates = [
        _certificate(one, made, definition, asked.period) for one, made in zip(entries, found, strict=True)
    ]
    rows: dict[str, Iterable[Row]] = {
        OUT_GRADE_LISTS.name: [_list(definition, found)],
        OUT_GRADE_GATES.name: _gates(definition),
        OUT_GRADES_BY_UNIT.name: _units(entries, found, certificates),
        OUT_GRADE_EVIDENCE.name: (one.key | figure for one in entries for figure in one.figures),
        OUT_GRADE_BINDING.name: _binding(entries, found),
        OUT_GRADE_CHANCES.name: _chances(entries, found, rules),
        OUT_GRADE_COUNTS.name: _counts(definition, entries, found),
        OUT_GRADE_CERTIFICATES.name: _listed(entries, certificates),
    }
    return {name: _framed(name, made) for name, made in rows.items()}


def grades_counted(plan: MeasurePlan[GradesDefinition], records: Records, asked: Asked) -> pd.DataFrame:
    """What counts of entries count units that are not named, as `counted_frame`: by grade and in the list as a whole,
    which alone is compared with other releases: an entry that other rules grade otherwise has not changed."""
    if plan.definition.named_units:
        return counted_frame(())
    rows: list[CountedRow] = []
    for one, made in zip(*_graded(plan.definition, records), strict=True):
        unit = str(one.key["unit"])
        said = "\x1f".join([str(one.key["product"]), digest(one.figures), one.last, one.withdrawn])
        rows.append((unit, cell_of({}, "list"), 1.0, said))
        rows.append((unit, cell_of({"grade": _standing(one, made)}, "entries"), 1.0, ""))
        rows.append((unit, cell_of({"grade": made.point or "below"}, "by_point"), 1.0, ""))
    return counted_frame(rows, asked.period)


def _graded(definition: GradesDefinition, records: Records) -> tuple[list[_Entry], list[Graded]]:
    entries = [_entry(row, definition) for row in records.frame.to_dict("records")]
    found = graded_list(
        grades_of(definition),
        [one.evidence for one in entries],
        [one.last if definition.hysteresis else "" for one in entries],
        definition.list_rule.control,
        definition.list_rule.alpha,
    )
    return entries, list(found)


def _standing(one: _Entry, made: Graded) -> str:
    """The grade that an entry has, or why it has none."""
    return "withdrawn" if one.withdrawn else made.awarded or made.standing


def grades_periods(_records: Records) -> tuple[str, ...]:
    """None: entries carry no time, and the period is asked for."""
    return ()


def grades_units(_plan: MeasurePlan[GradesDefinition], records: Records) -> int:
    """Units in the records, whatever their number of products."""
    return int(records.frame["unit"].nunique())


def grades_of(definition: GradesDefinition) -> tuple[Grade, ...]:
    """The rules as the engine takes them, best grade first."""
    return tuple(
        Grade(one.id, tuple(Gate(gate.quantity, gate.side, gate.cut, gate.alpha) for gate in one.gates))
        for one in definition.grades
    )


def settled(value: float) -> float:
    """A number in nine significant decimals and six after the point: as it is published, and stays when it is rounded
    for that."""
    return round(float(f"{value:.{_SIGNIFICANT - 1}e}"), _DIGITS) + 0.0


def _framed(name: str, rows: Iterable[Row]) -> pd.DataFrame:
    columns = [one for one in TABLES[name].names if one not in ("wave", "measure")]
    frame = pd.DataFrame(list(rows), columns=columns)
    whole = [one.name for one in TABLES[name].columns if one.kind == "integer" and one.nullable]
    return frame.astype(dict.fromkeys(whole, "Int64"))


def _entry(cells: Mapping[Hashable, Any], definition: GradesDefinition) -> _Entry:
    product = cells.get("product", "")
    made = [_figure(one, cells, definition) for one in definition.quantities]
    return _Entry(
        key={"unit": cells["unit"], "product": product},
        labels={
            "label_zh": cells["unit"], "label_en": cells["unit_en"] or cells["unit"],
            "product_zh": product, "product_en": cells.get("product_en", "") or product,
        },
        last=cells["last"] if cells["last"] != "none" else "",
        withdrawn=cells["withdrawn"],
        withdrawn_en=cells["withdrawn_en"] or cells["withdrawn"],
        figures=tuple(row for row, _ in made),
        evidence={row["quantity"]: found for row, found in made},
    )  # fmt: skip


def _figure(
    one: Quantity, cells: Mapping[Hashable, Any], definition: GradesDefinition
) -> tuple[Row, Evidence]:
    row: Row = dict.fromkeys(("se", "df", "n", "found", "tested"))
    found: Evidence
    if one.kind == "share":
        row |= {name: int(cells[f"{one.id}_{name}"]) for name in ("found", "tested")}
        found = Share(row["found"], row["tested"])
    elif one.kind == "fact":
        found = Estimate(settled(cells[one.id]), 0.0)
        row["se"] = 0.0
    else:
        found = _mean(one, cells)
        n = cells[f"{one.id}_n"]
        row |= {"se": found.se, "n": None if math.isnan(n) else int(n)}
        row["df"] = found.df if math.isfinite(found.df) else None
    alpha = next(gate.alpha for grade in definition.grades for gate in grade.gates if gate.quantity == one.id)
    low, high = found.bounds(alpha)
    source = cells["source"] or FILE if one.wave is not None else FILE
    told = {"quantity": one.id, "value": settled(found.value), "low": low, "high": high, "source": source}
    return row | told, found


def _mean(one: Quantity, cells: Mapping[Hashable, Any]) -> Estimate:
    """By the standard error given, which counts as known unless its degrees of freedom are; else by n and sd, with
    n - 1 of them."""
    value, se, sd, n = cells[one.id], *(cells[f"{one.id}_{name}"] for name in ("se", "sd", "n"))
    df = cells[f"{one.id}_df"]
    if not math.isnan(se):
        return Estimate(settled(value), settled(se), math.inf if math.isnan(df) else settled(df))
    return Estimate(settled(value), settled(sd / math.sqrt(n)), n - 1)


def _certificate(
    one: _Entry, made: Graded, definition: GradesDefinition, period: str
) -> GradeCertificate | None:
    if not made.awarded:
        return None
    label = next(grade.label for grade in definition.grades if grade.id == made.awarded)
    return GradeCertificate(
        measure=definition.id, rule=definition.rule, period=period, **one.key, grade=made.awarded,
        grade_zh=label.zh, grade_en=label.en, evidence=digest(one.figures),
    )  # fmt: skip


def digest(figures: Iterable[Mapping[str, Any]]) -> str:
    """SHA-256 of the figures of an entry, rows of out_grade_evidence as they are published."""
    names = ("quantity", "value", "se", "df", "n", "found", "tested")
    return evidence_sha256([{name: one[name] for name in names} for one in figures])


def _list(definition: GradesDefinition, found: Sequence[Graded]) -> Row:
    rule, product = definition.list_rule, definition.product
    new = sum(1 for one in found if not (one.held and definition.named_units))
    alpha = max(gate.alpha for grade in definition.grades for gate in grade.gates)
    source = definition.sources[definition.threshold_source]
    return {
        "rule": definition.rule,
        "control": rule.control,
        "alpha": alpha if rule.control == "expected" else rule.alpha,
        "hysteresis": definition.hysteresis,
        "entries": len(found),
        "false_entries": false_entries(new, alpha) if rule.control == "expected" else rule.alpha,
        "product_zh": product.units.zh if product else "",
        "product_one": product.units.one if product else "",
        "product_many": product.units.plural if product else "",
        "source_zh": source.text.zh,
        "source_en": source.text.en,
    }


def _gates(definition: GradesDefinition) -> Iterator[Row]:
    for position, grade in enumerate(definition.grades, 1):
        for number, gate in enumerate(grade.gates, 1):
            of = definition.quantity(gate.quantity)
            unit = ("", "") if of.unit is None else (of.unit.zh, of.unit.en)
            yield {
                "grade": grade.id, "position": position, "label_zh": grade.label.zh, "label_en": grade.label.en,
                "gate": number, "quantity": of.id, "quantity_zh": of.label.zh, "quantity_en": of.label.en,
                "quantity_kind": of.kind, "unit_zh": unit[0], "unit_en": unit[1], "digits": of.digits,
                "side": gate.side, "cut": gate.cut, "alpha": gate.alpha,
            }  # fmt: skip


def _units(
    entries: Sequence[_Entry], found: Sequence[Graded], certificates: Sequence[GradeCertificate | None]
) -> Iterator[Row]:
    for one, made, certificate in zip(entries, found, certificates, strict=True):
        yield {
            **one.key,
            **one.labels,
            "last": one.last,
            "point": made.point,
            "awarded": "" if one.withdrawn else made.awarded,
            "standing": "withdrawn" if one.withdrawn else made.standing,
            "borderline": made.borderline,
            "held": made.held,
            "by_list": made.by_list,
            "chance": made.chance,
            "certificate": certificate.sha256 if certificate else "",
        }


def _binding(entries: Sequence[_Entry], found: Sequence[Graded]) -> Iterator[Row]:
    for one, made in zip(entries, found, strict=True):
        for gate in made.binding:
            yield {
                **one.key, "quantity": gate.gate.quantity, "side": gate.gate.side, "grade": gate.grade,
                "bound": gate.bound, "cut": gate.gate.cut,
            }  # fmt: skip


def _chances(entries: Sequence[_Entry], found: Sequence[Graded], rules: Sequence[Grade]) -> Iterator[Row]:
    places = {one.id: place for place, one in enumerate(rules)}
    for one, made in zip(entries, found, strict=True):
        for place, grade in enumerate(rules):
            first = one.evidence[grade.gates[0].quantity]
            yield {
                **one.key, "grade": grade.id,
                "chance": _chance(grade.gates[0], first),
                "p": p_of(grade, one.evidence), "listed": places.get(made.earned, len(rules)) <= place,
            }  # fmt: skip


def _chance(gate: Gate, found: Evidence) -> float:
    """That the first quantity reaches the cut; NaN of shares, and of gates that it must stay below."""
    if isinstance(found, Share) or gate.side == "at_most":
        return math.nan
    return found.chance_at_least(gate.cut)


def _counts(
    definition: GradesDefinition, entries: Sequence[_Entry], found: Sequence[Graded]
) -> Iterator[Row]:
    names = {one.id: (one.label.zh, one.label.en) for one in definition.grades} | OUTSIDE
    kept = [(_standing(one, made), made) for one, made in zip(entries, found, strict=True)]
    for position, (name, (zh, en)) in enumerate(names.items(), 1):
        own = [made for grade, made in kept if grade == name]
        yield {
            "grade": name, "position": position, "label_zh": zh, "label_en": en, "entries": len(own),
            "by_point": sum(1 for _, made in kept if (made.point or "below") == name),
            "held": sum(one.held for one in own), "borderline": sum(one.borderline for one in own),
        }  # fmt: skip


def _listed(entries: Sequence[_Entry], certificates: Sequence[GradeCertificate | None]) -> Iterator[Row]:
    for one, made in zip(entries, certificates, strict=True):
        if made is not None:
            told = made.model_dump(exclude={"spec", "measure"})
            yield {
                "certificate": made.sha256, **told, "status": "withdrawn" if one.withdrawn else "valid",
                "reason_zh": one.withdrawn, "reason_en": one.withdrawn_en,
            }  # fmt: skip
