"""Rows of a table of figures, one by one: unit, year, rater, and what its cells hold; faults are noted, not raised."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ncsi.ingest.figures.faults import CellFault
from ncsi.ingest.figures.heads import Heads, folded, words_of
from ncsi.ingest.figures.numbers import count_in, level_in, number_in, plain, positive_in, year_in, yes_in
from ncsi.ingest.figures.units import Unit, UnitNames, name_fault
from ncsi.ingest.read import TextTable
from ncsi.spec.index_definition import TableMap
from ncsi.spec.index_plan import IndexPlan
from ncsi.spec.problems import did_you_mean
from ncsi.spec.tree import Node

Value = TypeVar("Value")
RATERS = {"self": ("self", "自评", "自我评价"), "audit": ("audit", "审核", "评审", "现场评审")}
"""Who rates a maturity criterion, as files name them."""
KINDS = {
    "document": ("document", "文件"),
    "record": ("record", "记录"),
    "interview": ("interview", "访谈"),
    "observation": ("observation", "观察", "现场观察"),
}
"""Kinds of evidence, as files name them."""
_ROUNDING = 1e-9


@dataclass(slots=True)
class Found:
    """What rows hold so far, and their faults; `rows`: where each unit or cell was first given."""

    units: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    values: list[tuple[str, int, str, str, float | None, float | None]] = field(default_factory=list)
    vetoes: dict[tuple[str, int, str], float] = field(default_factory=dict)
    evidence: list[tuple[str, int, str, str, int, bool, str, str]] = field(default_factory=list)
    rows: dict[tuple[Any, ...], int] = field(default_factory=dict)
    faults: list[CellFault] = field(default_factory=list)
    synthetic: bool = False


class RowReader:
    """Goes through the rows of one file."""

    def __init__(
        self, table: TextTable, heads: Heads, plan: IndexPlan, year: int | None, table_map: TableMap | None
    ) -> None:
        self._table, self._heads, self._plan, self._year = table, heads, plan, year
        self._units = UnitNames(plan, table_map.units if table_map else {})
        self._factors = dict(table_map.factors) if table_map else {}
        self._nodes = {node.code: node for node in plan.tree.leaves}
        self._codes = {
            folded(word): node.code for node in plan.tree.leaves for word in words_of(node, plan.definition)
        }
        self.found = Found()

    def read(self) -> Found:
        """All rows."""
        columns = {name: self._table.values.column(head).to_pylist() for name, head in self._heads.of.items()}
        for position, row in enumerate(self._table.row_numbers.tolist()):
            cells = {name: texts[position] for name, texts in columns.items()}
            self._row(int(row), cells)
        return self.found

    def _row(self, row: int, cells: dict[str, str]) -> None:
        if self._checked(row, "synthetic", cells.get("synthetic", ""), yes_in, "Write 是 or 否"):
            self.found.synthetic = True
        key = self._key(row, cells)
        if key is not None:
            self._figures(row, *key, cells)
            self._vetoes(row, *key[:2], cells)

    def _key(self, row: int, cells: dict[str, str]) -> tuple[Unit, int, str] | None:
        """Unit, year and rater of a row; None where one is not told, or the unit has a row already."""
        unit, year = self._unit(row, cells), self._year
        if "year" in cells:
            year = self._checked(row, "year", cells["year"], year_in, "Write it as 2024")
        rater = self._rater(row, cells)
        if unit is None or year is None or rater is None:
            return None
        return (unit, year, rater) if self._known(row, unit, year, rater, cells) else None

    def _figures(self, row: int, unit: Unit, year: int, rater: str, cells: dict[str, str]) -> None:
        if self._heads.evidence:
            self._evidence(row, unit, year, rater, cells)
        elif self._heads.long:
            code = self._indicator(row, cells["indicator"])
            if code is not None:
                self._value(
                    row,
                    (unit.id, year, rater),
                    self._nodes[code],
                    cells["value"],
                    cells.get("se"),
                    ("value", "se"),
                )
        else:
            for code, node in self._nodes.items():
                if code not in cells:  # supplied from elsewhere
                    continue
                self._value(
                    row,
                    (unit.id, year, rater),
                    node,
                    cells[code],
                    cells.get(f"{code}_se"),
                    (code, f"{code}_se"),
                )

    def _vetoes(self, row: int, unit: Unit, year: int, cells: dict[str, str]) -> None:
        for veto in self._plan.definition.vetoes:
            if veto.id in cells:
                count = self._checked(
                    row, veto.id, cells[veto.id], count_in, "Give 0 or how many there were", missing=True
                )
                if (
                    count is not None
                    and self.found.vetoes.setdefault((unit.id, year, veto.id), count) != count
                ):
                    problem = "another row of this unit and year says otherwise"
                    self._fault(row, veto.id, cells[veto.id], problem, "Make them agree")

    def _unit(self, row: int, cells: dict[str, str]) -> Unit | None:
        words = tuple(cells.get(one.id, "") for one in self._plan.definition.dimensions)
        try:
            return self._units.find(words)
        except ValueError as error:
            column, problem, cure = error.args
            self._fault(row, column, cells.get(column, ""), problem, cure)
            return None

    def _rater(self, row: int, cells: dict[str, str]) -> str | None:
        if "rater" not in cells:
            return "self" if self._heads.evidence else ""
        word = folded(cells["rater"])
        found = next((one for one, words in RATERS.items() if word in map(folded, words)), None)
        if found is None:
            self._fault(
                row, "rater", cells["rater"], "it is not known who rates", "Write self (自评) or audit (审核)"
            )
        return found

    def _known(self, row: int, unit: Unit, year: int, rater: str, cells: dict[str, str]) -> bool:
        """Note the unit; False where a row of it is there already."""
        entry = self._entry(row, unit, cells)
        before = self.found.units.setdefault((unit.id, year), entry)
        first = self._plan.definition.dimensions[0].id
        if not self._heads.long:
            seen = self.found.rows.setdefault((unit.id, year, rater), row)
            if seen != row:
                self._fault(
                    row,
                    first,
                    unit.label.zh,
                    f"this unit has a row for {year} already, row {seen}",
                    "Keep one of them",
                )
                return False
        for name, value in entry.items():
            if before[name] != value and not (value != value and before[name] != before[name]):
                self._fault(
                    row,
                    name,
                    str(value),
                    f"it was '{before[name]}' in another row of this unit and year",
                    "Make them agree",
                )
        return True

    def _entry(self, row: int, unit: Unit, cells: dict[str, str]) -> dict[str, Any]:
        groups = {
            one.id: self._group(row, one.id, cells[one.id])
            if one.id in cells
            else unit.groups.get(one.id, "")
            for one in self._plan.definition.groups
        }
        sizes = {
            name: self._checked(
                row, name, cells[name], positive_in, "Give a number above 0, or leave it empty"
            )
            for name in ("weight", "population")
            if name in cells and cells[name].strip()
        }
        return {
            "label_zh": unit.label.zh, "label_en": unit.label.en, "level": unit.level,
            "weight": sizes.get("weight") or float("nan"), "population": sizes.get("population") or float("nan"),
            **groups,
        }  # fmt: skip

    def _group(self, row: int, column: str, text: str) -> str:
        name = plain(text)
        refused = name_fault(name)
        if refused is not None:
            self._fault(row, column, "", *refused)
        return name

    def _indicator(self, row: int, word: str) -> str | None:
        code = self._codes.get(folded(word))
        if code is None:
            names = sorted(words_of(node, self._plan.definition)[0] for node in self._nodes.values())
            self._fault(
                row,
                "indicator",
                word,
                "the index has no such indicator",
                did_you_mean(plain(word), names, "indicators are"),
            )
        return code

    def _value(
        self,
        row: int,
        key: tuple[str, int, str],
        node: Node,
        text: str,
        se_text: str | None,
        columns: tuple[str, str],
    ) -> None:
        if self._heads.long and self._given_before(row, key, node):
            return
        value = self._figure(row, columns[0], node, text)
        se = None if se_text is None else self._figure(row, columns[1], node, se_text)
        if value is not None:
            if not self._plausible(row, columns[0], text, node, value):
                return
            self._on_step(row, columns[0], text, node, value)
        self._check_se(row, columns[1], node, value, se, se_text)
        self.found.values.append((*key, node.code, value, se))

    def _given_before(self, row: int, key: tuple[str, int, str], node: Node) -> bool:
        seen = self.found.rows.setdefault((*key, node.code), row)
        if seen != row:
            problem = f"it is given for this unit and year already, row {seen}"
            self._fault(row, "indicator", node.code, problem, "Keep one of them")
        return seen != row

    def _figure(self, row: int, column: str, node: Node, text: str) -> float | None:
        """A value or its standard error, by the factor of the map."""
        percent = node.unit is not None and node.unit.en == "%"
        cure = "Write a number, or leave the cell empty"
        found = self._checked(row, column, text, lambda word: number_in(word, percent), cure, missing=True)
        return None if found is None else found * self._factors.get(node.code, 1.0)

    def _plausible(self, row: int, column: str, text: str, node: Node, value: float) -> bool:
        ends = self._plan.definition.indicator(node.code).plausible
        if ends is None or ends.lower <= value <= ends.upper:
            return True
        unit = f" {node.unit.zh}" if node.unit else ""
        problem = f"'{node.code}' lies outside {ends.lower:g} to {ends.upper:g}{unit}, which no unit can have"
        self._fault(row, column, text, problem, "Correct the value or its unit")
        return False

    def _on_step(self, row: int, column: str, text: str, node: Node, value: float) -> None:
        step = self._plan.definition.indicator(node.code).step
        if step is not None and abs(value / step - round(value / step)) > _ROUNDING:
            problem = f"'{node.code}' is rated in steps of {step:g}"
            self._fault(row, column, text, problem, f"Use a multiple of {step:g}")

    def _check_se(
        self, row: int, column: str, node: Node, value: float | None, se: float | None, text: str | None
    ) -> None:
        shown = text or ""
        if se is not None and se < 0:
            self._fault(row, column, shown, "a standard error is not negative", "Correct it")
        if node.se_kind in ("survey", "measured") and value is not None and se is None:
            what = "survey figure" if node.se_kind == "survey" else "measurement"
            problem, cure = (
                f"'{node.code}' is a {what} without its standard error",
                "Give it in a column of its own",
            )
            if text is not None:
                self._fault(row, column, shown, problem, cure)
            elif self.found.rows.setdefault((column, node.code), row) == row:
                self._fault(1, column, "", f"{problem}: the column is missing", cure)
        if node.se_kind == "census" and se:
            problem = f"'{node.code}' is a full count, which has no sampling error"
            self._fault(row, column, shown, problem, "Leave it out")

    def _evidence(self, row: int, unit: Unit, year: int, rater: str, cells: dict[str, str]) -> None:
        code = self._indicator(row, cells["indicator"])
        level = self._checked(row, "level", cells["level"], level_in, "Write a level from 1 to 5")
        accepted = self._checked(row, "accepted", cells.get("accepted", "是"), yes_in, "Write 是 or 否")
        kind = self._kind(row, cells.get("evidence_kind", ""))
        if code is None or level is None or accepted is None or kind is None:
            return
        shown = plain(cells.get("evidence", ""))
        self.found.evidence.append((unit.id, year, rater, code, level, accepted, kind, shown))

    def _kind(self, row: int, text: str) -> str | None:
        """The kind of evidence, empty text where there is none; None for one that is not known."""
        if not text.strip():
            return ""
        kind = next((one for one, words in KINDS.items() if folded(text) in map(folded, words)), None)
        if kind is None:
            words = ", ".join(f"{one} ({names[1]})" for one, names in KINDS.items())
            self._fault(
                row, "evidence_kind", text, "no such kind of evidence is known", f"Write one of {words}"
            )
        return kind

    def _checked(
        self, row: int, column: str, text: str, read: Callable[[str], Value], cure: str, missing: bool = False
    ) -> Value | None:
        try:
            value = read(text)
        except ValueError as error:
            self._fault(row, column, text, str(error), cure)
            return None
        if value is None and not missing:
            self._fault(row, column, text, "the cell is empty", cure)
        return value

    def _fault(self, row: int, column: str, value: str, problem: str, cure: str) -> None:
        self.found.faults.append(CellFault(row, self._heads.of.get(column, column), value, problem, cure))
