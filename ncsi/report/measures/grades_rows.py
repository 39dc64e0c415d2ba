"""The rows of a list of grades, as pages read them, with the words for its figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from ncsi.report import text
from ncsi.report.measures.tables import OneMeasure
from ncsi.report.result_rows import read
from ncsi.report.text import Pair, phrase, typed
from ncsi.tables import (
    OUT_GRADE_BINDING,
    OUT_GRADE_CERTIFICATES,
    OUT_GRADE_CHANCES,
    OUT_GRADE_COUNTS,
    OUT_GRADE_EVIDENCE,
    OUT_GRADE_GATES,
    OUT_GRADE_LISTS,
    OUT_GRADES_BY_UNIT,
)

Key = tuple[str, str]
_MOST_DIGITS = 4


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row of out_grade_lists."""

    rule: str
    control: str
    alpha: float
    hysteresis: bool
    entries: int
    false_entries: float
    product_zh: str
    product_one: str
    product_many: str
    source_zh: str
    source_en: str


@dataclass(frozen=True, slots=True)
class GateRow:
    """A row of out_grade_gates."""

    grade: str
    position: int
    label_zh: str
    label_en: str
    gate: int
    quantity: str
    quantity_zh: str
    quantity_en: str
    quantity_kind: str
    unit_zh: str
    unit_en: str
    digits: int
    side: str
    cut: float
    alpha: float

    @property
    def grade_name(self) -> Pair:
        """What the grade is called."""
        return typed(self.label_zh, self.label_en)

    @property
    def name(self) -> Pair:
        """What the quantity is called."""
        return Pair(self.quantity_zh, self.quantity_en)

    @property
    def bound_name(self) -> Pair:
        """What is held against the cut: a bound of the quantity, or the fact itself."""
        if self.quantity_kind == "fact":
            return self.name
        return phrase(f"grades_bound_{self.side}", name=self.name)

    def written(self, value: float, digits: int | None = None) -> str:
        """A value of the quantity as it is written; a share in per cent."""
        digits = self.digits if digits is None else digits
        if self.quantity_kind == "share":
            return text.share(value, digits)
        return text.number(value, digits)

    @property
    def cut_text(self) -> str:
        """The cut as it is written, in as many digits as it needs."""
        return self.written(self.cut, self._needed(self.cut, 0))

    def against(self, bound: float) -> str:
        """A bound that fails the cut, in as many digits as tell the two apart."""
        digits = self.digits
        while digits < _MOST_DIGITS and self.written(bound, digits) == self.written(self.cut, digits):
            digits += 1
        return self.written(bound, digits)

    def _needed(self, value: float, least: int) -> int:
        scaled = 100 * value if self.quantity_kind == "share" else value
        return next(
            (k for k in range(least, _MOST_DIGITS) if round(scaled, k) == round(scaled, 6)), _MOST_DIGITS
        )


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A row of out_grades_by_unit."""

    unit: str
    product: str
    label_zh: str
    label_en: str
    product_zh: str
    product_en: str
    last: str
    point: str
    awarded: str
    standing: str
    borderline: bool
    held: bool
    by_list: bool
    chance: float
    certificate: str

    @property
    def key(self) -> Key:
        """Unit and product."""
        return self.unit, self.product

    @property
    def name(self) -> Pair:
        """What the unit is called."""
        return typed(self.label_zh, self.label_en)

    @property
    def product_name(self) -> Pair:
        """What the product is called; nothing where there is none."""
        return Pair(self.product_zh, self.product_en)


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A row of out_grade_evidence; counts are missing where there are none."""

    unit: str
    product: str
    quantity: str
    value: float
    se: float
    n: int | None
    found: int | None
    tested: int | None
    low: float
    high: float
    source: str


@dataclass(frozen=True, slots=True)
class BindingRow:
    """A row of out_grade_binding."""

    unit: str
    product: str
    quantity: str
    side: str
    grade: str
    bound: float
    cut: float


@dataclass(frozen=True, slots=True)
class ChanceRow:
    """A row of out_grade_chances."""

    unit: str
    product: str
    grade: str
    chance: float
    p: float
    listed: bool


@dataclass(frozen=True, slots=True)
class CountRow:
    """A row of out_grade_counts; counts of a few units that are not named are None."""

    grade: str
    position: int
    label_zh: str
    label_en: str
    entries: int | None
    by_point: int | None
    held: int | None
    borderline: int | None

    @property
    def name(self) -> Pair:
        """What the grade, or standing, is called."""
        return typed(self.label_zh, self.label_en)


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """A row of out_grade_certificates."""

    certificate: str
    unit: str
    product: str
    grade: str
    grade_zh: str
    grade_en: str
    rule: str
    period: str
    evidence: str
    status: str
    reason_zh: str
    reason_en: str

    @property
    def reason(self) -> Pair:
        """Why it was withdrawn."""
        return Pair(self.reason_zh, self.reason_en)


@dataclass(frozen=True, eq=False)
class OneList(OneMeasure):
    """The tables of one list of grades, as rows by what they belong to."""

    @cached_property
    def rule(self) -> ListRow:
        """How the list is made."""
        return read(ListRow, self.frame(OUT_GRADE_LISTS.name))[0]

    @cached_property
    def gates(self) -> dict[str, list[GateRow]]:
        """Gates by grade, best grade first, in the order of the rules."""
        frame = self.frame(OUT_GRADE_GATES.name).sort_values(["position", "gate"], kind="stable")
        found: dict[str, list[GateRow]] = defaultdict(list)
        for one in read(GateRow, frame):
            found[one.grade].append(one)
        return dict(found)

    @cached_property
    def quantities(self) -> dict[str, GateRow]:
        """The first gate on each quantity, in the order of the rules."""
        found: dict[str, GateRow] = {}
        for gates in self.gates.values():
            for one in gates:
                found.setdefault(one.quantity, one)
        return found

    @property
    def first(self) -> GateRow:
        """The first gate of the best grade: its quantity is drawn."""
        return next(iter(self.quantities.values()))

    @cached_property
    def entries(self) -> list[EntryRow]:
        """Entries by the first quantity, the most favourable first; none where units are not named."""
        value = {key: figures[self.first.quantity].value for key, figures in self.figures.items()}
        sign = -1 if self.first.side == "at_least" else 1
        rows = read(EntryRow, self.frame(OUT_GRADES_BY_UNIT.name))
        return sorted(rows, key=lambda one: (sign * value[one.key], one.key))

    @cached_property
    def figures(self) -> dict[Key, dict[str, FigureRow]]:
        """Figures by entry and quantity."""
        found: dict[Key, dict[str, FigureRow]] = defaultdict(dict)
        for one in read(FigureRow, _or_none(self.frame(OUT_GRADE_EVIDENCE.name), ("n", "found", "tested"))):
            found[one.unit, one.product][one.quantity] = one
        return found

    @cached_property
    def binding(self) -> Mapping[Key, list[BindingRow]]:
        """Binding gates by entry, in the order of the rules."""
        places = {name: place for place, name in enumerate(self.quantities)}
        found: dict[Key, list[BindingRow]] = defaultdict(list)
        rows = read(BindingRow, self.frame(OUT_GRADE_BINDING.name))
        for one in sorted(rows, key=lambda one: places[one.quantity]):
            found[one.unit, one.product].append(one)
        return found

    @cached_property
    def chances(self) -> dict[tuple[str, str, str], ChanceRow]:
        """How sure each grade is, by entry and grade."""
        rows = read(ChanceRow, self.frame(OUT_GRADE_CHANCES.name))
        return {(one.unit, one.product, one.grade): one for one in rows}

    @cached_property
    def counts(self) -> list[CountRow]:
        """Entries by grade, best first, then those without."""
        rows = _or_none(self.frame(OUT_GRADE_COUNTS.name), ("entries", "by_point", "held", "borderline"))
        return read(CountRow, rows.sort_values("position"))

    @cached_property
    def certificates(self) -> dict[Key, CertificateRow]:
        """Certificates by entry."""
        rows = read(CertificateRow, self.frame(OUT_GRADE_CERTIFICATES.name))
        return {(one.unit, one.product): one for one in rows}

    @property
    def entries_name(self) -> Pair:
        """What is graded: units, or their products."""
        rule = self.rule
        return Pair(rule.product_zh, rule.product_many) if rule.product_zh else self.about.units_name

    def gate(self, grade: str, quantity: str, side: str) -> GateRow:
        """A gate by its grade, quantity and side."""
        return next(one for one in self.gates[grade] if (one.quantity, one.side) == (quantity, side))

    def place(self, grade: str) -> int:
        """Place of a grade, 0 for the best; their number where there is none."""
        return next((k for k, name in enumerate(self.gates) if name == grade), len(self.gates))

    def name_of(self, grade: str, standing: str) -> Pair:
        """What a grade is called, or an entry without one by its standing."""
        name = grade or standing
        return next(one.name for one in self.counts if one.grade == name)


def _or_none(frame: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Whole numbers as Python's, None where there is none."""
    columns: dict[str, Any] = {
        name: pd.Series([None if pd.isna(one) else int(one) for one in frame[name]], frame.index, object)
        for name in names
    }
    return frame.assign(**columns)
