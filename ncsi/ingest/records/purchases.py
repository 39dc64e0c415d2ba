"""Answers of business buyers, a row a respondent of a buyer: their fields, and what rows must not say together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd

from ncsi.ingest.figures.faults import CellFault
from ncsi.ingest.records.answers import answer_checks, answer_fields, one_of_each, positive
from ncsi.ingest.records.fields import Field
from ncsi.ingest.records.reading import Checks
from ncsi.spec.building_blocks import Label
from ncsi.spec.measures.purchases import PurchasesDefinition

SUPPLIER = Field(
    "supplier", "name", Label(zh="供应商", en="Supplier"), ("供应商名称", "生产企业", "供货企业")
)
MATERIAL = Field(
    "material", "text", Label(zh="原材料", en="Material"), ("材料", "产品", "品种"), published=True
)
BUYER = Field("buyer", "text", Label(zh="采购企业", en="Buyer"), ("采购方", "用户单位", "客户"), told=False)
BUYERS = Field(
    "buyers", "count", Label(zh="客户总数", en="Buyers in all"), ("用户总数",), required=False, told=False
)


def volume_field(definition: PurchasesDefinition) -> Field:
    """What the buyer bought of the supplier, in the unit of the definition."""
    label = Label(zh="采购量", en="Volume bought")
    return Field(
        "volume", "number", label, ("采购额", "采购数量", "volume"), unit=definition.volume, told=False
    )


def purchases_fields(definition: PurchasesDefinition) -> tuple[Field, ...]:
    """Supplier, material, buyer, volume, buyers that the supplier has, period, answers."""
    return (SUPPLIER, MATERIAL, BUYER, volume_field(definition), BUYERS, *answer_fields(definition))


def purchases_checks(definition: PurchasesDefinition) -> Checks:
    """What rows of answers of buyers must not say together."""
    return partial(_checks, definition)


def _checks(definition: PurchasesDefinition, frame: pd.DataFrame, rows: Sequence[int]) -> list[CellFault]:
    volume, sold = volume_field(definition), ("period", "material", "supplier")
    return [
        *answer_checks(frame, rows, definition, ("supplier", "material")),
        *positive(frame, rows, volume),
        *one_of_each(frame, rows, (*sold, "buyer"), volume, "the buyer"),
        *one_of_each(frame, rows, sold, BUYERS, "the supplier"),
    ]
