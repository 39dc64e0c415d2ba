"""Answers written as words: which code each seems to mean, for a proposed map."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ncsi.ingest.cells import coded, normalised, spelling, whole_number
from ncsi.ingest.dialects import Export
from ncsi.ingest.dialects.column_names import Column
from ncsi.ingest.dialects.scored_words import any_labelled, scored
from ncsi.ingest.dialects.value_labels import kind_of
from ncsi.ingest.personal_data import personal_kind
from ncsi.spec import Instrument, Item, Missing

LABELLED, NUMBERED = 1.0, 0.85
_MAX_WORDS, _MAX_LENGTH = 40, 60
_SPOILED = re.compile(r"#(?:N/A|[A-Z0-9/-]+[!?])")
"""What a spreadsheet shows, or its reader, in a cell without a value of its own."""

_NUMBER = re.compile(r"(?<![0-9.])[0-9]{1,3}(?![0-9.])")


@dataclass(frozen=True, slots=True)
class Wording:
    """A word that stands in an item's column: its code, how surely (0-1) and by what; or its kind of missing.

    Neither code nor kind: nothing tells, the researcher has to.
    """

    item: str
    word: str
    code: str | None = None
    missing: str | None = None
    confidence: float = 0.0
    by: str = ""


def wordings(export: Export, columns: Mapping[str, str], instrument: Instrument) -> tuple[Wording, ...]:
    """Words in the items' columns (item id → header) that are not codes yet, each with what it seems to mean.

    A column of more than 40 different words is free text: no answer to an item, and none of it is told.
    """
    known = {code for kind in Missing for code in getattr(instrument.missing, kind.value)}
    known |= {spelling(code) for codes in export.missing.values() for code in codes}
    by_name = {one.name: one for one in export.columns}
    found: list[Wording] = []
    for item in instrument.fielded:
        header = columns.get(item.id)
        words = _open_words(export, header, known) if header else []
        if header and len(words) <= _MAX_WORDS:
            found += [_meant(item, word, by_name[header]) for word in words]
    return tuple(found)


def _open_words(export: Export, header: str, known: Iterable[str]) -> list[str]:
    words = dict.fromkeys(coded(export.table.values.column(header)).words)
    done = {
        *known,
        *map(normalised, export.recode.get(header, {})),
        *(scored(words) if any_labelled(words) else {}),
    }
    return [
        word
        for word in words
        if word and not _SPOILED.fullmatch(word) and whole_number(word) is None and word not in done
        and len(word) <= _MAX_LENGTH and not personal_kind(word)
    ]  # fmt: skip


def _meant(item: Item, word: str, column: Column) -> Wording:
    labelled = [code for code, label in column.labels.items() if label.strip() == word]
    if len(labelled) == 1:
        return Wording(item.id, word, code=labelled[0], confidence=LABELLED, by="value label")
    kind = kind_of(word)
    if kind != Missing.BLANK.value:
        return Wording(item.id, word, missing=kind, confidence=NUMBERED, by="wording")
    numbers = {int(one) for one in _NUMBER.findall(word)}
    if len(numbers) == 1 and item.scale.min <= (number := numbers.pop()) <= item.scale.max:
        return Wording(item.id, word, code=str(number), confidence=NUMBERED, by="number in the text")
    return Wording(item.id, word)
