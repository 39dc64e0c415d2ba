"""What a message says of a value: typed, in both languages, and never the value of an answer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from ncsi.ingest.cells import whole_number
from ncsi.ingest.read import MERGED, NOT_CALCULATED

DUPLICATE, DUPLICATE_CUT = "duplicate_respondent", "duplicate_digits_lost"
REPEATED = (DUPLICATE, DUPLICATE_CUT)
"""Rules of a respondent who answered before: the second where numbers that a spreadsheet cut may only look alike."""


class Fact(Protocol):
    """One fact of a fault: its words in Chinese and English, and the class that stands for the value in tables."""

    @property
    def zh(self) -> str:
        """In Chinese."""
        ...

    @property
    def en(self) -> str:
        """In English."""
        ...

    @property
    def value_class(self) -> str:
        """Class of the value, for `core_rejects` and `core_faults`."""
        ...


class Kind(Enum):
    """What kind of value was found where another belongs."""

    LONG_NUMBER = "long number", "过长的数字"
    DECIMAL = "decimal", "小数"
    EXPONENT = "number with an exponent", "科学记数"
    COMMA = "number with a comma", "带逗号的数字"
    YES_OR_NO = "yes or no", "是否值"
    NOT_A_NUMBER = "not a number", "非数值"
    DATE = "date", "日期"
    FORMULA = "formula", "公式"
    TEXT = "text", "文字"
    LONG_TEXT = "long text", "过长的文字"
    EMPTY = "empty", "空"
    CODE = "code", "代码"
    NUMBER = "number", "数字"
    NEGATIVE = "negative", "负数"
    ZERO = "zero", "零"
    BEFORE = "before", "早于开始日期"
    AFTER = "after", "晚于结束日期"
    ERROR = "error cell", "错误值"
    MERGED = "merged cell", "合并单元格"
    NOT_CALCULATED = "formula without a value", "没有计算结果的公式"
    AN_ANSWER = "an answer", "有答案"

    @property
    def en(self) -> str:
        """In English."""
        return self.value[0]

    @property
    def zh(self) -> str:
        """In Chinese."""
        return self.value[1]

    @property
    def value_class(self) -> str:
        """The English name."""
        return self.value[0]


@dataclass(frozen=True, slots=True)
class OffScale:
    """A whole number beyond an end of its item's scale."""

    limit: int
    above: bool

    @property
    def en(self) -> str:
        """In English."""
        return f"integer {'above' if self.above else 'below'} {self.limit}"

    @property
    def zh(self) -> str:
        """In Chinese."""
        return f"{'大于' if self.above else '小于'}{self.limit}的整数"

    @property
    def value_class(self) -> str:
        """The English words."""
        return self.en


@dataclass(frozen=True, slots=True)
class EarlierRow:
    """The row that a respondent answered in before, and its file where it is another one."""

    row: int
    file: str | None = None

    @property
    def en(self) -> str:
        """In English."""
        return f"row {self.row}" if self.file is None else f"{self.file}, row {self.row}"

    @property
    def zh(self) -> str:
        """In Chinese."""
        return f"第{self.row}行" if self.file is None else f"{self.file}第{self.row}行"

    @property
    def value_class(self) -> str:
        """The rule."""
        return DUPLICATE


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure about a sector, an item or an interviewer: written alike in both languages."""

    text: str

    @classmethod
    def of(cls, count: int, total: int) -> Figure:
        """So many of so many."""
        return cls(f"{count}/{total}")

    @classmethod
    def points(cls, difference: float) -> Figure:
        """A difference on a scale of 0-100."""
        return cls(f"{difference:+.1f}")

    @classmethod
    def share(cls, difference: float) -> Figure:
        """A difference of shares (0-1), in per cent."""
        return cls(f"{100 * difference:+.1f} %")

    @classmethod
    def factor(cls, ratio: float) -> Figure:
        """A ratio."""
        return cls(f"{ratio:.2f}")

    @property
    def en(self) -> str:
        """The figure."""
        return self.text

    @property
    def zh(self) -> str:
        """The figure."""
        return self.text

    @property
    def value_class(self) -> str:
        """A number."""
        return Kind.NUMBER.value_class


_KINDS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(re.escape(MERGED)), Kind.MERGED),
    (re.compile(re.escape(NOT_CALCULATED)), Kind.NOT_CALCULATED),
    (
        re.compile(r"#(?:N/A|DIV/0!|REF!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)", re.IGNORECASE),
        Kind.ERROR,
    ),
    (re.compile(r"[+-]?[0-9]+(\.0*)?"), Kind.LONG_NUMBER),
    (re.compile(r"[+-]?[0-9]*\.[0-9]+"), Kind.DECIMAL),
    (re.compile(r"[+-]?[0-9.]+[eE][+-]?[0-9]+"), Kind.EXPONENT),
    (re.compile(r"[+-]?[0-9]+(,[0-9]+)+(\.[0-9]+)?"), Kind.COMMA),
    (re.compile(r"true|false|yes|no|是|否", re.IGNORECASE), Kind.YES_OR_NO),
    (re.compile(r"[+-]?(nan|inf(inity)?)", re.IGNORECASE), Kind.NOT_A_NUMBER),
    (re.compile(r"[0-9]{4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}.*", re.DOTALL), Kind.DATE),
    (re.compile(r"[=@].*", re.DOTALL), Kind.FORMULA),
)


def kind_of_value(word: str) -> Kind:
    """What kind of value a word is, for messages that must not show the value."""
    if word == "":
        return Kind.EMPTY
    return next((kind for pattern, kind in _KINDS if pattern.fullmatch(word)), Kind.TEXT)


SPOILED = frozenset({Kind.ERROR, Kind.MERGED, Kind.NOT_CALCULATED})
"""Cells of a spreadsheet that hold no value of their own."""


def spoiled(word: str) -> Kind | None:
    """The kind of a cell that holds no value of its own, None for any other."""
    if not word.startswith("#"):
        return None
    kind = kind_of_value(word)
    return kind if kind in SPOILED else None


def any_spoiled(words: Iterable[str]) -> bool:
    """Whether one of many normalised words, which hold no line end, may be `spoiled`."""
    return "\n#" in "\n" + "\n".join(words)


_EXPONENT = re.compile(r"[0-9]([.,][0-9]+)?[eE]\+[0-9]+")


def digits_lost(word: str) -> bool:
    """Whether an id is a number with an exponent: a spreadsheet wrote it, and who or what it is of cannot be told."""
    return "+" in word and _EXPONENT.fullmatch(word) is not None


def off_scale(token: str, low: int, high: int) -> Fact:
    """The fact about a judged token that is not an answer on a scale from low to high.

    A judged token is a whole number or the English name of a kind.
    """
    number = whole_number(token)
    if number is None:
        return next(kind for kind in Kind if kind.en == token)
    return OffScale(high, above=True) if number > high else OffScale(low, above=False)
