"""What the cells of a column look like: numbers of a scale, words, times, ids. No word leaves this module but distinct
ones for values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ncsi.ingest.cells import coded, spelling, whole_number
from ncsi.ingest.conform.clock import day_first, moment, number, seconds
from ncsi.ingest.dialects import Export
from ncsi.ingest.dialects.column_names import Column
from ncsi.ingest.dialects.scored_words import scored
from ncsi.ingest.dialects.value_labels import kind_of
from ncsi.ingest.proposed_map.answer_words import GIVERS
from ncsi.spec import Instrument, Item, Missing

LOOKED_AT = 5_000
_MOSTLY, _WORDS = 0.9, 15
_UNTOLD, _TWO_OF_MANY, _SPECIAL = 0.8, 0.3, 0.85
_FEW, _SOME = 2, 0.3
"""Numbers beyond the scale that may be codes of missing answers, where they are not most of what stands there."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A column's first rows. `filled`: rows with an answer; `numbers`: whole number → rows; `words` the distinct ones,
    `common` those of three rows or more.

    Missing codes are no answers.
    """

    rows: int
    filled: int
    numbers: Mapping[int, int]
    words: tuple[str, ...]
    common: frozenset[str] = frozenset()

    @property
    def numeric(self) -> float:
        """Share (0-1) of the answers that are whole numbers."""
        return sum(self.numbers.values()) / self.filled if self.filled else 0.0

    @property
    def unique(self) -> float:
        """Distinct answers per answer (0-1)."""
        return len(self.words) / self.filled if self.filled else 0.0

    def within(self, low: int, high: int) -> float:
        """Share (0-1) of the whole numbers that lie between two."""
        total = sum(self.numbers.values())
        inside = sum(rows for value, rows in self.numbers.items() if low <= value <= high)
        return inside / total if total else 0.0

    @property
    def times(self) -> bool:
        """Whether every answer is a time."""
        head = self.words[:200]
        by_day = day_first(head)
        return bool(head) and all(moment(word, by_day) is not None for word in head)

    @property
    def durations(self) -> bool:
        """Whether every answer is a duration."""
        return bool(self.words) and all(not np.isnan(seconds(word)) for word in self.words[:200])

    @property
    def weights(self) -> bool:
        """Whether every answer is a positive number, some of them no whole ones."""
        values = [number(word) for word in self.words[:200]]
        return bool(values) and all(value > 0 for value in values) and any(value % 1 for value in values)


def profiles(export: Export, instrument: Instrument) -> dict[str, Profile]:
    """Profile of each column by its header."""
    missing = {spelling(code) for kind in Missing for code in getattr(instrument.missing, kind.value)}
    missing |= {spelling(code) for codes in export.missing.values() for code in codes} | {""}
    head = export.table.values.slice(0, LOOKED_AT)
    return {one.name: _profile(head.column(one.name), missing | _labelled(one)) for one in export.columns}


def _labelled(column: Column) -> set[str]:
    """Codes whose labels speak of a missing answer."""
    return {spelling(code) for code, label in column.labels.items() if kind_of(label) != Missing.BLANK.value}


def _profile(column: pa.ChunkedArray, missing: set[str]) -> Profile:
    cells = coded(column)
    counts = np.bincount(cells.codes, minlength=len(cells.words)) if len(cells.words) else np.zeros(0, int)
    answers = {
        word: int(rows)
        for word, rows in zip(cells.words, counts, strict=True)
        if spelling(word) not in missing
        and (whole_number(word) is not None or kind_of(word) == Missing.BLANK.value)
    }
    read = scored(answers)
    numbers: dict[int, int] = {}
    for word, rows in answers.items():
        value = whole_number(read.get(word, word))
        if value is not None:
            numbers[value] = numbers.get(value, 0) + rows
    common = frozenset(word for word, rows in answers.items() if rows >= GIVERS)
    return Profile(len(cells.codes), sum(answers.values()), numbers, tuple(answers), common)


def fits(item: Item, profile: Profile) -> float:
    """How well (0-1) a column's cells suit an item's scale: 0 is not at all."""
    low, high = item.scale.min, item.scale.max
    if not profile.filled:
        return _UNTOLD
    if profile.numeric >= _MOSTLY:
        if profile.within(low, high) < _MOSTLY:
            beyond = [value for value in profile.numbers if not low <= value <= high]
            return _SPECIAL if len(beyond) <= _FEW and profile.within(low, high) > _SOME else 0.0
        two = len(profile.numbers) > 1 and max(profile.numbers) - min(profile.numbers) == 1
        return _TWO_OF_MANY if two and set(profile.numbers) <= {0, 1} and high - low > 1 else 1.0
    return _UNTOLD if len(profile.words) <= _WORDS and profile.unique < _MOSTLY else 0.0
