"""Files of mystery visits: a row an item, or a row a visit with a column an item; what both come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pandas as pd

from ncsi.ingest.figures.faults import CellFault
from ncsi.ingest.figures.heads import folded
from ncsi.ingest.records.fields import Field
from ncsi.ingest.records.reading import Checks
from ncsi.spec.building_blocks import Label
from ncsi.spec.measures.visits import VisitItem, VisitsDefinition
from ncsi.spec.problems import did_you_mean

_WORDS: Mapping[str, tuple[str, ...]] = {
    "Y": ("是", "yes", "达到", "合格", "1", "√", "✓"),
    "N": ("否", "no", "未达到", "不合格", "0", "×", "✗"),
    "NA": ("不适用", "n/a", "不涉及", "未涉及", "na"),
}
ANSWERED = ("row", "chain", "chain_en", "store", "visit", "shopper", "item", "answer")
"""Columns of answers, a row each."""


def visits_fields(definition: VisitsDefinition) -> tuple[Field, ...]:
    """Columns of a file of visits, long (`item`, `answer`) or wide (a column an item). Who went is never told."""
    general = (
        Field("chain", "name", definition.chains, ("连锁", "企业", "品牌", "chain")),
        Field("chain_en", "name", Label(zh=f"{definition.chains.zh}英文名", en=f"{definition.chains.en}, in English"),
              ("英文名",), required=False),
        Field("store", "name", Label(zh="门店", en="Store"), ("门店名称", "网点", "店铺")),
        Field("visit", "text", Label(zh="访问编号", en="Visit"), ("访问", "访问号", "到店编号", "次数", "visit id")),
        Field("shopper", "text", Label(zh="调查员", en="Shopper"), ("访问员", "神秘顾客", "体验员"), told=False),
        Field("date", "date", Label(zh="日期", en="Date"), ("访问日期", "到店日期"), required=False),
        Field("item", "text", Label(zh="项目", en="Item"), ("检查项目", "指标"), required=False),
        Field("answer", "choice", Label(zh="结果", en="Answer"), ("判定", "评价"), required=False, words=_WORDS),
    )  # fmt: skip
    wide = (
        Field(one.id, "choice", one.label, one.names, required=False, words=_WORDS)
        for one in definition.items
    )
    return (*general, *wide)


@dataclass(slots=True)
class _Reading:
    """Answers as they are read, and the faults met."""

    definition: VisitsDefinition
    answers: list[dict[str, Any]] = field(default_factory=list)
    faults: list[CellFault] = field(default_factory=list)
    given: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def fault(self, row: int, column: str, value: object, problem: str, cure: str) -> None:
        self.faults.append(CellFault(row, column, str(value), problem, cure))


def visits_checks(definition: VisitsDefinition) -> Checks:
    """Faults across rows: an unknown item, an item twice in a visit or not in it at all, a store of two chains, a visit
    of two shoppers, a shopper who is not in the definition's list."""
    return partial(_faults, definition)


def _faults(definition: VisitsDefinition, frame: pd.DataFrame, rows: Sequence[int]) -> list[CellFault]:
    return _read(definition, frame, rows).faults


def visit_answers(definition: VisitsDefinition, frame: pd.DataFrame, rows: Sequence[int]) -> pd.DataFrame:
    """Answers of a file that passed its checks, one a row: the columns of `ANSWERED`; Y, N or NA."""
    return pd.DataFrame(_read(definition, frame, rows).answers, columns=list(ANSWERED))


def _read(definition: VisitsDefinition, frame: pd.DataFrame, rows: Sequence[int]) -> _Reading:
    reading = _Reading(definition)
    words = {
        folded(word): one for one in definition.items
        for word in (one.id, one.label.zh, one.label.en, *one.names)
    }  # fmt: skip
    long = bool((frame["item"] != "").any())
    known = {folded(one) for one in definition.shoppers}
    for row, record in zip(rows, frame.to_dict("records"), strict=True):
        if known and folded(record["shopper"]) not in known:
            reading.fault(row, "shopper", "", "this shopper is not in the definition's list",
                          "Correct it, or add the shopper under `shoppers:`")  # fmt: skip
        answers = _of_row(reading, row, {str(name): value for name, value in record.items()}, long, words)
        for item, answer in answers:
            _answer(reading, row, record, item, answer)
    _one_of_each(reading)
    _whole_visits(reading)
    return reading


def _of_row(
    reading: _Reading, row: int, record: Mapping[str, Any], long: bool, words: Mapping[str, VisitItem]
) -> list[tuple[VisitItem, str]]:
    if not long:
        return [(one, record[one.id]) for one in reading.definition.items if record[one.id]]
    one = words.get(folded(record["item"]))
    if one is None:
        known = [each.label.zh for each in reading.definition.items]
        reading.fault(row, "item", record["item"], "the survey has no such item",
                      did_you_mean(record["item"], known, "items are"))  # fmt: skip
        return []
    if not record["answer"]:
        reading.fault(row, "answer", "", "the item has no answer", "Write 是, 否 or 不适用")
        return []
    return [(one, record["answer"])]


def _answer(reading: _Reading, row: int, record: Mapping[Any, Any], item: VisitItem, answer: str) -> None:
    key = (record["store"], record["visit"], item.id)
    first = reading.given.setdefault(key, row)
    if first != row:
        reading.fault(row, "item", item.label.zh, f"this visit has an answer to it already, row {first}",
                      "Keep one of them, or number visits apart")  # fmt: skip
        return
    reading.answers.append({
        "row": row, "chain": record["chain"], "chain_en": record["chain_en"] or record["chain"],
        "store": record["store"], "visit": record["visit"],
        "shopper": record["shopper"], "item": item.id, "answer": answer,
    })  # fmt: skip


def _one_of_each(reading: _Reading) -> None:
    """A store belongs to one chain, a visit is by one shopper."""
    chain_of: dict[str, tuple[str, int]] = {}
    shopper_of: dict[tuple[str, str], tuple[str, int]] = {}
    told: set[object] = set()
    for one in reading.answers:
        chain, first = chain_of.setdefault(one["store"], (one["chain"], one["row"]))
        if chain != one["chain"] and (one["store"], one["chain"]) not in told:
            told.add((one["store"], one["chain"]))
            reading.fault(one["row"], "chain", one["chain"], f"store '{one['store']}' is of '{chain}' in row {first}",
                          "Give each store one chain, or names of their own")  # fmt: skip
        visit = (one["store"], one["visit"])
        shopper, first = shopper_of.setdefault(visit, (one["shopper"], one["row"]))
        if shopper != one["shopper"] and visit not in told:
            told.add(visit)
            reading.fault(one["row"], "shopper", "", f"this visit is by another shopper in row {first}",
                          "Number visits apart")  # fmt: skip


def _whole_visits(reading: _Reading) -> None:
    """Every visit answers every item: what does not apply is said so."""
    items = {one.id: one.label.zh for one in reading.definition.items}
    answered: dict[tuple[str, str], tuple[int, set[str]]] = {}
    for one in reading.answers:
        answered.setdefault((one["store"], one["visit"]), (one["row"], set()))[1].add(one["item"])
    for (store, visit), (row, given) in answered.items():
        left = [label for item, label in items.items() if item not in given]
        if left:
            more = f" and {len(left) - 1} more" if len(left) > 1 else ""
            problem = f"visit {visit} to '{store}' has no answer to '{left[0]}'{more}"
            reading.fault(row, "item", "", problem, "Write 不适用 where an item does not apply")
