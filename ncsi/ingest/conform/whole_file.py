"""What is to be known of all rows of a file before one of them is judged, and what is counted over all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ncsi.errors import ConformError
from ncsi.ingest.cells import Coded, coded, normalised, translated
from ncsi.ingest.conform.clock import numbers, year_last
from ncsi.ingest.dialects import Layout
from ncsi.ingest.privacy import PersonalWords
from ncsi.ingest.read import TextTable
from ncsi.ingest.read.text_columns import by_words
from ncsi.spec import Instrument

MIN_ROWS_UNANSWERED = 10
KEPT_DIGITS = 15
"""Digits of a number that Excel keeps."""
_NO_CHANCE = 3


@dataclass(slots=True)
class Unanswered:
    """Rows of an item, and whether all of them are blank so far."""

    rows: int = 0
    blank: bool = True


@dataclass(slots=True)
class LongIds:
    """Whether ids of more than 15 digits were cut: all are 0 from the 16th on, which a spreadsheet makes of numbers and
    chance once in a thousand files at most."""

    zeros: int = 0
    whole: bool = False

    @property
    def cut(self) -> bool:
        """So far."""
        return self.zeros >= _NO_CHANCE and not self.whole

    def add(self, words: Sequence[str]) -> None:
        """Look at the ids of some rows."""
        if self.whole or max(map(len, words), default=0) <= KEPT_DIGITS:
            return
        beyond = [word[KEPT_DIGITS:] for word in words if len(word) > KEPT_DIGITS and word.isdecimal()]
        self.whole = any(tail.strip("0") for tail in beyond)
        self.zeros += sum(map(len, beyond))


@dataclass(slots=True, eq=False)
class WholeFile:
    """Of all rows: whether dates with the year last begin with the day, and the median of the weights that can be used.

    And what is counted while they are conformed: personal data by column (and instrument), blank items.
    """

    name: str
    by_day: bool | None
    median_weight: float | None
    numbers: dict[tuple[str, str], PersonalWords] = field(default_factory=dict)
    items: dict[tuple[str, str], PersonalWords] = field(default_factory=dict)
    unanswered: dict[tuple[str, str], Unanswered] = field(default_factory=dict)
    ids: LongIds = field(default_factory=LongIds)

    def refuse(self, instruments: Mapping[str, Instrument], columns: Mapping[str, str]) -> None:
        """Raise ConformError for personal data in a column that would be stored, or an item that nobody answered.
        `columns`: item → column."""
        for (_, column), one in self.numbers.items():
            one.refuse(self.name, column, any_one=True)
        for instrument in {one.id: one for one in instruments.values()}.values():
            for item in instrument.fielded:
                key = (instrument.id, item.id)
                if key in self.items:
                    self.items[key].refuse(self.name, columns[item.id])
                    self._refuse_unanswered(item.id, columns[item.id], self.unanswered.get(key))

    def _refuse_unanswered(self, item: str, column: str, one: Unanswered | None) -> None:
        """A column without a single answer is an export that lost a question, not a hundred silent people."""
        if one is not None and one.blank and one.rows >= MIN_ROWS_UNANSWERED:
            raise ConformError(
                f"{self.name}, column '{column[:60]}'",
                f"all {one.rows} cells of item {item} are blank",
                "Export the question's answers, or map the item to the column that holds them",
            )


def whole_file(table: TextTable, layout: Layout) -> WholeFile:
    """What is known of all rows, from the columns that say it."""
    time, weight = layout.columns.get("submitted_at"), layout.columns.get("weight")
    days, weights = _Days(recoding(layout, "submitted_at")), _Weights(recoding(layout, "weight"))
    wanted = list(dict.fromkeys(one for one in (time, weight) if one is not None))
    for own in table.blocks.only(wanted) if wanted else ():
        if time is not None:
            days.add(own.column(time))
        if weight is not None:
            weights.add(coded(own.column(weight)))
    return WholeFile(table.name, days.first, weights.median)


def recoding(layout: Layout, name: str) -> dict[str, str]:
    """The map's recoding of a canonical name or item, its codes in normal spelling."""
    return {normalised(code): value for code, value in layout.values.get(name, {}).items()}


@dataclass(slots=True)
class _Days:
    """Whether dates with the year last begin with the day: some first number is above 12, no second one is."""

    codes: Mapping[str, str]
    marks: tuple[bool, bool] = (False, False)

    def add(self, column: pa.ChunkedArray) -> None:
        texts = by_words(column).dictionary
        if not self.codes:  # a year first is a year first, however it is spelt
            texts = texts.filter(pc.invert(pc.match_substring_regex(texts, "^[0-9]{4}")))
        found = year_last(translated(normalised(word), self.codes) for word in texts.to_pylist())
        self.marks = self.marks[0] or found[0], self.marks[1] or found[1]

    @property
    def first(self) -> bool | None:
        """None where the column does not tell."""
        return self.marks[0] if self.marks[0] != self.marks[1] else None


@dataclass(slots=True)
class _Weights:
    """The positive numbers of a column, sorted, and how often each occurs."""

    codes: Mapping[str, str]
    values: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    counts: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def add(self, cells: Coded) -> None:
        own = numbers([translated(word, self.codes) for word in cells.words] if self.codes else cells.words)
        usable = np.isfinite(own) & (own > 0)
        rows = np.bincount(cells.codes, minlength=len(own))[usable]
        values, place = np.unique(np.concatenate([self.values, own[usable]]), return_inverse=True)
        counts = np.bincount(place, np.concatenate([self.counts, rows]), minlength=len(values))
        self.values, self.counts = values, counts.astype(np.int64)

    @property
    def median(self) -> float | None:
        """Their median, None where there are none."""
        upto = np.cumsum(self.counts)
        if not len(upto) or not upto[-1]:
            return None
        middle = [np.searchsorted(upto, k, side="right") for k in ((upto[-1] - 1) // 2, upto[-1] // 2)]
        return float(np.mean(self.values[middle]))
