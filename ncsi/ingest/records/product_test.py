"""Files of laboratories: a row a result, or a row a specimen with a column a characteristic; what both come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pandas as pd

from ncsi.ingest.figures.faults import CellFault
from ncsi.ingest.figures.heads import folded, same_unit
from ncsi.ingest.records.fields import Field, FieldKind
from ncsi.ingest.records.reading import Checks
from ncsi.spec.building_blocks import Label
from ncsi.spec.measures.product_test import Characteristic, ProductTestDefinition
from ncsi.spec.problems import did_you_mean

_POSITIVE = "a standard uncertainty is above 0"
_OF_PRODUCT = ("product_en", "brand", "perceived", "perceived_se")
MEASURED = ("row", "product", "brand", "specimen", "laboratory", "repeat", "characteristic", "value", "u")
"""Columns of results, a row each."""


def product_test_fields(definition: ProductTestDefinition) -> tuple[Field, ...]:
    """Columns of a file of test results, long (`characteristic`, `value`, `unit`, `u`) or wide (a column of each
    characteristic, its unit in brackets, and one of its standard uncertainty)."""
    general = (
        _field("product", "name", "产品", "Product", "产品名称", "样品名称", "型号", "model", required=True),
        _field("product_en", "name", "产品英文名", "Product, in English", "英文名"),
        _field("brand", "name", "品牌", "Brand", "商标", "品牌名称"),
        _field("lot", "text", "批次", "Lot", "批号", "批次号", "batch"),
        _field("specimen", "text", "样品编号", "Specimen", "样品号", "样品", "试样", "sample", required=True),
        _field("laboratory", "name", "实验室", "Laboratory", "检测机构", "检验机构", "lab"),
        _field("repeat", "count", "重复", "Repeat", "重复号", "重复次数", "测次", "replicate"),
        _field("characteristic", "text", "检测项目", "Characteristic", "项目", "检验项目", "指标"),
        _field("value", "number", "检测值", "Value", "结果", "检测结果", "数值", "测得值", "result"),
        _field("unit", "text", "单位", "Unit", "计量单位"),
        _field("u", "number", "标准不确定度", "Standard uncertainty", "不确定度u", "uc"),
        replace(_field("perceived", "number", "感知质量", "Perceived quality", "感知质量得分"), plausible=(0, 100)),
        replace(_field("perceived_se", "number", "感知质量标准误", "Standard error of perceived quality"),
                plausible=(0, 50)),
    )  # fmt: skip
    return (*general, *(one for each in definition.characteristics for one in _wide(each)))


def _field(name: str, kind: FieldKind, zh: str, en: str, *names: str, required: bool = False) -> Field:
    return Field(name, kind, Label(zh=zh, en=en), names, required)


def _wide(one: Characteristic) -> Iterator[Field]:
    ends = None if one.plausible is None else (one.plausible.lower, one.plausible.upper)
    yield Field(one.id, "number", one.label, one.names, False, ends, one.unit, unit_in_head=True)
    label = Label(zh=f"{one.label.zh}标准不确定度", en=f"{one.label.en}, standard uncertainty")
    yield Field(f"{one.id}_u", "number", label, (), False, None, one.unit)


@dataclass(slots=True)
class _Reading:
    """Results as they are read, and the faults met."""

    definition: ProductTestDefinition
    results: list[dict[str, Any]] = field(default_factory=list)
    faults: list[CellFault] = field(default_factory=list)
    seen: dict[tuple[Any, ...], int] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)

    def fault(self, row: int, column: str, value: object, problem: str, cure: str) -> None:
        self.faults.append(CellFault(row, column, str(value), problem, cure))


def product_test_checks(definition: ProductTestDefinition) -> Checks:
    """Faults across rows: an unknown characteristic, a result without value, unit or uncertainty or in another unit, a
    result twice, a specimen of two products, a product of two brands."""
    return partial(_faults, definition)


def _faults(definition: ProductTestDefinition, frame: pd.DataFrame, rows: Sequence[int]) -> list[CellFault]:
    return _read(definition, frame, rows).faults


def measurements(definition: ProductTestDefinition, frame: pd.DataFrame, rows: Sequence[int]) -> pd.DataFrame:
    """Results of a file that passed its checks, one a row: the columns of `MEASURED`. `u` is NaN where the file gives
    none; words for the comparison sample are an empty `product`."""
    reading = _read(definition, frame, rows)
    return pd.DataFrame(reading.results, columns=list(MEASURED))


def _read(definition: ProductTestDefinition, frame: pd.DataFrame, rows: Sequence[int]) -> _Reading:
    reading = _Reading(definition)
    words = _words(definition)
    long = bool((frame["characteristic"] != "").any())
    records = frame.to_dict("records")
    for row, record in zip(rows, records, strict=True):
        key = _specimen(definition, record)
        if long:
            _long(reading, row, key, {str(name): value for name, value in record.items()}, words)
        else:
            _wide_row(reading, row, key, {str(name): value for name, value in record.items()})
    if not reading.faults and all(one["product"] == "" for one in reading.results):
        reading.fault(
            1, "product", "", "no product has a result", "Name characteristics in their heads, or in a column"
        )
    _agreement(reading, rows, records)
    return reading


def _specimen(definition: ProductTestDefinition, record: Mapping[Any, Any]) -> dict[str, Any]:
    comparison = {folded(one) for one in definition.comparison}
    product = "" if folded(record["product"]) in comparison else record["product"]
    specimen = f"{record['lot']}/{record['specimen']}" if record["lot"] else record["specimen"]
    repeat = 1 if pd.isna(record["repeat"]) else int(record["repeat"])
    return {"product": product, "brand": record["brand"] or product, "specimen": specimen,
            "laboratory": record["laboratory"], "repeat": repeat}  # fmt: skip


def _words(definition: ProductTestDefinition) -> dict[str, Characteristic]:
    return {
        folded(word): one
        for one in definition.characteristics
        for word in (one.id, one.label.zh, one.label.en, *one.names)
    }


def _long(
    reading: _Reading,
    row: int,
    key: dict[str, Any],
    record: Mapping[str, Any],
    words: Mapping[str, Characteristic],
) -> None:
    one = words.get(folded(record["characteristic"]))
    if one is None:
        known = [each.label.zh for each in reading.definition.characteristics]
        reading.fault(row, "characteristic", record["characteristic"], "the test has no such characteristic",
                      did_you_mean(record["characteristic"], known, "characteristics are"))  # fmt: skip
        return
    unit = str(record["unit"])
    if not unit:
        reading.fault(
            row, "unit", "", "a measurement without a unit", f"Write {one.unit.zh}, if it is in that"
        )
    elif not any(same_unit(unit, ours) for ours in (one.unit.zh, one.unit.en)):
        reading.fault(
            row, "unit", unit, f"'{one.label.zh}' is measured in {one.unit.zh}", "Convert value and unit"
        )
    if pd.isna(record["value"]):
        reading.fault(row, "value", "", "a measurement without a value", "Fill it, or take the row out")
        return
    ends = one.plausible
    if ends is not None and not ends.lower <= record["value"] <= ends.upper:
        reading.fault(row, "value", f"{record['value']:g}", f"it lies outside {ends.lower:g} to {ends.upper:g} "
                      f"{one.unit.zh}", "Correct the value or its unit")  # fmt: skip
    _result(reading, row, key, one, record["value"], record["u"], "u")


def _wide_row(reading: _Reading, row: int, key: dict[str, Any], record: Mapping[str, Any]) -> None:
    for one in reading.definition.characteristics:
        value, u = record[one.id], record[f"{one.id}_u"]
        if pd.isna(value):
            if not pd.isna(u):
                reading.fault(
                    row, one.id, "", "its uncertainty is given, and no value", "Fill it, or empty both"
                )
            continue
        _result(reading, row, key, one, value, u, f"{one.id}_u")


def _result(
    reading: _Reading, row: int, key: dict[str, Any], one: Characteristic, value: float, u: float, column: str
) -> None:
    if not pd.isna(u) and u <= 0:
        reading.fault(
            row, column, f"{u:g}", _POSITIVE, "Correct it, or leave it empty where the definition gives one"
        )
    if pd.isna(u) and one.u is None and not one.budget:
        reading.fault(row, column, "", f"a measurement of '{one.label.zh}' without uncertainty",
                      "Give its standard uncertainty, or declare `u` or a budget in the definition")  # fmt: skip
    result = {**key, "characteristic": one.id}
    first = reading.seen.setdefault(tuple(result[name] for name in MEASURED if name in result), row)
    if first != row:
        problem = f"specimen '{key['specimen']}' has this result of '{one.label.zh}' already, row {first}"
        reading.fault(
            row, "specimen", key["specimen"], problem, "Keep one of them, or number repeats in a column"
        )
    reading.results.append({"row": row, **result, "value": float(value), "u": float(u)})


def _agreement(reading: _Reading, rows: Sequence[int], records: Sequence[Mapping[Any, Any]]) -> None:
    """A specimen is of one product; a product has one brand and one figure of perceived quality."""
    owner: dict[str, tuple[str, int]] = {}
    facts: dict[tuple[str, str], tuple[Any, int]] = {}
    for row, record in zip(rows, records, strict=True):
        key = _specimen(reading.definition, record)
        product, first = owner.setdefault(key["specimen"], (record["product"], row))
        if product != record["product"]:
            reading.fault(row, "specimen", key["specimen"], f"it is of '{product}' in row {first}",
                          "Give each specimen a number of its own")  # fmt: skip
        for name in _OF_PRODUCT:
            value = record[name]
            if value == "" or pd.isna(value):
                continue
            before, at = facts.setdefault((record["product"], name), (value, row))
            if before != value:
                reading.fault(row, name, value, f"it was '{before}' in row {at}, of the same product",
                              "Make them agree")  # fmt: skip
