"""Which column of a table of figures means what: by code, label or further name, its unit in brackets read and
compared, or by a declared map."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ncsi.ingest.figures.faults import CellFault
from ncsi.ingest.figures.numbers import plain
from ncsi.spec.index_definition import Dimension, IndexDefinition, TableMap
from ncsi.spec.problems import did_you_mean
from ncsi.spec.tree import Node, Tree

GENERAL: Mapping[str, tuple[str, ...]] = {
    "year": ("year", "年份", "年度", "年", "统计年度", "period", "报告期"),
    "weight": ("weight", "权重", "汇总权重"),
    "population": ("population", "人口", "常住人口", "总人口"),
    "indicator": ("indicator", "指标", "指标名称", "指标代码", "准则", "criterion", "评分项", "item"),
    "value": ("value", "数值", "指标值", "值", "得分", "score"),
    "se": ("se", "标准误", "标准误差", "standard error"),
    "rater": ("rater", "来源", "评价来源", "评价方式", "assessment"),
    "level": ("level", "等级", "成熟度等级"),
    "accepted": ("accepted", "采信", "是否采信", "证据采信"),
    "synthetic": ("synthetic", "模拟数据"),
    "replicate": ("replicate", "重复号", "重复"),
    "evidence": ("evidence", "证据", "证据编号"),
    "evidence_kind": ("evidence_kind", "evidence kind", "证据类型"),
}
"""Columns that mean the same in every file."""
DROPPED = frozenset({"序号", "no", "no.", "备注", "remark", "remarks", "note", "notes"})
"""Heads that are not figures and are left out unasked."""
_IN_BRACKETS = re.compile(r"^(.*?)[(\[{〔【]([^()\[\]{}]*)[)\]}〕】]$")
_SE_MARKS = ("_se", " se", "标准误", "标准误差", "(se)", "(标准误)", " standard error")
_SAME_UNITS = ({"%", "percent", "per cent", "百分比", "pct"}, {"分", "points", "point"})


@dataclass(frozen=True, slots=True)
class Heads:
    """Columns by what they mean: `of` canonical name → head in the file. `long`: a row an indicator, not a unit."""

    of: Mapping[str, str]

    @property
    def long(self) -> bool:
        """Whether each row holds one indicator of a unit."""
        return "indicator" in self.of

    @property
    def evidence(self) -> bool:
        """Whether each row holds a level of a criterion and what is there for it."""
        return self.long and "level" in self.of and "value" not in self.of


def heads_of(
    columns: Sequence[str], tree: Tree, definition: IndexDefinition, table_map: TableMap | None
) -> tuple[Heads, list[CellFault]]:
    """What each column means, and the faults of the heads: unknown, twice, of another unit."""
    known = names_of(tree, definition)
    mapped = {head: name for name, head in table_map.columns.items()} if table_map else {}
    ignored = {folded(head) for head in table_map.ignore} if table_map else set()
    factors = table_map.factors if table_map else {}
    of: dict[str, str] = {}
    faults = []
    for head in columns:
        if head not in mapped and (folded(head) in ignored or folded(head) in DROPPED):
            continue
        name, unit = (mapped[head], "") if head in mapped else split_unit(head, known)
        if name is None:
            names = [
                node.label.zh if node.label and not head.isascii() else node.code for node in tree.leaves
            ]
            cure = did_you_mean(head, names, "columns are")
            faults.append(
                CellFault(
                    1,
                    head,
                    "",
                    "this column means nothing to the index",
                    f"{cure} Or name it under `ignore:` in a map",
                )
            )
        elif name in of:
            faults.append(
                CellFault(1, head, "", f"it means the same as column '{of[name]}'", "Keep one of them")
            )
        else:
            of[name] = head
            faults += _unit_fault(head, unit, name, tree, factors)
    for name, head in ((name, head) for head, name in mapped.items()):
        if head not in columns:
            faults.append(
                CellFault(
                    1,
                    head,
                    "",
                    f"the map names this column for '{name}', and it is not there",
                    "Correct the map",
                )
            )
    return Heads(of), faults


def lacking(
    heads: Heads, tree: Tree, definition: IndexDefinition, supplied: frozenset[str] = frozenset()
) -> Iterator[CellFault]:
    """Columns that must be there: what tells the units apart, and the indicators or how they are listed; but for those
    `supplied` from elsewhere."""
    first = definition.dimensions[0]
    if first.id not in heads.of:
        words = ", ".join((first.id, first.label.zh, first.label.en, *first.names))
        yield CellFault(
            1, first.id, "", "the column that names the units is missing", f"Call it one of: {words}"
        )
    if heads.long:
        if "value" not in heads.of and "level" not in heads.of:
            yield CellFault(1, "value", "", "the column of values is missing", "Call it 'value' or '数值'")
        return
    for node in tree.leaves:
        if node.code not in heads.of and node.code not in supplied:
            label = node.label.zh if node.label else node.code
            yield CellFault(
                1,
                node.code,
                "",
                f"the indicator '{label}' has no column",
                "Add it; leave cells empty where unknown",
            )


def names_of(tree: Tree, definition: IndexDefinition) -> dict[str, str]:
    """Folded head → canonical name, of every name that a column may have."""
    found: dict[str, str] = {}
    for name, words in GENERAL.items():
        found |= {folded(word): name for word in words}
    for one in (*definition.groups, *definition.dimensions):
        found |= {folded(word): one.id for word in (one.id, one.label.zh, one.label.en, *one.names)}
    for veto in definition.vetoes:
        found |= {folded(word): veto.id for word in (veto.id, veto.label.zh, veto.label.en, *veto.names)}
    for node in tree.leaves:
        words = words_of(node, definition)
        found |= {folded(f"{word}{mark}"): f"{node.code}_se" for word in words for mark in _SE_MARKS}
        found |= {folded(word): node.code for word in words}
    return found


def words_of(node: Node, definition: IndexDefinition) -> tuple[str, ...]:
    """What an indicator may be called."""
    labels = (node.label.zh, node.label.en) if node.label else ()
    return (node.code, *labels, *definition.indicator(node.code).names)


def folded(text: str) -> str:
    """Text as heads and names are compared: plain, without blanks and case."""
    return "".join(plain(text).split()).casefold()


def words_of_dimension(dimension: Dimension) -> Iterable[str]:
    """What stands for all of its units together; an empty cell does too."""
    return ("", "all", *dimension.whole)


def split_unit(head: str, known: Mapping[str, str]) -> tuple[str | None, str]:
    """Canonical name and unit of a head; a name with brackets of its own counts as a whole first."""
    whole = known.get(folded(head))
    if whole is not None:
        return whole, ""
    parts = _IN_BRACKETS.match(plain(head))
    if parts is None:
        return None, ""
    return known.get(folded(parts[1])), parts[2].strip()


def _unit_fault(
    head: str, unit: str, name: str, tree: Tree, factors: Mapping[str, float]
) -> Iterator[CellFault]:
    code = name.removesuffix("_se")
    node = next((one for one in tree.leaves if one.code in (name, code)), None)
    if not unit or node is None or node.unit is None or node.code in factors:
        return
    declared = (node.unit.zh, node.unit.en)
    if not any(same_unit(unit, one) for one in declared):
        problem = f"its unit is '{unit}', the indicator is measured in '{declared[0]}' ({declared[1]})"
        yield CellFault(
            1, head, "", problem, "Convert the column, or declare its factor under `factors:` in a map"
        )


def same_unit(one: str, other: str) -> bool:
    """Whether two words name one unit of measurement."""
    a, b = folded(one), folded(other)
    return a == b or any(a in same and b in same for same in _SAME_UNITS)
