"""A field of a record: what files call it, which values it takes, whether a fault may show them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Literal

from ncsi.ingest.figures.faults import CellFault
from ncsi.ingest.figures.heads import folded
from ncsi.ingest.figures.numbers import number_in, plain, yes_in
from ncsi.ingest.figures.units import file_fault, name_fault, personal_fault
from ncsi.spec.building_blocks import FIRST_YEAR, LAST_YEAR, Label
from ncsi.spec.problems import did_you_mean

FieldKind = Literal["text", "name", "number", "count", "date", "month", "yes_no", "choice"]
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ].*)?")
_MONTH = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})月?(?:[-/.]0?1)?(?:[T ]00:00(?::00)?)?|(\d{2}))")
_EMPTY = frozenset({"", "-", "—", "——", "无", "n/a", "na", "null"})
_MOST = 1e15
"""What no count, quantity or weight goes beyond."""
_CURES: Mapping[FieldKind, str] = {
    "number": "Write a number",
    "count": "Write a whole number of 0 or more",
    "date": "Write it as 2026-01-31",
    "month": "Write it as 2026-01",
    "yes_no": "Write 是 or 否",
}


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a file of records.

    `names`: what files call it besides id and label. `required`: the column must be there and every cell filled; of
    others a column may be missing. `plausible`: lowest and highest value that it can have. `unit`: what a number is
    in; one in the brackets of its head must be the same. `words`: of a choice, id → further words for it. A `name` may
    name a file: no slash, nothing unseen. `told`: whether faults show the value, false for what respondents answered
    or who they are. `unit_in_head`: a
    head without a unit in brackets is a fault. `published`: a text that is, and so may not look like personal data;
    names are looked at anyway. `missing`: what files write where there is no value, such as a code.
    """

    id: str
    kind: FieldKind
    label: Label
    names: tuple[str, ...] = ()
    required: bool = True
    plausible: tuple[float, float] | None = None
    unit: Label | None = None
    words: Mapping[str, tuple[str, ...]] | None = None
    told: bool = True
    unit_in_head: bool = False
    published: bool = False
    missing: tuple[str, ...] = ()

    @property
    def heads(self) -> tuple[str, ...]:
        """Every head that it may stand under."""
        return (self.id, self.label.zh, self.label.en, *self.names)

    @property
    def empty(self) -> Any:
        """What stands for a cell without a value: NaN of numbers, "" of texts and choices, None of the others."""
        if self.kind in ("number", "count"):
            return float("nan")
        return None if self.kind in ("date", "yes_no") else ""

    def read(self, text: str) -> Any:
        """The value of a cell: text, float, `datetime.date`, `2026-01`, bool, or the id of a choice; `empty` where
        there is none. Raises ValueError with problem and cure as its arguments."""
        try:
            value = self._value(text)
        except ValueError as error:
            problem, *cure = error.args
            raise ValueError(problem, cure[0] if cure else _CURES[self.kind]) from error
        if value is None:
            if self.required:
                raise ValueError("the cell is empty", _CURES.get(self.kind, "Fill it, or take the row out"))
            return self.empty
        ends = self.plausible or ((-_MOST, _MOST) if self.kind in ("number", "count") else None)
        if ends is not None and not ends[0] <= value <= ends[1]:
            low, high = ends
            raise ValueError(f"it lies outside {low:g} to {high:g}", "Correct the value or its unit")
        return value

    def _value(self, text: str) -> Any:
        if self.missing and plain(text).removesuffix(".0") in self.missing:
            return None
        if self.kind in ("number", "count"):
            return self._number(text)
        word = plain(text)
        if word.casefold() in _EMPTY and not self._is_choice(word):
            return None
        if self.kind == "yes_no":
            return yes_in(word)
        if self.kind == "choice":
            return self._choice(word)
        if self.kind in ("date", "month"):
            return day_in(word) if self.kind == "date" else month_in(word)
        fault = (name_fault(word) or file_fault(word)) if self.kind == "name" else None
        if self.published:
            fault = fault or personal_fault(word)
        if fault is not None:
            raise ValueError(*fault)
        return word

    def _number(self, text: str) -> float | None:
        value = number_in(text, percent=self.unit is not None and self.unit.en == "%")
        if self.kind == "count" and value is not None:
            if value < 0:
                raise ValueError("is below 0")
            if value != int(value):
                raise ValueError("is no whole number")
        return value

    def _is_choice(self, word: str) -> bool:
        """Whether a word is one of a choice, such as `NA` where it is declared."""
        words = self.words or {}
        return any(folded(word) in _all_folded((one, *others)) for one, others in words.items())

    def _choice(self, word: str) -> str:
        words, asked = self.words or {}, folded(word)
        for one, others in words.items():
            if asked in _all_folded((one, *others)):
                return one
        known = [others[0] if others else one for one, others in words.items()]
        near = did_you_mean(word, known, "choices are") if self.told else f"Choices are: {', '.join(known)}"
        raise ValueError("it is none of the choices", near)


@lru_cache(maxsize=1024)
def _all_folded(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(folded, words))


def fault_at(row: int, field: Field | str, value: str, problem: str, cure: str) -> CellFault:
    """A fault of a cell by its field; the reader names the column as the file does. The value only where it is told."""
    if isinstance(field, str):
        return CellFault(row, field, value, problem, cure)
    return CellFault(row, field.id, value if field.told else "", problem, cure)


def day_in(word: str) -> date:
    """The day in `2026-01-31`, `2026/1/31` or `2026年1月31日`. Raises ValueError."""
    found = _DAY.fullmatch(word)
    if found is None:
        raise ValueError("is no date")
    try:
        day = date(*(int(one) for one in found.groups()))
    except ValueError as error:
        raise ValueError("is a day that no calendar has") from error
    _require_our_time(day.year)
    return day


def month_in(word: str) -> str:
    """The month in `2026-01`, `2026年1月`, `2026/1`, `202601`, or a date that is its first day. Raises ValueError."""
    found = _MONTH.fullmatch(word)
    if found is None:
        raise ValueError("is no month")
    year, month = int(found[1]), int(found[2] or found[3])
    if not 1 <= month <= 12:
        raise ValueError("is no month")
    _require_our_time(year)
    return f"{year}-{month:02d}"


def _require_our_time(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"years run from {FIRST_YEAR} to {LAST_YEAR}")
