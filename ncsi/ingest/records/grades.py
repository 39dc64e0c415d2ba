"""Files of entries to grade: a unit or product a row, its figures with their errors, the grade that it held."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from ncsi.ingest.figures.faults import CellFault
from ncsi.ingest.figures.heads import folded
from ncsi.ingest.figures.units import ALL
from ncsi.ingest.records.fields import Field, FieldKind, fault_at
from ncsi.ingest.records.reading import Checks
from ncsi.spec.building_blocks import Label
from ncsi.spec.measures.grades import GradesDefinition, Quantity

Row = Mapping[Hashable, Any]
_SE = (("标准误", " SE"), ("的标准误", " standard error"), ("标准误差", "_se"))
_SD = (("标准差", " SD"), ("的标准差", " standard deviation"), ("标准偏差", "_sd"))
_DF = (("自由度", " df"), ("的自由度", " degrees of freedom"), ("标准误自由度", "_df"))
_N = (("样本量", " n"), ("的样本量", " sample size"), ("样本数", "_n"))
_ERRORS: tuple[tuple[str, FieldKind, Sequence[tuple[str, str]]], ...] = (
    ("se", "number", _SE),
    ("sd", "number", _SD),
    ("n", "count", _N),
    ("df", "number", _DF),
)
"""What a mean may come with."""
_NO_GRADE = ("未定级", "未达级", "首次", "首次申报", "not graded", "new")


def grades_fields(definition: GradesDefinition) -> tuple[Field, ...]:
    """Unit, product, the figures of each quantity with their errors or counts, the grade held, what was withdrawn."""
    units = definition.units
    fields = [
        Field("unit", "name", Label(zh=units.zh, en=units.one.capitalize()), definition.unit_names),
        _english("unit", f"{units.zh}英文名", f"{units.one.capitalize()} in English"),
    ]
    if definition.product is not None:
        product = definition.product.units
        label = Label(zh=product.zh, en=product.one.capitalize())
        fields += [
            Field("product", "name", label, definition.product.names),
            _english("product", f"{label.zh}英文名", f"{label.en} in English"),
        ]
    for one in definition.quantities:
        fields += _fields_of(one)
    words = {grade.id: (grade.label.zh, grade.label.en) for grade in definition.grades}
    return (
        *fields,
        Field(
            "source", "text", Label(zh="数据来源", en="Source"), ("来源", "发布编号"), required=False, published=True
        ),
        Field(
            "last", "choice", Label(zh="上次等级", en="Last grade"), ("上年等级", "去年等级", "上期等级", "原等级"),
            required=False, words=words | {"none": _NO_GRADE},
        ),
        Field(
            "withdrawn", "text", Label(zh="撤销原因", en="Reason of withdrawal"), ("撤销", "撤销说明"), required=False,
            published=True,
        ),
        Field("withdrawn_en", "text", Label(zh="撤销原因英文", en="Reason in English"), required=False, published=True),
    )  # fmt: skip


def _english(what: str, zh: str, en: str) -> Field:
    return Field(f"{what}_en", "name", Label(zh=zh, en=en), required=False)


def _fields_of(one: Quantity) -> list[Field]:
    if one.found is not None and one.tested is not None:
        return [
            Field(f"{one.id}_{name}", "count", part.label, part.names)
            for name, part in (("found", one.found), ("tested", one.tested))
        ]
    value = Field(
        one.id, "number", one.label, one.names, plausible=one.ends, unit=one.unit
    )  # fmt: skip
    if one.kind == "fact":
        return [value]
    return [
        value,
        *(
            Field(f"{one.id}_{name}", kind, _called(one, endings), _further(one, endings), required=False)
            for name, kind, endings in _ERRORS
        ),
    ]  # fmt: skip


def _called(one: Quantity, endings: Sequence[tuple[str, str]]) -> Label:
    return Label(zh=f"{one.label.zh}{endings[0][0]}", en=f"{one.label.en}{endings[0][1]}")


def _further(one: Quantity, endings: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    zh, en = [one.label.zh, *one.names], [one.label.en, *one.names]
    found = [f"{word}{ending}" for word in zh for ending, _ in endings]
    return tuple(dict.fromkeys([*found, *(f"{word}{ending}" for word in en for _, ending in endings)]))


def grades_checks(definition: GradesDefinition) -> Checks:
    """Faults of entries as a whole: a unit, or its product, twice; a mean without an error, or with one that cannot
    be; more found than tested, or nothing tested."""
    return partial(_checks, definition)


def _checks(definition: GradesDefinition, frame: pd.DataFrame, rows: Sequence[int]) -> list[CellFault]:
    faults: list[CellFault] = []
    seen: dict[tuple[str, str], int] = {}
    products = definition.product is not None
    for row, cells in zip(rows, frame.to_dict("records"), strict=True):
        key = (folded(cells["unit"]), folded(cells["product"]) if products else "")
        if key[0] == ALL:
            problem = f"'{ALL}' stands for all of them together"
            faults.append(fault_at(row, "unit", cells["unit"], problem, "Give the unit its name"))
        first = seen.setdefault(key, row)
        if first != row:
            what, named = ("product", cells["product"]) if products else ("unit", cells["unit"])
            problem = f"this {what} has a row already, row {first}"
            faults.append(fault_at(row, what, named, problem, "Keep one of them"))
        for one in definition.quantities:
            faults += _share_faults(one, row, cells) if one.kind == "share" else ()
            faults += _mean_faults(one, row, cells) if one.kind == "mean" else ()
    return faults


def _mean_faults(one: Quantity, row: int, cells: Row) -> Iterator[CellFault]:
    se, sd, n = (cells[f"{one.id}_{name}"] for name in ("se", "sd", "n"))
    column = f"{one.id}_se"
    df = cells[f"{one.id}_df"]
    if df < 1:
        yield fault_at(row, f"{one.id}_df", f"{df:g}", "degrees of freedom are at least 1", "Correct it")
    if not math.isnan(se):
        if se <= 0:
            yield fault_at(row, column, f"{se:g}", "a standard error is above 0", "Correct it")
    elif math.isnan(sd) or math.isnan(n):
        problem = f"'{one.label.zh}' has no standard error, and without one nothing is graded"
        yield fault_at(row, column, "", problem, "Give it, or the standard deviation and the sample size")
    elif n < 2:
        yield fault_at(row, f"{one.id}_n", f"{n:g}", "one measurement has no error", "Measure at least two")
    elif sd <= 0:
        yield fault_at(row, f"{one.id}_sd", f"{sd:g}", "a standard deviation is above 0", "Correct it")


def _share_faults(one: Quantity, row: int, cells: Row) -> Iterator[CellFault]:
    found, tested = cells[f"{one.id}_found"], cells[f"{one.id}_tested"]
    if tested < 1:
        yield fault_at(
            row, f"{one.id}_tested", f"{tested:g}", "nothing was tested", "Test some, or take the row out"
        )
    elif found > tested:
        yield fault_at(
            row,
            f"{one.id}_found",
            f"{found:g}",
            f"more were found than the {tested:g} tested",
            "Correct one of them",
        )
