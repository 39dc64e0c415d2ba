"""Figures as offices write them: full-width digits, thousands separators, dashes and dots for what is missing."""

from __future__ import annotations

import math
import re
import unicodedata

from ncsi.ingest.read import MERGED, NOT_CALCULATED
from ncsi.spec.building_blocks import FIRST_YEAR, LAST_YEAR

_MISSING = frozenset(
    {"", "-", "--", "---", "—", "——", "–", "−", "…", "……", "...", "......", "..", "/", "\\", ":", "n/a", "na", "nan",
     "null", "none", "无", "缺", "缺失", "空"}
)  # fmt: skip
_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d{1,3})?")
_PLAIN = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_SPREADSHEET = ("#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!", MERGED, NOT_CALCULATED)
_YES = frozenset({"1", "是", "y", "yes", "true", "采信", "有", "√", "✓"})
_NO = frozenset({"0", "否", "n", "no", "false", "不采信", "无", "×", ""})
_YEAR = re.compile(r"((?:19|20)\d{2}|2100)(?:年度?|\.0+)?")


def plain(text: str) -> str:
    """The text in its plain form: full-width digits and letters made half-width, blanks at the ends gone."""
    return unicodedata.normalize("NFKC", text).replace("−", "-").strip()


def number_in(text: str, percent: bool = False) -> float | None:
    """The number that a cell holds, None where it says that there is none.

    `percent`: whether a sign % may follow. Raises ValueError, with what is wrong as its message, for all else: text,
    an error of a spreadsheet, a decimal comma, which could be a thousands separator as well.
    """
    if _PLAIN.fullmatch(text):  # as nearly all are: known at a fifth of the time
        return float(text)
    if text.strip() in _SPREADSHEET:
        raise ValueError("is an error or an uncalculated formula of the spreadsheet")
    word = plain(text)
    if word.casefold() in _MISSING or text.strip() in _MISSING:
        return None
    if percent:
        word = word.removesuffix("%").rstrip()
    elif word.endswith("%"):
        raise ValueError("is in per cent, the indicator is not")
    if not _NUMBER.fullmatch(word):
        raise ValueError("is no number")
    value = float(word.replace(",", "").replace(" ", ""))
    if not math.isfinite(value):
        raise ValueError("is no finite number")
    return value


def positive_in(text: str) -> float | None:
    """As `number_in`; raises ValueError also for what is not above 0."""
    value = number_in(text)
    if value is not None and value <= 0:
        raise ValueError("is not above 0")
    return value


def count_in(text: str) -> float | None:
    """As `number_in`; raises ValueError also for what is below 0."""
    value = number_in(text)
    if value is not None and value < 0:
        raise ValueError("is below 0")
    return value


def level_in(text: str) -> int:
    """The level of maturity in a cell such as `3` or `3级`. Raises ValueError."""
    value = number_in(plain(text).removesuffix("级"))
    if value is None or value not in (1, 2, 3, 4, 5):
        raise ValueError("is no level from 1 to 5")
    return int(value)


def year_in(text: str) -> int:
    """The year in a cell such as `2024` or `2024年`. Raises ValueError, also for one that no wave can have."""
    found = _YEAR.fullmatch(plain(text))
    if found is None:
        raise ValueError("is no year")
    year = int(found[1])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"years run from {FIRST_YEAR} to {LAST_YEAR}")
    return year


def yes_in(text: str) -> bool:
    """Whether a cell says yes (是, yes, 1, √); an empty one says no. Raises ValueError for anything else."""
    word = plain(text).casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise ValueError("is neither yes nor no")
