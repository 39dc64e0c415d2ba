"""Published grades awarded again from the published figures and rules, and certificates hashed again.

Figures are published with the digits that they were graded with, so that every grade follows from them exactly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, cast

from ncsi.composite.measures import Control, Estimate, Evidence, Gate, Grade, Graded, Share, graded_list
from ncsi.report.plain_files import plain
from ncsi.spec.measures.grade_certificate import GradeCertificate, evidence_sha256
from ncsi.tables import (
    OUT_GRADE_BINDING,
    OUT_GRADE_CERTIFICATES,
    OUT_GRADE_COUNTS,
    OUT_GRADE_EVIDENCE,
    OUT_GRADE_GATES,
    OUT_GRADE_LISTS,
    OUT_GRADES_BY_UNIT,
    OUT_QUALITY_MEASURES,
)

Row = Mapping[str, str]
Key = tuple[str, str]
NEEDED_OF_GRADES = tuple(
    one.name
    for one in (
        OUT_GRADE_LISTS,
        OUT_QUALITY_MEASURES,
        OUT_GRADE_GATES,
        OUT_GRADES_BY_UNIT,
        OUT_GRADE_EVIDENCE,
        OUT_GRADE_BINDING,
        OUT_GRADE_COUNTS,
        OUT_GRADE_CERTIFICATES,
    )
)
_TRUE = "True"


def grade_problems(tables: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    """Every way in which published grades and certificates do not follow from rules and figures. Measures whose units
    are not named have none to derive. Raises ValueError or KeyError where figures are missing."""
    for about in tables[OUT_GRADE_LISTS.name]:
        own = {
            name: [row for row in rows if row["measure"] == about["measure"]] for name, rows in tables.items()
        }
        if own[OUT_GRADES_BY_UNIT.name]:
            yield from _awards(own, about)


def _awards(tables: Mapping[str, Sequence[Row]], about: Row) -> Iterator[str]:
    units = tables[OUT_GRADES_BY_UNIT.name]
    figures: dict[Key, list[Row]] = defaultdict(list)
    for row in tables[OUT_GRADE_EVIDENCE.name]:
        figures[_key(row)].append(row)
    binding: dict[Key, list[Row]] = defaultdict(list)
    for row in tables[OUT_GRADE_BINDING.name]:
        binding[_key(row)].append(row)
    found = graded_list(
        _rules(tables[OUT_GRADE_GATES.name]),
        [{row["quantity"]: _evidence(row) for row in figures[_key(unit)]} for unit in units],
        [unit["last"] if about["hysteresis"] == _TRUE else "" for unit in units],
        cast(Control, about["control"]),
        float(about["alpha"]),
    )
    listed = {_key(row): row for row in tables[OUT_GRADE_CERTIFICATES.name]}
    labels = {row["grade"]: row for row in tables[OUT_GRADE_GATES.name]}
    period = tables[OUT_QUALITY_MEASURES.name][0]["period"]
    standings = []
    for unit, made in zip(units, found, strict=True):
        withdrawn = unit["standing"] == "withdrawn"
        awarded = "" if withdrawn else made.awarded
        standings.append("withdrawn" if withdrawn else made.awarded or made.standing)
        yield from _differs(unit, made, awarded)
        said = {(row["grade"], row["quantity"], row["side"]) for row in binding[_key(unit)]}
        if said != {(one.grade, one.gate.quantity, one.gate.side) for one in made.binding}:
            yield f"{_named(*_key(unit))}: its binding gates are not those that its bounds fail"
        line = _certificate(unit, made, labels, about, period, figures[_key(unit)]) if made.awarded else None
        yield from _certificate_problems(unit, listed.pop(_key(unit), None), line, withdrawn)
    for key in listed:
        yield f"{_named(*key)}: on the certificate list, and not among the entries"
    for counted in tables[OUT_GRADE_COUNTS.name]:
        number = standings.count(counted["grade"])
        if int(counted["entries"]) != number:
            yield f"out_grade_counts: {counted['grade']} says {counted['entries']} entries, and there are {number}"


def _differs(unit: Row, made: Graded, awarded: str) -> Iterator[str]:
    standing = unit["standing"] if unit["standing"] == "withdrawn" else made.standing
    told = (
        ("awarded", unit["awarded"], awarded),
        ("point", unit["point"], made.point),
        ("standing", unit["standing"], standing),
        ("borderline", unit["borderline"], str(made.borderline)),
        ("held", unit["held"], str(made.held)),
    )
    for name, said, derived in told:
        if said != derived:
            yield (
                f"{_named(*_key(unit))}: {name} is said to be '{said}', and its figures and the rules give '{derived}'"
            )


def _certificate(
    unit: Row, made: Graded, labels: Mapping[str, Row], about: Row, period: str, figures: Sequence[Row]
) -> GradeCertificate:
    label = labels[made.awarded]
    return GradeCertificate(
        measure=about["measure"], rule=about["rule"], period=period, unit=plain(unit["unit"]),
        product=plain(unit["product"]), grade=made.awarded, grade_zh=label["label_zh"], grade_en=label["label_en"],
        evidence=evidence_sha256([_digested(row) for row in figures]),
    )  # fmt: skip


def _certificate_problems(
    unit: Row, row: Row | None, line: GradeCertificate | None, withdrawn: bool
) -> Iterator[str]:
    name = _named(*_key(unit))
    if line is None:
        if row is not None or unit["certificate"]:
            yield f"{name}: has a certificate, and no grade is awarded"
        return
    if row is None:
        yield f"{name}: its grade has no line in the certificate list"
        return
    if {row["certificate"], unit["certificate"]} != {line.sha256}:
        yield f"{name}: its certificate is not the SHA-256 of what it is awarded and of its figures"
    told = certificate_of(row)
    if told != line:
        yield f"{name}: its line in the certificate list is not what it is awarded"
    if row["status"] != ("withdrawn" if withdrawn else "valid"):
        yield f"{name}: its certificate is said to be {row['status']}, and its entry says {unit['standing']}"


def certificate_of(row: Row) -> GradeCertificate:
    """The certificate that a row of out_grade_certificates tells of."""
    told = {name: plain(row[name]) for name in GradeCertificate.model_fields if name in row}
    return GradeCertificate.model_validate(told)


def _rules(rows: Sequence[Row]) -> tuple[Grade, ...]:
    gates: dict[str, list[Gate]] = defaultdict(list)
    for row in sorted(rows, key=lambda one: int(one["position"])):
        side = cast(Literal["at_least", "at_most"], row["side"])
        gates[row["grade"]].append(Gate(row["quantity"], side, float(row["cut"]), float(row["alpha"])))
    return tuple(Grade(name, tuple(own)) for name, own in gates.items())


def _evidence(row: Row) -> Evidence:
    if row["tested"]:
        return Share(int(row["found"]), int(row["tested"]))
    df = float(row["df"]) if row["df"] else float("inf")
    return Estimate(float(row["value"]), float(row["se"]), df)


def _digested(row: Row) -> dict[str, Any]:
    """As the evidence was hashed."""
    counts = {name: int(row[name]) if row[name] else None for name in ("n", "found", "tested")}
    return {
        "quantity": row["quantity"], "value": float(row["value"]), "se": float(row["se"]) if row["se"] else None,
        "df": float(row["df"]) if row["df"] else None, **counts,
    }  # fmt: skip


def _key(row: Row) -> Key:
    return row["unit"], row["product"]


def _named(unit: str, product: str) -> str:
    return f"out_grades_by_unit: {unit} {product}".rstrip()
